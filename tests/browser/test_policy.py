"""Pages under the headers that .deploy/nginx.conf adds: what its Content-Security-Policy blocks shows here."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Response, Route, expect

from advisor.language import phrase
from advisor.pages import PAGES
from tests.browser.conftest import ROOT, Watched

pytestmark = pytest.mark.browser
SLOW = 60_000

PROXY = (ROOT / ".deploy/nginx.conf").read_text(encoding="utf-8")
HEADERS = dict(re.findall(r'add_header (\S+) "?([^"\n]*?)"? always;', PROXY))
# A policy counts on the page itself, whose address has no dot and no second slash.
DOCUMENT = re.compile(r"^https?://[^/]+/[a-z]*(\?.*)?$")
REPORT = 'iframe[src^="data:text/html"]'
# Between them these two draw with charts, tables on a canvas, and a file inside the page.
DRAWN = {"cost": '[data-testid="stPlotlyChart"]', "report": REPORT}


def as_the_proxy_answers(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers=answer.headers | HEADERS)


def behind_the_proxy(visitor: Watched) -> Response:
    # Chromium takes a page that a test answers for as one from the internet, which has to ask before it comes here.
    visitor.page.context.grant_permissions(["local-network-access"])
    visitor.page.route(DOCUMENT, as_the_proxy_answers)
    answer = visitor.page.goto(visitor.server.url)
    assert answer
    return answer


def test_the_policy_blocks_nothing_that_pages_need(watched: Callable[..., Watched]) -> None:
    visitor = watched("en-GB")
    answer = behind_the_proxy(visitor)
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    names = [entry.name for entry in PAGES]
    for name, drawn in DRAWN.items():
        visitor.page.get_by_test_id("stSidebarNavLink").nth(names.index(name)).click()
        title = phrase(f"{name}.title", "en")
        expect(visitor.page.get_by_test_id("stHeading").filter(has_text=title).first).to_be_visible(
            timeout=SLOW
        )
        expect(visitor.page.locator(drawn).first).to_be_visible(timeout=SLOW)
    expect(visitor.page.frame_locator(REPORT).first.locator("h1").first).to_be_visible(timeout=SLOW)
    visitor.expect_clean()


def test_the_policy_blocks_what_a_stranger_would_run(watched: Callable[..., Watched]) -> None:
    visitor = watched("en-GB")
    behind_the_proxy(visitor)
    visitor.page.evaluate(
        """() => { const one = document.createElement("script");
        one.textContent = "window.pwned = 1"; document.body.append(one); }"""
    )
    assert visitor.page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in complaint for complaint in visitor.complaints)
