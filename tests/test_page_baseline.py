"""The Baseline page: from a table to a verdict in either language, and a sentence for what cannot be measured."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor import jobs
from advisor.language import phrase
from advisor.pages import on_screen
from tests.small_tables import inquiries, sentence_pairs

APP = Path(__file__).parent.parent / "app.py"
SECONDS = 60


def opened(locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    app.switch_page("advisor/pages/baseline.py")
    return app.run()


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"baseline.{key}", language, **values)  # type: ignore[arg-type]


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def with_example(locale: str = "ja-JP") -> AppTest:
    return opened(locale).button(key="baseline_example").click().run()


def measured(app: AppTest) -> AppTest:
    """Press the button and look again until the job is over."""
    app.button(key="baseline_run").click().run()
    until = time.monotonic() + SECONDS
    while not any(button.key == "baseline_run" for button in app.button):
        assert time.monotonic() < until, "the job did not end"
        time.sleep(0.3)
        app.run()
    return app


def shown(app: AppTest) -> str:
    kinds = ("header", "markdown", "info", "warning", "error", "caption")
    return "\n".join(element.value for kind in kinds for element in getattr(app, kind))


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_the_page_opens_empty_with_an_example_to_click(locale: str, language: str) -> None:
    app = opened(locale)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == say("title", language)
    assert say("page.try_example", language) in [button.label for button in app.button]


def test_the_example_is_measured_and_judged_with_its_reasons() -> None:
    app = measured(with_example())
    assert not app.exception
    assert not app.error
    assert any(say(f"verdict.{id}") in shown(app) for id in ("small_model_enough", "undecided", "llm_trial"))
    assert say("rung.linear_svm") in app.dataframe[0].value.to_string()
    assert len(app.get("plotly_chart")) == 4
    offered = [button.label for button in app.get("download_button")]
    assert offered == [say(f"page.save_{kind}") for kind in ("predictions", "model", "script", "json")]
    assert "確からしさ" in shown(app)


def test_the_verdict_stays_when_page_and_language_change() -> None:
    app = measured(with_example("en-US"))
    before = next(line.value for line in app.header)
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/baseline.py").run()
    assert next(line.value for line in app.header) == before
    app.button_group(key="lang").set_value("ja").run()
    assert not app.exception
    assert say("page.reasons") or shown(app)
    assert say("rung.majority") in app.dataframe[0].value.to_string()


def test_a_changed_setting_says_that_the_result_is_old() -> None:
    app = measured(with_example())
    assert say("page.outdated") not in shown(app)
    widget(app, "selectbox", say("page.metric")).set_value("accuracy").run()
    assert say("page.outdated") in shown(app)


def test_money_and_target_leave_what_was_measured_as_it_is() -> None:
    app = measured(with_example())
    widget(app, "number_input", say("page.target")).set_value(0.5).run()
    widget(app, "text_input", say("page.llm_cost")).set_value("0.002").run()
    assert say("page.outdated") not in shown(app)


def plan_of(app: AppTest) -> str:
    found = app.query_params["plan"]
    return str(found[0] if isinstance(found, list) else found)


def test_one_click_on_run_is_one_version_and_one_line_of_history() -> None:
    app = with_example()
    kept, id = on_screen.store(on_screen.settings()), plan_of(app)
    before = kept.history(id)
    app = measured(app)
    assert [one.what for one in kept.history(id)] == ["evidence.baseline", *(one.what for one in before)]
    plan = kept.load(id).plan
    assert jobs.folder_of(plan.get("inputs.baseline.kept"), on_screen.settings().jobs)
    assert plan.get("inputs.baseline.job") is None
    assert plan.get("inputs.baseline.ran")["metric"] == "macro_f1"


def test_a_run_in_a_draft_is_found_again_and_adds_one_version() -> None:
    app = opened()
    app.button(key="example_inquiries").click().run()
    app.switch_page("advisor/pages/baseline.py").run()
    app = measured(app)
    kept = on_screen.store(on_screen.settings())
    assert [one.what for one in kept.history(plan_of(app))] == ["evidence.baseline", "created"]


def test_the_next_morning_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = measured(with_example())
    app.switch_page("advisor/pages/cost.py").run()
    widget(app, "text_input", phrase("cost.form.requests_per_month", "ja")).set_value("5000").run()
    monkeypatch.setattr("advisor.pages.on_screen.today", lambda: date(2026, 11, 23))
    again = AppTest.from_file(APP, default_timeout=SECONDS)
    again.context = {"locale": "ja-JP"}
    again.query_params["plan"] = plan_of(app)
    again.run().switch_page("advisor/pages/cost.py").run()
    again.switch_page("advisor/pages/baseline.py").run()
    assert not again.exception
    assert say("page.outdated") not in shown(again)


def test_a_cancelled_run_passes_no_earlier_result_off_as_its_own() -> None:
    app = measured(with_example())
    widget(app, "selectbox", say("page.rungs")).set_value("all").run()
    app.button(key="baseline_run").click().run()
    kept = on_screen.store(on_screen.settings())
    running = kept.load(plan_of(app)).plan.get("inputs.baseline.job")
    app.button(key="baseline_cancel").click().run()
    assert say("page.cancelled") in shown(app)
    assert say("page.outdated") in shown(app)
    # Deleting the plan deletes what the cancelled job has left, too.
    assert running in kept.jobs(plan_of(app))


def test_a_changed_target_is_judged_at_once_and_is_the_plans_own() -> None:
    app = measured(with_example())
    for target, verdict in ((0.3, "small_model_enough"), (0.99, "llm_trial")):
        widget(app, "number_input", say("page.target")).set_value(target).run()
        assert not app.exception
        assert say("page.outdated") not in shown(app)
        assert say(f"verdict.{verdict}") in app.header[0].value
        assert app.session_state["open_plan"].plan.answers["target_score"] == str(target)
    app.switch_page("advisor/pages/overview.py").run()
    assert phrase("recommendation.words.llm_trial", "ja") in shown(app)
    app.switch_page("advisor/pages/baseline.py").run()
    assert widget(app, "number_input", say("page.target")).value == 0.99


def test_metrics_follow_the_task_and_a_wrong_task_is_one_sentence() -> None:
    app = with_example()
    widget(app, "selectbox", say("page.task")).set_value("ratings").run()
    assert not app.exception
    metric = widget(app, "selectbox", say("page.metric"))
    assert metric.value == "spearman"
    assert metric.options == [say("metric.spearman"), say("metric.pearson")]
    app = measured(app)
    assert not app.exception
    assert say("page.run") in [button.label for button in app.button]
    assert "数" in app.error[0].value
    assert widget(app, "selectbox", say("page.task")).value == "ratings"


def test_the_text_column_as_label_is_refused_in_one_sentence() -> None:
    app = with_example()
    widget(app, "selectbox", say("page.label")).set_value("text").run()
    app = measured(app)
    assert not app.exception
    assert "400行" in app.error[0].value


def test_money_that_is_no_amount_is_said_at_once() -> None:
    app = with_example()
    widget(app, "text_input", say("page.llm_cost")).set_value("abc").run()
    assert not app.exception
    assert "abc" in app.error[0].value
    assert widget(app, "text_input", say("page.llm_cost")).value == "abc"


def test_cancelling_ends_the_job_and_keeps_the_form() -> None:
    app = with_example()
    widget(app, "selectbox", say("page.rungs")).set_value("all").run()
    app.button(key="baseline_run").click().run()
    app.button(key="baseline_cancel").click().run()
    assert not app.exception
    assert say("page.cancelled") in shown(app)
    assert widget(app, "selectbox", say("page.rungs")).value == "all"


def test_a_reload_finds_the_running_job_again() -> None:
    app = with_example()
    widget(app, "selectbox", say("page.rungs")).set_value("all").run()
    app.button(key="baseline_run").click().run()
    plan = app.query_params["plan"]
    again = AppTest.from_file(APP, default_timeout=SECONDS)
    again.context = {"locale": "ja-JP"}
    again.query_params["plan"] = plan[0] if isinstance(plan, list) else plan
    again.run()
    again.switch_page("advisor/pages/baseline.py").run()
    assert not again.exception
    again.button(key="baseline_cancel").click().run()
    assert say("page.cancelled") in shown(again)


def test_pairs_with_numbers_get_a_ladder_of_their_own() -> None:
    pairs = sentence_pairs(120, degrees=True)
    rows = [
        "text,text2,label",
        *(",".join(row) for row in zip(pairs.texts, pairs.texts2 or (), pairs.labels, strict=True)),
    ]
    app = opened()
    app.switch_page("advisor/pages/data.py").run()
    app.file_uploader(key="data_upload").upload("pairs.csv", "\n".join(rows).encode("cp932"))
    app.run()
    app.switch_page("advisor/pages/baseline.py").run()
    assert widget(app, "selectbox", say("page.metric")).value == "spearman"
    app = measured(app)
    assert not app.exception
    assert not app.error
    assert say("rung.cosine") in app.dataframe[0].value.to_string()


def test_a_test_file_is_scored_beside_the_folds_and_can_be_left_out() -> None:
    test = inquiries(60, seed=8)
    lines = [
        "text,label",
        *(f'"{text}",{label}' for text, label in zip(test.texts, test.labels, strict=True)),
    ]
    app = with_example()
    app.file_uploader(key="baseline_test").upload("later.csv", "\n".join(lines).encode())
    app.run()
    assert say("page.test_kept", name="later.csv") in [text.value for text in app.text]
    app = measured(app)
    assert not app.exception
    assert not app.error
    assert say("page.on_test") in app.dataframe[0].value.to_string()
    app.button(key="baseline_test_drop").click().run()
    assert say("page.outdated") in shown(app)


def test_a_test_file_that_is_no_table_is_refused_beside_its_widget() -> None:
    app = with_example()
    app.file_uploader(key="baseline_test").upload("later.csv", b"\x89PNG\r\n\x1a\n" + bytes(40))
    app.run()
    assert not app.exception
    assert app.error
    assert app.title[0].value == say("title")


def test_a_held_out_share_and_a_second_annotator_reach_the_result() -> None:
    table = inquiries(90)
    lines = [f'"{text}",{label},{label}' for text, label in zip(table.texts, table.labels, strict=True)]
    app = opened()
    app.switch_page("advisor/pages/data.py").run()
    app.file_uploader(key="data_upload").upload("two.csv", "\n".join(["text,label,second", *lines]).encode())
    app.run()
    app.switch_page("advisor/pages/baseline.py").run()
    widget(app, "selectbox", say("page.hold_out")).set_value("0.2").run()
    widget(app, "selectbox", say("page.label2")).set_value("second").run()
    app = measured(app)
    assert not app.exception
    assert not app.error
    assert say("page.on_test") in app.dataframe[0].value.to_string()
    assert "カッパ係数は1" in shown(app)


@pytest.mark.parametrize("task", ["topics", "generation"])
def test_tasks_without_a_verdict_say_what_to_do_instead(task: str) -> None:
    app = with_example("en-US")
    widget(app, "selectbox", say("page.task", "en")).set_value(task).run()
    app = measured(app)
    assert not app.exception
    assert not app.error
    assert say("verdict.cannot_be_judged", "en") in shown(app)
