"""Tables larger than memory: hashed n-grams and stochastic gradient descent in one pass, with the same report.

A first reading counts labels and sets rows aside; the second learns from the rest, each row met once. Rows are
set aside by a hash of the text, so that repeats never stand on both sides. Labels that come in runs would be
learned one after the other and forgotten; such a table is mixed on disk first.
"""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline

from baselines import Problem, checks, explain
from baselines.bench import LEAST_ROWS, coded
from baselines.cascade import calibration_error, cascade, confidences
from baselines.chunks import mixed, scatter
from baselines.compare import FOLDS, Rung, all_scores, scores
from baselines.curve import curve_sizes, extrapolate
from baselines.dataset import LabelledTexts, has_content, joined
from baselines.measured import CascadePoint, LearningCurve, Score
from baselines.metrics import Codes, score_classes
from baselines.money import Money
from baselines.pipelines import WORD, is_unspaced, normalise, normalise_start
from baselines.run import BaselineReport
from baselines.tasks import metrics_of
from baselines.verdict import Finding, Reason, Target, verdict

MODEL, FLOOR = "hashed_linear", "majority"
SET_ASIDE = 5  # one distinct text of so many, until there are enough
ENOUGH_SET_ASIDE = 20_000
MOST_CLASSES = 500
MOST_WEIGHTS = 2**23  # features times classes: 64 MB, of which the averaged model keeps three
FEATURES = 2**20
IN_RUNS = 0.25  # how far the labels of chunks lie from those of the table, on average, from which it is mixed
WIDEST_HASH = 2**32

NO_MONEY = Money()

Chunks = Callable[[], Iterable[LabelledTexts]]
Progress = Callable[[dict[str, Any]], None]


@dataclass
class _Survey:
    """What the first reading finds."""

    labels: Counter[str] = field(default_factory=Counter)
    empty: int = 0
    below: int = WIDEST_HASH // SET_ASIDE  # a text whose hash is smaller is set aside
    aside: list[tuple[int, int, str, str]] = field(default_factory=list)  # hash, row, text, label
    parts: list[Counter[str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.labels.total()

    def take(self, chunk: LabelledTexts) -> None:
        first = self.rows + self.empty
        counted: Counter[str] = Counter()
        for row, (text, label) in enumerate(zip(chunk.texts, chunk.labels, strict=True), start=first):
            if not is_filled(text, label):
                self.empty += 1
                continue
            counted[label] += 1
            if (place := hashed(text)) < self.below:
                self.aside.append((place, row, text, label))
        self.labels.update(counted)
        self.parts.append(counted)
        while len(self.aside) > ENOUGH_SET_ASIDE:
            self.below //= 2
            self.aside = [one for one in self.aside if one[0] < self.below]

    @property
    def in_runs(self) -> bool:
        """Whether chunks differ from the whole table in their labels: the mean of their distances, by rows."""
        moved = sum(
            abs(part[label] - share * part.total())
            for part in self.parts
            for label, share in ((label, rows / self.rows) for label, rows in self.labels.items())
        )
        return moved / 2 / self.rows > IN_RUNS


def is_filled(text: str, label: str) -> bool:
    """Whether both hold something visible."""
    return has_content(text) and has_content(label)


def hashed(text: str) -> int:
    """A number below 2**32 that texts share when they differ in width and case only."""
    return zlib.crc32(normalise(text).encode("utf-8", "surrogatepass"))


def stream_baseline(
    chunks: Chunks,
    target: Target | None = None,
    *,
    test: Chunks | None = None,
    money: Money = NO_MONEY,
    encodings: Sequence[str] = (),
    seed: int = 42,
    report: Progress | None = None,
) -> BaselineReport:
    """The report for texts and labels that arrive in chunks; `chunks()` is read twice, `test()` once.

    `encodings` names what the files were read as, for the report. One linear model beside the floor, on up to 20,000 rows set aside; the learning curve is the model's own
    scores on its way through the rows. Raises Problem as `run_baseline` does.

    >>> many = LabelledTexts(("red apple", "ripe pear", "grey whale", "blue shark") * 50, ("fruit", "fruit", "fish", "fish") * 50)
    >>> found = stream_baseline(lambda: [LabelledTexts(tuple(f"{text} {at}" for at, text in enumerate(many.texts)), many.labels)])
    >>> found.best
    'hashed_linear'
    """
    tell = report or (lambda step: None)
    survey = _Survey()
    for chunk in chunks():
        survey.take(chunk)
    tell({"step": "counted", "done": survey.rows, "total": survey.rows})
    metric = target.metric if target else "macro_f1"
    tests = joined([chunk.without_empty_rows() for chunk in test()]) if test else None
    names = tuple(sorted({*survey.labels, *(tests.labels if tests else ())}))
    _refuse(survey, metric)
    with TemporaryDirectory() as folder:
        source, rows = chunks, survey.rows
        if survey.in_runs:
            paths = scatter(chunks(), rows, Path(folder), seed)
            source = lambda: mixed(paths)  # noqa: E731
        learned = _learn(source(), survey, names, metric, seed, tell)
    return _told(learned, survey, tests, target, metric, money, encodings)


def _refuse(survey: _Survey, metric: str) -> None:
    """A Problem for what no pass can measure."""
    rows, classes = survey.rows, len(survey.labels)
    if rows < LEAST_ROWS * SET_ASIDE:
        raise Problem("too_few_rows", rows=rows, needed=LEAST_ROWS * SET_ASIDE)
    if classes < 2:
        raise Problem("one_class", label=next(iter(survey.labels)), rows=rows)
    if not survey.aside or len(survey.aside) == rows:
        raise Problem("texts_hardly_differ", rows=rows)
    if classes > MOST_CLASSES:
        raise Problem("too_many_classes_to_stream", classes=classes, most=MOST_CLASSES)
    possible = metrics_of("classification", classes)
    if metric not in possible:
        raise Problem("metric_not_for_task", metric=metric, task="classification", possible=list(possible))


@dataclass(frozen=True)
class _Learned:
    """The model after its pass, and its scores on the way."""

    pipeline: Pipeline
    names: tuple[str, ...]
    sizes: list[int]
    reached: list[float]
    short: Problem | None
    fit_seconds: float
    seed: int

    def lines(self, name: str, data: LabelledTexts, commonest: int) -> tuple[list[Score], Rung, Codes]:
        """Scores on these rows, with the answers they come from."""
        truth = coded(data.labels, self.names)
        if name == FLOOR:
            said = np.full(len(truth), commonest)
            given = np.zeros((len(truth), len(self.names)), np.float32)
        else:
            model, matrix = self.pipeline[-1], self.pipeline[0].transform(data.texts)
            said = np.asarray(model.predict(matrix))
            given = all_scores(model, matrix, len(self.names)).astype(np.float32)
        rung = Rung(name, said[None, :], given, self.fit_seconds if name == MODEL else 0.0, 1)
        return scores(rung, truth, len(self.names), self.seed), rung, truth

    def curve(self, metric: str, rows: int, set_aside: int) -> tuple[LearningCurve | None, Reason | None]:
        if self.short or metric == "roc_auc":
            problem = self.short or Problem("curve_not_by_this_metric", metric=metric)
            return None, Reason(problem.id, problem.fields)
        reached = np.array([self.reached])
        return extrapolate(self.sizes, reached, rows, MODEL, metric, set_aside, self.seed), None


def _learn(
    chunks: Iterable[LabelledTexts],
    survey: _Survey,
    names: tuple[str, ...],
    metric: str,
    seed: int,
    tell: Progress,
) -> _Learned:
    """One pass over the rows that were not set aside; at each size of the learning curve the others are scored."""
    aside = LabelledTexts(*zip(*((text, label) for _, _, text, label in survey.aside), strict=True))
    model = SGDClassifier(loss="log_loss", alpha=1e-6, average=True, random_state=seed)
    vectorizer = hashing(is_unspaced(aside.texts), len(names))
    unseen, truth = vectorizer.transform(aside.texts), coded(aside.labels, names)
    short, sizes = None, list[int]()
    try:
        sizes = curve_sizes(survey.rows - len(aside), len(survey.labels))
    except Problem as problem:
        short = problem
    reached: list[float] = []
    seen, scoring = 0, 0.0
    began = time.process_time()
    for part in _cut(_without_aside(chunks, survey.below, seed), sizes):
        model.partial_fit(
            vectorizer.transform(part.texts), coded(part.labels, names), classes=np.arange(len(names))
        )
        seen += len(part)
        if len(reached) < len(sizes) and seen == sizes[len(reached)]:
            glance = time.process_time()
            reached.append(
                score_classes(
                    "macro_f1" if metric == "roc_auc" else metric, truth, model.predict(unseen), len(names)
                )
            )
            scoring += time.process_time() - glance
        tell({"step": "learned", "done": seen, "total": survey.rows - len(aside)})
    seconds = time.process_time() - began - scoring
    pipeline = Pipeline([("features", vectorizer), ("model", model)])
    return _Learned(pipeline, names, sizes, reached, short, seconds, seed)


def hashing(unspaced: bool, classes: int) -> HashingVectorizer:
    """Words and pairs of words, or one to three characters, as places in a table that fits beside the classes."""
    width = min(FEATURES, 2 ** int(np.log2(MOST_WEIGHTS / max(classes, 2))))
    kind = (
        {"preprocessor": normalise_start, "analyzer": "char", "ngram_range": (1, 3)}
        if unspaced
        else {"preprocessor": normalise, "token_pattern": WORD, "ngram_range": (1, 2)}
    )
    return HashingVectorizer(n_features=width, alternate_sign=False, dtype=np.float32, **kind)


def _without_aside(chunks: Iterable[LabelledTexts], below: int, seed: int) -> Iterator[LabelledTexts]:
    """The rows to learn from, in an order of their own within each chunk."""
    draw = np.random.default_rng(seed)
    for chunk in chunks:
        rows = [
            row
            for row, (text, label) in enumerate(zip(chunk.texts, chunk.labels, strict=True))
            if is_filled(text, label) and hashed(text) >= below
        ]
        if rows:
            yield chunk.take(draw.permutation(rows).tolist())


def _cut(chunks: Iterable[LabelledTexts], sizes: Sequence[int]) -> Iterator[LabelledTexts]:
    """The same rows, parted where a size of the learning curve is reached."""
    seen = 0
    for chunk in chunks:
        edges = [0, *(size - seen for size in sizes if 0 < size - seen < len(chunk)), len(chunk)]
        for begin, end in pairwise(edges):
            yield chunk if end - begin == len(chunk) else chunk.take(range(begin, end))
        seen += len(chunk)


def _told(
    learned: _Learned,
    survey: _Survey,
    tests: LabelledTexts | None,
    target: Target | None,
    metric: str,
    money: Money,
    encodings: Sequence[str],
) -> BaselineReport:
    _, rows, texts, labels = zip(*survey.aside, strict=True)
    aside = LabelledTexts(texts, labels)
    commonest = learned.names.index(survey.labels.most_common(1)[0][0])
    floor, _, _ = learned.lines(FLOOR, aside, commonest)
    found, rung, truth = learned.lines(MODEL, aside, commonest)
    test_scores = [
        score for name in (FLOOR, MODEL) if tests for score in learned.lines(name, tests, commonest)[0]
    ]
    best = max((FLOOR, MODEL), key=lambda name: _of((*floor, *found), name, metric).mean)
    curve, absent = learned.curve(metric, survey.rows, len(aside))
    judged = test_scores or [*floor, *found]
    rests_on = _of(judged, best, metric)
    points, details = _explained(learned, aside, np.array(rows), rung, truth)
    findings = _findings(survey, tests, encodings)
    answer = verdict(rests_on, target, _of(judged, FLOOR, metric), curve, findings, on_test=True)
    reasons = (*answer.reasons, *money.reasons(points, details["speed"]))
    return BaselineReport(
        "classification", survey.rows, learned.names, metric, (*floor, *found), best, replace(answer, reasons=reasons),
        rests_on, tuple(test_scores),
        curve, absent, tuple(findings), tuple(points), target=target,
        details={**details, "seed": learned.seed, "money": money.beside(points, details["speed"])},
    )  # fmt: skip


def _of(lines: Iterable[Score], name: str, metric: str) -> Score:
    return next(line for line in lines if (line.baseline, line.metric) == (name, metric))


def _findings(survey: _Survey, tests: LabelledTexts | None, encodings: Sequence[str]) -> list[Finding]:
    fields = {"rows": survey.rows, "set_aside": len(survey.aside)}
    found = [
        Finding("streamed", fields),  # fewer checks of the data than a table in memory gets
        Finding("read_as", {"encodings": list(encodings)}, weakens=False) if encodings else None,
        Finding("rows_mixed", {"rows": survey.rows}, weakens=False) if survey.in_runs else None,
        checks.left_out(survey.empty, survey.rows + survey.empty),
        checks.unseen_labels(tuple(survey.labels), tests.labels) if tests else None,
    ]
    return [finding for finding in found if finding is not None]


def _explained(
    learned: _Learned, aside: LabelledTexts, rows: NDArray[np.int64], rung: Rung, truth: Codes
) -> tuple[list[CascadePoint], dict[str, Any]]:
    """Cascade, confusions, surest mistakes and speed, all from the rows that were set aside."""
    folds = np.arange(len(truth)) % FOLDS
    said = rung.answers[0]
    right = np.asarray(said == truth)
    sure = confidences(rung.scores.astype(float), truth, folds)
    worst = explain.mistakes(aside.texts, truth, said, sure, np.arange(len(truth)), learned.names)
    for mistake in worst:
        mistake["row"] = int(rows[mistake["row"] - 1]) + 1
    return cascade(sure, right, folds), {
        "set_aside": len(truth),
        "calibration_error": round(calibration_error(sure, right), 4),
        **explain.confusion(truth, said, learned.names),
        "mistakes": worst,
        "speed": explain.speed(learned.pipeline, list(aside.texts[: explain.TIMED_ROWS])),
        "terms": {},
    }
