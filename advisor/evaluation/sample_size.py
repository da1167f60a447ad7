"""Sample size first: what a number of items can prove, and how many are needed, before anybody scores one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from baselines.statistics import POWER, Interval, refuse_outside, wilson
from baselines.statistics import items_for_difference as items_for_difference
from pricing import Problem

MOST_ITEMS = 100_000


@dataclass(frozen=True)
class Provable:
    """What `items` 0/1 scores can say of a target.

    `shown_from`: the fewest passes that show it, None if even all do not. `refuted_to`: the most passes that
    refute it, None if even none does. `at_expected`: the range when as many pass as expected, to the nearest item.
    """

    items: int
    target: float
    shown_from: int | None
    refuted_to: int | None
    at_expected: Interval
    chance: float


def provable(items: int, target: float, expected: float, confidence: float = 0.95) -> Provable:
    """What can be proven with this many items if answers truly pass at the rate `expected`.

    `chance` is the probability that the target is then shown. A Wilson interval starts at or above the target
    exactly where the passes reach items·t + z·√(items·t·(1−t)).

    >>> found = provable(30, 0.8, 29 / 30)
    >>> found.shown_from, [round(end, 2) for end in found.at_expected]
    (29, [0.83, 0.99])
    """
    refuse_outside(target=target, expected=expected)
    if items < 1:
        raise Problem("items_too_few", found=items)
    least = int(_passes_needed(np.array([items]), target, confidence)[0])
    spread = _z(confidence) * math.sqrt(items * target * (1 - target))
    most = math.ceil(items * target - spread - 1e-9) - 1
    return Provable(
        items,
        target,
        least if least <= items else None,
        most if most >= 0 else None,
        wilson(round(expected * items), items, confidence),
        float(stats.binom.sf(least - 1, items, expected)),
    )


def items_to_show(
    target: float, expected: float, power: float = POWER, confidence: float = 0.95
) -> int | None:
    """The fewest items from which on the target is shown with chance `power`, if the true rate is `expected`.

    None where the expected rate does not lie above the target, or so little that 100,000 items would not do.

    >>> items_to_show(0.8, 0.9), items_to_show(0.9, 0.9)
    (112, None)
    """
    refuse_outside(target=target, expected=expected)
    if expected <= target:
        return None
    spread = _z(confidence) * math.sqrt(target * (1 - target))
    spread += float(stats.norm.ppf(power)) * math.sqrt(expected * (1 - expected))
    # The exact chance saws up and down around the normal curve; it is above for good well before this.
    enough = math.ceil(1.5 * (spread / (expected - target)) ** 2) + 60
    if enough > MOST_ITEMS:
        return None
    sizes = np.arange(1, enough + 1)
    chance = stats.binom.sf(_passes_needed(sizes, target, confidence) - 1, sizes, expected)
    below = np.flatnonzero(chance < power)
    return int(sizes[below[-1]]) + 1 if len(below) else 1


def labels_for_agreement(kappa: float, pass_rate: float, half_width: float, confidence: float = 0.95) -> int:
    """Human labels after which the range of Cohen's kappa is no wider than this on either side.

    For two raters with the same pass rate, by the large-sample error √(pₒ(1−pₒ)/n)/(1−pₑ). Source: Cohen 1960.

    >>> labels_for_agreement(0.7, 0.8, 0.1)
    326
    """
    refuse_outside(kappa=kappa, pass_rate=pass_rate, half_width=half_width)
    chance = pass_rate**2 + (1 - pass_rate) ** 2
    if chance == 1 or half_width == 0:
        raise Problem("rate_outside", name="pass_rate" if chance == 1 else "half_width", found=pass_rate)
    observed = kappa + (1 - kappa) * chance
    error = _z(confidence) * math.sqrt(observed * (1 - observed)) / (1 - chance)
    return max(2, math.ceil((error / half_width) ** 2))


def _passes_needed(items: ArrayLike, target: float, confidence: float) -> NDArray[np.int64]:
    sizes = np.asarray(items, dtype=float)
    needed = sizes * target + _z(confidence) * np.sqrt(sizes * target * (1 - target))
    # No number of passes shows a target of 1: the range never closes on it.
    return np.ceil(needed - 1e-9).astype(np.int64) + int(target == 1)


def _z(confidence: float) -> float:
    return float(stats.norm.ppf((1 + confidence) / 2))
