"""Five questions make a first draft with a recommendation, in one saved version."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import new_plan
from advisor.recommend import FIRST_QUESTIONS
from advisor.recommend.rules import rule_book
from tests.test_page_overview import opened, words

EMPTY = new_plan(date(2026, 11, 22))
GIVEN = {
    "purpose": "format_and_tone",
    "task": "open_dialogue",
    "knowledge_source": "common",
    "prompting_tried": "falls_short",
    "data_exists": "pairs",
}


def test_the_five_questions_are_those_that_can_move_an_approach() -> None:
    assert len(FIRST_QUESTIONS) == 5
    assert set(FIRST_QUESTIONS) <= rule_book().deciding


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_answers_make_a_first_draft(language: Language) -> None:
    app = opened("overview", language, EMPTY)
    assert not app.exception and not app.error
    for question, choice in GIVEN.items():
        app.selectbox(key=f"first/{question}").set_value(choice)
    next(one for one in app.button if one.label == phrase("start.make", language)).click().run()
    assert not app.exception and not app.error
    state = app.session_state["open_plan"]
    assert (state.plan.answers, state.saved.version) == (GIVEN, 1)
    assert rule_book().approach("fine_tuning_hosted").name.say(language).lower() in words(app).lower()
    assert phrase("start.title", language) not in words(app)


def test_what_is_left_open_stays_open() -> None:
    app = opened("overview", "en", EMPTY)
    app.selectbox(key="first/purpose").set_value("cost")
    next(one for one in app.button if one.label == phrase("start.make", "en")).click().run()
    assert app.session_state["open_plan"].plan.answers == {"purpose": "cost"}


def test_no_answer_at_all_saves_nothing() -> None:
    app = opened("overview", "en", EMPTY)
    next(one for one in app.button if one.label == phrase("start.make", "en")).click().run()
    assert not app.exception
    assert app.session_state["open_plan"].saved is None
