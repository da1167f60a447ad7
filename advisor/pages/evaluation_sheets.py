"""Blinded score sheets: a table of answers in, a sheet for raters and its key out."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from advisor.evaluation.blinding import BlindSheet, answers_from_table, blind_sheet
from advisor.evaluation.scoresheets import HEADERS
from advisor.pages import kept_file
from advisor.pages.frame import View, md_safe
from advisor.training.source_data import criteria_of
from baselines.table import Table

PREVIEW = 6
# The highest score a cell takes, by the design that the plan judges with; pairs are scored as pass or fail.
HIGHEST = {"likert": 2, "score": 100}
NO_COLUMN = ""
LIKELY_REFERENCE = ("正解の見本", "reference", "正解", "模範解答")


def draw(view: View) -> None:
    st.markdown(view.say("evaluation.sheets.purpose"))
    with view.problems_shown():
        table = answers(view)
        if table is None:
            return
        sheet = make(view, table)
        if sheet is not None:
            offer(view, sheet)


def answers(view: View) -> Table | None:
    """The table of answers: just uploaded, kept with the plan, or the example."""
    return kept_file.chosen(
        view,
        "inputs.evaluation.answers",
        words="evaluation.sheets",
        key="evaluation_answers",
        example="why_bot_answers.csv",
        read=kept_file.table,
    )


class Chosen(NamedTuple):
    """Which columns of the table hold what; an empty reference is none."""

    item: str
    question: str
    reference: str
    systems: list[str]


def choose_columns(view: View, table: Table) -> Chosen:
    """The columns as the plan names them, else the likely ones."""
    names = list(table.columns)
    id_column = next((name for name in names if name.casefold() in HEADERS["item_id"]), names[0])
    rest = [name for name in names if name != id_column]
    columns = st.columns(3, vertical_alignment="bottom")
    with columns[0]:
        item = choose(view, "item", names, id_column)
    with columns[1]:
        question = choose(view, "question", names, rest[0] if rest else names[0])
    with columns[2]:
        likely = next((name for name in rest if name in LIKELY_REFERENCE), NO_COLUMN)
        reference = choose(view, "reference", [NO_COLUMN, *names], likely)
    others = [name for name in names if name not in (item, question, reference)]
    path = "inputs.evaluation.systems"
    usual = [name for name in view.plan.get(path) or others if name in others]
    keeping = view.keep(path, usual)
    st.session_state[keeping["key"]] = [name for name in st.session_state[keeping["key"]] if name in others]
    systems = st.multiselect(
        view.say("evaluation.sheets.systems"), others, placeholder=view.say("common.choose"), **keeping
    )
    return Chosen(item, question, reference, systems)


def make(view: View, table: Table) -> BlindSheet | None:
    """The sheet for the chosen columns; None until there is a system to score."""
    chosen = choose_columns(view, table)
    rater = st.text_input(view.say("evaluation.sheets.rater"), **view.keep("inputs.evaluation.rater", ""))
    criteria = criteria_of(view.plan, view.language)
    st.caption(view.say("evaluation.sheets.criteria", criteria=md_safe(" / ".join(criteria))))
    if not chosen.systems:
        st.info(view.say("evaluation.sheets.no_system"))
        return None
    found = answers_from_table(table, chosen.item, chosen.question, chosen.systems, chosen.reference or None)
    return blind_sheet(found, criteria, rater=rater.strip())


def choose(view: View, name: str, options: list[str], usual: str) -> str:
    kept = view.keep(f"inputs.evaluation.column_{name}", usual, options=options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = usual

    def named(column: str) -> str:
        return column or view.say("evaluation.sheets.none")

    return str(st.selectbox(view.say(f"evaluation.sheets.{name}"), options, format_func=named, **kept))


def offer(view: View, sheet: BlindSheet) -> None:
    """The sheet and its key to download; the plan keeps the key, so that the filled-in sheet finds it."""
    rows = {name: [row[at] for row in sheet.rows[:PREVIEW]] for at, name in enumerate(sheet.columns)}
    st.dataframe(rows, hide_index=True, width="stretch", alt=view.say("evaluation.sheets.preview"))
    keeping: dict[str, Any] = {"on_click": view.put, "args": ("inputs.evaluation.key", dict(sheet.key))}
    said = {"rows": view.number(len(sheet.rows))}
    with st.container(horizontal=True):
        st.download_button(
            view.say("evaluation.sheets.download_excel", **said),
            sheet.xlsx(HIGHEST.get(str(view.plan.get("inputs.evaluation.design")), 1)),
            file_name="score_sheet.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            type="primary",
            **keeping,
        )
        st.download_button(
            view.say("evaluation.sheets.download", **said),
            sheet.csv(),
            file_name="score_sheet.csv",
            mime="text/csv",
            **keeping,
        )
        st.download_button(
            view.say("evaluation.sheets.key"),
            sheet.key_json(),
            file_name="score_sheet_key.json",
            mime="application/json",
            on_click="ignore",
        )
    st.caption(view.say("evaluation.sheets.key_note"))
