"""Twelve small plans on which earlier advice went wrong, and what must be said to each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from advisor.plan import Plan, from_yaml
from advisor.recommend import Recommendation, recommend
from advisor.recommend.options import OWN_MACHINES
from advisor.stated import Target, Worth

PROBES = Path(__file__).parent / "samples" / "advice_probes"
PROMPTS = ("zero_shot", "few_shot", "rag")


@cache
def probe(name: str) -> Plan:
    return from_yaml((PROBES / f"{name}.yaml").read_text(encoding="utf-8"))


def advice(plan: Plan) -> Recommendation:
    return recommend(plan.answers, plan.evidence, plan.on, stated=plan.stated)


def chance(found: Recommendation, approach: str) -> float:
    """Its chance as things stand, whatever else may be tried before it."""
    option = next(one for one in found.weighing.options if one.approach == approach)
    return option.after(found.weighing.tried, found.weighing.come).chance.value


def test_a_prompt_that_reaches_the_target_stays() -> None:
    found = advice(probe("r1_zero_shot_reaches"))
    assert (found.decision, found.recommended) == ("adopt", "zero_shot")


def test_a_prompt_model_of_52500_dollars_a_month_is_not_asked_on_every_request() -> None:
    assert advice(probe("r2_cheap_prompts")).recommended in PROMPTS
    dear = advice(probe("r2_dear_prompts"))
    assert dear.recommended not in PROMPTS
    assert dear.path[0].life.running_usd_month < 500


def test_unless_a_wrong_answer_costs_enough_to_pay_for_it() -> None:
    dear = probe("r2_dear_prompts")
    flips = advice(dear).value_of_error_that_flips
    assert flips and flips > 1
    assert advice(dear.stating(value=Worth(wrong_answer=flips))).recommended != advice(dear).recommended
    worth = replace(dear, value=Worth(wrong_answer=Decimal(20)))
    chances = {step.approach for step in advice(worth).path}
    assert {"zero_shot", "few_shot"} & chances


def test_what_an_evaluation_refuted_is_not_advised_again() -> None:
    before, refuted = advice(probe("r3_before")), advice(probe("r3_refuted"))
    assert refuted.recommended != before.recommended
    assert {aside.approach: aside.because for aside in refuted.set_aside}[str(before.recommended)] == "failed"


def test_a_small_model_far_from_the_target_leaves_its_neighbours_less_chance() -> None:
    near, far = advice(probe("r4_gap_1")), advice(probe("r4_gap_45"))
    for approach in ("zero_shot", "fine_tuned_encoder", "fine_tuning_open"):
        assert chance(near, approach) > chance(far, approach), approach


def test_on_a_device_within_half_a_second_nothing_is_sent_to_an_api() -> None:
    found = advice(probe("r5_device"))
    assert found.recommended not in PROMPTS
    assert all(
        step.option in (None, OWN_MACHINES) for step in found.path if step.approach != "fine_tuned_encoder"
    )


def test_where_prompts_failed_and_there_are_no_rows_labelling_some_is_the_first_step() -> None:
    found = advice(probe("r6_none"))
    assert found.decision == "unlock"
    assert found.path[0].unlock and found.path[0].unlock.rows == 100


def test_a_measured_success_stays_against_a_rule_of_thumb_with_a_caution() -> None:
    found = advice(probe("r7_success_loses"))
    assert (found.decision, found.recommended) == ("adopt", "zero_shot")
    assert "own_documents" in found.of("zero_shot").cautions


def test_the_advice_follows_the_target() -> None:
    low, high = advice(probe("r8_target_0.5")), advice(probe("r8_target_0.98"))
    assert (low.decision, low.recommended) == ("adopt", "classical_ml")
    assert high.decision == "try" and high.recommended != "classical_ml"
    raised = probe("r8_target_0.5").aiming(Target(value=Decimal("0.98")))
    assert advice(raised).recommended == high.recommended
