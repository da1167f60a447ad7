"""Methods: the formula behind every figure, with its symbols, its source and the function that computes it."""

from __future__ import annotations

import streamlit as st

from advisor.formulas import DEFINITION, Formula, formulas
from advisor.pages import frame
from advisor.pages.frame import View, md_safe


def whole(view: View) -> None:
    """The formulas, area by area."""
    listed = formulas().values()
    for area in dict.fromkeys(formula.area for formula in listed):
        st.header(view.say(f"methods.areas.{area}"), anchor=False)
        for formula in listed:
            if formula.area == area:
                draw(view, formula)


def draw(view: View, formula: Formula) -> None:
    """One formula: what it is called, what it says, and where it comes from."""
    with st.container(border=True):
        st.markdown(f"**{md_safe(view.text(formula.name))}**")
        st.code(formula.formula, language=None, wrap_lines=True)
        st.markdown(md_safe(view.text(formula.symbols)))
        st.caption(f"{said_origin(view, formula)} · {md_safe(formula.where.replace(':', '.'))}")


def said_origin(view: View, formula: Formula) -> str:
    """Where the formula comes from, as a link where it can be one."""
    if formula.origin == DEFINITION:
        return view.say("methods.definition")
    said = md_safe(formula.origin)
    return view.say("methods.source", source=f"[{said}]({formula.address})" if formula.address else said)


view = frame.current()
view.heading("methods")
with view.problems_shown():
    whole(view)
view.next_step("overview")
