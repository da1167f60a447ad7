"""The charts of the Cost page, each drawn from the comparison that the page computed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from itertools import cycle
from math import log10

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from plotly.basedatatypes import BaseTraceType

from advisor.answers.cost import shape, words
from advisor.pages import charts
from advisor.pages.cost_form import Form, name_of
from advisor.pages.frame import View, md_safe
from advisor.show.voice import Voice
from pricing.book import PriceBook
from pricing.break_even import total_at
from pricing.cost import Cost
from pricing.scenario import CostComparison
from pricing.uncertainty import Odds, Uncertainty
from pricing.workload import cheapest_grid

EXAMPLES = (1, 2, 3, 5, 8, 12, 20, 30, 50)
VOLUMES = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
POINTS = 60
LEAST_PAID = 1e-6
# Times the longest bar, so that its amount has room beside it on a narrow screen.
ROOM_FOR_AMOUNT = 1.75


def colours(form: Form) -> dict[str, str]:
    """One colour an arm, the same in every chart."""
    return _by_arm(form, charts.PALETTE)


def _by_arm(form: Form, looks: Sequence[str]) -> dict[str, str]:
    return {str(choice["id"]): look for choice, look in zip(form.choices, cycle(looks), strict=False)}


def break_even(view: View, form: Form, found: CostComparison) -> None:
    """What each arm has cost, as requests add up, with the points where one overtakes another."""
    drawn, table = [], {}
    longest = max((cost.requests_served for cost in found.costs), default=Decimal(0))
    places = _places(longest)
    colour, dash = colours(form), _by_arm(form, charts.DASHES)
    for cost in found.costs:
        served = [n for n in places if n <= cost.requests_served]
        paid = [max(LEAST_PAID, float(total_at(cost, n))) for n in served]
        line = {"color": colour[cost.arm], "dash": dash[cost.arm], "width": 3}
        drawn.append(go.Scatter(x=served, y=paid, mode="lines", name=escape(form.names[cost.arm]), line=line))
        table[_in_usd(form.names[cost.arm])] = pd.Series(paid, index=served, dtype="float64")
    crossings = _crossings(view, found)
    numbers = pd.DataFrame(table).rename_axis(view.say("cost.table.requests")).reset_index()
    charts.show(
        view,
        "cost_break_even",
        [*drawn, *(_diamond(one) for one in crossings)],
        view.say("cost.chart.break_even_alt"),
        numbers,
        x={"type": "log", "title": view.say("cost.chart.requests"), **charts.PLAIN},
        y={"type": "log", **_usd_axis(view.say("cost.chart.paid"))},
        height=420,
        notes=[
            {"text": said, "x": log10(x), "y": log10(y), "xanchor": "right", "yanchor": "bottom", "yshift": 8}
            for x, y, said in crossings
        ],
    )


def _in_usd(name: str) -> str:
    """A column's name with the unit of its amounts."""
    return f"{name} (USD)"


def _usd_axis(title: str) -> charts.Shape:
    return {"title": title, "tickprefix": "$", **charts.PLAIN}


def _places(longest: Decimal) -> list[int]:
    """Whole numbers of requests, evenly spread on a log axis."""
    if longest < 1:
        return [1]
    top = float(longest)
    return sorted({max(1, round(top ** (step / POINTS))) for step in range(POINTS + 1)})


def _crossings(view: View, found: CostComparison) -> list[tuple[int, float, str]]:
    """After how many requests, at what amount, one arm overtakes another, and what is said of it."""
    return [
        (
            pair.requests,
            max(LEAST_PAID, float(total_at(found.cost(pair.b), pair.requests))),
            view.say("cost.chart.crossing", requests=view.number(pair.requests)),
        )
        for pair in found.break_even
        if pair.requests
    ]


def _diamond(crossing: tuple[int, float, str]) -> go.Scatter:
    x, y, said = crossing
    return go.Scatter(
        x=[x], y=[y], mode="markers", text=[said], showlegend=False, hoverinfo="text",
        marker={"size": 11, "color": charts.MARK, "symbol": "diamond"},
    )  # fmt: skip


def months(view: View, form: Form, found: CostComparison) -> None:
    """A month of each arm, stacked by line of the bill."""
    lines = _month_lines(found)
    names = [charts.in_lines(form.names[cost.arm]) for cost in found.costs]
    drawn: list[BaseTraceType] = []
    for place, (id, amounts) in enumerate(lines.items()):
        widths = [amounts.get(cost.arm, 0.0) for cost in found.costs]
        colour = charts.PALETTE[place % len(charts.PALETTE)]
        said = view.say(f"cost.part.{id}")
        drawn.append(go.Bar(x=widths, y=names, orientation="h", name=said, marker_color=colour))
    totals = [float(cost.per_month) for cost in found.costs]
    amounts_beside = go.Scatter(
        x=totals, y=names, mode="text", showlegend=False, textposition="middle right", cliponaxis=False,
        text=[f" {view.money(cost.per_month)}" for cost in found.costs],
    )  # fmt: skip
    span = [0, max(totals, default=0.0) * ROOM_FOR_AMOUNT or 1]
    table = pd.DataFrame(
        {_in_usd(view.say(f"cost.part.{id}")): pd.Series(amounts) for id, amounts in lines.items()}
    )
    table.insert(0, view.say("cost.table.arm"), [form.names[str(arm)] for arm in table.index])
    charts.show(
        view,
        "cost_months",
        [*drawn, amounts_beside],
        view.say("cost.chart.month_alt"),
        table.fillna(0),
        x={**_usd_axis(view.say("cost.chart.month")), "range": span, "nticks": 4},
        y={"title": view.say("cost.table.arm"), "autorange": "reversed"},
        height=180 + 45 * len(names),
        barmode="stack",
    )
    st.caption(view.say("cost.chart.month_note"))


def _month_lines(found: CostComparison) -> dict[str, dict[str, float]]:
    """Amounts of the first full month by line of the bill, then by arm."""
    lines: dict[str, dict[str, float]] = {}
    for cost in found.costs:
        for part in cost.parts:
            if part.per in ("request", "month"):
                times = cost.volume.requests_per_month if part.per == "request" else Decimal(1)
                line = lines.setdefault(part.id, {})
                line[cost.arm] = line.get(cost.arm, 0.0) + float(part.amount * times)
    return lines


def uncertainty(view: View, form: Form, found: CostComparison) -> None:
    """The band of each arm, the odds of a pair, what moves them, and the ranges all of it rests on."""
    result = found.uncertainty
    if not result.bands:
        st.info(view.say("cost.chart.nothing"))
        return
    _band(view, form, result)
    if result.odds:
        pairs = {odds.b: odds for odds in result.odds}
        chosen = st.selectbox(
            view.say("cost.band.pair"), list(pairs), format_func=lambda id: form.names[id], key="cost_odds"
        )
        _odds(view, form, pairs[chosen])
    st.caption(_ranges_used(view, form, result))


def _ranges_used(view: View, form: Form, result: Uncertainty) -> str:
    """Every range in words: of the input, the question is what varies, and it does so alike in all arms."""
    said = []
    for name in result.ranges.variables:
        arm = next((id for id, own in result.ranges.arms.items() if getattr(own, name, None)), "")
        ends = result.ranges.of(name, arm)
        if ends:
            same = _same_tokens(form, arm) if name == "input_tokens" else Decimal(0)
            kind = "assumed" if name in result.assumed else "given"
            write = view.percent if name in ("growth_per_month", "cache_hit_rate") else view.number
            low, high = write(ends.low - same, 0), write(ends.high - same, 0)
            said.append(
                view.say(f"cost.band.{kind}", name=view.say(f"cost.band.of.{name}"), low=low, high=high)
            )
    return view.say("cost.band.rests_on", ranges=view.say("cost.band.and").join(said))


def _same_tokens(form: Form, arm: str) -> Decimal:
    """The part of an arm's input that every request repeats."""
    choice = next(choice for choice in form.choices if choice["id"] == arm)
    return Decimal(form.workload.arm(choice)["input_tokens"]) - form.workload.question_tokens


def _band(view: View, form: Form, result: Uncertainty) -> None:
    drawn = []
    for band in result.bands:
        low, middle, high = (max(LEAST_PAID, amount) for amount in (band.p10, band.p50, band.p90))
        name = charts.in_lines(form.names[band.arm])
        scatter = go.Scatter(
            x=[low, middle, high], y=[name] * 3, mode="lines+markers", showlegend=False,
            line={"color": colours(form)[band.arm], "width": 4}, marker={"size": [0, 12, 0]},
        )  # fmt: skip
        drawn.append(scatter)
    ends = [max(LEAST_PAID, amount) for band in result.bands for amount in (band.p10, band.p90)]
    span = charts.log_axis(min(ends) / 1.5, max(ends) * 1.5, "$")
    rows = [(form.names[band.arm], band.p10, band.p50, band.p90) for band in result.bands]
    table = pd.DataFrame(rows, columns=[view.say("cost.table.arm"), *map(_in_usd, ("10%", "50%", "90%"))])
    charts.show(
        view,
        "cost_band",
        drawn,
        view.say("cost.chart.band_alt"),
        table,
        x={"title": view.say("cost.chart.band"), **span},
        y={"title": view.say("cost.table.arm"), "autorange": "reversed"},
        height=120 + 45 * len(rows),
    )


def _odds(view: View, form: Form, odds: Odds) -> None:
    typed = shape.Odds.model_validate(odds)
    said = words.odds(typed, Voice(view.language, form.on), form.names)
    st.markdown(md_safe(said))
    st.caption(view.say("cost.chart.tornado", b=md_safe(form.names[odds.b])))
    names = [view.say(f"cost.variable.{swing.variable}") for swing in odds.tornado]
    drawn = []
    for side, colour in (("low", charts.PALETTE[4]), ("high", charts.PALETTE[1])):
        ends = [getattr(swing, f"at_{side}") - odds.saving for swing in odds.tornado]
        said = view.say(f"cost.chart.{side}")
        drawn.append(
            go.Bar(x=ends, y=names, base=odds.saving, orientation="h", name=said, marker_color=colour)
        )
    table = pd.DataFrame(
        [(name, swing.at_low, swing.at_high) for name, swing in zip(names, odds.tornado, strict=True)],
        columns=[
            view.say("cost.chart.assumption"),
            *(_in_usd(view.say(f"cost.chart.{side}")) for side in ("low", "high")),
        ],
    )
    charts.show(
        view,
        "cost_tornado",
        drawn,
        view.say("cost.chart.tornado_alt"),
        table,
        x=_usd_axis(view.say("cost.chart.saving")),
        y={"title": view.say("cost.chart.assumption"), "autorange": "reversed"},
        height=130 + 50 * len(names),
        barmode="overlay",
    )


def grid(view: View, form: Form, listed: PriceBook) -> None:
    """Which arm is cheapest, by examples in the prompt and requests a month; its number stands in each cell."""
    found = cheapest_grid(form.workload, form.choices, form.top, EXAMPLES, VOLUMES, listed, form.on)
    names = _names_for_any_number(view, form)
    arms = [str(choice["id"]) for choice in form.choices]
    present = [arm for arm in arms if any(arm in row for row in found.cheapest)]
    if not present:
        st.info(view.say("cost.chart.nothing"))
        return
    places = [[present.index(arm) if arm else None for arm in row] for row in found.cheapest]
    hover = [
        [f"{escape(names[arm])}<br>{view.money(total)}" if arm and total is not None else "" for arm, total in zip(*rows, strict=True)]
        for rows in zip(found.cheapest, found.totals, strict=True)
    ]  # fmt: skip
    written = [["" if place is None else str(place + 1) for place in row] for row in places]
    cells = go.Heatmap(
        z=places, x=[view.number(volume) for volume in VOLUMES], y=[str(number) for number in EXAMPLES],
        text=written, texttemplate="%{text}", customdata=hover, hovertemplate="%{customdata}<extra></extra>",
        showscale=False, xgap=2, ygap=2, zmin=-0.5, zmax=len(present) - 0.5,
        colorscale=_steps([colours(form)[arm] for arm in present]),
    )  # fmt: skip
    legend = [
        go.Scatter(
            x=[None], y=[None], mode="markers", name=f"{place}. {escape(names[arm])}",
            marker={"size": 12, "symbol": "square", "color": colours(form)[arm]},
        )
        for place, arm in enumerate(present, 1)
    ]  # fmt: skip
    table = pd.DataFrame(
        [[names[arm] if arm else "" for arm in row] for row in found.cheapest],
        columns=[view.number(volume) for volume in VOLUMES],
    )
    table.insert(0, view.say("cost.chart.examples"), list(EXAMPLES))
    charts.show(
        view,
        "cost_grid",
        [cells, *legend],
        view.say("cost.chart.grid_alt"),
        table,
        x={"title": view.say("cost.chart.volume"), "type": "category"},
        y={"title": view.say("cost.chart.examples"), "type": "category"},
        height=460,
        showlegend=True,
    )
    st.caption(view.say("cost.chart.grid_note"))


def _names_for_any_number(view: View, form: Form) -> dict[str, str]:
    """The arms' names where the number of examples is what varies."""
    named = {
        str(choice["id"]): name_of(view, {**choice, "examples": "n"})
        for choice in form.choices
        if choice.get("examples")
    }
    alone = {id for id, name in named.items() if list(named.values()).count(name) == 1}
    return {**form.names, **{id: named[id] for id in alone}}


def _steps(chosen: list[str]) -> list[tuple[float, str]]:
    """A colour scale of flat steps."""
    count = len(chosen)
    return [
        (edge, colour) for place, colour in enumerate(chosen) for edge in (place / count, (place + 1) / count)
    ]


def cost_rows(view: View, form: Form, found: CostComparison) -> pd.DataFrame:
    """What each arm costs, one row an arm."""
    rate, currency = found.scenario.rate, found.scenario.currency

    def row(cost: Cost) -> dict[str, object]:
        own = {}
        if rate and currency:
            own[view.say("cost.table.total_own", currency=currency)] = view.money(cost.total * rate, currency)
        amounts = {name: view.money(getattr(cost, name)) for name in ("per_month", "per_request", "once")}
        return {
            view.say("cost.table.arm"): form.names[cost.arm],
            view.say("cost.table.total"): view.money(cost.total),
            **own,
            view.say("cost.table.months_served"): cost.months_served,
            **{view.say(f"cost.table.{name}"): amount for name, amount in amounts.items()},
            view.say("cost.table.standing"): view.say(f"cost.status.{cost.standing}"),
        }

    return pd.DataFrame([row(cost) for cost in found.costs])


def bill_rows(view: View, form: Form, arms: Sequence[shape.Arm]) -> pd.DataFrame:
    """Every line of these bills with its rate, where the rate was read, and when."""
    voice = Voice(view.language, form.on)
    table = pd.DataFrame([_bill_row(view, form, voice, part) for arm in arms for part in arm.parts])
    if table["arm"].nunique() == 1:
        table = table.drop(columns="arm")
    return table.rename(columns={name: view.say(f"cost.table.{name}") for name in table.columns})


def _bill_row(view: View, form: Form, voice: Voice, part: shape.Part) -> dict[str, object]:
    source, level = part.source, part.confidence
    kind = view.say(f"common.kinds.{source.kind}") if source else view.say("cost.table.yours")
    origin = view.say("cost.table.added") if part.added else kind
    stale = source is not None and source.is_stale(view.on)
    return {
        "arm": form.names[str(part.of)],
        "part": view.say(f"cost.part.{part.id}"),
        "quantity": words.quantity(part, voice),
        "rate": words.rate(part, voice),
        "source": source.url if source else "",
        "checked": view.day(source.checked) if source else "",
        "kind": view.say("cost.table.stale", kind=origin) if stale else origin,
        "confidence_label": view.say(f"cost.table.confidence.{level}") if level else "",
        "amount": words.amount(part, voice),
        "total": voice.money(part.total),
    }
