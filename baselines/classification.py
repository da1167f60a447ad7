"""The ladder on one column of texts: every rung on the same folds, and on the test file where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines import Problem
from baselines.compare import (
    FEW_ROWS,
    FOLDS,
    UNSEEN,
    Folds,
    Rung,
    Score,
    class_scores,
    fit_quietly,
    measure,
    scores,
)
from baselines.curve import LearningCurve, curve_sizes, extrapolate, measure_curve
from baselines.dataset import LabelledTexts
from baselines.duplicates import group_equal, group_near, normalise
from baselines.features import Features
from baselines.metrics import CLASS_METRICS, Codes, score_classes
from baselines.pipelines import BASELINES, Setting, is_unspaced
from baselines.statistics import wilson

Rows = NDArray[np.int64]
LEAST_ROWS = 10
NEAR_ROWS = 50_000  # above this only texts that are equal after normalising count as repeats
SLOW = {"logistic": 1, "linear_chosen": 2, "lightgbm": 1}  # folds that these get on a large table


@dataclass(frozen=True)
class Classification:
    """Labelled texts made ready: classes as numbers, repeats grouped, folds drawn, n-grams counted once.

    Rows of the test file follow those of the training table, so that both share one count.
    """

    data: LabelledTexts
    test: LabelledTexts | None = None
    metric: str = "macro_f1"
    seed: int = 42

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, before anything long begins."""
        if len(self.data) < LEAST_ROWS:
            raise Problem("too_few_rows", rows=len(self.data), needed=LEAST_ROWS)
        counted = self.data.label_counts
        if len(counted) < 2:
            raise Problem("one_class", label=next(iter(counted)), rows=len(self.data))
        if sum(rows > 1 for rows in counted.values()) < 2:
            raise Problem("labels_hardly_repeat", labels=len(counted), rows=len(self.data))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Classes in the order of their numbers, those that only the test file has included."""
        return tuple(sorted({*self.data.labels, *(self.test.labels if self.test else ())}))

    def _coded(self, labels: Sequence[str]) -> Codes:
        number = {name: at for at, name in enumerate(self.names)}
        return np.array([number[label] for label in labels], dtype=np.int64)

    @cached_property
    def labels(self) -> Codes:
        return self._coded(self.data.labels)

    @cached_property
    def test_labels(self) -> Codes:
        return self._coded(self.test.labels if self.test else ())

    @cached_property
    def features(self) -> Features:
        return Features([*self.data.texts, *(self.test.texts if self.test else ())])

    @cached_property
    def all_groups(self) -> Rows:
        texts = self.features.texts
        near = len(texts) <= NEAR_ROWS
        return np.array(group_near(texts) if near else group_equal([normalise(text) for text in texts]))

    @property
    def groups(self) -> Rows:
        """Rows of one group repeat each other, or belong together because the table says so."""
        if self.data.groups is None:
            return self.all_groups[: len(self.data)]
        number: dict[str, int] = {}
        return np.array([number.setdefault(group, len(number)) for group in self.data.groups], dtype=np.int64)

    @cached_property
    def folds(self) -> Folds:
        repeats = 3 if len(self.data) < FEW_ROWS else 1
        return Folds.stratified(self.labels, self.groups, self.seed, FOLDS, repeats)

    @cached_property
    def setting(self) -> Setting:
        return Setting(len(self.data), len(self.names), is_unspaced(self.data.texts), self.metric, self.seed)

    def first_look(self) -> dict[str, Any]:
        """Accuracy of the linear model on one fifth of the rows, before repeats are looked for: in a second."""
        held_out = np.random.default_rng(self.seed).integers(FOLDS, size=len(self.data))
        plain = Folds(held_out[None, :], FOLDS)
        step = BASELINES["linear_svm"](self.setting)
        rung = measure("linear_svm", step, self.features, self.labels, len(self.names), plain, most_folds=1)
        return first_glance(int((rung.answers[0] == self.labels)[rung.seen].sum()), int(rung.seen.sum()))

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        """One rung over the folds; a slow one on a large table gets fewer of them, as its scores say."""

        def glance(fold: int, answers: Codes) -> None:
            done = answers != UNSEEN
            finished(fold, first_glance(int((answers == self.labels)[done].sum()), int(done.sum())))

        most = SLOW.get(name) if self.setting.is_large else None
        pipeline = BASELINES[name](self.setting)
        return measure(name, pipeline, self.features, self.labels, len(self.names), self.folds, most, glance)

    def scores(self, rung: Rung) -> list[Score]:
        return scores(rung, self.labels, len(self.names), self.seed)

    def on_test(self, rung: Rung) -> Rung:
        """The same baseline fitted on every training row, answering for the test file."""
        step, model = (part for _, part in BASELINES[rung.name](self.setting).steps)
        train = np.arange(len(self.data))
        seen, unseen = self.features.split(step, train, len(self.data) + np.arange(len(self.test_labels)))
        own = fit_quietly(model, seen, self.labels)
        given = class_scores(own, unseen, len(self.names)).astype(np.float32)
        answers = np.asarray(own.predict(unseen))[None, :]
        return Rung(rung.name, answers, given, rung.fit_seconds, 1, rung.chosen)

    def test_scores(self, rung: Rung) -> list[Score]:
        return scores(rung, self.test_labels, len(self.names), self.seed)

    def curve(self, rung: Rung) -> LearningCurve:
        """The rung's learning curve by the target metric; a Problem where the rows are too few for one."""
        if self.metric not in CLASS_METRICS:
            raise Problem("curve_not_by_this_metric", metric=self.metric)
        splits = [(train, test) for repeat, train, test in self.folds if repeat == 0]
        splits = splits[: 1 if self.setting.is_large else FOLDS]
        sizes = curve_sizes(min(len(train) for train, _ in splits), len(self.names))
        step, model = (part for _, part in BASELINES[rung.name](self.setting).steps)
        if rung.chosen:
            model = rung.chosen[0]
        found = measure_curve(step, lambda x, y: fit_quietly(model, x, y), self._score, self.features, self.labels,
                              splits, sizes, self.seed)  # fmt: skip
        held_out = sum(len(test) for _, test in splits)
        return extrapolate(sizes, found, len(self.data), rung.name, self.metric, held_out, self.seed)

    def _score(self, model: Any, matrix: Any, truth: Codes) -> float:
        return score_classes(self.metric, truth, np.asarray(model.predict(matrix)), len(self.names))


def first_glance(right: int, rows: int) -> dict[str, Any]:
    """Accuracy over the folds that are done, while the others still run."""
    low, high = wilson(right, rows)
    return {
        "metric": "accuracy",
        "mean": round(right / rows, 4),
        "low": round(low, 4),
        "high": round(high, 4),
    }
