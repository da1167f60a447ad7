"""Charts of the memory part: parts against the card's line, hours and rent, and every card at a glance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from advisor.answers.memory import Memory
from advisor.memory import PARTS, Method
from advisor.memory.cards import Card, cards
from advisor.pages import charts
from advisor.pages.frame import View
from advisor.pages.own_money import has_rate, in_own

if TYPE_CHECKING:
    from plotly.basedatatypes import BaseTraceType

VERDICTS = ("no", "tight", "fits")
# Told apart without colour by their signs, and by the colour-blind by their lightness.
SHADES = ("#A9B2B5", "#E69F00", "#009E73")
SIGNS: Mapping[str, str] = {"fits": "✓", "tight": "△", "no": "✕"}
# Times the longest bar, so that the words beside it have room.
ROOM_FOR_WORDS = 1.75
ROOM_FOR_BOTH_AMOUNTS = 2.3
MAKER = re.compile(r"^(NVIDIA|GeForce|Apple) ")
SECONDS = {"h": 3600.0, "min": 60.0}


def bars(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """Stacked parts per method, the upper bound as a whisker, and the card as a line."""
    import plotly.graph_objects as go

    names = [_named(view, method, report, on_card) for method, report in needs.items()]
    drawn: list[BaseTraceType] = []
    for part, colour in zip(PARTS, [*charts.PALETTE, "#B8B8B8"], strict=True):
        sizes = [report.parts[part] for report in needs.values()]
        if max(sizes) >= 0.005:
            said = view.say(f"models.part.{part}")
            hover = f"{said}: %{{x:.2f}} GiB<extra></extra>"
            drawn.append(
                go.Bar(name=said, x=sizes, y=names, orientation="h", marker_color=colour, hovertemplate=hover)
            )
    totals = [report.total_gib or 0 for report in needs.values()]
    uppers = [report.upper_gib or 0 for report in needs.values()]
    upper = go.Scatter(
        name=view.say("models.upper"), x=totals, y=names, mode="markers", hoverinfo="skip",
        marker={"size": 9, "color": charts.EDGE, "symbol": "line-ns-open"},
        error_x={"type": "data", "array": [u - t for u, t in zip(uppers, totals, strict=True)],
                 "arrayminus": [0] * len(totals), "color": charts.EDGE, "width": 5},
    )  # fmt: skip
    label = view.say("models.card_line", card=on_card.name, gib=view.number(on_card.memory_gib, 1))
    most = max(*uppers, on_card.memory_gib)
    charts.show(
        view,
        "models_memory",
        [*drawn, upper],
        view.say("models.memory_alt", card=on_card.name),
        _parts(view, needs),
        x={"title": view.say("models.memory_axis"), "range": [0, most * 1.12]},
        y={"title": view.say("models.column.method"), "autorange": "reversed"},
        height=230 + 48 * len(names),
        shapes=[charts.upright(on_card.memory_gib, dash="dash", color=charts.MARK, width=2, name=label)],
        barmode="stack",
    )


def _named(view: View, method: Method, report: Memory, on_card: Card) -> str:
    verdict = view.say(f"models.verdict.{report.fits[on_card.id]}")
    total = view.say("models.gib", n=view.voice.number(report.total_gib, 1))
    return f"{view.say(f'models.method.{method}')} {total}<br>{verdict}"


def _parts(view: View, needs: Mapping[Method, Memory]) -> Any:
    """The numbers behind the bars, a column a method."""
    import pandas as pd

    def column(report: Memory) -> list[str]:
        sizes = (*(report.parts[part] for part in PARTS), report.total_gib, report.upper_gib)
        trained = view.voice.number(report.trainable_parameters or None)
        return [*(view.voice.number(size, 2) for size in sizes), trained]

    rows = [view.say(f"models.part.{part}") for part in PARTS]
    rows += [view.say(f"models.column.{name}") for name in ("memory", "upper", "trainable")]
    columns = {view.say(f"models.method.{method}"): column(report) for method, report in needs.items()}
    return pd.DataFrame({view.say("models.column.part"): rows, **columns})


def hours_and_money(view: View, timed: Mapping[Method, Memory]) -> None:
    """A bar from the fast to the slow case of each method, a dot at the typical one, and the money beside it."""
    import pandas as pd
    import plotly.graph_objects as go

    ranges = {method: report.hours for method, report in timed.items() if report.hours}
    longest = max(hours.high for hours in ranges.values())
    unit = "h" if longest >= 2 else "min"
    scale = 3600 / SECONDS[unit]
    names = [view.say(f"models.method.{method}") for method in ranges]
    lows, typicals, highs = (
        [getattr(hours, case) * scale for hours in ranges.values()] for case in ("low", "typical", "high")
    )
    bars = go.Bar(
        name=view.say("models.fast_to_slow"), y=names, base=lows, orientation="h", width=0.4,
        x=[high - low for high, low in zip(highs, lows, strict=True)], marker_color=charts.PALETTE[4], hoverinfo="skip",
    )  # fmt: skip
    dots = go.Scatter(
        name=view.say("models.typical"), x=typicals, y=names, mode="markers", hoverinfo="skip",
        marker={"size": 12, "color": charts.PALETTE[0], "symbol": "diamond"},
    )  # fmt: skip
    said = _time_and_money(view, timed, "typical")
    room = ROOM_FOR_BOTH_AMOUNTS if has_rate(view) else ROOM_FOR_WORDS
    words = go.Scatter(
        x=highs, y=names, mode="text", showlegend=False, hoverinfo="skip", cliponaxis=False,
        text=[f"  {text}" for text in said], textposition="middle right",
    )  # fmt: skip
    table = pd.DataFrame(
        {
            view.say("models.column.method"): names,
            **{
                view.say(f"models.case.{case}"): _time_and_money(view, timed, case)
                for case in ("low", "typical", "high")
            },
        }
    )
    charts.show(
        view,
        "models_run",
        [bars, dots, words],
        view.say("models.run_alt"),
        table,
        x={"title": view.say(f"models.run_axis_{unit}"), "range": [0, longest * scale * room]},
        y={"title": view.say("models.column.method"), "autorange": "reversed"},
        height=150 + 46 * len(names),
    )


def _time_and_money(view: View, timed: Mapping[Method, Memory], case: str) -> list[str]:
    """What each method takes in one case, in words."""
    return [
        f"{view.voice.hours(getattr(report.hours, case))} · {_money(view, report, case)}"
        for report in timed.values()
        if report.hours
    ]


def _money(view: View, report: Memory, case: str) -> str:
    """An amount in dollars and, with a rate, in the reader's own currency."""
    if report.cost is None:
        return view.say("models.no_price")
    amount: Decimal = getattr(report.cost, case)
    own = in_own(view, amount)
    dollars = view.money(amount)
    return view.say("models.both_amounts", dollars=dollars, own=own) if own else dollars


def card_grid(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """Every card by every method: fits, tight or not, the chosen card in bold."""
    import pandas as pd
    import plotly.graph_objects as go

    methods = [view.say(f"models.method.{method}") for method in needs]
    names = [_marked(one, one.id == on_card.id) for one in cards().values()]
    found = [[report.fits[id] for report in needs.values()] for id in cards()]
    levels = len(VERDICTS)
    colours = [
        (edge, shade) for place, shade in enumerate(SHADES) for edge in (place / levels, (place + 1) / levels)
    ]
    said = [[view.say(f"models.verdict.{verdict}") for verdict in row] for row in found]
    grid = go.Heatmap(
        z=[[VERDICTS.index(verdict) for verdict in row] for row in found],
        x=methods, y=names, zmin=-0.5, zmax=levels - 0.5, colorscale=colours, showscale=False, xgap=2, ygap=2,
        text=[[SIGNS[verdict] for verdict in row] for row in found], texttemplate="%{text}",
        textfont={"color": "#10181B", "size": 14},
        customdata=said, hovertemplate="%{y} · %{x}: %{customdata}<extra></extra>",
    )  # fmt: skip
    table = pd.DataFrame(said, columns=methods)
    table.insert(0, view.say("models.memory_card"), [one.name for one in cards().values()])
    charts.show(
        view,
        "models_cards",
        [grid],
        view.say("models.cards_alt"),
        table,
        x={"title": view.say("models.column.method"), "side": "top", "autotickangles": [0, 45]},
        y={"title": view.say("models.memory_card"), "autorange": "reversed"},
        height=70 + 24 * len(names),
    )


def _marked(one: Card, chosen: bool) -> str:
    """A card's name without its maker, so that a narrow screen keeps room for the grid; bold when it is chosen."""
    name = MAKER.sub("", one.name)
    return f"<b>{name}</b>" if chosen else name
