"""The ladder against the script everybody writes first: CPU time, macro-F1 on the test file, memory, growth.

python -m tests.benchmarks.baselines FOLDER [--only NAME …] [--curves | --growth | --memory | --stream]

FOLDER holds one folder a data set with `train.csv` and `test.csv` (columns text, label and perhaps text2). The
named peer is TfidfVectorizer() + LGBMClassifier() with defaults (LGBMRegressor where labels are degrees), one
thread, same split, in the same run. Without a choice every part is measured. Each promise is printed with what
was measured, its limit and whether it was kept. Time is CPU time; importing libraries is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CALM = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
BEST_AT_LEAST = {"banking77": 0.90, "sib200_ja": 0.78, "sib200_en": 0.75}
PARTS = ("curves", "growth", "memory", "stream")


@dataclass(frozen=True)
class Promise:
    """What was promised and what came of it; `least` when more is better."""

    what: str
    measured: float
    limit: float
    unit: str = ""
    least: bool = False

    @property
    def kept(self) -> bool:
        return self.measured >= self.limit if self.least else self.measured <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.least else "at most"
        said = f"{self.what:58}{self.measured:10.3f}{self.unit:3} {bound} {self.limit:9.3f}{self.unit}"
        return f"{'kept  ' if self.kept else 'MISSED'} {said}"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", nargs="*", help="names of data sets")
    asked.add_argument("--curves", action="store_true", help="how far extrapolated learning curves are off")
    asked.add_argument("--growth", action="store_true", help="time 10,000 against 100,000 rows")
    asked.add_argument("--memory", action="store_true", help="every rung on 90,000 rows")
    asked.add_argument("--stream", action="store_true", help="979,000 rows in one pass")
    asked.add_argument("--work", nargs=2, metavar=("KIND", "NAME"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.work:
        from tests.benchmarks.baseline_work import WORK

        kind, name = given.work
        print(json.dumps(WORK[kind](given.folder / name)))
        return
    folders = sorted(path.parent.name for path in given.folder.glob("*/train.csv"))
    names = [name for name in folders if not given.only or name in given.only]
    chosen = [part for part in PARTS if getattr(given, part)]
    promises: list[Promise] = []
    for part in chosen or (("sets",) if given.only else ("sets", *PARTS)):
        for promise in MEASURED[part](given.folder, names):
            promises.append(promise)
            print(promise, flush=True)
    missed = [promise.what for promise in promises if not promise.kept]
    print(
        f"\n{len(promises) - len(missed)} of {len(promises)} promises kept"
        + "".join(f"\n  missed: {what}" for what in missed)
    )


def sets(folder: Path, names: list[str]) -> Iterator[Promise]:
    """Every data set: times beside the peer's, the best rung's score beside the peer's, memory."""
    for name in names:
        naive, quick, whole = (in_its_own_process(folder, kind, name) for kind in ("naive", "quick", "all"))
        train = (folder / name / "train.csv").read_text("utf-8")
        print(
            f"\n{name}: naive {naive['cpu']:.2f} s; first linear number {quick['first']:.2f} s, quick {quick['scored']:.2f} s ({quick['cpu']:.2f} s with curve and verdict), "
            f"all {whole['cpu']:.2f} s; best {whole['best']} {whole['score']:.3f}, naive {naive['score']:.3f}",
            flush=True,
        )
        pairs = train.startswith("text,text2")
        yield Promise(
            f"{name}: quick answer with its curve", quick["cpu"], max(naive["cpu"], 20 if pairs else 3), "s"
        )
        yield Promise(f"{name}: whole ladder with its curve", whole["cpu"], max(4 * naive["cpu"], 30), "s")
        least = max(naive["score"], BEST_AT_LEAST.get(name, 0))
        yield Promise(f"{name}: best rung on the test file", whole["score"], least, least=True)
        most = 1_000 if train.count("\n") <= 20_000 else 1_600
        yield Promise(f"{name}: peak memory of the whole ladder", whole["rss_mb"], most, "MB")
        if name == "banking77":
            yield Promise(
                f"{name}: three rungs with 5-fold intervals, times less than naive",
                naive["cpu"] / quick["scored"],
                5,
                "x",
                least=True,
            )
            yield Promise(
                f"{name}: first linear number, times sooner",
                naive["cpu"] / quick["first"],
                20,
                "x",
                least=True,
            )


def curves(folder: Path, names: list[str]) -> Iterator[Promise]:
    """Predict the score on all rows from curves that end at a quarter and at half of them."""
    found = [in_its_own_process(folder, "curve", name) for name in names]
    for part, most in (("quarter", 0.015), ("half", 0.012)):
        gaps = [abs(gap) for answer in found for gap in answer[part]]
        held = [inside for answer in found for inside in answer[f"{part}_held"]]
        print(f"\ncurves to a {part}: {len(gaps)} curves, worst error {max(gaps):.4f}")
        yield Promise(f"curves to a {part}: mean error of the prediction", sum(gaps) / len(gaps), most)
        yield Promise(
            f"curves to a {part}: share held by the 95% range", sum(held) / len(held), 0.9, least=True
        )


def growth(folder: Path, names: list[str]) -> Iterator[Promise]:
    """How time grows from 10,000 to 100,000 rows, drawn from the largest set."""
    name = largest(folder, names)
    small, large = (in_its_own_process(folder, kind, name) for kind in ("ten", "hundred"))
    print(
        f"\n{name}: 10,000 rows {small['cpu']:.1f} s {small['rss_mb']:.0f} MB, 100,000 rows {large['cpu']:.1f} s {large['rss_mb']:.0f} MB"
    )
    yield Promise("growth of the quick answer, power of n", math.log10(large["cpu"] / small["cpu"]), 1.1)


def memory(folder: Path, names: list[str]) -> Iterator[Promise]:
    """Every rung on 90,000 rows, drawn from the largest set."""
    found = in_its_own_process(folder, "ninety", largest(folder, names))
    print(f"\nall rungs on 90,000 rows: {found['cpu']:.0f} s")
    yield Promise("peak memory of the whole ladder on 90,000 rows", found["rss_mb"], 1_600, "MB")


def stream(folder: Path, names: list[str]) -> Iterator[Promise]:
    """One pass over a made-up file; the file itself is written before the clock starts."""
    found = in_its_own_process(folder, "stream", "")
    print(
        f"\n979,000 texts, {found['file_mb']:.0f} MB: accuracy {found['hashed_linear']:.3f}, majority {found['majority']:.3f}; memory before {found['before_mb']:.0f} MB"
    )
    yield Promise("979,000 texts in one pass", found["cpu"], 25, "s")
    yield Promise("979,000 texts in one pass: peak memory", found["rss_mb"], 400, "MB")


MEASURED = {"sets": sets, "curves": curves, "growth": growth, "memory": memory, "stream": stream}


def largest(folder: Path, names: list[str]) -> str:
    return max(names, key=lambda name: (folder / name / "train.csv").stat().st_size)


def in_its_own_process(folder: Path, kind: str, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.baselines", str(folder), "--work", kind, name]
    told = subprocess.run(command, env=os.environ | CALM, capture_output=True, text=True, check=False)
    if told.returncode:
        sys.exit(told.stderr)
    return dict(json.loads(told.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
