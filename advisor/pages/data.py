"""The team's table: how it was read, what is in it, and what to mend before anything is trained on it."""

from __future__ import annotations

import streamlit as st

from advisor.answers.dataset import Dataset
from advisor.dataset import EXAMPLES
from advisor.pages import frame, team_data
from advisor.pages.data_description import described
from advisor.pages.data_profile import draw, said
from advisor.pages.frame import View, md_safe
from advisor.pages.team_data import AUTO, NO_COLUMN, TeamData, choice
from baselines.decoding import ENCODINGS
from baselines.delimited import DELIMITERS
from baselines.table import Limits, Table

PREVIEW_ROWS = 3
CELL_SHOWN = 300


def choose_file(view: View) -> bool:
    """Upload a file or take an example; False while an uploaded file cannot be read."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        limits = Limits()
        label = view.say("data.upload", megabytes=limits.file_bytes // 2**20, rows=view.number(limits.rows))
        file = st.file_uploader(label, key="data_upload")
        st.caption(view.say("data.privacy", days=view.number(view.settings.upload_days)))
    with right:
        st.markdown(view.say("data.or_example"))
        for name in EXAMPLES:
            label = view.say(f"data.examples.{name}")
            st.button(
                label, key=f"data_example_{name}", on_click=_take_example, args=(view, name), width="stretch"
            )
    if file is None or st.session_state.get("data_taken") == file.file_id:
        return True
    if st.session_state.get("data_seen") != file.file_id:
        st.session_state["data_seen"] = file.file_id
        team_data.forget_reading(view)
    with view.problems_shown():
        team_data.take(view, file.name, file.getvalue())
        st.session_state["data_taken"] = file.file_id
        return True
    reading_choices(view)
    if (before := team_data.chosen(view)) is not None:
        st.caption(view.say("data.before_stays", name=md_safe(before.name)))
    return False


def _take_example(view: View, name: str) -> None:
    upload = st.session_state.get("data_upload")
    if upload is not None:
        st.session_state["data_taken"] = upload.file_id
    team_data.take_example(view, name)


def reading_choices(view: View, table: Table | None = None) -> None:
    """Encoding, delimiter or sheet by hand."""

    def delimiter_name(chosen: str) -> str:
        return view.say(f"data.delimiters.{NAMED.get(chosen, 'other')}", sign=chosen)

    def encoding_name(chosen: str) -> str:
        return view.say("data.automatic") if chosen == AUTO else chosen

    with st.container(horizontal=True):
        if table is not None and table.sheets:
            options = [AUTO, *table.sheets]
            choice(view, "sheet", options, AUTO, encoding_name)
        elif table is None or table.kind != "parquet":
            choice(view, "encoding", [AUTO, *ENCODINGS], AUTO, encoding_name)
            if table is None or table.kind == "delimited":
                choice(view, "delimiter", [AUTO, *DELIMITERS], AUTO, delimiter_name)


NAMED = {AUTO: "automatic", ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


def how_it_was_read(view: View, data: TeamData, table: Table) -> None:
    """Name, size, encoding, what was put right on the way, and the first rows."""
    st.header(view.say("data.as_read", name=md_safe(data.name)), anchor=False)
    st.markdown(
        " ・ ".join(_facts(view, table)) if view.language == "ja" else " · ".join(_facts(view, table))
    )
    for note in table.notes:
        words = {name: said(view, value) for name, value in note.fields.items()}
        st.info(view.say(f"data.notes.{note.id}", **words))
    shown = {
        name: [cell[:CELL_SHOWN] for cell in cells]
        for name, cells in table.head(PREVIEW_ROWS).items()
        if not (table.kind == "chat" and name == "messages")
    }
    st.dataframe(shown, width="stretch", hide_index=True, alt=view.say("data.preview"))
    if table.kind != "parquet":
        with st.expander(view.say("data.change_reading")):
            reading_choices(view, table)


def _facts(view: View, table: Table) -> list[str]:
    facts = [
        view.say("data.rows_columns", rows=view.number(table.rows), columns=view.number(len(table.columns))),
        view.say(f"data.kinds.{table.kind}"),
    ]
    if table.encoding:
        facts.append(view.say("data.encoding_is", encoding=table.encoding))
    if table.kind == "delimited":
        name = NAMED.get(table.delimiter or "", "other") if table.delimiter else "none"
        facts.append(
            view.say("data.delimiter_is", delimiter=view.say(f"data.delimiters.{name}", sign=table.delimiter))
        )
    if table.sheet:
        facts.append(view.say("data.sheet_is", sheet=md_safe(table.sheet)))
    return facts


def pick_columns(view: View, table: Table) -> dict[str, str | None]:
    """Which column is the text, which the label, and whether there is a second text."""
    likely = team_data.columns(view, table)

    def column_name(chosen: str) -> str:
        return chosen or view.say("data.no_column")

    names = list(table.columns)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = choice(view, "text", names, str(likely["text"]), column_name)
        label = choice(view, "label", [NO_COLUMN, *names], likely["label"] or NO_COLUMN, column_name)
        text2 = choice(view, "text2", [NO_COLUMN, *names], likely["text2"] or NO_COLUMN, column_name)
    return {"text": text, "label": label or None, "text2": text2 or None}


def whole(view: View) -> None:
    """From the chosen file to the evidence of the plan."""
    data = team_data.chosen(view)
    if data is None:
        st.info(view.say("data.nothing_yet"))
        return
    with view.problems_shown():
        table = data.table(view)
        how_it_was_read(view, data, table)
        roles = pick_columns(view, table)
        examples = described(view, data, table, roles)
        if examples is not None:
            draw(view, view.plan.answer(Dataset) or Dataset(), examples)


view = frame.current()
view.heading("data")
if choose_file(view):
    whole(view)
# Without classes there is no baseline to train; the tokens are what the next step needs.
dataset = view.plan.answer(Dataset)
view.next_step("baseline" if dataset and dataset.labels else "cost", ready=dataset is not None)
