"""The report as an Excel workbook: a sheet for each section, numbers as numbers, and charts that Excel draws."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from io import BytesIO
from itertools import zip_longest
from typing import Any

import xlsxwriter

from advisor.show.blocks import (
    BarChart,
    Block,
    Item,
    Items,
    Line,
    LineChart,
    Paragraph,
    References,
    ReportModel,
    Section,
    Table,
    shown,
    wide,
    with_texts,
)

# Excel keeps no more than 32,767 characters in a cell.
CELL = 32_000
NARROWEST, WIDEST, PAGE = 12, 56, 96
CHART_ROWS = 16
BLUE = {"color": "#0072B2"}
# The highest row that Excel draws, in points.
TALLEST = 409
_FIGURE = re.compile(r"\d[\d,]*(?:\.(\d+))?")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
BASE = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top", "text_wrap": True}
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "quiet": {"font_color": "#444444"},
    "heading": {"bold": True, "font_size": 13, "bottom": 2, "bottom_color": "#B8BEC8"},
    "caption": {"bold": True},
    "header": {"bold": True, "bg_color": "#F3F5F8", "bottom": 1, "bottom_color": "#B8BEC8"},
    "figures": {
        "bold": True,
        "bg_color": "#F3F5F8",
        "bottom": 1,
        "bottom_color": "#B8BEC8",
        "align": "right",
    },
    "cell": {"bottom": 4, "bottom_color": "#B8BEC8"},
    "plain": {},
    "lead": {"bold": True, "font_size": 12},
    "note": {"bg_color": "#F3F5F8", "left": 5, "left_color": "#B8BEC8"},
    "warning": {"bg_color": "#FFF4E0", "left": 5, "left_color": "#8A4B00"},
}


def render(report: ReportModel) -> bytes:
    """The whole report as .xlsx; no text of it can become a formula, a link or a number."""
    safe = with_texts(report, shown)
    file = BytesIO()
    book = xlsxwriter.Workbook(file, OPTIONS)
    book.set_properties({"title": safe.title[:255], "created": datetime.combine(safe.on, time(), UTC)})
    names = _sheet_names(safe)
    for section, name in zip(safe.all_sections(), names, strict=True):
        sheet = _Sheet(book, book.add_worksheet(name), section, _widths(section))
        if section is safe.decision:
            sheet.top(safe)
        sheet.write()
    book.close()
    return file.getvalue()


def number_format(text: str, figure: Decimal) -> str | None:
    """The number format under which Excel shows `figure` as `text`; None when the text says something else.

    >>> number_format("$0.150 per 1M tokens", Decimal("0.15")), number_format("81.4%", Decimal("0.8137"))
    ('"$"#,##0.000" per 1M tokens"', '#,##0.0%')
    >>> number_format("about 3", Decimal(4))
    """
    found = _FIGURE.search(text)
    if found is None or '"' in text or "\n" in text or len(text) > 200:
        return None
    before, after, places = text[: found.start()], text[found.end() :], len(found[1] or "")
    share = after.startswith("%")
    value = figure * 100 if share else figure
    if round(value, places) != Decimal(found[0].replace(",", "")):
        return None
    digits = "#,##0" + ("." + "0" * places if places else "")
    after = after.removeprefix("%")
    return _quoted(before) + digits + ("%" if share else "") + _quoted(after)


def _quoted(text: str) -> str:
    return f'"{text}"' if text else ""


def _sheet_names(report: ReportModel) -> list[str]:
    """Headings as Excel takes them for sheets: 31 characters, a few of them forbidden, no two alike."""
    names: list[str] = []
    for place, section in enumerate(report.all_sections(), 1):
        name = _SHEET_NAME.sub(" ", section.heading).strip(" '")[:31] or str(place)
        taken = {known.casefold() for known in names}
        names.append(f"{name[:27]} {place}" if name.casefold() in taken else name)
    return names


def _lines(text: str, width: float) -> int:
    """The lines that a text takes in a cell of `width` columns."""
    return sum(max(1, math.ceil((wide(line) + 1) / width)) for line in text.split("\n"))


def _marked(line: Line) -> str:
    return line.text + "".join(f" [{number}]" for number in line.sources)


def _parts(line: Line) -> tuple[tuple[str, Decimal], ...]:
    """The lines of a text that says one figure a line, each with its figure."""
    texts = line.text.split("\n")
    if len(texts) != len(line.figures):
        return ()
    parts = tuple(zip(texts, line.figures, strict=True))
    return parts if all(number_format(text, figure) for text, figure in parts) else ()


@dataclass
class _Sheet:
    """One section on one sheet, written from the top."""

    book: Any
    sheet: Any
    section: Section
    widths: list[int]
    row: int = 0
    formats: dict[str, Any] = field(default_factory=dict)

    def top(self, report: ReportModel) -> None:
        self._across(report.title, "title")
        self._across(report.subtitle, "quiet")

    def write(self) -> None:
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width)
        self._across(self.section.heading, "heading")
        tables = [block for block in self.section.blocks if isinstance(block, Table | References)]
        alone = len(self.section.blocks) == 1 and len(tables) == 1
        for block in self.section.blocks:
            self._block(block)
        self.sheet.freeze_panes(3 if alone else 1, 0)
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)

    def _style(self, name: str, number: str = "") -> Any:
        key = f"{name} {number}"
        if key not in self.formats:
            shape = {**BASE, **STYLES[name], **({"num_format": number, "align": "right"} if number else {})}
            self.formats[key] = self.book.add_format(shape)
        return self.formats[key]

    def _across(self, text: str, style: str) -> None:
        """A text over the width of the sheet's columns, in as many rows as it takes."""
        for piece in _pieces(text):
            size = STYLES[style].get("font_size", 10)
            self.sheet.merge_range(self.row, 0, self.row, len(self.widths) - 1, "", self._style(style))
            self.sheet.write_string(self.row, 0, piece, self._style(style))
            self._set_height(_lines(piece, sum(self.widths) * 11 / size), size)
            self.row += 1

    def _set_height(self, lines: int, size: float = 10) -> None:
        """Room for as many lines, since only some programs find the height of a row by themselves."""
        self.sheet.set_row(self.row, min(TALLEST, lines * size * 1.6 + 3))

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph(line, tone):
                self._across(_marked(line), tone)
            case Items():
                self._items(block)
            case Table():
                self._table(block)
            case References():
                self._table(block.as_table())
            case BarChart() | LineChart():
                self._chart(block)

    def _items(self, block: Items) -> None:
        self._caption(block.caption)
        for place, item in enumerate(block.items, 1):
            for text in _points(item, f"{place}." if block.numbered else "•"):
                self._across(text, "plain")

    def _caption(self, caption: str) -> None:
        if caption:
            self.row += 1 if self.row > 1 else 0
            self._across(caption, "caption")

    def _table(self, block: Table) -> None:
        self._caption(block.caption)
        counts = _counts(block)
        header = [
            (label, figures)
            for column, count in enumerate(counts)
            for label, figures in _labels(block, column, count)
        ]
        for place, (label, figures) in enumerate(header):
            self.sheet.write_string(self.row, place, label, self._style("figures" if figures else "header"))
        self.row += 1
        for row in block.rows:
            self._row(row, counts)

    def _row(self, row: tuple[Line, ...], counts: Sequence[int]) -> None:
        column, deepest, lines = 0, 1, 1
        for line, count in zip(row, counts, strict=True):
            parts = _parts(line)
            for place, (text, figure) in enumerate(parts):
                marked = text + _marked(Line("", line.sources))
                number = number_format(marked, figure) or ""
                self.sheet.write_number(self.row, column + place, float(figure), self._style("cell", number))
            if not parts:
                pieces = _pieces(_marked(line))
                deepest = max(deepest, len(pieces))
                lines = max(lines, _lines(pieces[0], sum(self.widths[column : column + count])))
                for down, piece in enumerate(pieces):
                    self.sheet.write_string(self.row + down, column, piece, self._style("cell"))
            for place in range(max(1, len(parts)), count):
                self.sheet.write_blank(self.row, column + place, None, self._style("cell"))
            column += count
        self._set_height(lines)
        self.row += deepest

    def _chart(self, chart: BarChart | LineChart) -> None:
        """The figures as cells, and the chart that reads them from there."""
        self._caption(chart.caption)
        first = self.row
        rows = _charted(chart)
        for place, row in enumerate(rows):
            self.sheet.write_row(first + place, 0, row, self._style("cell"))
        drawn = self._drawn(chart, first + 1, first + len(rows) - 1)
        self.sheet.insert_chart(
            first, 3, drawn, {"x_offset": 12, "y_offset": 4, "description": chart.caption}
        )
        self.row = first + max(len(rows), CHART_ROWS) + 1

    def _drawn(self, chart: BarChart | LineChart, first: int, last: int) -> Any:
        def cells(column: int) -> list[Any]:
            return [self.sheet.get_name(), first, column, last, column]

        series = {"categories": cells(0), "values": cells(1)}
        if isinstance(chart, BarChart):
            drawn = self.book.add_chart({"type": "bar"})
            drawn.add_series(series | {"name": chart.axis, "fill": BLUE})
            drawn.set_y_axis({"reverse": True})
            drawn.set_x_axis({"name": chart.axis, "major_gridlines": {"visible": False}})
        else:
            drawn = self.book.add_chart({"type": "scatter", "subtype": "straight_with_markers"})
            drawn.add_series(series | {"name": chart.y_axis, "line": BLUE})
            drawn.set_x_axis({"name": chart.x_axis, "log_base": 10})
            drawn.set_y_axis({"name": chart.y_axis})
        drawn.set_title({"name": chart.caption, "name_font": {"size": 11}, "overlay": False})
        drawn.set_legend({"none": True})
        drawn.set_size({"width": 620, "height": 20 * CHART_ROWS})
        return drawn


def _points(item: Item, mark: str) -> Iterator[str]:
    yield f"{mark} {_marked(item.line)}"
    for detail in item.details:
        yield f"     – {_marked(detail)}"


def _pieces(text: str) -> list[str]:
    return [text[start : start + CELL] for start in range(0, len(text), CELL)] or [""]


def _charted(chart: BarChart | LineChart) -> list[tuple[str | float, float | str]]:
    """A header and a row for each bar or point; intervals stand in the table beside."""
    if isinstance(chart, BarChart):
        return [("", chart.axis), *((bar.label, bar.value) for bar in chart.bars)]
    return [(chart.x_axis, chart.y_axis), *((point.x, point.y) for point in chart.points)]


def _counts(block: Table) -> list[int]:
    """How many cells each column takes: as many as its fullest cell says figures."""
    columns = range(len(block.columns))
    return [max([1, *(len(_parts(row[place])) for row in block.rows)]) for place in columns]


def _labels(block: Table, place: int, count: int) -> list[tuple[str, bool]]:
    """One label for each cell that a column takes; the currencies tell them apart."""
    column = block.columns[place]
    if count == 1:
        return [(column.label, column.figures)]
    fullest = next(parts for row in block.rows if len(parts := _parts(row[place])) == count)
    return [(f"{column.label} ({_FIGURE.sub('', text).strip()})", column.figures) for text, _ in fullest]


def _widths(section: Section) -> list[int]:
    """A width for each column of the sheet, at least a page's in all."""
    wanted = [_wanted(block) for block in section.blocks if isinstance(block, Table | References)]
    widths = [max(NARROWEST, min(WIDEST, max(pair))) for pair in zip_longest(*wanted, fillvalue=0)]
    while sum(widths) < PAGE or len(widths) < 2:
        widths.append(NARROWEST)
    return widths


def _wanted(block: Table | References) -> list[int]:
    """How wide each cell of a block's rows would like to be."""
    table = block.as_table() if isinstance(block, References) else block
    return [
        max(wide(text) // count for text in (column.label, *(_marked(row[place]) for row in table.rows))) + 3
        for place, (column, count) in enumerate(zip(table.columns, _counts(table), strict=True))
        for _ in range(count)
    ]
