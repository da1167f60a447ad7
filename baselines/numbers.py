"""The ladders whose answers are numbers: how similar two texts are, or how high a text is rated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.pipeline import Pipeline

from baselines import Problem, explain, pair_pipelines
from baselines.bench import LEAST_ROWS, Bench, Rows
from baselines.cascade import CascadePoint
from baselines.compare import Rung, measure_answers
from baselines.dataset import both_labelled
from baselines.measured import Ceiling, Score
from baselines.metrics import Floats, score_numbers
from baselines.pipelines import Setting
from baselines.rating_pipelines import RATINGS
from baselines.statistics import correlation_interval
from baselines.tasks import NUMBER_METRICS, as_number

MOST_MISTAKES = 20


@dataclass(frozen=True)
class Numbers(Bench):
    """One number a row; scored by rank correlation first."""

    floor: ClassVar[str] = "mean"

    def check_labels(self) -> None:
        for row, label in enumerate(self.both.labels):
            if as_number(label) is None:
                raise Problem(
                    "label_not_a_number", row=row % len(self.data) + 1, found=label[:50], task=self.task
                )
        if len(set(self.answers.tolist())) < 2:
            raise Problem("one_class", label=self.data.labels[0], rows=len(self.data))

    @cached_property
    def values(self) -> Floats:
        return np.array([as_number(label) for label in self.both.labels], dtype=float)

    @property
    def answers(self) -> Floats:
        return self.values[: len(self.data)]

    @cached_property
    def strata(self) -> Rows:
        """Five bands of the values, so that every fold has low and high ones."""
        ranks = stats.rankdata(self.answers, method="dense") - 1
        return np.asarray((ranks * 5 // (ranks.max() + 1)).astype(np.int64))

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        def glance(fold: int, answers: Floats) -> None:
            done = ~np.isnan(answers)
            so_far = self._score(name, self.metric, self.answers[done], answers[None, done], 0.0)
            finished(fold, dict(vars(so_far)))

        return measure_answers(
            name, self.baselines[name](self.setting), self.features, self.answers, self.folds, np.nan, glance,
            self.workers,
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return [
            self._score(rung.name, metric, self.answers, rung.answers, rung.fit_seconds)
            for metric in NUMBER_METRICS
        ]

    def answered_for_test(self, rung: Rung) -> Rung:
        own, unseen = self.fitted_for_test(rung)
        return replace(rung, answers=np.asarray(own.predict(unseen), dtype=float)[None, :])

    def test_scores(self, answered: Rung, rows: Rows) -> list[Score]:
        truth, said = self.values[len(self.data) + rows], answered.answers[:, rows]
        return [
            self._score(answered.name, metric, truth, said, answered.fit_seconds) for metric in NUMBER_METRICS
        ]

    def said_as_text(self, row: int, answer: Any) -> str:
        return f"{answer:.4g}"

    def people(self) -> Ceiling | None:
        """How the second person's numbers correlate with the first one's."""
        rows = [
            row for row in both_labelled(self.data) if as_number((self.data.labels2 or ())[row]) is not None
        ]
        if len(rows) < LEAST_ROWS:
            return None
        second = np.array([as_number((self.data.labels2 or ())[row]) for row in rows], dtype=float)
        mean = score_numbers(self.metric, self.answers[rows], second)
        return Ceiling(self.metric, mean, *correlation_interval(mean, len(rows)), None, len(rows))

    def _score(self, name: str, metric: str, truth: Floats, answers: NDArray[Any], seconds: float) -> Score:
        mean = float(np.mean([score_numbers(metric, truth, said) for said in answers]))
        low, high = correlation_interval(mean, len(truth))
        return Score(name, metric, mean, low, high, seconds, self.folds.count, len(truth))

    def score(self, truth: NDArray[Any], said: NDArray[Any]) -> float:
        return score_numbers(self.metric, truth, np.asarray(said, dtype=float))

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """The rows whose answer is furthest from the truth; there is no cascade of numbers."""
        gap = np.abs(best.answers[0] - self.answers)
        worst = np.argsort(-gap, kind="stable")[:MOST_MISTAKES]
        return [], {
            "speed": explain.speed(self.final(best)[0], self.inputs(explain.TIMED_ROWS)),
            "mistakes": [
                {
                    "row": int(row) + 1,
                    "text": self.shown(int(row))[: explain.SHOWN_CHARACTERS],
                    "label": self.data.labels[row],
                    "predicted": f"{best.answers[0][row]:.2f}",
                    "confidence": None,
                }
                for row in worst
            ],
        }


@dataclass(frozen=True)
class Similarity(Numbers):
    """How similar the two texts of a row are."""

    task: ClassVar[str] = "similarity"
    quick: ClassVar[tuple[str, ...]] = ("mean", "cosine", "pair_ridge", "pair_trees")

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return pair_pipelines.NUMBERS


@dataclass(frozen=True)
class Ratings(Numbers):
    """How high each text is rated, on an ordered scale."""

    task: ClassVar[str] = "ratings"
    quick: ClassVar[tuple[str, ...]] = ("mean", "ridge")

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return RATINGS
