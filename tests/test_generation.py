"""Free text as answers: overlaps that work in Japanese, a floor, and no verdict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.overlap import chrf, common_subsequence, rouge_l
from baselines.run import run_baseline
from baselines.tasks import likely_task
from baselines.verdict import Target

WORDS = some.lists(some.sampled_from("abc"), max_size=12)


def questions(rows: int) -> LabelledTexts:
    things = ["空", "海", "雪", "葉", "月", "雲", "虹", "星", "夜", "風"]
    texts = tuple(f"{things[n % 10]}はなんで{n}回も変わるの?" for n in range(rows))
    return LabelledTexts(
        texts, tuple(f"{things[n % 10]}が{n}回変わるのは光のせいだよ。" for n in range(rows))
    )


@given(WORDS, WORDS)
def test_the_common_subsequence_is_that_of_the_plain_table(a: list[str], b: list[str]) -> None:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
    assert common_subsequence(a, b) == table[-1][-1]


@given(some.text(max_size=30), some.text(max_size=30))
def test_overlaps_lie_between_nought_and_one(said: str, wanted: str) -> None:
    for share in (chrf(said, wanted), rouge_l(said, wanted, True), rouge_l(said, wanted, False)):
        assert 0 <= share <= 1


def test_japanese_is_not_dropped() -> None:
    assert rouge_l("空は青いよ", "空は青いよ", by_character=True) == 1
    assert rouge_l("空は青いよ", "空は赤いよ", by_character=True) == pytest.approx(0.8)
    assert chrf("空は青いよ", "空は青いよ") == pytest.approx(1)
    assert chrf("空は青いよ", "海が広いね") < 0.1


def test_questions_and_answers_are_generation_and_cannot_be_judged() -> None:
    data = questions(60)
    assert likely_task(data) == "generation"
    answer = run_baseline(data, target=Target("chrf", 0.5)).as_json()
    assert answer["verdict"] == "cannot_be_judged"
    assert [reason["id"] for reason in answer["reasons"][:2]] == ["open_generation", "judge_by_people"]
    means = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "chrf"}
    assert means["nearest_answer"] > means["any_answer"]
    assert {row["metric"] for row in answer["scores"]} == {"chrf", "rouge_l"}


def test_a_test_file_of_answers_is_scored() -> None:
    answer = run_baseline(questions(60), test=questions(20)).as_json()
    nearest = [row for row in answer["test_scores"] if row["baseline"] == "nearest_answer"]
    assert nearest[0]["mean"] == pytest.approx(1)


def test_a_label_that_is_the_text_itself_is_a_wrong_column() -> None:
    texts = questions(20).texts
    with pytest.raises(Problem) as caught:
        run_baseline(LabelledTexts(texts, texts))
    assert caught.value.id == "label_is_the_text"


def test_codes_that_never_repeat_are_not_answers() -> None:
    assert (
        likely_task(LabelledTexts(questions(20).texts, tuple(f"A{n}" for n in range(20)))) == "classification"
    )
