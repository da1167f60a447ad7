"""History: versions in the reader's words, going back without losing anything, a plan beside another, deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from advisor.access import Access
from advisor.checklist import checklist
from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import Plan, example, new_plan
from advisor.store import Saved
from tests.conftest import TODAY
from tests.test_page_overview import ROOT, SECONDS, opened, words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FIRST = new_plan(date(2026, 11, 22)).put("answers.purpose", "cost")
SECOND = FIRST.put("answers.purpose", "latency").put("inputs.cost.today.months", "24")


@pytest.fixture
def kept() -> Access:
    return on_screen.store(on_screen.settings())


@pytest.fixture
def saved(kept: Access) -> Saved:
    first = kept.create(FIRST, now=NOW, author="花子")
    return kept.save(first.id, SECOND, based_on=1, now=NOW, what="answers.purpose")


def history(saved: Saved, language: Language = "en") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "ja-JP" if language == "ja" else "en-US"}
    app.query_params["plan"] = saved.id
    app.run()
    return app.switch_page("advisor/pages/history.py").run()


def tables(app: AppTest) -> str:
    return "\n".join(frame.value.to_string() for frame in app.dataframe)


@pytest.mark.parametrize("language", LANGUAGES)
def test_versions_and_differences_are_told_in_words(saved: Saved, language: Language) -> None:
    app = history(saved, language)
    assert not app.exception and not app.error
    said = tables(app)
    assert phrase("history.events.created", language) in said
    assert "花子" in said
    assert phrase("cost.form.months", language) in said
    assert "answers.purpose" not in said and "inputs." not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_draft_has_no_history_but_can_be_compared(language: Language) -> None:
    app = opened("history", language)
    assert not app.exception and not app.error
    assert phrase("history.draft", language) in words(app)
    app.selectbox(key="compare_with").set_value("example/inquiries").run()
    assert not app.exception and not app.error
    assert phrase("history.recommendation", language) in tables(app)
    assert example("inquiries").title.say(language) in tables(app)


def test_going_back_is_a_new_version_and_can_be_undone(saved: Saved, kept: Access) -> None:
    app = history(saved)
    app.button(key="restore").click().run()
    assert not app.exception and not app.error
    assert kept.load(saved.id).plan == FIRST
    assert kept.history(saved.id)[0].what == "restored:1"
    app.button(key="undo").click().run()
    newest = kept.load(saved.id)
    assert (newest.plan, newest.version) == (SECOND, 4)


def test_any_two_versions_can_be_compared(saved: Saved) -> None:
    app = history(saved)
    app.selectbox(key="older_2").set_value(2).run()
    assert phrase("history.no_difference", "en") in words(app)
    assert "restore" not in {button.key for button in app.button}


def test_a_name_given_once_goes_with_every_later_version(saved: Saved, kept: Access) -> None:
    app = history(saved)
    app.text_input(key="author").set_value("太郎").run()
    app.button(key="restore").click().run()
    assert kept.load(saved.id).author == "太郎"


def test_a_recorded_decision_is_kept_with_its_day(saved: Saved, kept: Access) -> None:
    app = history(saved)
    app.button(key="decide").click().run()
    assert not app.exception
    advise = kept.load(saved.id).plan.evidence["advise"]
    assert advise.as_json()["on"] == TODAY.isoformat()
    assert "Decided on" in words(app) or "no approach was chosen" in words(app)


def test_another_stored_plan_stands_beside_this_one(saved: Saved, kept: Access) -> None:
    other = kept.create(example("inquiries"), now=NOW)
    app = history(saved)
    app.selectbox(key="compare_with").set_value(f"stored/{other.id}").run()
    assert not app.exception and not app.error
    assert checklist().by_id["purpose"].choice("latency").text.en in tables(app)
    assert example("inquiries").title.en in app.dataframe[-1].value.columns


def test_a_conflict_says_who_saved_what(saved: Saved, kept: Access) -> None:
    app = history(saved)
    theirs = kept.load(saved.id)
    changed = theirs.plan.put("answers.task", "summarisation")
    kept.save(saved.id, changed, based_on=theirs.version, now=NOW, what="answers.task", author="次郎")
    app.button(key="decide").click().run()
    said = words(app)
    assert "次郎" in said and "saved elsewhere" in said


def test_words_of_strangers_are_not_markdown(kept: Access) -> None:
    title = "![x](http://evil/p.png)"
    plan: Plan = replace(FIRST, title=FIRST.title.model_copy(update={"ja": title, "en": title}))
    app = history(kept.create(plan, now=NOW))
    assert not app.exception
    assert not [one.value for one in app.caption if title in one.value]
