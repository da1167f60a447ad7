"""Planning labels: rows for a precision or a score, agreement of annotators, hours and money."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from advisor.preparation.annotation import (
    DoubleAnnotation,
    annotation_effort,
    double_annotation,
    likely_annotators,
    rows_for_precision,
    rows_to_reach,
)
from baselines import measured
from baselines.agreement import cohen_kappa, fleiss_kappa
from baselines.ratings import holm
from baselines.reading import read_table
from baselines.statistics import mcnemar, wilson
from pricing import Problem

EXAMPLES = Path(__file__).parent.parent / "advisor" / "data" / "examples"
EXACT = 1e-9


def of(text: str, *annotators: str) -> DoubleAnnotation:
    return double_annotation(read_table(text.encode(), "sheet.csv"), annotators)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0.01, 0.3))
def test_the_rows_asked_for_are_enough_and_no_more(share: float, half_width: float) -> None:
    rows = rows_for_precision(share, half_width)

    def width(n: int) -> float:
        low, high = wilson(share * n, n)
        return (high - low) / 2

    assert width(rows) <= half_width
    assert rows == 1 or width(rows - 1) > half_width


@pytest.mark.parametrize(("share", "half_width"), [(1.2, 0.1), (0.5, 0), (0.5, -1)])
def test_a_precision_that_cannot_be_is_refused(share: float, half_width: float) -> None:
    with pytest.raises(Problem, match="rate_outside"):
        rows_for_precision(share, half_width)


def test_a_curve_that_does_not_reach_the_target_says_so() -> None:
    path = measured.Path(sizes=(100, 200, 400), predicted=(0.7, 0.75, 0.78), low=(0.6, 0.7, 0.72))
    found = rows_to_reach(path, 0.76)
    assert (found.likely, found.safe, found.furthest) == (400, None, 400)
    assert rows_to_reach(path, 0.9).likely is None


def test_two_annotators_agree_as_scikit_learn_says() -> None:
    first, second = (
        ["返品", "返品", "配送", "配送", "配送", "支払い"],
        ["返品", "配送", "配送", "配送", "支払い", "支払い"],
    )
    rows = "".join(f"{n},{a},{b}\n" for n, (a, b) in enumerate(zip(first, second, strict=True)))
    found = of("id,佐藤,鈴木\n" + rows)
    assert found.agreement.cohen_kappa == pytest.approx(cohen_kappa_score(first, second), abs=EXACT)
    assert found.rows == (1, 4)
    assert found.mixed_up == (("返品", "配送", 1), ("支払い", "配送", 1))


def test_long_and_wide_sheets_give_the_same_answer_in_any_order_of_columns() -> None:
    wide = of("id,A,B\n1,x,x\n2,y,x\n3,y,y\n4,x,x\n", "A", "B")
    long = of("ラベル,作業者,番号\n" + "".join(
        f"{label},{who},{item}\n"
        for item, pair in enumerate(["xx", "yx", "yy", "xx"], start=1)
        for who, label in zip("AB", pair, strict=True)
    ))  # fmt: skip
    assert wide.agreement == long.agreement
    assert wide.labels == long.labels


def test_rows_that_one_person_labelled_are_left_out() -> None:
    found = of("id,A,B\n1,x,x\n2,y,\n3,y,y\n4,x,x\n5,,\n", "A", "B")
    assert found.agreement.answers == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("id,text\n1,a\n2,b\n3,c\n", "annotators_needed"),
        ("item_id,rater,label\n1,A,x\n2,B,y\n", "annotation_not_shared"),
        ("item_id,rater,label\n1,A,x\n1,A,y\n", "sheet_rated_twice"),
    ],
)
def test_sheets_that_say_nothing_are_refused_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(Problem, match=problem):
        of(text)


@pytest.mark.parametrize("name", ["double_annotated.csv", "double_annotated_en.csv"])
def test_the_example_is_read_without_being_told_its_columns(name: str) -> None:
    table = read_table((EXAMPLES / name).read_bytes(), name)
    assert len(likely_annotators(table)) == 3
    found = double_annotation(table).agreement
    assert found.answers == 60
    assert found.krippendorff_alpha and 0.7 < found.krippendorff_alpha < 0.9


def test_hours_are_rounded_up_and_paid() -> None:
    effort = annotation_effort(500, 2, Decimal(30), Decimal(2500))
    assert (effort.judgements, effort.hours, effort.amount) == (1000, Decimal("8.4"), Decimal("21000.0"))


def test_statistics_are_those_of_statsmodels() -> None:
    """Recorded from statsmodels 0.15.0 on 2026-11-22: inter_rater, contingency_tables, multitest, proportion."""
    fleiss = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss_kappa(fleiss) == pytest.approx(0.20993070442195522, abs=EXACT)
    assert fleiss_kappa([[3, 0], [0, 3], [2, 1], [1, 2], [3, 0]]) == pytest.approx(
        0.44444444444444453, abs=EXACT
    )
    assert mcnemar([1] * 7 + [0], [0] * 7 + [1]) == pytest.approx(0.0703125, abs=EXACT)
    assert holm([0.01, 0.04, 0.03, 0.005, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.5], abs=EXACT)
    assert wilson(28, 30) == pytest.approx((0.7867654163738307, 0.9815229762087296), abs=EXACT)
    first, second = (["p"] * 25 + ["f"] * 25, ["p"] * 20 + ["f"] * 5 + ["p"] * 10 + ["f"] * 15)
    assert cohen_kappa(first, second) == pytest.approx(0.3999999999999999, abs=EXACT)
