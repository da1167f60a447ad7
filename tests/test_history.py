"""What differs between two plans is told by what was asked, not by where it is kept."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from advisor.checklist import checklist
from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import example, example_names, new_plan
from advisor.plan.history import called, differences, event, key_figures, shown
from advisor.plan.inputs import declared, is_noted
from tests.test_drift import TODAY, priced

PLAN = new_plan(date(2026, 11, 22))


def test_a_plan_does_not_differ_from_itself() -> None:
    assert differences(example("why_bot"), example("why_bot")) == ()


def test_answers_come_first_in_the_order_of_asking() -> None:
    changed = (
        PLAN.put("inputs.cost.today.months", "24")
        .put("answers.monitoring", "none")
        .put("answers.purpose", "cost")
        .put("inputs.data.job", "describe-" + "0" * 32)
    )
    assert [one.path for one in differences(PLAN, changed)] == [
        "answers.purpose", "answers.monitoring", "inputs.cost.today.months",
    ]  # fmt: skip


def test_a_new_cost_answer_is_told_by_its_figures() -> None:
    before = PLAN.put("evidence.cost", priced("today", TODAY))
    after = PLAN.put("evidence.cost", priced("today", TODAY, requests_per_month=20_000))
    paths = [one.path for one in differences(before, after)]
    assert "finding.few_shot_per_month" in paths and paths[-1] == "evidence.cost"
    assert shown("finding.few_shot_per_month", key_figures(after)["few_shot_per_month"], "en").startswith("$")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_s_answer_is_called_by_its_question(language: Language) -> None:
    for question in checklist().questions:
        assert called(f"answers.{question.id}", language) != question.id
        for choice in question.choices:
            assert shown(f"answers.{question.id}", choice.id, language) == choice.text.say(language)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("inputs.cost.classic.few_shot.examples", "Cost: Examples in the prompt"),
        ("inputs.cost.today.fine_tuned.prices.train_mtok", "Cost: Training, 1M tokens"),
        ("inputs.data.some_inner_thing", "An entry on this page: Data"),
        ("evidence.cost", "Result of this page: Cost"),
        ("title", "Name of the plan"),
        ("title.en", "Name of the plan"),
        ("created", "Created"),
        ("restored:12", "Went back to version 12"),
    ],
)
def test_what_a_version_was_saved_for_is_said_in_words(path: str, words: str) -> None:
    assert event(path, "en") == words


PAGES = Path(__file__).parent.parent / "advisor" / "pages"
KEPT = {
    f"inputs.{path}": file.name
    for file in PAGES.glob("*.py")
    for path in re.findall(r'"inputs\.([a-zA-Z_.]+)"', file.read_text(encoding="utf-8"))
}
IN_EXAMPLES = {f"inputs.{path}": plan for plan in example_names() for path in example(plan).inputs}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "place"), sorted((KEPT | IN_EXAMPLES).items()))
def test_what_a_page_keeps_is_called_as_on_the_page(path: str, place: str, language: Language) -> None:
    entry = path.removeprefix("inputs.")
    assert declared(entry), f"{place} keeps {entry}: declare it in advisor/data/inputs.yaml"
    nameless = phrase("history.typed", language, page="").strip("「」")
    assert is_noted(entry) or nameless not in called(path, language)


def test_what_is_not_known_is_shown_as_it_is() -> None:
    assert called("answers.no_such_question", "en") == "no_such_question"
    assert shown("answers.purpose", "world_peace", "en") == "world_peace"
    assert shown("answers.purpose", "not_decided", "ja") == checklist().unsettled[0].text.ja
    assert shown("inputs.data.file", {"name": "a.csv", "sha256": "0" * 64}, "en") == "a.csv"
    assert shown("inputs.x", None, "en") == "—"
    assert len(shown("answers.success_statement", "あ" * 9000, "ja")) == 300
