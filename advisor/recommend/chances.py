"""The chance that an approach reaches the target: as measured on the team's rows, else as in published cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

from advisor.recommend.cases import PSEUDO_CASES, Group, rate

NORMAL = NormalDist()
Z95 = NORMAL.inv_cdf(0.975)
# What a task's next rows add to a measured score's own error, and how far scores of approaches lie apart.
DRIFT = 0.01
SPREAD = 0.07
FEWEST_CASES = 3
LOWEST, HIGHEST = 0.01, 0.9
Kind = Literal["measured", "published", "unknown"]


@dataclass(frozen=True)
class Chance:
    """A chance with what it rests on: a score of the team's own, or `reached` of `tried` published cases.

    `alike`: the cases ask for the same form of answer. `weight` is how much they count beside the team's own failures.
    """

    value: float
    kind: Kind
    spread: float = SPREAD
    reached: int = 0
    tried: int = 0
    cases: tuple[str, ...] = ()
    alike: bool = False
    weight: float = 0.0
    adjusted: bool = False

    def after_failures(self, came: Sequence[float]) -> Chance:
        """Once other approaches have failed: each counts as one case, which reached the target as far as it came.

        >>> Chance(0.6, "published", weight=3).after_failures([0.0]).value
        0.5143
        """
        if self.kind == "measured" or not came:
            return self
        weight = self.weight + PSEUDO_CASES
        value = (self.value * weight + sum(came)) / (weight + len(came))
        return replace(self, value=_within(value), weight=self.weight + len(came), adjusted=True)


def measured(mean: float, low: float, high: float, target: float) -> Chance:
    """That the true score is at the target or above, from a mean with its 95% interval.

    >>> measured(0.83, 0.80, 0.86, 0.85).value
    0.137
    """
    error = (high - low) / 2 / Z95
    spread = (error**2 + DRIFT**2) ** 0.5
    return Chance(round(NORMAL.cdf((mean - target) / spread), 4), "measured", spread)


def published(approach: str, group: Group, without: str | None = None) -> Chance:
    """As often as it reached the target in published cases; even, and said to be unknown, where they are under three."""
    found = rate(approach, group, without)
    if found.tried < FEWEST_CASES:
        return Chance(0.5, "unknown", reached=found.reached, tried=found.tried, cases=found.cases)
    return Chance(
        _within(found.share),
        "published",
        reached=found.reached,
        tried=found.tried,
        cases=found.cases,
        alike=found.alike,
        weight=found.weight,
    )


def came_to(mean: float | None, target: float | None) -> float:
    """How far a failed approach came: near a half just under the target, 0 far below it or where nobody knows."""
    return 0.0 if mean is None or target is None else NORMAL.cdf((mean - target) / SPREAD)


def _within(value: float) -> float:
    return round(min(max(value, LOWEST), HIGHEST), 4)
