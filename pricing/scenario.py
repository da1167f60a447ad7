"""The one door to a cost comparison: a scenario as people write it in, every arm's cost and break-even out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from pricing import Problem
from pricing import typed as read
from pricing.arm_fields import MOST_MONTHS, arms_of, written
from pricing.arms import Arm, Cascade, Volume
from pricing.billing import Biller
from pricing.book import PriceBook, plain
from pricing.break_even import BreakEven, break_even
from pricing.cost import Cost
from pricing.offers import Customer
from pricing.ranges import Ranges

if TYPE_CHECKING:
    from pricing.uncertainty import Uncertainty

LARGEST_GROWTH = 10
# Enough digits that sums and products of what is typed stay exact.
DIGITS = 60

TOP_KEYS = {
    "on", "months", "requests_per_month", "growth_per_month", "customer", "currency", "rate", "arms", "compare",
    "ranges",
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """One question about money: these arms, this volume, on this day, for this customer."""

    arms: tuple[Arm, ...]
    volume: Volume
    on: date | None = None
    customer: Customer = "new"
    currency: str | None = None
    rate: Decimal | None = None
    compare: tuple[tuple[str, str], ...] = ()
    ranges: Ranges = field(default_factory=Ranges)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Scenario:
        """A scenario from the mapping that a scenario file holds; a Problem names the field that is wrong.

        Values may be words or numbers; "1,234" and full-width digits are understood.
        """
        values = read.mapping(values, "scenario")
        read.only(values, TOP_KEYS, "")
        arms = arms_of(read.required(values, "arms"))
        ids = [arm.id for arm in arms]
        return cls(
            arms=arms,
            volume=_volume(values),
            on=read.day(values["on"], "on") if values.get("on") is not None else None,
            customer=cast(
                Customer, read.choice(values.get("customer", "new"), "customer", ("new", "existing"))
            ),
            currency=read.currency(values["currency"], "currency") if values.get("currency") else None,
            rate=_rate(values.get("rate")),
            compare=_pairs(values.get("compare"), ids),
            ranges=Ranges.parse(values.get("ranges") or {}, ids),
        )

    @property
    def partial(self) -> frozenset[str]:
        """Arms that a cascade trusts with a share of the requests only: none of them can do the work alone."""
        return frozenset(
            arm.first for arm in self.arms if isinstance(arm, Cascade) and arm.share_answered < 1
        )

    def as_json(self) -> dict[str, Any]:
        """The scenario as a file holds it, in plain JSON values: what `parse` reads back as an equal one."""
        return {
            "on": _iso(self.on),
            "months": self.volume.months,
            "requests_per_month": plain(self.volume.requests_per_month),
            "growth_per_month": plain(self.volume.growth),
            "customer": self.customer,
            "currency": self.currency,
            "rate": None if self.rate is None else plain(self.rate),
            "arms": [written(arm) for arm in self.arms],
            "compare": [list(pair) for pair in self.compare],
            "ranges": self.ranges.as_json(),
        }


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
    return bool(arm.request.cacheable_tokens) and arm.request.cache_hit_rate is None


def _volume(values: Mapping[str, Any]) -> Volume:
    growth = values.get("growth_per_month", 0)
    return Volume(
        requests_per_month=read.amount(read.required(values, "requests_per_month"), "requests_per_month"),
        months=read.whole(values.get("months", 12), "months", least=1, most=MOST_MONTHS),
        growth=read.amount(growth, "growth_per_month", least=-1, most=LARGEST_GROWTH),
    )


def _rate(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    rate = read.amount(value, "rate")
    if not rate:
        raise Problem("number_must_be_positive", field="rate")
    return rate


def _pairs(value: Any, ids: list[str]) -> tuple[tuple[str, str], ...]:
    """The pairs asked for; without any, the first arm against each of the others."""
    if value is None:
        return tuple((ids[0], other) for other in ids[1:])
    pairs = []
    for place, pair in enumerate(value if isinstance(value, Sequence) else [value]):
        field = f"compare[{place}]"
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise Problem("pair_expected", field=field, found=read.shown(pair))
        for id in pair:
            if id not in ids:
                raise Problem("unknown_arm", field=field, arm=read.shown(id), known=sorted(ids))
        pairs.append((str(pair[0]), str(pair[1])))
    return tuple(pairs)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
