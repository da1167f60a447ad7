"""The recommendation: every standing opened down to its sources, and what would change it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import Plan
from advisor.recommend.rules import rule_book
from advisor.references import references
from advisor.stated import Days, Effort, Target, Worth
from tests.test_page_overview import opened, today, words
from tests.test_scenarios import SCENARIOS, advice, scenario_plan


def expander(app: AppTest, approach: str) -> AppTest:
    """The page after the reasons of one approach were opened."""
    app.session_state[f"stand_{approach}"] = True
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_to_do_first_what_follows_and_how_the_order_is_found(language: Language) -> None:
    app = opened("recommendation", language)
    assert not app.exception and not app.error
    said = words(app)
    assert phrase("path.first", language) in said
    assert phrase("path.bill.note", language) in said
    assert phrase("path.change.caption", language) in said and phrase("path.aside", language) in said


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_approach_is_a_step_or_stands_aside(name: str) -> None:
    app = opened("recommendation", "en", scenario_plan(name))
    assert not app.exception and not app.error
    found, said = today(scenario_plan(name)), words(app)
    chance = phrase("path.bill.chance", "en")
    tables = [frame.value for frame in app.dataframe if chance in frame.value.columns]
    steps = list(tables[0].iloc[:, 0]) if tables else []
    assert steps == [found.book.approach(step.approach).name.en for step in found.path]
    for aside in found.set_aside:
        assert f"{found.book.approach(aside.approach).name.en}: " in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_not_fine_tuning_is_one_click_down_to_the_source(language: Language) -> None:
    app = expander(opened("recommendation", language, scenario_plan("why_bot_2026")), "fine_tuning_hosted")
    assert not app.exception
    said = words(app)
    for rule in advice("why_bot_2026").of("fine_tuning_hosted").ruled_out_by:
        assert rule_book().by_id[rule].because.say(language) in said
        assert all(references()[source].url in said for source in rule_book().by_id[rule].sources)
    assert phrase("recommendation.origins.answered", language) in said


def test_every_expander_opens_in_every_scenario() -> None:
    for name in ("inquiries_small_model", "careless_team", "high_volume_rewrite", "not_worth_it"):
        app = opened("recommendation", "ja", scenario_plan(name))
        for approach in rule_book().commitment:
            app.session_state[f"stand_{approach}"] = True
        assert not app.run().exception


def test_where_nothing_is_worth_a_trial_it_says_what_missing_the_target_costs() -> None:
    said = words(opened("recommendation", "en", scenario_plan("not_worth_it")))
    assert (
        "Nothing is worth trying. Every approach costs more than missing the target does (about $204)."
        in said
    )


# What the team states, and what moves with it.


def with_forms(page: str, language: Language, plan: Plan) -> AppTest:
    """The page with both forms open."""
    app = opened(page, language, plan)
    app.session_state["path_tried"] = app.session_state["path_stated"] = True
    return app.run()


def lead(app: AppTest) -> str:
    """The first step as the page says it."""
    return str(app.header[0].value).replace("\\", "")


def plan_of(app: AppTest) -> Plan:
    plan: Plan = app.session_state["open_plan"].plan
    return plan


def field(app: AppTest, name: str, kind: str = "text_input") -> Any:
    """A field of the forms, by the part of the plan it fills."""
    return next(one for one in getattr(app, kind) if str(one.key).endswith(f"path/{name}"))


def test_a_trial_that_is_entered_moves_the_path_at_once() -> None:
    app = with_forms("recommendation", "en", scenario_plan("why_bot_2026"))
    assert "Try zero-shot prompting" in lead(app)
    app.selectbox(key="trial_approach").set_value("zero_shot")
    submit = next(one for one in app.button if one.label == phrase("path.forms.add", "en"))
    submit.click().run()
    assert not app.exception
    assert "Try few-shot prompting" in lead(app)
    (trial,) = plan_of(app).trials
    assert (trial.approach, trial.reaches, trial.source, trial.rows) == ("zero_shot", "no", "reported", 130)
    assert "Zero-shot prompting: tried, and fell short." in words(app)


def test_scores_of_a_trial_are_held_against_the_target() -> None:
    app = with_forms(
        "recommendation", "en", scenario_plan("sixty_labels").aiming(Target(value=Decimal("0.8")))
    )
    app.selectbox(key="trial_approach").set_value("fine_tuning_hosted")
    for name, score in {"mean": "0.87", "low": "0.83", "high": "0.91", "n": "300"}.items():
        app.text_input(key=f"trial_{name}").set_value(score)
    next(one for one in app.button if one.label == phrase("path.forms.add", "en")).click().run()
    assert not app.exception
    assert plan_of(app).trials[0].mean == Decimal("0.87")
    assert "reached the target" in words(app)


def test_a_trial_can_be_taken_back() -> None:
    app = with_forms("recommendation", "en", scenario_plan("already_trained"))
    assert "Adopt fine-tuning at a provider" in lead(app)
    next(one for one in app.button if str(one.key).startswith("trial_")).click().run()
    assert plan_of(app).trials == ()
    assert "Adopt" not in lead(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_target_is_filled_in_and_none_yet_is_an_answer(language: Language) -> None:
    app = with_forms("recommendation", language, scenario_plan("why_bot_2026"))
    assert field(app, "target_value").value == ""
    assert phrase("path.stop.would_this_do", language) in words(app)
    field(app, "target_basis", "segmented_control").set_value("none").run()
    assert not app.exception
    assert plan_of(app).target == Target(basis="none")
    field(app, "target_basis", "segmented_control").set_value("stated").run()
    field(app, "target_value").set_value("0.9").run()
    assert plan_of(app).target == Target(value=Decimal("0.9"), basis="stated")
    assert plan_of(app).answers["target_score"] == "0.9"
    assert phrase("path.stop.low_end_reaches", language, target="0.9") in words(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_number_is_told_and_kept(language: Language) -> None:
    app = with_forms("recommendation", language, scenario_plan("why_bot_2026"))
    field(app, "target_value").set_value("85").run()
    assert not app.exception
    assert phrase("path.forms.target_value", language) in words(app).splitlines()[-1]
    assert field(app, "target_value").value == "85"
    assert plan_of(app).target is None


def test_the_day_rate_and_the_efforts_change_the_money() -> None:
    app = with_forms("recommendation", "en", scenario_plan("why_bot_2026"))
    assert "about $300 with fees" in lead(app)
    field(app, "day_rate").set_value("1000").run()
    assert "about $500 with fees" in lead(app)
    assert plan_of(app).effort == Effort(day_rate=Decimal(1000))
    field(app, "day_rate").set_value("").run()
    assert "about $300 with fees" in lead(app)


def test_the_days_that_a_team_states_are_the_ones_that_count() -> None:
    plan = scenario_plan("why_bot_2026").stating(effort=Effort(zero_shot=Days(trial=Decimal("0.6"))))
    assert "half a day of work" in lead(opened("recommendation", "en", scenario_plan("why_bot_2026")))
    assert "0.6 days of work" in lead(opened("recommendation", "en", plan))


def test_what_a_wrong_answer_costs_is_weighed() -> None:
    app = with_forms("recommendation", "en", scenario_plan("not_worth_it"))
    field(app, "wrong_answer").set_value("20").run()
    assert plan_of(app).value == Worth(wrong_answer=Decimal(20), currency="USD")
    assert "Try small model" in lead(app)


def test_what_was_stated_survives_a_change_of_language() -> None:
    app = with_forms("recommendation", "en", scenario_plan("why_bot_2026"))
    field(app, "day_rate").set_value("1000").run()
    field(app, "target_value").set_value("0.9").run()
    app.button_group(key="lang").set_value("ja").run()
    app.session_state["path_stated"] = True
    assert not app.run().exception
    assert field(app, "day_rate").value == "1000" and field(app, "target_value").value == "0.9"
    assert "約$500" in lead(app)
