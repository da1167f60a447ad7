"""Labelling by people: how many rows, how far two of them agree, and what their hours cost."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from pricing import Problem

if TYPE_CHECKING:
    from advisor.answers.evaluation import Agreement
    from baselines.measured import Path
    from baselines.table import Table

SECONDS_AN_HOUR = Decimal(3600)
MOST_LABELS = 50
MOST_ROWS = 1_000_000
LABEL_HEADERS = ("label", "class", "category", "annotation", "ラベル", "分類", "カテゴリ", "カテゴリー")


@dataclass(frozen=True)
class Effort:
    """Working hours of all people together, and what they cost in the currency of the rate."""

    judgements: int
    hours: Decimal
    amount: Decimal


def annotation_effort(items: int, people: int, seconds: Decimal, hourly_rate: Decimal) -> Effort:
    """`people` each look at every item for so many seconds; hours are rounded up to a tenth.

    >>> effort = annotation_effort(30, 2, Decimal(90), Decimal(2000))
    >>> str(effort.hours), str(effort.amount)
    ('1.5', '3000.0')
    """
    if items < 0 or people < 0 or seconds < 0 or hourly_rate < 0:
        raise Problem("effort_negative", found=min(items, people, seconds, hourly_rate))
    judgements = items * people
    hours = (judgements * seconds / SECONDS_AN_HOUR).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
    return Effort(judgements, hours, hours * hourly_rate)


def rows_for_precision(share: float, half_width: float) -> int:
    """The fewest rows after which Wilson's 95% range of a share is no wider than this on either side.

    >>> rows_for_precision(0.85, 0.03), rows_for_precision(1.0, 0.03)
    (545, 61)
    """
    from baselines.statistics import wilson

    for name, number in (("share", share), ("half_width", half_width)):
        if not 0 <= number <= 1 or half_width == 0:
            raise Problem("rate_outside", name=name, found=number)
    low, high = 1, MOST_ROWS
    while low < high:
        middle = (low + high) // 2
        span = wilson(share * middle, middle)
        low, high = (low, middle) if span.high - span.low <= 2 * half_width else (middle + 1, high)
    return low


@dataclass(frozen=True)
class RowsToReach:
    """Rows in all at which a learning curve reaches a score: by its middle, and by the lower end of its range."""

    likely: int | None
    safe: int | None
    furthest: int


def rows_to_reach(path: Path, target: float) -> RowsToReach:
    """From the path of a baseline's learning curve; None where that does not reach the target.

    >>> from baselines.measured import Path
    >>> rows_to_reach(Path(sizes=[100, 200, 400], predicted=[0.7, 0.8, 0.9], low=[0.6, 0.7, 0.8]), 0.8)
    RowsToReach(likely=200, safe=400, furthest=400)
    """

    def first(side: Sequence[float]) -> int | None:
        return next((n for n, score in zip(path.sizes, side, strict=False) if score >= target), None)

    return RowsToReach(first(path.predicted), first(path.low), max(path.sizes))


@dataclass(frozen=True)
class DoubleAnnotation:
    """How far people agree on the labels of one set of rows, and what they take for each other most often."""

    agreement: Agreement
    labels: Mapping[str, int]
    mixed_up: tuple[tuple[str, str, int], ...]
    rows: tuple[int, ...]


def likely_annotators(table: Table) -> list[str]:
    """Columns that look like the labels of one person each: a few short values, shared with another column."""
    values = {name: {_plain(cell) for cell in table.column(name)} - {""} for name in table.columns}
    few = {
        name: found for name, found in values.items() if 1 < len(found) <= min(MOST_LABELS, table.rows / 2)
    }
    return [
        name
        for name, found in few.items()
        if any(len(found & other) >= 0.5 * len(found) for one, other in few.items() if one != name)
    ]


def double_annotation(table: Table, annotators: Sequence[str] = ()) -> DoubleAnnotation:
    """Agreement on a sheet with one column a person, or with columns for item, person and label.

    Rows that fewer than two people labelled are left out; the width of characters and outer spaces do not count.

    >>> from baselines.reading import read_table
    >>> sheet = read_table("id,A,B\\n1,返品,返品\\n2,配送,返品\\n3,配送,配送\\n4,配送,配送\\n".encode(), "s.csv")
    >>> found = double_annotation(sheet, ["A", "B"])
    >>> found.agreement.cohen_kappa, found.mixed_up
    (0.5, (('返品', '配送', 1),))
    """
    from advisor.evaluation.rater_agreement import agreement_on

    given = _by_row(table, annotators) if annotators else _recognised(table)
    shared = {row: labels for row, labels in given.items() if len(labels) >= 2}
    if not shared:
        raise Problem("annotation_not_shared", found=list(table.columns))
    names = sorted({label for labels in shared.values() for label in labels.values()})
    code = {name: float(at) for at, name in enumerate(names)}
    coded = [{who: code[label] for who, label in labels.items()} for labels in shared.values()]
    pairs = Counter(
        tuple(sorted(pair))
        for labels in shared.values()
        for pair in combinations(labels.values(), 2)
        if pair[0] != pair[1]
    )
    return DoubleAnnotation(
        agreement_on(coded),
        Counter(label for labels in shared.values() for label in labels.values()),
        tuple((one, other, times) for (one, other), times in pairs.most_common(5)),
        tuple(row for row, labels in shared.items() if len(set(labels.values())) > 1),
    )


def _recognised(table: Table) -> dict[int, dict[str, str]]:
    """A long sheet by its headers, else the columns that look like people's."""
    from advisor.evaluation.scoresheets import HEADERS

    headers = {_plain(name).casefold(): name for name in table.columns}
    spellings = (HEADERS["item_id"], HEADERS["rater"], (*LABEL_HEADERS, *HEADERS["score"]))
    found = [next((headers[one] for one in known if one in headers), None) for known in spellings]
    if None in found:
        return _by_row(table, likely_annotators(table))
    items, people, labels = (table.column(str(name)) for name in found)
    first_row = 2 if table.kind in ("delimited", "xlsx") else 1
    given: dict[str, dict[str, str]] = {}
    first: dict[str, int] = {}
    for row, (item, who, label) in enumerate(zip(items, people, labels, strict=True)):
        if _plain(label):
            of_item = given.setdefault(item, {})
            if who in of_item:
                raise Problem(
                    "sheet_rated_twice", what=[item, who], rows=[first[item] + first_row, row + first_row]
                )
            of_item[who] = _plain(label)
            first.setdefault(item, row)
    return {first[item]: labels for item, labels in given.items()}


def _by_row(table: Table, annotators: Sequence[str]) -> dict[int, dict[str, str]]:
    if len(annotators) < 2:
        raise Problem("annotators_needed", found=list(table.columns))
    columns = {name: table.column(name) for name in annotators}
    rows = ({name: _plain(cells[row]) for name, cells in columns.items()} for row in range(table.rows))
    return {row: {name: label for name, label in labels.items() if label} for row, labels in enumerate(rows)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
