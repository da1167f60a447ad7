"""An LLM tried from the page: the scripted one on loopback is asked about the example's rows, and the path moves on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from advisor.dataset import example_file
from advisor.language import phrase
from advisor.plan import example
from advisor.settings import Settings
from advisor.store import Store
from tests import llm_standin
from tests.browser.test_journey import SLOW, Visitor, visitor  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

LABELS = {
    row["text"]: row["label"]
    for row in csv.DictReader(example_file("inquiries")[1].decode("utf-8-sig").splitlines())
}


@pytest.fixture
def llm() -> Iterator[llm_standin.LLM]:
    """One that knows the example's labels."""
    with llm_standin.serving(
        llm_standin.LLM(label_of=lambda text: LABELS.get(text.strip(), "配送"))
    ) as found:
        yield found


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_the_example_to_a_measured_llm_in_eight_steps(
    visitor: Callable[..., Visitor],  # noqa: F811
    llm: llm_standin.LLM,
    language: str,
) -> None:
    me = visitor(language)
    home = Settings.from_environment({"ADVISOR_HOME": str(me.watched.server.home)})
    store = Store(home.database_url)
    saved = store.create(example("inquiries"), now=datetime.now(UTC))
    me.arrive(saved.id)
    me.go("trial")  # 1
    main = me.page.get_by_test_id("stMain")
    me.click_until(
        main.get_by_role("radio", name=me.says("trial.way.ask")).or_(
            main.get_by_role("button", name=me.says("trial.way.ask"))
        ),
        main.get_by_text(me.says("trial.form.fill_in")),
    )  # 2
    me.choose(me.says("trial.form.endpoint"), me.says("trial.form.other"))  # 3
    for label, typed in (("model", "ok"), ("address", f"{llm.url}/v1")):  # 4, 5
        field = main.get_by_label(me.says(f"trial.form.{label}"), exact=True)
        field.fill(typed)
        field.press("Enter")
        me.idle()
    me.click_until(
        main.get_by_role("button", name=me.says("trial.form.estimate")),
        main.get_by_text(me.says("trial.form.preview")),
    )  # 6
    most = phrase("trial.form.requests", language, requests="840")
    sent = me.says("trial.form.send", requests="420", cap=most)
    main.get_by_role("button", name=sent).click()  # 7
    expect(main.get_by_text("fake-2026-11-01").first).to_be_visible(timeout=SLOW)  # the model that answered
    me.idle()
    me.shoot("trial")
    assert llm.calls["ok"] == 420
    assert llm.other_calls == 0
    me.watched.expect_clean()
    trials = store.load(saved.id).plan.trials
    assert {(one.approach, one.source) for one in trials} == {
        ("zero_shot", "measured"),
        ("few_shot", "measured"),
    }
    store.close()
