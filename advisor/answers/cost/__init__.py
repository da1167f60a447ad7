"""What the same work costs done in several ways, and from which request on one overtakes another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.answers.cost.blocks import cost_blocks
from advisor.answers.cost.changes import cost_changes
from advisor.answers.cost.findings import BREAK_EVEN, OFFER, cost_findings
from advisor.answers.cost.renewed import cost_on
from advisor.answers.cost.shape import Amount, Arm, Closed, Pair, Uncertainty
from advisor.answers.cost.words import cost_figures, cost_risks, names_of
from advisor.quantities import Count, FarCount, Money
from advisor.shapes import Aim, Answer, Changed, Day, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice
from baselines.measured import AsGiven

if TYPE_CHECKING:
    from pricing.scenario import CostComparison


class Cost(AsGiven, Answer):
    """From the Cost page or the command `cost`."""

    NAME = "cost"
    PAGE = "cost"
    SECTION = "costs"
    PLACE = 45
    FINDINGS: ClassVar[Mapping[str, Kind]] = {
        "scenario_requests_per_month": Count,
        "zero_shot_per_month": Money,
        "few_shot_per_month": Money,
        "hosted_per_month": Money,
        "open_per_month": Money,
        "prompt_offer": OFFER,
        "prompt_model_id": str,
        "prompt_model_ends": date,
        "hosted_break_even": BREAK_EVEN,
        "hosted_pays_from": FarCount,
        "hosted_worth_from": FarCount,
        "hosted_serves_months": Count,
        "hosted_offer": OFFER,
        "hosted_offer_id": str,
        "hosted_closed_to_new_since": date,
        "hosted_training_closed_since": date,
        "hosted_service_ends": date,
        "open_break_even": BREAK_EVEN,
        "open_pays_from": FarCount,
        "open_worth_from": FarCount,
    }

    on: date | None = None
    months: int | None = None
    requests_per_month: Amount | None = None
    growth_per_month: Amount = Decimal(0)
    customer: str = "new"
    currency: str | None = None
    rate: Amount | None = None
    arms: tuple[Arm, ...] = ()
    break_even: tuple[Pair, ...] = ()
    cheapest: str | None = None
    closed: tuple[Closed, ...] = ()
    uncertainty: Uncertainty | None = None
    scenario: Mapping[str, Any] | None = None
    # Arms left out, each with the id of the Problem that says why.
    not_priced: Mapping[str, str] = {}

    @classmethod
    def of(cls, found: CostComparison) -> Cost:
        """A comparison with its scenario, so that it can be asked again."""
        scenario, volume, cheapest = found.scenario, found.scenario.volume, found.cheapest
        return cls(
            on=found.on,
            months=volume.months,
            requests_per_month=volume.requests_per_month,
            growth_per_month=volume.growth,
            customer=scenario.customer,
            currency=scenario.currency,
            rate=scenario.rate,
            arms=tuple(Arm.of(cost, scenario.rate) for cost in found.costs),
            break_even=tuple(map(Pair.of, found.break_even)),
            cheapest=cheapest.arm if cheapest else None,
            closed=tuple(Closed.of(cost) for cost in found.costs if cost.not_recommended),
            uncertainty=Uncertainty.of(found.uncertainty),
            scenario=scenario.as_json(),
        )

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return cost_findings(self)

    def asked_again(self, day: Day) -> Cost:
        """Priced on another day; arms that cannot be priced then are in `not_priced`.

        Raises a Problem where the scenario that the costs came from cannot be read.
        """
        return cost_on(self, day.on, day.book)

    def changes(self, now: Cost, recommended: str | None, day: Day) -> Iterable[Changed]:
        return cost_changes(self, now, recommended, day)

    def blocks(self, voice: Voice) -> Iterable[Block]:
        return cost_blocks(self, voice, names_of(self.arms, voice))

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        return cost_figures(self, voice)

    def risks(self, voice: Voice) -> Iterable[Line]:
        return cost_risks(self, voice)
