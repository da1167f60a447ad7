"""The Improve page: remedies with their reasons, where failures gather, the training log and the rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.improve import remedies
from advisor.language import phrase, problem
from pricing import Problem

APP = Path(__file__).parent.parent / "app.py"
SECONDS = 60


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"improve.{key}", language, **values)  # type: ignore[arg-type]


def opened(locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    return app.switch_page("advisor/pages/improve.py").run()


def after_scores(body: str | None = None) -> AppTest:
    """The page after the example, or a sheet of one's own, was read on the Evaluation page."""
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": "ja-JP"}
    app.run()
    app.switch_page("advisor/pages/evaluation.py").run()
    app.button_group(key="evaluation_view").set_value("results").run()
    if body is None:
        app.button(key="evaluation_scores_example").click().run()
    else:
        app.file_uploader(key="evaluation_scores").upload("scores.csv", body.encode()).run()
    return app.switch_page("advisor/pages/improve.py").run()


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def shown(app: AppTest) -> str:
    kinds = ("header", "markdown", "info", "warning", "success", "error", "caption")
    tables = "\n".join(frame.value.to_string() for frame in app.dataframe)
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind)) + tables


def named(id: str) -> str:
    return next(remedy.name.ja for remedy in remedies() if remedy.id == id)


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_the_page_opens_without_an_evaluation_and_says_what_to_do(locale: str, language: str) -> None:
    app = opened(locale)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == say("title", language)
    assert say("no_evaluation", language) in shown(app)


def test_the_example_calls_for_more_items_first() -> None:
    app = after_scores()
    assert not app.exception
    assert not app.error
    assert f"**1. {named('more_items')}**" in shown(app)
    assert "30件" in shown(app)


def test_failures_that_gather_are_shown_and_answered() -> None:
    rows = (f"q{n},佐藤,{'返品' if n < 15 else '配送'},{int(n >= 10)}\n" for n in range(60))
    app = after_scores("item_id,rater,分類,口調\n" + "".join(rows))
    assert not app.exception
    assert say("group.yes") in shown(app)
    assert named("target_rows") in shown(app)


def test_a_training_log_is_drawn_judged_and_kept() -> None:
    app = after_scores()
    losses = b"step,train_loss,valid_loss\n1,2,2.1\n2,1.5,1.6\n3,1.1,1.3\n4,0.8,1.2\n5,0.5,1.4\n6,0.3,1.7\n"
    app.file_uploader(key="improve_losses").upload("log.csv", losses).run()
    assert not app.exception
    assert say("shape.overfitting", best_step="4", best_loss="1.2", last_loss="1.7") in shown(app)
    assert named("stop_earlier") in shown(app)
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/improve.py").run()
    assert named("stop_earlier") in shown(app)


def test_a_file_that_is_no_log_is_said() -> None:
    app = opened()
    app.file_uploader(key="improve_losses").upload("log.csv", b"step,accuracy\n1,0.5\n").run()
    assert not app.exception
    assert "accuracy" in app.error[0].value


def test_rounds_are_recorded_and_taken_back() -> None:
    app = after_scores()
    for changed, cost in (("例示を3つ足した", ""), ("エポックを3から2に", "0.06")):
        app.text_input(key="improve_changed").set_value(changed)
        app.text_input(key="improve_cost").set_value(cost)
        widget(app, "button", say("rounds_record")).click().run()
        assert not app.exception
        assert changed in shown(app)
    assert "90.0% (74%〜97%)" in shown(app)
    assert "$0.06" in shown(app)
    app.button(key="improve_undo").click().run()
    assert "エポックを3から2に" not in shown(app)


@pytest.mark.parametrize(
    ("changed", "cost", "said"),
    [("", "", "rounds_empty"), ("x", "abc", "rounds_bad_cost"), ("x", "-1", "rounds_bad_cost")],
)
def test_a_round_that_says_nothing_is_not_recorded(changed: str, cost: str, said: str) -> None:
    app = after_scores()
    app.text_input(key="improve_changed").set_value(changed)
    app.text_input(key="improve_cost").set_value(cost)
    widget(app, "button", say("rounds_record")).click().run()
    assert not app.exception
    assert say(said) in shown(app)
    assert say("rounds_none") in shown(app)
    assert app.text_input(key="improve_changed").value == changed
    assert app.text_input(key="improve_cost").value == cost


def test_without_an_evaluation_a_round_is_refused_and_what_was_typed_stays() -> None:
    app = opened()
    app.text_input(key="improve_changed").set_value("例示を3つ足した")
    widget(app, "button", say("rounds_record")).click().run()
    assert not app.exception
    assert app.error[0].value == problem(Problem("iteration_without_rate"), "ja")
    assert app.text_input(key="improve_changed").value == "例示を3つ足した"
