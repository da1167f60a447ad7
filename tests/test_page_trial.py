"""The page of the LLM trial: what it shows of a result, and what it takes for one."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.answers import read_answer
from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
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


def test_a_result_file_becomes_part_of_the_plan_and_of_what_was_tried() -> None:
    app = opened("en", new_plan(TODAY, "en"))
    app.file_uploader(key="trial_result").upload(
        "result.json", json.dumps(RESULT).encode(), "application/json"
    )
    app.run()
    plan = app.session_state["open_plan"].plan
    assert plan.evidence["trial"].sampled == 204
    assert [(one.approach, one.n, one.on) for one in plan.trials] == [("zero_shot", 204, date(2026, 11, 20))]


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"verdict": "undecided"}'])
def test_another_file_is_refused_in_one_sentence(body: bytes) -> None:
    app = opened("en", new_plan(TODAY, "en"))
    app.file_uploader(key="trial_result").upload("other.json", body, "application/json")
    app.run()
    assert [one.value for one in app.error] == [phrase("problems.trial_not_a_result", "en")]
    assert "trial" not in app.session_state["open_plan"].plan.evidence
