"""The page of the LLM trial: what it shows of a result, and what it takes for one."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.answers import read_answer
from advisor.dataset import example_file
from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.pages.on_screen import settings
from advisor.plan import Plan, new_plan
from tests.conftest import TODAY

ROOT = Path(__file__).parent.parent
SECONDS = 60
SCORES = [{"metric": "accuracy", "mean": 0.81, "low": 0.75, "high": 0.86}]
RESULT = {
    "metric": "accuracy", "sampled": 204, "verdict": "undecided", "on": date(2026, 11, 20).isoformat(),
    "arms": [{"id": "zero_shot", "asked": 204, "statuses": {"answered": 201, "unparseable": 3}, "scores": SCORES}],
    "comparisons": [{"a": "zero_shot", "b": "small_model", "metric": "accuracy", "difference": 0.054, "low": -0.01,
                     "high": 0.117, "only_a": 27, "only_b": 16, "p": 0.13, "p_holm": 0.13, "outcome": "cannot_tell",
                     "decision": "undecided", "rows_to_decide": 567}],
}  # fmt: skip


def opened(language: Language, plan: Plan) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "ja-JP" if language == "ja" else "en-GB"}
    app.run()
    app.session_state["open_plan"] = on_screen.OnScreen(plan, epoch=1)
    return app.switch_page("advisor/pages/trial.py").run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_result_is_shown_with_its_verdict_first(language: Language) -> None:
    plan = new_plan(TODAY, language).put("evidence.trial", read_answer("trial", RESULT))
    app = opened(language, plan)
    assert not app.exception and not app.error
    assert app.title[0].value == phrase("trial.title", language)
    verdict = next(one.value for one in app.markdown if one.value.startswith("**"))
    assert "5.4" in verdict.replace("\\", "") and len(app.dataframe) == 3


def with_table(language: Language = "en") -> Plan:
    """A plan whose file is the example table of inquiries."""
    return new_plan(TODAY, language).put("inputs.data.file", {"example": "inquiries_en"})


def answers_of(right: int) -> bytes:
    """Answers to the example's rows, of which so many are right and the others name no label."""
    rows = list(csv.DictReader(io.StringIO(example_file("inquiries_en")[1].decode("utf-8-sig"))))
    lines = [
        f"{number},{row['label'] if number <= right else 'no idea'}" for number, row in enumerate(rows, 1)
    ]
    return "\n".join(["row,prediction", *lines]).encode()


def test_answers_made_anywhere_become_a_measured_trial() -> None:
    app = opened("en", with_table())
    assert not app.exception and not app.error
    app.file_uploader(key="trial_answers").upload("answers.csv", answers_of(60), "text/csv").run()
    app.button(key="trial_score").click().run()
    folder = jobs.folder_of(app.session_state["open_plan"].plan.inputs["trial.job"], settings().jobs)
    assert folder and jobs.wait(folder, SECONDS).state == "done"
    app.run()
    assert not app.exception and not app.error
    plan = app.session_state["open_plan"].plan
    found = plan.evidence["trial"]
    assert (found.sampled, found.arm("zero_shot").statuses["answered"]) == (len(found_rows()), 60)
    assert [(one.approach, one.source) for one in plan.trials] == [("zero_shot", "measured")]


def found_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(example_file("inquiries_en")[1].decode("utf-8-sig"))))


def test_a_file_that_is_no_table_is_refused_in_one_sentence() -> None:
    app = opened("en", with_table())
    app.file_uploader(key="trial_answers").upload("answers.csv", b"", "text/csv").run()
    assert not app.exception and len(app.error) == 1
    assert "trial.answers" not in app.session_state["open_plan"].plan.inputs


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_sent_before_host_and_number_were_agreed_to(language: Language) -> None:
    plan = with_table(language).having(
        {"inputs.trial.way": "ask", "inputs.trial.endpoint": "other", "inputs.trial.address": "https://8.8.8.8/v1", "inputs.trial.model": "m",
         "inputs.trial.rows": "30"}
    )  # fmt: skip
    app = opened(language, plan)
    app.button(key="trial_estimate").click().run(timeout=SECONDS)
    assert not app.exception and not app.error
    assert "8.8.8.8" in " ".join(one.value for one in app.markdown).replace("\\", "")
    assert app.button(key="trial_send").disabled
    next(one for one in app.checkbox if "8.8.8.8" in one.label.replace("\\", "")).check().run()
    assert not app.button(key="trial_send").disabled


def test_data_that_may_not_leave_are_not_even_counted_for_a_public_host() -> None:
    plan = with_table().having(
        {"inputs.trial.way": "ask", "inputs.trial.endpoint": "other", "inputs.trial.address": "https://8.8.8.8/v1", "inputs.trial.model": "m",
         "answers.data_may_leave": "not_at_all"}
    )  # fmt: skip
    app = opened("en", plan)
    app.button(key="trial_estimate").click().run()
    said = phrase("problems.trial_data_may_not_leave", "en", host="8.8.8.8")
    assert [one.value.replace("\\", "") for one in app.error] == [said]
    assert "trial_send" not in {button.key for button in app.button}
