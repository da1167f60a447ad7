"""What is in the team's table, counted by a child process: the server's other visitors do not feel it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from advisor import jobs
from advisor.dataset import MODEL
from advisor.jobs import JobStatus
from advisor.pages import team_data
from advisor.pages.frame import View
from advisor.pages.job_panel import JobPanel, follow
from advisor.pages.team_data import TeamData
from baselines.table import Table

JOB = "inputs.data.job"
# Up to here a table is described at once, also while another visitor's long job runs.
SMALL_ROWS = 5_000
SMALL_CHARACTERS = 500_000
# Most tables are done within half a second; what takes longer gets a bar and a way to end it.
SOON_SECONDS = 1.5
COUNTED_AS = (
    MODEL,
    "openai/gpt-4.1-mini-2025-04-14",
    "openai/gpt-3.5-turbo-0125",
    "anthropic/claude-sonnet-4-5",
    "google/gemini-2.5-flash",
    "meta-llama/Llama-3.1-8B-Instruct",
    "Qwen/Qwen3-8B",
)

Shape = Mapping[str, Any]


def described(view: View, data: TeamData, table: Table, roles: Mapping[str, str | None]) -> Shape | None:
    """Examples of what to mend in the chosen columns, their counts becoming the plan's; None until they are known."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = team_data.choice(view, "model", list(COUNTED_AS), MODEL, width=340)
        near = st.toggle(
            view.say("data.near"), help=view.say("data.near_help"), **view.keep("inputs.data.near", False)
        )
    digest = team_data.digest(data, view)
    params = {**roles, "model": model, "near": near, "reading": team_data.reading_params(view, data)}
    wanted = (digest, str(params))
    known, found = st.session_state.get("data_described", (None, None))
    if known != wanted:
        is_small = not near and _is_small(table, str(roles["text"]))
        found = _by_job(view, data, "describe_small" if is_small else "describe", params, wanted)
        if found is None:
            return None
        st.session_state["data_described"] = (wanted, found)
    evidence = {**found["evidence"], "file": {"name": data.name, "sha256": digest}}
    view.found({"evidence.dataset": evidence, JOB: found["job"]})
    examples: Shape = found["examples"]
    return examples


def _is_small(table: Table, text: str) -> bool:
    return table.rows <= SMALL_ROWS and sum(map(len, table.column(text))) <= SMALL_CHARACTERS


def _by_job(
    view: View, data: TeamData, entry: str, params: Shape, wanted: tuple[str, str]
) -> dict[str, Any] | None:
    """The result of a job that is begun once, found again after a reload, and repeated only when asked."""
    folder = _begun(view, data, entry, params, wanted)
    with st.spinner(view.say("data.steps.start")):
        status = jobs.wait(folder, SOON_SECONDS)
    if not status.is_over:
        # The plan names the work from now on, so that both can be deleted together.
        view.found({JOB: folder.name})
        follow(view, PANEL, folder.name)
        return None
    if status.result is not None:
        found = {**status.result, "job": folder.name}
        if view.right == "read":
            # The plan cannot name this copy of what its owner was shown, so nothing may stay of it.
            jobs.discard(folder)
            found["job"] = view.plan.get(JOB)
        return found
    again = view.say("data.try_again")
    st.button(again, key="data_again", on_click=lambda: st.session_state.pop("data_job", None))
    if status.problem is not None:
        raise status.problem
    return None


def _begun(view: View, data: TeamData, entry: str, params: Shape, wanted: tuple[str, str]) -> Path:
    root = view.settings.jobs
    known, id = st.session_state.get("data_job", (None, ""))
    folder = jobs.folder_of(id, root) if known == wanted else None
    if folder is None:
        body = {"table": data.body(view)}
        folder = jobs.start(entry, params, body, root=root, reuse=True, owner=view.owner)
        st.session_state["data_job"] = (wanted, folder.name)
    return folder


def _progress(view: View, status: JobStatus) -> None:
    if status.state == "queued":
        st.progress(0.0, text=view.say("data.waiting", ahead=view.number(status.waiting)))
        return
    step, done, total = (status.progress.get(name) for name in ("step", "done", "total"))
    share = min(1.0, done / total) if done and total else 0.0
    st.progress(share, text=view.say(f"data.steps.{step}" if step else "data.steps.start"))


# What it found is read by whoever draws the page next.
PANEL = JobPanel("describe", JOB, "data.", "data", _progress, lambda view, id, found: {})
