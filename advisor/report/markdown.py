"""The report as Markdown that reads well both raw and rendered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

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
)

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&])")
_MATHS = re.compile(r"\$(?=\S[^$]*(?<=\S)\$(?!\d))|(?<=\S)\$(?!\d)")
_LINE_START = re.compile(
    r"^(\s*)(#{1,6}(?=\s|$)|[+-](?=\s|$)|[=:-]+(?=\s*$)|\d{1,9}(?=[.)](?:\s|$)))", re.MULTILINE
)


def render(report: ReportModel) -> str:
    """The whole report; every chart's figures are in the table beside it, so none is lost here."""
    heading = [f"# {escape(report.title)}", escape(report.subtitle)]
    return "\n\n".join(chain(heading, *(_section(section) for section in report.all_sections()))) + "\n"


def escape(text: str) -> str:
    """`text` such that Markdown shows it as it is.

    >>> print(escape("# <b>*2*|3</b> =1+1"))
    \\# \\<b\\>\\*2\\*\\|3\\</b\\> =1+1
    """
    safe = _MATHS.sub(r"\\$", _SPECIAL.sub(r"\\\1", text))
    return _LINE_START.sub(_start, safe)


def _start(found: re.Match[str]) -> str:
    space, mark = found.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"


def _section(section: Section) -> list[str]:
    return [f"## {escape(section.heading)}", *(text for block in section.blocks if (text := _block(block)))]


def _block(block: Block) -> str:
    match block:
        case Paragraph(line, tone):
            return (
                _quoted(_flow(line)) if tone in {"note", "warning"} else _strong(_flow(line), tone == "lead")
            )
        case Items(items, caption, numbered):
            points = (_item(item, f"{place}." if numbered else "-") for place, item in enumerate(items, 1))
            return _captioned(caption, "\n".join(points))
        case Table(caption, columns, rows):
            header = [column.label for column in columns]
            return _table(caption, header, [column.figures for column in columns], rows)
        case References():
            return _references(block)
        case BarChart() | LineChart():
            return ""


def _flow(line: Line, broken: str = "\\\n") -> str:
    """A line inside running text: its own line breaks kept, its sources behind it."""
    marks = "".join(rf" \[{number}\]" for number in line.sources)
    parts = (escape(part.strip()) for part in line.text.strip().split("\n"))
    return broken.join(parts) + marks


def _quoted(text: str) -> str:
    return "\n".join(f"> {part}" for part in text.split("\n"))


def _strong(text: str, wanted: bool) -> str:
    return f"**{text}**" if wanted else text


def _item(item: Item, mark: str) -> str:
    indent = " " * (len(mark) + 1)
    details = [f"{indent}- {_flow(line, f'{chr(92)}{chr(10)}{indent}  ')}" for line in item.details]
    return "\n".join([f"{mark} {_flow(item.line, f'{chr(92)}{chr(10)}{indent}')}", *details])


def _table(
    caption: str, header: Sequence[str], figures: Sequence[bool], rows: Sequence[Sequence[Line]]
) -> str:
    rule = ["---:" if right else "---" for right in figures]
    cells = [[_flow(line, "<br>") for line in row] for row in rows]
    grid = "\n".join(
        "| " + " | ".join(row) + " |" for row in [[escape(label) for label in header], rule, *cells]
    )
    return _captioned(caption, grid)


def _captioned(caption: str, body: str) -> str:
    return f"### {escape(caption)}\n\n{body}" if caption else body


def _references(block: References) -> str:
    rows = [
        [
            Line(text)
            for text in (f"[{row.number}]", row.url, row.kind, f"{row.checked} {row.stale}".strip(), row.note)
        ]
        for row in block.rows
    ]
    return _table(block.caption, block.columns, [False] * len(block.columns), rows)
