"""Bars and lines as SVG: no library, no script, colours from the page's own style or from `PRINTED`."""

from __future__ import annotations

import math
import unicodedata
from html import escape

from advisor.language import Language, number
from advisor.show.blocks import Bar, BarChart, LineChart, Point

WIDTH = 720
ROW, LINE = 30, 13
LABEL_ROOM = 240
VALUE_ROOM = 110
GLYPH = 6.6
PLOT_HEIGHT = 260
MARGIN = 56
# For a document without a style of its own.
PRINTED = (
    "<style>text { font-family: IPAexGothic; font-size: 12px; fill: #000; } .quiet { fill: #444; } "
    ".bar, .dot { fill: #0072b2; } polyline { fill: none; stroke-width: 1; } .axis { stroke: #444; } "
    ".grid { stroke: #b8bec8; } .whisker { stroke: #000; stroke-width: 1.5; } "
    ".line { stroke: #0072b2; stroke-width: 2.5; } .predicted { stroke-dasharray: 6 5; } "
    ".band { fill: #0072b2; opacity: .16; }</style>"
)


def draw(chart: BarChart | LineChart, language: Language, style: str = "") -> str:
    """An `<svg>` element that names itself to a screen reader; user text inside is escaped."""
    height, body = _bars(chart) if isinstance(chart, BarChart) else _line(chart, language)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(chart.caption)}</title>{style}{''.join(body)}</svg>"
    )


def _text(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def _path(kind: str, *points: tuple[float, float]) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def cut(label: str, room: float) -> str:
    """`label` shortened with `…` to the width it may take; East Asian characters are two wide.

    >>> cut("文字n-gram + 線形SVM", 80)
    '文字n-gram …'
    """
    return label if _width(label) <= room else label[: _fitting(label, room - GLYPH)] + "…"


def in_two_lines(label: str, room: float) -> list[str]:
    """`label` on one line or two, broken before a bracket or after a space where there is one; the rest is cut.

    >>> in_two_lines("Fine-tuned model (aws-bedrock/nova-2-lite)", 200)
    ['Fine-tuned model', '(aws-bedrock/nova-2-lite)']
    """
    if _width(label) <= room:
        return [label]
    fitting = _fitting(label, room)
    breaks = [place for place in range(1, fitting + 1) if label[place] in "(（" or label[place - 1] in " 　"]
    place = breaks[-1] if breaks else fitting
    return [label[:place].rstrip(), cut(label[place:].lstrip(), room)]


def _fitting(label: str, room: float) -> int:
    """How many of the first characters have room."""
    return next((place for place in range(len(label)) if _width(label[: place + 1]) > room), len(label))


def _width(label: str) -> float:
    return GLYPH * sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in label)


def _bars(chart: BarChart) -> tuple[float, list[str]]:
    ends = [bar.high if bar.high is not None else bar.value for bar in chart.bars]
    longest = max([0.0, *ends]) or 1.0
    scale = (WIDTH - LABEL_ROOM - VALUE_ROOM) / longest
    rows = [part for place, bar in enumerate(chart.bars) for part in _bar(bar, place * ROW, scale)]
    bottom = len(chart.bars) * ROW
    axis = [
        _path("axis", (LABEL_ROOM, 0), (LABEL_ROOM, bottom)),
        _text(LABEL_ROOM, bottom + 18, chart.axis, "quiet"),
    ]
    return bottom + 26, rows + axis


def _bar(bar: Bar, top: float, scale: float) -> list[str]:
    middle, length = top + ROW / 2, max(0.0, bar.value) * scale
    lines = in_two_lines(bar.label, LABEL_ROOM - 12)
    first = middle + 4 - LINE / 2 * (len(lines) - 1)
    parts = [
        *(
            _text(LABEL_ROOM - 8, first + LINE * place, line, anchor="end")
            for place, line in enumerate(lines)
        ),
        f'<rect class="bar" x="{LABEL_ROOM}" y="{top + 6:g}" width="{length:.1f}" height="{ROW - 12}"/>',
    ]
    end = LABEL_ROOM + length
    if bar.low is not None and bar.high is not None:
        low, end = LABEL_ROOM + bar.low * scale, LABEL_ROOM + bar.high * scale
        parts.append(_path("whisker", (low, middle), (end, middle)))
        parts += [_path("whisker", (x, middle - 5), (x, middle + 5)) for x in (low, end)]
    return [*parts, _text(end + 8, middle + 4, bar.said, "figure")]


def _line(chart: LineChart, language: Language) -> tuple[float, list[str]]:
    plot = _Plot(chart)
    measured = [point for point in chart.points if not point.predicted]
    predicted = [point for point in chart.points if point.predicted]
    band = [point for point in chart.points if point.low is not None]
    body = [plot.grid(language)]
    if band:
        body.append(plot.band(band))
    body.append(_path("line", *map(plot.at, measured)))
    if predicted:
        body.append(_path("line predicted", *map(plot.at, measured[-1:] + predicted)))
    body += [
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in map(plot.at, chart.points)
    ]
    labels = [
        _text(WIDTH - 8, PLOT_HEIGHT + MARGIN - 6, chart.x_axis, "quiet", "end"),
        _text(0, 14, chart.y_axis, "quiet"),
    ]
    return PLOT_HEIGHT + MARGIN, body + labels


class _Plot:
    """Data coordinates on the picture: x by its logarithm, y between two round values."""

    def __init__(self, chart: LineChart) -> None:
        xs = [point.x for point in chart.points]
        ys = [y for point in chart.points for y in (point.y, point.low, point.high) if y is not None]
        self.ticks = _ticks(min(ys), max(ys))
        self.left, self.span = math.log(min(xs)), (math.log(max(xs)) - math.log(min(xs))) or 1.0
        self.marks = sorted(set(xs))

    def at(self, point: Point) -> tuple[float, float]:
        return self.x(point.x), self.y(point.y)

    def x(self, value: float) -> float:
        return MARGIN + (math.log(value) - self.left) / self.span * (WIDTH - 2 * MARGIN)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return 28 + (high - value) / (high - low) * (PLOT_HEIGHT - 36)

    def grid(self, language: Language) -> str:
        across = [
            _path("grid", (MARGIN, self.y(tick)), (WIDTH - MARGIN, self.y(tick)))
            + _text(MARGIN - 6, self.y(tick) + 4, number(round(tick, 6), language), "quiet", "end")
            for tick in self.ticks
        ]
        return "".join(
            across
            + [
                _text(self.x(x), PLOT_HEIGHT + 12, number(x, language), "quiet", "middle")
                for x in self._apart()
            ]
        )

    def _apart(self) -> list[float]:
        """The x values to print, from the right, leaving out those whose labels would touch."""
        kept: list[float] = []
        for value in reversed(self.marks):
            if not kept or self.x(kept[-1]) - self.x(value) > 48:
                kept.append(value)
        return kept

    def band(self, points: list[Point]) -> str:
        upper = [
            (self.x(point.x), self.y(point.high if point.high is not None else point.y)) for point in points
        ]
        lower = [
            (self.x(point.x), self.y(point.low if point.low is not None else point.y)) for point in points
        ]
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in upper + lower[::-1])
        return f'<polygon class="band" points="{corners}"/>'


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round values that enclose the range."""
    spread = (high - low) or abs(high) or 1.0
    step = 10.0 ** math.floor(math.log10(spread / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if spread / (step * factor) <= 6)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [place * step for place in range(first, max(last, first + 1) + 1)]
