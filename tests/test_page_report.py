"""The report page: the document as it will be saved, in either language, with what is still missing from it."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import Plan, example, from_yaml
from advisor.report import build, html
from tests.conftest import TODAY

ROOT = Path(__file__).parent.parent
FULL = from_yaml((ROOT / "tests" / "samples" / "full_plan.yaml").read_text(encoding="utf-8"))
SECONDS = 60
PAGES = {"checklist", "cost", "data", "baseline", "models"}


def opened(language: Language, plan: Plan | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "ja-JP" if language == "ja" else "en-GB"}
    app.run()
    if plan is not None:
        app.session_state["open_plan"] = on_screen.OnScreen(plan, epoch=1)
    return app.switch_page("advisor/pages/report.py").run()


def shown(app: AppTest) -> str:
    kind, _, body = str(app.get("iframe")[0].proto.src).partition(",")
    assert kind == "data:text/html;charset=utf-8;base64"
    return b64decode(body).decode("utf-8")


def page_of(plan: Plan, language: Language) -> str:
    return html.render(build(plan, language, TODAY))


def linked(app: AppTest) -> set[str]:
    return {Path(str(link.proto.page)).stem for link in app.get("page_link")} & PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_the_report_that_it_saves(language: Language) -> None:
    app = opened(language)
    assert not app.exception and not app.error
    assert app.title[0].value == phrase("report.title", language)
    assert shown(app) == page_of(example("why_bot"), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_can_be_had_in_the_other_language(language: Language) -> None:
    app = opened(language)
    other: Language = "en" if language == "ja" else "ja"
    control: Any = next(
        group for group in app.get("button_group") if str(group.key).startswith("report_language")
    )
    control.set_value(other).run()
    assert not app.exception
    assert shown(app) == page_of(example("why_bot"), other)
    assert app.title[0].value == phrase("report.title", language)


def test_every_format_and_the_plan_can_be_saved() -> None:
    labels = {str(button.proto.label) for button in opened("en").get("download_button")}
    kinds = ("html", "pdf", "docx", "xlsx", "markdown", "plan")
    assert {phrase(f"report.page.{kind}", "en") for kind in kinds} <= labels


def test_what_is_missing_is_linked_and_nothing_else() -> None:
    empty = replace(FULL, answers={}, evidence={})
    some = replace(FULL, evidence={"cost": FULL.evidence["cost"], "model": FULL.evidence["model"]})
    assert linked(opened("ja", empty)) == PAGES
    assert linked(opened("ja", some)) == {"data", "baseline"}
    assert linked(opened("ja", FULL)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_that_the_checklist_does_not_know_is_one_sentence(language: Language) -> None:
    app = opened(language, replace(FULL, answers={**FULL.answers, "purpose": "world_peace"}))
    assert not app.exception
    assert "world_peace" in app.error[0].value.replace("\\", "")
