"""Ladders whose answers are several things at once: the labels of a set, the spans in a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines import checks, explain
from baselines.bench import Bench, Rows
from baselines.compare import Rung
from baselines.measured import CascadePoint
from baselines.metrics import Floats
from baselines.verdict import Finding

MOST_SHOWN = 20


@dataclass(frozen=True)
class Several(Bench):
    """Each thing wanted is right or missed, and others may be made up."""

    def counts(self, truth: NDArray[Any], said: NDArray[Any]) -> Floats:
        """Of each label in each row, how many are right, wanted and said: (3, rows, labels)."""
        raise NotImplementedError

    @cached_property
    def strata(self) -> Rows:
        """The rarest label of each row, which is the hardest to spread; 0 where there is none."""
        there = self.counts(self.answers, self.answers)[1]
        rarest = np.where(there > 0, there.sum(axis=0), np.inf).argmin(axis=1) + 1
        return np.asarray(np.where(there.any(axis=1), rarest, 0))

    def findings(self) -> list[Finding | None]:
        amounts = self.counts(self.answers, self.answers)[1].sum(axis=0)
        return [*super().findings(), checks.tiny_classes(amounts, self.names)]

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """Each label's own scores, and the rows with the most missed or made up; there is no cascade of these."""
        said, text = best.answers[0], self.said_as_text
        hits, wanted, given = self.counts(self.answers, said)
        wrong = (wanted + given - 2 * hits).sum(axis=1)
        worst = [row for row in np.argsort(-wrong, kind="stable")[:MOST_SHOWN] if wrong[row]]
        return [], {
            "speed": self.speed(best),
            "per_class": explain.per_class(
                hits.sum(axis=0), wanted.sum(axis=0), given.sum(axis=0), self.names
            ),
            "mistakes": [
                explain.mistake(row, self.shown(row), text(row, self.answers[row]), text(row, said[row]))
                for row in worst
            ],
        }
