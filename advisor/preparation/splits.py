"""Rows divided into training, validation and test data: shuffled, in the shares asked for, nothing on two sides.

What belongs together (repeats, one customer's rows) moves as one unit, and labels keep their shares in each part.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from pricing import Problem

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
DEFAULT_SPLIT = "0.7/0.15/0.15"
MOST_SHOWN = 5


@dataclass(frozen=True)
class SplitSizes:
    """Rows wanted in each part and left over; `by` says how the text was read."""

    train: int
    validation: int
    test: int
    left_out: int = 0
    by: Literal["rows", "shares", "percent"] = "shares"

    @property
    def wanted(self) -> dict[Part | None, int]:
        """Rows by part; None is what no part takes."""
        return {"train": self.train, "validation": self.validation, "test": self.test, None: self.left_out}


def parse_split(text: str, rows: int) -> SplitSizes:
    """The sizes that `70/30/30` (rows), `0.7/0.15/0.15` (shares) or `80/10/10` (percent) mean for a table.

    Whole numbers are rows, and rows beyond them are left out; only where they add up to 100 and the table has
    another number of rows are they percentages, as people mean it then.

    >>> parse_split("70/30/30", 130).train, parse_split("0.7/0.15/0.15", 400).test
    (70, 60)
    """
    text = unicodedata.normalize("NFKC", text)
    numbers = _numbers(text)
    if "%" in text or (sum(numbers) == 100 and rows != 100 and "." not in text):
        return _shared_out([number / 100 for number in numbers], text, rows, "percent")
    if "." in text:
        return _shared_out(numbers, text, rows, "shares")
    train, validation, test = (int(number) for number in numbers)
    if train + validation + test > rows:
        raise Problem("split_needs_more_rows", split=text, needed=train + validation + test, found=rows)
    return SplitSizes(train, validation, test, rows - train - validation - test, "rows")


def _numbers(text: str) -> list[Decimal]:
    try:
        numbers = [Decimal(part.strip()) for part in text.replace("%", "").split("/")]
    except InvalidOperation:
        numbers = []
    if len(numbers) != len(PARTS) or any(not number.is_finite() or number < 0 for number in numbers):
        raise Problem("split_unreadable", found=text)
    if numbers[0] == 0:
        raise Problem("split_part_empty", part="train", rows=0)
    return numbers


def _shared_out(shares: list[Decimal], text: str, rows: int, by: Literal["shares", "percent"]) -> SplitSizes:
    if abs(sum(shares, Decimal(0)) - 1) > Decimal("0.001"):
        raise Problem("split_does_not_add_up", split=text, total=sum(shares))
    exact = [share * rows / sum(shares) for share in shares]
    whole = [int(size) for size in exact]
    by_remainder = sorted(range(len(PARTS)), key=lambda at: -(exact[at] % 1))
    for at in by_remainder[: rows - sum(whole)]:
        whole[at] += 1
    for part, share, size in zip(PARTS, shares, whole, strict=True):
        if share > 0 and size == 0:
            raise Problem("split_part_empty", part=part, rows=rows)
    return SplitSizes(whole[0], whole[1], whole[2], by=by)


def joined(*groupings: Sequence[Hashable]) -> list[int]:
    """For every row the first row it belongs together with, by any of the groupings or a chain of them.

    >>> joined(["a", "b", "a", "c"], [1, 2, 3, 2])
    [0, 1, 0, 1]
    """
    parent = list(range(len(groupings[0])))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for grouping in groupings:
        first: dict[Hashable, int] = {}
        for row, group in enumerate(grouping):
            low, high = sorted((root(first.setdefault(group, row)), root(row)))
            parent[high] = low
    return [root(row) for row in range(len(parent))]


def split_rows(
    sizes: SplitSizes, together: Sequence[Hashable], strata: Sequence[str] | None, seed: int
) -> list[Part | None]:
    """The part of every row; rows with one value in `together` share a part, None is left out.

    Units are dealt stratum by stratum, the next always to the part that is furthest behind its share, so every
    stratum is divided like the whole. Single rows fill each part to exactly its size.
    """
    units: dict[Hashable, list[int]] = defaultdict(list)
    for row, unit in enumerate(together):
        units[unit].append(row)
    if strata is not None:
        _refuse_thin_strata(strata, sum(sizes.wanted[part] > 0 for part in PARTS))
    return _dealt(_in_dealing_order(list(units.values()), strata, seed), sizes.wanted, len(together))


def shuffled(rows: int, seed: int) -> list[int]:
    """Row positions in an order that only the seed decides."""
    return random.Random(seed).sample(range(rows), rows)  # noqa: S311 - a shuffle, not a secret


def _refuse_thin_strata(strata: Iterable[str], parts: int) -> None:
    thin = [name for name, rows in Counter(strata).items() if rows < parts]
    if thin:
        raise Problem("stratum_too_small", labels=thin[:MOST_SHOWN], count=len(thin), needed=parts)


def _in_dealing_order(units: list[list[int]], strata: Sequence[str] | None, seed: int) -> list[list[int]]:
    """Shuffled; stratum after stratum, and within one the big units first, while there is room for them."""

    def rank(unit: list[int]) -> tuple[str, int]:
        return Counter(strata[row] for row in unit).most_common(1)[0][0] if strata else "", -len(unit)

    return sorted((units[at] for at in shuffled(len(units), seed)), key=rank)


def _dealt(units: list[list[int]], wanted: Mapping[Part | None, int], rows: int) -> list[Part | None]:
    dealt: list[Part | None] = [None] * rows
    given = dict.fromkeys(wanted, 0)
    done = 0
    for unit in units:
        done += len(unit)
        behind = {part: size * done / rows - given[part] for part, size in wanted.items() if size}
        with_room = [part for part in behind if given[part] + len(unit) <= wanted[part]]
        part = max(with_room or behind, key=lambda part: behind[part])
        given[part] += len(unit)
        for row in unit:
            dealt[row] = part
    return dealt
