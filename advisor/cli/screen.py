"""Tables for a terminal, lined up even where Japanese characters are two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from advisor.show.blocks import Block, Item, Items, Line, Paragraph, References, Table
from advisor.show.voice import Voice

if TYPE_CHECKING:
    from advisor.answers.pairwise import Pairwise
    from advisor.cli.asked import Asked
    from advisor.shapes import Answer


def width(text: str) -> int:
    """Columns that `text` takes in a terminal.

    >>> width("件数 n")
    6
    """
    return sum(
        0 if unicodedata.combining(mark) else 2 if unicodedata.east_asian_width(mark) in "WF" else 1
        for mark in text
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[int] = ()) -> str:
    """Rows under a header; the columns whose places are in `figures` are set to the right.

    >>> print(table(["案", "USD"], [["few-shot", "1.20"]], figures=[1]))
    案         USD
    --------  ----
    few-shot  1.20
    """
    lines = [list(columns), *([_one_line(cell) for cell in row] for row in rows)]
    room = [max(width(line[place]) for line in lines) for place in range(len(columns))]
    rule = ["-" * taken for taken in room]
    set_right = set(figures)
    return "\n".join(
        "  ".join(_set(cell, room[place], place in set_right) for place, cell in enumerate(line)).rstrip()
        for line in [lines[0], rule, *lines[1:]]
    )


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Labels and values in two columns, without a header."""
    room = max((width(label) for label, _ in rows), default=0)
    return "\n".join(f"{_set(label, room, False)}  {_one_line(value)}" for label, value in rows)


def bullets(items: Sequence[str]) -> str:
    """One point a line."""
    return "\n".join(f"- {_one_line(item)}" for item in items)


def _one_line(cell: str) -> str:
    return " ".join(cell.split())


def _set(cell: str, room: int, right: bool) -> str:
    gap = " " * (room - width(cell))
    return gap + cell if right else cell + gap


def told(asked: Asked, answer: Answer | Pairwise, note: str = "") -> None:
    """Print one kind of answer: as JSON when asked so, else the note and what it says to people."""
    voice = asked.voice
    asked.answer(answer.as_json(), note, *([] if asked.as_json else blocks(answer.blocks(voice), voice)))


def blocks(found: Iterable[Block], voice: Voice) -> list[str]:
    """A report's blocks as paragraphs of plain text, the sources they cite last; charts repeat their tables."""
    said = [text for block in found if (text := _block(block))]
    references = voice.references()
    return [*said, _block(references)] if references else said


def _block(block: Block) -> str:
    match block:
        case Paragraph(line):
            return _cited(line)
        case Items(items, caption, numbered):
            points = [_item(item, f"{place}." if numbered else "-") for place, item in enumerate(items, 1)]
            return "\n".join(([caption] if caption else []) + points)
        case Table(caption, columns, rows):
            figures = [place for place, column in enumerate(columns) if column.figures]
            cells = [[_cited(line) for line in row] for row in rows]
            return f"{caption}\n{table([column.label for column in columns], cells, figures)}"
        case References(caption, _, rows):
            lines = (
                f"[{row.number}] {row.url}  {row.kind}, {row.checked} {row.stale}  {row.note}" for row in rows
            )
            return "\n".join([caption, *(line.rstrip() for line in lines)])
        case _:
            return ""


def _item(item: Item, mark: str) -> str:
    return "\n".join([f"{mark} {_cited(item.line)}", *(f"  - {_cited(detail)}" for detail in item.details)])


def _cited(line: Line) -> str:
    return " ".join([_one_line(line.text), *(f"[{number}]" for number in line.sources)])
