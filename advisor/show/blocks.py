"""The report as one document that every renderer can write: sections of a few kinds of block, all plain text.

A block holds sentences already in the reader's language. Nothing in it is markup, so a renderer escapes
every string it meets and cannot be talked into anything by a user's text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from advisor.language import Language
from advisor.masking import mask

T = TypeVar("T")
Tone = Literal["plain", "lead", "note", "warning"]

_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_WORDS = frozenset({"id", "language", "tone"})
# Marks that turn the direction of the text around them; a reader could be shown something else than is written.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Word's and Excel's XML cannot hold these two.
_NO_CHARACTERS = frozenset("\ufffe\uffff")


def shown(text: str) -> str:
    """`text` with its line breaks as `\\n`, access tokens masked, and control, direction and half characters written out.

    So no renderer chokes on it, and no reader is shown something else than is written.

    >>> shown("a\\u202eb\\x00c\\r\\nd")
    'a<U+202E>b<U+0000>c\\nd'
    """
    lines = _BREAKS.sub("\n", mask(text))
    return "".join(f"<U+{ord(mark):04X}>" if _hidden(mark) else mark for mark in lines)


def _hidden(mark: str) -> bool:
    return (
        mark in _TURNING
        or mark in _NO_CHARACTERS
        or (unicodedata.category(mark) in {"Cc", "Cs"} and mark not in "\n\t")
    )


def wide(text: str) -> int:
    """How many Latin letters wide the longest line of a text is; East Asian characters count twice.

    >>> wide("学習データ"), wide("one\\ntwo more")
    (10, 8)
    """
    return max(sum(2 if _east_asian(mark) else 1 for mark in line) for line in text.split("\n"))


def _east_asian(mark: str) -> bool:
    return unicodedata.east_asian_width(mark) in "WF"


def with_texts(part: T, change: Callable[[str], str]) -> T:
    """A report, or any part of one, with every text changed; its ids and tones are plain words and stay.

    >>> with_texts(Paragraph(Line("for example"), "note"), str.upper).line.text
    'FOR EXAMPLE'
    """
    found: Any = part
    if isinstance(part, str):
        found = change(part)
    elif isinstance(part, tuple):
        found = tuple(with_texts(one, change) for one in part)
    elif is_dataclass(part) and not isinstance(part, type):
        texts = (one.name for one in fields(part) if one.name not in _WORDS)
        found = replace(part, **{name: with_texts(getattr(part, name), change) for name in texts})
    kept: T = found
    return kept


@dataclass(frozen=True)
class Line:
    """A piece of text and the numbers of the sources that vouch for it.

    `figures` holds the exact numbers behind the text, one for each of its lines, for a format that calculates.
    """

    text: str
    sources: tuple[int, ...] = ()
    figures: tuple[Decimal, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", shown(self.text))


@dataclass(frozen=True)
class Paragraph:
    """A sentence or several; `warning` is for what the reader must not miss."""

    line: Line
    tone: Tone = "plain"


@dataclass(frozen=True)
class Item:
    """One point of a list with what lies under it."""

    line: Line
    details: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Items:
    """A list, numbered where the order says something."""

    items: tuple[Item, ...]
    caption: str = ""
    numbered: bool = False


@dataclass(frozen=True)
class Column:
    """A table's column; figures are set to the right."""

    label: str
    figures: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under labelled columns; every row is as wide as the header."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Line, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of “{self.caption}” does not fit its header")


@dataclass(frozen=True)
class Bar:
    """One bar with its printed value and, where it was measured, its interval."""

    label: str
    value: float
    said: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", shown(self.label))


@dataclass(frozen=True)
class BarChart:
    """Bars to compare; the same figures stand in a table beside it."""

    caption: str
    axis: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Point:
    """A place on a line, measured or predicted, with its interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    predicted: bool = False


@dataclass(frozen=True)
class LineChart:
    """One line over a positive x that grows by factors; the same figures stand in a table beside it."""

    caption: str
    x_axis: str
    y_axis: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Reference:
    """A source under the number that lines point to; `stale` is empty for a fresh one, else it says so."""

    number: int
    url: str
    kind: str
    checked: str
    stale: str = ""
    note: str = ""


@dataclass(frozen=True)
class References:
    """The list of sources; `columns` label number, address, kind, day and note."""

    caption: str
    columns: tuple[str, str, str, str, str]
    rows: tuple[Reference, ...]

    def as_table(self) -> Table:
        """The same as a table of plain text."""
        rows = (
            (f"[{one.number}]", one.url, one.kind, f"{one.checked} {one.stale}".strip(), one.note)
            for one in self.rows
        )
        return Table(
            self.caption, tuple(map(Column, self.columns)), tuple(tuple(map(Line, row)) for row in rows)
        )


Block = Paragraph | Items | Table | BarChart | LineChart | References


@dataclass(frozen=True)
class Section:
    """A heading, and the blocks under it; `id` is the same in every language and format."""

    id: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class ReportModel:
    """A whole report in one language; `decision` is the first page and stands on its own."""

    title: str
    subtitle: str
    language: Language
    on: date
    contents: str
    decision: Section
    sections: tuple[Section, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", shown(self.title))

    def all_sections(self) -> tuple[Section, ...]:
        """Every section in reading order."""
        return (self.decision, *self.sections)

    def all_blocks(self) -> Iterator[Block]:
        """Every block in reading order."""
        return (block for section in self.all_sections() for block in section.blocks)


@dataclass(frozen=True)
class File:
    """A report's file, and the characters that it lists instead of showing."""

    content: bytes
    lacking: tuple[str, ...] = ()
