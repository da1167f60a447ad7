"""Uncertainty: without width it is the exact result; with it, bands, odds and swings that make sense."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.answers.cost import Cost
from advisor.answers.cost.shape import Uncertainty as Told
from advisor.quantities import as_json
from pricing import Problem
from pricing.book import price_book
from pricing.ranges import Ranges
from pricing.scenario import Scenario, compare_costs
from pricing.uncertainty import Uncertainty, simulate

BOOK = price_book()
MINI = "openai/gpt-4o-mini-2024-07-18"
EXISTING = {
    "on": date(2026, 11, 22), "months": 12, "requests_per_month": 10_000, "growth_per_month": "0.05", "customer": "existing",
    "arms": [
        {"id": "few_shot", "kind": "prompt", "model": "openai/gpt-5.4", "input_tokens": 2200, "cacheable_tokens": 2000,
         "output_tokens": 50, "reasoning_tokens": 20},
        {"id": "tuned", "kind": "fine_tuned", "offer": "azure/gpt-4.1", "training_tokens": 10719, "epochs": 3,
         "input_tokens": 250, "output_tokens": 50, "retrain_every_months": 2},
        {"id": "nemo", "kind": "fine_tuned", "offer": "mistral/mistral-nemo", "training_tokens": 10719, "input_tokens": 250,
         "output_tokens": 50, "validation_tokens": 100},
        {"id": "together", "kind": "fine_tuned", "offer": "together/lora-up-to-16b", "training_tokens": 500_000, "validation_tokens": 9_000,
         "evaluations": 2, "input_tokens": 250, "output_tokens": 50},
        {"id": "own", "kind": "self_hosted", "gpu_offer": "runpod/h100-sxm", "training_hours": 2, "retrain_every_months": 5},
        {"id": "rag", "kind": "rag", "model": MINI, "input_tokens": 250, "retrieved_tokens": 1500, "output_tokens": 50,
         "embedding_model": "openai/text-embedding-3-small", "index_tokens": 10**7, "store_month": 25, "labour_hours_month": 1, "labour_rate": 40},
        {"id": "small", "kind": "small_model", "cpu_hour": "0.1", "requests_per_second": 50},
        {"id": "both", "kind": "cascade", "first": "small", "rest": "few_shot", "share_answered": "0.7", "labour_hours_once": 3, "labour_rate": 40},
    ],
}  # fmt: skip
SCENARIO = Scenario.parse(EXISTING)
ARMS = [arm.id for arm in SCENARIO.arms]


def simulated(scenario: Scenario, given: Ranges | None = None, **drawn: int) -> Uncertainty:
    return simulate(compare_costs(scenario, BOOK), given, **drawn)


def ranges(**given: Any) -> Ranges:
    return Ranges.parse(given, ARMS)


def no_width() -> Ranges:
    arms = {
        arm["id"]: {
            name: [arm[name]] * 2 for name in ("input_tokens", "output_tokens", "epochs") if name in arm
        }
        for arm in EXISTING["arms"]  # type: ignore[attr-defined]
    }
    return ranges(requests_per_month=[10_000, 10_000], growth_per_month=["0.05", "0.05"], arms=arms)


@pytest.mark.parametrize("given", [ranges(), no_width()], ids=["no ranges", "ranges of no width"])
def test_without_width_every_total_is_the_exact_one(given: Ranges) -> None:
    exact = compare_costs(SCENARIO, BOOK)
    band = {band.arm: band for band in simulated(SCENARIO, given, draws=50).bands}
    for cost in exact.costs:
        for value in (band[cost.arm].p10, band[cost.arm].p50, band[cost.arm].p90):
            assert value == pytest.approx(float(cost.total), rel=1e-9), cost.arm


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(0, 400_000), st.integers(0, 3000), st.booleans())
def test_without_width_it_holds_for_any_request(
    volume: int, given_in: int, given_out: int, batch: bool
) -> None:
    arm = {
        "id": "a", "kind": "prompt", "model": "openai/gpt-6-luna", "input_tokens": given_in, "cacheable_tokens": given_in // 2,
        "output_tokens": given_out, "batch": batch,
    }  # fmt: skip
    scenario = Scenario.parse({"on": "2026-11-22", "requests_per_month": volume, "arms": [arm]})
    exact = compare_costs(scenario, BOOK).costs[0].total
    band = simulated(scenario, Ranges(), draws=2).bands[0]
    assert band.p50 == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


def test_a_range_gives_a_band_around_the_scenarios_own_total() -> None:
    exact = compare_costs(SCENARIO, BOOK).cost("few_shot").total
    result = simulated(SCENARIO, ranges(requests_per_month=[5_000, 20_000]))
    band = result.bands[0]
    assert band.p10 < band.p50 < band.p90
    assert band.p50 == pytest.approx(float(exact), rel=0.02)


def test_the_tenths_of_a_range_are_the_tenths_of_what_depends_on_it() -> None:
    arm = {
        "id": "a",
        "kind": "prompt",
        "input_tokens": 1_000_000,
        "prices": {"input_mtok": 1, "output_mtok": 1},
    }
    scenario = Scenario.parse({"on": "2026-11-22", "requests_per_month": 100, "months": 1, "arms": [arm]})
    given = Ranges.parse({"requests_per_month": [50, 300]}, ["a"])
    band = simulated(scenario, given, draws=40_000).bands[0]
    assert band.p10 == pytest.approx(50, rel=0.05)
    assert band.p50 == pytest.approx(100, rel=0.02)
    assert band.p90 == pytest.approx(300, rel=0.03)


def test_a_seed_repeats_its_draws_and_another_does_not() -> None:
    given = ranges(requests_per_month=[5_000, 20_000], output_tokens=[10, 200])
    first, again, other = (simulated(SCENARIO, given, draws=500, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_odds_say_how_often_the_second_is_no_dearer() -> None:
    certain = {pair.b: pair.probability for pair in simulated(SCENARIO, ranges(), draws=10).odds}
    totals = {cost.arm: cost for cost in compare_costs(SCENARIO, BOOK).costs}
    assert certain["small"] == 1.0
    assert certain["own"] == 0.0
    assert totals["small"].total < totals["few_shot"].total < totals["own"].total
    unsure = simulated(SCENARIO, ranges(requests_per_month=[100, 10_000_000]))
    odds = next(pair for pair in unsure.odds if pair.b == "tuned")
    assert 0 < odds.probability < 1


def test_the_tornado_is_led_by_what_moves_the_saving_most() -> None:
    given = ranges(requests_per_month=[9_000, 11_000], arms={"few_shot": {"input_tokens": [2_100, 9_000]}})
    odds = next(pair for pair in simulated(SCENARIO, given, draws=100).odds if pair.b == "tuned")
    assert [swing.variable for swing in odds.tornado] == ["input_tokens", "requests_per_month"]
    assert odds.tornado[0].at_high > odds.tornado[0].at_low


def test_nothing_drawn_is_negative_or_a_hit_rate_above_one() -> None:
    arm = {"id": "a", "kind": "prompt", "input_tokens": 2000, "cacheable_tokens": 2000, "cache_hit_rate": "0.9",
           "prices": {"input_mtok": 1, "cached_input_mtok": 0, "output_mtok": 1}}  # fmt: skip
    scenario = Scenario.parse({"on": "2026-11-22", "requests_per_month": 1000, "arms": [arm]})
    given = Ranges.parse(
        {"cache_hit_rate": [0, 1], "requests_per_month": [0, 5000], "input_tokens": [0, 2000]}, ["a"]
    )
    band = simulated(scenario, given).bands[0]
    assert 0 <= band.p10 <= band.p90
    assert np.isfinite(band.p90)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"weather": [1, 2]}, "unknown_field"),
        ({"arms": {"nobody": {"input_tokens": [1, 2]}}}, "unknown_field"),
        ({"arms": {"tuned": {"requests_per_month": [1, 2]}}}, "unknown_field"),
        ({"output_tokens": [5]}, "range_expected"),
        ({"output_tokens": [5, 1]}, "range_expected"),
        ({"output_tokens": [-5, 1]}, "number_out_of_range"),
        ({"requests_per_month": [1, 2]}, "range_leaves_value_out"),
    ],
)
def test_a_wrong_range_is_a_problem(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(Problem) as raised:
        simulated(SCENARIO, Ranges.parse(values, ARMS), draws=10)
    assert raised.value.id == problem


def test_the_answer_is_plain_json_with_money_as_decimal_strings() -> None:
    told = Told.of(simulated(SCENARIO, ranges(requests_per_month=[5_000, 20_000]), draws=10))
    answer = as_json(told.model_dump())
    assert {band["arm"] for band in answer["bands"]} == set(ARMS)
    assert answer["odds"][0]["tornado"][0]["variable"] == "requests_per_month"
    assert isinstance(answer["odds"][0]["probability"], float)
    for amount in (answer["bands"][0]["p50"], answer["odds"][0]["tornado"][0]["at_low"]):
        assert Decimal(amount).is_finite()
        assert "E" not in amount.upper()
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_every_cost_answer_says_how_sure_it_is_and_which_ranges_were_assumed() -> None:
    plain = Cost.of(compare_costs(SCENARIO, BOOK)).as_json()["uncertainty"]
    assert plain["assumed"] == ["requests_per_month", "input_tokens", "output_tokens"]
    assert plain["ranges"]["requests_per_month"] == ["5000", "20000"]
    assert plain["ranges"]["arms"]["few_shot"]["input_tokens"] == ["2140", "2260"]
    own = {"requests_per_month": [9_000, 12_000], "arms": {"tuned": {"epochs": [3, 5]}}}
    answer = Cost.of(compare_costs(Scenario.parse({**EXISTING, "ranges": own}), BOOK)).as_json()
    given = answer["uncertainty"]
    assert given["assumed"] == ["input_tokens", "output_tokens"]
    assert given["ranges"]["arms"]["tuned"]["epochs"] == ["3", "5"]
    assert answer["scenario"]["ranges"] == {
        "requests_per_month": ["9000", "12000"],
        "arms": {"tuned": {"epochs": ["3", "5"]}},
    }
    wide, narrow = (float(found["bands"][0]["p90"]) for found in (plain, given))
    assert narrow < wide


def test_arms_that_never_serve_side_by_side_have_no_odds() -> None:
    closed = Scenario.parse({**EXISTING, "on": "2027-02-01", "customer": "new"})
    uncertainty = compare_costs(closed, BOOK).uncertainty
    assert "rag" not in {band.arm for band in uncertainty.bands}
    assert "rag" not in {odds.b for odds in uncertainty.odds}
    assert {odds.months for odds in uncertainty.odds} >= {12}


@pytest.mark.parametrize("growth", ["0.1", "-0.5", "-1", "3"])
def test_the_hit_rate_follows_the_volume_month_by_month_in_both_calculations(growth: str) -> None:
    prompt = EXISTING["arms"][0]  # type: ignore[index]
    values = {**EXISTING, "requests_per_month": 300, "growth_per_month": growth, "arms": [prompt]}
    comparison = compare_costs(Scenario.parse(values), BOOK)
    band = simulate(comparison, Ranges(), draws=2).bands[0]
    assert band.p50 == pytest.approx(float(comparison.costs[0].total), rel=1e-9)


def test_a_range_of_hit_rates_moves_an_arm_whose_rate_follows_from_the_volume() -> None:
    given = ranges(arms={"few_shot": {"cache_hit_rate": ["0.1", "0.99"]}})
    odds = simulated(SCENARIO, given, draws=200).odds[0]
    assert [swing.variable for swing in odds.tornado] == ["cache_hit_rate"]
    assert odds.tornado[0].at_low > odds.tornado[0].at_high


@pytest.mark.parametrize("growth", ["0", "0.05"])
def test_all_arms_over_sixty_months_are_simulated_at_once(growth: str) -> None:
    """Half a second is promised; the benchmark measures it, here only the size is held."""
    comparison = compare_costs(Scenario.parse({**EXISTING, "months": 60, "growth_per_month": growth}), BOOK)
    found = comparison.uncertainty
    assert (found.draws, len(found.bands)) == (20_000, len(ARMS))
