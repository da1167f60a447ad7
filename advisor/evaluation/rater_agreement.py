"""How far the raters of a score sheet agree: the ceiling that any system, and any LLM judge, can be held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from advisor.answers.evaluation import Agreement
from advisor.evaluation.scoresheets import ScoreSheet
from baselines.agreement import Level, cohen_kappa, fleiss_kappa, krippendorff_alpha
from baselines.ratings import alpha_interval


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

    A coefficient needs variation, Cohen's needs two raters, Fleiss' the same number of ratings for every answer.

    >>> agreement_on([{"佐藤": 1, "鈴木": 1}, {"佐藤": 0, "鈴木": 0}, {"佐藤": 1, "鈴木": 0}]).percent
    0.6666666666666666
    """
    raters = tuple(dict.fromkeys(rater for given in shared for rater in given))
    table = [[given.get(rater) for given in shared] for rater in raters]
    values = sorted({score for given in shared for score in given.values()})
    alike = [a == b for given in shared for a, b in combinations(given.values(), 2)]
    varied = len(values) > 1
    interval = alpha_interval(table, level)
    return Agreement(
        raters=raters,
        answers=len(shared),
        percent=sum(alike) / len(alike),
        cohen_kappa=_cohen(table) if varied and len(raters) == 2 else None,
        fleiss_kappa=_fleiss(shared, values) if varied else None,
        krippendorff_alpha=krippendorff_alpha(table, level) if varied else None,
        level=level,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
    )


def _cohen(table: Sequence[Sequence[float | None]]) -> float:
    return cohen_kappa([str(score) for score in table[0]], [str(score) for score in table[1]])


def _fleiss(shared: Sequence[Mapping[str, float]], values: Sequence[float]) -> float | None:
    if len({len(given) for given in shared}) > 1:
        return None
    return fleiss_kappa([[list(given.values()).count(value) for value in values] for given in shared])
