"""The page of training files: a table in, checked files out, every finding with its rows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import phrase

APP = Path(__file__).parent.parent / "app.py"
SECONDS = 60


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"preparation.{key}", language, **values)  # type: ignore[arg-type]


def opened(locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    return app.switch_page("advisor/pages/preparation.py").run()


def with_table(body: str, name: str = "own.csv") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": "ja-JP"}
    app.run()
    app.switch_page("advisor/pages/data.py").run()
    app.file_uploader(key="data_upload").upload(name, body.encode()).run()
    return app.switch_page("advisor/pages/preparation.py").run()


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def counts(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


def questions(count: int) -> str:
    rows = (
        f"{chr(0x4E00 + 97 * n) * 4}{chr(0x5000 + 89 * n) * 3},答え{chr(0x3042 + n)}だからだよ。\n"
        for n in range(count)
    )
    return "質問,答え\n" + "".join(rows)


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_the_page_opens_empty_and_the_example_fills_it(locale: str, language: str) -> None:
    app = opened(locale)
    widget(app, "button", phrase("common.new_plan", language)).click().run()  # type: ignore[arg-type]
    assert not app.exception
    assert app.title[0].value == say("title", language)
    app.button(key="preparation_example").click().run()
    assert not app.exception
    assert not app.error
    assert counts(app) == (["280", "60", "60"] if language == "ja" else ["140", "30", "30"])
    assert say("leaks.full", language) in [box.value for box in app.success]


def test_rows_that_are_found_can_be_left_out_with_a_click() -> None:
    app = with_table(questions(20) + "なんで海は塩からいの?,\n")
    assert not app.exception
    ticks = {box.label: box for box in app.checkbox}
    (empty,) = (box for label, box in ticks.items() if say("finding.empty_output")[:6] in label)
    assert "22" in empty.label
    assert counts(app) == ["15", "3", "3"]
    empty.check().run()
    assert not app.exception
    assert counts(app) == ["14", "3", "3"]
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/preparation.py").run()
    assert counts(app) == ["14", "3", "3"]


def test_another_split_and_format_are_kept() -> None:
    app = with_table(questions(20))
    widget(app, "text_input", say("split")).set_value("10/5/5").run()
    widget(app, "selectbox", say("format")).set_value("alpaca").run()
    assert counts(app) == ["10", "5", "5"]
    assert '"instruction"' in app.code[0].value
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/preparation.py").run()
    assert counts(app) == ["10", "5", "5"]


@pytest.mark.parametrize(("split", "said"), [("70/30", "70/30"), ("90/30/30", "150"), ("0.5/0.1/0.1", "0.7")])
def test_a_split_that_cannot_be_is_said_and_the_page_lives_on(split: str, said: str) -> None:
    app = with_table(questions(20))
    widget(app, "text_input", say("split")).set_value(split).run()
    assert not app.exception
    assert said in app.error[0].value
    assert widget(app, "text_input", say("split")).value == split


def test_doubtful_labels_are_listed_with_what_they_look_like() -> None:
    app = opened()
    widget(app, "button", phrase("common.new_plan", "ja")).click().run()
    app.button(key="preparation_example").click().run()
    widget(app, "toggle", say("doubt")).set_value(True).run()
    assert not app.exception
    assert say("likely") in app.dataframe[0].value.columns


def test_rows_over_the_length_limit_are_found() -> None:
    app = with_table(questions(20))
    widget(app, "number_input", say("token_limit")).set_value(5).run()
    assert not app.exception
    assert any("20" in box.label and "5" in box.label for box in app.checkbox)


def test_a_large_table_is_prepared_by_a_job_that_reports_and_leaves_its_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("advisor.pages.preparation_files.ROWS_HERE", 10)
    app = with_table(questions(40))
    assert not app.metric
    app.button(key="preparation_make").click().run()
    for _ in range(200):
        if app.metric or app.error:
            break
        time.sleep(0.5)
        app.run()
    assert not app.exception
    assert not app.error
    assert counts(app) == ["28", "6", "6"]
    assert '"messages"' in app.code[0].value
    widget(app, "text_input", say("split")).set_value("10/5/5").run()
    assert not app.metric
    assert widget(app, "button", say("job.make_again"))


# Planning the labels.


def planning(locale: str = "ja-JP") -> AppTest:
    app = opened(locale)
    control = app.segmented_control(key="preparation_view")
    return control.set_value("annotation").run()


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_labels_are_planned_and_a_double_annotated_sheet_is_read(locale: str, language: str) -> None:
    app = planning(locale)
    assert not app.exception
    assert any("545" in text.value for text in app.markdown)
    app.button(key="annotation_example").click().run()
    assert not app.exception
    assert not app.error
    said = [box.value for box in (*app.success, *app.info)]
    assert any(text.startswith(say("annotation.firm", language).split("{")[0]) for text in said)
    widget(app, "multiselect", say("annotation.people_columns", language)).set_value(
        widget(app, "multiselect", say("annotation.people_columns", language)).options[2:4]
    ).run()
    assert not app.exception
    assert app.dataframe[0].value.shape[0] == 1
