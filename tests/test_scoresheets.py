"""Score sheets: either shape, any order of columns, and one clear line for every slip."""

from __future__ import annotations

from io import BytesIO
from itertools import permutations

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.evaluation.scoresheets import ScoreSheet, read_score_sheet
from advisor.language import LANGUAGES, problem
from baselines.reading import read_table
from baselines.table import Note, Table
from pricing import Problem

LONG = ("item_id", "system", "rater", "criterion", "score")


def sheet(text: str, encoding: str = "utf-8") -> ScoreSheet:
    return read_score_sheet(read_table(text.encode(encoding), "scores.csv"))


def refused(text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        sheet(text)
    for language in LANGUAGES:
        sentence = problem(caught.value, language)
        assert "\n" not in sentence and "—" not in sentence
    return caught.value


def test_both_shapes_say_the_same() -> None:
    long = sheet(
        "item_id,system,rater,criterion,score\n1,a,佐藤,tone,1\n1,a,佐藤,facts,0\n2,a,佐藤,tone,1\n2,a,佐藤,facts,1\n"
    )
    wide = sheet("item_id,system,rater,tone,facts\n1,a,佐藤,1,0\n2,a,佐藤,1,1\n")

    def values(read: ScoreSheet) -> list[tuple[str, str, str, str, float]]:
        return [(r.item, r.system, r.rater, r.criterion, r.score) for r in read.ratings]

    assert values(long) == values(wide)


@pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
def test_columns_may_stand_in_any_order(order: tuple[int, ...]) -> None:
    rows = [LONG, ("7", "tuned", "鈴木", "口調", "1")]
    text = "".join(",".join(row[at] for at in order) + "\n" for row in rows)
    (rating,) = sheet(text).ratings
    assert (rating.item, rating.system, rating.rater, rating.criterion, rating.score) == (
        "7",
        "tuned",
        "鈴木",
        "口調",
        1,
    )


def test_a_sheet_saved_by_excel_in_japan_is_read() -> None:
    text = "番号,採点者,口調,簡潔さ\n１,髙橋①,○,×\n"
    assert sheet(text, "cp932").ratings == sheet(text).ratings
    assert [rating.score for rating in sheet(text).ratings] == [1.0, 0.0]


def test_a_short_wide_sheet_needs_neither_system_nor_rater() -> None:
    read = sheet("item_id,tone\nq1,1\nq2,0\n")
    assert (read.systems, read.raters) == (("",), ("",))


def test_a_long_sheet_without_raters_is_refused() -> None:
    found = refused("item_id,system,criterion,score\n1,a,tone,1\n")
    assert (found.id, found.fields["column"]) == ("sheet_column_missing", "rater")


@pytest.mark.parametrize(
    "text", ["item_id,rater,tone\n1,佐藤,1\n2,,1\n", "item_id,rater,criterion,score\n1,佐藤,a,1\n2,,a,1\n"]
)
def test_a_rater_left_blank_is_named_by_row(text: str) -> None:
    found = refused(text)
    assert (found.id, found.fields) == ("sheet_cell_empty", {"row": 3, "column": "rater"})


def test_text_where_a_score_is_asked_is_named_by_row_and_criterion() -> None:
    for text in (
        "item_id,rater,tone\n1,a,1\n2,a,よい\n3,a,0\n",
        "item_id,rater,criterion,score\n1,a,tone,1\n2,a,tone,よい\n",
    ):
        found = refused(text)
        assert (found.id, found.fields) == (
            "sheet_score_not_a_number",
            {"row": 3, "column": "tone", "found": "よい"},
        )


def test_an_id_scored_twice_is_named_with_both_rows() -> None:
    found = refused("item_id,rater,tone\n1,a,1\n2,a,1\n1,a,0\n")
    assert (found.id, found.fields["rows"]) == ("sheet_rated_twice", [2, 4])


def test_a_slip_of_the_finger_among_zeros_and_ones_is_named() -> None:
    rows = "".join(f"{n},a,1\n" for n in range(1, 20))
    found = refused(f"item_id,rater,tone\n{rows}20,a,11\n")
    assert (found.id, found.fields["row"], found.fields["found"]) == ("sheet_score_off_scale", 21, 11.0)


def test_a_sheet_without_ids_or_scores_is_refused() -> None:
    assert refused("rater,tone\na,1\n").id == "sheet_column_missing"
    assert refused("item_id,rater,tone\n1,,\n2,,\n").id == "sheet_without_scores"


def test_unrated_cells_are_counted_and_nothing_else_is_lost() -> None:
    read = sheet("item_id,rater,tone,facts\n1,a,1,\n2,a,,0\n3,a,1,1\n")
    assert len(read.ratings) == 4
    assert Note("sheet_unrated", {"cells": 2}) in read.notes


def test_columns_to_be_read_are_kept_as_remarks() -> None:
    read = sheet("item_id,質問,回答,tone,memo\nq1,なんで空は青い?,光だよ。,1,短い\nq2,3+4は?,7,1,\n")
    assert read.criteria == ("tone",)
    assert read.remarks["q1"] == {"質問": "なんで空は青い?", "回答": "光だよ。", "memo": "短い"}


def test_a_long_sheet_keeps_its_remarks_too() -> None:
    read = sheet("item_id,system,rater,criterion,score,分類\nq1,a,佐藤,tone,1,返品\n")
    assert read.remarks == {"q1": {"分類": "返品"}}


def test_merged_cells_are_filled_and_told() -> None:
    table = Table(
        ("item_id", "rater", "tone"),
        (("1", "", "2"), ("佐藤", "鈴木", "佐藤"), ("1", "0", "1")),
        "xlsx",
        notes=(Note("cells_merged", {"count": 1}),),
    )
    read = read_score_sheet(table)
    assert [rating.item for rating in read.ratings] == ["1", "1", "2"]
    assert Note("sheet_merged_cells_filled", {"cells": 1}) in read.notes


def test_scales_are_told_apart() -> None:
    read = sheet("item_id,a,b,c\n1,1,2,85\n2,0,0,92.5\n")
    assert [read.scale(name) for name in ("a", "b", "c")] == ["binary", "likert", "points"]


def test_letters_of_a_blinded_sheet_become_systems_again() -> None:
    read = sheet("item_id,system,rater,tone\nq1,A,佐藤,1\nq1,B,佐藤,0\nq2,A,佐藤,1\n")
    named = read.unblinded({"q1": {"A": "tuned", "B": "base"}, "q2": {"A": "base", "B": "tuned"}})
    assert [rating.system for rating in named.ratings] == ["tuned", "base", "base"]
    with pytest.raises(Problem, match="sheet_not_of_this_key"):
        read.unblinded({"q1": {"A": "tuned", "B": "base"}})


@given(
    st.lists(st.sampled_from([*LONG, "観点", "tone", "質問"]), min_size=1, max_size=6, unique=True),
    st.lists(
        st.lists(
            st.sampled_from(["", "0", "1", "よい", "佐藤", "５", "nan", "1e9", "○"]), min_size=6, max_size=6
        ),
        min_size=1,
        max_size=5,
    ),
)
@settings(deadline=None)
def test_any_sheet_is_read_or_refused_with_a_sentence(header: list[str], rows: list[list[str]]) -> None:
    columns = tuple(tuple(row[at] for row in rows) for at in range(len(header)))
    try:
        read = read_score_sheet(Table(tuple(header), columns, "delimited"))
    except Problem as found:
        assert problem(found, "ja") != problem(found, "en")
    else:
        assert read.ratings


def test_a_workbook_is_a_sheet_too_and_its_merged_cells_are_filled() -> None:
    rows = (("item_id", "rater", "tone"), (1, "佐藤", 1), (None, "鈴木", 0), (2, "佐藤", True))
    book = xlsxwriter.Workbook(body := BytesIO(), {"in_memory": True})
    page = book.add_worksheet()
    for at, row in enumerate(rows):
        page.write_row(at, 0, row)
    page.merge_range(1, 0, 2, 0, 1)
    book.close()
    read = read_score_sheet(read_table(body.getvalue(), "scores.xlsx"))
    assert [(rating.item, rating.score) for rating in read.ratings] == [("1", 1.0), ("1", 0.0), ("2", 1.0)]
    assert Note("sheet_merged_cells_filled", {"cells": 1}) in read.notes
