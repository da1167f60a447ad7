"""How sure a cost comparison is: ranges in, a band, a probability and what moves it out.

The one place with floats: thousands of scenarios at once. With ranges of no width it repeats the exact result.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from pricing import Problem
from pricing import typed as read
from pricing.arms import HOURS_PER_MONTH, SECONDS_PER_HOUR, Arm, Cascade, FineTuned, Rag
from pricing.billing import caching_rule
from pricing.book import PriceBook
from pricing.cost import Cost, Part, Per
from pricing.scenario import CostComparison, Scenario, compare_costs

Floats = npt.NDArray[np.float64]
Moves = Mapping[str, Floats]
DRAWS = 20_000
# Standard deviations from the median to the 90th percentile of a normal distribution.
TENTH = 1.2815515655446004
ARM_VARIABLES = (
    "input_tokens", "output_tokens", "reasoning_tokens", "cache_hit_rate", "epochs", "training_tokens",
)  # fmt: skip
VARIABLES = ("requests_per_month", "growth_per_month", *ARM_VARIABLES)
MOST = {"cache_hit_rate": 1.0}
_BY_TOKENS = ("input", "cached_input", "cache_write", "output", "reasoning")
_TRAINING = ("training", "validation", "minimum_charge")


@dataclass(frozen=True)
class Range:
    """What a number may be: a tenth of the time below `low`, a tenth above `high`."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Ranges:
    """Ranges by variable; `arms` holds those of single arms, `shared` those that hold for every arm."""

    shared: Mapping[str, Range]
    arms: Mapping[str, Mapping[str, Range]]

    @classmethod
    def parse(cls, values: Mapping[str, Any], arms: Collection[str]) -> Ranges:
        """Ranges as written: `{requests_per_month: [low, high], arms: {tuned: {input_tokens: [low, high]}}}`."""
        named = read.mapping(values.get("arms") or {}, "ranges.arms")
        read.only(named, arms, "ranges.arms")
        shared = {name: ends for name, ends in values.items() if name != "arms"}
        read.only(shared, VARIABLES, "ranges")
        return cls(
            shared={name: _range(ends, f"ranges.{name}") for name, ends in shared.items()},
            arms={arm: _ranges_of(given, f"ranges.{arm}") for arm, given in named.items()},
        )

    def of(self, variable: str, arm: str = "") -> Range | None:
        """The range that holds for a variable of an arm: its own, else the shared one."""
        return self.arms.get(arm, {}).get(variable) or self.shared.get(variable)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that vary, in a fixed order, so that a seed always means the same draws."""
        named = {*self.shared, *(name for ranges in self.arms.values() for name in ranges)}
        return tuple(variable for variable in VARIABLES if variable in named)


def _ranges_of(given: object, place: str) -> dict[str, Range]:
    named = read.mapping(given, place)
    read.only(named, ARM_VARIABLES, place)
    return {name: _range(ends, f"{place}.{name}") for name, ends in named.items()}


def _range(ends: object, field: str) -> Range:
    if not isinstance(ends, Sequence) or isinstance(ends, str) or len(ends) != 2:
        raise Problem("range_expected", field=field, found=read.shown(ends))
    low, high = (
        read.amount(end, field, least=-1 if field.endswith("growth_per_month") else 0) for end in ends
    )
    if low > high:
        raise Problem("range_expected", field=field, found=read.shown(ends))
    return Range(low, high)


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
    """Bands of all arms and the odds of every pair that the scenario compares."""

    bands: tuple[Band, ...]
    odds: tuple[Odds, ...]
    draws: int
    seed: int

    def as_json(self) -> dict[str, Any]:
        """Numbers only; amounts in USD as floats, since they are estimates."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "bands": [vars(band) for band in self.bands],
            "odds": [
                {**vars(odds), "tornado": [vars(swing) for swing in odds.tornado]} for odds in self.odds
            ],
        }


def simulate(
    scenario: Scenario,
    book: PriceBook,
    ranges: Ranges,
    on: date | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Uncertainty:
    """Total costs when the variables of `ranges` vary around the scenario's own values.

    A draw is normal on each side, so that the scenario's value is the median and the range's ends are the
    10th and 90th percentile. A variable moves together in all arms: a long question is long for each of them.
    Raises a Problem for an unknown variable and for a range that leaves the scenario's value out.
    """
    comparison = compare_costs(scenario, book, on)
    normal = np.random.default_rng(seed)
    moves = {variable: normal.standard_normal(draws) / TENTH for variable in ranges.variables}
    bills = _Bills(comparison, book, ranges)
    totals = {cost.arm: bills.total(cost, moves, cost.months_served) for cost in comparison.costs}
    odds = tuple(_odds(bills, a, b, moves) for a, b in scenario.compare)
    return Uncertainty(tuple(_band(arm, total) for arm, total in totals.items()), odds, draws, seed)


def _band(arm: str, total: Floats) -> Band:
    low, middle, high = np.quantile(total, (0.1, 0.5, 0.9))
    return Band(arm, float(low), float(middle), float(high))


def _odds(bills: _Bills, a: str, b: str, moves: Moves) -> Odds:
    first, second = bills.comparison.cost(a), bills.comparison.cost(b)
    months = min(first.months_served, second.months_served)

    def saving(moved: Moves) -> Floats:
        return bills.total(first, moved, months) - bills.total(second, moved, months)

    drawn = saving(moves)
    swings = [_swing(name, saving({name: np.array([-1.0, 1.0])})) for name in moves]
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
    book: PriceBook
    ranges: Ranges

    def total(self, cost: Cost, moves: Moves, months: int) -> Floats:
        """Total cost over the first `months`, one for each draw; without moves the exact total."""
        volume = self.comparison.scenario.volume
        drawn = _Drawn(self.ranges, moves)
        requests = drawn.value("requests_per_month", volume.requests_per_month)
        growth = drawn.value("growth_per_month", volume.growth, least=-1.0)
        served = requests * _months_of_growth(growth, months)
        total = np.zeros(max((len(move) for move in moves.values()), default=1))
        for arm, share, parts in self._bills_of(cost):
            bill = _Bill(arm, parts, caching_rule(arm, self.book).ttl_seconds, drawn)
            total = total + bill.once + share * bill.per_request(requests * share) * served
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


def _months_of_growth(growth: Floats, months: int) -> Floats:
    """1 + (1+g) + (1+g)² + … over the months, without losing digits where g is small."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = np.expm1(months * np.log1p(growth)) / growth
    return np.where(growth == 0, float(months), np.where(months > 0, grown, 0.0))


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
            field = f"ranges.{arm}.{variable}" if arm else f"ranges.{variable}"
            raise Problem("range_leaves_value_out", field=field, low=ends.low, high=ends.high, value=own)
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

    def per_request(self, requests: Floats) -> Floats:
        """Expected cost of one request when that many come in the first month."""
        lines = self._lines("request", _BY_TOKENS)
        billed = (self._quantity(part, requests) * self._rate(part) for part in lines)
        return sum(billed, np.zeros(1)) + self._fixed("request", but=_BY_TOKENS)

    def _quantity(self, part: Part, requests: Floats) -> Floats:
        match part.id:
            case "input":
                return np.maximum(self._input() - self._cached, 0)
            case "cached_input":
                return self._cached * self._hits(requests)
            case "cache_write":
                return self._cached * (1 - self._hits(requests))
        name = f"{part.id}_tokens"
        return self._value(name, getattr(self.arm.request, name))

    def _input(self) -> Floats:
        retrieved = float(self.arm.retrieved_tokens) if isinstance(self.arm, Rag) else 0.0
        return self._value("input_tokens", self.arm.request.input_tokens) + retrieved

    def _hits(self, requests: Floats) -> Floats:
        given = self.arm.request.cache_hit_rate
        if given is not None:
            return self._value("cache_hit_rate", given)
        gap = requests * self.ttl_seconds / float(HOURS_PER_MONTH * SECONDS_PER_HOUR)
        return np.round(1 - np.exp(-gap), 6)

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
        for above, amount in part.rate.tiers:
            rate = np.where(self._input() > above, float(amount), rate)
        return rate / 1e6

    def _value(self, variable: str, own: Decimal | float) -> Floats:
        return self.drawn.value(variable, own, self.arm.id)
