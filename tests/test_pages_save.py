"""What saves a version of a plan: a change and what was measured, and never a look."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.access import Access
from advisor.pages import PAGES, on_screen
from advisor.plan import example, example_names
from advisor.store import Saved
from tests.conftest import ROOT, TODAY

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def kept() -> Access:
    return on_screen.store(on_screen.settings())


def opened(saved: Saved, page: str = "overview") -> AppTest:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    app.context = {"locale": "ja-JP"}
    app.query_params["plan"] = saved.id
    app.run()
    return app.switch_page(f"advisor/pages/{page}.py").run()


@pytest.mark.parametrize("on", [TODAY, date(2027, 2, 1)])
@pytest.mark.parametrize("name", example_names())
def test_looking_at_a_page_makes_no_version(
    name: str, on: date, kept: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.pages.on_screen.today", lambda: on)
    saved = kept.create(example(name), now=NOW)
    app = opened(saved)
    for page in PAGES:
        app.switch_page(str(Path(page.file))).run()
        assert (page.name, list(app.exception)) == (page.name, [])
        assert (page.name, [one.what for one in kept.history(saved.id)]) == (page.name, ["created"])
    assert kept.load(saved.id).plan.evidence == saved.plan.evidence


def test_a_change_and_what_follows_from_it_are_one_version(kept: Access) -> None:
    saved = kept.create(example("inquiries"), now=NOW)
    app = opened(saved, "cost")
    field = next(one for one in app.text_input if str(one.key).endswith("cost.today.requests_per_month"))
    field.set_value("4321").run()
    assert [one.what for one in kept.history(saved.id)] == [
        "inputs.cost.today.requests_per_month", "created",
    ]  # fmt: skip
    now = kept.load(saved.id).plan
    assert now == app.session_state["open_plan"].plan
    assert now.evidence["cost"] != saved.plan.evidence["cost"]
    assert kept.load(saved.id, 1).plan == saved.plan


def test_the_job_that_described_the_table_is_deleted_with_the_plan(kept: Access) -> None:
    saved = kept.create(example("inquiries"), now=NOW)
    opened(saved, "data")
    assert kept.jobs(saved.id)
    assert len(kept.history(saved.id)) == 1
