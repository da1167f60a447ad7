"""What pairwise choices prove: which of two systems wins, and how often the judge followed the position."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from advisor.evaluation.judges import Wins, count_wins
from baselines.statistics import Interval, wilson
from pricing import Problem

if TYPE_CHECKING:
    from baselines.table import Table

HEADERS: Mapping[str, tuple[str, ...]] = {
    "item": ("item_id", "item", "id", "番号", "項目"),
    "first": ("first", "shown_first", "a", "先に見せた方", "先"),
    "second": ("second", "shown_second", "b", "後に見せた方", "後"),
    "choice": ("choice", "winner", "verdict", "選択", "勝者", "判定"),
}
CHOICES = {
    "a": "A",
    "1": "A",
    "b": "B",
    "2": "B",
    "tie": "tie",
    "draw": "tie",
    "c": "tie",
    "引き分け": "tie",
    "同等": "tie",
}
SIGNIFICANT = 0.05
# A judge that follows the position this often should not decide anything.
OFTEN_SWAYED = 0.2


@dataclass(frozen=True)
class PairVerdict:
    """Two systems on the items that were shown in both orders."""

    first: str
    second: str
    wins: Wins
    one_order_only: int

    @property
    def items(self) -> int:
        return self.wins.first + self.wins.second + self.wins.ties

    @property
    def win_rate(self) -> Interval:
        """Wilson's range of how often the first wins where either does."""
        return wilson(self.wins.first, self.wins.first + self.wins.second)

    @property
    def swayed_share(self) -> float:
        return self.wins.swayed / self.items

    @property
    def outcome(self) -> Literal["better", "worse", "cannot_tell"]:
        if self.wins.p >= SIGNIFICANT:
            return "cannot_tell"
        return "better" if self.wins.first > self.wins.second else "worse"

    def as_json(self) -> dict[str, Any]:
        return {
            "a": self.first,
            "b": self.second,
            "items": self.items,
            "wins_a": self.wins.first,
            "wins_b": self.wins.second,
            "ties": self.wins.ties,
            "swayed": self.wins.swayed,
            "one_order_only": self.one_order_only,
            "low": self.win_rate.low,
            "high": self.win_rate.high,
            "p": self.wins.p,
            "outcome": self.outcome,
        }


def read_pairwise(table: Table) -> tuple[PairVerdict, ...]:
    """From rows of item, system shown as A, system shown as B, and choice (A, B or tie).

    An item counts once both orders of a pair are there; choices of one order alone are counted apart.

    >>> from baselines.reading import read_table
    >>> rows = "item_id,first,second,choice\\n1,new,old,A\\n1,old,new,B\\n2,new,old,A\\n2,old,new,A\\n"
    >>> [found] = read_pairwise(read_table(rows.encode(), "p.csv"))
    >>> (found.first, found.wins.first, found.wins.swayed)
    ('new', 1, 1)
    """
    columns = {meaning: table.column(name) for meaning, name in _recognised(table).items()}
    first_row = 2 if table.kind in ("delimited", "xlsx") else 1
    shown: dict[tuple[str, str], dict[str, dict[bool, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in range(table.rows):
        item, first, second = (columns[name][row].strip() for name in ("item", "first", "second"))
        if not (item and first and second) or first == second:
            raise Problem("pairwise_row_unclear", row=row + first_row, first=first, second=second)
        choice = _choice(columns["choice"][row], row + first_row)
        pair = (first, second) if (second, first) not in shown else (second, first)
        orders = shown[pair][item]
        if (pair[0] == first) in orders:
            raise Problem("pairwise_twice", row=row + first_row, item=item, first=first, second=second)
        orders[pair[0] == first] = choice
    return tuple(_verdict(pair, list(items.values())) for pair, items in shown.items())


def _recognised(table: Table) -> dict[str, str]:
    names = {unicodedata.normalize("NFKC", name).casefold().strip(): name for name in table.columns}
    found = {
        meaning: next((names[one] for one in spellings if one in names), None)
        for meaning, spellings in HEADERS.items()
    }
    for meaning, name in found.items():
        if name is None:
            raise Problem("sheet_column_missing", column=HEADERS[meaning][0], found=list(table.columns))
    return {meaning: name for meaning, name in found.items() if name is not None}


def _choice(cell: str, row: int) -> str:
    plain = unicodedata.normalize("NFKC", cell).strip().strip("[]").casefold()
    if plain not in CHOICES:
        raise Problem("pairwise_choice_unknown", row=row, found=cell[:40])
    return CHOICES[plain]


def _verdict(pair: tuple[str, str], orders: Sequence[Mapping[bool, str]]) -> PairVerdict:
    both = [order for order in orders if len(order) == 2]
    if not both:
        raise Problem("pairwise_one_order", first=pair[0], second=pair[1])
    wins = count_wins([order[True] for order in both], [order[False] for order in both])
    return PairVerdict(*pair, wins, len(orders) - len(both))
