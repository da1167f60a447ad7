"""What an answer about costs is made of: every arm with its bill, every pair compared, and how sure all of it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from advisor.quantities import as_json
from advisor.shapes import Exact, Told
from baselines.measured import AsGiven
from pricing.sources import Source
from pricing.typed import plain

if TYPE_CHECKING:
    from pricing import cost as priced
    from pricing.break_even import BreakEven
    from pricing.uncertainty import Uncertainty as Simulated

AMOUNTS = ("once", "per_request", "per_month", "total")
SERVICE_ENDS = "service_ends"


def _six_digits(value: Any) -> Any:
    return Decimal(f"{value:.6g}") if isinstance(value, float) else value


# Without zeros at its end, so that an answer that was computed is the same as one that was read.
Amount = Annotated[Exact, AfterValidator(lambda amount: Decimal(plain(amount)))]
# An amount that was simulated, to six digits, since it is an estimate.
Estimate = Annotated[Exact, BeforeValidator(_six_digits)]
Six = Annotated[float, AfterValidator(lambda months: round(months, 6))]
Span = tuple[Exact, Exact]


class Status(AsGiven):
    """How what an arm buys stands, and since when, where that is known."""

    id: str = ""
    since: date | None = None


class Part(AsGiven):
    """One line of a bill, due as `per` says; `of` is the arm it comes from, where a cascade has several."""

    id: str
    of: str | None = None
    per: str = "once"
    amount: Exact | None = None
    total: Exact | None = None
    quantity: Exact | None = None
    unit: str = ""
    rate: Exact | None = None
    rate_name: str = ""
    own: bool = False
    added: bool = False
    confidence: str | None = None
    source: Source | None = None


class Arm(AsGiven):
    """One way to do the work: its amounts in USD, its bill, and how what it buys stands."""

    id: str
    kind: str = ""
    asked: str | None = None
    once: Amount | None = None
    per_request: Amount | None = None
    per_month: Amount | None = None
    total: Amount | None = None
    month_fee: Amount | None = None
    retrainings: int = 0
    months_served: int | None = None
    ends: date | None = None
    status: Status = Status()
    recommendable: bool | None = None
    not_recommended_because: str | None = None
    confidence: str | None = None
    parts: tuple[Part, ...] = ()
    own_rates: Mapping[str, Exact] = {}
    added_prices: bool = False
    notes: tuple[Told, ...] = ()
    in_currency: Mapping[str, Exact] | None = None

    @classmethod
    def of(cls, cost: priced.Cost, rate: Decimal | None = None) -> Arm:
        """An arm as it was priced; with `rate`, its amounts in the user's currency beside."""
        amounts = {name: getattr(cost, name) for name in AMOUNTS}
        own = {name: amount * rate for name, amount in amounts.items()} if rate else None
        return cls.model_validate(
            {
                "id": cost.arm,
                "kind": cost.kind,
                "asked": cost.asked,
                **amounts,
                "month_fee": cost.month_fee,
                "retrainings": cost.retrainings,
                "months_served": cost.months_served,
                "ends": cost.ends,
                "status": {"id": cost.standing, "since": cost.since},
                "recommendable": cost.not_recommended is None,
                "not_recommended_because": cost.not_recommended,
                "confidence": cost.confidence,
                "parts": [_line(part, cost) for part in cost.parts],
                "own_rates": cost.own_rates,
                "added_prices": cost.has_added_prices,
                "notes": [{"id": note.id, **as_json(note.fields)} for note in cost.all_notes],
            }
            | ({"in_currency": own} if own else {})
        )

    @property
    def bought(self) -> str:
        """The model or offer that it buys; itself where it buys none."""
        return self.asked or self.id

    @property
    def serves(self) -> bool:
        """Whether it can be had for a month at least, as far as is known."""
        return self.months_served != 0


def _line(part: priced.Part, cost: priced.Cost) -> dict[str, Any]:
    rate = part.rate
    return {
        "id": part.id,
        "of": part.of or cost.arm,
        "per": part.per,
        "amount": part.amount,
        "total": cost.total_of(part),
        "quantity": part.quantity,
        "unit": part.unit,
        "rate": rate.amount,
        "rate_name": rate.name,
        "own": rate.source is None,
        "added": rate.added,
        "confidence": rate.confidence,
        "source": rate.source,
    }


class Pair(AsGiven):
    """From how many requests on `b` has cost no more than `a`, or why it never has."""

    a: str
    b: str
    requests: int | None = None
    months: Six | None = None
    reason: str | None = None
    over_months: int | None = None
    lasts: bool | None = None
    saves: Exact = Decimal(0)
    requests_per_month_needed: int | None = None

    @property
    def fee_covered_from(self) -> int | None:
        """The volume that covers `b`'s monthly fee: none is needed where it has none, None where no volume does."""
        return self.requests_per_month_needed if "requests_per_month_needed" in self.model_fields_set else 0

    @classmethod
    def of(cls, pair: BreakEven) -> Pair:
        without = (
            {"has_monthly_fee"} if pair.has_monthly_fee else {"has_monthly_fee", "requests_per_month_needed"}
        )
        said = {name: value for name, value in vars(pair).items() if name not in without}
        return cls(lasts=pair.lasts, **said)


class Closed(AsGiven):
    """An arm that must not be recommended, why, and since when."""

    id: str
    because: str = ""
    since: date | None = None

    @classmethod
    def of(cls, cost: priced.Cost) -> Closed:
        since = cost.ends if cost.not_recommended == SERVICE_ENDS else cost.since
        return cls(id=cost.arm, because=cost.not_recommended or "", since=since)


class Band(AsGiven):
    """An arm's total over its months: a tenth of the draws below `p10`, half below `p50`."""

    arm: str
    p10: Estimate | None = None
    p50: Estimate | None = None
    p90: Estimate | None = None


class Swing(AsGiven):
    """What a pair's saving becomes when one variable alone is at its low or its high end."""

    variable: str
    at_low: Estimate | None = None
    at_high: Estimate | None = None


class Odds(AsGiven):
    """How often `b` costs no more than `a`, by how much in the middle case, and what moves that most."""

    a: str
    b: str
    probability: float = 0
    saving: Estimate = Decimal(0)
    months: int | None = None
    tornado: tuple[Swing, ...] = ()


class Uncertainty(AsGiven):
    """How far the totals may lie apart. `ranges` are by variable; under `arms`, by arm and variable."""

    assumed: tuple[str, ...] = ()
    ranges: Mapping[str, Span | Mapping[str, Mapping[str, Span]]] = {}
    draws: int | None = None
    seed: int | None = None
    bands: tuple[Band, ...] = ()
    odds: tuple[Odds, ...] = ()

    @classmethod
    def of(cls, found: Simulated) -> Uncertainty:
        return cls.model_validate(vars(found) | {"ranges": found.ranges.as_json()})

    @property
    def shared(self) -> Mapping[str, Span]:
        """The ranges that hold for every arm, by variable."""
        return {name: ends for name, ends in self.ranges.items() if isinstance(ends, tuple)}

    @property
    def of_arms(self) -> Mapping[str, Mapping[str, Span]]:
        """The ranges of single arms, by arm and variable."""
        own = self.ranges.get("arms", {})
        return {} if isinstance(own, tuple) else own
