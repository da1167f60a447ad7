"""Planning the labels: how many rows, how far the people agree, and what their hours cost."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from advisor.answers.baseline import Baseline
from advisor.pages import evaluation_charts as charts
from advisor.pages import kept_file
from advisor.pages.frame import View, md_safe
from advisor.preparation.annotation import (
    DoubleAnnotation,
    annotation_effort,
    double_annotation,
    likely_annotators,
    rows_for_precision,
    rows_to_reach,
)
from baselines.table import Table

SHEET = "inputs.annotation.sheet"
ROWS_SHOWN = 100


def draw(view: View) -> None:
    st.header(view.say("preparation.annotation.rows_title"), anchor=False)
    left, right = st.columns(2, gap="large")
    with left, view.problems_shown():
        by_precision(view)
    with right, view.problems_shown():
        by_curve(view)
    st.header(view.say("preparation.annotation.cost_title"), anchor=False)
    with view.problems_shown():
        effort(view)
    st.header(view.say("preparation.annotation.agreement_title"), anchor=False)
    with view.problems_shown():
        agreement(view)


def by_precision(view: View) -> None:
    """Rows after which a share is known well enough."""
    share = slider(view, "share", 85, 50, 99)
    width = slider(view, "width", 3, 1, 15)
    needed = rows_for_precision(share / 100, width / 100)
    said = {"share": view.percent(share / 100), "width": view.number(width), "rows": view.number(needed)}
    st.markdown(view.say("preparation.annotation.precision", **said))


def slider(view: View, name: str, usual: int, least: int, most: int) -> int:
    kept = view.keep(f"inputs.annotation.{name}", usual)
    label = view.say(f"preparation.annotation.{name}")
    return int(st.slider(label, least, most, format="%d%%", **kept))


def by_curve(view: View) -> None:
    """Rows at which the measured learning curve reaches a score."""
    measured = view.plan.answer(Baseline)
    curve = measured.curve if measured else None
    if curve is None or not curve.ahead.sizes:
        st.info(view.say("preparation.annotation.no_curve"))
        view.link("baseline")
        return
    now = curve.means[-1]
    target = slider(view, "target", min(99, round(100 * now) + 2), 1, 100) / 100
    found = rows_to_reach(curve.ahead, target)
    said = {
        "metric": view.say(f"baseline.metric.{curve.metric}"),
        "now": view.percent(now, 1),
        "target": view.percent(target),
        "rows": view.number(curve.sizes[-1]),
        "furthest": view.number(found.furthest),
        "likely": view.rough(found.likely or 0),
        "safe": view.rough(found.safe or 0),
    }
    kind = "unreached" if found.likely is None else "likely" if found.safe is None else "safe"
    st.markdown(view.say(f"preparation.annotation.curve_{kind}", **said))


def effort(view: View) -> None:
    """Hours and money for so many rows, people and seconds."""
    usual = {"items": 500, "people": 2, "seconds": 30, "rate": 2500 if view.language == "ja" else 25}
    columns = st.columns(len(usual), vertical_alignment="bottom")
    asked = {
        name: int(
            columns[at].number_input(
                view.say(f"preparation.annotation.{name}"),
                0 if name == "rate" else 1,
                1_000_000,
                step=1,
                **view.keep(f"inputs.annotation.{name}", value),
            )
        )
        for at, (name, value) in enumerate(usual.items())
    }
    found = annotation_effort(
        asked["items"], asked["people"], Decimal(asked["seconds"]), Decimal(asked["rate"])
    )
    st.markdown(
        view.say(
            "preparation.annotation.cost",
            judgements=view.number(found.judgements),
            hours=view.number(found.hours),
            amount=view.number(found.amount, 0),
        )
    )


def agreement(view: View) -> None:
    """A sheet that two or more people labelled, and how far they agree."""
    table = kept_file.chosen(
        view,
        SHEET,
        words="preparation.annotation",
        key="annotation",
        example="double_annotated.csv" if view.language == "ja" else "double_annotated_en.csv",
        read=kept_file.table,
    )
    if table is None:
        return
    usual = likely_annotators(table)
    kept = view.keep("inputs.annotation.people_columns", usual)
    names = list(table.columns)
    st.session_state[kept["key"]] = [name for name in st.session_state[kept["key"]] if name in names] or usual
    label = view.say("preparation.annotation.people_columns")
    chosen = st.multiselect(label, names, placeholder=view.say("common.choose"), **kept)
    found = double_annotation(table, chosen)
    conclusion(view, found)
    charts.agreement(view, {view.say("preparation.annotation.label"): found.agreement})
    st.caption(view.say("evaluation.results.agreement_note"))
    differing(view, table, found)


def conclusion(view: View, found: DoubleAnnotation) -> None:
    """What the agreement allows, in one sentence."""
    alpha = found.agreement.krippendorff_alpha
    if alpha is None:
        st.info(view.say("preparation.annotation.one_label"))
        return
    grade = "firm" if alpha >= 0.8 else "tentative" if alpha >= 0.667 else "weak"
    box = {"firm": st.success, "tentative": st.info, "weak": st.warning}[grade]
    box(view.say(f"preparation.annotation.{grade}", alpha=view.number(alpha, 2)))
    if found.mixed_up:
        pairs = view.voice.listing(
            view.say("preparation.annotation.pair", one=one, other=other, times=view.number(times))
            for one, other, times in found.mixed_up
        )
        st.markdown(view.say("preparation.annotation.mixed_up", pairs=md_safe(pairs)))


def differing(view: View, table: Table, found: DoubleAnnotation) -> None:
    """The rows that people labelled differently, to talk about."""
    if not found.rows:
        return
    said = view.say("preparation.annotation.differing", rows=view.number(len(found.rows)))
    with st.expander(said):
        shown = {name: [table.column(name)[row] for row in found.rows[:ROWS_SHOWN]] for name in table.columns}
        st.dataframe(shown, hide_index=True, width="stretch", alt=said)
