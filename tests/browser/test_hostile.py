"""Texts that try to be markup, scripts, links or pictures are shown as typed, and nobody outside is asked for anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect

from advisor.dataset import describe
from advisor.language import Text, phrase
from advisor.pages import PAGES
from advisor.plan import Plan, new_plan
from advisor.store import Store
from baselines.reading import read_table
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser

EVIL = (
    "![p](http://evil.invalid/p.png) <img src=http://evil.invalid/q.png onerror=window.pwned=1> "
    "[a](javascript:window.pwned=1) {x} {0.__class__} $\\input{x}$ :red[r] <script>window.pwned=1</script>"
    " or write to x@evil.invalid, see www.evil.invalid and https://evil.invalid/a_b"
)
# Not even a bare address becomes a link: nobody here has vouched for where it leads.
MARKUP = """() => [...document.querySelectorAll("img[src*='evil'], a, .katex, [onerror]")].filter(one =>
    one.tagName != "A" || one.protocol == "javascript:" || one.getAttribute("href").includes("evil")).map(one => one.outerHTML)"""


def table() -> bytes:
    """A customer's file whose headings, texts and labels are all hostile, with something to find on every tab."""
    rows = [[f"{EVIL} text", f"{EVIL} label"]]
    rows += [[f"{EVIL} {i % 9}", f"{EVIL} {'ab'[i % 2]}"] for i in range(20)]
    rows += [[f"{EVIL} 0\u200b", f" {EVIL} A"], [f"=cmd|' {EVIL}", f"{EVIL} a"]]
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def hostile_plan(upload: str, body: bytes) -> Plan:
    text, label = f"{EVIL} text", f"{EVIL} label"
    plan = replace(new_plan(date(2026, 11, 22), "en"), title=Text(ja=EVIL, en=EVIL))
    typed = {"name": EVIL[:100], "licence": "mit", "parent": EVIL, "config": '{"model_type": "<img src=x>"}'}
    inputs = {
        "data.file": {"name": EVIL, "sha256": upload},
        "data.text": text,
        "data.label": label,
        "models.ask_hub": False,
        "models.typed": {EVIL[:100]: typed},
        "models.chosen": [EVIL[:100], EVIL],
    }
    for name, value in inputs.items():
        plan = plan.put(f"inputs.{name}", value)
    plan = plan.put("answers.success_statement", EVIL)
    for question in ("success_statement", "purpose", "target_score"):
        plan = plan.put(f"notes.{question}", {"text": EVIL, "owner": EVIL, "by": EVIL, "due": EVIL})
    evidence = describe(read_table(body, EVIL), text, label).dataset
    return plan.put("evidence.dataset", evidence).put("evidence.model", {"id": EVIL, "conditions": [EVIL]})


@pytest.fixture(scope="module")
def link(server: Server) -> str:
    """A plan full of hostile texts, kept by another process than the server."""
    store, now, body = Store(f"sqlite:///{server.home / 'advisor.db'}"), datetime.now(UTC), table()
    plan = hostile_plan(store.keep_upload(EVIL, body, now=now), body)
    saved = store.create(plan, now=now)
    store.close()
    return f"{server.url}/?plan={saved.id}&lang=en"


def test_hostile_texts_stay_texts_on_every_page(watched: Callable[..., Watched], link: str) -> None:
    visitor = watched("en-GB")
    page = visitor.page
    page.goto(link)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("![p](").first).to_be_visible(timeout=60_000)
    for entry in PAGES:
        sidebar.get_by_test_id("stSidebarNavLink").filter(
            has_text=phrase(f"common.pages.{entry.name}", "en")
        ).first.click()
        title = page.get_by_test_id("stHeading").filter(has_text=phrase(f"{entry.name}.title", "en")).first
        expect(title).to_be_visible(timeout=60_000)
        visitor.drawn()
        assert (entry.name, page.evaluate(MARKUP)) == (entry.name, [])
        assert page.evaluate("window.pwned") is None
        assert (entry.name, visitor.foreign) == (entry.name, [])
    visitor.expect_clean()


def test_an_address_that_means_harm_opens_nothing_and_says_so(
    watched: Callable[..., Watched], server: Server
) -> None:
    visitor = watched("en-GB")
    evil = "<script>window.pwned=1</script>![p](http://evil.invalid/p.png)"
    visitor.page.goto(f"{server.url}/?lang=xx&plan={evil}")
    warning = visitor.page.get_by_test_id("stAlert").filter(has_text="<script>").first
    expect(warning).to_be_visible(timeout=60_000)
    expect(warning).to_contain_text("There is no plan")
    assert visitor.page.evaluate("window.pwned") is None
    assert visitor.page.evaluate(MARKUP) == []
    visitor.expect_clean()
