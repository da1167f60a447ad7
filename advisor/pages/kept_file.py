"""A file beside the plan's own table: uploaded now, kept with the plan, or a shipped example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from advisor.evaluation.scoresheets import EXAMPLES
from advisor.pages.frame import View
from advisor.tables import open_table
from baselines.table import Table

Read = TypeVar("Read")


def chosen(
    view: View, path: str, *, words: str, key: str, example: str, read: Callable[[View, str, bytes], Read]
) -> Read | None:
    """What the reader makes of the file; `path` of the plan names it, and a file it refuses is not kept."""
    left, right = st.columns([3, 2], gap="large")
    file = left.file_uploader(view.say(f"{words}.upload"), key=key)
    right.markdown(view.say(f"{words}.or_example"))
    if right.button(view.say(f"{words}.example"), key=f"{key}_example", width="stretch"):
        view.put(path, {"name": example, "example": True})
    if file is not None and st.session_state.get(f"{key}_taken") != file.file_id:
        found = read(view, file.name, file.getvalue())
        digest = view.keep_upload(file.name, file.getvalue())
        st.session_state[f"{key}_taken"] = file.file_id
        if digest is None:
            return found
        view.put(path, {"name": file.name, "sha256": digest})
    return kept(view, path, read)


def kept(view: View, path: str, read: Callable[[View, str, bytes], Read]) -> Read | None:
    """The file that the plan names under `path`, read again; None where there is none."""
    known: Any = view.plan.get(path)
    if not isinstance(known, dict):
        return None
    name = str(known.get("name", ""))
    if known.get("example") and (EXAMPLES / name).name == name:
        return read(view, name, (EXAMPLES / name).read_bytes())
    found = view.upload(str(known.get("sha256", "")))
    return read(view, *found) if found else None


def table(view: View, name: str, body: bytes) -> Table:
    """The file as a table."""
    return open_table(body, name, root=view.settings.jobs)
