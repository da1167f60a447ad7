"""The one door to a cost comparison: a scenario as people write it in, every arm's cost and break-even out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from pricing import Problem
from pricing import typed as read
from pricing.arms import ZERO, Arm, Arms, Cascade, Months, Volume
from pricing.billing import Biller
from pricing.book import PriceBook
from pricing.break_even import BreakEven, break_even
from pricing.cost import Cost
from pricing.offers import Customer
from pricing.ranges import Ranges, among
from pricing.typed import WRITTEN, Amount, Currency, Day, Positive, Shape

if TYPE_CHECKING:
    from pricing.uncertainty import Uncertainty

LARGEST_GROWTH = 10
# Enough digits that sums and products of what is typed stay exact.
DIGITS = 60


def _pairs(value: Any, scenario: ValidationInfo) -> tuple[tuple[str, str], ...]:
    """The pairs asked for; without any, the first arm against each of the others."""
    ids = [arm.id for arm in scenario.data.get("arms", ())]
    if value is None:
        return tuple((ids[0], other) for other in ids[1:])
    pairs = []
    for place, pair in enumerate(value if isinstance(value, Sequence) else [value]):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise Problem("pair_expected", field=f"[{place}]", found=read.shown(pair))
        for id in pair:
            if id not in ids:
                raise Problem("unknown_arm", field=f"[{place}]", arm=read.shown(id), known=sorted(ids))
        pairs.append((str(pair[0]), str(pair[1])))
    return tuple(pairs)


def _of_its_arms(ranges: Any, scenario: ValidationInfo) -> Mapping[str, Any]:
    return among([arm.id for arm in scenario.data.get("arms", ())], ranges or {})


class Scenario(Shape):
    """One question about money: these arms, this volume, on this day, for this customer."""

    arms: Arms
    requests_per_month: Amount
    months: Months = 12
    growth_per_month: Annotated[
        Decimal, read.read_by(read.amount, least=-1, most=LARGEST_GROWTH), WRITTEN
    ] = ZERO
    on: Day | None = None
    customer: Customer = "new"
    currency: Annotated[Currency | None, BeforeValidator(lambda code: code or None)] = None
    rate: Annotated[Positive | None, BeforeValidator(lambda rate: None if rate == "" else rate)] = None
    compare: Annotated[tuple[tuple[str, str], ...], BeforeValidator(_pairs)] = Field(
        None, validate_default=True
    )
    ranges: Annotated[Ranges, BeforeValidator(_of_its_arms)] = Field(default_factory=Ranges)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Scenario:
        """A scenario from the mapping that a scenario file holds; a Problem names the field that is wrong.

        Values may be words or numbers; "1,234" and full-width digits are understood.
        """
        return read.read_shape(cls, read.mapping(values, "scenario"))

    @cached_property
    def volume(self) -> Volume:
        """The requests of all its months."""
        return Volume(self.requests_per_month, self.months, self.growth_per_month)

    @property
    def partial(self) -> frozenset[str]:
        """Arms that a cascade trusts with a share of the requests only: none of them can do the work alone."""
        return frozenset(
            arm.first for arm in self.arms if isinstance(arm, Cascade) and arm.share_answered < 1
        )

    def as_json(self) -> dict[str, Any]:
        """The scenario as a file holds it, in plain JSON values: what `parse` reads back as an equal one."""
        parts = {"arms": [arm.as_json() for arm in self.arms], "ranges": self.ranges.as_json()}
        return self.model_dump(mode="json", exclude=set(parts)) | parts


@dataclass(frozen=True)
class CostComparison:
    """Every arm's cost and the break-even of the pairs asked for."""

    scenario: Scenario
    on: date
    costs: tuple[Cost, ...]
    break_even: tuple[BreakEven, ...]
    book: PriceBook

    def cost(self, arm: str) -> Cost:
        """The cost of the arm with that id."""
        return next(cost for cost in self.costs if cost.arm == arm)

    @property
    def available(self) -> tuple[Cost, ...]:
        """The arms that can be had, last over the horizon, and do all the work."""
        return tuple(
            cost
            for cost in self.costs
            if cost.not_recommended is None and cost.arm not in self.scenario.partial
        )

    @property
    def cheapest(self) -> Cost | None:
        """The cheapest over the horizon among the arms available; None when there is none."""
        return min(self.available, key=lambda cost: cost.total, default=None)

    def shared_months(self, a: str, b: str) -> int:
        """The months over which two arms are compared: as long as both serve."""
        return min(self.cost(a).months_served, self.cost(b).months_served)

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """How sure the comparison is, within the scenario's ranges and the usual ones."""
        from pricing.uncertainty import simulate

        return simulate(self)


def compare_costs(scenario: Scenario, book: PriceBook, on: date | None = None) -> CostComparison:
    """Every arm of a scenario priced from `book` on `on`, or else on the scenario's own day.

    >>> from pricing.book import price_book
    >>> arm = {"id": "a", "kind": "prompt", "input_tokens": 1000, "output_tokens": 100,
    ...        "prices": {"input_mtok": "0.15", "output_mtok": "0.60"}}
    >>> asked = Scenario.parse({"on": "2026-11-22", "requests_per_month": 10_000, "arms": [arm]})
    >>> compare_costs(asked, price_book()).costs[0].per_month
    Decimal('2.10000')
    """
    day = on or scenario.on
    if day is None:
        raise Problem("field_missing", field="on")
    with localcontext(prec=DIGITS):
        biller = Biller(book, day, scenario.customer, scenario.arms, scenario.volume)
        costs = tuple(biller.cost_of(arm) for arm in scenario.arms)
        pairs = tuple(_break_even(a, b, biller, costs) for a, b in scenario.compare)
    return CostComparison(scenario, day, costs, pairs, book)


def _break_even(a: str, b: str, biller: Biller, costs: Sequence[Cost]) -> BreakEven:
    arms = {arm.id: arm for arm in biller.arms}
    named = {cost.arm: cost for cost in costs}

    def at(requests: Decimal) -> tuple[Cost, Cost]:
        month = Volume(requests, 1)
        return biller.cost_of(arms[a], month), biller.cost_of(arms[b], month)

    follows_volume = any(_cached_by_volume(arm, arms) for arm in (arms[a], arms[b]))
    return break_even(named[a], named[b], at if follows_volume else None)


def _cached_by_volume(arm: Arm, arms: Mapping[str, Arm]) -> bool:
    """Whether what a request of the arm costs depends on how many come, since the cache is kept by use."""
    if isinstance(arm, Cascade):
        return any(_cached_by_volume(arms[id], arms) for id in (arm.first, arm.rest))
    return bool(arm.cacheable_tokens) and arm.cache_hit_rate is None
