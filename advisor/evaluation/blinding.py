"""Blinded score sheets: answers in an order and under letters that do not tell the rater whose they are."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from advisor.evaluation.scoresheets import can_name_a_criterion
from baselines.cells import without_formula
from pricing import Problem

if TYPE_CHECKING:
    from baselines.table import Table

BOM = "\ufeff"
# Excel keeps no more than 32,767 characters in a cell.
LONGEST_CELL = 32_000


@dataclass(frozen=True)
class Answer:
    """What one system answered to one item."""

    item: str
    system: str
    question: str
    answer: str
    reference: str = ""


@dataclass(frozen=True)
class BlindSheet:
    """Rows for a rater to fill in, and the key (item -> letter -> system) that only the organiser keeps."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    key: Mapping[str, Mapping[str, str]]
    criteria: tuple[str, ...] = ()

    def csv(self) -> bytes:
        """The sheet as Excel in Japan opens it: UTF-8 with a mark, and no cell that Excel would calculate."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerows([[without_formula(cell) for cell in row] for row in (self.columns, *self.rows)])
        return (BOM + file.getvalue()).encode()

    def xlsx(self, highest: int = 1) -> bytes:
        """The sheet for Excel: whole scores from 0 to `highest` only, texts wrapped, the header kept in sight."""
        import xlsxwriter

        file = io.BytesIO()
        # Nothing a system answered may become a formula or a link.
        book = xlsxwriter.Workbook(
            file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        page = book.add_worksheet("scores")
        plain = book.add_format({"text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bottom": 1})
        asked = book.add_format({"valign": "top", "align": "center", "border": 1, "border_color": "#BBBBBB"})
        for at, name in enumerate(self.columns):
            is_score = name in self.criteria
            page.set_column(at, at, WIDTHS.get(name, 14 if is_score else 12))
            page.write_string(0, at, name, head)
            for row, cells in enumerate(self.rows, start=1):
                page.write_string(row, at, cells[at][:LONGEST_CELL], asked if is_score else plain)
            if is_score:
                page.data_validation(1, at, len(self.rows), at, _allowed(highest))
        page.freeze_panes(1, 3)
        book.close()
        return file.getvalue()

    def key_json(self) -> str:
        return json.dumps({"key": self.key}, ensure_ascii=False, indent=1)


WIDTHS = {"question": 40, "answer": 60, "reference": 40, "comment": 30}


def _allowed(highest: int) -> dict[str, Any]:
    """What a score cell takes: a choice of 0 and 1, else a whole number."""
    if highest == 1:
        return {"validate": "list", "source": [1, 0], "ignore_blank": True}
    return {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "maximum": highest,
        "ignore_blank": True,
    }


def blind_sheet(
    answers: Sequence[Answer], criteria: Sequence[str], *, rater: str = "", seed: int = 42
) -> BlindSheet:
    """A wide sheet with empty cells for each criterion.

    Items come in shuffled order, and within each the systems under letters drawn anew, so that neither place nor
    letter gives a system away.
    """
    for name in criteria:
        if not can_name_a_criterion(name) or criteria.count(name) > 1:
            raise Problem("criterion_name_taken", name=name)
    by_item = _by_item(answers)
    draw = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
    items = draw.sample(sorted(by_item), len(by_item))
    with_reference = any(answer.reference for answer in answers)
    texts = ("question", "answer", *(("reference",) if with_reference else ()))
    rows, key = [], {}
    for item in items:
        systems = draw.sample(sorted(by_item[item]), len(by_item[item]))
        key[item] = dict(zip(_letters(len(systems)), systems, strict=True))
        for letter, system in key[item].items():
            shown = by_item[item][system]
            cells = (getattr(shown, name) for name in texts)
            rows.append((item, letter, rater, *cells, *("" for _ in criteria), ""))
    columns = ("item_id", "system", "rater", *texts, *criteria, "comment")
    return BlindSheet(columns, tuple(rows), key, tuple(criteria))


def _by_item(answers: Sequence[Answer]) -> dict[str, dict[str, Answer]]:
    if not answers:
        raise Problem("blinding_without_answers")
    found: dict[str, dict[str, Answer]] = {}
    for answer in answers:
        of_item = found.setdefault(answer.item, {})
        if answer.system in of_item:
            raise Problem("blinding_twice", item=answer.item, system=answer.system)
        of_item[answer.system] = answer
    return found


def _letters(count: int) -> list[str]:
    """A, B, …, Z, A2, B2, …"""
    return [ascii_uppercase[at % 26] + ("" if at < 26 else str(at // 26 + 1)) for at in range(count)]


def read_key(text: str) -> dict[str, dict[str, str]]:
    """The key that `key_json` wrote."""
    try:
        key: Any = json.loads(text)["key"]
        return {str(item): {str(a): str(b) for a, b in letters.items()} for item, letters in key.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Problem("key_unreadable") from error


def answers_from_table(
    table: Table, item: str, question: str, systems: Sequence[str], reference: str | None = None
) -> list[Answer]:
    """Answers in a table with one row an item and one column a system."""
    items, asked = table.column(item), table.column(question)
    right = table.column(reference) if reference else [""] * len(items)
    given = {system: table.column(system) for system in systems}
    return [
        Answer(items[row], system, asked[row], given[system][row], right[row])
        for row in range(len(items))
        for system in systems
    ]
