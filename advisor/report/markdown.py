"""The report as Markdown that reads well both raw and rendered."""

from __future__ import annotations

import re
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
        case Table():
            return _table(block)
        case References():
            return _table(block.as_table())
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


def _table(block: Table) -> str:
    header = [escape(column.label) for column in block.columns]
    rule = ["---:" if column.figures else "---" for column in block.columns]
    cells = [[_flow(line, "<br>") for line in row] for row in block.rows]
    return _captioned(
        block.caption, "\n".join("| " + " | ".join(row) + " |" for row in [header, rule, *cells])
    )


def _captioned(caption: str, body: str) -> str:
    return f"### {escape(caption)}\n\n{body}" if caption else body
