"""The main job, clicked through in a real browser in both languages: from a labelled table to a decision.

`pytest tests/browser --screens FOLDER` also keeps a picture of every page; the README shows two of them.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from advisor.language import Language, phrase
from tests.browser.conftest import ROOT, Server, Watched

pytestmark = pytest.mark.browser

LOCALES: dict[Language, str] = {"ja": "ja-JP", "en": "en-GB"}
HEADINGS = {"ja": ("本文", "分類"), "en": ("message", "category")}
SLOW = 180_000
MOST_TABS = 150
# What a screen reader would call the element that has the focus, without the name of the icon beside it.
FOCUSED = """() => { const one = document.activeElement.cloneNode(true);
    one.querySelectorAll('[data-testid="stIconMaterial"]').forEach(icon => icon.remove());
    return (one.getAttribute("aria-label") || one.textContent).trim(); }"""
VISIBLY_FOCUSED = """() => { const style = getComputedStyle(document.activeElement);
    return style.boxShadow != "none" || (style.outlineStyle != "none" && parseFloat(style.outlineWidth) > 0); }"""


def inquiries(language: Language) -> bytes:
    """The shipped inquiries as a customer's file: other headings, and for Japanese in CP932 as Excel saves it."""
    name = "inquiries.csv" if language == "ja" else "inquiries_en.csv"
    rows = list(csv.reader((ROOT / "advisor/data/examples" / name).read_text(encoding="utf-8").splitlines()))
    written = io.StringIO()
    csv.writer(written).writerows([HEADINGS[language], *rows[1:]])
    return written.getvalue().encode("cp932")


@dataclass
class Visitor:
    """Somebody at the screen who reads labels and clicks on them."""

    watched: Watched
    language: Language
    screens: Path | None = None

    @property
    def page(self) -> Page:
        return self.watched.page

    def says(self, key: str, **values: object) -> str:
        return phrase(key, self.language, **values)

    def arrive(self, plan: str = "") -> None:
        self.page.goto(self.watched.server.url + (f"/?plan={plan}" if plan else ""))
        self.settled("overview")

    def go(self, name: str) -> None:
        self.page.get_by_test_id("stSidebarNavLink").filter(
            has_text=self.says(f"common.pages.{name}")
        ).first.click()
        self.settled(name)

    def onward(self, name: str) -> None:
        """Take the one obvious next step, which leads to the page `name`."""
        label = self.says("common.next_step", page=self.says(f"common.pages.{name}"))
        self.click_until(self.page.get_by_role("button", name=label), self.title(name))
        self.idle()

    def click_until(self, button: Locator, seen: Locator) -> None:
        """Click, and again where the page was drawn anew under the click, as happens on a busy machine."""
        for _ in range(5):
            with contextlib.suppress(PlaywrightTimeout, AssertionError):
                button.click(timeout=6_000)
                expect(seen).to_be_visible(timeout=12_000)
                return
        expect(seen).to_be_visible(timeout=60_000)

    def title(self, name: str) -> Locator:
        return self.page.get_by_test_id("stHeading").filter(has_text=self.says(f"{name}.title")).first

    def settled(self, name: str) -> None:
        expect(self.title(name)).to_be_visible(timeout=60_000)
        self.idle()

    def reach(self, label: str) -> None:
        """Walk with the Tab key to what is called `label`."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(FOCUSED) == label:
                return
        raise AssertionError(f"the Tab key never came to {label}")

    def press(self, label: str) -> None:
        """Walk to what is called `label`, and press Enter on it."""
        self.reach(label)
        assert self.page.evaluate(VISIBLY_FOCUSED), label
        self.page.keyboard.press("Enter")

    def pick(self, label: str, option: str) -> None:
        """Walk to the list called `label`, type the name of an option, and take it."""
        self.reach(label)
        self.page.keyboard.type(option)
        self.page.keyboard.press("Enter")
        self.idle()

    def press_onward(self, name: str) -> None:
        self.press(self.says("common.next_step", page=self.says(f"common.pages.{name}")))
        self.settled(name)

    def idle(self) -> None:
        self.watched.drawn()

    def choose(self, label: str, option: str) -> None:
        box = self.page.get_by_test_id("stSelectbox").filter(has_text=label).first.get_by_role("combobox")
        wanted = self.page.get_by_role("option", name=option, exact=True)
        for _ in range(5):
            box.click()
            with contextlib.suppress(PlaywrightTimeout):
                wanted.click(timeout=6_000)
                break
            # The page was drawn anew under the open list, as happens on a busy machine.
            self.page.keyboard.press("Escape")
        self.idle()

    def upload(self, name: str, body: bytes) -> None:
        place = self.page.get_by_test_id("stMain").locator('input[type="file"]').first
        place.set_input_files({"name": name, "mimeType": "text/csv", "buffer": body})

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page, where pictures are wanted."""
        if self.screens is None:
            return
        height = int(self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
        self.page.set_viewport_size({"width": 1280, "height": min(max(900, height), 2400)})
        self.page.wait_for_timeout(800)
        self.screens.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(self.screens / f"{name}-{self.language}.png"))
        self.page.set_viewport_size({"width": 1280, "height": 900})

    @property
    def plan(self) -> str:
        found = re.search(r"[?&]plan=([\w-]+)", self.page.url)
        assert found, self.page.url
        return found[1]


@pytest.fixture
def visitor(watched: Callable[..., Watched], request: pytest.FixtureRequest) -> Callable[[Language], Visitor]:
    folder = request.config.getoption("--screens")
    return lambda language: Visitor(watched(LOCALES[language]), language, Path(folder) if folder else None)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_a_labelled_table_to_a_decision(
    visitor: Callable[[Language], Visitor], language: Language
) -> None:
    me = visitor(language)
    me.arrive()
    me.shoot("overview")

    me.go("checklist")
    me.onward("data")
    me.upload("customers.csv", inquiries(language))
    text, label = HEADINGS[language]
    expect(me.page.get_by_test_id("stHeading").filter(has_text="customers.csv")).to_be_visible(timeout=60_000)
    me.idle()
    me.choose(me.says("data.choose.text"), text)
    me.choose(me.says("data.choose.label"), label)
    if language == "ja":
        expect(me.page.get_by_text("cp932").first).to_be_visible()
    expect(
        me.page.get_by_test_id("stMetricValue").filter(has_text="400" if language == "ja" else "200").first
    ).to_be_visible()
    me.shoot("data")

    me.onward("baseline")
    target = me.page.get_by_label(me.says("baseline.page.target"), exact=True)
    target.fill("0.85")
    target.press("Enter")
    me.idle()
    me.page.get_by_role("button", name=me.says("baseline.page.run"), exact=True).click()
    ladder = me.page.get_by_test_id("stHeading").filter(has_text=me.says("baseline.page.ladder"))
    expect(ladder.first).to_be_visible(timeout=SLOW)
    verdict = me.says("baseline.verdict.llm_trial")
    expect(me.page.get_by_text(verdict).first).to_be_visible()
    me.idle()
    me.shoot("baseline")

    me.onward("trial")
    me.onward("cost")
    expect(me.page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=60_000)
    expect(me.page.get_by_text(me.says("cost.result.saved")).first).to_be_visible()
    me.shoot("cost")

    # The example has chosen a model already.
    me.go("models")
    me.page.get_by_role("button", name=me.says("models.adopt"), exact=True).click()
    me.idle()
    me.shoot("models")

    me.onward("recommendation")
    me.shoot("recommendation")
    me.onward("report")
    for kind in ("markdown", "html"):
        with me.page.expect_download() as download:
            me.page.get_by_role("button", name=me.says(f"report.page.{kind}"), exact=True).click()
        body = Path(download.value.path()).read_text(encoding="utf-8")
        assert verdict in body
        assert "{" not in body or kind == "html"
    me.shoot("report")
    me.watched.expect_clean()


def test_a_restart_of_the_server_loses_nothing(
    visitor: Callable[[Language], Visitor], server: Server
) -> None:
    me = visitor("ja")
    me.arrive()
    me.go("data")
    me.upload("customers.csv", inquiries("ja"))
    expect(me.page.get_by_test_id("stHeading").filter(has_text="customers.csv")).to_be_visible(timeout=60_000)
    me.idle()
    plan = me.plan
    server.restart()
    back = visitor("ja")
    back.arrive(plan)
    back.go("data")
    expect(back.page.get_by_text("customers.csv").first).to_be_visible(timeout=60_000)
    back.watched.expect_clean()


def test_the_main_job_can_be_done_by_keyboard_alone(visitor: Callable[[Language], Visitor]) -> None:
    me = visitor("en")
    me.arrive()
    me.press(me.says("common.pages.data"))
    me.settled("data")
    with me.page.expect_file_chooser() as chooser:
        me.press("Upload")
    chooser.value.set_files({"name": "customers.csv", "mimeType": "text/csv", "buffer": inquiries("en")})
    expect(me.page.get_by_test_id("stHeading").filter(has_text="customers.csv")).to_be_visible(timeout=60_000)
    me.idle()
    for column, name in zip(("text", "label"), HEADINGS["en"], strict=True):
        me.pick(me.says(f"data.choose.{column}"), name)
    expect(me.page.get_by_test_id("stMetricValue").filter(has_text="200").first).to_be_visible(timeout=60_000)
    me.press_onward("baseline")
    me.press(me.says("baseline.page.run"))
    ladder = me.page.get_by_test_id("stHeading").filter(has_text=me.says("baseline.page.ladder"))
    expect(ladder.first).to_be_visible(timeout=SLOW)
    me.idle()
    me.press_onward("trial")
    me.press_onward("cost")
    me.press(me.says("common.pages.models"))
    me.settled("models")
    me.press(me.says("models.adopt"))
    me.idle()
    me.press_onward("recommendation")
    me.press_onward("report")
    with me.page.expect_download():
        me.press(me.says("report.page.markdown"))
    me.watched.expect_clean()


def test_the_language_can_change_at_any_time_and_nothing_typed_is_lost(
    visitor: Callable[[Language], Visitor],
) -> None:
    me = visitor("ja")
    me.arrive()
    me.go("checklist")
    box = me.page.get_by_test_id("stTextArea").first.locator("textarea")
    box.fill("問い合わせの一次回答を、9割で正しくする")
    me.page.get_by_test_id("stSidebar").get_by_text("English", exact=True).click()
    me.language = "en"
    me.settled("checklist")
    expect(box).to_have_value("問い合わせの一次回答を、9割で正しくする")
    me.go("overview")
    me.go("checklist")
    expect(box).to_have_value("問い合わせの一次回答を、9割で正しくする")
    me.page.reload()
    me.settled("checklist")
    expect(box).to_have_value("問い合わせの一次回答を、9割で正しくする")
    me.watched.expect_clean()


BAD_FILES = {
    "empty.csv": b"",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "torn.csv": b'text,label\n"never closed,a\nb,c\n',
}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_bad_file_gets_a_sentence_and_the_page_lives_on(
    visitor: Callable[[Language], Visitor], language: Language
) -> None:
    me = visitor(language)
    me.arrive()
    me.go("data")
    alert = me.page.get_by_test_id("stAlert").first
    # The open plan's own table may have something to be told already.
    said = (alert.text_content() or "") if alert.count() else "nothing yet"
    for name, body in BAD_FILES.items():
        me.upload(name, body)
        expect(alert).not_to_have_text(said, timeout=60_000)
        expect(alert).to_be_visible(timeout=60_000)
        me.idle()
        said = alert.text_content() or ""
        assert "Traceback" not in said
        assert re.search("[ぁ-ん]", said) if language == "ja" else not re.search("[ぁ-ん]", said)
    example = me.page.get_by_role("button", name=me.says("data.examples.inquiries"))
    me.click_until(example, me.page.get_by_test_id("stMetricValue").filter(has_text="400").first)
    me.watched.expect_clean()


def test_an_unreachable_hub_and_a_bad_id_are_said_so(visitor: Callable[[Language], Visitor]) -> None:
    me = visitor("en")
    me.arrive()
    me.go("models")
    # The label is what is seen of a toggle; its input is hidden.
    me.page.get_by_test_id("stMain").get_by_text(me.says("models.ask_hub")).click()
    me.idle()
    box = me.page.get_by_test_id("stMain").get_by_role("combobox").first
    for id in ("nobody/never-seen-model", "bad id"):
        box.fill(id)
        box.press("Enter")
        me.idle()
    expect(me.page.get_by_test_id("stMain").get_by_text("cannot be reached").first).to_be_visible(
        timeout=60_000
    )
    me.watched.expect_clean()
