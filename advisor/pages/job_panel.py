"""A long job on a page: begun or found again, followed, ended by itself or by a button, and its result kept once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from advisor import jobs
from advisor.jobs import JobStatus
from advisor.pages.frame import View
from pricing import Problem

POLL_SECONDS = 1.0
Json = Mapping[str, Any]


@dataclass(frozen=True)
class JobPanel:
    """A page's job: `path` names the running one in the plan, `words` begins its phrases, `key` its button's key.

    `progress` draws how far it is; `keeps` says what its result leaves in the plan, as one version.
    """

    entry: str
    path: str
    words: str
    key: str
    progress: Callable[[View, JobStatus], None]
    keeps: Callable[[View, str, Json], Json]

    def beside(self, name: str) -> str:
        """Where the plan says what the running job was `asked` for, and what the last one that was done `ran` on."""
        return self.path.removesuffix("job") + name

    def begin(
        self,
        view: View,
        params: Json,
        files: Mapping[str, bytes],
        *,
        asked: Json | None,
        reuse: bool = True,
        secret: str = "",
    ) -> None:
        """Start the job, or find the one that did the same work before; a reload finds it by the plan.

        A `secret` is given to the child alone.
        """
        root = view.settings.jobs
        folder = jobs.start(
            self.entry, params, files, root=root, reuse=reuse, owner=view.owner, secret=secret
        )
        view.note({self.path: folder.name, self.beside("asked"): asked})

    def followed(self, view: View) -> bool:
        """Whether the plan's job still runs, which is then drawn until it is over."""
        if running := view.plan.get(self.path):
            follow(view, self, str(running))
        return bool(running)

    def ended(self, view: View) -> JobStatus | None:
        """How the last job ended, once, after saying that it was cancelled or what its problem was."""
        now: JobStatus | None = st.session_state.pop(f"{self.path}/ended", None)
        if now is not None and now.state == "cancelled":
            st.info(view.say(f"{self.words}cancelled"))
        if now is not None and now.problem is not None:
            with view.problems_shown():
                raise now.problem
        return now

    def finish(self, view: View, id: str, now: JobStatus) -> None:
        """Keep what the job ended with, and draw the whole page again."""
        st.session_state[f"{self.path}/ended"] = now
        asked, ran = self.beside("asked"), self.beside("ran")
        entries = {self.path: None, asked: None}
        if now.result is not None:
            entries |= {ran: view.plan.get(asked, view.plan.get(ran)), **self.keeps(view, id, now.result)}
        view.found(entries)
        st.empty()  # a click on another page that came meanwhile goes first: the rerun would take its place
        st.rerun()


@st.fragment(run_every=POLL_SECONDS)
def follow(view: View, panel: JobPanel, id: str) -> None:
    """How far a job is, until it is over."""
    folder = jobs.folder_of(id, view.settings.jobs)
    now = jobs.status(folder) if folder else JobStatus("failed", problem=Problem("job_gone"))
    if now.is_over:
        panel.finish(view, id, now)
    panel.progress(view, now)
    if folder and st.button(view.say(f"{panel.words}cancel"), key=f"{panel.key}_cancel"):
        jobs.cancel(folder)
        panel.finish(view, id, jobs.status(folder))
