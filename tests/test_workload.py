"""One piece of work, several arms: the presets, the plan's own tokens, and the grid of what is cheapest where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from pricing.book import price_book
from pricing.scenario import Scenario, compare_costs
from pricing.workload import Preset, Workload, cheapest_grid, measured_workload, new_arm, new_arms, presets

BOOK = price_book()
TODAY = date(2026, 11, 22)
CLASSIC = presets()["classic"]


def scenario(preset: Preset) -> Scenario:
    arms = [preset.workload.arm(choice) for choice in preset.arms]
    return Scenario.parse(
        {"months": preset.months, "requests_per_month": preset.requests_per_month, "arms": arms}
    )


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_preset_can_be_computed_on_its_day(name: str) -> None:
    preset = presets()[name]
    costs = compare_costs(scenario(preset), BOOK, preset.on or TODAY)
    assert costs.cheapest is not None


def test_the_classic_case_trains_for_the_published_price_an_epoch() -> None:
    costs = compare_costs(scenario(CLASSIC), BOOK, CLASSIC.on)
    assert costs.cost("fine_tuned").once == 3 * Decimal("0.085752")
    today = compare_costs(scenario(CLASSIC), BOOK, TODAY)
    assert today.cheapest is None
    assert {cost.since for cost in today.costs} == {date(2026, 10, 23)}


def test_todays_preset_shows_a_closed_offer_and_recommends_another() -> None:
    costs = compare_costs(scenario(presets()["today"]), BOOK, TODAY)
    closed = costs.cost("fine_tuned_3")
    assert (closed.not_recommended, closed.since) == ("closed_to_new", date(2026, 5, 7))
    assert costs.cheapest is not closed


def test_a_tuned_model_is_asked_without_the_examples() -> None:
    workload = CLASSIC.workload
    prompt = workload.arm({"id": "p", "kind": "few_shot", "model": "m", "examples": "30"})
    tuned = workload.arm({"id": "t", "kind": "fine_tuned", "offer": "o"})
    assert prompt["input_tokens"] - tuned["input_tokens"] == 30 * workload.example_tokens
    assert prompt["cacheable_tokens"] == prompt["input_tokens"] - workload.question_tokens
    assert tuned["training_tokens"] == workload.training_tokens


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_kind_of_arm_can_be_added_on_any_presets_day(name: str) -> None:
    preset = presets()[name]
    on = preset.on or TODAY
    choices = [dict(choice) for choice in preset.arms]
    for kind in (*(kind for kind in new_arms() if kind != "self_hosted" or on == TODAY), "few_shot"):
        choices.append(new_arm(kind, choices, BOOK, on))
    values = {"requests_per_month": 10, "arms": [preset.workload.arm(choice) for choice in choices]}
    costs = compare_costs(Scenario.parse(values), BOOK, on).costs
    assert len({cost.arm for cost in costs}) == len(choices)


def test_a_new_cascade_lets_the_small_model_answer_first() -> None:
    beside = [*presets()["today"].arms, {"id": "small_model", "kind": "small_model"}]
    arm = new_arm("cascade", beside, BOOK, TODAY)
    assert (arm["first"], arm["rest"]) == ("small_model", "few_shot")


def test_a_plans_own_table_takes_the_place_of_the_usual_tokens() -> None:
    found = measured_workload(
        CLASSIC.workload, rows=400, tokens=20_000, input_tokens=20_000, output_tokens=1_200
    )
    assert (found.question_tokens, found.answer_tokens, found.example_tokens) == (50, 3, 61)
    assert found.training_tokens == 400 * (61 + CLASSIC.workload.instruction_tokens)


def test_in_chat_data_the_instruction_is_part_of_every_example() -> None:
    found = measured_workload(
        CLASSIC.workload, rows=10, tokens=1_380, input_tokens=940, output_tokens=400, instruction_tokens=710
    )
    assert (found.instruction_tokens, found.question_tokens, found.example_tokens) == (71, 23, 67)
    assert found.training_tokens == 1_380


def test_without_data_the_usual_tokens_stay() -> None:
    usual: Workload = CLASSIC.workload
    assert measured_workload(usual, rows=0, tokens=0) is usual
    assert measured_workload(usual, rows=0, tokens=40) is usual


SMALL = {
    "id": "small",
    "kind": "small_model",
    "cpu_hour": "0.05",
    "requests_per_second": "50",
    "hours_per_month": "730",
}
CASCADES = (
    SMALL,
    {"id": "over_prompt", "kind": "cascade", "first": "small", "rest": "few_shot", "share_answered": "0.7"},
    {"id": "over_tuned", "kind": "cascade", "first": "small", "rest": "fine_tuned", "share_answered": "0.9"},
)


@pytest.mark.parametrize("more", [(), CASCADES], ids=["plain", "with cascades"])
def test_the_grid_agrees_with_single_comparisons_and_leaves_out_what_cannot_be_had(
    more: tuple[dict[str, str], ...],
) -> None:
    preset = presets()["today"]
    preset = preset.model_copy(update={"arms": (*preset.arms, *more)})
    top = {"months": 12, "customer": "new"}
    grid = cheapest_grid(preset.workload, preset.arms, top, [1, 50], [100, 10_000_000], BOOK, TODAY)
    for row, examples in zip(grid.cheapest, grid.examples, strict=True):
        for cell, volume in zip(row, grid.volumes, strict=True):
            choices = [{**c, "examples": str(examples)} if "examples" in c else c for c in preset.arms]
            values = {**top, "requests_per_month": volume, "arms": [preset.workload.arm(c) for c in choices]}
            best = compare_costs(Scenario.parse(values), BOOK, TODAY).cheapest
            assert best is not None
            assert cell == best.arm
    nothing = cheapest_grid(CLASSIC.workload, CLASSIC.arms, top, [5], [100], BOOK, TODAY)
    assert nothing.cheapest == ((None,),)


def test_a_small_model_that_a_cascade_trusts_with_a_part_only_is_no_answer_by_itself() -> None:
    few_shot = next(arm for arm in presets()["today"].arms if arm["kind"] == "few_shot")
    both = {"id": "both", "kind": "cascade", "first": "small", "rest": "few_shot", "share_answered": "0.7"}
    workload = presets()["today"].workload

    def cheapest(*choices: Mapping[str, str]) -> tuple[tuple[str | None, ...], ...]:
        return cheapest_grid(
            workload, choices, {"months": 12}, [2, 30], [1_000, 10_000_000], BOOK, TODAY
        ).cheapest

    assert cheapest(few_shot, SMALL, both) == (("few_shot", "both"), ("few_shot", "both"))
    assert cheapest(few_shot, SMALL) == (("few_shot", "small"), ("few_shot", "small"))
    alone = {**both, "share_answered": "1"}
    assert cheapest(few_shot, SMALL, alone) == (("few_shot", "small"), ("few_shot", "small"))


def test_zero_shot_is_left_out_where_the_question_is_how_many_examples_are_needed() -> None:
    top, day = {"months": 12}, CLASSIC.on
    assert day is not None
    grid = cheapest_grid(CLASSIC.workload, CLASSIC.arms, top, [1, 50], [100, 1_000_000], BOOK, day)
    assert grid.cheapest == (("few_shot", "few_shot"), ("fine_tuned", "fine_tuned"))
    zero_shot = [arm for arm in CLASSIC.arms if arm["id"] != "few_shot"]
    assert cheapest_grid(CLASSIC.workload, zero_shot, top, [1], [100], BOOK, day).cheapest == (
        ("zero_shot",),
    )
