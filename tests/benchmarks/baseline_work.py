"""What `tests.benchmarks.baselines` measures, each in a process of its own: importing libraries is not counted."""

from __future__ import annotations

import csv
import random
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from advisor.answers.baseline import Baseline
from baselines.dataset import LabelledTexts
from baselines.reading import read_table
from baselines.tasks import likely_task, usual_metric

WARM_ROWS = 400  # of a first run, in which what is imported late is imported
STREAMED_ROWS = 979_000
SYLLABLES = [
    "ka",
    "ki",
    "ku",
    "ke",
    "ko",
    "sa",
    "shi",
    "su",
    "se",
    "so",
    "ta",
    "chi",
    "tsu",
    "te",
    "to",
    "na",
    "ni",
    "nu",
    "ne",
    "no",
    "ma",
    "mi",
    "mu",
    "me",
    "mo",
    "ra",
    "ri",
    "ru",
    "re",
    "ro",
]


def naive(folder: Path) -> dict[str, Any]:
    """The script of most tutorials, a pair joined by a space."""
    import numpy as np
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.feature_extraction.text import TfidfVectorizer

    train, test = rows(folder, "train"), rows(folder, "test")
    degrees = likely_task(train) == "similarity"
    began = time.process_time()
    vectorizer = TfidfVectorizer()
    matrix = vectorizer.fit_transform(side_by_side(train))
    if degrees:
        model = LGBMRegressor(n_jobs=1, verbose=-1).fit(matrix, [float(label) for label in train.labels])
    else:
        model = LGBMClassifier(n_jobs=1, verbose=-1).fit(matrix, np.array(train.labels))
    said = model.predict(vectorizer.transform(side_by_side(test)))
    spent = time.process_time() - began
    return {"cpu": spent, "score": scored(test, said, degrees), "rss_mb": peak_mb()}


def side_by_side(data: LabelledTexts) -> list[str]:
    if data.texts2 is None:
        return list(data.texts)
    return [" ".join(pair) for pair in zip(data.texts, data.texts2, strict=True)]


def scored(test: LabelledTexts, said: Any, degrees: bool) -> float:
    from scipy.stats import spearmanr
    from sklearn.metrics import f1_score

    if degrees:
        return float(spearmanr([float(label) for label in test.labels], said).statistic)
    return float(f1_score(test.labels, said, average="macro"))


def ladder(folder: Path, rungs: Literal["quick", "all"], most: int | None = None) -> dict[str, Any]:
    """Our ladder on the same rows, `most` of them; the test file is scored after the clock has stopped."""
    from baselines.run import run_baseline
    from baselines.verdict import Target

    train = rows(folder, "train")
    if most is not None:
        train = numbered(train, most)
    metric = usual_metric(likely_task(train))
    run_baseline(train.take(range(0, len(train), len(train) // WARM_ROWS or 1)), rungs=rungs)
    seen: dict[str, float] = {}

    def note(step: dict[str, Any]) -> None:
        linear = step["step"] == "first_look" or step.get("name") in ("pair_ridge", "pair_linear")
        if linear and "so_far" in step:
            seen.setdefault("first", time.process_time() - began)
        if step["step"] == "curve":  # every rung has its scores and intervals; what follows explains them
            seen["scored"] = time.process_time() - began

    began = time.process_time()
    found = run_baseline(train, target=Target(metric, 0.9), rungs=rungs, report=note)
    spent = time.process_time() - began
    peak = peak_mb()
    score = None if most is not None else of_best(found, rows(folder, "test"))
    return {
        "cpu": spent,
        "first": seen["first"],
        "scored": seen.get("scored", spent),
        "best": found.best,
        "score": score,
        "rss_mb": peak,
    }


def numbered(data: LabelledTexts, most: int) -> LabelledTexts:
    """So many rows, those that come round again made different by a number."""
    part = data.take(at % len(data) for at in range(most))
    texts = tuple(text if at < len(data) else f"{text} {at}" for at, text in enumerate(part.texts))
    return LabelledTexts(texts, part.labels)


def of_best(found: Any, test: LabelledTexts) -> float:
    """The best rung, fitted on every training row, on the test file."""
    bench, rung = found.takeaway.bench, found.takeaway.rung
    pipeline, _ = bench.final(rung)
    asked = test.texts if test.texts2 is None else list(zip(test.texts, test.texts2, strict=True))
    said = pipeline.predict(asked)
    if bench.names:
        said = [bench.names[code] for code in said]
    return scored(test, said, not bench.names)


def curve_errors(folder: Path) -> dict[str, Any]:
    """Predicted minus reached on all rows, for Naive Bayes and a linear SVM by accuracy, or by rank for degrees."""
    import numpy as np

    from baselines.curve import LEAST_SIZE, extrapolate, measure_curve
    from baselines.run import BENCHES

    train = rows(folder, "train")
    task = likely_task(train)
    bench = BENCHES[task](train, None, "spearman" if task == "similarity" else "accuracy", 42)
    names = {"classification": ("naive_bayes", "linear_svm"), "pairs": ("pair_linear", "pair_trees")}.get(
        task, ("pair_ridge", "pair_trees")
    )
    splits = [(seen, unseen) for repeat, seen, unseen in bench.folds if repeat == 0]
    most = min(len(seen) for seen, _ in splits)
    steps = (round(most * 2 ** (-at / 2)) for at in range(14, -1, -1))
    sizes = [size for size in steps if size >= max(LEAST_SIZE, 2 * len(bench.names))]
    found: dict[str, list[Any]] = {"quarter": [], "half": [], "quarter_held": [], "half_held": []}
    for name in names:
        pipeline = bench.baselines[name](bench.setting)
        scores = measure_curve(pipeline, bench.score, bench.features, bench.answers, splits, sizes, 7)
        for part, share in (("quarter", 4), ("half", 2)):
            use = [at for at, size in enumerate(sizes) if size <= most / share + 1][-9:]
            if len(use) < 6:
                continue
            held_out = sum(len(unseen) for _, unseen in splits)
            known = [sizes[at] for at in use]
            curve = extrapolate(known, scores[:, use], most // share, name, bench.metric, held_out)
            place = curve.path.sizes.index(share * (most // share))
            reached = float(np.mean(scores[:, -1]))
            found[part].append(curve.path.predicted[place] - reached)
            found[f"{part}_held"].append(bool(curve.path.low[place] <= reached <= curve.path.high[place]))
    return found


def streamed(_: Path) -> dict[str, Any]:
    """One pass over a made-up file of 979,000 short texts with two classes."""
    from baselines.chunks import read_chunks
    from baselines.streaming import stream_baseline

    with TemporaryDirectory() as folder:
        path = Path(folder) / "texts.csv"
        write_made_up(path)
        began, before = time.process_time(), peak_mb()
        found = Baseline.of(stream_baseline(lambda: read_chunks([path], "text", "label"))).as_json()
        spent, size = time.process_time() - began, path.stat().st_size / 2**20
    accuracy = {row["baseline"]: row["mean"] for row in found["scores"] if row["metric"] == "accuracy"}
    return {"cpu": spent, "rss_mb": peak_mb(), "before_mb": before, "file_mb": size, **accuracy}


def write_made_up(path: Path, rows: int = STREAMED_ROWS) -> None:
    """Texts of 5 to 14 words from a vocabulary with a long tail; a fifth of them depend on the label."""
    draw = random.Random(3)  # noqa: S311
    words = ["".join(draw.choices(SYLLABLES, k=draw.choice((2, 3, 3, 4)))) for _ in range(60_000)]
    telling = {label: draw.sample(words, 400) for label in ("yes", "no")}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for _ in range(rows):
            label = "yes" if draw.random() < 0.8 else "no"
            said = [
                draw.choice(telling[label])
                if draw.random() < 0.2
                else words[min(int(draw.paretovariate(0.35)), 59_999)]
                for _ in range(draw.randint(5, 14))
            ]
            writer.writerow((" ".join(said), label))


def rows(folder: Path, part: str) -> LabelledTexts:
    table = read_table(folder / f"{part}.csv", f"{part}.csv")
    return LabelledTexts.from_table(table, "text", "label", "text2" if "text2" in table.columns else None)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


WORK = {
    "curve": curve_errors,
    "naive": naive,
    "quick": lambda folder: ladder(folder, "quick"),
    "all": lambda folder: ladder(folder, "all"),
    "ten": lambda folder: ladder(folder, "quick", 10_000),
    "hundred": lambda folder: ladder(folder, "quick", 100_000),
    "ninety": lambda folder: ladder(folder, "all", 90_000),
    "stream": streamed,
}
