"""Sharing and privacy: who sees a plan, what is kept, everything in one file, and nothing left after deletion."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from zipfile import ZipFile

import pytest
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.access import Access
from advisor.archive import KeptFile, PastVersion, pack
from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import example, from_json, from_yaml, new_plan
from advisor.report.formats import MEDIA_TYPES
from advisor.store import Saved
from pricing import Problem
from tests.test_page_overview import ROOT, SECONDS, words

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def kept() -> Access:
    return on_screen.store(on_screen.settings())


@pytest.fixture
def saved(kept: Access) -> Saved:
    digest = kept.keep_upload("../../客 list.csv", b"text,label\na,b\n", now=NOW)
    plan = example("inquiries").put("inputs.data.file", {"name": "x", "sha256": digest})
    first = kept.create(plan, now=NOW, author="花子")
    return kept.save(
        first.id, plan.put("answers.purpose", "cost"), based_on=1, now=NOW, what="answers.purpose"
    )


def privacy(saved: Saved | None, language: Language = "en") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "ja-JP" if language == "ja" else "en-US"}
    if saved:
        app.query_params["plan"] = saved.id
    app.run()
    return app.switch_page("advisor/pages/privacy.py").run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_who_sees_what_and_for_how_long(saved: Saved, language: Language) -> None:
    app = privacy(saved, language)
    assert not app.exception and not app.error
    assert [warning.value for warning in app.warning] == [phrase("privacy.everybody", language)]
    table = app.table[0].value.to_string()
    assert "30" in table and "7" in table
    assert "make_link" not in {button.key for button in app.button}


def test_a_draft_can_be_taken_along_and_has_nothing_to_delete() -> None:
    app = privacy(None)
    assert not app.exception and not app.error
    assert "delete" not in {button.key for button in app.button}


def test_the_archive_holds_everything_and_can_be_read_back(saved: Saved, kept: Access) -> None:
    [digest] = kept.uploads_of(saved.id)
    past = [
        PastVersion(one.number, one.what, one.author, one.saved_at, kept.load(saved.id, one.number).plan)
        for one in kept.history(saved.id)
    ]
    body = pack(
        saved.plan, past, [KeptFile(digest, *kept.upload(digest) or ("", b""))], on=date(2026, 11, 22)
    )
    with ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        contents = json.loads(archive.read("contents.json"))
        assert from_yaml(archive.read("plan.yaml").decode()) == saved.plan
        older = next(one for one in contents["versions"] if one["number"] == 1)
        assert older["author"] == "花子"
        assert from_json(json.loads(archive.read(older["file"]))) == kept.load(saved.id, 1).plan
        [upload] = contents["uploads"]
        assert archive.read(upload["file"]) == b"text,label\na,b\n"
        assert upload["name"] == "../../客 list.csv"
        for command, answer in saved.plan.evidence.items():
            assert json.loads(archive.read(f"evidence/{command}.json")) == answer.as_json()
        for language in LANGUAGES:
            for form in MEDIA_TYPES:
                assert len(archive.read(f"reports/report.{language}.{form}")) > 1000
    assert sorted(names) == sorted({*names})
    assert all(".." not in name and not name.startswith("/") and name.count("/") <= 1 for name in names)


def test_deleting_asks_first_and_then_leaves_nothing(kept: Access) -> None:
    digest = kept.keep_upload("a.csv", b"text,label\nonly here,a\nand here,b\n", now=NOW)
    plan = new_plan(date(2026, 11, 22)).put("inputs.data.file", {"name": "a.csv", "sha256": digest})
    saved = kept.create(plan, now=NOW)
    # The pages begin jobs of their own, whose results quote the table.
    described = privacy(saved).switch_page("advisor/pages/data.py").run()
    assert described.session_state["open_plan"].plan.evidence["dataset"].as_json()["rows"] == 2
    job = jobs.folder_of(
        described.session_state["open_plan"].plan.get("inputs.data.job"), on_screen.settings().jobs
    )
    assert job is not None
    link = kept.make_link(saved.id, may_edit=False, now=NOW)

    app = privacy(saved)
    assert app.button(key="delete").disabled
    next(box for box in app.checkbox if box.label == phrase("privacy.delete_sure", "en")).check().run()
    app.button(key="delete").click().run()
    assert not app.exception
    assert "plan" not in app.query_params
    with pytest.raises(Problem):
        kept.load(saved.id)
    assert kept.upload(digest) is None
    assert kept.store.link(link.token) is None
    assert not job.exists()


def test_the_history_leads_here(saved: Saved) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "en-US"}
    app.query_params["plan"] = saved.id
    app.run().switch_page("advisor/pages/history.py").run()
    assert not app.exception
    assert "delete" not in {button.key for button in app.button}
    assert phrase("common.pages.privacy", "en") in words(app) or app.main
