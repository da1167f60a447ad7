"""The team's table: how it was read, what is in it, and what to mend before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from advisor import jobs
from advisor.dataset import EXAMPLES, MODEL, describe
from advisor.pages import frame, team_data
from advisor.pages.data_profile import draw, said
from advisor.pages.frame import View, md_safe
from advisor.pages.team_data import AUTO, NO_COLUMN, TeamData
from baselines.decoding import ENCODINGS
from baselines.delimited import DELIMITERS
from baselines.table import Limits, Table

# Beyond this the work would be felt on other visitors' screens, and a job does it.
ROWS_HERE = 5_000
CHARACTERS_HERE = 500_000
PREVIEW_ROWS = 3
CELL_SHOWN = 300
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

    def delimiter_name(choice: str) -> str:
        return view.say(f"data.delimiters.{NAMED.get(choice, 'other')}", sign=choice)

    def encoding_name(choice: str) -> str:
        return view.say("data.automatic") if choice == AUTO else choice

    with st.container(horizontal=True):
        if table is not None and table.sheets:
            options = [AUTO, *table.sheets]
            _choice(view, "sheet", options, AUTO, encoding_name)
        elif table is None or table.kind != "parquet":
            _choice(view, "encoding", [AUTO, *ENCODINGS], AUTO, encoding_name)
            if table is None or table.kind == "delimited":
                _choice(view, "delimiter", [AUTO, *DELIMITERS], AUTO, delimiter_name)


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

    def column_name(choice: str) -> str:
        return choice or view.say("data.no_column")

    names = list(table.columns)
    with st.container(horizontal=True):
        text = _choice(view, "text", names, str(likely["text"]), column_name)
        label = _choice(view, "label", [NO_COLUMN, *names], likely["label"] or NO_COLUMN, column_name)
        text2 = _choice(view, "text2", [NO_COLUMN, *names], likely["text2"] or NO_COLUMN, column_name)
    return {"text": text, "label": label or None, "text2": text2 or None}


def _choice(
    view: View, part: str, options: Sequence[str], default: str, name: Any, width: Any = "stretch"
) -> str:
    """A selection kept with the plan; one that this table does not have gives way to the default."""
    kept = view.keep(f"inputs.data.{part}", default, options=options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = default
    label, note = view.say(f"data.choose.{part}"), view.say(f"data.help.{part}")
    return str(st.selectbox(label, options, format_func=name, help=note, width=width, **kept))


def described(view: View, data: TeamData, table: Table, roles: Mapping[str, str | None]) -> Shape | None:
    """Evidence and examples of the chosen columns; None while a job is still at it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        model = _choice(view, "model", list(COUNTED_AS), MODEL, str, width=340)
        near = st.toggle(
            view.say("data.near"), help=view.say("data.near_help"), **view.keep("inputs.data.near", False)
        )
    digest = team_data.digest(data, view)
    params = {**roles, "model": model, "near": near, "reading": team_data.reading_params(view, data)}
    if near or table.rows > ROWS_HERE or sum(map(len, table.column(str(roles["text"])))) > CHARACTERS_HERE:
        return _by_job(view, data, digest, params)
    return _described_here(digest, team_data.reading(view), tuple(roles.items()), model, table)


@st.cache_data(max_entries=16, show_spinner=False)
def _described_here(
    digest: str, how: team_data.Reading, roles: tuple[tuple[str, str | None], ...], model: str, _table: Table
) -> Shape:
    found = describe(_table, model=model, **dict(roles))  # type: ignore[arg-type]
    return {"evidence": found.as_json(), "examples": found.examples()}


def _by_job(view: View, data: TeamData, digest: str, params: Shape) -> Shape | None:
    """The result of a job that is begun once, found again after a reload, and repeated only when asked."""
    root, wanted = view.settings.jobs, (digest, str(params))
    known, id = st.session_state.get("data_job", (None, ""))
    folder = jobs.folder_of(id, root) if known == wanted else None
    if folder is None:
        folder = jobs.start(
            "describe", params, {"table": data.body(view)}, root=root, reuse=True, owner=view.owner
        )
        st.session_state["data_job"] = (wanted, folder.name)
    status = jobs.status(folder)
    if not status.is_over:
        follow(view, folder)
        return None
    if status.result is not None:
        return status.result
    again = view.say("data.try_again")
    st.button(again, key="data_again", on_click=lambda: st.session_state.pop("data_job", None))
    if status.problem is not None:
        raise status.problem
    return None


@st.fragment(run_every=1.0)
def follow(view: View, folder: Any) -> None:
    """Where the job stands, and a way to end it."""
    status = jobs.status(folder)
    if status.is_over:
        st.rerun()
    if status.state == "queued":
        st.progress(0.0, text=view.say("data.waiting", ahead=view.number(status.waiting)))
    else:
        step, done, total = (status.progress.get(name) for name in ("step", "done", "total"))
        share = min(1.0, done / total) if done and total else 0.0
        st.progress(share, text=view.say(f"data.steps.{step}" if step else "data.steps.start"))
    st.button(view.say("data.cancel"), key="data_cancel", on_click=jobs.cancel, args=(folder,))


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
        found = described(view, data, table, roles)
        if found is not None:
            evidence = {
                "file": {"name": data.name, "sha256": team_data.digest(data, view)},
                **found["evidence"],
            }
            view.conclude("dataset", evidence)
            draw(view, evidence, found["examples"])


view = frame.current()
view.heading("data")
if choose_file(view):
    whole(view)
# Without classes there is no baseline to train; the tokens are what the next step needs.
dataset = view.plan.get("evidence.dataset", {})
view.next_step("baseline" if dataset.get("labels") else "cost", ready=bool(dataset))
