"""Training files: the team's table checked, split without leaks and written in the shape that training wants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from advisor import jobs
from advisor.answers.preparation import Preparation as Answer
from advisor.jobs import JobStatus
from advisor.pages import preparation_findings as findings
from advisor.pages import team_data
from advisor.pages.frame import View, md_safe
from advisor.pages.job_panel import JobPanel
from advisor.pages.preparation_form import form
from advisor.pages.team_data import TeamData
from advisor.preparation import ARCHIVE, Columns, Preparation, prepare
from advisor.preparation.splits import PARTS
from baselines.table import Table

# Beyond these the work would be felt on other visitors' screens, and a job does it.
ROWS_HERE = 5_000
CHARACTERS_HERE = 1_000_000
DONE = "inputs.preparation.done"
RAN = "inputs.preparation.ran"


def draw(view: View) -> None:
    """From the plan's table to its training files."""
    with view.problems_shown():
        data = team_data.chosen(view)
        if data is None:
            team_data.offer_example(view, "preparation")
            return
        table = data.table(view)
        st.markdown(view.say("preparation.from_file", name=md_safe(data.name), rows=view.number(table.rows)))
        asked = form(view, table)
        with view.problems_shown():
            if is_small(table):
                here(view, data, table, asked)
            else:
                in_a_job(view, data, table, asked)


def is_small(table: Table) -> bool:
    if table.rows > ROWS_HERE:
        return False
    return sum(len(cell) for name in table.columns for cell in table.column(name)) <= CHARACTERS_HERE


def here(view: View, data: TeamData, table: Table, asked: dict[str, Any]) -> None:
    """A small table is prepared as the page is drawn."""
    made = prepared(team_data.digest(data, view), f"{team_data.reading(view)} {asked}", table, asked)
    answer = Answer.of(made)
    view.conclude("preparation", answer)
    findings.draw(view, answer, table, asked["columns"])
    totals(view, answer)
    offer(view, made.zipped(), made.format, made.preview)


@st.cache_data(max_entries=8, show_spinner=False)
def prepared(digest: str, how: str, _table: Table, _asked: dict[str, Any]) -> Preparation:
    return prepare(
        _table, Columns(**_asked["columns"]), **{k: v for k, v in _asked.items() if k != "columns"}
    )


def in_a_job(view: View, data: TeamData, table: Table, asked: dict[str, Any]) -> None:
    """A large table is prepared by a job; its answer stays with the plan, its files as long as the job is kept."""
    PANEL.ended(view)
    params = {**asked, "reading": team_data.reading_params(view, data)}
    known_by = {**params, "file": team_data.digest(data, view)}
    if PANEL.followed(view):
        return
    is_current = view.plan.get(RAN) == known_by
    done = jobs.folder_of(str(view.plan.get(DONE) or ""), view.settings.jobs) if is_current else None
    archive = done / ARCHIVE if done else None
    if archive is None or not archive.exists():
        begin(view, data, params, known_by)
    view.warn_of_unread("preparation")
    answer = view.plan.answer(Answer)
    if not answer or answer.first_row is None or (view.plan.get(RAN) or {}).get("file") != known_by["file"]:
        return
    findings.draw(view, answer, table, asked["columns"])
    if archive is not None and archive.exists():
        totals(view, answer)
        offer(view, archive.read_bytes(), str(answer.format), preview(done))


def begin(view: View, data: TeamData, params: dict[str, Any], known_by: dict[str, Any]) -> None:
    """The button that starts the job."""
    again = "make_again" if view.plan.get(RAN) else "make"
    st.caption(view.say("preparation.job.note"))
    if st.button(view.say(f"preparation.job.{again}"), type="primary", key="preparation_make"):
        PANEL.begin(view, params, {"table": data.body(view)}, asked=known_by)
        st.rerun()


def show_progress(view: View, now: JobStatus) -> None:
    step = str(now.progress.get("step") or "queued")
    st.progress(float(now.progress.get("share") or 0), view.say(f"preparation.job.step.{step}"))


def kept(_view: View, id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The answer for the plan, and where its files are."""
    return {"evidence.preparation": found["evidence"], DONE: id}


PANEL = JobPanel("prepare", "inputs.preparation.job", "preparation.job.", "preparation", show_progress, kept)


def preview(done: Path | None) -> str:
    result = jobs.status(done).result if done else None
    return str(result["preview"]) if result else ""


def totals(view: View, answer: Answer) -> None:
    """Rows of each part, and whether anything is on two sides."""
    number = view.voice.number
    cards = st.columns(len(PARTS))
    for card, part in zip(cards, PARTS, strict=True):
        card.metric(view.say(f"preparation.parts.{part}"), number(getattr(answer, part)), border=True)
    if not answer.duplicates_across_splits and not answer.near_duplicates_across_splits:
        st.success(view.say(f"preparation.leaks.{answer.near_search}"))
    if answer.left_out or answer.dropped:
        left_out, dropped = number(answer.left_out), number(answer.dropped)
        st.caption(view.say("preparation.left_out", rows=left_out, dropped=dropped))


def offer(view: View, archive: bytes, format: str, first_line: str) -> None:
    """The files, as one download and the first line to look at."""
    st.download_button(
        view.say("preparation.download"),
        archive,
        file_name=f"training_files_{format}.zip",
        mime="application/zip",
        on_click="ignore",
    )
    with st.expander(view.say("preparation.preview")):
        st.code(first_line, language=None, wrap_lines=True)
