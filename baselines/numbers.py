"""The ladders whose answers are numbers: how similar two texts are, or how high a text is rated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.pipeline import Pipeline

from baselines import Problem, explain, pair_pipelines
from baselines.bench import Bench, Rows
from baselines.compare import Rung
from baselines.measured import CascadePoint, Score
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
    unseen_as: ClassVar[float | None] = np.nan

    def check_labels(self) -> None:
        for row, label in enumerate(self.both.labels):
            if as_number(label) is None:
                raise Problem(
                    "label_not_a_number", row=row % len(self.data) + 1, found=label[:50], task=self.task
                )
        if len(set(self.answers.tolist())) < 2:
            raise Problem("one_class", label=self.data.labels[0], rows=len(self.data))

    @cached_property
    def truth(self) -> Floats:
        return np.array([as_number(label) for label in self.both.labels], dtype=float)

    @cached_property
    def strata(self) -> Rows:
        """Five bands of the values, so that every fold has low and high ones."""
        ranks = stats.rankdata(self.answers, method="dense") - 1
        return np.asarray((ranks * 5 // (ranks.max() + 1)).astype(np.int64))

    def glance(self, name: str, answers: Floats) -> dict[str, Any]:
        done = ~np.isnan(answers)
        return dict(vars(self._score(name, self.metric, self.answers[done], answers[None, done], 0.0)))

    def scored(self, rung: Rung, truth: Floats) -> list[Score]:
        return [
            self._score(rung.name, metric, truth, rung.answers, rung.fit_seconds) for metric in NUMBER_METRICS
        ]

    def said_as_text(self, row: int, answer: Any) -> str:
        return f"{answer:.4g}"

    def labelled_twice(self) -> list[int]:
        """Those to which the second person gave a number."""
        second = self.data.labels2 or ()
        return [row for row in super().labelled_twice() if as_number(second[row]) is not None]

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
            "speed": self.speed(best),
            "mistakes": [
                explain.mistake(row, self.shown(row), self.data.labels[row], f"{best.answers[0][row]:.2f}")
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
