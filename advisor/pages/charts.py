"""One look for every chart: colours that the colour-blind can tell apart, labelled axes, no toolbar, a table beside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from advisor.pages.frame import View
from advisor.show.blocks import BarChart, wide

if TYPE_CHECKING:
    import pandas as pd
    from plotly.basedatatypes import BaseTraceType

Shape = Mapping[str, Any]
# Okabe and Ito's palette: https://jfly.uni-koeln.de/color/
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
# Marks that must stand out on a light and on a dark page alike.
MARK = "#D55E00"
EDGE = "#8A8A8A"
BAND = "rgba(86,180,233,0.35)"
# Lines and dots are told apart without colour too.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x")
# What charts are lettered in: Streamlit's grey has 3.7:1 on white, these 7:1 on white and 11:1 on the dark page.
INK = {"light": "#4A585C", "dark": "#C3CED1"}
# Behind what is written among lines; the page's own ground.
GROUND = {"light": "rgba(255,255,255,0.8)", "dark": "rgba(18,25,28,0.8)"}
# Numbers written out: 10,000 and 0.001 rather than 10k and 1m.
PLAIN: Mapping[str, Any] = {"exponentformat": "none", "separatethousands": True, "nticks": 7}
DECADES_WITH_STEPS = 2.5
# What stays together on a line: a word, or one kanji or kana, with the closing sign after it.
_PIECES = re.compile(r"(?:[^\s\u3000-\u9fff\uff00-\uffef]+|[（「『]?.)[、。，．）」』ー]*\s*")
FONT = "Noto Sans JP, Hiragino Sans, Yu Gothic UI, Meiryo, Noto Sans CJK JP, IPAexGothic, sans-serif"


def show(
    view: View,
    key: str,
    traces: Sequence[BaseTraceType],
    alt: str,
    table: pd.DataFrame | None = None,
    *,
    x: Shape,
    y: Shape,
    height: int = 340,
    notes: Sequence[Shape] = (),
    **layout: Any,
) -> None:
    """Draw Plotly traces as wide as their place; `alt` says in words what they show, `table` gives the numbers.

    `x` and `y` are axes, `notes` annotations and `layout` the rest, in Plotly's own words. The figure is made in one
    go: each later change to it (update_xaxes, add_vline) takes longer than all of this.
    """
    from plotly.graph_objects import Figure

    theme = st.context.theme.type or "light"
    ink = INK[theme]
    figure = Figure(
        list(traces),
        {
            "height": height,
            "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
            "font": {"family": FONT, "size": 13, "color": ink},
            "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "traceorder": "normal"},
            "hoverlabel": {"font": {"family": FONT}},
            "xaxis": _lettered(x, ink),
            "yaxis": _lettered(y, ink),
            "annotations": [{"showarrow": False, "bgcolor": GROUND[theme], **note} for note in notes],
            **layout,
        },
    )
    config = {"displayModeBar": False, "scrollZoom": False}
    st.plotly_chart(figure, width="stretch", key=key, config=config, alt=alt)
    if table is not None:
        with st.expander(view.say("common.as_table")):
            st.dataframe(table, width="stretch", hide_index=True)


def ranges(view: View, key: str, chart: BarChart) -> None:
    """The bars of an answer as dots with their ranges, the first at the top; their figures stand in a table beside."""
    from plotly.graph_objects import Scatter

    bars = chart.bars
    dots = Scatter(
        x=[bar.value for bar in bars],
        y=[in_lines(bar.label, 26) for bar in bars],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [(bar.high if bar.high is not None else bar.value) - bar.value for bar in bars],
            "arrayminus": [bar.value - (bar.low if bar.low is not None else bar.value) for bar in bars],
            "color": EDGE,
        },
        mode="markers",
        marker={"color": PALETTE[0], "size": 11},
        text=[bar.said for bar in bars],
        hoverinfo="text+y",
    )
    x = {"title": chart.axis, "range": [0, 1.02]}
    y = {"title": view.say("trial.column.name"), "autorange": "reversed"}
    show(view, key, [dots], chart.caption, x=x, y=y, height=110 + 44 * len(bars))


def _lettered(axis: Shape, ink: str) -> Shape:
    return {**axis, "title": {"text": axis["title"], "font": {"color": ink}}, "tickfont": {"color": ink}}


def upright(x: float, **line: Any) -> Shape:
    """A line from the bottom of a chart to its top, for `shapes`; with a `name` it stands in the legend."""
    return {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", **_line(line)}


def level(y: float, **line: Any) -> Shape:
    """A line across a chart, for `shapes`; with a `name` it stands in the legend."""
    return {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, **_line(line)}


def at_right(said: str, y: float, side: Literal["top", "bottom"]) -> Shape:
    """What is said of a level, at its right end, for `notes`; `side` is the edge of the words that lies on it."""
    return {"text": said, "xref": "paper", "x": 1, "xanchor": "right", "y": y, "yanchor": side}


def _line(line: Shape) -> Shape:
    named = {"name": line["name"], "showlegend": True} if "name" in line else {}
    return {"type": "line", "line": {name: line[name] for name in line if name != "name"}, **named}


def in_lines(name: str, width: int = 22) -> str:
    """A name or title, of whatever origin, broken into lines that have room on a narrow screen.

    Lines are at most `width` Latin letters wide; of a kanji or kana half as many fit.

    >>> in_lines("でたらめに選んだ既存の回答")
    'でたらめに選んだ既存の<br>回答'
    """
    lines = [""]
    for piece in _PIECES.findall(name.strip()):
        if lines[-1] and wide(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return "<br>".join(escape(line.strip()) for line in lines)


def log_axis(low: float, high: float, prefix: str = "") -> dict[str, Any]:
    """A log axis from `low` to `high` (both above 0) with written-out numbers: 1, 2, 5 where there is room.

    >>> log_axis(3, 70, "$")["ticktext"]
    ['$5', '$10', '$20', '$50']
    """
    first, last = log10(low), log10(high)
    steps = (1, 2, 5) if last - first <= DECADES_WITH_STEPS else (1,)
    places = (step * Decimal(10) ** power for power in range(floor(first), ceil(last) + 1) for step in steps)
    inside = [place for place in places if low <= place <= high]
    written = [f"{prefix}{place.normalize():,f}" for place in inside]
    return {"type": "log", "tickvals": [*map(float, inside)], "ticktext": written, "range": [first, last]}
