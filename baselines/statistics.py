"""Intervals, paired tests and agreement: what a handful of rows can and cannot show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse, stats

from baselines import Problem
from baselines.metrics import Codes, Floats, class_score, counted

Outcome = Literal["better", "worse", "cannot_tell"]
RESAMPLES = 1000
POWER = 0.8


class Interval(NamedTuple):
    """Both ends, in the unit of the score."""

    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How far the first is ahead of the second, the range of that, and what may be concluded."""

    mean: float
    low: float
    high: float
    p: float

    @property
    def outcome(self) -> Outcome:
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "cannot_tell"


def wilson(successes: float, rows: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a share; it stays inside [0, 1] and is honest when all rows succeed.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.

    >>> [round(end, 3) for end in wilson(169, 204)]
    [0.771, 0.874]
    """
    if rows == 0:
        return Interval(0.0, 1.0)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    share = successes / rows
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def correlation_interval(correlation: float, rows: int, confidence: float = 0.95) -> Interval:
    """For Spearman's or Pearson's coefficient: Fisher's z with the variance of Bonett and Wright (2000).

    >>> [round(end, 3) for end in correlation_interval(0.8, 200)]
    [0.734, 0.851]
    """
    if rows < 4:
        return Interval(-1.0, 1.0)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    centre = math.atanh(min(max(correlation, -1 + 1e-12), 1 - 1e-12))
    half = z * math.sqrt((1 + correlation**2 / 2) / (rows - 3))
    return Interval(math.tanh(centre - half), math.tanh(centre + half))


def auc_interval(area: float, positive: ArrayLike, confidence: float = 0.95) -> Interval:
    """For the area under the ROC curve; `positive` marks the rows. Source: Hanley and McNeil 1982.

    >>> [round(end, 3) for end in auc_interval(0.9, [1] * 50 + [0] * 50)]
    [0.837, 0.963]
    """
    there = int(np.asarray(positive, dtype=bool).sum())
    absent = len(np.asarray(positive)) - there
    if not there or not absent:
        return Interval(0.0, 1.0)
    both_above, above_both = area / (2 - area), 2 * area * area / (1 + area)
    variance = (
        area * (1 - area) + (there - 1) * (both_above - area**2) + (absent - 1) * (above_both - area**2)
    )
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(max(variance, 0) / (there * absent))
    low = max(0.0, area - half)
    if area == 1:
        # The variance formula says 0. Pairs that share no row are as many as the rarer class has rows, and all in order.
        low = ((1 - confidence) / 2) ** (1 / min(there, absent))
    return Interval(low, min(1.0, area + half))


class Resamples:
    """Bootstrap resamples of rows, shared by all metrics and by all lists of answers, so that they are paired.

    `answers` is (lists, rows), -1 where no class is named. Rows with the same truth and answers are exchangeable, so a resample is one
    multinomial draw over the distinct patterns: its cost does not grow with the rows.
    """

    def __init__(
        self,
        truth: Codes,
        answers: NDArray[np.int64],
        classes: int,
        seed: int = 42,
        resamples: int = RESAMPLES,
    ) -> None:
        rows = np.vstack([truth, np.atleast_2d(answers)]).T
        patterns, times = np.unique(rows, axis=0, return_counts=True)
        drawn = np.random.default_rng(seed).multinomial(len(truth), times / len(truth), size=resamples)
        self._actual = _per_class(drawn, patterns[:, 0], classes)
        self._said, self._hits = [], []
        self._observed = _Counts.of(rows, classes)
        for column in patterns.T[1:]:
            right = column == patterns[:, 0]
            self._said.append(_per_class(drawn, column, classes))
            self._hits.append(_per_class(drawn[:, right], column[right], classes))

    def scores(self, metric: str) -> Floats:
        """The metric of each list on each resample: (lists, resamples)."""
        pairs = zip(self._hits, self._said, strict=True)
        return np.stack([class_score(metric, hits, self._actual, said) for hits, said in pairs])

    def interval(self, metric: str, confidence: float = 0.95) -> Interval:
        """Percentile interval of the metric, averaged over the lists (repeats) given.

        No resample misses a row of a class that was never missed, so the lower end is moved down by what such
        classes may hide, as Zou and Donner 2008 combine ranges (doi:10.1002/sim.3095).

        >>> right = np.array([0] * 95 + [1] * 5)
        >>> [round(end, 2) for end in Resamples(right, right, 2).interval("macro_f1")]
        [0.8, 1.0]
        """
        drawn = self.scores(metric).mean(axis=0)
        low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
        middle, hidden = self._observed.hidden(metric, confidence)
        lower = min(low, middle - math.hypot(max(middle - low, 0.0), hidden)) if hidden else low
        return Interval(float(lower), float(high))


@dataclass(frozen=True)
class _Counts:
    """Rows of each class, and by list (row) how many were said to be of it and how many of those are."""

    actual: Floats
    said: Floats
    hits: Floats

    @classmethod
    def of(cls, rows: NDArray[np.int64], classes: int) -> _Counts:
        truth, answers = rows[:, 0], rows[:, 1:].T
        said = [counted(list_, classes) for list_ in answers]
        hits = [counted(list_[list_ == truth], classes) for list_ in answers]
        return cls(counted(truth, classes), np.array(said), np.array(hits))

    def hidden(self, metric: str, confidence: float) -> tuple[float, float]:
        """The metric, and how far it may lie lower for classes without a single miss in any list.

        Each such class in turn loses the rows that Wilson's range allows, to the commonest other class.
        """
        said, hits = self.said.mean(axis=0), self.hits.mean(axis=0)
        middle = float(class_score(metric, self.hits, self.actual, self.said).mean())
        sure = np.flatnonzero((self.actual > 0) & (self.hits == self.actual).all(axis=0))
        if not len(sure) or (self.actual > 0).sum() < 2:
            return middle, 0.0
        z = float(stats.norm.ppf((1 + confidence) / 2))
        # Of n rows that were all right, Wilson's lower end is n / (n + z²).
        lost = self.actual[sure] * (1 - self.actual[sure] / (self.actual[sure] + z * z))
        commonest, second = np.argsort(-self.actual, kind="stable")[:2]
        taker = np.where(sure == commonest, second, commonest)
        each = np.arange(len(sure))
        fewer_hits, other_said = np.tile(hits, (len(sure), 1)), np.tile(said, (len(sure), 1))
        fewer_hits[each, sure] -= lost
        other_said[each, sure] -= lost
        other_said[each, taker] += lost
        drops = class_score(metric, hits, self.actual, said) - class_score(
            metric, fewer_hits, self.actual, other_said
        )
        return middle, math.sqrt(float((np.maximum(drops, 0) ** 2).sum()))


def _per_class(drawn: NDArray[np.int64], label: Codes, classes: int) -> Floats:
    """Sum the draws of patterns by their label: (resamples, classes)."""
    named = np.flatnonzero(label >= 0)
    belongs = sparse.csr_matrix((np.ones(len(named)), (label[named], named)), shape=(classes, len(label)))
    return np.asarray((belongs @ drawn.T).T, dtype=float)


def paired_bootstrap(
    metric: str, truth: Codes, first: Codes, second: Codes, classes: int, seed: int = 42
) -> Difference:
    """First minus second on the same resampled rows, with a two-sided p-value from the share beyond zero."""
    ahead, behind = Resamples(truth, np.vstack([first, second]), classes, seed).scores(metric)
    gap = ahead - behind
    low, high = np.quantile(gap, [0.025, 0.975])
    beyond = min(int((gap <= 0).sum()), int((gap >= 0).sum()))
    return Difference(float(gap.mean()), float(low), float(high), min(1.0, 2 * (beyond + 1) / (len(gap) + 1)))


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> float:
    """Exact two-sided p-value that two systems are right equally often on the same rows.

    >>> round(mcnemar([1] * 22 + [0] * 19, [0] * 22 + [1] * 19), 2)
    0.76
    """
    first, second = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(stats.binomtest(only_first, only_first + only_second).pvalue)


def paired_difference(
    first_right: ArrayLike, second_right: ArrayLike, confidence: float = 0.95
) -> Difference:
    """How far the first is ahead in accuracy on the same rows, as a share; p is McNemar's, exact.

    The interval adds one row to each kind of discordant pair, which keeps its promise from a few rows on.
    Source: Bonett and Price 2012, doi:10.3102/1076998611411915.

    >>> found = paired_difference([1] * 27 + [0] * 16 + [1] * 161, [0] * 27 + [1] * 16 + [1] * 161)
    >>> [round(100 * end, 1) for end in (found.mean, found.low, found.high)]
    [5.4, -1.0, 11.7]
    """
    first, second = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    rows, only_first, only_second = len(first), int((first & ~second).sum()), int((second & ~first).sum())
    ahead, behind = (only_first + 1) / (rows + 2), (only_second + 1) / (rows + 2)
    z = float(stats.norm.ppf((1 + confidence) / 2))
    half = z * math.sqrt((ahead + behind - (ahead - behind) ** 2) / (rows + 2))
    low, high = max(-1.0, ahead - behind - half), min(1.0, ahead - behind + half)
    return Difference((only_first - only_second) / max(rows, 1), low, high, mcnemar(first, second))


def items_for_difference(
    gap: float, differing: float, power: float = POWER, confidence: float = 0.95
) -> int | None:
    """Items, scored for both systems, that show a gap in rates by McNemar's test with chance `power`.

    `differing` is the share of items that just one of the two gets right; it is at least the gap.
    Source: Connor 1987, doi:10.2307/2531961.

    >>> items_for_difference(0.05, 0.1), items_for_difference(0.05, 0.3)
    (312, 940)
    """
    refuse_outside(gap=gap, differing=differing)
    if gap == 0 or differing < gap:
        return None
    spread = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(differing)
    spread += float(stats.norm.ppf(power)) * math.sqrt(differing - gap * gap)
    return math.ceil((spread / gap) ** 2)


def gap_that_shows(items: int, differing: float = 0.2) -> float:
    """The smallest gap in rates that so many items show four times in five: `items_for_difference` the other way.

    >>> [round(100 * gap_that_shows(items)) for items in (30, 50, 100, 200, 500, 1000)]
    [20, 17, 12, 9, 6, 4]
    """

    def lacking(gap: float) -> float:
        spread = float(stats.norm.ppf(0.975)) * math.sqrt(differing)
        spread += float(stats.norm.ppf(POWER)) * math.sqrt(differing - gap * gap)
        return (spread / gap) ** 2 - items

    return differing if lacking(differing) > 0 else float(optimize.brentq(lacking, 1e-6, differing))


def refuse_outside(**shares: float) -> None:
    """Raise Problem `rate_outside` for the first that is no share of one."""
    for name, share in shares.items():
        if not 0 <= share <= 1:
            raise Problem("rate_outside", name=name, found=share)


def corrected_t(gaps: Sequence[float], test_share: float, confidence: float = 0.95) -> Difference:
    """Fold-by-fold gaps of two systems under repeated cross-validation, by Nadeau and Bengio's correction.

    Folds share training rows, so the plain t-test sees far too little variance; this one adds the ratio of
    test to training rows to 1/folds. `test_share` is the share of rows held out in each fold.
    Source: Nadeau and Bengio 2003, doi:10.1023/A:1024068626366.

    >>> corrected_t([0.02, 0.03, 0.01, 0.02, 0.02], 0.2).outcome
    'better'
    """
    values = np.asarray(gaps, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return Difference(mean, -math.inf, math.inf, 1.0)
    error = float(values.std(ddof=1)) * math.sqrt(1 / len(values) + test_share / (1 - test_share))
    if error == 0:
        return Difference(mean, mean, mean, 1.0 if mean == 0 else 0.0)
    reach = float(stats.t.ppf((1 + confidence) / 2, len(values) - 1)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, len(values) - 1))
    return Difference(mean, mean - reach, mean + reach, p)
