"""How sure a cost comparison is: ranges in, a band, a probability and what moves it out.

The one place with floats: thousands of scenarios at once. With ranges of no width it repeats the exact result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
import numpy.typing as npt

from pricing import Problem
from pricing.arms import HOURS_PER_MONTH, SECONDS_PER_HOUR, Arm, Cascade, FineTuned, Rag
from pricing.billing import caching_rule
from pricing.cost import Cost, Part, Per
from pricing.ranges import Ranges, usual_ranges
from pricing.scenario import CostComparison

Floats = npt.NDArray[np.float64]
Moves = Mapping[str, Floats]
DRAWS = 20_000
# Standard deviations from the median to the 90th percentile of a normal distribution.
TENTH = 1.2815515655446004
MOST = {"cache_hit_rate": 1.0}
_BY_TOKENS = ("input", "cached_input", "cache_write", "output", "reasoning")
_TRAINING = ("training", "validation", "minimum_charge")


@dataclass(frozen=True)
class Band:
    """An arm's total cost over its months: a tenth of the draws below `p10`, half below `p50`."""

    arm: str
    p10: float
    p50: float
    p90: float


@dataclass(frozen=True)
class Swing:
    """What the saving of `b` over `a` becomes when one variable alone is at its low or its high end."""

    variable: str
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        return abs(self.at_high - self.at_low)


@dataclass(frozen=True)
class Odds:
    """How often `b` costs no more than `a` over the months both serve, and what moves that most."""

    a: str
    b: str
    probability: float
    saving: float
    months: int
    tornado: tuple[Swing, ...]


@dataclass(frozen=True)
class Uncertainty:
    """Bands of all arms that serve for a month at least, and the odds of every pair compared where both do.

    `ranges` are those that were used; `assumed` names the variables for which nobody gave one.
    """

    bands: tuple[Band, ...]
    odds: tuple[Odds, ...]
    ranges: Ranges
    assumed: tuple[str, ...]
    draws: int
    seed: int


def simulate(
    comparison: CostComparison, ranges: Ranges | None = None, *, draws: int = DRAWS, seed: int = 0
) -> Uncertainty:
    """Total costs when the variables of `ranges` vary around the scenario's own values.

    Without `ranges` those of the scenario hold, and the usual ones for what it gives none for. A draw is
    normal on each side, so that the scenario's value is the median and the range's ends are the 10th and
    90th percentile. A variable moves together in all arms: a long question is long for each of them.
    Raises a Problem for a range that leaves the scenario's own value out.
    """
    scenario = comparison.scenario
    given = scenario.ranges if ranges is None else ranges
    used = given.filled(usual_ranges(scenario.arms, scenario.volume)) if ranges is None else given
    normal = np.random.default_rng(seed)
    moves = {variable: normal.standard_normal(draws) / TENTH for variable in used.variables}
    bills = _Bills(comparison, used)

    @cache
    def drawn(arm: str, months: int) -> Floats:
        return bills.total(comparison.cost(arm), moves, months)

    serving = (cost for cost in comparison.costs if cost.months_served)
    totals = {cost.arm: drawn(cost.arm, cost.months_served) for cost in serving}
    return Uncertainty(
        bands=tuple(_band(arm, total) for arm, total in totals.items()),
        odds=tuple(
            _odds(bills, a, b, moves, drawn) for a, b in scenario.compare if comparison.shared_months(a, b)
        ),
        ranges=used,
        assumed=tuple(name for name in used.variables if name not in given.variables),
        draws=draws,
        seed=seed,
    )


def _band(arm: str, total: Floats) -> Band:
    low, middle, high = np.quantile(total, (0.1, 0.5, 0.9))
    return Band(arm, float(low), float(middle), float(high))


def _odds(bills: _Bills, a: str, b: str, moves: Moves, total: Callable[[str, int], Floats]) -> Odds:
    first, second = bills.comparison.cost(a), bills.comparison.cost(b)
    months = bills.comparison.shared_months(a, b)

    def saving_at(moved: Moves) -> Floats:
        return bills.total(first, moved, months) - bills.total(second, moved, months)

    drawn = total(a, months) - total(b, months)
    swings = [_swing(name, saving_at({name: np.array([-1.0, 1.0])})) for name in moves]
    return Odds(
        a=a,
        b=b,
        probability=float(np.mean(drawn >= 0)),
        saving=float(np.median(drawn)),
        months=months,
        tornado=tuple(sorted(swings, key=lambda swing: -swing.width)),
    )


def _swing(variable: str, ends: Floats) -> Swing:
    at_low, at_high = np.broadcast_to(ends, 2)
    return Swing(variable, float(at_low), float(at_high))


@dataclass(frozen=True)
class _Bills:
    """The exact comparison's bills, written again for arrays of drawn values."""

    comparison: CostComparison
    ranges: Ranges

    def total(self, cost: Cost, moves: Moves, months: int) -> Floats:
        """Total cost over the first `months`, one for each draw; without moves the exact total."""
        volume = self.comparison.scenario.volume
        drawn = _Drawn(self.ranges, moves)
        requests = drawn.value("requests_per_month", volume.requests_per_month)
        growth = drawn.value("growth_per_month", volume.growth, least=-1.0)
        total = np.zeros(max((len(move) for move in moves.values()), default=1))
        for arm, share, parts in self._bills_of(cost):
            flow = _Flow(requests * share, growth, months)
            bill = _Bill(arm, parts, caching_rule(arm, self.comparison.book).ttl_seconds, drawn)
            total = total + bill.once + bill.per_request(flow) * flow.served
            total = total + bill.month_fee * months + bill.retraining(months)
        return total

    def _bills_of(self, cost: Cost) -> list[tuple[Arm, float, tuple[Part, ...]]]:
        """The arms that a cost is made of, the share of requests each sees, and its lines in full."""
        arms = {arm.id: arm for arm in self.comparison.scenario.arms}
        arm = arms[cost.arm]
        if not isinstance(arm, Cascade):
            return [(arm, 1.0, cost.parts)]
        own = tuple(part for part in cost.parts if not part.of)
        first, rest = (self.comparison.cost(id).parts for id in (arm.first, arm.rest))
        return [
            (arm, 1.0, own),
            (arms[arm.first], 1.0, first),
            (arms[arm.rest], float(1 - arm.share_answered), rest),
        ]


@dataclass(frozen=True)
class _Flow:
    """Requests as they come: so many in the first month, and every month `growth` more."""

    requests: Floats
    growth: Floats
    months: int

    @property
    def served(self) -> Floats:
        """Requests over all months: 1 + (1+g) + (1+g)² + … of the first, without losing digits where g is small."""
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = np.expm1(self.months * np.log1p(self.growth)) / self.growth
        months = np.where(self.growth == 0, float(self.months), np.where(self.months > 0, grown, 0.0))
        return self.requests * months

    def hits(self, ttl_seconds: int) -> Floats:
        """The share of all those requests that find the prefix still cached, each month at its own pace."""
        gap = self.requests * ttl_seconds / float(HOURS_PER_MONTH * SECONDS_PER_HOUR)
        pace, hits, made = np.ones(1), np.zeros(1), np.zeros(1)
        for _ in range(self.months if self.growth.any() else 1):
            hits = hits + pace * np.round(1 - np.exp(-gap * pace), 6)
            made = made + pace
            pace = pace * (1 + self.growth)
        return hits / np.maximum(made, 1)


@dataclass(frozen=True)
class _Drawn:
    """Drawn values of the variables that move, and the scenario's own of those that do not."""

    ranges: Ranges
    moves: Moves

    def value(self, variable: str, own: Decimal | float, arm: str = "", least: float = 0.0) -> Floats:
        middle = float(own)
        ends = self.ranges.of(variable, arm)
        if ends is None or variable not in self.moves:
            return np.array([middle])
        if not float(ends.low) <= middle <= float(ends.high):
            field = (
                f"arms.{arm}.{variable}" if getattr(self.ranges.arms.get(arm), variable, None) else variable
            )
            raise Problem(
                "range_leaves_value_out", field=f"ranges.{field}", low=ends.low, high=ends.high, value=own
            )
        move = self.moves[variable]
        side = np.where(move < 0, middle - float(ends.low), float(ends.high) - middle)
        return np.clip(middle + move * side, least, MOST.get(variable))


@dataclass(frozen=True)
class _Bill:
    """One arm's lines, with drawn tokens, hit rates and epochs in place of the scenario's."""

    arm: Arm
    parts: tuple[Part, ...]
    ttl_seconds: int
    drawn: _Drawn

    @property
    def once(self) -> Floats:
        return self._training("once") + self._fixed("once")

    @property
    def month_fee(self) -> Floats:
        return self._fixed("month")

    def retraining(self, months: int) -> Floats:
        times = max((part.within(months).times for part in self.parts), default=0)
        return times * (self._training("retraining") + self._fixed("retraining"))

    def per_request(self, flow: _Flow) -> Floats:
        """Expected cost of one request, as the mean over all that come."""
        lines = self._lines("request", _BY_TOKENS)
        hits = self._hits(flow) if any(part.id == "cached_input" for part in lines) else np.zeros(1)
        billed = (self._quantity(part, hits) * self._rate(part) for part in lines)
        return sum(billed, np.zeros(1)) + self._fixed("request", but=_BY_TOKENS)

    def _quantity(self, part: Part, hits: Floats) -> Floats:
        match part.id:
            case "input":
                return np.maximum(self._input() - self._cached, 0)
            case "cached_input":
                return self._cached * hits
            case "cache_write":
                return self._cached * (1 - hits)
        name = f"{part.id}_tokens"
        return self._value(name, getattr(self.arm, name))

    def _input(self) -> Floats:
        retrieved = float(self.arm.retrieved_tokens) if isinstance(self.arm, Rag) else 0.0
        return self._value("input_tokens", self.arm.input_tokens) + retrieved

    def _hits(self, flow: _Flow) -> Floats:
        """The hit rate as given or ranged, else what follows from the drawn volume."""
        ends = self.drawn.ranges.of("cache_hit_rate", self.arm.id)
        if self.arm.cache_hit_rate is not None:
            return self._value("cache_hit_rate", self.arm.cache_hit_rate)
        if ends is None:
            return flow.hits(self.ttl_seconds)
        read, *_ = self._lines("request", ("cached_input",))
        usual = float(read.quantity) / self._cached if self._cached else 0.0
        return self._value("cache_hit_rate", min(max(usual, float(ends.low)), float(ends.high)))

    def _training(self, per: Per) -> Floats:
        """Training with drawn epochs and tokens, and at least the minimum charge of a job."""
        lines = {part.id: part for part in self._lines(per, _TRAINING)}
        if "training" not in lines:
            return np.zeros(1)
        metered = float(lines["training"].amount) * self._training_scale(lines["training"])
        if "validation" in lines:
            metered = metered + float(lines["validation"].amount)
        least = float(lines["minimum_charge"].rate.amount) if "minimum_charge" in lines else 0.0
        return np.maximum(metered, least)

    def _training_scale(self, part: Part) -> Floats:
        arm = self.arm
        if (
            not isinstance(arm, FineTuned)
            or not arm.training_tokens
            or part.unit != "tokens"
            or not arm.packing
        ):
            return np.ones(1)
        epochs = float(part.quantity / arm.training_tokens)
        tokens = self._value("training_tokens", arm.training_tokens) / float(arm.training_tokens)
        return tokens * self._value("epochs", epochs) / epochs

    def _lines(self, per: Per, ids: Collection[str]) -> list[Part]:
        return [part for part in self.parts if part.per == per and part.id in ids]

    def _fixed(self, per: Per, but: Collection[str] = ()) -> Floats:
        """Lines that no variable moves."""
        moved = {*_TRAINING, *but}
        return np.array([float(sum(p.amount for p in self.parts if p.per == per and p.id not in moved))])

    @property
    def _cached(self) -> float:
        return float(sum(part.quantity for part in self._lines("request", ("cached_input", "cache_write"))))

    def _rate(self, part: Part) -> Floats:
        rate = np.array([float(part.rate.amount)])
        for above, amount in part.rate.tiers if self._may_reach(part.rate.tiers) else ():
            rate = np.where(self._input() > above, float(amount), rate)
        return rate / 1e6

    def _may_reach(self, tiers: tuple[tuple[int, Decimal], ...]) -> bool:
        """Whether any draw is long enough to be billed otherwise than the first tier."""
        return len(tiers) > 1 and bool(self._input().max() > tiers[1][0])

    def _value(self, variable: str, own: Decimal | float) -> Floats:
        return self.drawn.value(variable, own, self.arm.id)
