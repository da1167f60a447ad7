"""Models entered by hand: one of the team's own, or one that the Hub cannot show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from advisor.models import ModelReport, assess, manual
from advisor.models.licences import licence_book
from advisor.models.model_card import check_id
from advisor.models.shapes import as_mapping
from advisor.models.snapshot import relative
from advisor.pages.frame import View, widget_key
from pricing import Problem

TYPED = "inputs.models.typed"
PROBLEM = "models_typed_problem"
LONGEST_NAME = 100
FIELDS: Mapping[str, Any] = {
    "name": "",
    "licence": "apache-2.0",
    "context": 0,
    "billions": 0.0,
    "parent": "",
    "config": "",
}


def by_hand(view: View, chosen: str, most: int) -> None:
    """A form for one model; adding it puts it among those that are compared."""
    with st.expander(view.say("models.manual_title")):
        first, second = st.columns(2, vertical_alignment="bottom")
        licences = list(licence_book().licences)
        first.text_input(view.say("models.manual_name"), **_kept(view, "name"))
        second.selectbox(view.say("models.manual_licence"), licences, **_kept(view, "licence", licences))
        first.number_input(view.say("models.manual_context"), 0, 100_000_000, **_kept(view, "context"))
        second.number_input(view.say("models.manual_parameters"), 0.0, 100_000.0, **_kept(view, "billions"))
        first.text_input(view.say("models.manual_parent"), **_kept(view, "parent"))
        st.text_area(view.say("models.manual_config"), **_kept(view, "config"))
        st.button(
            view.say("models.manual_add"), key="models_typed_add", on_click=_add, args=(view, chosen, most)
        )
        problem = st.session_state.pop(PROBLEM, None)
        if problem:
            with view.problems_shown():
                raise problem


def manual_reports(view: View) -> dict[str, ModelReport]:
    """Reports of the models typed in; their parents come from the shipped list."""
    kept = view.plan.get(TYPED) or {}
    return {name: _report(view, fields) for name, fields in kept.items() if isinstance(fields, Mapping)}


def _kept(view: View, field: str, options: list[str] | None = None) -> dict[str, Any]:
    return view.keep(f"inputs.models.typed_{field}", FIELDS[field], options)


def _add(view: View, chosen: str, most: int) -> None:
    """Check what was typed and put it among the chosen models; what is wrong is shown under the form."""
    typed = {
        field: st.session_state[widget_key(view.state, f"inputs.models.typed_{field}")] for field in FIELDS
    }
    name = str(typed["name"]).strip()[:LONGEST_NAME]
    try:
        if not name:
            raise Problem("model_name_missing")
        if str(typed["parent"]).strip():
            check_id(str(typed["parent"]))
        _config(str(typed["config"]))
    except Problem as problem:
        st.session_state[PROBLEM] = problem
        return
    view.put(TYPED, (view.plan.get(TYPED) or {}) | {name: {**typed, "name": name}})
    others = [one for one in view.plan.get(chosen) or [] if one != name]
    view.put_typed(chosen, [*others[: most - 1], name])


def _report(view: View, fields: Mapping[str, Any]) -> ModelReport:
    parent = str(fields.get("parent") or "").strip()
    facts = manual(
        str(fields.get("name")),
        on=view.on,
        licence=str(fields.get("licence") or "") or None,
        parents=[parent] if parent else [],
        config=_config(str(fields.get("config") or "")),
        context_tokens=int(fields.get("context") or 0) or None,
        parameters=round(float(fields.get("billions") or 0) * 1e9) or None,
    )
    return assess(facts, relative)


def _config(text: str) -> Mapping[str, Any] | None:
    if not text.strip():
        return None
    try:
        return as_mapping(json.loads(text))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Problem):
            raise
        raise Problem("config_unreadable", file="config.json") from None
