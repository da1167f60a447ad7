"""Numbers, money, dates and problems read as the reader writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from advisor import language
from pricing import Problem


@pytest.mark.parametrize(
    ("amount", "currency", "ja", "en"),
    [
        ("0.085752", "USD", "$0.0858", "$0.0858"),
        ("0.2573", "USD", "$0.257", "$0.257"),
        ("0.000000075", "USD", "$0.000000075", "$0.000000075"),
        ("0.05", "USD", "$0.05", "$0.05"),
        ("0.6", "USD", "$0.60", "$0.60"),
        ("0.05", "JPY", "¥0.05", "¥0.05"),
        ("1422", "USD", "$1,422.00", "$1,422.00"),
        ("-3.5", "USD", "-$3.50", "-$3.50"),
        ("0", "USD", "$0.00", "$0.00"),
        ("15400.4", "JPY", "¥15,400", "¥15,400"),
    ],
)
def test_money_never_vanishes_into_zero(amount: str, currency: str, ja: str, en: str) -> None:
    assert language.money(Decimal(amount), "ja", currency) == ja
    assert language.money(Decimal(amount), "en", currency) == en


def test_a_problem_is_said_with_the_readers_numbers_days_and_lists() -> None:
    error = Problem("plan_unknown_key", key="colour", known=["answers", "inputs"])
    assert language.problem(error, "ja").endswith("使えるのは answers、inputs です。")
    assert language.problem(error, "en").endswith("Known keys: answers, inputs.")


def test_an_error_that_is_not_ours_tells_no_inner_detail() -> None:
    said = language.problem(RuntimeError("token hf_secret at /home/me"), "en")
    assert "hf_secret" not in said
    assert "RuntimeError" in said


def test_the_language_follows_the_locale() -> None:
    assert [
        language.language_of(locale) for locale in ("ja", "ja-JP", "ja_JP.UTF-8", "en-GB", "fr", None)
    ] == [
        "ja",
        "ja",
        "ja",
        "en",
        "en",
        "en",
    ]


def test_days_and_spans_read_naturally() -> None:
    assert (language.day(date(2026, 11, 2), "ja"), language.day(date(2026, 11, 2), "en")) == (
        "2026年11月2日",
        "2 Nov 2026",
    )
    assert (language.duration(42, "ja"), language.duration(0.4, "en")) == ("42秒", "0.4 s")
