"""The overview: one screen with the verdict, its reasons, and what to do next, in both languages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import Plan, from_yaml, new_plan
from advisor.recommend.rules import rule_book
from advisor.references import references
from advisor.tasks import tasks
from tests.test_scenarios import SCENARIOS, advice, scenario

ROOT = Path(__file__).parent.parent
SECONDS = 60


def opened(page: str, language: Language = "ja", plan: Plan | None = None) -> AppTest:
    """A page of the app with `plan` open, as a visitor with that language sees it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "ja-JP" if language == "ja" else "en-US"}
    app.run()
    if plan is not None:
        app.session_state["open_plan"] = on_screen.OnScreen(plan, epoch=1)
    return app.switch_page(f"advisor/pages/{page}.py").run()


def words(app: AppTest) -> str:
    """Everything the page says, headings, Markdown and captions together, without Markdown's escapes."""
    kinds = ("title", "header", "markdown", "caption", "error", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def scenario_plan(name: str) -> Plan:
    """A scenario's answers and evidence as an open plan."""
    told = scenario(name)
    shape = {"schema_version": 1, "language": "ja", "title": told["title"], "on": told["on"]}
    return from_yaml(json.dumps(shape | {"answers": told["answers"], "evidence": told.get("evidence", {})}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_with_the_example_and_names_the_recommendation_and_its_reasons(language: Language) -> None:
    app = opened("overview", language)
    said = words(app)
    assert not app.exception and not app.error
    assert rule_book().approach("few_shot").name.say(language) in said
    assert phrase("overview.and_tuning", language) in said
    assert phrase("recommendation.standings.not_yet", language) in said


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_can_be_looked_at(name: str) -> None:
    app = opened("overview", "ja", scenario_plan(name))
    assert not app.exception and not app.error
    first = advice(name).recommended
    wanted = rule_book().approach(first).name.ja if first else phrase("recommendation.none_yet", "ja")
    assert wanted in words(app)


def test_measured_figures_are_shown_with_their_interval() -> None:
    app = opened("overview", "ja", scenario_plan("inquiries_small_model"))
    values = {metric.label: metric.value for metric in app.metric}
    assert values[phrase("overview.cards.rows", "ja")] == "400"
    assert values[phrase("overview.cards.baseline", "ja")] == "0.88"
    assert "0.84〜0.91" in words(app)


def test_an_offer_that_has_closed_is_told_first() -> None:
    said = words(opened("overview", "ja", scenario_plan("offer_has_closed")))
    assert "を学習させたモデルは、2026年10月23日に提供が終わりました。" in said


def test_an_empty_plan_offers_an_example_to_open() -> None:
    app = opened("overview", "ja", new_plan(date(2026, 11, 22)))
    assert not app.exception
    assert phrase("overview.empty", "ja") in words(app)
    app.button(key="open_why_bot").click().run()
    assert rule_book().approach("few_shot").name.ja in words(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_answer_in_the_plan_is_named_in_a_sentence(language: Language) -> None:
    plan = new_plan(date(2026, 11, 22)).put("answers.purpose", "world_peace")
    app = opened("overview", language, plan)
    assert not app.exception
    said = app.error[0].value.replace("\\", "")
    assert "world_peace" in said and "purpose" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_task_guide_tells_blind_spots_and_sources(language: Language) -> None:
    app = opened("overview", language, scenario_plan("minutes_in_house"))
    app.session_state["task_guide"] = True
    said = words(app.run())
    assert not app.exception
    assert all(metric.blind_spot.say(language) in said for metric in tasks()["summarisation"].metrics)
    assert all(references()[source].url in said for source in tasks()["summarisation"].sources)
