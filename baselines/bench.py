"""What every ladder stands on: clean rows, repeats grouped, folds drawn, n-grams counted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from baselines import Problem, checks, explain
from baselines.compare import FEW_ROWS, FOLDS, UNSEEN, Folds, Rung, all_scores, fit_quietly, measure
from baselines.curve import curve_sizes, extrapolate, measure_curve
from baselines.dataset import LabelledTexts, both_labelled
from baselines.duplicates import group_equal, group_near, normalise
from baselines.features import Features
from baselines.measured import CascadePoint, Ceiling, LearningCurve, Score
from baselines.pairs import PairTexts
from baselines.pipelines import LONGEST, Setting, is_unspaced, one_block
from baselines.shift import shift
from baselines.tasks import metrics_of
from baselines.verdict import Finding
from baselines.workers import HERE, Workers

Rows = NDArray[np.int64]
LEAST_ROWS = 10
LEAST_GROUPS = 5
ENOUGH_ROWS = 2_000  # above this three folds give a learning curve as smooth as five
NEAR_ROWS = 50_000  # above this only texts that are equal after normalising count as repeats


@dataclass(frozen=True)
class Bench:
    """One table, perhaps a test file, and a metric; the kinds of answers differ below.

    Rows of the test file follow those of the training table, so that both share one count.
    """

    data: LabelledTexts
    test: LabelledTexts | None
    metric: str
    seed: int
    workers: Workers = HERE

    task: ClassVar[str]
    floor: ClassVar[str]
    quick: ClassVar[tuple[str, ...]]
    careless: ClassVar[tuple[str, ...]] = ()  # rungs shown for comparison only, never the best
    settles: ClassVar[bool] = True  # whether scores like these can answer the question
    instead: ClassVar[str] = "judge_by_people"  # what to do where they cannot
    grows: ClassVar[bool] = True  # whether there is a learning curve
    unseen_as: ClassVar[float | None] = None  # stands for the answer to a row that is not answered yet

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, before anything long begins."""
        if len(self.data) < LEAST_ROWS:
            raise Problem("too_few_rows", rows=len(self.data), needed=LEAST_ROWS)
        self.check_labels()
        possible = metrics_of(self.task, len(self.names))
        if self.metric not in possible:
            raise Problem("metric_not_for_task", metric=self.metric, task=self.task, possible=list(possible))

    # What each kind of answer says for itself.

    def check_labels(self) -> None:
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """The classes, where answers are classes."""
        return ()

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        raise NotImplementedError

    @property
    def strata(self) -> Rows:
        """What the folds are balanced by."""
        raise NotImplementedError

    @property
    def truth(self) -> NDArray[Any]:
        """The right answers of the rows of both files, as the models take them."""
        raise NotImplementedError

    def first_look(self) -> tuple[str, dict[str, Any]] | None:
        """A rung's name and its score on some rows, at once; None where the rungs are as quick."""
        return None

    def glance(self, name: str, answers: NDArray[Any]) -> dict[str, Any] | None:
        """The rung's score over the training rows answered so far; None where that would take long."""
        return None

    def most_folds(self, name: str) -> int | None:
        """How many folds a slow rung is given; None for all."""
        return None

    def scored(self, rung: Rung, truth: NDArray[Any]) -> list[Score]:
        """The rung's answers by every metric of the task."""
        raise NotImplementedError

    def said_as_text(self, row: int, answer: Any) -> str:
        """An answer as a reader sees it; `row` counts through both files."""
        return str(answer)

    def labelled_twice(self) -> list[int]:
        """The training rows that two people labelled."""
        return both_labelled(self.data)

    def kappa(self, first: Sequence[str], second: Sequence[str]) -> float | None:
        """Agreement beyond chance, where answers are classes."""
        return None

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        raise NotImplementedError

    def score(self, truth: NDArray[Any], said: NDArray[Any]) -> float:
        """The bench's metric of answers for held-out rows, for the learning curve."""
        raise NotImplementedError

    def collapsed(self, means: Mapping[str, float]) -> tuple[str, ...]:
        """Rungs that failed to learn and are no baseline."""
        return ()

    def without_luck(self, score: Score, climbed: Mapping[str, Rung]) -> tuple[Score, float]:
        """The winner's score less what picking it from several added, and that amount."""
        return score, 0.0

    # What all share.

    @cached_property
    def answers(self) -> NDArray[Any]:
        """The right answers of the training rows."""
        return self.truth[: len(self.data)]

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        """One rung over the folds; a slow one on a large table gets fewer of them, as its scores say."""

        def tell(fold: int, answers: NDArray[Any]) -> None:
            if so_far := self.glance(name, answers):
                finished(fold, so_far)

        classes = len(self.names) if self.unseen_as == UNSEEN else 0
        return measure(
            name, self.baselines[name](self.setting), self.features, self.answers, classes, self.folds,
            self.most_folds(name), tell, self.workers, self.unseen_as,
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return self.scored(rung, self.answers)

    def answered_for_test(self, rung: Rung) -> Rung:
        """The rung fitted on every training row, with its answers for the rows of the test file."""
        own, unseen = self.fitted_for_test(rung)
        said = np.asarray(own.predict(unseen), dtype=self.answers.dtype)
        classes = rung.scores.shape[1]
        given = all_scores(own, unseen, classes) if classes else np.empty((len(said), 0))
        return Rung(rung.name, said[None], given.astype(np.float32), rung.fit_seconds, 1, rung.chosen)

    def test_scores(self, answered: Rung, rows: Rows) -> list[Score]:
        """Scores over these rows of the test file."""
        kept = replace(answered, answers=answered.answers[:, rows], scores=answered.scores[rows])
        return self.scored(kept, self.truth[len(self.data) + rows])

    def people(self) -> Ceiling | None:
        """A second person's labels scored as if they were a model's; None where the table lacks them or has too few."""
        twice = self.data.take(self.labelled_twice())
        second, rows = twice.labels2 or (), len(twice)
        metric = "macro_f1" if self.metric == "roc_auc" else self.metric
        with suppress(Problem):
            bench = replace(self, data=twice, test=replace(twice, labels=second), metric=metric)
            none = np.zeros((rows, max(len(bench.names), 2)), np.float32)
            said = Rung("people", bench.truth[None, rows:], none, 0.0, 1)
            found = next(one for one in bench.scores(said) if one.metric == metric)
            kappa = self.kappa(twice.labels, second)
            return Ceiling(
                metric=metric, mean=found.mean, low=found.low, high=found.high, kappa=kappa, rows=rows
            )
        return None

    def speed(self, rung: Rung) -> dict[str, float] | None:
        """How fast the rung answers, fitted on every training row."""
        return explain.speed(self.final(rung)[0], self.inputs(explain.TIMED_ROWS))

    @cached_property
    def both(self) -> LabelledTexts:
        """Training rows, then test rows."""
        if self.test is None:
            return self.data
        second = (*(self.data.texts2 or ()), *(self.test.texts2 or ())) if self.is_paired else None
        return LabelledTexts(
            (*self.data.texts, *self.test.texts), (*self.data.labels, *self.test.labels), second
        )

    @property
    def is_paired(self) -> bool:
        return self.data.texts2 is not None

    @cached_property
    def features(self) -> Features:
        if self.both.texts2 is not None:
            return PairTexts(list(zip(self.both.texts, self.both.texts2, strict=True)))
        return Features(self.both.texts)

    @cached_property
    def whole_texts(self) -> tuple[str, ...]:
        """One text a row, both halves of a pair in one."""
        if self.both.texts2 is None:
            return self.both.texts
        return tuple(f"{a} | {b}" for a, b in zip(self.both.texts, self.both.texts2, strict=True))

    @cached_property
    def repeats(self) -> Rows:
        """A group number for each row of both files: rows of one group repeat each other."""
        texts = self.whole_texts
        if len(texts) <= NEAR_ROWS and not self.is_paired:
            with suppress(Problem):  # too much of the table is alike for looking at pairs
                return np.array(group_near(texts))
        return np.array(group_equal([normalise(text) for text in texts]))

    @cached_property
    def groups(self) -> Rows:
        """Rows that no split may part: what the table's own group column says, or repeats.

        Where near repeats chain into a group larger than a fold, only equal texts count; where even those do,
        nothing is kept together, and `findings` says so.
        """
        if self.data.groups is not None:
            found = len(set(self.data.groups))
            if found < LEAST_GROUPS:
                raise Problem("too_few_groups", groups=found, needed=LEAST_GROUPS)
            return numbered(self.data.groups)
        near, equal = self.repeats[: len(self.data)], numbered(self.whole_texts[: len(self.data)])
        return next(
            (groups for groups in (near, equal) if self._fits_folds(groups)), np.arange(len(self.data))
        )

    def _fits_folds(self, groups: Rows) -> bool:
        return bool(np.unique(groups, return_counts=True)[1].max() <= len(groups) / FOLDS)

    @cached_property
    def folds(self) -> Folds:
        times = 3 if len(self.data) < FEW_ROWS else 1
        return Folds.stratified(self.strata, self.groups, self.seed, FOLDS, times)

    @cached_property
    def setting(self) -> Setting:
        unspaced = is_unspaced(self.data.texts)
        return Setting(len(self.data), max(len(self.names), 1), unspaced, self.metric, self.seed)

    def rungs(self, which: str) -> tuple[str, ...]:
        return self.quick if which == "quick" else tuple(self.baselines)

    def parts(self, rung: Rung) -> tuple[Any, Any]:
        """Features and model of a rung; where the model was chosen inside the folds, the first one chosen."""
        step, model = (part for _, part in self.baselines[rung.name](self.setting).steps)
        return step, rung.chosen[0] if rung.chosen else model

    def final(self, rung: Rung) -> tuple[Pipeline, Any]:
        """The rung fitted on every training row: a plain pipeline over texts, and the training matrix."""
        step, model = self.parts(rung)
        features, matrix = self.features.fit(step, np.arange(len(self.data)))
        return Pipeline([("features", features), ("model", fit_quietly(model, matrix, self.answers))]), matrix

    def handed_out(self, rung: Rung) -> Pipeline:
        """The pipeline that a team takes with it."""
        return self.final(rung)[0]

    def inputs(self, rows: int) -> list[Any]:
        """The first rows as a pipeline takes them."""
        if self.data.texts2 is None:
            return list(self.data.texts[:rows])
        return list(zip(self.data.texts[:rows], self.data.texts2[:rows], strict=True))

    def fitted_for_test(self, rung: Rung) -> tuple[Any, Any]:
        """The rung's model fitted on every training row, and the matrix of the test rows."""
        step, model = self.parts(rung)
        train = np.arange(len(self.data))
        seen, unseen = self.features.split(step, train, np.arange(len(self.data), len(self.both)))
        return fit_quietly(model, seen, self.answers), unseen

    @property
    def curve_splits(self) -> int:
        """Over how many folds the learning curve is averaged."""
        return 1 if self.setting.is_large else 3 if len(self.data) > ENOUGH_ROWS else FOLDS

    def curve(self, rung: Rung) -> LearningCurve:
        """The rung's learning curve by the bench's metric; a Problem where the rows are too few for one."""
        if self.metric == "roc_auc" or not self.grows:
            raise Problem("curve_not_by_this_metric", metric=self.metric)
        splits = [(train, test) for repeat, train, test in self.folds if repeat == 0]
        splits = splits[: self.curve_splits]
        sizes = curve_sizes(min(len(train) for train, _ in splits), len(self.names))
        step, model = self.parts(rung)
        known = self._known(rung, splits)
        pipeline = Pipeline([("features", step), ("model", model)])
        found = measure_curve(
            pipeline, self.score, self.features, self.answers, splits, sizes, self.seed, known, self.workers
        )
        held_out = sum(len(test) for _, test in splits)
        return extrapolate(sizes, found, len(self.data), rung.name, self.metric, held_out, self.seed)

    def _known(self, rung: Rung, splits: Sequence[tuple[Rows, Rows]]) -> list[float]:
        """The rung's scores on these folds, where it answered all of them."""
        if any(np.any(rung.answers[0][test] == UNSEEN) for _, test in splits):
            return []
        return [self.score(self.answers[test], rung.answers[0][test]) for _, test in splits]

    def findings(self) -> list[Finding | None]:
        """What is wrong with the table, whatever a baseline makes of it."""
        rows = len(self.data)
        return [
            checks.duplicates(self.repeats[:rows], self.repeats[rows:] if self.test else None),
            self._repeats_not_grouped(),
            checks.shortened(self.data.texts, LONGEST),
        ]

    def _repeats_not_grouped(self) -> Finding | None:
        """Where even equal texts were parted, rows to be judged had been seen: their scores prove nothing."""
        rows = len(self.data)
        if self._fits_folds(self.repeats[:rows]):
            return None
        parted = self.data.groups is None and not self._fits_folds(numbered(self.whole_texts[:rows]))
        return Finding("repeats_not_grouped", {}, blocks=parted)

    def test_shift(self) -> float:
        """How well test rows can be told from training rows (0.5: not at all)."""
        return shift(
            one_block(self.setting), Features(self.whole_texts), len(self.data), self.repeats, self.seed
        )

    @property
    def test_rows(self) -> Rows:
        """The places of all rows in the test file."""
        return np.arange(len(self.both) - len(self.data))

    def fresh_test_rows(self) -> Rows:
        """The test rows that repeat no training row."""
        seen, later = self.repeats[: len(self.data)], self.repeats[len(self.data) :]
        return np.flatnonzero(~np.isin(later, seen))

    def shown(self, row: int) -> str:
        """A row as a reader sees it."""
        return self.whole_texts[row]


def numbered(values: Sequence[str]) -> Rows:
    """The same number for equal values."""
    number: dict[str, int] = {}
    return np.array([number.setdefault(value, len(number)) for value in values], dtype=np.int64)


def coded(labels: Sequence[str], names: Sequence[str]) -> Rows:
    """Labels as their places in `names`."""
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[label] for label in labels], dtype=np.int64)
