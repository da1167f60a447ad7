"""The overview: one screen with the verdict, its reasons, and what to do next, in both languages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import Plan, new_plan
from advisor.plan.drift import drift, oldest_day
from advisor.recommend import Recommendation, recommend
from advisor.recommend import words as path_in_words
from advisor.recommend.rules import rule_book
from advisor.references import references
from advisor.show.blocks import Paragraph
from advisor.show.voice import Voice
from advisor.tasks import tasks
from pricing.book import price_book
from tests.conftest import TODAY
from tests.test_scenarios import SCENARIOS, scenario_plan

ROOT = Path(__file__).parent.parent
SECONDS = 60
STEPS_ON_OVERVIEW = 3


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
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def today(plan: Plan) -> Recommendation:
    """The advice on a plan as pages give it, on the facts of their day."""
    if oldest_day(plan) < TODAY:
        return drift(plan, TODAY, price_book()).advice
    return recommend(plan.answers, plan.evidence, TODAY, stated=plan.stated)


def path_said(found: Recommendation, language: Language) -> list[str]:
    """The first step and what follows it, as the pages say them."""
    voice = Voice(language, found.on)
    following = path_in_words.following(found, voice, STEPS_ON_OVERVIEW)
    first = [block.line.text for block in path_in_words.lead(found, voice) if isinstance(block, Paragraph)]
    return [*first, *(item.line.text for item in (following.items if following else ()))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_with_the_example_and_says_what_to_do_first(language: Language) -> None:
    app = opened("overview", language)
    said = words(app)
    assert not app.exception and not app.error
    assert phrase("path.first", language) in said
    assert rule_book().approach("zero_shot").name.say(language).lower() in said.lower()
    assert phrase("path.change.caption", language) in said


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_can_be_looked_at(name: str) -> None:
    app = opened("overview", "ja", scenario_plan(name))
    assert not app.exception and not app.error
    said = words(app)
    assert [line for line in path_said(today(scenario_plan(name)), "ja") if line not in said] == []


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
    assert rule_book().approach("zero_shot").name.ja in words(app)


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
