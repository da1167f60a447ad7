"""Sample size first: what the items at hand can prove, how many would do, and what scoring them takes."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from advisor.evaluation.sample_size import (
    Provable,
    items_for_difference,
    items_to_show,
    labels_for_agreement,
    provable,
)
from advisor.language import phrase_keys
from advisor.pages import charts
from advisor.pages.frame import View
from advisor.preparation.annotation import annotation_effort
from baselines.statistics import wilson

SIZES = (30, 50, 100, 200, 500, 1000)
TICKS = (10, 30, 100, 300, 1000)
CURVE = (10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500, 700, 1000)


def draw(view: View) -> None:
    asked, answered = st.columns([2, 3], gap="large")
    with asked:
        items = int(_whole(view, "items", _test_rows(view), 1))
        target = _share(view, "target", 90)
        expected = _share(view, "expected", 97)
    with answered, view.problems_shown():
        _conclusion(view, provable(items, target, expected), expected)
        _chart(view, items, target, expected)
    _difference(view)
    _trust(view, expected)
    _effort(view, items)


def _test_rows(view: View) -> int:
    """The number of test rows the checklist knows, else that of the worked example."""
    kept = str(view.plan.get("answers.test_rows") or "")
    return int(kept) if kept.isdecimal() and int(kept) > 0 else 30


def _whole(view: View, name: str, usual: int, least: int) -> int:
    kept = view.keep(f"inputs.evaluation.{name}", usual)
    return int(
        st.number_input(
            view.say(f"evaluation.size.{name}"),
            min_value=least,
            max_value=100_000,
            step=1,
            help=_help(view, name),
            **kept,
        )
    )


def _share(view: View, name: str, usual: int) -> float:
    kept = view.keep(f"inputs.evaluation.{name}", usual)
    label = view.say(f"evaluation.size.{name}")
    return int(st.slider(label, 1, 100, format="%d%%", help=_help(view, name), **kept)) / 100


def _coefficient(view: View, name: str, usual: float) -> float:
    kept = view.keep(f"inputs.evaluation.{name}", usual)
    label = view.say(f"evaluation.size.{name}")
    return float(st.slider(label, 0.05, 0.95, step=0.05, help=_help(view, name), **kept))


def _help(view: View, name: str) -> str | None:
    """What an entry means, where its name alone does not say."""
    key = f"evaluation.size.help.{name}"
    return view.say(key) if key in phrase_keys() else None


def _conclusion(view: View, found: Provable, expected: float) -> None:
    """The range at the expected rate, what would show the target, and how many items would do."""
    passed = round(found.items * expected)
    span = {"low": view.percent(found.at_expected.low), "high": view.percent(found.at_expected.high)}
    target = view.percent(found.target)
    st.markdown(
        view.say("evaluation.size.range", items=view.number(found.items), passed=view.number(passed), **span)
    )
    if found.shown_from is None:
        st.warning(view.say("evaluation.size.never_shown", items=view.number(found.items), target=target))
    else:
        say = view.say(
            "evaluation.size.shown_from",
            items=view.number(found.items),
            target=target,
            passed=view.number(found.shown_from),
            chance=view.percent(found.chance),
            expected=view.percent(expected),
        )
        (st.success if found.chance >= 0.8 else st.info)(say)
    needed = items_to_show(found.target, expected)
    if needed is None:
        st.markdown(view.say("evaluation.size.no_number", target=target, expected=view.percent(expected)))
    else:
        st.markdown(
            view.say(
                "evaluation.size.needed",
                needed=view.number(needed),
                target=target,
                expected=view.percent(expected),
            )
        )


def _chart(view: View, items: int, target: float, expected: float) -> None:
    """How the range narrows as items are added, with the target across it."""
    import pandas as pd
    from plotly.graph_objects import Scatter

    sizes = sorted({*CURVE, items})
    spans = [wilson(expected * size, size) for size in sizes]
    edges = {"x": sizes, "mode": "lines", "line": {"width": 0}}
    band = {"fill": "tonexty", "fillcolor": charts.BAND, "name": view.say("evaluation.size.band")}
    range_of_size = [
        Scatter(y=[span.high for span in spans], showlegend=False, **edges),
        Scatter(y=[span.low for span in spans], **edges, **band),
    ]
    named = f"{view.say('evaluation.size.items')} {view.number(items)}"
    marks = [
        charts.level(target, color=charts.MARK, dash="dash"),
        charts.upright(items, color=charts.PALETTE[6], dash="dot", name=named),
    ]
    said = view.say("evaluation.size.target_line", target=view.percent(target))
    listed = [provable(size, target, expected) for size in sorted({*SIZES, items})]
    table = pd.DataFrame(
        {
            view.say("evaluation.size.column_items"): [found.items for found in listed],
            view.say("evaluation.size.column_range"): [
                view.span(view.percent(found.at_expected.low), view.percent(found.at_expected.high))
                for found in listed
            ],
            view.say("evaluation.size.column_shown"): [
                view.number(found.shown_from) if found.shown_from else view.say("evaluation.size.cannot")
                for found in listed
            ],
            view.say("evaluation.size.column_chance"): [view.percent(found.chance) for found in listed],
        }
    )
    alt = view.say("evaluation.size.alt", target=view.percent(target))
    charts.show(
        view,
        "evaluation_size_chart",
        range_of_size,
        alt,
        table,
        x={"type": "log", "tickvals": TICKS, "title": view.say("evaluation.size.axis_items")},
        y={"title": view.say("evaluation.size.axis_rate"), "tickformat": ".0%", "range": [0.3, 1.01]},
        notes=[charts.at_right(said, target, "top")],
        shapes=marks,
    )


def _difference(view: View) -> None:
    with st.expander(view.say("evaluation.size.difference")), view.problems_shown():
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            gap = _share(view, "gap", 5)
        with right:
            differing = _share(view, "differing", 15)
        needed = items_for_difference(gap, differing)
        if needed is None:
            st.warning(view.say("evaluation.size.gap_too_wide"))
        else:
            st.markdown(
                view.say(
                    "evaluation.size.difference_needs",
                    needed=view.number(needed),
                    gap=view.number(round(100 * gap)),
                )
            )


def _trust(view: View, expected: float) -> None:
    with st.expander(view.say("evaluation.size.trust")), view.problems_shown():
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            kappa = _coefficient(view, "kappa", 0.7)
        with right:
            width = _coefficient(view, "width", 0.15)
        needed = labels_for_agreement(kappa, min(expected, 0.99), width)
        values = {
            "kappa": view.number(kappa, 2),
            "width": view.number(width, 2),
            "rate": view.percent(expected),
        }
        st.markdown(view.say("evaluation.size.trust_needs", needed=view.number(needed), **values))


def _effort(view: View, items: int) -> None:
    with st.expander(view.say("evaluation.size.effort")), view.problems_shown():
        columns = st.columns(3, vertical_alignment="bottom")
        with columns[0]:
            people = _whole(view, "people", 2, 1)
        with columns[1]:
            seconds = _whole(view, "seconds", 60, 1)
        with columns[2]:
            rate = _whole(view, "rate", 2500 if view.language == "ja" else 25, 0)
        found = annotation_effort(items, people, Decimal(seconds), Decimal(rate))
        values = {"hours": view.number(found.hours), "amount": view.number(found.amount, 0)}
        st.markdown(view.say("evaluation.size.effort_is", judgements=view.number(found.judgements), **values))
