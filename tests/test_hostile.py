"""What no honest visitor sends: names that look like paths, addresses that mean harm, choices nobody offered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.checklist import read_answers
from advisor.language import Text
from advisor.pages import PAGES
from advisor.plan import Plan, from_yaml, new_plan
from advisor.report import build, html, markdown
from pricing import Problem

ROOT = Path(__file__).parent.parent
NAMES = [
    "../../etc/passwd",
    "..\\..\\x",
    "CON",
    "a\0b",
    "x" * 300,
    ".",
    "{x} {0.__class__}",
    "<script>",
    "=1+1",
]
FORGED: dict[str, object] = {
    "answers.purpose": "no_such_choice",
    "answers.target_score": "1e999",
    "answers.rows_available": "-5",
    "inputs.lang": "xx",
    "inputs.cost.preset": "no_such_preset",
    "inputs.models.chosen": ["../x", "http://169.254.169.254/", "a b/c"],
    "inputs.models.search_language": "no_such_language",
    "inputs.models.ask_hub": False,
    "inputs.data.file": {"name": "x", "sha256": "../../etc/passwd"},
    "inputs.data.encoding": "rot13",
    "inputs.baseline.task": "no_such_task",
    "inputs.baseline.target": 99,
    "inputs.baseline.rungs": "everything",
    "inputs.baseline.job": "../../etc",
}


def app(locale: str = "en-GB", plan: str | None = None, lang: str | None = None) -> AppTest:
    opened = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    opened.context = {"locale": locale}
    if plan is not None:
        opened.query_params["plan"] = plan
    if lang is not None:
        opened.query_params["lang"] = lang
    return opened.run()


@pytest.mark.parametrize("name", [NAMES[0], "a\0b", "x" * 300, "{x} {0.__class__}"])
def test_a_plans_name_is_text_and_never_a_path(name: str) -> None:
    opened = app()
    title = next(box for box in opened.text_input if box.label == "Name of this plan")
    title.set_value(name).run()
    assert not opened.exception
    state = opened.session_state["open_plan"]
    assert state.plan.title.en == name[:200]
    assert state.saved.id.isalnum()
    again = app(plan=state.saved.id)
    assert not again.exception
    assert again.session_state["open_plan"].plan.title.en == name[:200]


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_of_any_name_is_reported_and_read_back(name: str) -> None:
    plan = new_plan(date(2026, 11, 22)).retitled(Text(ja=name, en=name))
    report = build(plan, "en", plan.on)
    assert "<script>" not in html.render(report).split("<title>")[1].split("</title>")[0]
    assert markdown.render(report).startswith("# ")
    if "\0" not in name:
        assert from_yaml(plan.to_yaml()).title == plan.title


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-GB", "en")])
def test_an_unknown_language_and_a_hostile_plan_in_the_address_fall_back(locale: str, language: str) -> None:
    opened = app(locale, plan="<script>alert(1)</script>![p](http://evil/p.png)", lang="xx")
    assert not opened.exception
    assert opened.session_state["lang"] == language
    assert any("\\<script\\>" in warning.value for warning in opened.warning)
    assert not any("![p](" in warning.value for warning in opened.warning)


def forged() -> Plan:
    plan = new_plan(date(2026, 11, 22), "en")
    for path, value in FORGED.items():
        plan = plan.put(path, value)
    return plan


def test_values_that_no_widget_offers_reach_no_page_as_an_error() -> None:
    opened = app()
    opened.session_state["open_plan"].plan = forged()
    for page in PAGES:
        opened.switch_page(str(Path(page.file))).run()
        assert (page.name, list(opened.exception)) == (page.name, [])


@pytest.mark.parametrize(
    "answers", [{"purpose": "no_such_choice"}, {"rows_available": "-5"}, {"no_such": "1"}]
)
def test_an_answer_that_cannot_be_given_is_a_problem(answers: dict[str, str]) -> None:
    with pytest.raises(Problem):
        read_answers(answers)
