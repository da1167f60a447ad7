"""What was found in the training data: each with its rows, and left out of the files with one click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from advisor.answers.preparation import Finding, Preparation
from advisor.pages.frame import View, md_safe
from advisor.pages.preparation_form import LEFT_OUT
from advisor.show.voice import NOTHING
from baselines.table import Table

ROWS_SHOWN = 12
CHARACTERS_SHOWN = 200
COLOURS = {"error": "red", "risk": "orange", "hint": "gray"}
# Leaving these rows out would leave none.
ABOUT_ALL = ("too_few_examples",)


def draw(view: View, answer: Preparation, table: Table, columns: Mapping[str, Any]) -> None:
    """The gravest first; a tick leaves the rows of a finding out, the table stays as it is."""
    st.header(view.say("preparation.findings"), anchor=False)
    if not answer.found:
        st.success(view.say("preparation.no_findings"))
        return
    st.caption(view.say("preparation.drop"))
    for finding in answer.found:
        said = line(view, finding)
        if finding.id in ABOUT_ALL or not finding.count:
            st.markdown(said)
        else:
            st.checkbox(said, **view.keep(f"{LEFT_OUT}.{finding.id}", False))
    named = [finding for finding in answer.found if finding.rows]
    if named:
        rows(view, named, answer.first_row or 1, table, columns)


def line(view: View, finding: Finding) -> str:
    """Weight, sentence and rows of a finding as Markdown, with what it quotes shown literally."""
    voice = view.voice
    weight = md_safe(voice.name("preparation.weight", finding.weight or NOTHING))
    badge = f":{COLOURS.get(finding.weight or '', 'gray')}-badge[{weight}]"
    shown = ", ".join(map(str, finding.rows[:ROWS_SHOWN]))
    more = " …" if (finding.count or 0) > ROWS_SHOWN else ""
    where = view.say("preparation.rows_named", count=voice.number(finding.count), rows=shown + more)
    return f"{badge} {md_safe(finding.sentence(voice))} {where if shown else ''}"


def rows(
    view: View, found: Sequence[Finding], first_row: int, table: Table, columns: Mapping[str, Any]
) -> None:
    """The rows of one finding with their texts, the most doubtful labels first with what they look like."""
    by_id = {finding.id: finding for finding in found}
    with st.expander(view.say("preparation.look"), expanded="doubtful_labels" in by_id):
        usual = "doubtful_labels" if "doubtful_labels" in by_id else next(iter(by_id))
        voice = view.voice
        names = {id: finding.sentence(voice) for id, finding in by_id.items()}
        chosen = st.selectbox(
            view.say("preparation.look_at"),
            list(by_id),
            index=list(by_id).index(usual),
            format_func=names.__getitem__,
            key=f"preparation_look_{usual}",
        )
        finding = by_id[str(chosen)]
        shown: dict[str, list[Any]] = {view.say("preparation.row"): list(finding.rows)}
        for role in ("input", "output"):
            cells = table.column(columns[role]) if columns[role] in table.columns else []
            shown[view.say(f"preparation.{role}")] = [
                cells[row - first_row][:CHARACTERS_SHOWN]
                for row in finding.rows
                if row - first_row < len(cells)
            ]
        if "likely" in finding.fields:
            shown[view.say("preparation.likely")] = list(finding.fields["likely"])
        st.dataframe(shown, hide_index=True, width="stretch", alt=view.say("preparation.look"))
        if (finding.count or 0) > len(finding.rows):
            st.caption(view.say("preparation.first_rows", rows=view.number(len(finding.rows))))
