"""What pairwise choices prove: which of two systems wins, and how often the judge followed the position."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from advisor.answers.evaluation import SIGNIFICANT
from advisor.answers.pairwise import Pair, Pairwise
from advisor.evaluation.judges import count_wins
from baselines.statistics import wilson
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


def read_pairwise(table: Table) -> Pairwise:
    """From rows of item, system shown as A, system shown as B, and choice (A, B or tie).

    An item counts once both orders of a pair are there; choices of one order alone are counted apart.

    >>> from baselines.reading import read_table
    >>> rows = "item_id,first,second,choice\\n1,new,old,A\\n1,old,new,B\\n2,new,old,A\\n2,old,new,A\\n"
    >>> [found] = read_pairwise(read_table(rows.encode(), "p.csv")).pairs
    >>> (found.a, found.wins_a, found.swayed)
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
    return Pairwise(pairs=tuple(_verdict(*pair, list(items.values())) for pair, items in shown.items()))


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


def _verdict(first: str, second: str, orders: Sequence[Mapping[bool, str]]) -> Pair:
    both = [order for order in orders if len(order) == 2]
    if not both:
        raise Problem("pairwise_one_order", first=first, second=second)
    wins = count_wins([order[True] for order in both], [order[False] for order in both])
    low, high = wilson(wins.first, wins.first + wins.second)
    leading = "better" if wins.first > wins.second else "worse"
    return Pair(
        a=first,
        b=second,
        items=len(both),
        wins_a=wins.first,
        wins_b=wins.second,
        ties=wins.ties,
        swayed=wins.swayed,
        one_order_only=len(orders) - len(both),
        low=low,
        high=high,
        p=wins.p,
        outcome="cannot_tell" if wins.p >= SIGNIFICANT else leading,
    )
