"""Tables and charts of an evaluation: rates with their range, gaps between systems, agreement of raters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from advisor.answers.evaluation import Agreement, Criterion, Evaluation, table
from advisor.language import p_value
from advisor.pages import charts
from advisor.pages.blocks import draw_rows, draw_table
from advisor.pages.frame import View

if TYPE_CHECKING:
    from plotly.graph_objects import Scatter


def criteria(view: View, found: Evaluation) -> None:
    """Every system by every criterion: a table, and for shares a chart with the target."""
    shares = [
        (system, name, result)
        for system, results in found.results.items()
        for name, result in results.items()
        if result.passed is not None
    ]
    if shares:
        _draw_rates(view, found, shares)
    draw_table(table(found.results, view.voice))


def _draw_rates(view: View, found: Evaluation, rows: list[tuple[str, str, Criterion]]) -> None:
    names = list(dict.fromkeys(name for _, name, _ in rows))
    dots = []
    for at, system in enumerate(found.results):
        own = [(names.index(name), result) for owner, name, result in rows if owner == system]
        aside = 0.3 * (at - (len(found.results) - 1) / 2) / max(1, len(found.results) - 1)
        dots.append(_dots(system or view.say("report.evaluation.rate"), own, aside, at))
    targets = sorted({result.target for _, _, result in rows if result.target is not None})
    rates = charts.in_lines(view.say("evaluation.table.axis"), 30)
    places = {"tickvals": list(range(len(names))), "ticktext": names, "range": [len(names) - 0.5, -0.5]}
    charts.show(
        view,
        "evaluation_rates",
        dots,
        view.say("evaluation.table.chart_alt"),
        x={"title": rates, "tickformat": ".0%", "range": [-0.02, 1.02]},
        y={"title": view.say("evaluation.table.criterion"), **places},
        height=120 + 60 * len(names),
        shapes=[charts.upright(target, color=charts.PALETTE[6], dash="dash") for target in targets],
    )


def _dots(name: str, own: list[tuple[int, Criterion]], aside: float, at: int) -> Scatter:
    """One system's rates with their ranges, a little beside the middle of each criterion's line."""
    from plotly.graph_objects import Scatter

    rates = [result.rate or 0.0 for _, result in own]
    return Scatter(
        x=rates,
        y=[line + aside for line, _ in own],
        mode="markers",
        name=name,
        marker={
            "size": 11,
            "color": charts.PALETTE[at % len(charts.PALETTE)],
            "symbol": charts.SYMBOLS[at % len(charts.SYMBOLS)],
        },
        error_x={
            "symmetric": False,
            "array": [(result.high or rate) - rate for (_, result), rate in zip(own, rates, strict=True)],
            "arrayminus": [rate - (result.low or 0.0) for (_, result), rate in zip(own, rates, strict=True)],
        },
        hovertemplate="%{x:.1%}",
    )


def comparisons(view: View, found: Evaluation) -> None:
    """Each pair with its gap, range and p-values."""
    draw_rows(
        view,
        "evaluation.results.comparisons",
        [
            f"evaluation.table.{name}"
            for name in ("criterion", "outcome", "pair", "n", "gap", "range", "only", "p")
        ],
        [
            (
                row.criterion,
                view.say(f"evaluation.outcome.{row.outcome}", a=row.a, b=row.b),
                f"{row.a} − {row.b}",
                row.n,
                _gap(view, row.test, row.difference),
                view.span(*(_gap(view, row.test, end) for end in (row.low, row.high))),
                "—" if row.only_a is None else f"{row.only_a} / {row.only_b}",
                p_value(row.p_adjusted, view.language),
            )
            for row in found.comparisons
        ],
    )
    st.caption(view.say("evaluation.results.tests"))


def _gap(view: View, test: str | None, value: float | None) -> str:
    """A gap in points of a share, or in the unit of the scale."""
    if value is None:
        return "—"
    shown = view.number(100 * value, 1) if test == "mcnemar" else view.number(value, 2)
    return f"+{shown}" if value > 0 else shown


def agreement(view: View, found: Mapping[str, Agreement]) -> None:
    """Coefficients by criterion, with the range of alpha."""

    def shown(value: float | None) -> str:
        return view.say("evaluation.table.untold") if value is None else view.number(value, 2)

    draw_rows(
        view,
        "evaluation.results.agreement",
        [
            f"evaluation.table.{name}"
            for name in ("criterion", "answers", "percent", "cohen", "fleiss", "alpha", "range")
        ],
        [
            (
                name,
                row.answers,
                view.voice.percent(row.percent),
                shown(row.cohen_kappa) if len(row.raters) == 2 else "—",
                shown(row.fleiss_kappa),
                shown(row.krippendorff_alpha),
                "—" if row.low is None else view.span(shown(row.low), shown(row.high)),
            )
            for name, row in found.items()
        ],
    )
