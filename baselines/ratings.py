"""What scores that people gave prove: means, paired differences and agreement, each with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from baselines.agreement import Level
from baselines.statistics import Difference, Interval, mcnemar

RESAMPLES = 2000
Floats = NDArray[np.float64]


def mean_interval(scores: ArrayLike, confidence: float = 0.95) -> Interval:
    """Student's interval of a mean; without end where there are fewer than two scores.

    >>> [round(end, 2) for end in mean_interval([70, 80, 90, 80])]
    [67.01, 92.99]
    """
    values = np.asarray(scores, dtype=float)
    if len(values) < 2:
        return Interval(-math.inf, math.inf)
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1)) * error
    return Interval(float(values.mean()) - reach, float(values.mean()) + reach)


def paired_rates(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Difference:
    """How much more often the first passes than the second on the same items; p is McNemar's, exact.

    The range is Wald's after half an item was added to each way a pair can fall out, which keeps its promise with
    few items too, and is not of width 0 where the two never differ.
    Source: Agresti and Min 2005, doi:10.1002/sim.1781.

    >>> gap = paired_rates([1] * 48 + [0] * 2, [1] * 36 + [0] * 12 + [1] * 2)
    >>> round(gap.mean, 2), round(gap.low, 3), round(gap.high, 3), round(gap.p, 4)
    (0.2, 0.056, 0.329, 0.0129)
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    rows = len(a)
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    z = float(stats.norm.ppf((1 + confidence) / 2))
    centre = (only_a - only_b) / (rows + 2)
    error = math.sqrt(only_a + only_b + 1 - (only_a - only_b) ** 2 / (rows + 2)) / (rows + 2)
    low, high = max(-1.0, centre - z * error), min(1.0, centre + z * error)
    return Difference((only_a - only_b) / rows, low, high, mcnemar(a, b))


def paired_means(first: ArrayLike, second: ArrayLike, seed: int = 42, confidence: float = 0.95) -> Difference:
    """First minus second on the same items, by resampling the items; p is two-sided, by flipping signs.

    >>> paired_means([3, 4, 5, 4, 5, 4], [2, 3, 3, 3, 4, 2]).outcome
    'better'
    """
    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    random = np.random.default_rng(seed)
    drawn = random.choice(gaps, size=(RESAMPLES, len(gaps))).mean(axis=1)
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Difference(float(gaps.mean()), float(low), float(high), _sign_flip(gaps, random))


def _sign_flip(gaps: Floats, random: np.random.Generator) -> float:
    """The share of random sign changes of the gaps whose mean is as far from zero as theirs, theirs included."""
    signs = random.choice([-1.0, 1.0], size=(RESAMPLES, len(gaps)))
    as_far = np.abs((signs * gaps).mean(axis=1)) >= abs(gaps.mean()) - 1e-12
    return float((as_far.sum() + 1) / (RESAMPLES + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values raised for having asked several questions at once. Source: Holm 1979.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    raised = [0.0] * len(p_values)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        raised[at] = highest
    return raised


def alpha_interval(
    ratings: Sequence[Sequence[float | None]],
    level: Level = "nominal",
    seed: int = 42,
    confidence: float = 0.95,
) -> Interval | None:
    """Range of Krippendorff's alpha by resampling the items; one row a rater, one column an item.

    None where fewer than two items have two ratings, or where all ratings are one and the same.

    >>> two = [[1, 1, 0, 0, 1, 0, 1, 1], [1, 1, 0, 0, 1, 0, 1, 0]]
    >>> [round(end, 1) for end in alpha_interval(two)]
    [0.0, 1.0]
    """
    coincidences, values = _coincidences(ratings)
    items = len(coincidences)
    if items < 2 or len(values) < 2:
        return None
    times = np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=RESAMPLES)
    tables = (times @ coincidences.reshape(items, -1)).reshape(RESAMPLES, len(values), len(values))
    found = _alphas(tables, values, level)
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def _coincidences(ratings: Sequence[Sequence[float | None]]) -> tuple[Floats, Floats]:
    """For every item with two or more ratings, how often two values met in it; and the values."""
    values = sorted({score for rater in ratings for score in rater if score is not None})
    place = {value: at for at, value in enumerate(values)}
    met = []
    for item in zip(*ratings, strict=True):
        counts = np.zeros(len(values))
        for score in item:
            if score is not None:
                counts[place[score]] += 1
        if counts.sum() >= 2:
            met.append((np.outer(counts, counts) - np.diag(counts)) / (counts.sum() - 1))
    return np.array(met), np.array(values, dtype=float)


def _alphas(tables: Floats, values: Floats, level: Level) -> Floats:
    """Alpha of each table of coincidences; 1 where only one value was drawn."""
    each = tables.sum(axis=2)
    total = each.sum(axis=1)
    if level == "ordinal":
        reach = np.cumsum(each, axis=1) - each / 2
        distance = (reach[:, :, None] - reach[:, None, :]) ** 2
    elif level == "interval":
        distance = np.broadcast_to((values[:, None] - values[None, :]) ** 2, tables.shape)
    else:
        distance = np.broadcast_to(1.0 - np.eye(len(values)), tables.shape)
    expected = np.einsum("ri,rij,rj->r", each, distance, each) / (total - 1)
    observed = (tables * distance).sum(axis=(1, 2))
    return np.asarray(1 - np.divide(observed, expected, out=np.zeros_like(observed), where=expected > 0))
