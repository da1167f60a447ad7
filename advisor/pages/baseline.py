"""Is an LLM needed at all? Small models on the team's own rows, and a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from advisor import jobs
from advisor.answers.baseline import Baseline
from advisor.answers.baseline.words import interval
from advisor.jobs import JobStatus
from advisor.pages import baseline_charts as drawn
from advisor.pages import baseline_views as views
from advisor.pages import frame, team_data
from advisor.pages.baseline_form import form
from advisor.pages.frame import View
from advisor.pages.job_panel import JobPanel
from advisor.pages.team_data import TeamData
from pricing import Problem

RAN = "inputs.baseline.ran"
KEPT = "inputs.baseline.kept"
# What decides the scores; money and the target only decide what is made of them.
DECIDING = (
    "file", "text", "label", "text2", "label2", "reading", "test", "hold_out", "task", "metric", "rungs"
)  # fmt: skip


def begin(view: View, data: TeamData, params: dict[str, Any], asked: dict[str, Any]) -> None:
    """Hand the plan's files to the job."""
    work, files = dict(params), {"table": data.body(view)}
    if test := work.pop("test"):
        found = view.upload(test["sha256"])
        if found is None:
            raise Problem("upload_gone", name=test["name"])
        files["test"], work["test_reading"] = found[1], {"name": test["name"]}
    PANEL.begin(view, work, files, asked=asked)


def kept(_view: View, id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The result for the plan, and where its files are."""
    return {"evidence.baseline": dict(found), KEPT: id}


def show_progress(view: View, now: JobStatus) -> None:
    """One bar, what is being measured, and the scores of the models that are done."""
    told = now.progress
    if now.state == "queued":
        st.progress(0.0, view.say("baseline.page.queued", waiting=now.waiting))
        return
    done, total = told.get("done", 0), told.get("total", 0)
    if not total:
        st.progress(0.0, view.say("baseline.page.starting"))
        return
    st.progress(min(done / total, 1.0), view.say("baseline.page.running", done=done, total=total))
    if "name" in told:
        st.caption(view.say("baseline.page.now", name=drawn.rung(view, told["name"])))
    for line in told.get("finished", []):
        numbers = {
            "score": view.number(line["mean"], 3),
            "range": interval(line["low"], line["high"], view.voice),
        }
        name, metric = drawn.rung(view, line["baseline"]), drawn.metric(view, line["metric"])
        st.text(view.say("baseline.page.finished", name=name, metric=metric, **numbers))
    if "so_far" in told:
        mean = view.percent(told["so_far"]["mean"], 1)
        st.caption(view.say("baseline.page.so_far", name=drawn.rung(view, told["name"]), mean=mean))


PANEL = JobPanel("baseline", "inputs.baseline.job", "baseline.page.", "baseline", show_progress, kept)


def is_current(view: View, asked: dict[str, Any] | None) -> bool:
    """Whether there is a result, and nothing is known to have changed since it was measured."""
    ran = view.plan.get(RAN)
    is_same = asked is None or ran is None or all(ran.get(name) == asked[name] for name in DECIDING)
    return bool(view.plan.get("evidence.baseline")) and is_same


def result(view: View, asked: dict[str, Any] | None) -> None:
    """The last result of this plan, held against its target; said to be old where data or settings have changed since."""
    view.warn_of_unread("baseline")
    kept = view.plan.answer(Baseline)
    if kept is None:
        return
    answer = kept.judged(view.plan.aim)
    if not is_current(view, asked):
        st.warning(view.say("baseline.page.outdated"))
    views.verdict(view, answer)
    if answer.scores and answer.best:
        views.scores(view, answer)
        views.details(view, answer)
        views.take_away(view, answer, jobs.folder_of(str(view.plan.get(KEPT) or ""), view.settings.jobs))


def offer_example(view: View, data: TeamData | None) -> None:
    """A labelled table to try the page on, unless it is already there."""
    if data is not None and data.example in team_data.LABELLED_EXAMPLES.values():
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(view.say("baseline.page.other_data" if data else "baseline.page.no_data"))
        kind: Literal["primary", "secondary"] = "secondary" if data else "primary"
        if st.button(view.say("baseline.page.try_example"), type=kind, key="baseline_example"):
            team_data.take_example(view, team_data.LABELLED_EXAMPLES[view.language])
            st.rerun()
        view.link("data", view.say("baseline.page.to_data"))


def measure(view: View, data: TeamData) -> dict[str, Any]:
    """The form and the job; what is asked for now, to compare with what was measured."""
    table = data.table(view)
    name, rows = frame.md_safe(data.name), view.number(table.rows)
    st.caption(view.say("baseline.page.file", name=name, rows=rows))
    params = form(view, table, data)
    asked = {**params, "file": team_data.digest(data, view)}
    if not PANEL.followed(view):
        again = "run_again" if view.plan.get("evidence.baseline") else "run"
        kind: Literal["primary", "secondary"] = "secondary" if is_current(view, asked) else "primary"
        if st.button(view.say(f"baseline.page.{again}"), type=kind, key="baseline_run"):
            begin(view, data, params, asked)
            st.rerun()
    return asked


view = frame.current()
view.heading("baseline")
data = team_data.chosen(view)
asked = None
offer_example(view, data)
if data is not None:
    with view.problems_shown():
        asked = measure(view, data)
PANEL.ended(view)
with view.problems_shown():
    result(view, asked)
view.next_step("trial", ready=is_current(view, asked))
