"""What the same work costs done in several ways, and from which request on one overtakes another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from advisor.answers.cost.changes import cost_changes
from advisor.answers.cost.findings import BREAK_EVEN, OFFER, cost_findings
from advisor.answers.cost.renewed import cost_on
from advisor.quantities import Count, FarCount, Money
from advisor.shapes import Aim, Answer, Changed, Day, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice

ARMS = 4


class Cost(Answer):
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

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return cost_findings(self.as_json())

    def asked_again(self, day: Day) -> Cost:
        """Priced on another day; arms that cannot be priced then are in `not_priced`.

        Raises a Problem where the scenario that the costs came from cannot be read.
        """
        return Cost.model_validate(cost_on(self.as_json(), day.on, day.book))

    def changes(self, now: Cost, recommended: str | None, day: Day) -> Iterable[Changed]:
        return cost_changes(self.as_json(), now.as_json(), recommended, day)

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.costs import costs, named

        return costs(named(self.as_json(), voice), voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        """Months of what is still served, the cheapest first, and the first comparison of two such arms."""
        from advisor.report.costs import break_even, named

        cost = named(self.as_json(), voice) if self.get("arms") else {"arms": ()}
        served = [arm for arm in cost["arms"] if Decimal(str(arm["months_served"]))]
        if not served:
            return
        cheapest = sorted(served, key=lambda arm: Decimal(str(arm["per_month"])))[:ARMS]
        months = [f"{arm['id']} {voice.money(arm['per_month'])}" for arm in cheapest]
        requests = voice.number(cost["requests_per_month"])
        yield voice.line("report.figures.cost", requests=requests, months=voice.listing(months))
        ids = {arm["id"] for arm in served}
        pairs = [pair for pair in cost.get("break_even") or () if {pair["a"], pair["b"]} <= ids]
        yield from (Line(break_even(pair, voice)) for pair in pairs[:1])

    def risks(self, voice: Voice) -> Iterable[Line]:
        from advisor.report.risks import ends

        return ends(self.as_json(), voice)
