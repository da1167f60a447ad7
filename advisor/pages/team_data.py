"""The team's own table, as several pages see it: which file, how it is read, and which columns count."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import streamlit as st

from advisor.dataset import EXAMPLES, columns_of, example_file
from advisor.language import Language
from advisor.pages import on_screen
from advisor.pages.frame import View
from advisor.tables import open_table
from baselines.table import Table
from pricing import Problem

AUTO = "auto"
NO_COLUMN = ""
ROLES = ("text", "label", "text2")
LABELLED_EXAMPLES: dict[Language, str] = {"ja": "inquiries", "en": "inquiries_en"}
MEASURED_ON_IT = (
    "evidence.dataset",
    "evidence.baseline",
    "evidence.preparation",
    "inputs.baseline.ran",
    "inputs.data.job",
)


class Reading(NamedTuple):
    """What was chosen by hand; None where the reader decides."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None


@dataclass(frozen=True)
class TeamData:
    """A file of the plan: kept under its SHA-256, or one of the shipped examples."""

    name: str
    sha256: str | None = None
    example: str | None = None

    def body(self, view: View) -> bytes:
        """The file's content; a Problem where it is no longer kept."""
        if self.example is not None:
            return example_file(self.example)[1]
        found = view.upload(self.sha256 or "")
        if found is None:
            raise Problem("upload_gone", name=self.name)
        return found[1]

    def table(self, view: View) -> Table:
        """The table in the file, read as the plan says; a Problem where it cannot be read."""
        if self.sha256 is not None and not view.may_open(self.sha256):
            raise Problem("upload_gone", name=self.name)
        return _table(self, reading(view), view)


def chosen(view: View) -> TeamData | None:
    """The file that this plan works on, if one was chosen."""
    kept = view.plan.get("inputs.data.file")
    if not isinstance(kept, Mapping):
        return None
    if kept.get("example") in EXAMPLES:
        return TeamData(example_file(str(kept["example"]))[0], example=str(kept["example"]))
    return TeamData(str(kept.get("name", "")), sha256=str(kept["sha256"])) if kept.get("sha256") else None


def reading(view: View) -> Reading:
    """How the plan says its file is read."""
    kept = (view.plan.get(f"inputs.data.{part}") for part in Reading._fields)
    return Reading(*(None if value in (None, AUTO) else str(value) for value in kept))


def columns(view: View, table: Table) -> dict[str, str | None]:
    """Text, label and second text: the columns the plan names where the table has them, else the likely ones."""
    likely: dict[str, str | None] = columns_of(table)
    kept = {role: view.plan.get(f"inputs.data.{role}") for role in ROLES}
    named = {role: name for role, name in kept.items() if name in table.columns}
    left_out: dict[str, str | None] = {role: None for role in ROLES[1:] if kept[role] == NO_COLUMN}
    return likely | left_out | named


def choice(
    view: View, part: str, options: Sequence[str], default: str, name: Any = str, width: Any = "stretch"
) -> str:
    """A selection kept with the plan; one that this table does not have gives way to the default."""
    kept = view.keep(f"inputs.data.{part}", default, options=options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = default
    label, note = view.say(f"data.choose.{part}"), view.say(f"data.help.{part}")
    return str(st.selectbox(label, options, format_func=name, help=note, width=width, **kept))


def reading_params(view: View, data: TeamData) -> dict[str, Any]:
    """How a job reads the same table from the file's content."""
    return {"name": data.name, **reading(view)._asdict()}


def take(view: View, name: str, body: bytes) -> None:
    """Make a file that can be read the plan's; one that cannot is refused and the one before stays."""
    sha256 = hashlib.sha256(body).hexdigest()
    _table(TeamData(name, sha256=sha256), reading(view), view, body)
    if view.keep_upload(name, body) is not None:
        _put(view, {"name": name, "sha256": sha256})


def take_example(view: View, name: str) -> None:
    """Make a shipped example the plan's file."""
    forget_reading(view)
    _put(view, {"example": name})


def offer_example(view: View, area: str) -> None:
    """What a page of `area` shows where the plan has no file yet: how to get one, and an example to click."""
    st.info(view.say(f"{area}.nothing_yet"))
    st.button(
        view.say(f"{area}.example"),
        key=f"{area}_example",
        type="primary",
        on_click=take_example,
        args=(view, LABELLED_EXAMPLES[view.language]),
    )


def _put(view: View, file: dict[str, str]) -> None:
    """Make the file the plan's; what was measured on the one before is not about this one."""
    path, plan = "inputs.data.file", view.plan
    if file != plan.get(path):
        for entry in MEASURED_ON_IT:
            plan = plan.put(entry, None)
        on_screen.save(view.state, plan.put(path, file), what=path)


def forget_reading(view: View) -> None:
    """Let the reader decide again how the next file is read."""
    for part in Reading._fields:
        if view.plan.get(f"inputs.data.{part}") not in (None, AUTO):
            view.put_typed(f"inputs.data.{part}", AUTO)


def digest(data: TeamData, view: View) -> str:
    """What the content is known by, also for an example."""
    return data.sha256 or hashlib.sha256(data.body(view)).hexdigest()


@st.cache_resource(max_entries=4, show_spinner=False)
def _table(data: TeamData, how: Reading, _view: View, _body: bytes | None = None) -> Table:
    body = data.body(_view) if _body is None else _body
    return open_table(body, data.name, root=_view.settings.jobs, **how._asdict())
