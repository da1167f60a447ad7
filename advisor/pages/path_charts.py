"""The path as a picture: what each step costs to run, and what it costs to try for the chance that it has."""

from __future__ import annotations

from decimal import Decimal

from advisor.pages import charts
from advisor.pages.frame import View
from advisor.recommend import Recommendation
from advisor.recommend.words import in_own

PATTERNS = {"people": "", "fees": "/", "search": "."}


def costs(view: View, found: Recommendation) -> None:
    """One bar a step, in the order of trying."""
    from plotly.graph_objects import Bar

    steps = found.path
    if not steps:
        return
    names = [
        charts.in_lines(f"{place}. {view.text(found.book.approach(step.approach).name)}", 30)
        for place, step in enumerate(steps, 1)
    ]
    amounts: dict[str, list[Decimal]] = {
        "people": [step.life.people_usd for step in steps],
        "fees": [step.life.total_usd - step.life.people_usd for step in steps],
        "search": [max(step.index_usd - step.life.total_usd, Decimal(0)) for step in steps],
    }
    _, currency = in_own(found, steps[0].index_usd)
    bars = [
        Bar(
            y=names,
            x=[float(in_own(found, amount)[0]) for amount in amounts[part]],
            name=view.say(f"path.chart.{part}"),
            orientation="h",
            marker={"color": colour, "pattern": {"shape": PATTERNS[part]}},
        )
        for part, colour in zip(PATTERNS, charts.PALETTE, strict=False)
    ]
    charts.show(
        view,
        "path_costs",
        bars,
        view.say("path.chart.alt"),
        x={
            "title": view.say("path.chart.axis", currency=currency),
            "tickformat": ",.0f",
            "rangemode": "tozero",
        },
        y={"title": view.say("path.bill.step"), "autorange": "reversed"},
        height=110 + 46 * len(steps),
        barmode="stack",
    )
