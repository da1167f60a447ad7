"""The Evaluation page: sample size first, a prompt and a sheet to take away, and scores read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import phrase

APP = Path(__file__).parent.parent / "app.py"
SECONDS = 60


def opened(view: str, locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    app.switch_page("advisor/pages/evaluation.py").run()
    return app.button_group(key="evaluation_view").set_value(view).run()


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"evaluation.{key}", language, **values)  # type: ignore[arg-type]


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def shown(app: AppTest) -> str:
    kinds = ("header", "markdown", "info", "warning", "success", "error", "caption")
    tables = "\n".join(frame.value.to_string() for frame in app.dataframe)
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind)) + tables


def with_scores(body: str, name: str = "scores.csv", locale: str = "ja-JP") -> AppTest:
    app = opened("results", locale)
    return app.file_uploader(key="evaluation_scores").upload(name, body.encode()).run()


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
@pytest.mark.parametrize("view", ["size", "judges", "texts", "sheets", "results"])
def test_every_view_opens_in_both_languages(view: str, locale: str, language: str) -> None:
    app = opened(view, locale)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == say("title", language)


def test_thirty_items_are_said_to_prove_little() -> None:
    app = opened("size", "en-US")
    assert "**83% and 99%**" in shown(app)
    assert say("size.never_shown", "en", items="30", target="90%") in shown(app)
    widget(app, "number_input", say("size.items", "en")).set_value(300).run()
    assert not app.exception
    assert say("size.never_shown", "en", items="300", target="90%") not in shown(app)


def test_a_rubric_that_is_edited_goes_into_the_prompt_and_the_sheet() -> None:
    app = opened("judges")
    widget(app, "text_area", say("judges.criteria")).set_value(
        "やさしさ：小学生に分かる。\nテンポ: 短い"
    ).run()
    assert not app.exception
    assert "- やさしさ: 小学生に分かる。" in app.code[0].value
    app.button_group(key="evaluation_view").set_value("sheets").run()
    app.button(key="evaluation_answers_example").click().run()
    assert not app.exception
    assert {"やさしさ", "テンポ"} <= set(app.dataframe[0].value.columns)


def test_an_empty_rubric_is_said_and_the_page_lives_on() -> None:
    app = opened("judges")
    widget(app, "text_area", say("judges.criteria")).set_value("").run()
    assert not app.exception
    assert phrase("problems.judge_without_criteria", "ja") in app.error[0].value


def test_a_judge_without_a_price_is_said() -> None:
    app = opened("judges")
    widget(app, "multiselect", say("judges.models")).set_value(["openai/gpt-5-mini"]).run()
    assert "openai/gpt-5-mini" in shown(app)
    for design in ("likert", "score", "pairwise"):
        widget(app, "radio", say("judges.design")).set_value(design).run()
        assert not app.exception
        assert not app.error


def test_the_example_is_read_and_kept_with_the_plan() -> None:
    app = opened("results")
    app.button(key="evaluation_scores_example").click().run()
    assert not app.exception
    assert not app.error
    assert "29 / 30" in shown(app)
    assert "83.3%〜99.4%" in shown(app)
    assert say("verdict.refuted") in shown(app)
    plan = app.session_state["open_plan"].plan
    assert plan.evidence["evaluation"].criteria["口調"].passed == 30


def test_another_target_and_system_change_the_verdict() -> None:
    app = opened("results")
    app.button(key="evaluation_scores_example").click().run()
    widget(app, "text_input", say("results.target")).set_value("75%, 口調=95%").run()
    assert say("results.all_shown", criteria="質問との整合 / 事実の正しさ / 簡潔さ") in shown(app)
    widget(app, "selectbox", say("results.system")).set_value("few_shot").run()
    assert not app.exception
    assert say("results.all_refuted", criteria="口調") in shown(app)


def test_a_target_that_cannot_be_read_is_said() -> None:
    app = opened("results")
    app.button(key="evaluation_scores_example").click().run()
    widget(app, "text_input", say("results.target")).set_value("とても高く").run()
    assert not app.exception
    assert phrase("problems.target_unreadable", "ja", found="とても高く") in app.error[0].value


def test_an_uploaded_sheet_is_read() -> None:
    app = with_scores("item_id,rater,tone\n1,a,1\n2,a,0\n3,a,1\n")
    assert not app.exception
    assert not app.error
    assert "2 / 3" in shown(app)
    assert say("results.one_rater") in shown(app)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("item_id,rater,tone\n1,a,1\n2,a,よい\n", "よい"),
        ("item_id,rater,tone\n1,a,1\n2,,1\n", "rater"),
        ("rater,tone\na,1\n", "item_id"),
        ("item_id,rater,tone\n1,a,1\n1,a,0\n", "2、3"),
    ],
)
def test_a_bad_sheet_gets_one_clear_line(body: str, said: str) -> None:
    app = with_scores(body)
    assert not app.exception
    assert len(app.error) == 1
    assert said in app.error[0].value


def test_a_sheet_with_letters_asks_for_its_key_and_finds_the_plans_own() -> None:
    rows = "item_id,system,rater,口調\nq1,A,佐藤,1\nq1,B,佐藤,0\n"
    app = with_scores(rows)
    assert say("results.key_needed") in shown(app)
    key = b'{"key": {"q1": {"A": "tuned", "B": "base"}}}'
    app.file_uploader(key="evaluation_key").upload("key.json", key).run()
    assert not app.exception
    assert "tuned" in shown(app)
    assert say("results.key_needed") not in shown(app)


def test_an_llm_judge_is_held_against_the_people() -> None:
    app = opened("results")
    app.button(key="evaluation_scores_example").click().run()
    before = len(app.dataframe)
    widget(app, "selectbox", say("results.judge")).set_value("田中").run()
    assert not app.exception
    assert len(app.dataframe) == before + 1


def test_answers_are_compared_with_their_references() -> None:
    app = opened("texts", "en-US")
    app.button(key="evaluation_answers_example").click().run()
    assert not app.exception
    table = app.dataframe[0].value
    assert {"fine_tuned", "few_shot"} == set(table[say("table.system", "en")])
    rows = table[table[say("texts.metric", "en")] == "ROUGE-L"]
    assert all(float(value.rstrip("%")) > 20 for value in rows[say("texts.value", "en")])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pairwise_choices_are_read_back(language: str) -> None:
    app = opened("judges", {"ja": "ja-JP", "en": "en-US"}[language])
    app.radio[0].set_value("pairwise").run()
    assert not app.exception
    app.button(key="evaluation_pairwise_example").click().run()
    assert not app.exception
    assert not app.error
    assert any("fine" in box.value for box in (*app.success, *app.info))
