"""Train a tiny model with the kit's own TRL script, on the CPU, in a virtual environment of its own.

python -m tests.kit.run [--venv FOLDER] [--torch-index URL]

Each method trains three steps from a fresh kit, is started a second time (nothing may be trained twice), answers two
test questions, and leaves a loss log and a score sheet that the product's own readers must accept. A tiny encoder
learns the labels of an example and leaves its predictions with their scores. The scripts of the hosted providers run against the signatures of their real packages, without a network.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from advisor.dataset import example_file
from advisor.evaluation.scoresheets import read_score_sheet
from advisor.improve.loss_log import read_loss_log
from advisor.memory import Method
from advisor.plan import example
from advisor.training import Kit, build_kit
from advisor.training.choice import Choice, OpenModel
from advisor.training.routes import KITS
from advisor.training.source_data import criteria_of, prepared_for
from baselines.reading import read_table
from pricing.book import price_book

STEPS = 3
ANSWERS = 2
PAIR_STEPS = 100
TRAINED: tuple[Method, ...] = ("lora", "lora+", "dora")
WHOLE = ("encoder", "setfit")
HOSTED = ("together", "fireworks", "bedrock", "vertex")
HERE = Path(__file__).parent
ON = date(2026, 11, 22)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--venv", type=Path, default=Path(".venv/kit"), help="where the packages go")
    asked.add_argument("--torch-index", help="package index with CPU builds of torch")
    arguments = asked.parse_args()
    python = installed(arguments.venv, arguments.torch_index)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        train = work / "train.jsonl"
        train.write_text(kit_of("trl", "lora").data["train"], encoding="utf-8")
        run([python, str(HERE / "tiny_model.py"), str(work / "tiny"), str(train)])
        for method in TRAINED:
            check_method(python, work, method)
        check_refusal(python, work)
        train.write_text(kit_of("encoder").data["train"], encoding="utf-8")
        run([python, str(HERE / "tiny_model.py"), str(work / "encoder"), str(train), "encoder"])
        for route in WHOLE:
            check_encoder(python, work, route)
        for route in HOSTED:
            kit_of(route, "lora", "Qwen/Qwen3-8B").write(work / "hosted" / route)
        print(run([python, str(HERE / "providers.py"), str(work / "hosted")]), end="")
    print(
        f"launch kit: {', '.join(TRAINED)} trained {STEPS} steps each; qlora refused without a GPU, as it should"
    )
    return 0


def installed(venv: Path, torch_index: str | None) -> str:
    """The second environment's Python, with the kit's exact requirements in it."""
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    pins = {route: KITS / "requirements" / f"{route}.txt" for route in ("trl", *WHOLE, *HOSTED)}
    if not python.exists():
        run([sys.executable, "-m", "venv", str(venv)])
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    torch = next(
        line for line in pins["trl"].read_text(encoding="utf-8").splitlines() if line.startswith("torch==")
    )
    run([*install, torch, *(["--index-url", torch_index] if torch_index else [])])
    run([*install, *(part for path in pins.values() for part in ("-r", str(path)))])
    return str(python.absolute())


def kit_of(route: str, method: Method = "lora", model: str = "tiny") -> Kit:
    """The kit that the product makes of its own example: answers to write, or labels to choose."""
    given = "inquiries" if route in WHOLE else "why_bot"
    plan = example(given)
    name, body = example_file(given)
    prepared = prepared_for(plan, read_table(body, name), near=False)
    return build_kit(
        Choice(route=route, model=model, method=method),
        prepared,
        title=plan.title.ja,
        language="ja",
        on=ON,
        book=price_book(),
        model=OpenModel(model),
        criteria=criteria_of(plan, "ja"),
    )


def unpacked(work: Path, method: Method) -> Path:
    """A kit in a folder, its configuration pointing at the tiny model, which has no name on any hub."""
    folder = work / method.replace("+", "plus")
    kit_of("trl", method).write(folder)
    configure(folder, model=str(work / "tiny"), max_new_tokens=8)
    return folder


def configure(folder: Path, **changed: Any) -> None:
    """Change entries of a kit's configuration, as a team may."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8")) | changed
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")


def check_method(python: str, work: Path, method: Method) -> None:
    folder = unpacked(work, method)
    dry = command(python, folder, "start", "--dry-run")
    assert not (folder / "output").exists(), dry
    command(python, folder, "start", "--yes", "--max-steps", str(STEPS))
    adapter = json.loads((folder / "output" / "adapter_config.json").read_text(encoding="utf-8"))
    assert adapter["use_dora"] is (method == "dora"), adapter
    before = (folder / "output" / "adapter_model.safetensors").stat().st_mtime_ns
    command(python, folder, "start", "--yes", "--max-steps", str(STEPS))
    assert (folder / "output" / "adapter_model.safetensors").stat().st_mtime_ns == before
    command(python, folder, "infer", "--most", str(ANSWERS), "--base")
    losses = read_loss_log(read_table(folder / "losses.csv", "losses.csv"))
    assert len(losses.train) == STEPS, losses
    sheet = read_score_sheet(read_table(folder / "score_sheet.csv", "score_sheet.csv"))
    assert (sheet.systems, len(sheet.items)) == (("tuned", "base"), ANSWERS), sheet
    print(f"{method}: losses {[round(loss, 3) for _, loss in losses.train]}")


def check_encoder(python: str, work: Path, route: str) -> None:
    """An encoder that knows nothing learns some labels; what it says of every test row is kept with its scores."""
    folder = work / f"kit_{route}"
    kit = kit_of(route)
    kit.write(folder)
    # Random weights have to move further than those of a trained encoder.
    faster = {"learning_rate": {"value": 2e-3}, "epochs": {"value": 10 if route == "encoder" else 1}}
    configure(folder, model=str(work / "encoder"), settings=kit.config["settings"] | faster)
    steps = [] if route == "encoder" else ["--max-steps", str(PAIR_STEPS)]
    command(python, folder, "start", "--yes", *steps)
    labels = folder / "output" / "labels.json"
    before = labels.stat().st_mtime_ns
    command(python, folder, "start", "--yes", *steps)
    assert labels.stat().st_mtime_ns == before
    command(python, folder, "infer")
    scores = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    said = read_table(folder / "predictions.csv", "predictions.csv")
    assert said.rows == scores["rows"] == kit.rows["test"], scores
    assert set(said.column("predicted")) <= set(json.loads(labels.read_text(encoding="utf-8")))
    right = sum(one == "1" for one in said.column("right"))
    assert right / said.rows == scores["accuracy"], scores
    losses = read_loss_log(read_table(folder / "losses.csv", "losses.csv"))
    assert mean_loss(losses.train[-20:]) < mean_loss(losses.train[:20]), losses
    sheet = read_score_sheet(read_table(folder / "score_sheet.csv", "score_sheet.csv"))
    assert sheet.systems == ("tuned",), sheet
    print(
        f"{route}: accuracy {scores['accuracy']:.3f}, majority {scores['majority']:.3f}, rows {scores['rows']}"
    )


def mean_loss(steps: Sequence[tuple[float, float]]) -> float:
    return sum(loss for _, loss in steps) / len(steps)


def check_refusal(python: str, work: Path) -> None:
    """4-bit weights need CUDA: the script says so in one line."""
    folder = unpacked(work, "qlora")
    ran = subprocess.run(
        [python, "run.py", "start", "--yes"], cwd=folder, capture_output=True, text=True, env=surroundings()
    )
    assert ran.returncode == 1 and "CUDA" in ran.stderr and "Traceback" not in ran.stderr, ran.stderr


def command(python: str, folder: Path, *arguments: str) -> str:
    return run([python, "run.py", *arguments], folder)


def run(arguments: list[str], folder: Path | None = None) -> str:
    """Run to its end; what it said when it fails."""
    ran = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, env=surroundings())
    if ran.returncode:
        raise SystemExit(f"{' '.join(arguments)}\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def surroundings() -> dict[str, str]:
    """No network for the script, no GPU, and one thread a core."""
    closed = {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | closed


if __name__ == "__main__":
    sys.exit(main())
