"""The ladder against the script everybody writes first: CPU time, macro-F1 on the test file, memory, growth.

python -m tests.benchmarks.baselines FOLDER [--only NAME …] [--curves | --growth]

FOLDER holds one folder a data set with `train.csv` and `test.csv` (columns text, label and perhaps text2). The
named peer is TfidfVectorizer() + LGBMClassifier() with defaults (LGBMRegressor where labels are degrees), one
thread, same split, in the same run. Promised: the quick answer in at most the peer's CPU time or 3 s (pairs
20 s), all rungs with the learning curve in at most four times the peer's time or 30 s, never a worse score.
Every measurement runs in a process of its own; importing libraries is not counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CALM = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--only", nargs="*", help="names of data sets")
    asked.add_argument("--growth", action="store_true", help="time 10,000 against 100,000 rows instead")
    asked.add_argument(
        "--curves", action="store_true", help="how far extrapolated learning curves are off, instead"
    )
    asked.add_argument("--work", nargs=2, metavar=("KIND", "NAME"), help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.work:
        kind, name = given.work
        print(json.dumps(WORK[kind](given.folder / name)))
        return
    folders = sorted(path.parent.name for path in given.folder.glob("*/train.csv"))
    names = [name for name in folders if not given.only or name in given.only]
    if given.curves:
        off(given.folder, names)
    elif given.growth:
        grow(given.folder, names)
    else:
        print(
            f"{'data':13}{'naive':>15}{'first linear':>16}{'quick':>18}{'all':>18}{'test score':>30}{'RSS MB':>8}"
        )
        for name in names:
            compare(given.folder, name)


def compare(folder: Path, name: str) -> None:
    """One line: times with their ratio to the peer, and the score of the best rung beside the peer's."""
    naive, quick, whole = (in_its_own_process(folder, kind, name) for kind in ("naive", "quick", "all"))
    pairs = (folder / name / "train.csv").read_text("utf-8").startswith("text,text2")
    limits = max(naive["cpu"], 20 if pairs else 3), max(4 * naive["cpu"], 30)
    times = [
        f"{found['cpu']:6.2f}s {naive['cpu'] / found['cpu']:5.1f}x {'ok' if found['cpu'] <= limit else 'SLOW':4}"
        for found, limit in zip((quick, whole), limits, strict=True)
    ]
    first = f"{quick['first']:6.2f}s {naive['cpu'] / quick['first']:5.1f}x"
    better = "ok" if whole["score"] >= naive["score"] else "WORSE"
    score = f"{whole['best']} {whole['score']:.3f} ({naive['score']:.3f}) {better}"
    print(
        f"{name:13}{naive['cpu']:14.2f}s{first:>16}{times[0]:>18}{times[1]:>18}{score:>30}{whole['rss_mb']:>8.0f}",
        flush=True,
    )


def in_its_own_process(folder: Path, kind: str, name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.baselines", str(folder), "--work", kind, name]
    told = subprocess.run(command, env=os.environ | CALM, capture_output=True, text=True, check=False)
    if told.returncode:
        sys.exit(told.stderr)
    return dict(json.loads(told.stdout.splitlines()[-1]))


def off(folder: Path, names: list[str]) -> None:
    """Predict the score on all rows from curves that end at a quarter and at half of them; promised: 1.5 and 1.2 points."""
    found = [in_its_own_process(folder, "curve", name) for name in names]
    for part in ("quarter", "half"):
        gaps = [gap for answer in found for gap in answer[part]]
        mean, worst = sum(map(abs, gaps)) / len(gaps), max(map(abs, gaps))
        held = [inside for answer in found for inside in answer[f"{part}_held"]]
        print(
            f"curves to a {part}: mean error {mean:.4f}, worst {worst:.4f}, range held {sum(held)} of {len(held)}"
        )


def grow(folder: Path, names: list[str]) -> None:
    """How time and memory grow from 10,000 to 100,000 rows, drawn from the largest single-text set."""
    name = max(names, key=lambda name: (folder / name / "train.csv").stat().st_size)
    small, large = (in_its_own_process(folder, kind, name) for kind in ("ten", "hundred"))
    power = math.log10(large["cpu"] / small["cpu"])
    print(
        f"growth on {name}: 10,000 rows {small['cpu']:.1f}s {small['rss_mb']:.0f} MB, "
        f"100,000 rows {large['cpu']:.1f}s {large['rss_mb']:.0f} MB: n^{power:.2f}"
    )


def naive(folder: Path) -> dict[str, Any]:
    """The script of most tutorials, a pair joined by a space."""
    import time

    from lightgbm import LGBMClassifier, LGBMRegressor
    from scipy.stats import spearmanr
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import f1_score

    train, test = rows(folder, "train"), rows(folder, "test")
    joined = [[" ".join(text) for text in zip(side.texts, side.texts2, strict=True)] if side.texts2 else list(side.texts)
              for side in (train, test)]  # fmt: skip
    degrees = is_degrees(train)
    began = time.process_time()
    vectorizer = TfidfVectorizer()
    matrix = vectorizer.fit_transform(joined[0])
    if degrees:
        model = LGBMRegressor(n_jobs=1, verbose=-1).fit(matrix, [float(label) for label in train.labels])
    else:
        model = LGBMClassifier(n_jobs=1, verbose=-1).fit(matrix, list(train.labels))
    said = model.predict(vectorizer.transform(joined[1]))
    spent = time.process_time() - began
    if degrees:
        score = float(spearmanr([float(label) for label in test.labels], said).statistic)
    else:
        score = float(f1_score(test.labels, said, average="macro"))
    return {"cpu": spent, "score": score, "rss_mb": peak_mb()}


def ladder(folder: Path, rungs: str, most: int | None = None) -> dict[str, Any]:
    """Our ladder on the same rows; the test file is scored after the clock has stopped."""
    import time

    from baselines.run import run_baseline
    from baselines.tasks import likely_task, usual_metric
    from baselines.verdict import Target

    train = rows(folder, "train")
    if most is not None:
        train = train.take(at % len(train) for at in range(most))
    metric = usual_metric(likely_task(train))
    run_baseline(
        train.take(range(0, len(train), len(train) // 400 or 1)), rungs=rungs
    )  # what is imported late is imported now
    seen: dict[str, float] = {}

    def note(step: dict[str, Any]) -> None:
        linear = step["step"] == "first_look" or step.get("name") in ("pair_ridge", "pair_linear")
        if linear and "so_far" in step:
            seen.setdefault("first", time.process_time() - began)

    began = time.process_time()
    found = run_baseline(train, target=Target(metric, 0.9), rungs=rungs, report=note).as_json()
    spent = time.process_time() - began
    scored = run_baseline(train, test=rows(folder, "test"), rungs=rungs).as_json() if most is None else found
    score = next((row["mean"] for row in scored["test_scores"]
                  if (row["baseline"], row["metric"]) == (scored["best"], metric)), None)  # fmt: skip
    return {"cpu": spent, "first": seen["first"], "best": found["best"], "score": score, "rss_mb": peak_mb()}


def rows(folder: Path, part: str) -> Any:
    from baselines.dataset import LabelledTexts
    from baselines.table import read_table

    table = read_table(folder / f"{part}.csv", f"{part}.csv")
    return LabelledTexts.from_table(table, "text", "label", "text2" if "text2" in table.columns else None)


def is_degrees(data: Any) -> bool:
    from baselines.tasks import likely_task

    return likely_task(data) == "similarity"


def peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def curve_errors(folder: Path) -> dict[str, Any]:
    """Predicted minus reached on all rows, for Naive Bayes and a linear SVM by accuracy, or by rank for degrees."""
    import numpy as np

    from baselines.curve import extrapolate, measure_curve
    from baselines.run import BENCHES
    from baselines.tasks import likely_task

    train = rows(folder, "train")
    task = likely_task(train)
    bench = BENCHES[task](train, None, "spearman" if task == "similarity" else "accuracy", 42)
    names = {"classification": ("naive_bayes", "linear_svm"), "pairs": ("pair_linear", "pair_trees")}.get(
        task, ("pair_ridge", "pair_trees")
    )
    splits = [(seen, unseen) for repeat, seen, unseen in bench.folds if repeat == 0]
    most = min(len(seen) for seen, _ in splits)
    sizes = [
        size
        for size in (round(most * 2 ** (-at / 2)) for at in range(14, -1, -1))
        if size >= max(10, 2 * len(bench.names))
    ]
    found: dict[str, list[Any]] = {"quarter": [], "half": [], "quarter_held": [], "half_held": []}
    for name in names:
        pipeline = bench.baselines[name](bench.setting)
        scores = measure_curve(pipeline, bench.score, bench.features, bench.answers, splits, sizes, 7)
        for part, share in (("quarter", 4), ("half", 2)):
            use = [at for at, size in enumerate(sizes) if size <= most / share + 1][-9:]
            if len(use) < 6:
                continue
            held_out = sum(len(unseen) for _, unseen in splits)
            curve = extrapolate(
                [sizes[at] for at in use], scores[:, use], most // share, name, bench.metric, held_out
            )
            place = curve.path_sizes.index(share * (most // share))
            reached = float(np.mean(scores[:, -1]))
            found[part].append(curve.path[place] - reached)
            found[f"{part}_held"].append(bool(curve.path_low[place] <= reached <= curve.path_high[place]))
    return found


WORK = {
    "curve": curve_errors,
    "naive": naive,
    "quick": lambda folder: ladder(folder, "quick"),
    "all": lambda folder: ladder(folder, "all"),
    "ten": lambda folder: ladder(folder, "quick", 10_000),
    "hundred": lambda folder: ladder(folder, "quick", 100_000),
}


if __name__ == "__main__":
    main()
