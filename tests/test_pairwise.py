"""Pairwise choices: a win needs both orders, and a judge that follows the position is found out."""

from __future__ import annotations

import pytest
from scipy import stats

from advisor.answers.pairwise import Pair
from advisor.evaluation.pairwise import read_pairwise
from baselines.reading import read_table
from baselines.statistics import wilson
from pricing import Problem

HEADER = "item_id,first,second,choice\n"


def of(rows: str, header: str = HEADER) -> tuple[Pair, ...]:
    return read_pairwise(read_table((header + rows).encode(), "pairs.csv")).pairs


def both_orders(choices: list[tuple[str, str]]) -> str:
    return "".join(f"{n},new,old,{one}\n{n},old,new,{other}\n" for n, (one, other) in enumerate(choices))


def test_a_win_needs_the_same_winner_in_both_orders() -> None:
    (found,) = of(both_orders([("A", "B")] * 12 + [("B", "A")] * 2 + [("A", "A")] * 4 + [("tie", "B")]))
    assert (found.wins_a, found.wins_b, found.ties, found.swayed) == (12, 2, 5, 4)
    assert found.p == pytest.approx(stats.binomtest(12, 14).pvalue, abs=1e-9)
    assert (found.low, found.high) == wilson(12, 14)
    assert found.outcome == found.as_json()["outcome"] == "better"


def test_the_first_named_may_lose_and_few_items_decide_nothing() -> None:
    assert of(both_orders([("B", "A")] * 9))[0].outcome == "worse"
    assert of(both_orders([("A", "B")] * 3))[0].outcome == "cannot_tell"


def test_items_asked_in_one_order_are_counted_apart() -> None:
    (found,) = of(both_orders([("A", "B")] * 3) + "x,new,old,A\n")
    assert (found.items, found.one_order_only) == (3, 1)


def test_japanese_headers_and_other_spellings_are_read() -> None:
    (found,) = of("1,新,旧,Ａ\n1,旧,新,2\n2,新,旧,引き分け\n2,旧,新,[[C]]\n", "番号,先,後,判定\n")
    assert (found.wins_a, found.ties) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("1,new,old,new\n", "pairwise_choice_unknown"),
        ("1,new,,A\n", "pairwise_row_unclear"),
        ("1,new,new,A\n", "pairwise_row_unclear"),
        ("1,new,old,A\n1,new,old,B\n", "pairwise_twice"),
        ("1,new,old,A\n", "pairwise_one_order"),
    ],
)
def test_what_cannot_be_read_is_named(rows: str, problem: str) -> None:
    with pytest.raises(Problem, match=problem):
        of(rows)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Problem, match="sheet_column_missing"):
        of("1,new,A\n", "item_id,first,choice\n")
