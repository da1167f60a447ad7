"""How far people who judged the same items agree: the ceiling a system can be held to."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "ordinal", "interval"]


def _disagreement(
    values: NDArray[np.float64], level: Level, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distance between every two values on this level of measurement."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.asarray((values[:, None] - values[None, :]) ** 2)
    reach = np.cumsum(weight) - weight / 2
    return np.asarray((reach[:, None] - reach[None, :]) ** 2)


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Agreement of two raters beyond chance, on labels. Source: Cohen 1960.

    >>> round(cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]), 2)
    0.5
    """
    names = sorted({*first, *second})
    place = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(names), len(names)))
    np.add.at(table, ([place[name] for name in first], [place[name] for name in second]), 1)
    table /= table.sum()
    chance = float(table.sum(axis=0) @ table.sum(axis=1))
    return 1.0 if chance == 1 else float((np.trace(table) - chance) / (1 - chance))


def fleiss_kappa(counts: Sequence[Sequence[int]]) -> float:
    """Agreement of many raters: one row an item, one column a label, each row with the same number of ratings.

    Source: Fleiss 1971.

    >>> round(fleiss_kappa([[3, 0], [0, 3], [2, 1]]), 2)
    0.55
    """
    table = np.asarray(counts, dtype=float)
    raters = table[0].sum()
    if raters < 2 or not np.all(table.sum(axis=1) == raters):
        raise ValueError("every item needs the same number of ratings, two or more")
    observed = float(((table**2).sum(axis=1) - raters).mean() / (raters * (raters - 1)))
    chance = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)


def krippendorff_alpha(
    ratings: Sequence[Sequence[str | float | None]], level: Level = "nominal"
) -> float | None:
    """Agreement of any number of raters with gaps; one row a rater, one column an item, None where unrated.

    1 is perfect, 0 is chance. None where no item has two ratings. Source: Krippendorff 2011, "Computing
    Krippendorff's Alpha-Reliability".

    >>> round(krippendorff_alpha([[1, 2, 3, 3], [1, 2, 3, 4], [None, 2, 3, 4]], "interval"), 3)
    0.915
    """
    present = sorted({value for rater in ratings for value in rater if value is not None}, key=_sort_key)
    place = {value: at for at, value in enumerate(present)}
    together = np.zeros((len(present), len(present)))
    for item in zip(*ratings, strict=True):
        given = [place[value] for value in item if value is not None]
        for one, other in combinations(given, 2):
            together[one, other] += 1 / (len(given) - 1)
            together[other, one] += 1 / (len(given) - 1)
    each = together.sum(axis=1)
    total = float(each.sum())
    if total <= 1:
        return None
    numbers = np.arange(len(present), dtype=float)
    if level == "interval":
        numbers = np.array([float(value) for value in present])
    distance = _disagreement(numbers, level, each)
    expected = float(each @ distance @ each) / (total - 1)
    return 1.0 if expected == 0 else 1 - float((together * distance).sum()) / expected


def _sort_key(value: str | float) -> tuple[bool, float, str]:
    try:
        return (False, float(value), "")
    except ValueError:
        return (True, 0.0, str(value))
