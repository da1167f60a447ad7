"""Comma, tab, semicolon and bar separated text, with every row's width checked.

pandas moves a whole column into the index when the first row is one field too long; here that row is named.
"""

from __future__ import annotations

import csv
from io import StringIO
from itertools import islice
from typing import Literal, NamedTuple

from baselines import Problem
from baselines.table import Limits, Note, Table, assemble

DELIMITERS = (",", "\t", ";", "|")
_FULL_WIDTH = "，；｜"
# Stands where a file of a single column has no delimiter.
_UNUSED = "\x1f"
_SAMPLE_CHARACTERS = 2**18
_SAMPLE_ROWS = 200
_ROWS_AT_ONCE = 1_000
# Cells may hold line breaks, but a file of millions of (blank) lines is no table of this size.
_MOST_LINES = 2_000_000

# Cells have a limit of ours, with a sentence; csv's own would come first. The most that a C long holds on Windows.
csv.field_size_limit(2**31 - 1)


class _Read(NamedTuple):
    header: list[str]
    columns: list[list[str]]
    notes: list[Note]


def read_delimited(text: str, encoding: str, delimiter: str | None, limits: Limits) -> Table:
    """The table in `text`; without a `delimiter` the vote of the first rows decides."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise Problem("delimiter_unusable", found=delimiter)
    if text.count("\n") > max(_MOST_LINES, 10 * limits.rows):
        raise Problem("rows_too_many", limit=limits.rows)
    chosen = delimiter or vote(text)
    if chosen is None:
        _refuse_full_width_delimiters(text)
    try:
        header, columns, notes = _columns(text, chosen or _UNUSED, limits)
    except Problem as problem:
        # Tab-separated files and plain lists of lines often know no quoting at all.
        if problem.id != "quote_not_closed" or chosen not in (None, "\t"):
            raise
        header, columns, notes = _columns(text, chosen or _UNUSED, limits, csv.QUOTE_NONE)
        notes.append(Note("quotes_kept_as_text"))
    return assemble(header, columns, "delimited", limits, notes, encoding=encoding, delimiter=chosen)


def vote(text: str) -> str | None:
    """The delimiter under which most of the first rows are as wide as the header, or None for one column.

    >>> vote("text;label\\n1,5;a\\n2,5;b\\n")
    ';'
    """
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    scores = {delimiter: _agreement(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0.0, 1) else None


def _agreement(sample: str, delimiter: str) -> tuple[float, int]:
    """The share of rows as wide as the header, and that width."""
    reader = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
    rows = [row for row in islice(reader, _SAMPLE_ROWS) if row]
    if not rows or len(rows[0]) < 2:
        return 0.0, 1
    width = len(rows[0])
    return sum(len(row) == width for row in rows[1:]) / max(1, len(rows) - 1), width


def _columns(text: str, delimiter: str, limits: Limits, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL) -> _Read:
    """Columns of rows as wide as their header; a longer row is refused, shorter ones are filled up and counted.

    Row numbers count from 1 at the header, as a spreadsheet does. Rows are turned into columns some at a time, so
    that a large table never stands in memory twice.
    """
    lines = StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    header: list[str] = []
    columns: list[list[str]] = []
    rows: list[list[str]] = []
    short: list[int] = []
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if not header:
                header = row
                _refuse_wide_header(header, limits)
                columns = [[] for _ in header]
            elif len(row) == len(header):
                rows.append(row)
            elif len(row) > len(header):
                raise Problem("row_too_wide", row=number, found=len(row), expected=len(header))
            elif any(row):
                short.append(number)
                rows.append(row + [""] * (len(header) - len(row)))
            if len(rows) == _ROWS_AT_ONCE:
                _put_below(columns, rows, limits)
        _put_below(columns, rows, limits)
    except csv.Error as error:
        raise Problem("quote_not_closed", row=number + 1) from error
    notes = [Note("rows_too_short", {"count": len(short), "row": short[0]})] if short else []
    return _Read(header, columns, notes)


def _put_below(columns: list[list[str]], rows: list[list[str]], limits: Limits) -> None:
    """Move the rows to the ends of the columns."""
    for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
        column.extend(cells)
    rows.clear()
    if columns and len(columns[0]) > limits.rows:
        raise Problem("rows_too_many", limit=limits.rows)


def _refuse_wide_header(header: list[str], limits: Limits) -> None:
    if len(header) > limits.columns:
        raise Problem("columns_too_many", limit=limits.columns, found=len(header))


def _refuse_full_width_delimiters(text: str) -> None:
    header = next(iter(text.lstrip().splitlines()), "")
    for character in _FULL_WIDTH:
        if character in header:
            raise Problem("delimiter_full_width", found=character)
