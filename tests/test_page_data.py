"""The Data page: a file goes in, its counts come out, and a bad one gets a sentence while the rest lives on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.jobs import allowance
from advisor.language import phrase, problem
from advisor.pages import data_description, frame, on_screen
from baselines import Problem
from pricing.tokens import encoding
from tests.workbooks import workbook

SECONDS = 60
PAGE = "advisor/pages/data.py"
INQUIRIES = "本文,分類\n" + "".join(
    f"商品{word}について教えてください,{label}\n" for word in "あいうえお" for label in ("返品", "配送")
)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    on_screen.settings.clear()


def opened(locale: str = "ja-JP", plan: str | None = None) -> AppTest:
    app = AppTest.from_file("../app.py", default_timeout=SECONDS)
    app.context = {"locale": locale}
    if plan:
        app.query_params["plan"] = plan
    return app.run().switch_page(PAGE).run()


def upload(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader(key="data_upload").upload(name, content)
    return app.run()


def plan_id(app: AppTest) -> str:
    found = app.query_params["plan"]
    return found[0] if isinstance(found, list) else found


def evidence(app: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = app.session_state["open_plan"].plan.evidence["dataset"].as_json()
    return found


def metric(app: AppTest, name: str) -> str:
    labels = {phrase(f"data.figures.{name}", language) for language in ("ja", "en")}
    return next(element.value for element in app.metric if element.label in labels)


def chosen(app: AppTest, part: str) -> Any:
    return next(box for box in app.selectbox if box.key and box.key.endswith(f"inputs.data.{part}"))


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
@pytest.mark.parametrize(
    ("example", "rows"), [("why_bot", "130"), ("inquiries", "400"), ("inquiries_en", "200")]
)
def test_every_example_opens_with_one_click(example: str, rows: str, locale: str) -> None:
    app = opened(locale)
    assert not app.exception
    app.button(key=f"data_example_{example}").click().run()
    assert not app.exception
    assert not app.error
    assert metric(app, "rows") == rows
    assert evidence(app)["tokens"]["exact"] is True


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
def test_an_upload_is_read_kept_and_found_again_by_a_new_session(encoding: str) -> None:
    app = upload(opened(), "問い合わせ.csv", INQUIRIES.encode(encoding))
    assert not app.exception
    assert not app.error
    assert evidence(app)["labels"] == {"返品": 5, "配送": 5}
    assert evidence(app)["duplicates"]["rows"] == 5
    assert any(encoding in text.value for text in app.markdown)

    again = opened(plan=plan_id(app))
    assert not again.exception
    assert metric(again, "rows") == "10"
    assert chosen(again, "text").value == "本文"


def test_a_workbook_is_read_in_a_child_and_offers_its_sheets() -> None:
    rows = [["text", "label"], *([f"本文 {i}", "ab"[i % 2]] for i in range(8))]
    app = upload(opened(), "data.xlsx", workbook({"first": rows, "second": [["x"], ["1"]]}))
    assert metric(app, "rows") == "8"
    chosen(app, "sheet").set_value("second").run()
    assert not app.exception
    assert metric(app, "rows") == "1"


def test_columns_can_be_chosen_and_the_choice_is_kept() -> None:
    app = upload(
        opened(), "data.csv", "text,other,label\nあいう,長い本文です,x\nえおか,別の本文です,y\n".encode()
    )
    chosen(app, "text").set_value("other").run()
    chosen(app, "label").set_value("").run()
    assert evidence(app)["columns"] == {"text": "other", "label": None, "text2": None}
    again = opened("en-US", plan=plan_id(app))
    assert (chosen(again, "text").value, chosen(again, "label").value) == ("other", "")


BAD = [
    (b"", Problem("file_empty")),
    (b"text,label\n", Problem("header_only")),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), None),
    (b"text,label\na,b,c\n", Problem("row_too_wide", row=2, found=3, expected=2)),
    ("text，label\nあ，い\n".encode(), Problem("delimiter_full_width", found="，")),
    (b"<!DOCTYPE html><html></html>", Problem("file_is_web_page")),
]


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
@pytest.mark.parametrize(("content", "expected"), BAD)
def test_a_bad_file_gets_its_sentence_and_the_one_before_stays(
    content: bytes, expected: Problem | None, locale: str
) -> None:
    app = opened(locale)
    app.button(key="data_example_inquiries").click().run()
    upload(app, "data.csv", content)
    assert not app.exception
    assert len(app.error) == 1
    if expected is not None:
        assert app.error[0].value == problem(expected, "ja" if locale == "ja-JP" else "en")
    assert app.session_state["open_plan"].plan.get("inputs.data.file") == {"example": "inquiries"}
    app.button(key="data_example_inquiries").click().run()
    assert not app.error
    assert metric(app, "rows") == "400"


def test_a_wrong_guess_is_put_right_by_hand() -> None:
    app = upload(opened(), "data.csv", "text,label\nna\xefve r\xe9sum\xe9!,a\n".encode("cp1252"))
    # Shown as Markdown with every sign escaped, so that a file cannot draw a link.
    assert [element.value.replace("\\", "") for element in app.error] == [
        problem(Problem("invalid_bytes", encoding="utf-8", byte=13, line=2), "ja")
    ]
    chosen(app, "encoding").set_value("cp1252").run()
    assert not app.error
    assert evidence(app)["rows"] == 1
    # The next file is read afresh.
    upload(app, "next.csv", INQUIRIES.encode("cp932"))
    assert not app.error
    assert chosen(app, "encoding").value == "auto"
    assert metric(app, "rows") == "10"


def test_a_table_that_takes_long_is_followed_and_another_session_finds_its_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("advisor.pages.data_description.SOON_SECONDS", 0)
    rows = "".join(f"{i % 9000}番目の問い合わせの本文,{'ab'[i % 2]}\n" for i in range(12_000))
    app = upload(opened(), "large.csv", ("text,label\n" + rows).encode())
    assert not app.exception
    plan = app.session_state["open_plan"].plan
    assert "dataset" not in plan.evidence
    assert jobs.folder_of(plan.get(data_description.JOB), on_screen.settings().jobs)
    assert any(button.key == "data_cancel" for button in app.button)
    end = time.monotonic() + SECONDS
    while "dataset" not in app.session_state["open_plan"].plan.evidence and time.monotonic() < end:
        time.sleep(0.3)
        app.run()
    assert metric(app, "rows") == "12,000"
    again = opened(plan=plan_id(app))
    assert metric(again, "rows") == "12,000"


def test_no_tokenizer_is_loaded_into_the_server() -> None:
    encoding.cache_clear()
    app = upload(opened(), "data.csv", INQUIRIES.encode())
    assert evidence(app)["tokens"]["exact"] is True
    assert encoding.cache_info().misses == 0


def test_a_small_table_does_not_wait_for_a_long_job(monkeypatch: pytest.MonkeyPatch) -> None:
    root = on_screen.settings().jobs
    monkeypatch.setitem(allowance.LANES, "long", 0)
    waiting = jobs.start("describe", {"text": "本文", "near": True}, {"table": INQUIRIES.encode()}, root=root)
    try:
        app = upload(opened(), "data.csv", INQUIRIES.encode())
        assert metric(app, "rows") == "10"
        assert jobs.status(waiting).state == "queued"
    finally:
        jobs.discard(waiting)


def test_what_a_reader_was_shown_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    root = on_screen.settings().jobs
    owner = upload(opened(), "data.csv", INQUIRIES.encode())
    known = {folder.name for folder in root.iterdir()}
    monkeypatch.setattr(frame.View, "right", property(lambda view: "read"))
    monkeypatch.setattr(frame.View, "owner", property(lambda view: "reader"))
    reader = opened(plan=plan_id(owner))
    assert not reader.exception
    assert metric(reader, "rows") == "10"
    assert {folder.name for folder in root.iterdir()} == known


def test_near_duplicates_are_searched_when_asked() -> None:
    app = opened()
    app.button(key="data_example_inquiries").click().run()
    next(toggle for toggle in app.toggle if toggle.key and toggle.key.endswith("inputs.data.near")).set_value(
        True
    ).run()
    end = time.monotonic() + SECONDS
    while evidence(app)["duplicates"]["near"] is None and time.monotonic() < end:
        time.sleep(0.3)
        app.run()
    assert evidence(app)["duplicates"]["near"] == 0


def test_what_to_mend_is_said() -> None:
    rows = ["返品したい,１", "返品したい,1", "\u200bログイン,1", ",2", "配送,2", "配送は,2", "か\u3099,2"]
    app = upload(opened(), "data.csv", ("text,label\n" + "\n".join(rows) + "\n").encode())
    told = " ".join(element.value for element in app.warning)
    for id, found in (
        ("conflicts", "2"),
        ("empty", "1"),
        ("duplicates", "1"),
        ("invisible", "1"),
        ("not_nfc", "1"),
    ):
        assert phrase(f"data.findings.{id}", "ja", found=found) in told
    assert next(iter(evidence(app)["findings"]))["id"] == "single_rows"


def test_no_text_of_the_team_goes_into_the_plan() -> None:
    app = upload(
        opened(), "data.csv", "text,label\n山田太郎の電話番号,a\n山田太郎の電話番号,b\n別,a\n他,b\n".encode()
    )
    assert "山田" not in json.dumps(app.session_state["open_plan"].plan.to_json(), ensure_ascii=False)
