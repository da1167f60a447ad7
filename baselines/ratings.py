"""What scores that people gave prove: means, paired differences and agreement, each with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from baselines.agreement import Level
from baselines.statistics import Difference, Interval, mcnemar, wilson

RESAMPLES = 2000
FEW_DIFFERING = 5
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
    """First minus second on the same items, with Student's range of their gaps; p is two-sided, by flipping signs.

    In simulation at 20 to 100 items Student's range kept its promise better than resampling did.

    >>> paired_means([3, 4, 5, 4, 5, 4], [2, 3, 3, 3, 4, 2]).outcome
    'better'
    """
    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    low, high = mean_interval(gaps, confidence)
    return Difference(float(gaps.mean()), low, high, _sign_flip(gaps, np.random.default_rng(seed)))


def bootstrapped_gap(
    first: ArrayLike, second: ArrayLike, seed: int = 42, confidence: float = 0.95
) -> Interval:
    """The paired bootstrap's range of the mean gap: items are drawn anew, each with both its scores.

    >>> [round(end, 2) for end in bootstrapped_gap([1, 1, 1, 0, 1, 1], [0, 1, 0, 0, 1, 1])]
    [0.0, 0.67]
    """
    gaps = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    values, times = np.unique(gaps, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(gaps), times / len(gaps), size=RESAMPLES)
    means = drawn @ values / len(gaps)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


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
    ratings: Sequence[Sequence[float | None]], level: Level = "nominal", confidence: float = 0.95
) -> Interval | None:
    """Range of Krippendorff's alpha; one row a rater, one column an item.

    Each item is left out in turn (jackknife), on the scale of -log(1 - alpha). Where fewer than five items differ
    that says too little, and the range is widened to what Wilson's range of the disagreement allows. In
    simulation at 30 to 100 items it held the truth in 95 to 97 cases of 100, in up to 99 where hardly any differ.
    None where fewer than two items have two ratings, or where all ratings are one and the same.

    >>> two = [[1, 1, 0, 0, 1, 0, 1, 1], [1, 1, 0, 0, 1, 0, 1, 0]]
    >>> [round(end, 1) for end in alpha_interval(two)]
    [0.1, 1.0]
    """
    coincidences, values = _coincidences(ratings)
    items = len(coincidences)
    if items < 2 or len(values) < 2:
        return None
    total = coincidences.sum(axis=0)
    together = np.diagonal(coincidences, axis1=1, axis2=2).sum(axis=1)
    differing = int((coincidences.sum(axis=(1, 2)) - together > 1e-9).sum())
    ranges = []
    if differing > 1:
        ranges.append(_by_leaving_out(coincidences, values, level, confidence))
    if differing < FEW_DIFFERING:
        ranges.append(_by_disagreement(total, items, confidence))
    return Interval(max(-1.0, min(low for low, _ in ranges)), min(1.0, max(high for _, high in ranges)))


def _by_leaving_out(coincidences: Floats, values: Floats, level: Level, confidence: float) -> Interval:
    """The jackknife on the scale of -log(1 - alpha)."""
    items, total = len(coincidences), coincidences.sum(axis=0)
    middle = float(_logarithmic(_alphas(total[None], values, level))[0])
    without = _logarithmic(_alphas(total - coincidences, values, level))
    error = math.sqrt((items - 1) / items * float(((without - without.mean()) ** 2).sum()))
    reach = float(stats.t.ppf((1 + confidence) / 2, items - 1)) * error
    return Interval(1 - math.exp(reach - middle), 1 - math.exp(-reach - middle))


def _logarithmic(alphas: Floats) -> Floats:
    return np.asarray(-np.log(np.maximum(1 - alphas, 1e-9)))


def _by_disagreement(total: Floats, items: int, confidence: float) -> Interval:
    """Alpha, labels taken as names, at both ends of Wilson's range of the share of disagreement."""
    each = total.sum(axis=1)
    ratings = float(each.sum())
    observed = 1 - float(np.trace(total)) / ratings
    expected = (ratings**2 - float((each**2).sum())) / (ratings * (ratings - 1))
    share = wilson(observed * items, items, confidence)
    return Interval(1 - share.high / expected, 1 - share.low / expected)


def _coincidences(ratings: Sequence[Sequence[float | None]]) -> tuple[Floats, Floats]:
    """For every item with two or more ratings, how often two values met in it; and the values."""
    table = np.array([[np.nan if score is None else score for score in rater] for rater in ratings])
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=0).astype(float)
    counts = counts[counts.sum(axis=1) >= 2]
    met = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(len(values))
    return met / (counts.sum(axis=1) - 1)[:, None, None], values


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
