"""The evidence that ships with the worked examples is what the product measures on them, and pages leave it alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.answers.cost import Cost
from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen
from advisor.plan import EXAMPLES, Plan, example, example_names
from advisor.recommend import recommend
from advisor.report import build, markdown
from pricing.book import price_book
from pricing.scenario import Scenario, compare_costs
from tests import refresh_examples as fresh

PARTS = {
    "inquiries": ["dataset", "baseline", "trial", "cost", "model", "memory", "preparation"],
    "why_bot": ["dataset", "baseline", "cost", "model", "memory"],
    "why_bot_2024": ["dataset", "baseline", "cost", "preparation", "evaluation"],
}
CHEAP: dict[str, Callable[[Plan], Any]] = {
    "dataset": fresh.dataset,
    "cost": lambda plan: repriced(plan),
    "model": fresh.model,
    "memory": fresh.memory,
    "preparation": fresh.preparation,
    "evaluation": fresh.evaluation,
}
PAGES = ("data", "baseline", "cost", "models", "preparation", "evaluation")
SECONDS = 60
# Versions of scikit-learn move a fold or two; a baseline that moved further is another result.
MOVED = 0.02


def repriced(plan: Plan) -> Any:
    """The stored scenario at the prices of the plan's day; that it is the page's own is another test's claim."""
    scenario = Scenario.parse(plan.evidence["cost"].as_json()["scenario"])
    return Cost.of(compare_costs(scenario, price_book(), plan.on)).as_json()


def plain(answer: Any) -> Any:
    return json.loads(json.dumps(answer))


def same(kept: Any, found: Any) -> bool:
    """Equal but for the last digits of floats."""
    if isinstance(kept, dict) and isinstance(found, dict):
        return kept.keys() == found.keys() and all(same(value, found[name]) for name, value in kept.items())
    if isinstance(kept, list) and isinstance(found, list):
        return len(kept) == len(found) and all(map(same, kept, found))
    if isinstance(kept, float) and isinstance(found, int | float):
        return bool(found == pytest.approx(kept, rel=1e-6, abs=1e-9))
    return bool(kept == found)


@pytest.mark.parametrize("name", example_names())
def test_every_example_holds_its_parts_in_the_order_of_the_work(name: str) -> None:
    assert list(example(name).evidence) == PARTS[name]
    assert all(example(name).evidence.values())


@pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name, parts in PARTS.items() for part in parts if part in CHEAP]
)
def test_what_was_measured_is_measured_again(name: str, part: str) -> None:
    kept = example(name)
    assert same(kept.evidence[part].as_json(), plain(CHEAP[part](kept)))


@pytest.mark.parametrize("name", example_names())
def test_the_small_models_reach_the_same_again(name: str) -> None:
    kept = example(name)
    answer, again = kept.evidence["baseline"].as_json(), plain(fresh.baseline(kept))
    assert answer.keys() <= again.keys(), "a later version may say more"
    assert [
        (one, again[one]) for one in ("task", "rows", "labels", "metric", "target", "best", "verdict")
    ] == [(one, answer[one]) for one in ("task", "rows", "labels", "metric", "target", "best", "verdict")]
    for before, now in zip(answer["scores"], again["scores"], strict=True):
        assert (before["baseline"], before["metric"]) == (now["baseline"], now["metric"])
        ends = ("mean", "low", "high") if now["baseline"] == answer["best"] else ("mean",)
        assert all(now[end] == pytest.approx(before[end], abs=MOVED) for end in ends)


@pytest.mark.parametrize("name", example_names())
def test_pages_find_the_evidence_valid_and_change_nothing(name: str) -> None:
    kept = example(name)
    app = AppTest.from_file(str(fresh.ROOT / "app.py"), default_timeout=SECONDS)
    app.context = {"locale": "en-GB"}
    app.run()
    app.session_state["open_plan"] = on_screen.OnScreen(kept, epoch=1)
    for page in PAGES:
        app.switch_page(f"advisor/pages/{page}.py").run()
        assert not app.exception and not app.error, page
        assert phrase("baseline.page.outdated", "en") not in [found.value for found in app.warning], page
    state = app.session_state["open_plan"]
    assert state.saved is None, "opening a page is no change"
    for part, answer in kept.evidence.items():
        before, now = answer.as_json(), state.plan.evidence[part].as_json()
        # The Cost page prices today's preset on the reader's own day; the work and the arms stay.
        assert same(before["scenario"], now["scenario"]) if part == "cost" else same(before, now), part


@pytest.mark.parametrize("name", example_names())
def test_no_row_of_the_data_is_quoted_in_a_plan(name: str) -> None:
    kept, table = example(name), fresh.table_of(example(name))[2]
    texts = {cell for column in table.columns for cell in table.column(column)} - set(
        kept.evidence["dataset"].as_json()["labels"]
    )
    written = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    assert [text for text in texts if len(text) > 4 and text in written] == []
    assert written == kept.to_yaml() and len(written.encode()) < 50_000


def test_the_small_model_s_share_of_the_cascade_is_the_measured_one() -> None:
    kept = example("inquiries")
    cascade = next(arm for arm in kept.inputs["cost.today.arms"] if arm["kind"] == "cascade")
    measured = {
        point["precision"]: point["share"] for point in kept.evidence["baseline"].as_json()["cascade"]
    }
    assert float(cascade["share_answered"]) == pytest.approx(measured[0.9], abs=MOVED)


def test_each_example_leads_to_the_step_it_is_there_to_show() -> None:
    led_to = {
        name: recommend(kept.answers, kept.evidence, kept.on, stated=kept.stated).steps.first
        for name in example_names()
        for kept in [example(name)]
    }
    assert led_to == {
        "inquiries": ("try", "zero_shot"),
        "why_bot": ("try", "zero_shot"),
        "why_bot_2024": ("try", "fine_tuning_hosted"),
    }


def test_no_cascade_is_advised_before_an_llm_was_measured() -> None:
    kept = example("inquiries")
    order = [
        step.approach for step in recommend(kept.answers, kept.evidence, kept.on, stated=kept.stated).path
    ]
    assert order.index("zero_shot") < order.index("cascade")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", example_names())
def test_the_report_of_an_example_has_every_measured_part(name: str, language: Language) -> None:
    kept = example(name)
    found = build(kept, language, kept.on)
    sections = {section.id: section for section in found.sections}
    told = {"dataset": "data", "cost": "costs"}
    assert {told.get(part, part) for part in kept.evidence} <= set(sections)
    assert phrase("report.unreadable", language) not in markdown.render(found)
