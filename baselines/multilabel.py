"""The ladder where a text may carry several labels at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline

from baselines import Problem, explain
from baselines.bench import LEAST_ROWS, Bench, Rows
from baselines.cascade import CascadePoint
from baselines.checks import TINY, too_small
from baselines.compare import Rung, measure_answers
from baselines.dataset import both_labelled
from baselines.measured import Ceiling, Score
from baselines.metrics import Floats, class_score
from baselines.pipelines import Setting, both_blocks, one_block, support_vectors
from baselines.statistics import Interval, wilson
from baselines.tasks import TASKS, split_labels
from baselines.verdict import Finding

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
class MultiLabel(Bench):
    """Labels of a row stand in one cell, parted by a bar, a semicolon or a comma."""

    task: ClassVar[str] = "multi_label"
    floor: ClassVar[str] = "none_or_all"
    quick: ClassVar[tuple[str, ...]] = ("none_or_all", "naive_bayes", "linear_svm")

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
    def sets(self) -> Sets:
        """1 where a row of either file has a label: (rows, labels)."""
        return as_sets([split_labels(cell) for cell in self.both.labels], self.names)

    @property
    def answers(self) -> Sets:
        return self.sets[: len(self.data)]

    @cached_property
    def strata(self) -> Rows:
        """The rarest label of each row, which is the hardest to spread."""
        frequency = self.answers.sum(axis=0)
        return np.asarray(np.where(self.answers > 0, frequency, np.inf).argmin(axis=1))

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        return measure_answers(
            name, self.baselines[name](self.setting), self.features, self.answers, self.folds, np.nan,
            workers=self.workers,
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return self._scores(rung, self.answers, rung.answers[0])

    def answered_for_test(self, rung: Rung) -> Rung:
        own, unseen = self.fitted_for_test(rung)
        return replace(rung, answers=np.asarray(own.predict(unseen), dtype=float)[None, :])

    def test_scores(self, answered: Rung, rows: Rows) -> list[Score]:
        return self._scores(answered, self.sets[len(self.data) + rows], answered.answers[0][rows])

    def said_as_text(self, row: int, answer: Sets) -> str:
        return self._named(answer)

    def _scores(self, rung: Rung, truth: Sets, said: Sets) -> list[Score]:
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

    def people(self) -> Ceiling | None:
        """The second person's sets scored as if they were a model's; labels that only that person gave count as wrong."""
        rows = both_labelled(self.data)
        if len(rows) < LEAST_ROWS:
            return None
        second = [split_labels((self.data.labels2 or ())[row]) for row in rows]
        names = sorted({*self.names, *(name for labels in second for name in labels)})
        said = as_sets(second, names)
        truth = as_sets([split_labels(self.data.labels[row]) for row in rows], names)
        rung = Rung("people", said[None], np.empty((0, 0), np.float32), 0.0, 1)
        found = next(score for score in self._scores(rung, truth, said) if score.metric == self.metric)
        return Ceiling(self.metric, found.mean, found.low, found.high, None, len(rows))

    def findings(self) -> list[Finding | None]:
        amounts = self.answers.sum(axis=0)
        tiny = [name for name, rows in zip(self.names, amounts, strict=True) if rows < TINY]
        return [*super().findings(), too_small(tiny) if tiny else None]

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """Each label's own scores, and the rows with the most wrong labels; there is no cascade of sets."""
        said = best.answers[0]
        wrong = (said != self.answers).sum(axis=1)
        worst = [int(row) for row in np.argsort(-wrong, kind="stable")[:20] if wrong[row]]
        return [], {
            "speed": explain.speed(self.final(best)[0], self.inputs(explain.TIMED_ROWS)),
            "per_class": explain.per_class(
                (self.answers * said).sum(axis=0), self.answers.sum(axis=0), said.sum(axis=0), self.names
            ),
            "mistakes": [
                {
                    "row": row + 1,
                    "text": self.shown(row)[: explain.SHOWN_CHARACTERS],
                    "label": self._named(self.answers[row]),
                    "predicted": self._named(said[row]),
                    "confidence": None,
                }
                for row in worst
            ],
        }

    def _named(self, row: Sets) -> str:
        return " | ".join(name for name, given in zip(self.names, row, strict=True) if given)


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
