"""Training files: the team's table checked, split without leaks and written in the shape that training wants."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import streamlit as st

from advisor.pages import frame, team_data
from advisor.pages.frame import View, md_safe
from advisor.preparation import Columns, Preparation, prepare
from advisor.preparation.splits import DEFAULT_SPLIT, PARTS
from advisor.preparation.training_formats import FORMATS
from baselines.table import Table

NO_COLUMN = ""
# Beyond these the work would be felt on other visitors' screens.
ROWS_HERE = 20_000
NEAR_ROWS_HERE = 5_000
ROWS_SHOWN = 20
CHARACTERS_SHOWN = 80


def choices(view: View, table: Table) -> dict[str, Any]:
    """Columns, format and split as the plan keeps them."""
    likely = team_data.columns(view, table)
    names = list(table.columns)
    first, second, third = st.columns(3)
    with first:
        asked = column(view, "input", names, str(likely["text"]))
        group = column(view, "group", [NO_COLUMN, *names], NO_COLUMN)
    with second:
        answered = column(view, "output", names, str(likely["label"] or names[-1]))
        stratify = column(view, "stratify", [NO_COLUMN, *names], NO_COLUMN)
    formats = list(FORMATS)
    spoken = {name: view.say(f"preparation.formats.{name}") for name in formats}
    format = third.selectbox(
        view.say("preparation.format"),
        formats,
        format_func=spoken.__getitem__,
        **view.keep("inputs.preparation.format", "chat", options=formats),
    )
    with third:
        rejected = column(view, "rejected", names, names[-1]) if format == "dpo" else None
        split = st.text_input(
            view.say("preparation.split"),
            help=view.say("preparation.split_help"),
            **view.keep("inputs.preparation.split", DEFAULT_SPLIT),
        )
        seed = st.number_input(
            view.say("preparation.seed"), 0, 2**31 - 1, step=1, **view.keep("inputs.preparation.seed", 42)
        )
    system = st.text_area(
        view.say("preparation.system"), height=80, **view.keep("inputs.preparation.system", "")
    )
    columns = Columns(asked, answered, system.strip(), rejected, group or None, stratify or None)
    doubt = st.toggle(view.say("preparation.doubt"), **view.keep("inputs.preparation.doubt", False))
    asked_of = {"columns": columns, "format": format, "split": split, "seed": int(seed)}
    return asked_of | {"doubt_labels": doubt and table.rows <= NEAR_ROWS_HERE}


def column(view: View, name: str, options: Sequence[str], usual: str) -> str:
    """A column kept with the plan; one that this table lacks gives way to the likely one."""
    kept = view.keep(f"inputs.preparation.{name}", usual, options=options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = usual

    def named(choice: str) -> str:
        return choice or view.say("preparation.none")

    helped = view.say(f"preparation.{name}_help") if name in ("group", "stratify") else None
    return str(st.selectbox(view.say(f"preparation.{name}"), options, format_func=named, help=helped, **kept))


@st.cache_data(max_entries=8, show_spinner=False)
def prepared(
    digest: str, how: str, _table: Table, _asked: dict[str, Any], drop: tuple[str, ...]
) -> Preparation:
    near = _table.rows <= NEAR_ROWS_HERE
    return prepare(_table, drop=drop, near=near, **_asked)


def totals(view: View, made: Preparation) -> None:
    """Rows of each part, and whether anything is on two sides."""
    cards = st.columns(len(PARTS))
    for card, part in zip(cards, PARTS, strict=True):
        card.metric(view.say(f"preparation.parts.{part}"), view.number(made.count(part)), border=True)
    near = made.near_duplicates_across_splits
    if near is None:
        st.info(view.say("preparation.leaks.not_searched", limit=view.number(NEAR_ROWS_HERE)))
    elif near:
        st.warning(view.say("preparation.leaks.near", rows=view.number(len(near))))
    elif not made.duplicates_across_splits:
        st.success(view.say("preparation.leaks.none"))
    answer = made.as_json()
    if answer["left_out"] or answer["dropped"]:
        values = {name: view.number(answer[name]) for name in ("left_out", "dropped")}
        st.caption(view.say("preparation.left_out", rows=values["left_out"], dropped=values["dropped"]))


def findings(view: View, made: Preparation) -> None:
    """Everything found, the gravest first, each with its rows."""
    import pandas as pd

    st.subheader(view.say("preparation.findings"), anchor=False)
    found = [finding.as_json(made.first_row) for finding in made.findings]
    if not found:
        st.success(view.say("preparation.no_findings"))
        return
    table = pd.DataFrame(
        {
            view.say("preparation.column.weight"): [
                view.say(f"preparation.weight.{finding['weight']}") for finding in found
            ],
            view.say("preparation.column.what"): [sentence(view, finding) for finding in found],
            view.say("preparation.column.count"): [finding["count"] for finding in found],
            view.say("preparation.column.rows"): [
                ", ".join(map(str, finding["rows"][:ROWS_SHOWN]))
                + (" …" if finding["count"] > ROWS_SHOWN else "")
                for finding in found
            ],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch", alt=view.say("preparation.findings"))


def doubts(view: View, made: Preparation) -> None:
    """The labels most worth a second look, with what they look like."""
    found = next((finding for finding in made.findings if finding.id == "doubtful_labels"), None)
    if found is None:
        return
    rows = found.rows[: len(found.fields["likely"])]
    shown = {
        view.say("preparation.doubt_column.row"): [row + made.first_row for row in rows],
        view.say("preparation.doubt_column.text"): [
            made.examples[row].input[:CHARACTERS_SHOWN] for row in rows
        ],
        view.say("preparation.doubt_column.label"): [made.examples[row].output for row in rows],
        view.say("preparation.doubt_column.likely"): list(found.fields["likely"]),
    }
    with st.expander(view.say("preparation.doubts")):
        st.dataframe(shown, hide_index=True, width="stretch", alt=view.say("preparation.doubts"))


def sentence(view: View, finding: dict[str, Any]) -> str:
    """A finding's sentence with its figures in the reader's way."""
    fields = {
        name: value
        for name, value in finding.items()
        if name not in ("id", "weight", "count", "rows", "likely")
    }
    if "kinds" in fields:
        joint = "、" if view.language == "ja" else ", "
        fields["kinds"] = joint.join(
            f"{view.say(f'preparation.kind.{kind}')} {view.number(rows)}"
            for kind, rows in fields["kinds"].items()
        )
    if "share" in fields:
        fields["share"] = view.percent(fields["share"])
    return view.say(f"preparation.finding.{finding['id']}", **fields)


def what_to_drop(view: View, made: Preparation) -> tuple[str, ...]:
    """Findings whose rows are left out; those that the table no longer has are forgotten."""
    ids = [finding.id for finding in made.findings if finding.rows]
    if not ids:
        return ()
    counts = {finding.id: len(finding.rows) for finding in made.findings}
    names = {
        finding.id: sentence(view, finding.as_json(made.first_row)).split("。")[0].split(". ")[0]
        for finding in made.findings
    }
    kept = view.keep("inputs.preparation.drop", [])
    st.session_state[kept["key"]] = [id for id in st.session_state[kept["key"]] if id in ids]

    def named(id: str) -> str:
        return f"{names[id]} ({view.number(counts[id])})"

    nothing = view.say("common.choose")
    return tuple(
        st.multiselect(view.say("preparation.drop"), ids, format_func=named, placeholder=nothing, **kept)
    )


def offer(view: View, made: Preparation) -> None:
    """The files, as one download and the first line to look at."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            if made.count(part):
                archive.writestr(f"{part}.jsonl", made.lines(part))
    st.download_button(
        view.say("preparation.download"),
        packed.getvalue(),
        file_name=f"training_files_{made.format}.zip",
        mime="application/zip",
        type="primary",
        on_click="ignore",
    )
    with st.expander(view.say("preparation.preview")):
        st.code(made.lines("train").split("\n", 1)[0], language=None, wrap_lines=True)


def whole(view: View) -> None:
    """From the plan's table to its training files."""
    data = team_data.chosen(view)
    if data is None:
        st.info(view.say("preparation.nothing_yet"))
        example = "inquiries" if view.language == "ja" else "inquiries_en"
        st.button(
            view.say("preparation.example"),
            key="preparation_example",
            type="primary",
            on_click=team_data.take_example,
            args=(view, example),
        )
        return
    table = data.table(view)
    st.markdown(view.say("preparation.from_file", name=md_safe(data.name), rows=view.number(table.rows)))
    if table.rows > ROWS_HERE:
        values = {"rows": view.number(table.rows), "limit": view.number(ROWS_HERE)}
        st.info(view.say("preparation.too_large", **values))
        return
    asked = choices(view, table)
    with view.problems_shown():
        digest, how = team_data.digest(data, view), f"{team_data.reading(view)} {asked}"
        every = prepared(digest, how, table, asked, ())
        findings(view, every)
        doubts(view, every)
        view.conclude("preparation", every.as_json())
        made = prepared(digest, how, table, asked, what_to_drop(view, every))
        totals(view, made)
        offer(view, made)


view = frame.current()
view.heading("preparation")
with view.problems_shown():
    whole(view)
view.next_step("baseline", ready=False)
