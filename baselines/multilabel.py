"""The ladder where a text may carry several labels at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline

from baselines import Problem
from baselines.compare import Rung
from baselines.measured import Score
from baselines.metrics import Floats, class_score
from baselines.pipelines import Setting, both_blocks, one_block, support_vectors
from baselines.several import Several
from baselines.statistics import Interval, wilson
from baselines.tasks import TASKS, split_labels

Sets = NDArray[np.float64]
RESAMPLES = 300
BLOCK = 50


def none_or_all(setting: Setting) -> Pipeline:
    """Each label given to every text or to none, whichever is commoner: the floor."""
    return Pipeline([("features", one_block(setting)), ("model", DummyClassifier(strategy="most_frequent"))])


def naive_bayes(setting: Setting) -> Pipeline:
    return Pipeline(
        [("features", one_block(setting)), ("model", OneVsRestClassifier(ComplementNB(alpha=0.1)))]
    )


def linear_svm(setting: Setting) -> Pipeline:
    return Pipeline(
        [("features", one_block(setting)), ("model", OneVsRestClassifier(support_vectors(setting)))]
    )


def linear_both(setting: Setting) -> Pipeline:
    return Pipeline(
        [("features", both_blocks(setting)), ("model", OneVsRestClassifier(support_vectors(setting)))]
    )


SEVERAL: dict[str, Callable[[Setting], Pipeline]] = {
    "none_or_all": none_or_all,
    "naive_bayes": naive_bayes,
    "linear_svm": linear_svm,
    "linear_both": linear_both,
}


@dataclass(frozen=True)
class MultiLabel(Several):
    """Labels of a row stand in one cell, parted by a bar, a semicolon or a comma."""

    task: ClassVar[str] = "multi_label"
    floor: ClassVar[str] = "none_or_all"
    quick: ClassVar[tuple[str, ...]] = ("none_or_all", "naive_bayes", "linear_svm")
    unseen_as: ClassVar[float | None] = np.nan

    def check_labels(self) -> None:
        if len(self.names) < 2:
            raise Problem("one_class", label=self.data.labels[0], rows=len(self.data))

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return SEVERAL

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({name for cell in self.both.labels for name in split_labels(cell)}))

    @cached_property
    def truth(self) -> Sets:
        """1 where a row of either file has a label: (rows, labels)."""
        return as_sets([split_labels(cell) for cell in self.both.labels], self.names)

    def counts(self, truth: Sets, said: Sets) -> Floats:
        return np.stack([truth * said, truth, said])

    def said_as_text(self, row: int, answer: Sets) -> str:
        return " | ".join(name for name, given in zip(self.names, answer, strict=True) if given)

    def scored(self, rung: Rung, truth: Sets) -> list[Score]:
        said = rung.answers[0]
        exact = float((truth == said).all(axis=1).sum())
        found = {"accuracy": (exact / len(truth), wilson(exact, len(truth)))}
        drawn = self._resampled(truth, said)
        for metric in ("macro_f1", "weighted_f1"):
            low, high = np.quantile(class_score(metric, *drawn), [0.025, 0.975])
            if exact == len(truth):
                # Where no row is wrong no resample is either.
                low = min(low, found["accuracy"][1].low)
            found[metric] = (self._f1(metric, truth, said), Interval(float(low), float(high)))
        return [
            Score(
                rung.name,
                metric,
                *found[metric][:1],
                *found[metric][1],
                rung.fit_seconds,
                self.folds.count,
                len(truth),
            )
            for metric in TASKS[self.task]
        ]

    def _f1(self, metric: str, truth: Sets, said: Sets) -> float:
        return float(class_score(metric, (truth * said).sum(axis=0), truth.sum(axis=0), said.sum(axis=0)))

    def _resampled(self, truth: Sets, said: Sets) -> tuple[Floats, Floats, Floats]:
        """Hits, true and said labels on resampled rows, each (resamples, labels)."""
        random = np.random.default_rng(self.seed)
        found = []
        for _ in range(RESAMPLES // BLOCK):
            weights = random.multinomial(len(truth), np.full(len(truth), 1 / len(truth)), size=BLOCK).astype(
                float
            )
            found.append((weights @ (truth * said), weights @ truth, weights @ said))
        hits, actual, predicted = (np.concatenate(part) for part in zip(*found, strict=True))
        return hits, actual, predicted

    def score(self, truth: NDArray[Any], said: NDArray[Any]) -> float:
        if self.metric == "accuracy":
            return float((truth == said).all(axis=1).mean())
        return self._f1(self.metric, truth, said)


def as_sets(rows: Sequence[Sequence[str]], names: Sequence[str]) -> Sets:
    """1 where a row has a label: (rows, labels).

    >>> as_sets([["b"], []], ["a", "b"]).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    place = {name: at for at, name in enumerate(names)}
    found = np.zeros((len(rows), len(names)))
    for row, labels in enumerate(rows):
        found[row, [place[name] for name in labels]] = 1
    return found
