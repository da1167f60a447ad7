"""Sheets of scores that people or LLM judges filled in: read in either shape, every slip named with its row.

Long: `item_id, system, rater, criterion, score`. Wide: one column a criterion. Headers may stand in any order
and in Japanese; a sheet without `system` is about one system, a wide one without `rater` has one rater.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from baselines.cells import unmarked
from baselines.table import Note, Table
from pricing import Problem

EXAMPLES = Path(__file__).parent.parent / "data" / "examples"
HEADERS: Mapping[str, tuple[str, ...]] = {
    "item_id": (
        "item_id",
        "item",
        "itemid",
        "id",
        "no",
        "number",
        "question_id",
        "項目",
        "項目id",
        "番号",
        "問題番号",
    ),
    "system": ("system", "model", "variant", "システム", "モデル", "方式"),
    "rater": ("rater", "annotator", "reviewer", "judge", "採点者", "評価者", "作業者"),
    "criterion": ("criterion", "criteria", "aspect", "観点", "評価観点", "基準", "評価基準"),
    "score": ("score", "rating", "points", "点数", "得点", "スコア", "採点"),
}
# Columns of a wide sheet that are there to be read, not scored.
REMARKS = {
    "question", "input", "prompt", "answer", "output", "response", "reference", "expected", "comment", "note", "notes",
    "remark", "label", "source", "category", "質問", "問い", "入力", "回答", "答え", "出力", "正解", "参考", "模範解答",
    "コメント", "メモ", "備考", "理由", "分類", "ラベル", "出典",
}  # fmt: skip
MARKS = {"○": 1.0, "◯": 1.0, "〇": 1.0, "✓": 1.0, "✔": 1.0, "×": 0.0, "✕": 0.0, "✗": 0.0, "✖": 0.0, "x": 0.0}
MARKS |= {"true": 1.0, "false": 0.0}
MOSTLY = 0.9
FEWEST_FOR_SCALE = 10
MOST_LIKERT = 10
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")


@dataclass(frozen=True)
class Rating:
    """One score that one rater gave one system's answer to one item by one criterion."""

    item: str
    system: str
    rater: str
    criterion: str
    score: float
    row: int


@dataclass(frozen=True)
class ScoreSheet:
    """Ratings in the order of the sheet, and what was put right or left out while reading it.

    `remarks` keeps, for every item, the columns that are no scores, such as its label or source.
    """

    ratings: tuple[Rating, ...]
    notes: tuple[Note, ...] = ()
    remarks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def criteria(self) -> tuple[str, ...]:
        return _in_order(rating.criterion for rating in self.ratings)

    @cached_property
    def systems(self) -> tuple[str, ...]:
        return _in_order(rating.system for rating in self.ratings)

    @cached_property
    def raters(self) -> tuple[str, ...]:
        return _in_order(rating.rater for rating in self.ratings)

    @cached_property
    def items(self) -> tuple[str, ...]:
        return _in_order(rating.item for rating in self.ratings)

    def scale(self, criterion: str) -> str:
        """`binary` (0 and 1 only), `likert` (a few whole steps) or `points`."""
        values = {rating.score for rating in self.ratings if rating.criterion == criterion}
        if values <= {0.0, 1.0}:
            return "binary"
        few_steps = all(value.is_integer() and 0 <= value < MOST_LIKERT for value in values)
        return "likert" if few_steps else "points"

    def scores(self, system: str, criterion: str) -> dict[str, list[float]]:
        """Item -> the scores its raters gave."""
        found: dict[str, list[float]] = defaultdict(list)
        for rating in self.ratings:
            if rating.system == system and rating.criterion == criterion:
                found[rating.item].append(rating.score)
        return dict(found)

    def unblinded(self, key: Mapping[str, Mapping[str, str]]) -> ScoreSheet:
        """The sheet with the letters of a blinded one (item -> letter -> system) replaced by systems."""
        named = []
        for rating in self.ratings:
            letters = key.get(rating.item)
            if letters is None or rating.system not in letters:
                raise Problem("sheet_not_of_this_key", row=rating.row, item=rating.item, found=rating.system)
            named.append(
                Rating(
                    rating.item,
                    letters[rating.system],
                    rating.rater,
                    rating.criterion,
                    rating.score,
                    rating.row,
                )
            )
        return ScoreSheet(tuple(named), self.notes, self.remarks)


def read_score_sheet(table: Table) -> ScoreSheet:
    """The ratings in a table of either shape. What cannot be read raises a Problem that names row and column.

    >>> from baselines.reading import read_table
    >>> sheet = read_score_sheet(read_table("採点者,番号,口調,簡潔さ\\n佐藤,1,1,○\\n佐藤,2,０,×\\n".encode(), "s.csv"))
    >>> sheet.criteria, [rating.score for rating in sheet.ratings]
    (('口調', '簡潔さ'), [1.0, 1.0, 0.0, 0.0])
    """
    columns = _recognised(table)
    first_row = 2 if table.kind in ("delimited", "xlsx") else 1
    cells, notes = _filled(table, columns)
    is_long = "criterion" in columns and "score" in columns
    read = _long if is_long else _wide
    sheet = read(table, columns, cells, first_row)
    if not sheet.ratings:
        raise Problem("sheet_without_scores", found=list(table.columns))
    _refuse_twice(sheet.ratings)
    _refuse_off_scale(sheet)
    return ScoreSheet(sheet.ratings, (*notes, *sheet.notes), sheet.remarks)


def _recognised(table: Table) -> dict[str, str]:
    """What each known header stands for -> the column's own name."""
    found: dict[str, str] = {}
    for column in table.columns:
        plain = _plain_header(column)
        meaning = next((name for name, spellings in HEADERS.items() if plain in spellings), None)
        if meaning and meaning not in found:
            found[meaning] = column
    if "item_id" not in found:
        raise Problem("sheet_column_missing", column="item_id", found=list(table.columns))
    if "criterion" in found:
        for needed in ("score", "rater"):
            if needed not in found:
                raise Problem("sheet_column_missing", column=needed, found=list(table.columns))
    return found


def can_name_a_criterion(name: str) -> bool:
    """Whether a column of this name would be read as scores, not as an id, a rater or a remark."""
    plain = _plain_header(name)
    known = {
        spelling for meaning, spellings in HEADERS.items() if meaning != "score" for spelling in spellings
    }
    return bool(plain) and plain not in REMARKS | known


def _plain_header(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold().strip().replace(" ", "_")


def _filled(table: Table, columns: Mapping[str, str]) -> tuple[dict[str, list[str]], list[Note]]:
    """The cells of the columns that say what a score is of; below merged cells their value is repeated."""
    merged = any(note.id == "cells_merged" for note in table.notes)
    cells = {}
    filled = 0
    for name in ("item_id", "system", "rater", "criterion"):
        if name in columns:
            values = [unmarked(value.strip()) for value in table.column(columns[name])]
            for row in range(1, len(values)):
                if merged and not values[row] and values[row - 1]:
                    values[row] = values[row - 1]
                    filled += 1
            cells[name] = values
    return cells, [Note("sheet_merged_cells_filled", {"cells": filled})] if filled else []


def _long(
    table: Table, columns: Mapping[str, str], cells: Mapping[str, list[str]], first_row: int
) -> ScoreSheet:
    ratings, unrated = [], 0
    for row, text in enumerate(table.column(columns["score"])):
        named = _named(cells, row, first_row)
        criterion = cells["criterion"][row]
        if not criterion:
            raise Problem("sheet_cell_empty", row=row + first_row, column=columns["criterion"])
        if not text.strip():
            unrated += 1
            continue
        score = _score(text, row + first_row, criterion)
        ratings.append(Rating(**named, criterion=criterion, score=score, row=row + first_row))
    said = [name for name in table.columns if name not in columns.values()]
    return ScoreSheet(tuple(ratings), _left_out(unrated, said), _remarks(table, said, cells["item_id"]))


def _wide(
    table: Table, columns: Mapping[str, str], cells: Mapping[str, list[str]], first_row: int
) -> ScoreSheet:
    others = [
        name
        for name in table.columns
        if name not in {columns[known] for known in columns if known != "score"}
    ]
    criteria = [name for name in others if _holds_scores(table.column(name), name)]
    scores = {name: table.column(name) for name in criteria}
    ratings, unrated = [], 0
    for row in range(table.rows):
        filled = {name: scores[name][row] for name in criteria if scores[name][row].strip()}
        unrated += len(criteria) - len(filled)
        if not filled:
            continue
        named = _named(cells, row, first_row)
        ratings += [
            Rating(**named, criterion=name, score=_score(text, row + first_row, name), row=row + first_row)
            for name, text in filled.items()
        ]
    said = [name for name in others if name not in criteria]
    return ScoreSheet(tuple(ratings), _left_out(unrated, said), _remarks(table, said, cells["item_id"]))


def _remarks(table: Table, names: Sequence[str], items: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the columns that are no scores say of each item."""
    said = {name: table.column(name) for name in names}
    return (
        {item: {name: said[name][row] for name in names} for row, item in enumerate(items)} if names else {}
    )


def _left_out(unrated: int, said: Sequence[str]) -> tuple[Note, ...]:
    blank = [Note("sheet_unrated", {"cells": unrated})] if unrated else []
    return (*blank, *([Note("sheet_remarks", {"columns": list(said)})] if said else []))


def _named(cells: Mapping[str, list[str]], row: int, first_row: int) -> dict[str, Any]:
    """Item, system and rater of a row; a column that is there must be filled in."""
    for name in ("item_id", "system", "rater"):
        if name in cells and not cells[name][row]:
            raise Problem("sheet_cell_empty", row=row + first_row, column=name)
    return {
        "item": cells["item_id"][row],
        "system": cells["system"][row] if "system" in cells else "",
        "rater": cells["rater"][row] if "rater" in cells else "",
    }


def _holds_scores(cells: Sequence[str], name: str) -> bool:
    """Whether at least half of what is written in a column can be a score."""
    written = [cell for cell in cells if cell.strip()]
    if _plain_header(name) in REMARKS or not written:
        return False
    return sum(_as_score(cell) is not None for cell in written) >= len(written) / 2


def _as_score(cell: str) -> float | None:
    plain = unicodedata.normalize("NFKC", cell).strip().casefold()
    if plain in MARKS:
        return MARKS[plain]
    return float(plain) if _NUMBER.fullmatch(plain) and math.isfinite(float(plain)) else None


def _score(cell: str, row: int, criterion: str) -> float:
    score = _as_score(cell)
    if score is None:
        raise Problem("sheet_score_not_a_number", row=row, column=criterion, found=cell[:40])
    return score


def _refuse_twice(ratings: Iterable[Rating]) -> None:
    seen: dict[tuple[str, str, str, str], int] = {}
    for rating in ratings:
        same = (rating.item, rating.system, rating.rater, rating.criterion)
        if same in seen:
            what = [name for name in same if name]
            raise Problem("sheet_rated_twice", what=what, rows=[seen[same], rating.row])
        seen[same] = rating.row


def _refuse_off_scale(sheet: ScoreSheet) -> None:
    """A stray 5 or 11 among zeros and ones is a slip of the finger, not a scale."""
    for criterion in sheet.criteria:
        ratings = [rating for rating in sheet.ratings if rating.criterion == criterion]
        stray = [rating for rating in ratings if rating.score not in (0.0, 1.0)]
        if stray and len(ratings) >= FEWEST_FOR_SCALE and len(stray) < (1 - MOSTLY) * len(ratings):
            raise Problem(
                "sheet_score_off_scale",
                row=stray[0].row,
                column=criterion,
                found=stray[0].score,
                count=len(stray),
            )


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(Counter(names))
