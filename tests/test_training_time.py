"""Hours and money of a training run: the work, what cards reach of their peak, and the listed rates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.memory import METHODS, Method, Setup
from advisor.memory.cards import card, cards
from advisor.memory.training_time import Hours, rental_cost, training_flops, training_hours
from advisor.models.shapes import shape
from pricing.book import price_book
from tests.published_runs import LLAMA, MEASURED, SHAPES, setup_of

ON = date(2026, 11, 22)


def test_work_follows_six_p_for_full_and_four_p_for_adapters() -> None:
    short = Setup(method="full", seq=1, checkpointing=False)
    tokens = 1000
    p = LLAMA.total_parameters
    assert training_flops(LLAMA, short, tokens) == pytest.approx(6 * p * tokens, rel=0.001)
    assert training_flops(LLAMA, replace(short, method="lora"), tokens) == pytest.approx(
        4 * p * tokens, rel=0.001
    )
    again = training_flops(LLAMA, replace(short, method="lora", checkpointing=True), tokens)
    assert again == pytest.approx(6 * p * tokens, rel=0.001)


def test_hours_are_work_over_what_the_card_reaches() -> None:
    setup = Setup(method="lora", seq=512)
    hours = training_hours(LLAMA, setup, card("a100-80"), tokens=1_000_000, epochs=2)
    assert hours
    work = training_flops(LLAMA, setup, 2_000_000)
    assert hours.typical * 3600 == pytest.approx(work / (312e12 * 0.45))
    assert (hours.low, hours.high) == pytest.approx((hours.typical * 45 / 55, hours.typical * 45 / 30))


@given(
    method=st.sampled_from(METHODS),
    on=st.sampled_from(sorted(cards())),
    tokens=st.integers(0, 10**12),
    seq=st.integers(1, 32_768),
)
def test_no_time_or_rent_is_negative_and_both_grow_with_the_data(
    method: Method, on: str, tokens: int, seq: int
) -> None:
    setup = Setup(method=method, seq=seq)
    hours = training_hours(LLAMA, setup, card(on), tokens)
    more = training_hours(LLAMA, setup, card(on), 2 * tokens + 1)
    if hours is None or more is None:
        assert method == "inference" or card(on).tflops is None
        return
    assert 0 <= hours.low <= hours.typical <= hours.high < more.high
    rent = rental_cost(hours, card(on), price_book().gpus, ON)
    assert rent is None or 0 <= rent.low <= rent.typical <= rent.high


def test_published_speeds_lie_within_the_range() -> None:
    """Nine runs of PEFT on an L40S, whose memory is slow for its speed."""
    timed = [row for row in MEASURED if row["tokens_per_s"]]
    assert len(timed) == 9
    for row in timed:
        hours = training_hours(shape(SHAPES[row["model"]]), setup_of(row), card("l40s"), tokens=10**6)
        assert hours
        assert hours.low <= 10**6 / float(row["tokens_per_s"]) / 3600 <= hours.high, row["source"]


def test_only_the_slow_end_follows_the_memory_of_a_card() -> None:
    hours = training_hours(LLAMA, Setup(), card("l40s"), tokens=10**6)
    assert hours
    assert hours.typical == pytest.approx(hours.low * 55 / 45)
    assert hours.high == pytest.approx(hours.low * (55 / 30) * (2039 / 312) / (864 / 362))


def test_4_bit_weights_and_column_norms_take_longer() -> None:
    typical = {}
    for method in METHODS[1:5]:
        hours = training_hours(LLAMA, Setup(method=method), card("h100"), tokens=10**6)
        assert hours
        typical[method] = hours.typical
    assert typical["lora"] == typical["lora+"] < typical["qlora"]
    assert typical["lora"] < typical["dora"]


def test_a_card_of_unknown_speed_has_no_hours() -> None:
    assert training_hours(LLAMA, Setup(), card("m4max-128"), tokens=10**6) is None


def test_cost_is_hours_times_the_listed_rates() -> None:
    hours = Hours(low=1.0, typical=2.0, high=4.0)
    offers = price_book().gpus
    rates = sorted(
        rate for offer in offers if offer.gpu == "L4" and (rate := offer.price_on(ON).gpu_hour) is not None
    )
    cost = rental_cost(hours, card("l4"), offers, ON)
    assert cost
    assert (cost.low, cost.high) == (rates[0] * 1, rates[-1] * 4)
    assert rental_cost(hours, card("m4max-64"), offers, ON) is None
