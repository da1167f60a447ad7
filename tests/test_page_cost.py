"""The Cost page: both languages, both presets, arms added and removed, every view, bad input in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import phrase
from advisor.plan import new_plan

ROOT = Path(__file__).parent.parent
SECONDS = 60


def opened(locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    app.switch_page("advisor/pages/cost.py")
    return app.run()


def today(locale: str = "ja-JP") -> AppTest:
    return choose(opened(locale), say("preset.label", locale[:2]), "today")


def widget(app: AppTest, kind: str, label: str, place: int = 0) -> Any:
    return [element for element in getattr(app, kind) if element.label == label][place]


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"cost.{key}", language, **values)  # type: ignore[arg-type]


def choose(app: AppTest, label: str, value: str) -> AppTest:
    widget(app, "segmented_control", label).set_value(value).run()
    return app


def shown(app: AppTest) -> str:
    return "\n".join(
        element.value
        for kind in ("markdown", "success", "warning", "error", "caption")
        for element in getattr(app, kind)
    )


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_the_page_opens_with_a_comparison_in_either_language(locale: str, language: str) -> None:
    app = opened(locale)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == say("title", language)
    arms = "".join(app.dataframe[0].value.iloc[:, 0])
    assert say("kind.fine_tuned", language) in arms


def test_the_classic_preset_shows_its_break_even_and_today_refuses_it() -> None:
    app = choose(opened("en-US"), say("preset.label", "en"), "classic")
    assert "costs less than" in shown(app)
    assert "$0.257" in app.dataframe[0].value.to_string()
    widget(app, "date_input", say("form.on", "en")).set_value("2026-11-22").run()
    assert "the service has ended" in shown(app)
    assert "23 Oct 2026" in shown(app)
    assert say("result.no_cheapest", "en") in shown(app)


def test_a_saving_of_cents_is_said_not_to_be_worth_the_training() -> None:
    app = today("en-US")
    (headline,) = [element.value for element in app.info if "Cheapest available" in element.value]
    assert not app.success
    assert "in 12 months against" in headline
    assert "under \\$50 a month" in headline
    app = widget(app, "text_input", say("form.requests_per_month", "en")).set_value("100000000").run()
    assert [element.value for element in app.success if "Cheapest available" in element.value]


def test_todays_prices_name_what_is_closed_and_since_when() -> None:
    text = shown(today())
    assert say("closed.closed_to_new") in text
    assert "2026年5月7日" in text


@pytest.mark.parametrize("opened_on", [opened, today])
def test_every_view_draws_on_either_day(opened_on: Callable[[], AppTest]) -> None:
    app = opened_on()
    for name in ("break_even", "months", "band", "grid", "bill"):
        choose(app, say("view.label"), name)
        assert not app.exception, name
        assert not app.error, name


def test_the_bill_shows_the_source_and_day_of_every_line() -> None:
    app = choose(opened("en-US"), say("view.label", "en"), "bill")
    bill = app.dataframe[1].value
    listed = bill[bill[say("table.kind", "en")] != say("table.yours", "en")]
    assert listed[say("table.source", "en")].str.startswith("https://").all()
    assert (listed[say("table.checked", "en")] != "").all()


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_every_row_opens_to_its_lines_and_sources(locale: str, language: str) -> None:
    app = today(locale)
    rows = app.dataframe[0].value
    for place, total in enumerate(rows[say("table.total", language)]):
        app.session_state["cost_table"] = {"selection": {"rows": [place], "columns": [], "cells": []}}
        app.run()
        assert not app.exception
        lines = app.dataframe[1].value
        assert lines[say("table.rate", language)].str.contains(r"\$").all()
        assert lines[say("table.source", language)].str.startswith("https://").all()
        assert total


def test_arms_are_added_and_removed() -> None:
    app = opened()
    before = len(app.dataframe[0].value)
    app.selectbox(key="cost_new_kind").set_value("rag").run()
    app.button(key="cost_add").click().run()
    assert len(app.dataframe[0].value) == before + 1
    assert not app.error
    app.button(key="cost_remove_rag").click().run()
    assert len(app.dataframe[0].value) == before


def test_the_result_becomes_evidence_of_the_plan_and_what_was_typed_stays() -> None:
    app = opened("en-US")
    widget(app, "text_input", say("form.requests_per_month", "en")).set_value("２０,０００").run()
    assert not app.error
    plan = app.session_state["open_plan"].plan
    assert plan.evidence["cost"].as_json()["requests_per_month"] == "20000"
    assert plan.evidence["cost"].as_json()["break_even"]
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/cost.py").run()
    assert widget(app, "text_input", say("form.requests_per_month", "en")).value == "２０,０００"


def test_a_number_that_cannot_be_read_is_one_sentence_and_the_page_lives_on() -> None:
    app = opened()
    widget(app, "text_input", say("form.requests_per_month")).set_value("たくさん").run()
    assert not app.exception
    assert len(app.error) == 1
    assert say("form.requests_per_month") in app.error[0].value
    assert widget(app, "text_input", say("form.requests_per_month")).value == "たくさん"
    widget(app, "text_input", say("form.requests_per_month")).set_value("500").run()
    assert not app.error


def test_a_day_before_the_first_price_says_which_day_would_do() -> None:
    app = today("en-US")
    widget(app, "date_input", say("form.on", "en")).set_value("2025-01-01").run()
    assert all("first day we can vouch for" in error.value for error in app.error)
    assert not app.exception


def test_an_arm_without_a_price_on_that_day_is_left_out_and_the_others_stay() -> None:
    app = today("en-US")
    before = len(app.dataframe[0].value)
    widget(app, "date_input", say("form.on", "en")).set_value("2026-10-01").run()
    assert 0 < len(app.dataframe[0].value) < before
    assert app.error


def test_ones_own_rate_and_currency_are_shown() -> None:
    app = today("en-US")
    widget(app, "text_input", say("form.rate", "en")).set_value("150").run()
    assert say("table.total_own", "en", currency="JPY") in app.dataframe[0].value.columns
    widget(app, "text_input", say("rate.input_mtok", "en")).set_value("0.05").run()
    app = choose(app, say("view.label", "en"), "bill")
    assert say("table.yours", "en") in set(app.dataframe[1].value[say("table.kind", "en")])


def test_a_usage_log_fills_the_form_when_the_reader_says_so() -> None:
    app = today("en-US")
    log = b"created,prompt_tokens,completion_tokens,cached_tokens\n0,2000,60,1500\n864000,2000,60,1500\n"
    app.file_uploader[0].set_value(("usage.csv", log, "text/csv")).run()
    widget(app, "button", say("log.use", "en")).click().run()
    assert widget(app, "text_input", say("form.question_tokens", "en")).value == "500"
    assert widget(app, "text_input", say("form.requests_per_month", "en")).value == "6"
    assert not app.error


def test_ranges_typed_by_the_reader_are_used_and_the_others_said_to_be_assumed() -> None:
    app = today("en-US")
    state = app.session_state["open_plan"]
    state.plan = state.plan.put("evidence.dataset", None)
    low = say("ranges.low", "en", name=say("ranges.of.requests_per_month", "en"))
    widget(app, "text_input", low).set_value("9,000").run()
    found = app.session_state["open_plan"].plan.evidence["cost"].as_json()["uncertainty"]
    assert found["ranges"]["requests_per_month"] == ["9000", "20000"]
    assert found["assumed"] == ["input_tokens", "output_tokens"]
    app = choose(app, say("view.label", "en"), "band")
    used = next(caption.value for caption in app.caption if "20,000 draws" in caption.value)
    assert "9,000 to 20,000;" in used
    assert "(assumed)" in used


def test_the_spread_of_the_plans_own_texts_is_the_range_of_its_questions() -> None:
    app = today("en-US")
    state = app.session_state["open_plan"]
    lengths = {"total": 4_000, "mean": 40.0, "p10": 10.0, "p90": 120.0}
    dataset = {
        "rows": 100,
        "kind": "csv",
        "tokens": lengths,
        "input_tokens": lengths,
        "output_tokens": lengths,
    }
    state.plan = state.plan.put("evidence.dataset", dataset)
    app.run()
    found = app.session_state["open_plan"].plan.evidence["cost"].as_json()["uncertainty"]
    assert found["assumed"] == ["requests_per_month"]
    assert found["ranges"]["arms"]["few_shot"]["output_tokens"] == ["10", "120"]


def test_a_range_that_leaves_the_assumption_out_is_one_sentence_with_its_label() -> None:
    app = today("en-US")
    name = say("ranges.of.requests_per_month", "en")
    widget(app, "text_input", say("ranges.high", "en", name=name)).set_value("5").run()
    assert not app.exception
    assert len(app.error) == 1
    assert name in app.error[0].value


def test_a_file_that_is_no_usage_log_is_one_sentence() -> None:
    app = today()
    app.file_uploader[0].set_value(("usage.csv", b"text,label\na,b\n", "text/csv")).run()
    assert "prompt_tokens" in app.error[0].value
    assert len(app.dataframe[0].value)


def test_a_negotiated_price_of_the_plan_is_used_and_marked() -> None:
    app = today("en-US")
    state = app.session_state["open_plan"]
    state.plan = state.plan.put("overrides.prices", {"openai/gpt-6-luna": {"input_mtok": "0.01"}})
    app.run()
    app = choose(app, say("view.label", "en"), "bill")
    assert say("table.yours", "en") in set(app.dataframe[1].value[say("table.kind", "en")])


def test_figures_nobody_typed_are_an_example_and_no_evidence() -> None:
    app = opened("en-US")
    state = app.session_state["open_plan"]
    state.plan, state.epoch = new_plan(date(2026, 11, 22)), state.epoch + 1
    app.run()
    assert not app.exception and not app.error
    assert "cost" not in app.session_state["open_plan"].plan.evidence
    assert say("result.not_theirs", "en") in [caption.value for caption in app.caption]
    widget(app, "text_input", say("form.requests_per_month", "en")).set_value("30000").run()
    assert app.session_state["open_plan"].plan.evidence["cost"].as_json()["requests_per_month"] == "30000"
    assert say("result.saved", "en") in [caption.value for caption in app.caption]
