"""What a comparison of costs says to the rules: whether training pays, is worth the work, and can still be bought."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from advisor.answers.cost.shape import SERVICE_ENDS, Arm, Pair

if TYPE_CHECKING:
    from advisor.answers.cost import Cost
    from pricing import cost as priced
    from pricing.scenario import CostComparison

TO_LOOK_AFTER = ("fine_tuned", "self_hosted")
PROMPT_KINDS = ("few_shot", "prompt", "zero_shot", "rag")
CLOSED = ("ended", "training_closed", "closed_to_new", "deprecated")
BREAK_EVEN = (
    "reached",
    "cheaper_from_start",
    "dearer_per_request",
    "hosting_exceeds_saving",
    "after_horizon",
    SERVICE_ENDS,
)
OFFER = ("open", "ends_during_service", "closed")
NONE = Decimal(0)
NO_ARM = Arm(id="")
# USD a month, about an hour of somebody's work: a trained model that saves less costs more to look after.
WORTH_THE_WORK = Decimal(50)


def cost_findings(answer: Cost) -> Mapping[str, Any]:
    """The findings that an answer about costs gives, None where it does not."""
    arms = {arm.id: arm for arm in answer.arms}
    kinds = {id: _kind(arm) for id, arm in arms.items()}
    by_kind = arms_by_kind(answer)
    zero_shot, hosted, own = (
        by_kind.get(kind, NO_ARM) for kind in ("zero_shot", "fine_tuned", "self_hosted")
    )
    prompt = next((by_kind[kind] for kind in PROMPT_KINDS if kind in by_kind), NO_ARM)
    return {
        "scenario_requests_per_month": answer.requests_per_month,
        "zero_shot_per_month": zero_shot.per_month,
        "few_shot_per_month": by_kind.get("few_shot", NO_ARM).per_month,
        "hosted_per_month": hosted.per_month,
        "open_per_month": own.per_month,
        "prompt_offer": _offer_word(prompt),
        "prompt_model_id": prompt.asked or None,
        "prompt_model_ends": prompt.ends,
        "hosted_offer": _offer_word(hosted),
        "hosted_offer_id": hosted.asked or None,
        "hosted_serves_months": hosted.months_served,
        "hosted_closed_to_new_since": _since(hosted, "closed_to_new"),
        "hosted_training_closed_since": _since(hosted, "training_closed"),
        "hosted_service_ends": hosted.ends,
        **_break_even("hosted", _pair(answer, kinds, "fine_tuned"), arms),
        **_break_even("open", _pair(answer, kinds, "self_hosted"), arms),
    }


def arms_by_kind(answer: Cost) -> dict[str, Arm]:
    """The first arm of each kind; a prompt whose name tells nothing of it counts as few-shot."""
    found = {_kind(arm): arm for arm in reversed(answer.arms)}
    return found | ({"few_shot": found["prompt"]} if "prompt" in found and "few_shot" not in found else {})


def saves_too_little(found: CostComparison) -> tuple[priced.Cost, Decimal] | None:
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


def _kind(arm: Arm) -> str:
    """An arm's kind; prompts are told apart by the name people gave them."""
    if arm.kind not in {"", "prompt"}:
        return arm.kind
    words = arm.id.lower().replace("-", "_")
    named = ("zero_shot", "few_shot", "fine_tuned", "self_hosted", "rag")
    return next((name for name in named if words.startswith(name)), arm.kind)


def _pair(answer: Cost, kinds: Mapping[str, str], kind: str) -> Pair | None:
    """The comparison of a prompt with an arm of `kind`; against few-shot when there are several."""
    pairs = [
        pair for pair in answer.break_even if kinds.get(pair.b) == kind and kinds.get(pair.a) in PROMPT_KINDS
    ]
    return min(pairs, key=lambda pair: PROMPT_KINDS.index(kinds[pair.a]), default=None)


def _break_even(side: str, pair: Pair | None, arms: Mapping[str, Arm]) -> dict[str, Any]:
    """Whether the arm pays, from how many requests a month it does within the months compared.

    Rates of low confidence decide nothing: what rests on them is not known.
    """
    if pair is None or "low" in {arms[pair.a].confidence, arms[pair.b].confidence}:
        return {}
    reached = "reached" if pair.requests is not None else None
    saving = _saving(arms[pair.a], arms[pair.b], pair)
    return {
        f"{side}_break_even": pair.reason if pair.reason in BREAK_EVEN else reached,
        f"{side}_pays_from": saving and saving.from_volume(NONE),
        f"{side}_worth_from": saving and saving.from_volume(WORTH_THE_WORK),
    }


@dataclass(frozen=True)
class _Saving:
    """What a trained model saves on each request, and what it costs besides over so many months (USD)."""

    each: Decimal
    besides: Decimal
    months: int
    fee_covered_from: int

    def from_volume(self, per_month: Decimal) -> Decimal | None:
        """The requests a month from which it saves so much a month; None where it does at any volume.

        Never fewer than the pair's own answer for the monthly fee alone, which knows what a busier cache saves.
        """
        wanted = self.besides + per_month * self.months
        needed = (wanted / (self.months * self.each)).to_integral_value(rounding="ROUND_CEILING")
        return max(needed, Decimal(self.fee_covered_from)) if wanted > 0 else None


def _saving(prompt: Arm, trained: Arm, pair: Pair) -> _Saving | None:
    """None where `trained` saves nothing on a request, or a figure is missing."""
    months, covered = pair.over_months, pair.fee_covered_from
    costs = [(arm.once, arm.month_fee, arm.per_request) for arm in (prompt, trained)]
    known = [[value for value in row if value is not None] for row in costs]
    if not months or covered is None or any(len(row) < 3 for row in known):
        return None
    (once_a, fee_a, each_a), (once_b, fee_b, each_b) = known
    retraining = _retraining(trained) - _retraining(prompt)
    besides = once_b - once_a + (fee_b - fee_a) * months + retraining
    return _Saving(each_a - each_b, besides, months, covered) if each_a > each_b else None


def _retraining(arm: Arm) -> Decimal:
    """What training again costs over the months compared."""
    return sum((part.total or NONE for part in arm.parts if part.per == "retraining"), NONE)


def _offer_word(arm: Arm) -> str | None:
    """Whether what the arm needs can still be bought, and outlasts the months asked for."""
    if arm.status.id in CLOSED or arm.not_recommended_because in CLOSED:
        return "closed"
    if arm.not_recommended_because == SERVICE_ENDS:
        return "ends_during_service"
    return "open" if arm.status.id in {"open", "closing"} else None


def _since(arm: Arm, standing: str) -> date | None:
    """The day since when an offer has stood so, where that is known."""
    return arm.status.since if arm.status.id == standing else None
