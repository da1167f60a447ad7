"""Tables and charts of an evaluation: rates with their range, gaps between systems, agreement of raters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from advisor.answers.evaluation import Agreement, Criterion
from advisor.answers.evaluation import Evaluation as Answer
from advisor.evaluation import Evaluation
from advisor.language import p_value
from advisor.pages import charts
from advisor.pages.frame import View

if TYPE_CHECKING:
    from plotly.graph_objects import Scatter


def span(view: View, result: Criterion) -> str:
    """The range of one result in its own unit."""
    show = view.voice.percent if result.passed is not None else view.voice.number
    known = result.low is not None and result.high is not None and (result.n or 0) > 1
    return view.span(show(result.low), show(result.high)) if known else "—"


def criteria(view: View, found: Evaluation) -> None:
    """Every system by every criterion: a table, and for shares a chart with the target."""
    import pandas as pd

    rows = [
        (system, name, result)
        for system, results in found.results.items()
        for name, result in results.items()
    ]
    several = len(found.results) > 1
    verdicts = [result.verdict for _, _, result in rows]
    table = pd.DataFrame(
        {
            **({view.say("evaluation.table.system"): [system for system, _, _ in rows]} if several else {}),
            view.say("evaluation.table.criterion"): [name for _, name, _ in rows],
            view.say("evaluation.table.passed"): [_passed(view, result) for _, _, result in rows],
            view.say("evaluation.table.rate"): [_middle(view, result) for _, _, result in rows],
            view.say("evaluation.table.range"): [span(view, result) for _, _, result in rows],
            view.say("evaluation.table.verdict"): [
                view.say(f"evaluation.verdict.{verdict}") if verdict else "—" for verdict in verdicts
            ],
        }
    )
    shares = [row for row in rows if row[2].passed is not None]
    if shares:
        _draw_rates(view, found, shares)
    st.dataframe(table, hide_index=True, width="stretch", alt=view.say("evaluation.table.alt"))


def _passed(view: View, result: Criterion) -> str:
    return f"{view.voice.number(result.passed)} / {view.voice.number(result.n)}"


def _middle(view: View, result: Criterion) -> str:
    share = result.rate is not None
    return view.voice.percent(result.rate, 1) if share else view.voice.number(result.mean, 2)


def _draw_rates(view: View, found: Evaluation, rows: list[tuple[str, str, Criterion]]) -> None:
    names = list(dict.fromkeys(name for _, name, _ in rows))
    dots = []
    for at, system in enumerate(found.results):
        own = [(names.index(name), result) for owner, name, result in rows if owner == system]
        aside = 0.3 * (at - (len(found.results) - 1) / 2) / max(1, len(found.results) - 1)
        dots.append(_dots(system or view.say("evaluation.table.rate"), own, aside, at))
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


def comparisons(view: View, found: Answer) -> None:
    """Each pair with its gap, range and p-values."""
    import pandas as pd

    rows = found.comparisons
    table = pd.DataFrame(
        {
            view.say("evaluation.table.criterion"): [row.criterion for row in rows],
            view.say("evaluation.table.outcome"): [
                view.say(f"evaluation.outcome.{row.outcome}", a=row.a, b=row.b) for row in rows
            ],
            view.say("evaluation.table.pair"): [f"{row.a} − {row.b}" for row in rows],
            view.say("evaluation.table.n"): [row.n for row in rows],
            view.say("evaluation.table.gap"): [_gap(view, row.test, row.difference) for row in rows],
            view.say("evaluation.table.range"): [
                view.span(*(_gap(view, row.test, end) for end in (row.low, row.high))) for row in rows
            ],
            view.say("evaluation.table.only"): [
                "—" if row.only_a is None else f"{row.only_a} / {row.only_b}" for row in rows
            ],
            view.say("evaluation.table.p"): [p_value(row.p_adjusted, view.language) for row in rows],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch", alt=view.say("evaluation.results.comparisons"))
    st.caption(view.say("evaluation.results.tests"))


def _gap(view: View, test: str | None, value: float | None) -> str:
    """A gap in points of a share, or in the unit of the scale."""
    if value is None:
        return "—"
    shown = view.number(100 * value, 1) if test == "mcnemar" else view.number(value, 2)
    return f"+{shown}" if value > 0 else shown


def agreement(view: View, found: Mapping[str, Agreement], key: str) -> None:
    """Coefficients by criterion, with the range of alpha."""
    import pandas as pd

    rows = list(found.values())

    def shown(value: float | None) -> str:
        return view.say("evaluation.table.untold") if value is None else view.number(value, 2)

    table = pd.DataFrame(
        {
            view.say("evaluation.table.criterion"): list(found),
            view.say("evaluation.table.answers"): [row.answers for row in rows],
            view.say("evaluation.table.percent"): [view.voice.percent(row.percent) for row in rows],
            view.say("evaluation.table.cohen"): [
                shown(row.cohen_kappa) if len(row.raters) == 2 else "—" for row in rows
            ],
            view.say("evaluation.table.fleiss"): [shown(row.fleiss_kappa) for row in rows],
            view.say("evaluation.table.alpha"): [shown(row.krippendorff_alpha) for row in rows],
            view.say("evaluation.table.range"): [
                view.span(view.number(row.low, 2), view.number(row.high, 2))
                if row.low is not None and row.high is not None
                else "—"
                for row in rows
            ],
        }
    )
    st.dataframe(
        table, hide_index=True, width="stretch", key=key, alt=view.say("evaluation.results.agreement")
    )
