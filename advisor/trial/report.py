"""A trial that was run, as the answer that page, report and plan read: what its answers prove, and what they took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.answers.trial import Endpoint, LlmTrial
from advisor.trial import Answered
from advisor.trial.budget import ZERO, usage_usd
from advisor.trial.order import Prepared
from advisor.trial.run import Outcome
from advisor.trial.scoring import score
from advisor.trial.usage import Usage
from baselines.dataset import LabelledTexts

MILLION = 1_000_000


def report_of(
    outcome: Outcome, prepared: Prepared, data: LabelledTexts, *, on: date, **judged: Any
) -> LlmTrial:
    """What the run proves about `data`; `judged` are the `target`, `metric`, `worth` and `file` of the scoring."""
    found = score(
        outcome.answers,
        data,
        seed=prepared.order.wish.seed,
        on=on,
        endpoint=_endpoint(outcome, prepared),
        stability=outcome.stability,
        money=_money(outcome, prepared),
        **judged,
    )
    arms = tuple(arm.model_copy(update=_arm(arm.id, outcome, prepared)) for arm in found.arms)
    return found.model_copy(update={"arms": arms, "left_out": dict(prepared.sending.left_out)})


def _arm(arm: str, outcome: Outcome, prepared: Prepared) -> dict[str, Any]:
    prompt = next(one for one in prepared.sending.prompts if one.arm == arm)
    entries = [one for one in outcome.entries if one.answered.arm == arm]
    spent = sum((one.spent_usd for one in entries), ZERO)
    return {
        "shots": prompt.shots,
        "prompt_sha256": prompt.sha256,
        "retries": sum(one.tries - 1 for one in entries),
        "spent_usd": None if outcome.spent_usd is None else spent,
    }


def _endpoint(outcome: Outcome, prepared: Prepared) -> Endpoint:
    """Who answered, and what became of the parameters; a label outside the list shows that nobody enforced it."""
    came = [one for one in outcome.answers if not one.is_missing]
    models = sorted({one.model for one in came if one.model})
    asked_for = any("response_format" in one.body for one in prepared.sending.questions[:1])
    obeyed = not any(one.status in ("unparseable", "loose") for one in came)
    return Endpoint(
        host=prepared.address.host,
        model_asked=prepared.order.model,
        model_answered=", ".join(models) or None,
        dropped=outcome.dropped,
        labels_enforced=asked_for and "response_format" not in outcome.dropped and obeyed,
        usage_reported=bool(came) and all(one.input_tokens is not None for one in came),
    )


def _money(outcome: Outcome, prepared: Prepared) -> Mapping[str, Decimal | None]:
    """Three numbers and a fourth: expected, allowed, spent, and what a million requests would cost without a cache."""
    price = prepared.sending.price
    told = [one for one in outcome.answers if one.input_tokens is not None]
    plain = sum((usage_usd(price, _uncached(one)) for one in told), ZERO)
    return {
        "estimate_usd": prepared.sending.expected_usd,
        "cap_usd": prepared.cap_usd,
        "spent_usd": outcome.spent_usd,
        "per_million_usd": None if price is None or not told else plain / len(told) * MILLION,
    }


def _uncached(one: Answered) -> Usage:
    return Usage(one.input_tokens or 0, 0, 0, one.output_tokens or 0, 0)
