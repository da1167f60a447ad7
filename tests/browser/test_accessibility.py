"""What axe-core finds on every page, and what it cannot see: charts in words and numbers, labels cut, pages too wide.

Every page is looked at twice: in Japanese, light, on a desk; in English, dark, on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from advisor.language import Language, phrase
from advisor.pages import PAGES
from advisor.plan import example
from advisor.report import build, html
from tests.browser.conftest import Server, Watched

pytestmark = pytest.mark.browser

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
# Held too, though axe takes them lightly: who listens to a page finds the way by its headings.
HEADINGS = ("heading-order", "page-has-heading-one")
LOCALES: Mapping[Language, str] = {"ja": "ja-JP", "en": "en-GB"}


@dataclass(frozen=True)
class Excused:
    """A finding in Streamlit's own markup, which this project cannot write, and why it can be lived with."""

    rule: str
    selector: str
    because: str

    def covers(self, page: Page, finding: Mapping[str, Any]) -> bool:
        target = finding["target"][0]
        return self.rule == finding["rule"] and bool(
            page.locator(target).first.evaluate(MATCHES, self.selector)
        )


MATCHES = "(element, selector) => element.matches(selector)"
MENU = (
    Excused(
        "list",
        '[data-testid="stSidebarNavItems"]',
        "The menu's sections are divs inside the list; its links have their names and their order all the same.",
    ),
    Excused(
        "listitem",
        '[data-testid="stSidebarNavItems"] li',
        "For the same divs a page's entry is not a child of the list; it is read and reached as a link.",
    ),
)
TABLE = Excused(
    "scrollable-region-focusable",
    'div:has(> [data-testid="stTableStyledTable"])',
    "A wide st.table scrolls in a box without tabindex; Chromium and Firefox give such a box the focus by themselves.",
)


@dataclass(frozen=True)
class Sight:
    """In which language and colours, on how wide a screen, with which example, and what is excused there."""

    language: Language
    dark: bool
    width: int
    example: str
    excused: tuple[Excused, ...]


SIGHTS = {
    "ja-light-1280": Sight("ja", dark=False, width=1280, example="why_bot", excused=MENU),
    "en-dark-390": Sight("en", dark=True, width=390, example="inquiries", excused=(*MENU, TABLE)),
}
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
FINISHED = """() => document.querySelector('[data-test-script-state="notRunning"]')
    && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"], [data-testid="stSpinner"]')
    && [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].every(
        chart => !chart.offsetParent || chart.querySelector(".main-svg"))
    && document.getAnimations().every(one => one.playState != "running"
        || one.effect.getComputedTiming().iterations == Infinity)"""
OPEN_ALL = """() => document.querySelectorAll('[data-testid="stMain"] details:not([open]) > summary').forEach(
    summary => summary.click())"""
CHARTS = """() => [...document.querySelectorAll('[data-testid="stPlotlyChart"]')].filter(chart => chart.offsetParent).map(
    chart => ({
        words: chart.getAttribute("aria-label") || "",
        x: [...chart.querySelectorAll(".xtitle")].map(title => title.textContent).join(),
        y: [...chart.querySelectorAll(".ytitle")].map(title => title.textContent).join(),
        table: Boolean(chart.closest('[data-testid="stElementContainer"]').nextElementSibling?.querySelector(
            '[data-testid="stDataFrame"]')),
    }))"""
CUT = """() => [...document.querySelectorAll('button, [role="tab"], [data-testid^="stMetric"]')].filter(
    one => one.offsetParent).flatMap(one => [one, ...one.querySelectorAll("*")]).filter(
    one => getComputedStyle(one).overflowX == "hidden" && one.clientWidth && one.scrollWidth > one.clientWidth + 1
        && one.textContent.trim()).map(one => one.textContent)"""
TOO_WIDE = """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')].map(
    one => one.scrollWidth - one.clientWidth)"""


class Walk:
    """A walk over all pages in one browser tab, with whatever was found on it."""

    def __init__(self, page: Page, sight: Sight) -> None:
        self.page = page
        self.sight = sight
        self.faults: list[str] = []
        self.met: set[Excused] = set()
        self.charts = 0

    def begin(self, server: Server) -> None:
        self.page.goto(server.url)
        self.finish("overview")
        self.page.evaluate(AXE)

    def finish(self, name: str) -> None:
        """Wait until the page `name` is all there and still."""
        title = self.page.get_by_test_id("stHeading").filter(has_text=self.says(f"{name}.title")).first
        expect(title).to_be_visible(timeout=60_000)
        self.still()

    def still(self) -> None:
        self.page.wait_for_timeout(150)
        self.page.wait_for_function(FINISHED, timeout=60_000)

    def says(self, key: str, **values: object) -> str:
        return phrase(key, self.sight.language, **values)

    def take_example(self) -> None:
        title = example(self.sight.example).title.say(self.sight.language)
        name = self.says("common.example", title=title)
        # The menu lies outside a narrow screen until it is called; a press reaches its buttons all the same.
        self.page.get_by_role(
            "button", name=self.says("common.plans_menu"), include_hidden=True
        ).dispatch_event("click")
        self.page.get_by_role("button", name=name, exact=True, include_hidden=True).dispatch_event("click")
        self.still()

    def go(self, name: str) -> None:
        link = self.page.get_by_test_id("stSidebarNavLink").filter(has_text=self.says(f"common.pages.{name}"))
        link.first.dispatch_event("click")
        self.finish(name)

    def look(self, place: str) -> None:
        """Open what is folded, and note all that is wrong here."""
        self.page.evaluate(OPEN_ALL)
        self.still()
        for finding in self.findings():
            excuse = next((one for one in self.sight.excused if one.covers(self.page, finding)), None)
            if excuse:
                self.met.add(excuse)
            else:
                self.faults.append(f"{place}: {finding['rule']}: {finding['html']}: {finding['summary']}")
        for chart in self.page.evaluate(CHARTS):
            self.charts += 1
            self.faults += [
                f"{place}: a chart lacks {part}: {chart}" for part, there in chart.items() if not there
            ]
        self.faults += [f"{place}: cut: {text}" for text in self.page.evaluate(CUT)]
        self.faults += [
            f"{place}: {beyond} px too wide" for beyond in self.page.evaluate(TOO_WIDE) if beyond > 0
        ]

    def findings(self) -> Iterator[dict[str, Any]]:
        for violation in self.page.evaluate(RUN):
            if violation["impact"] in GRAVE or violation["id"] in HEADINGS:
                for node in violation["nodes"]:
                    yield {
                        "rule": violation["id"],
                        "html": node["html"][:200],
                        "target": node["target"],
                        "summary": " ".join(node["failureSummary"].split()),
                    }

    def tabs(self) -> Iterator[Locator]:
        """The tabs of this page one after another, each chosen when it is its turn, the first being so already."""
        tabs = self.page.get_by_test_id("stMain").get_by_role("tab")
        for place in range(1, tabs.count()):
            tabs.nth(place).click()
            self.still()
            yield tabs.nth(place)


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
def test_nothing_grave_stands_in_anybodys_way(
    watched: Callable[..., Watched], server: Server, sight: Sight
) -> None:
    visitor = watched(LOCALES[sight.language], sight.width, dark=sight.dark)
    walk = Walk(visitor.page, sight)
    walk.begin(server)
    walk.take_example()
    for entry in PAGES:
        walk.go(entry.name)
        walk.look(entry.name)
        for tab in walk.tabs():
            walk.look(f"{entry.name}, {tab.inner_text()}")
    assert not walk.faults, "\n".join(walk.faults)
    assert walk.charts
    assert set(sight.excused) - walk.met == set(), "no longer found: strike it from the list"
    visitor.expect_clean()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_can_be_read_by_everybody(watched: Callable[..., Watched], language: Language) -> None:
    body = html.render(build(example("why_bot"), language, date(2026, 11, 22)))
    for dark in (False, True):
        page = watched(LOCALES[language], dark=dark).page
        page.set_content(body)
        page.evaluate(AXE)
        assert [one for one in page.evaluate(RUN) if one["impact"] in GRAVE or one["id"] in HEADINGS] == []
