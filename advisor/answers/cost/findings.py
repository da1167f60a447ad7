"""What a comparison of costs says to the rules: whether training pays, is worth the work, and can still be bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from advisor import loose_json

if TYPE_CHECKING:
    from pricing.cost import Cost
    from pricing.scenario import CostComparison

Shape = Mapping[str, Any]

TO_LOOK_AFTER = ("fine_tuned", "self_hosted")
PROMPT_KINDS = ("few_shot", "prompt", "zero_shot", "rag")
CLOSED = ("ended", "training_closed", "closed_to_new", "deprecated")
BREAK_EVEN = (
    "reached",
    "cheaper_from_start",
    "dearer_per_request",
    "hosting_exceeds_saving",
    "after_horizon",
    "service_ends",
)
OFFER = ("open", "ends_during_service", "closed")
NONE = Decimal(0)
# USD a month, about an hour of somebody's work: a trained model that saves less costs more to look after.
WORTH_THE_WORK = Decimal(50)


def cost_findings(shape: Shape) -> dict[str, Any]:
    """The findings of `advisor.evidence.Evidence` that the JSON of `cost` answers, None where it does not."""
    arms = {
        str(arm["id"]): arm
        for arm in loose_json.items(shape.get("arms"))
        if isinstance(arm, Mapping) and "id" in arm
    }
    kinds = {id: _kind(id, arm) for id, arm in arms.items()}
    by_kind = {kind: arms[id] for id, kind in reversed(kinds.items())}
    hosted, own = by_kind.get("fine_tuned", {}), by_kind.get("self_hosted", {})
    prompt = next((by_kind[kind] for kind in PROMPT_KINDS if kind in by_kind), {})
    return {
        "scenario_requests_per_month": loose_json.number(shape.get("requests_per_month")),
        "zero_shot_per_month": loose_json.number(by_kind.get("zero_shot", {}).get("per_month")),
        "few_shot_per_month": loose_json.number(
            by_kind.get("few_shot", by_kind.get("prompt", {})).get("per_month")
        ),
        "hosted_per_month": loose_json.number(hosted.get("per_month")),
        "open_per_month": loose_json.number(own.get("per_month")),
        "prompt_offer": _offer_word(prompt),
        "prompt_model_id": loose_json.text(prompt.get("asked")),
        "prompt_model_ends": loose_json.day(prompt.get("ends")),
        "hosted_offer": _offer_word(hosted),
        "hosted_offer_id": loose_json.text(hosted.get("asked")),
        "hosted_serves_months": loose_json.number(hosted.get("months_served")),
        "hosted_closed_to_new_since": _since(hosted, "closed_to_new"),
        "hosted_training_closed_since": _since(hosted, "training_closed"),
        "hosted_service_ends": loose_json.day(hosted.get("ends")),
        **_break_even("hosted", _pair(shape, kinds, "fine_tuned"), arms),
        **_break_even("open", _pair(shape, kinds, "self_hosted"), arms),
    }


def saves_too_little(found: CostComparison) -> tuple[Cost, Decimal] | None:
    """The cheapest arm that needs no training, and the USD by which it is dearer, where that is less than the work is worth.

    None where the cheapest arm is no trained one, or saves more than `WORTH_THE_WORK` a month.
    """
    best = found.cheapest
    if best is None or best.kind not in TO_LOOK_AFTER:
        return None
    others = [cost for cost in found.available if cost.kind not in TO_LOOK_AFTER]
    plain = min(others, key=lambda cost: cost.total, default=None)
    if plain is None or plain.total - best.total >= WORTH_THE_WORK * best.months_served:
        return None
    return plain, plain.total - best.total


def _kind(id: str, arm: Shape) -> str:
    """An arm's kind; prompts are told apart by the name people gave them."""
    kind = str(arm.get("kind", ""))
    if kind not in {"", "prompt"}:
        return kind
    words = id.lower().replace("-", "_")
    named = ("zero_shot", "few_shot", "fine_tuned", "self_hosted", "rag")
    return next((name for name in named if words.startswith(name)), kind)


def _pair(shape: Shape, kinds: Mapping[str, str], kind: str) -> Shape:
    """The comparison of a prompt with an arm of `kind`; against few-shot when there are several."""
    pairs = [
        pair
        for pair in loose_json.items(shape.get("break_even"))
        if isinstance(pair, Mapping)
        and kinds.get(str(pair.get("b"))) == kind
        and kinds.get(str(pair.get("a"))) in PROMPT_KINDS
    ]
    return min(pairs, key=lambda pair: PROMPT_KINDS.index(kinds[str(pair["a"])]), default={})


def _break_even(side: str, pair: Shape, arms: Mapping[str, Shape]) -> dict[str, Any]:
    """Whether the arm pays, from how many requests a month it does within the months compared.

    Rates of low confidence decide nothing: what rests on them is not known.
    """
    if not pair or any(arms[str(pair[role])].get("confidence") == "low" for role in ("a", "b")):
        return {}
    reached = "reached" if loose_json.number(pair.get("requests")) is not None else None
    months = loose_json.number(pair.get("over_months"))
    saving = _saving(arms[str(pair["a"])], arms[str(pair["b"])], pair, months)
    return {
        f"{side}_break_even": _reason(pair) or reached,
        f"{side}_pays_from": saving and saving.from_volume(NONE),
        f"{side}_worth_from": saving and saving.from_volume(WORTH_THE_WORK),
    }


@dataclass(frozen=True)
class _Saving:
    """What a trained model saves on each request, and what it costs besides over so many months (USD)."""

    each: Decimal
    besides: Decimal
    months: Decimal
    fee_covered_from: Decimal

    def from_volume(self, per_month: Decimal) -> Decimal | None:
        """The requests a month from which it saves so much a month; None where it does at any volume.

        Never fewer than the pair's own answer for the monthly fee alone, which knows what a busier cache saves.
        """
        wanted = self.besides + per_month * self.months
        return max(_whole(wanted / (self.months * self.each)), self.fee_covered_from) if wanted > 0 else None


def _saving(prompt: Shape, trained: Shape, pair: Shape, months: Decimal | None) -> _Saving | None:
    """None where `trained` saves nothing on a request, or a figure is missing."""
    costs = [
        [loose_json.number(arm.get(name)) for name in ("once", "month_fee", "per_request")]
        for arm in (prompt, trained)
    ]
    known = [[value for value in row if value is not None] for row in costs]
    if not months or any(len(row) < 3 for row in known):
        return None
    (once_a, fee_a, each_a), (once_b, fee_b, each_b) = known
    retraining = _retraining(trained) - _retraining(prompt)
    besides = once_b - once_a + (fee_b - fee_a) * months + retraining
    covered = loose_json.number(pair.get("requests_per_month_needed", NONE))
    return None if each_a <= each_b or covered is None else _Saving(each_a - each_b, besides, months, covered)


def _retraining(arm: Shape) -> Decimal:
    """What training again costs over the months compared."""
    parts = [part for part in loose_json.items(arm.get("parts")) if isinstance(part, Mapping)]
    return sum(
        (loose_json.number(part.get("total")) or NONE for part in parts if part.get("per") == "retraining"),
        NONE,
    )


def _offer_word(arm: Shape) -> str | None:
    """Whether what the arm needs can still be bought, and outlasts the months asked for."""
    status = arm.get("status")
    standing = str(status.get("id")) if isinstance(status, Mapping) else ""
    if standing in CLOSED or arm.get("not_recommended_because") in CLOSED:
        return "closed"
    if arm.get("not_recommended_because") == "service_ends":
        return "ends_during_service"
    return "open" if standing in {"open", "closing"} else None


def _since(arm: Shape, standing: str) -> date | None:
    """The day since when an offer has stood so, where that is known."""
    status = arm.get("status")
    return (
        loose_json.day(status.get("since"))
        if isinstance(status, Mapping) and status.get("id") == standing
        else None
    )


def _reason(pair: Shape) -> str | None:
    return str(pair.get("reason")) if pair.get("reason") in BREAK_EVEN else None


def _whole(value: Decimal) -> Decimal:
    return value.to_integral_value(rounding="ROUND_CEILING")
