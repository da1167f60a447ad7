"""Marked spans of a text, and the ways in which a cell of a table may write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from baselines import Problem

NONE = ("", "-", "[]", "O", "なし", "none")
_TAG = re.compile(r"O|[BIESLU]-\S+")
_BETWEEN = re.compile(r"\s*[|;\n；｜]\s*")
_NAMED = re.compile(r"(?P<label>[^:：]+)[:：]\s*(?P<words>.+)", re.DOTALL)


class Span(NamedTuple):
    """Characters from `start` up to `end`, and what they are."""

    start: int
    end: int
    label: str


def read_spans(text: str, cell: str) -> tuple[Span, ...]:
    """The spans that a cell marks in `text`, in their order.

    Three ways of writing are understood: JSON, either objects with `start`, `end` and `label` or lists of the three;
    `label: words` parted by a bar, a semicolon or a line break; and BIO tags, one for each character or each word.
    An empty cell marks nothing. Raises ValueError, saying what could not be read.

    >>> read_spans("田中は京都へ", "人名: 田中 | 地名: 京都")
    (Span(start=0, end=2, label='人名'), Span(start=3, end=5, label='地名'))
    >>> read_spans("Ada went", "B-PER O")
    (Span(start=0, end=3, label='PER'),)
    """
    plain = cell.strip()
    if plain in NONE:
        return ()
    if plain.startswith("["):
        return tuple(sorted(_from_json(text, json.loads(plain))))
    tags = plain.split()
    if all(_TAG.fullmatch(tag) for tag in tags):
        return tuple(_from_tags(text, tags))
    return tuple(sorted(_from_words(text, plain)))


def _from_json(text: str, marks: Iterable[Any]) -> Iterable[Span]:
    for mark in marks:
        if isinstance(mark, dict):
            label = mark.get("label", mark.get("type", mark.get("entity")))
            mark = (mark.get("start"), mark.get("end"), label[0] if isinstance(label, list) else label)
        start, end, label = mark
        if not (isinstance(start, int) and isinstance(end, int) and isinstance(label, str)):
            raise ValueError(str(mark))
        if not 0 <= start < end <= len(text):
            raise ValueError(str(list(mark)))
        yield Span(start, end, label)


def _from_words(text: str, cell: str) -> Iterable[Span]:
    after: dict[str, int] = {}
    for part in _BETWEEN.split(cell):
        named = _NAMED.fullmatch(part)
        words = named["words"].strip() if named else ""
        start = text.find(words, after.get(words, 0)) if words else -1
        if named is None or start < 0:
            raise ValueError(part)
        after[words] = start + len(words)
        yield Span(start, start + len(words), named["label"].strip())


def _from_tags(text: str, tags: Sequence[str]) -> Iterable[Span]:
    places = [found.span() for found in re.finditer(r"\S+", text)]
    if len(places) != len(tags):
        places = [(at, at + 1) for at in range(len(text))]
    if len(places) != len(tags):
        raise ValueError(f"{len(tags)} ≠ {len(text)}")
    return joined(places, tags)


def joined(places: Sequence[tuple[int, int]], tags: Sequence[str]) -> list[Span]:
    """Spans from one BIO tag a piece of text; an I without its B begins a span.

    >>> joined([(0, 1), (1, 2), (2, 3)], ["B-X", "I-X", "O"])
    [Span(start=0, end=2, label='X')]
    """
    found: list[Span] = []
    before = "O"
    for (start, end), tag in zip(places, tags, strict=True):
        kind, _, label = tag.partition("-")
        goes_on = kind in "IEL" and before != "O" and found[-1].label == label
        if goes_on:
            found[-1] = Span(found[-1].start, end, label)
        elif tag != "O":
            found.append(Span(start, end, label))
        before = tag
    return found


def are_spans(cells: Iterable[str]) -> bool:
    """Whether labels look like marked spans: JSON lists or BIO tags in all that are not empty."""
    filled = [cell.strip() for cell in cells if cell.strip() not in NONE]
    return bool(filled) and all(
        cell.startswith(("[{", "[[")) or all(_TAG.fullmatch(tag) for tag in cell.split()) for cell in filled
    )


def read_column(texts: Sequence[str], cells: Sequence[str]) -> list[tuple[Span, ...]]:
    """The spans of every row; a Problem `span_unreadable` names the first row that cannot be read."""
    found = []
    for row, (text, cell) in enumerate(zip(texts, cells, strict=True)):
        try:
            found.append(read_spans(text, cell))
        except (ValueError, TypeError, RecursionError) as error:
            raise Problem("span_unreadable", row=row + 1, found=str(error)[:80] or cell[:80]) from error
    return found


def shown(text: str, spans: Iterable[Span]) -> str:
    """Spans as a reader sees them.

    >>> shown("田中は京都へ", [Span(0, 2, "人名")])
    '人名: 田中'
    """
    return " | ".join(f"{span.label}: {text[span.start : span.end]}" for span in spans)
