"""Answers made anywhere, brought to the rows that they are about."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from advisor.trial import ARMS, STATUSES, USABLE, Answered, Status
from advisor.trial.reading import read_label
from baselines.cells import unmarked
from baselines.table import Table
from pricing import Problem

PREDICTIONS = ("prediction", "predicted", "pred", "answer", "output", "response", "予測", "回答", "出力")
COUNTS = ("input_tokens", "cached_tokens", "written_tokens", "output_tokens", "reasoning_tokens")
ENOUGH_ALIKE = 0.95
SHOWN = 60
_IGNORED = re.compile(r"[\s\"'`´“”„‘’«»「」『』]+")


@dataclass(frozen=True)
class Asked:
    """The rows that were asked about: their texts, every label that could have been the answer, perhaps an id each."""

    texts: Sequence[str]
    labels: Sequence[str]
    ids: Sequence[str] | None = None


@dataclass(frozen=True)
class Imported:
    """The answers with the row each is about, how that was found, and how many texts are written otherwise."""

    answers: tuple[Answered, ...]
    joined_by: Literal["id", "row"]
    texts_differ: int = 0


def read_answers(
    table: Table, asked: Asked, *, text: str = "text", id: str = "id", prediction: str | None = None
) -> Imported:
    """One answer a line, joined by id where the rows have one, else by row number.

    By row number the texts must be the same in 95 of 100 lines (width, quotes and blanks aside). Raises a Problem
    that names the first line which cannot be what it seems.
    """
    said = prediction or next((name for name in PREDICTIONS if name in table.columns), None)
    if said is None and "raw" not in table.columns:
        raise Problem("answers_without_prediction", found=list(table.columns))
    cells = {name: [unmarked(cell.strip()) for cell in table.column(name)] for name in table.columns}
    if said is not None:
        cells["prediction"] = [unmarked(cell.strip()) for cell in table.column(said)]
    if asked.ids is not None:
        own = id if id in cells or "id" not in cells else "id"
        rows, by, differ = _by_id([unmarked(cell.strip()) for cell in table.column(own)], asked.ids), "id", 0
    else:
        rows, by = _by_row(cells, table.rows, asked, text), "row"
        differ = _differing(cells.get(text), rows, asked.texts)
    ids = asked.ids if by == "id" else None
    answers = tuple(_answered(cells, at, row, asked.labels, ids) for at, row in enumerate(rows))
    _refuse_twice(answers)
    return Imported(answers, "id" if by == "id" else "row", differ)


def _by_id(theirs: Sequence[str], ours: Sequence[str]) -> list[int]:
    if twice := [id for id, times in Counter(ours).items() if times > 1]:
        raise Problem("answer_ids_repeat", found=twice[0][:SHOWN])
    place = {id.strip(): at for at, id in enumerate(ours)}
    if unknown := [(at, id) for at, id in enumerate(theirs) if id not in place]:
        raise Problem("answer_id_unknown", line=unknown[0][0] + 2, found=unknown[0][1][:SHOWN])
    return [place[id] for id in theirs]


def _by_row(cells: Mapping[str, Sequence[str]], lines: int, asked: Asked, text: str) -> list[int]:
    """The places of the rows, counted from 0; what the file calls `row` is counted from 1."""
    if "row" not in cells:
        if lines > len(asked.texts) or (lines < len(asked.texts) and text not in cells):
            raise Problem("answers_without_row", found=lines, rows=len(asked.texts))
        return list(range(lines))
    found = [_whole(cell, "row", at) for at, cell in enumerate(cells["row"])]
    for at, row in enumerate(found):
        if row is None or not 1 <= row <= len(asked.texts):
            raise Problem(
                "answer_row_unknown", line=at + 2, found=cells["row"][at][:SHOWN], rows=len(asked.texts)
            )
    return [row - 1 for row in found if row is not None]


def _differing(theirs: Sequence[str] | None, rows: Sequence[int], ours: Sequence[str]) -> int:
    """How many lines tell another text than their row; refused where these are many."""
    if theirs is None:
        return 0
    other = [at for at, row in enumerate(rows) if plain(theirs[at]) != plain(ours[row])]
    if len(other) > (1 - ENOUGH_ALIKE) * len(rows):
        first = other[0]
        raise Problem(
            "answers_of_other_rows", line=first + 2, row=rows[first] + 1, theirs=theirs[first][:SHOWN],
            ours=ours[rows[first]][:SHOWN], alike=len(rows) - len(other), lines=len(rows),
        )  # fmt: skip
    return len(other)


def plain(text: str) -> str:
    """A text without what export and import change: width, quotes, blanks.

    >>> plain('"Ｈe said" ') == plain("He said")
    True
    """
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text))


def _answered(
    cells: Mapping[str, Sequence[str]], at: int, row: int, labels: Sequence[str], ids: Sequence[str] | None
) -> Answered:
    def cell(name: str) -> str:
        return cells[name][at] if name in cells else ""

    said, status = cell("prediction") or cell("raw"), cell("status")
    if status and status not in STATUSES:
        raise Problem("answer_status_unknown", line=at + 2, found=status[:SHOWN], known=list(STATUSES))
    label, told = (None, status) if status and status not in USABLE else read_label(said, labels)
    if label and status == "loose":
        told = status
    usage: dict[str, Any] = {name: _whole(cell(name), name, at) for name in COUNTS}
    return Answered(
        row=row + 1,
        arm=cell("arm") or ARMS[0],
        prediction=label or "",
        status=_status(told),
        raw=cell("raw") or said,
        id=ids[row] if ids else None,
        seconds=_number(cell("seconds"), "seconds", at),
        model=cell("model") or None,
        **usage,
    )


def _status(told: str) -> Status:
    return next(known for known in STATUSES if known == told)


def _whole(cell: str, column: str, at: int) -> int | None:
    found = _number(cell, column, at)
    if found is not None and found != int(found):
        raise Problem("answer_number_unreadable", line=at + 2, column=column, found=cell[:SHOWN])
    return None if found is None else int(found)


def _number(cell: str, column: str, at: int) -> float | None:
    """The cell's number; None for an empty one."""
    if not cell:
        return None
    try:
        found = float(unicodedata.normalize("NFKC", cell).replace(",", ""))
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise Problem("answer_number_unreadable", line=at + 2, column=column, found=cell[:SHOWN])
    return found


def _refuse_twice(answers: Sequence[Answered]) -> None:
    seen: set[tuple[int | None, str]] = set()
    for at, one in enumerate(answers):
        if (one.row, one.arm) in seen:
            raise Problem("answer_twice", line=at + 2, row=one.row, arm=one.arm[:SHOWN])
        seen.add((one.row, one.arm))
