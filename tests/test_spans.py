"""Named entities: three ways of writing them, strict scores, and a random field that finds names it never saw."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.marks import Span, are_spans, read_spans, shown
from baselines.run import run_baseline
from baselines.span_models import KnownNames, cut, marked, tags
from baselines.spans import Spans
from baselines.tasks import likely_task
from baselines.verdict import Target

PEOPLE = ["田中", "佐藤", "鈴木", "山本", "中村", "小林", "加藤", "吉田", "渡辺", "松本"]
PLACES = ["京都", "大阪", "札幌", "福岡", "仙台", "広島", "神戸", "長崎", "金沢", "奈良"]


def trips(rows: int, seed: int = 1) -> LabelledTexts:
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    texts, labels = [], []
    for at in range(rows):
        who, where = draw.choice(PEOPLE), draw.choice(PLACES)
        if at % 6 == 0:
            texts.append(f"{at}番の会議は延期です。")
            labels.append("")
        else:
            texts.append(f"{at}日、{who}さんは{where}へ出張した。")
            labels.append(f"人名: {who} | 地名: {where}")
    return LabelledTexts(tuple(texts), tuple(labels))


@pytest.mark.parametrize(
    "cell",
    [
        "人名: 田中 | 地名: 京都",
        "地名:京都\n人名:田中",
        '[{"start": 0, "end": 2, "label": "人名"}, {"start": 3, "end": 5, "label": "地名"}]',
        '[[0, 2, "人名"], [3, 5, "地名"]]',
        "B-人名 I-人名 O B-地名 I-地名 O",
    ],
)
def test_three_ways_of_writing_say_the_same(cell: str) -> None:
    spans = read_spans("田中は京都へ", cell)
    assert spans == (Span(0, 2, "人名"), Span(3, 5, "地名"))
    assert shown("田中は京都へ", spans) == "人名: 田中 | 地名: 京都"


@pytest.mark.parametrize(
    "cell", ["人名: 山田", "田中", "[[0, 99, 'x']]", '[[0, 99, "x"]]', "[1]", "{", "B-X O O"]
)
def test_marks_that_do_not_fit_the_text_are_named_with_their_row(cell: str) -> None:
    with pytest.raises(Problem) as caught:
        run_baseline(LabelledTexts(("田中は京都へ",) * 12, ("",) * 5 + (cell,) * 7), task="span_extraction")
    assert caught.value.id == "span_unreadable"
    assert caught.value.fields["row"] == 6


def test_a_table_without_a_single_mark_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        run_baseline(LabelledTexts(("田中は京都へ",) * 12, ("",) * 12), task="span_extraction")
    assert caught.value.id == "no_spans"


@given(st.text("田中 Ada京都2。", max_size=12))
def test_tags_of_whole_pieces_give_their_span_back(text: str) -> None:
    pieces = cut(text)
    spans = [Span(start, end, "X") for start, end, _ in pieces[::2]]
    said = tags(pieces, spans)
    assert [tag for tag in said if tag != "O"] == ["B-X"] * len(spans)


def test_offsets_and_tags_are_taken_for_spans_by_themselves() -> None:
    texts = ("田中は京都へ",) * 3
    assert likely_task(LabelledTexts(texts, (json.dumps([[0, 2, "人名"]], ensure_ascii=False),) * 3)) == (
        "span_extraction"
    )
    assert are_spans(["B-PER O", "", "O O"])
    assert not are_spans(["返品", "配送"])
    assert not are_spans(["", ""])


def test_known_names_keep_to_whole_words() -> None:
    model = KnownNames().fit(["Ann met Bo."], marked([[Span(0, 3, "PER"), Span(8, 10, "PER")]]))
    assert list(model.predict(["Anna and Bo"])[0]) == [Span(9, 11, "PER")]


def test_the_random_field_beats_the_list_of_names_and_gets_a_verdict() -> None:
    data = trips(150)
    answer = Baseline.of(
        run_baseline(data, task="span_extraction", target=Target("span_f1", 0.6), hold_out=0.2)
    ).as_json()
    means = {row["baseline"]: row["mean"] for row in answer["test_scores"]}
    assert means["nothing"] == 0
    assert means["random_field"] > 0.9
    assert answer["best"] in ("random_field", "known_names")
    assert answer["verdict"] == "small_model_enough"
    assert {line["label"] for line in answer["per_class"]} == {"人名", "地名"}
    assert "empty_rows" not in answer["checks"]


def test_a_name_that_no_training_row_had_is_found_by_its_neighbours() -> None:
    train = trips(120)
    unseen = LabelledTexts(("3日、橋本さんは高松へ出張した。",) * 10, ("人名: 橋本 | 地名: 高松",) * 10)
    answer = Baseline.of(run_baseline(train, task="span_extraction", test=unseen)).as_json()
    means = {row["baseline"]: row["mean"] for row in answer["test_scores"]}
    assert means["known_names"] == 0
    assert means["random_field"] > 0.9


def test_two_annotators_of_names_give_a_ceiling() -> None:
    data = trips(40)
    second = tuple(label.split(" | ")[0] if at % 4 == 1 else label for at, label in enumerate(data.labels))
    answer = Baseline.of(run_baseline(replace(data, labels2=second), task="span_extraction")).as_json()
    assert 0.8 < answer["people"]["mean"] < 1
    assert answer["people"]["rows"] == sum(map(bool, data.labels))
    assert "human_ceiling_numbers" in {reason["id"] for reason in answer["reasons"]}


def test_names_have_a_learning_curve() -> None:
    bench = Spans(trips(320), None, "span_f1", 1)
    curve = bench.curve(bench.climb("known_names", lambda fold, so_far: None))
    assert len(curve.sizes) >= 8
    assert curve.means[-1] >= curve.means[0]
