"""The checklist page: answering, waiving, noting, and what evidence answered by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.checklist import checklist
from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import new_plan
from advisor.references import references
from tests.test_page_overview import opened, scenario_plan, words

ON = date(2026, 11, 22)
EMPTY = new_plan(ON)


def section(app: AppTest, id: str) -> AppTest:
    app.session_state["checklist_section"] = id
    return app.run()


def widget(app: AppTest, kind: str, question: str) -> Any:
    """The widget that answers a question."""
    found = getattr(app, kind)
    return next(element for element in found if element.key and element.key.endswith(f"/answers.{question}"))


def answers(app: AppTest) -> dict[str, str]:
    return dict(app.session_state["open_plan"].plan.answers)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", [section.id for section in checklist().sections])
def test_every_section_opens_and_asks_all_its_questions(id: str, language: Language) -> None:
    app = section(opened("checklist", language, EMPTY), id)
    assert not app.exception and not app.error
    said = words(app)
    assert all(question.ask.say(language) in said for question in checklist().of(id))
    assert all(question.why.say(language) in said for question in checklist().of(id))


def test_a_click_answers_and_another_takes_it_back() -> None:
    app = opened("checklist", "ja", EMPTY)
    widget(app, "pills", "purpose").set_value("cost").run()
    assert answers(app) == {"purpose": "cost"}
    widget(app, "pills", "purpose").set_value(None).run()
    assert answers(app) == {}


def test_numbers_days_and_texts_are_kept() -> None:
    app = opened("checklist", "ja", EMPTY)
    widget(app, "number_input", "requests_per_month").set_value(12000).run()
    widget(app, "date_input", "go_live").set_value(date(2027, 4, 1)).run()
    widget(app, "text_area", "success_statement").set_value("迷う電話が半分になる").run()
    assert not app.exception
    assert {id: str(said) for id, said in answers(app).items()} == {
        "requests_per_month": "12000",
        "go_live": "2027-04-01",
        "success_statement": "迷う電話が半分になる",
    }


def test_a_number_that_does_not_apply_can_be_waived() -> None:
    app = opened("checklist", "ja", EMPTY)
    box = next(box for box in app.checkbox if box.key and "requests_per_month" in box.key)
    box.check().run()
    assert answers(app) == {"requests_per_month": "not_applicable"}
    assert phrase("checklist.say_why", "ja") in words(app)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_measured_is_filled_in_and_says_so(language: Language) -> None:
    app = section(opened("checklist", language, scenario_plan("inquiries_small_model")), "dataset")
    assert widget(app, "number_input", "rows_available").value == 400
    assert phrase("checklist.states.measured", language) in words(app)
    assert "rows_available" not in answers(app)


def test_saying_otherwise_beats_what_was_measured() -> None:
    app = section(opened("checklist", "ja", scenario_plan("inquiries_small_model")), "dataset")
    widget(app, "number_input", "rows_available").set_value(350).run()
    assert str(answers(app)["rows_available"]) == "350"
    assert widget(app, "number_input", "rows_available").value == 350


def test_only_deciding_questions_can_be_shown() -> None:
    app = section(opened("checklist", "ja", EMPTY), "improvement")
    assert checklist().question("monitoring").ask.ja in words(app)
    app.session_state["checklist_deciding_only"] = True
    assert checklist().question("monitoring").ask.ja not in words(app.run())


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_example_opens_with_its_source(language: Language) -> None:
    app = opened("checklist", language, EMPTY)
    app.session_state["more_purpose"] = True
    said = words(app.run())
    assert references()[checklist().question("purpose").source].url in said
    assert phrase("checklist.used_by", language) in said


def test_a_note_is_kept_with_its_owner_and_day() -> None:
    app = opened("checklist", "ja", EMPTY)
    app.session_state["note_purpose"] = True
    app.run()
    fields = {element.label: element for element in [*app.text_area, *app.text_input, *app.date_input]}
    fields[phrase("checklist.note_text", "ja")].set_value("会議で決定")
    fields[phrase("checklist.note_owner", "ja")].set_value("田中")
    fields[phrase("checklist.note_due", "ja")].set_value(date(2026, 12, 1))
    next(button for button in app.button if button.label == phrase("checklist.note_save", "ja")).click().run()
    note = app.session_state["open_plan"].plan.notes["purpose"]
    assert (note["text"], note["owner"], note["due"]) == ("会議で決定", "田中", "2026-12-01")
    assert note["at"].startswith("20")


def test_a_plan_with_a_wrong_answer_says_so_and_lives_on() -> None:
    app = opened("checklist", "ja", EMPTY.put("answers.rows_available", "たくさん"))
    assert not app.exception
    assert "たくさん" in app.error[0].value
