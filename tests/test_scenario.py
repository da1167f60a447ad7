"""Scenarios as people write them: published cases replayed exactly, and one clear line for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from advisor.answers import read_answer
from advisor.answers.cost import Cost
from advisor.answers.cost.shape import Pair
from advisor.language import problem as in_words
from advisor.recommend import recommend
from pricing import Problem
from pricing.book import price_book
from pricing.scenario import CostComparison, Scenario, compare_costs
from pricing.sources import parse_yaml, read_yaml

BOOK = price_book()
CASES = read_yaml(Path(__file__).parent / "samples" / "pricing_cases.yaml")
REPLAYED = [*CASES["training"], *CASES["requests"], *CASES["never"]]
MINI = "openai/gpt-4o-mini-2024-07-18"
TODAY = date(2026, 11, 22)

ISSUE = """
on: 2026-11-22
months: 12
requests_per_month: 10000
arms:
  - {id: few_shot, kind: prompt, model: openai/gpt-4o-mini-2024-07-18, input_tokens: 2200, cacheable_tokens: 2000, cache_hit_rate: "1.0", output_tokens: 50}
  - {id: tuned, kind: fine_tuned, offer: openai/gpt-4o-mini-2024-07-18, training_tokens: 10719, epochs: 3, input_tokens: 250, output_tokens: 50}
  - {id: azure, kind: fine_tuned, offer: azure/gpt-4.1-mini, input_tokens: 250, output_tokens: 50}
  - {id: own, kind: self_hosted, gpu_offer: runpod/h100-sxm, gpus: 1, hours_per_month: 730, training_hours: 2, input_tokens: 250, output_tokens: 50}
compare: [[few_shot, tuned], [few_shot, azure], [tuned, few_shot]]
"""


def answer(values: dict[str, Any], on: date | None = None) -> CostComparison:
    return compare_costs(Scenario.parse(values), BOOK, on)


@pytest.mark.parametrize("case", REPLAYED, ids=lambda case: case["what"])
def test_a_published_figure_comes_out_exactly(case: dict[str, Any]) -> None:
    costs = answer(
        {"on": case["on"], "requests_per_month": case.get("requests_per_month", 1), "arms": case["arms"]}
    )
    given = {arm["id"]: arm for arm in Cost.of(costs).as_json()["arms"]}
    for arm, expected in case["expect"].items():
        for name, amount in expected.items():
            assert Decimal(given[arm][name]) == Decimal(amount), f"{arm}.{name}"
    if "reason" in case:
        assert [pair.reason for pair in costs.break_even] == [case["reason"]]
        assert costs.break_even[0].requests is None


def test_the_worked_example_breaks_even_at_1191_where_floats_say_1192() -> None:
    tuned, azure, back = answer(parse_yaml(ISSUE)).break_even
    assert (tuned.requests, tuned.reason) == (1191, None)
    assert Pair.of(tuned).months == 0.1191
    assert (azure.requests, azure.reason, azure.requests_per_month_needed) == (
        None,
        "hosting_exceeds_saving",
        34_472_223,
    )
    assert (back.requests, back.reason, back.lasts) == (0, "cheaper_from_start", False)


def test_a_null_in_a_kept_answer_is_nothing_said_and_takes_nothing_else_away() -> None:
    kept = Cost.of(answer(parse_yaml(ISSUE))).as_json()
    needed = {"id", "a", "b", "arm", "variable"}

    def rows(found: Any) -> Iterator[dict[str, Any]]:
        if isinstance(found, dict):
            yield found
        for part in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
            yield from rows(part)

    told = {name: part for name, part in kept.items() if name != "scenario"}
    for row in [kept, *rows([told[name] for name in ("arms", "break_even", "closed")]), told["uncertainty"]]:
        for name in row.keys() - needed - {"url", "checked"}:
            before, row[name] = row[name], None
            read = read_answer("cost", kept)
            assert isinstance(read, Cost) or "source" in str(getattr(read, "field", "")), name
            row[name] = before


def test_the_worked_example_in_march_2024_and_what_is_said_of_it_today() -> None:
    arms = [
        {"id": "few_shot", "kind": "prompt", "model": "openai/gpt-3.5-turbo-0125", "input_tokens": 1000, "output_tokens": 100},
        {"id": "tuned", "kind": "fine_tuned", "offer": "openai/gpt-3.5-turbo-0125", "training_tokens": 10719, "epochs": 1,
         "input_tokens": 1000, "output_tokens": 100},
    ]  # fmt: skip
    values = {"months": 12, "requests_per_month": 10_000, "arms": arms}
    then = answer(values, date(2024, 3, 15))
    few_shot, tuned = then.costs
    assert tuned.once == Decimal("0.085752")
    rates = {cost.arm: {part.id: part.rate.amount for part in cost.parts} for cost in then.costs}
    assert rates["tuned"]["input"] == 6 * rates["few_shot"]["input"]
    assert rates["tuned"]["output"] == 4 * rates["few_shot"]["output"]
    assert (tuned.not_recommended, few_shot.not_recommended, tuned.months_served) == (None, None, 12)
    today = Cost.of(answer(values, TODAY)).as_json()
    assert today["cheapest"] is None
    assert today["closed"] == [
        {"id": "few_shot", "because": "ended", "since": "2026-10-23"},
        {"id": "tuned", "because": "ended", "since": "2026-10-23"},
    ]
    assert today["break_even"][0]["reason"] == "service_ends"


def test_a_closed_offer_is_priced_but_never_the_recommendation() -> None:
    costs = answer(parse_yaml(ISSUE))
    assert costs.cost("tuned").not_recommended == "closed_to_new"
    assert costs.cost("tuned").months_served == 1
    assert costs.cheapest is costs.cost("own")
    existing = answer({**parse_yaml(ISSUE), "customer": "existing"})
    assert existing.cost("azure").not_recommended == "service_ends"
    assert existing.cost("tuned").standing == "closing"


def test_low_confidence_never_decides_alone() -> None:
    arms = [
        {
            "id": "nova",
            "kind": "fine_tuned",
            "offer": "aws-bedrock/nova-micro",
            "input_tokens": 100,
            "output_tokens": 10,
        }
    ]
    costs = answer({"on": TODAY, "requests_per_month": 100, "arms": arms})
    assert (costs.costs[0].confidence, costs.costs[0].not_recommended, costs.cheapest) == (
        "low",
        "low_confidence",
        None,
    )


@pytest.mark.parametrize(
    ("offer", "confidence", "favoured"),
    [("aws-bedrock/nova-micro", "low", False), ("tinker/qwen3-8b", "medium", True)],
)
def test_a_price_of_low_confidence_favours_no_approach(offer: str, confidence: str, favoured: bool) -> None:
    arms = [
        {"id": "few_shot", "kind": "prompt", "model": "openai/gpt-5.4", "input_tokens": 3000, "output_tokens": 50},
        {"id": "fine_tuned", "kind": "fine_tuned", "offer": offer, "training_tokens": 10_000, "epochs": 3,
         "input_tokens": 150, "output_tokens": 50},
    ]  # fmt: skip
    cost = Cost.of(answer({"on": TODAY, "requests_per_month": 100_000, "arms": arms})).as_json()
    assert cost["arms"][1]["confidence"] == confidence
    assert cost["break_even"][0]["requests"] > 0
    advice = recommend({"purpose": "format_and_tone", "rows_available": "500"}, {"cost": cost}, TODAY)
    hosted = next(found for found in advice.assessments if found.approach == "fine_tuning_hosted")
    assert ("hosted_pays" in hosted.favoured_by) is favoured


def test_the_day_given_on_the_command_line_wins_over_the_scenarios() -> None:
    values = parse_yaml(ISSUE)
    assert answer(values, date(2026, 8, 15)).on == date(2026, 8, 15)
    with pytest.raises(Problem, match="price_not_known_on"):
        answer(values, date(2026, 1, 1))
    with pytest.raises(Problem, match="field_missing"):
        answer({key: value for key, value in values.items() if key != "on"})


def test_money_is_written_without_exponent_and_every_part_has_its_source_or_is_ones_own() -> None:
    costs = Cost.of(answer({**parse_yaml(ISSUE), "currency": "JPY", "rate": "150"})).as_json()
    for arm in costs["arms"]:
        for name in ("once", "per_request", "per_month", "total"):
            assert "E" not in arm[name].upper()
            assert Decimal(arm["in_currency"][name]) == 150 * Decimal(arm[name])
        for part in arm["parts"]:
            assert part["own"] or part["source"]["url"]
        total = sum(Decimal(part["total"]) for part in arm["parts"])
        assert total == Decimal(arm["total"])


def test_the_users_own_rate_stands_above_the_listed_one_and_is_seen() -> None:
    arm = {
        "id": "a",
        "kind": "prompt",
        "model": MINI,
        "input_tokens": 1_000_000,
        "prices": {"input_mtok": "0.10"},
    }
    cost = answer({"on": TODAY, "requests_per_month": 1, "arms": [arm]})
    assert cost.costs[0].per_request == Decimal("0.10")
    part = Cost.of(cost).as_json()["arms"][0]["parts"][0]
    assert (part["own"], part["source"], part["rate"]) == (True, None, "0.1")


def test_with_rates_of_ones_own_the_book_is_not_asked() -> None:
    rates = {"input_mtok": 1, "output_mtok": 2}
    arms = [
        {
            "id": "old",
            "kind": "prompt",
            "model": MINI,
            "input_tokens": 10,
            "output_tokens": 10,
            "prices": rates,
        },
        {
            "id": "unlisted",
            "kind": "prompt",
            "model": "acme/x",
            "input_tokens": 10,
            "output_tokens": 10,
            "prices": rates,
        },
        {
            "id": "tuned",
            "kind": "fine_tuned",
            "offer": MINI,
            "input_tokens": 10,
            "output_tokens": 10,
            "prices": rates,
        },
    ]
    costs = answer({"on": "2019-01-01", "requests_per_month": 1, "arms": arms})
    assert {cost.per_request for cost in costs.costs} == {Decimal("0.00003")}


def test_full_width_digits_and_grouped_numbers_are_understood() -> None:
    arm = {"id": "a", "kind": "prompt", "model": MINI, "input_tokens": "１,０００", "output_tokens": "50"}
    scenario = Scenario.parse({"on": TODAY, "requests_per_month": "1,234", "months": "１２", "arms": [arm]})
    assert scenario.volume.requests_per_month == 1234
    assert scenario.volume.months == 12
    assert scenario.arms[0].input_tokens == 1000


BAD = [
    ({"input_tokens": -5}, "number_out_of_range", "arms.a.input_tokens"),
    ({"input_tokens": "NaN"}, "number_expected", "arms.a.input_tokens"),
    ({"input_tokens": "inf"}, "number_expected", "arms.a.input_tokens"),
    ({"input_tokens": "1e308"}, "number_out_of_range", "arms.a.input_tokens"),
    ({"input_tokens": "1.234,5"}, "number_expected", "arms.a.input_tokens"),
    ({"input_tokens": True}, "number_expected", "arms.a.input_tokens"),
    ({"cache_hit_rate": 2}, "number_out_of_range", "arms.a.cache_hit_rate"),
    ({"cacheable_tokens": 2000}, "cacheable_exceeds_input", "arms.a.cacheable_tokens"),
    ({"batch": "perhaps"}, "yes_or_no_expected", "arms.a.batch"),
    ({"kind": "magic"}, "not_a_choice", "arms.a.kind"),
    ({"kind": ["prompt"]}, "not_a_choice", "arms.a.kind"),
    ({"tokens": 5}, "unknown_field", "arms.a.tokens"),
    ({"prices": {"input": 5}}, "unknown_field", "arms.a.prices.input"),
    ({"prices": {"input_mtok": -1}}, "number_out_of_range", "arms.a.prices.input_mtok"),
    ({"model": None}, "field_missing", "arms.a.model"),
    ({"model": 5}, "text_expected", "arms.a.model"),
    ({"id": ""}, "field_missing", "arms[0].id"),
]


@pytest.mark.parametrize(("change", "problem", "field"), BAD)
def test_a_wrong_field_of_an_arm_is_named(change: dict[str, Any], problem: str, field: str) -> None:
    arm = {"id": "a", "kind": "prompt", "model": MINI, "input_tokens": 1000, "output_tokens": 10, **change}
    with pytest.raises(Problem) as raised:
        Scenario.parse({"on": TODAY, "requests_per_month": 10, "arms": [arm]})
    assert (raised.value.id, raised.value.fields["field"]) == (problem, field)
    for language in ("ja", "en"):
        sentence = in_words(raised.value, language)
        assert field in sentence
        assert "\n" not in sentence


ARM = {"id": "a", "kind": "prompt", "model": MINI, "input_tokens": 10, "output_tokens": 10}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"requests_per_month": None}, "field_missing"),
        ({"requests_per_month": "many"}, "number_expected"),
        ({"months": 2.5}, "number_not_whole"),
        ({"months": 1000}, "number_out_of_range"),
        ({"months": 0}, "number_out_of_range"),
        ({"currency": "<b>"}, "currency_expected"),
        ({"ranges": {"requests_per_month": [5]}}, "range_expected"),
        ({"ranges": {"arms": {"z": {}}}}, "unknown_field"),
        ({"growth_per_month": -2}, "number_out_of_range"),
        ({"rate": 0}, "number_must_be_positive"),
        ({"customer": "friend"}, "not_a_choice"),
        ({"on": "yesterday"}, "day_expected"),
        ({"arms": []}, "list_expected"),
        ({"arms": "a"}, "list_expected"),
        ({"arms": [5]}, "mapping_expected"),
        ({"arms": [ARM, ARM]}, "arm_id_twice"),
        ({"arms": [{**ARM, "id": str(n)} for n in range(51)]}, "too_many_arms"),
        ({"compare": [["a", "b"]]}, "unknown_arm"),
        ({"compare": [["a"]]}, "pair_expected"),
        ({"compare": ["aa"]}, "pair_expected"),
        ({"colour": "red"}, "unknown_field"),
        ({"arms": [ARM, {"id": "c", "kind": "cascade", "first": "a", "rest": "z", "share_answered": 1}]}, "unknown_arm"),
        ({"arms": [ARM, {"id": "c", "kind": "cascade", "first": "a", "rest": "c", "share_answered": 1}]}, "cascade_of_cascade"),
        ({"arms": [ARM, {"id": "c", "kind": "cascade", "first": "a", "rest": "a", "share_answered": 2}]}, "number_out_of_range"),
        ({"arms": [{"id": "s", "kind": "small_model", "cpu_hour": 1, "requests_per_second": 0}]}, "number_must_be_positive"),
        ({"arms": [{"id": "s", "kind": "self_hosted"}]}, "field_missing"),
        ({"arms": [{"id": "f", "kind": "fine_tuned"}]}, "field_missing"),
    ],
)  # fmt: skip
def test_a_wrong_scenario_is_one_clear_problem(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(Problem) as raised:
        Scenario.parse({"on": TODAY, "requests_per_month": 10, "arms": [ARM], **change})
    assert raised.value.id == problem
    assert in_words(raised.value, "ja")
    assert in_words(raised.value, "en")


@pytest.mark.parametrize(
    ("arm", "problem"),
    [
        ({"kind": "fine_tuned", "offer": "openai/gpt-4o-mini", "input_tokens": 1}, "unknown_offer"),
        ({"kind": "prompt", "model": "openai/gpt-17", "input_tokens": 1}, "unknown_model"),
        ({"kind": "self_hosted", "gpu_offer": "moon/h100"}, "unknown_gpu_offer"),
        (
            {"kind": "fine_tuned", "offer": "google-vertex/gemini-3.5-flash", "training_tokens": 5},
            "rate_unknown",
        ),
        ({"kind": "fine_tuned", "offer": "cohere/fine-tuning", "training_tokens": 5}, "price_never_seen"),
        ({"kind": "fine_tuned", "offer": "azure/o4-mini", "training_tokens": 5}, "training_hours_needed"),
        ({"kind": "fine_tuned", "offer": "custom", "training_tokens": 5}, "rate_unknown"),
        ({"kind": "rag", "model": MINI, "index_tokens": 5}, "field_missing"),
        ({"kind": "prompt", "model": "deepseek/deepseek-chat", "batch": True}, "no_batch_price"),
    ],
)
def test_what_the_book_does_not_know_is_said_and_never_guessed(arm: dict[str, Any], problem: str) -> None:
    with pytest.raises(Problem) as raised:
        answer({"on": TODAY, "requests_per_month": 10, "arms": [{"id": "a", **arm}]})
    assert raised.value.id == problem
    for language in ("ja", "en"):
        sentence = in_words(raised.value, language)
        assert "{" not in sentence
        assert "arms.a." in sentence or "「a」" in sentence or "“a”" in sentence


def test_a_provider_that_the_book_does_not_have_is_a_matter_of_the_model_not_of_the_arms_name() -> None:
    with pytest.raises(Problem) as raised:
        answer({"on": TODAY, "requests_per_month": 10, "arms": [{**ARM, "model": "Nobody/gpt-4o"}]})
    assert (raised.value.id, raised.value.fields["field"]) == ("unknown_provider", "arms.a.model")


def test_a_day_before_the_first_price_names_the_arm_and_the_day_that_would_do() -> None:
    with pytest.raises(Problem) as raised:
        answer(parse_yaml(ISSUE), date(2023, 1, 1))
    sentence = in_words(raised.value, "en")
    assert sentence.startswith("“arms.few_shot.model”: The price of")
    assert "Choose 2024-07-18 or later" in sentence


EVERY_KIND = """
on: 2026-11-22
months: 24
requests_per_month: 1234.5
growth_per_month: "-0.05"
customer: existing
currency: JPY
rate: 150.5
arms:
  - {id: few_shot, kind: prompt, model: openai/gpt-4o-mini, input_tokens: 900, cacheable_tokens: 800, cache_hit_rate: 0.5, output_tokens: 50, reasoning_tokens: 10, batch: true}
  - {id: rag, kind: rag, model: openai/gpt-4o-mini, input_tokens: 100, retrieved_tokens: 900, query_tokens: 20, embedding_model: openai/text-embedding-3-small, index_tokens: 1000000, store_month: 5}
  - {id: tuned, kind: fine_tuned, offer: custom, training_tokens: 10719, epochs: 3, validation_tokens: 50, evaluations: 2, packing: false, rows: 100, max_length: 512, retrain_every_months: 6, prices: {train_mtok: 3, input_mtok: 0.3, output_mtok: 1.2, minimum_charge: 4}}
  - {id: trained, kind: fine_tuned, offer: openai/gpt-4o-mini-2024-07-18, training_tokens: 0, labour_hours_once: 5, labour_hours_month: 1, labour_rate: 60}
  - {id: own, kind: self_hosted, gpu_offer: runpod/h100-sxm, gpus: 2, hours_per_month: 160, training_hours: 2, retrain_every_months: 3}
  - {id: small, kind: small_model, cpu_hour: 0.05, requests_per_second: 20, hours_per_month: 730}
  - {id: both, kind: cascade, first: small, rest: few_shot, share_answered: 0.7}
compare: [[few_shot, tuned], [own, both]]
"""


@pytest.mark.parametrize("text", [ISSUE, EVERY_KIND], ids=["issue", "every_kind"])
def test_an_answer_keeps_its_scenario_so_that_it_can_be_asked_again(text: str) -> None:
    asked = Scenario.parse(parse_yaml(text))
    kept = json.loads(json.dumps(Cost.of(compare_costs(asked, BOOK)).as_json()))["scenario"]
    assert Scenario.parse(kept) == asked


@pytest.mark.parametrize("case", REPLAYED, ids=lambda case: case["what"])
def test_every_published_case_can_be_asked_again(case: dict[str, Any]) -> None:
    asked = Scenario.parse(
        {"on": case["on"], "requests_per_month": case.get("requests_per_month", 1), "arms": case["arms"]}
    )
    assert Scenario.parse(asked.as_json()) == asked
