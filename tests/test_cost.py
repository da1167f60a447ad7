"""Costs: what each kind of arm is billed for, and properties that no bill may break."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.arms import Volume
from pricing.book import price_book
from pricing.break_even import break_even, total_after, total_at
from pricing.cost import Cost, month_later, months_until
from pricing.scenario import Scenario, compare_costs
from pricing.tariff import hit_rate

BOOK = price_book()
TODAY = date(2026, 11, 22)
MINI = "openai/gpt-4o-mini-2024-07-18"
RATES = {"input_mtok": 1, "cached_input_mtok": "0.5", "output_mtok": 2, "train_mtok": 8}


def costs(*arms: dict[str, Any], on: date = TODAY, **top: Any) -> tuple[Cost, ...]:
    values = {"on": on, "requests_per_month": 1000, "arms": list(arms), **top}
    return compare_costs(Scenario.parse(values), BOOK).costs


def cost(arm: dict[str, Any], **top: Any) -> Cost:
    return costs({"id": "a", **arm}, **top)[0]


def notes(cost: Cost) -> set[str]:
    return {note.id for note in cost.notes}


def amounts(cost: Cost, per: str) -> dict[str, Decimal]:
    return {part.id: part.amount for part in cost.parts if part.per == per}


def test_cached_tokens_are_floored_to_whole_steps_and_none_under_the_minimum() -> None:
    arm = {"kind": "prompt", "input_tokens": 2200, "cache_hit_rate": 1, "prices": RATES}
    assert cost({**arm, "cacheable_tokens": 2000}).per_request == Decimal("0.00124")
    short = cost({**arm, "cacheable_tokens": 1023})
    assert short.per_request == Decimal("0.0022")
    assert "prefix_too_short" in notes(short)


def test_a_model_without_a_cached_price_reads_nothing_from_the_cache() -> None:
    rates = {"input_mtok": 1, "output_mtok": 2}
    arm = {
        "kind": "prompt",
        "input_tokens": 2200,
        "cacheable_tokens": 2000,
        "cache_hit_rate": 1,
        "prices": rates,
    }
    assert cost(arm).per_request == Decimal("0.0022")
    assert "no_cached_price" in notes(cost(arm))


def test_a_missed_prefix_is_written_at_its_surcharge_and_that_can_cost_more_than_no_cache() -> None:
    arm = {"kind": "prompt", "model": "anthropic/claude-sonnet-5-5", "input_tokens": 2000, "output_tokens": 1}
    never = cost({**arm, "cacheable_tokens": 2000, "cache_hit_rate": 0})
    assert amounts(never, "request")["cache_write"] == Decimal("0.005")
    assert never.per_request > cost(arm).per_request
    assert "caching_costs_more" in notes(never)


def test_the_hit_rate_follows_from_the_volume_unless_given() -> None:
    assert hit_rate(Decimal(0), 300) == 0
    assert hit_rate(Decimal(10_000), 300) == Decimal("0.680677")
    assert hit_rate(Decimal(10) ** 12, 300) == 1
    arm = {
        "kind": "prompt",
        "model": MINI,
        "input_tokens": 2000,
        "cacheable_tokens": 2000,
        "output_tokens": 1,
    }
    assert "hit_rate_from_volume" in notes(cost(arm))
    assert cost(arm, requests_per_month=100).per_request > cost(arm, requests_per_month=100_000).per_request


def test_the_hit_rate_follows_the_growth_of_requests_unless_given() -> None:
    arm = {
        "kind": "prompt",
        "model": MINI,
        "input_tokens": 2000,
        "cacheable_tokens": 2000,
        "output_tokens": 1,
    }
    grown = cost(arm, growth_per_month="0.5", on=date(2026, 1, 1))
    months = [grown.per_request_in(month) for month in range(grown.months_served)]
    assert months == sorted(months, reverse=True)
    later = cost(arm, requests_per_month=1500, on=date(2026, 1, 1))
    assert grown.per_request_in(1) == later.per_request
    assert grown.total == sum(grown.month(month) for month in range(12))
    assert "hit_rate_follows_volume" in notes(grown)
    given = cost({**arm, "cache_hit_rate": "0.5"}, growth_per_month="0.5")
    assert given.per_request_in(0) == given.per_request_in(given.months_served - 1)


def test_reasoning_tokens_are_billed_as_output() -> None:
    arm = {"kind": "prompt", "input_tokens": 10, "output_tokens": 10, "reasoning_tokens": 40, "prices": RATES}
    assert cost(arm).per_request == Decimal("0.00011")


def test_a_batch_halves_the_price_of_a_request() -> None:
    arm = {"kind": "prompt", "model": MINI, "input_tokens": 1000, "output_tokens": 100}
    assert cost({**arm, "batch": True}).per_request * 2 == cost(arm).per_request


def test_retrieval_adds_passages_an_index_and_a_store() -> None:
    arm = {
        "kind": "rag", "model": MINI, "input_tokens": 200, "retrieved_tokens": 800, "output_tokens": 100,
        "embedding_model": "openai/text-embedding-3-small", "index_tokens": 1_000_000, "store_month": 25,
    }  # fmt: skip
    bill = cost(arm)
    assert bill.per_request == Decimal("0.00021")
    assert (bill.once, bill.month_fee) == (Decimal("0.02"), 25)
    assert "query_embedding_not_counted" in notes(bill)
    assert cost({**arm, "query_tokens": 50}).per_request == Decimal("0.000211")


def test_validation_is_billed_as_the_offer_bills_it() -> None:
    job = {
        "kind": "fine_tuned",
        "training_tokens": 1_000_000,
        "epochs": 2,
        "validation_tokens": 100_000,
        "evaluations": 3,
    }
    assert cost({**job, "offer": MINI}).once == 6
    assert "validation_free" in notes(cost({**job, "offer": MINI}))
    assert cost({**job, "offer": "together/lora-up-to-16b"}).once == Decimal("1.104")
    assert cost({**job, "offer": "ori/lora-up-to-10b", "prices": {"hosting_hour": 2}}).once == Decimal(
        "0.966"
    )
    assert cost({**job, "offer": "custom", "prices": RATES}).once == Decimal("18.4")
    assert "validation_unknown" in notes(cost({**job, "offer": "azure/gpt-4.1-mini"}))


def test_without_packing_every_row_is_billed_at_full_length() -> None:
    job = {"kind": "fine_tuned", "offer": "together/lora-up-to-16b", "epochs": 1, "packing": False}
    assert cost({**job, "rows": 1000, "max_length": 4096}).once == Decimal("4.096") * Decimal("0.48")


def test_training_by_the_hour_is_rounded_to_hundredths_and_a_cap_is_mentioned() -> None:
    job = {"kind": "fine_tuned", "offer": "azure/o4-mini", "input_tokens": 1, "output_tokens": 1}
    assert cost({**job, "training_hours": "1.236"}).once == Decimal("124")
    assert "job_cap" in notes(cost({**job, "training_hours": 51}))


def test_without_training_tokens_the_model_is_trained_already() -> None:
    bill = cost({"kind": "fine_tuned", "offer": MINI, "input_tokens": 100, "output_tokens": 10})
    assert bill.once == 0
    assert "already_trained" in notes(bill)


def test_a_dedicated_machine_bills_hours_and_no_tokens() -> None:
    bill = cost(
        {"kind": "fine_tuned", "offer": "fireworks/lora-up-to-16b", "input_tokens": 100, "output_tokens": 10}
    )
    assert (bill.per_request, bill.month_fee) == (0, 5840)


def test_epochs_nobody_gave_are_the_offers_own_or_three_and_said_to_be_assumed() -> None:
    job = {"kind": "fine_tuned", "training_tokens": 1_000_000, "input_tokens": 1, "output_tokens": 1}
    assert cost({**job, "offer": "aws-bedrock/nova-2-lite"}).once == Decimal("7.56")
    assert cost({**job, "offer": MINI}).once == 9
    assert "epochs_assumed" in notes(cost({**job, "offer": MINI}))


def test_retraining_falls_due_every_n_months_and_stops_when_training_does() -> None:
    job = {"kind": "fine_tuned", "offer": "custom", "training_tokens": 1_000_000, "epochs": 1, "retrain_every_months": 3,
           "input_tokens": 0, "output_tokens": 0, "prices": RATES}  # fmt: skip
    bill = cost(job, months=12, requests_per_month=0)
    assert (bill.retrainings, bill.total) == (3, 32)
    assert [month for month in range(12) if bill.month(month)] == [0, 3, 6, 9]
    azure = {**job, "offer": "azure/gpt-4.1", "prices": {}}
    existing = cost(azure, months=12, customer="existing")
    assert (existing.months_served, existing.retrainings) == (10, 1)
    assert "retraining_ends" in notes(existing)


def test_own_gpus_are_paid_by_the_hour_whatever_the_volume() -> None:
    arm = {
        "kind": "self_hosted",
        "gpu_offer": "runpod/h100-sxm",
        "gpus": 2,
        "training_hours": 3,
        "input_tokens": 250,
    }
    bill = cost(arm)
    assert (bill.once, bill.month_fee, bill.per_request) == (Decimal("16.14"), Decimal("3927.40"), 0)
    assert cost({"kind": "self_hosted", "gpus": 1, "prices": {"gpu_hour": 1}}).month_fee == 730


def test_a_small_model_is_billed_for_its_time_or_for_being_always_on() -> None:
    arm = {"kind": "small_model", "cpu_hour": "0.36", "requests_per_second": 100}
    assert cost(arm).per_request == Decimal("0.000001")
    assert cost({**arm, "hours_per_month": 730}).month_fee == Decimal("262.8")


def test_a_cascade_pays_the_first_for_all_and_the_rest_for_what_is_left() -> None:
    first = {
        "id": "small",
        "kind": "small_model",
        "cpu_hour": "0.36",
        "requests_per_second": 100,
        "labour_hours_once": 2,
        "labour_rate": 50,
    }
    rest = {"id": "llm", "kind": "prompt", "model": MINI, "input_tokens": 1000, "output_tokens": 100}
    both = {"id": "both", "kind": "cascade", "first": "small", "rest": "llm", "share_answered": "0.8"}
    small, llm, cascade = costs(first, rest, both)
    assert cascade.per_request == small.per_request + llm.per_request / 5
    assert cascade.once == small.once == 100
    assert {part.of for part in cascade.parts} == {"small", "llm"}
    assert cascade.months_served == llm.months_served


def test_labour_is_counted_when_the_user_gives_a_rate() -> None:
    arm = {
        "kind": "prompt",
        "input_tokens": 0,
        "prices": RATES,
        "labour_hours_once": 8,
        "labour_hours_month": 2,
        "labour_rate": 40,
    }
    bill = cost(arm)
    assert (bill.once, bill.month_fee) == (320, 80)


def test_growth_raises_the_volume_month_by_month() -> None:
    volume = Volume(Decimal(1000), 12, Decimal("0.1"))
    assert volume.requests_until(3) == 3310
    arm = {"kind": "prompt", "input_tokens": 1000, "prices": RATES}
    bill = cost(arm, months=3, growth_per_month="0.1")
    assert (bill.per_month, bill.total) == (1, Decimal("3.31"))


def test_an_arm_is_cut_at_the_end_of_its_service() -> None:
    bill = cost({"kind": "fine_tuned", "offer": MINI, "input_tokens": 100, "output_tokens": 10}, months=12)
    assert (bill.months_served, bill.ends) == (1, date(2027, 1, 14))
    assert "service_ends" in notes(bill)
    assert bill.month(0) > 0
    assert bill.month(1) == 0


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 11, 22), date(2027, 1, 14), 1),
        (date(2026, 12, 14), date(2027, 1, 14), 1),
        (date(2026, 12, 15), date(2027, 1, 14), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2027, 2, 1), date(2027, 1, 14), 0),
    ],
)
def test_only_whole_months_of_service_count(start: date, end: date, months: int) -> None:
    assert months_until(start, end) == months


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 200))
def test_whole_months_until_a_day_months_later_are_those_months(start: date, months: int) -> None:
    assert months_until(start, month_later(start, months)) == months


def test_no_requests_never_break_even() -> None:
    job = {
        "id": "t",
        "kind": "fine_tuned",
        "offer": "custom",
        "training_tokens": 1000,
        "epochs": 1,
        "input_tokens": 10,
        "prices": RATES,
    }
    prompt = {"id": "p", "kind": "prompt", "input_tokens": 1000, "prices": RATES}
    a, b = costs(prompt, job, requests_per_month=0)
    assert (break_even(a, b).requests, break_even(a, b).reason) == (None, "after_horizon")


def test_a_break_even_beyond_the_horizon_or_the_service_says_so() -> None:
    prompt = {"id": "p", "kind": "prompt", "input_tokens": 1000, "prices": RATES}
    job = {
        "id": "t",
        "kind": "fine_tuned",
        "offer": "custom",
        "training_tokens": 10_000_000,
        "epochs": 1,
        "input_tokens": 10,
        "prices": RATES,
    }
    a, b = costs(prompt, job, months=12, requests_per_month=100)
    assert break_even(a, b).reason == "after_horizon"
    closing = {**job, "offer": MINI, "prices": RATES}
    a, b = costs(prompt, closing, months=12, requests_per_month=100)
    assert (break_even(a, b).reason, break_even(a, b).over_months) == ("service_ends", 1)


def test_growth_can_make_hosting_pay_in_a_later_month() -> None:
    prompt = {"id": "p", "kind": "prompt", "input_tokens": 1_000_000, "prices": RATES}
    gpu = {"id": "g", "kind": "self_hosted", "hours_per_month": 100, "prices": {"gpu_hour": 1}}
    a, b = costs(prompt, gpu, months=24, requests_per_month=10, growth_per_month="0.5")
    pair = break_even(a, b)
    assert pair.requests is not None
    assert pair.requests_per_month_needed == 100
    assert pair.months is not None
    assert pair.months > 6


def test_the_volume_that_covers_a_fee_counts_on_a_cache_kept_warm_by_that_volume() -> None:
    prompt = {
        "id": "p",
        "kind": "prompt",
        "model": "openai/gpt-5-mini",
        "input_tokens": 3000,
        "cacheable_tokens": 2500,
    }
    gpu = {"id": "g", "kind": "self_hosted", "prices": {"gpu_hour": "1.7"}}
    values = {"on": TODAY, "requests_per_month": 10_000, "arms": [prompt, gpu]}
    needed = compare_costs(Scenario.parse(values), BOOK).break_even[0].requests_per_month_needed
    assert needed is not None

    def fee_is_covered(requests: int) -> bool:
        one, other = costs(prompt, gpu, requests_per_month=requests)
        return other.per_month <= one.per_month

    assert fee_is_covered(needed)
    assert not fee_is_covered(needed - 1)


amount = st.decimals(0, 50, places=2)
tokens = st.integers(0, 5000)


@st.composite
def bills(draw: st.DrawFn) -> tuple[Cost, Cost]:
    def rates() -> dict[str, Decimal]:
        return {
            name: draw(amount) for name in ("input_mtok", "cached_input_mtok", "output_mtok", "train_mtok")
        }

    prompt = {
        "id": "a", "kind": "prompt", "input_tokens": draw(st.integers(1024, 6000)), "cacheable_tokens": draw(st.integers(0, 1024)),
        "output_tokens": draw(tokens), "prices": rates(),
    }  # fmt: skip
    tuned = {
        "id": "b", "kind": "fine_tuned", "offer": "custom", "training_tokens": draw(st.integers(0, 10**7)), "epochs": draw(st.integers(1, 5)),
        "input_tokens": draw(tokens), "output_tokens": draw(tokens),
        "prices": {**rates(), "hosting_hour": draw(st.sampled_from(["0", "0.01", "1.70"]))},
        "retrain_every_months": draw(st.sampled_from([None, 1, 5])),
    }  # fmt: skip
    top = {
        "requests_per_month": draw(st.integers(0, 100_000)),
        "months": draw(st.integers(1, 24)),
        "growth_per_month": draw(st.sampled_from(["0", "0.1", "-0.5"])),
    }
    a, b = costs(prompt, tuned, **top)
    return a, b


@settings(deadline=None, max_examples=150)
@given(bills())
def test_no_cost_is_negative_and_the_parts_are_the_whole(pair: tuple[Cost, Cost]) -> None:
    for bill in pair:
        assert min(bill.once, bill.per_request, bill.month_fee, bill.total) >= 0
        due = sum((bill.month(month) for month in range(bill.months_served)), Decimal(0))
        assert abs(due - bill.total) < Decimal("1e-15") or bill.months_served == 0


@settings(deadline=None, max_examples=200)
@given(bills())
def test_at_the_break_even_b_costs_no_more_and_one_request_earlier_it_still_did(
    pair: tuple[Cost, Cost],
) -> None:
    a, b = pair
    found = break_even(a, b)
    if found.requests is None:
        assert found.reason in (
            "dearer_per_request",
            "hosting_exceeds_saving",
            "after_horizon",
            "service_ends",
        )
        return
    tolerance = Decimal("1e-15")
    assert total_at(b, found.requests) <= total_at(a, found.requests) + tolerance
    if found.requests > 1:
        assert total_at(b, found.requests - 1) > total_at(a, found.requests - 1) - tolerance


@settings(deadline=None, max_examples=100)
@given(bills())
def test_what_falls_due_by_the_month_is_what_has_been_paid_at_its_last_request(
    pair: tuple[Cost, Cost],
) -> None:
    for bill in pair:
        if bill.months_served and bill.volume.requests_in(bill.months_served - 1):
            requests = bill.volume.requests_until(bill.months_served)
            assert abs(total_at(bill, requests) - total_after(bill, bill.months_served)) < Decimal("1e-12")


@settings(deadline=None, max_examples=60)
@given(tokens, tokens, st.integers(0, 1000), st.integers(0, 1000))
def test_more_tokens_and_more_requests_never_cost_less(
    given_in: int, given_out: int, more: int, requests: int
) -> None:
    arm = {"id": "a", "kind": "prompt", "model": MINI, "input_tokens": given_in, "output_tokens": given_out}
    longer = {**arm, "id": "b", "input_tokens": given_in + more, "output_tokens": given_out + more}
    less, same = costs(arm, longer, requests_per_month=requests)
    busier = costs(arm, requests_per_month=requests + more)[0]
    assert less.per_request <= same.per_request
    assert less.total <= busier.total
