"""The ladder climbed: every rung's scores, the best that is fit for use, and what the scores say about the data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from baselines import Problem
from baselines.bench import Bench
from baselines.classification import PairClassification
from baselines.compare import Rung
from baselines.measured import LearningCurve, Score
from baselines.numbers import Similarity
from baselines.shared_texts import shared_texts
from baselines.shift import MOST_ROWS
from baselines.statistics import auc_interval
from baselines.verdict import Finding, Reason

Progress = Callable[[dict[str, Any]], None]
PAIRED = (PairClassification, Similarity)
SOME_REPEATED = 0.02  # share of test rows that repeat training rows, from which they are scored apart
CLEAR_SHIFT = 0.65  # what the low end of its range must exceed: with few test rows the area is mostly noise
WORST_SHIFT = 0.75  # area under the curve from which a fall on the test file is laid to the data


@dataclass(frozen=True)
class Ladder:
    """Every rung that was climbed with its scores on folds, the best of those fit for use, and answers on the test."""

    bench: Bench
    rungs: Mapping[str, Rung]
    scores: Mapping[str, list[Score]]
    skipped: Mapping[str, Reason]
    collapsed: tuple[str, ...]
    fit: Mapping[str, Rung]
    best: str
    answered: Mapping[str, Rung]
    tests: Sequence[Score]

    @classmethod
    def climbed(cls, bench: Bench, names: Sequence[str], tell: Teller) -> Ladder:
        rungs, scores, skipped = _climb(bench, names, tell)
        means = {name: _pick(lines, name, bench.metric).mean for name, lines in scores.items()}
        collapsed = bench.collapsed(means)
        fit = {name: rung for name, rung in rungs.items() if name not in {*collapsed, *bench.careless}}
        best = max(fit, key=lambda name: means[name])
        answered = {name: bench.answered_for_test(rung) for name, rung in rungs.items()} if bench.test else {}
        tests = [line for rung in answered.values() for line in bench.test_scores(rung, bench.test_rows)]
        return cls(bench, rungs, scores, skipped, collapsed, fit, best, answered, tests)

    @property
    def best_rung(self) -> Rung:
        return self.rungs[self.best]

    @property
    def lines(self) -> tuple[Score, ...]:
        return tuple(line for lines in self.scores.values() for line in lines)

    def judged(self) -> tuple[Score, float]:
        """The score that the verdict rests on, and how much of the best one's lead on the folds was luck."""
        fair, luck = self._without_luck
        return (_pick(self.tests, self.best, self.bench.metric) if self.tests else fair), luck

    @cached_property
    def _without_luck(self) -> tuple[Score, float]:
        measured = _pick(self.scores[self.best], self.best, self.bench.metric)
        return self.bench.without_luck(measured, self.fit)

    def floor(self) -> Score:
        """What the simplest rung reaches on the same side."""
        name = self.bench.floor
        return _pick(self.tests or self.scores[name], name, self.bench.metric)

    def findings(self) -> Iterator[Finding | None]:
        """What the scores themselves say about the data."""
        if self.tests:
            judged, _ = self.judged()
            yield _shift(self.bench, self._without_luck[0], judged)
            yield _repeated(self.bench, self.answered[self.best], judged)
        if isinstance(self.bench, PAIRED):
            yield shared_texts(self.bench, self.best_rung)


class Teller:
    """Says how far the ladder is climbed, each time with the target metric of every rung that is done."""

    def __init__(self, report: Progress | None, total: int, metric: str) -> None:
        self._report, self._total, self._metric = report, total, metric
        self._done, self._finished = 0, list[dict[str, Any]]()

    def __call__(self, step: str, **what: Any) -> None:
        if self._report:
            place = {"step": step, "done": self._done, "total": self._total, "finished": list(self._finished)}
            self._report(place | what)

    def rung(self, name: str, scores: Sequence[Score] = ()) -> None:
        """A rung is done, or left out where it has no scores."""
        self._done += 1
        lines = [dict(vars(score)) for score in scores]
        self._finished += [line for line in lines if line["metric"] == self._metric]
        self("rung" if lines else "skipped", name=name, scores=lines)


def _climb(
    bench: Bench, names: Sequence[str], tell: Teller
) -> tuple[dict[str, Rung], dict[str, list[Score]], dict[str, Reason]]:
    climbed: dict[str, Rung] = {}
    scores: dict[str, list[Score]] = {}
    skipped: dict[str, Reason] = {}
    attempts = bench.workers.rungs(lambda name: _attempt(bench, name, tell), names)
    for name, found in zip(names, attempts, strict=True):
        if isinstance(found, Rung):
            climbed[name], scores[name] = found, bench.scores(found)
        elif climbed or isinstance(found, ImportError | OSError):
            skipped[name] = _why(found)
        else:
            raise found
        tell.rung(name, scores.get(name, ()))
    return climbed, scores, skipped


def _attempt(bench: Bench, name: str, tell: Teller) -> Rung | Exception:
    """The rung, or what kept it from being climbed: the others go on without it."""
    try:
        return bench.climb(name, lambda fold, so_far: tell("fold", name=name, fold=fold, so_far=so_far))
    except (Problem, ImportError, OSError, ValueError) as error:
        return error


def _why(error: Exception) -> Reason:
    if isinstance(error, Problem):
        return Reason(error.id, error.fields)
    if isinstance(error, ImportError | OSError):  # LightGBM without its OpenMP library
        return Reason("library_missing", {"library": str(error)[:200]})
    return Reason("rung_cannot_fit", {"why": str(error)[:200]})  # a model that scikit-learn will not fit


def _pick(scores: Sequence[Score], name: str, metric: str) -> Score:
    return next(score for score in scores if score.baseline == name and score.metric == metric)


def learning_curve(bench: Bench, rung: Rung, tell: Teller) -> tuple[LearningCurve | None, Reason | None]:
    if rung.name == bench.floor:
        return None, Reason("curve_of_majority", {})
    tell("curve", name=rung.name)
    try:
        return bench.curve(rung), None
    except Problem as problem:
        return None, Reason(problem.id, problem.fields)


def _shift(bench: Bench, folds: Score, test: Score) -> Finding:
    """A test file of another kind: it blocks where the score fell with it, and below the target."""
    area = bench.test_shift()
    sizes = (min(len(part), MOST_ROWS) for part in (bench.test_rows, bench.data))
    sides = np.repeat([1, 0], [*sizes])
    apart = area >= WORST_SHIFT and auc_interval(area, sides).low > CLEAR_SHIFT
    fell = folds.low > test.high
    return Finding(
        "shift",
        {"auc": round(area, 4), "by_folds": round(folds.mean, 4), "on_test": round(test.mean, 4)},
        weakens=apart or fell,
        blocks_above={test.metric: test.low} if apart and fell else {},
    )


def _repeated(bench: Bench, answered: Rung, judged: Score) -> Finding | None:
    """Test rows that repeat training rows flatter a score: what it is without them."""
    fresh = bench.fresh_test_rows()
    repeated = len(bench.test_rows) - len(fresh)
    if repeated < SOME_REPEATED * len(bench.test_rows) or not len(fresh):
        return None
    without = _pick(bench.test_scores(answered, fresh), answered.name, bench.metric)
    fields = {"rows": repeated, "share": round(repeated / len(bench.test_rows), 4), "metric": bench.metric,
              "mean": round(judged.mean, 4), "without": round(without.mean, 4)}  # fmt: skip
    return Finding("test_repeats_training", fields)
