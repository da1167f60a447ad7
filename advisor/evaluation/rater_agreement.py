"""How far the raters of a score sheet agree: the ceiling that any system, and any LLM judge, can be held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from advisor.evaluation.scoresheets import ScoreSheet
from baselines.agreement import Level, cohen_kappa, fleiss_kappa, krippendorff_alpha
from baselines.ratings import alpha_interval
from baselines.statistics import Interval


@dataclass(frozen=True)
class Agreement:
    """How far the raters of one criterion agree on the answers that two or more of them scored.

    A coefficient is None where it cannot be told: it needs variation, and Cohen's needs two raters, Fleiss' the
    same number of ratings for every answer.
    """

    raters: tuple[str, ...]
    answers: int
    percent: float
    cohen_kappa: float | None
    fleiss_kappa: float | None
    krippendorff_alpha: float | None
    level: Level
    interval: Interval | None

    def as_json(self) -> dict[str, Any]:
        return {
            "raters": list(self.raters),
            "answers": self.answers,
            "percent": self.percent,
            "cohen_kappa": self.cohen_kappa,
            "fleiss_kappa": self.fleiss_kappa,
            "krippendorff_alpha": self.krippendorff_alpha,
            "level": self.level,
            "low": self.interval.low if self.interval else None,
            "high": self.interval.high if self.interval else None,
        }


def agreement(sheet: ScoreSheet) -> dict[str, Agreement]:
    """Criterion -> how its raters agree; criteria whose answers all have a single rating are left out."""
    found = {}
    for criterion in sheet.criteria:
        by_answer: dict[tuple[str, str], dict[str, float]] = {}
        for rating in sheet.ratings:
            if rating.criterion == criterion:
                by_answer.setdefault((rating.item, rating.system), {})[rating.rater] = rating.score
        shared = [given for given in by_answer.values() if len(given) >= 2]
        if shared:
            found[criterion] = agreement_on(shared, _LEVELS[sheet.scale(criterion)])
    return found


_LEVELS: Mapping[str, Level] = {"binary": "nominal", "likert": "ordinal", "points": "interval"}


def agreement_on(shared: Sequence[Mapping[str, float]], level: Level = "nominal") -> Agreement:
    """Agreement on answers that two or more raters judged; `shared` holds for each of them rater -> score.

    >>> agreement_on([{"佐藤": 1, "鈴木": 1}, {"佐藤": 0, "鈴木": 0}, {"佐藤": 1, "鈴木": 0}]).percent
    0.6666666666666666
    """
    raters = tuple(dict.fromkeys(rater for given in shared for rater in given))
    table = [[given.get(rater) for given in shared] for rater in raters]
    values = sorted({score for given in shared for score in given.values()})
    alike = [a == b for given in shared for a, b in combinations(given.values(), 2)]
    varied = len(values) > 1
    return Agreement(
        raters,
        len(shared),
        sum(alike) / len(alike),
        _cohen(table) if varied and len(raters) == 2 else None,
        _fleiss(shared, values) if varied else None,
        krippendorff_alpha(table, level) if varied else None,
        level,
        alpha_interval(table, level),
    )


def _cohen(table: Sequence[Sequence[float | None]]) -> float:
    return cohen_kappa([str(score) for score in table[0]], [str(score) for score in table[1]])


def _fleiss(shared: Sequence[Mapping[str, float]], values: Sequence[float]) -> float | None:
    if len({len(given) for given in shared}) > 1:
        return None
    return fleiss_kappa([[list(given.values()).count(value) for value in values] for given in shared])
