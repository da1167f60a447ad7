"""Free text as answers: overlaps that work in Japanese, a floor, and no verdict."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.overlap import overlap
from baselines.run import run_baseline
from baselines.tasks import likely_task
from baselines.verdict import Target


def questions(rows: int) -> LabelledTexts:
    things = ["空", "海", "雪", "葉", "月", "雲", "虹", "星", "夜", "風"]
    texts = tuple(f"{things[n % 10]}はなんで{n}回も変わるの?" for n in range(rows))
    return LabelledTexts(
        texts, tuple(f"{things[n % 10]}が{n}回変わるのは光のせいだよ。" for n in range(rows))
    )


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=30)
def test_overlaps_lie_between_nought_and_one(rows: list[tuple[str, str]]) -> None:
    said, wanted = zip(*rows, strict=True)
    for metric in ("bleu", "chrf", "rouge_l"):
        found = overlap(metric, said, wanted, "char")
        assert 0 <= found.value <= 1 + 1e-9
        assert len(found.each) == len(rows)
        assert ((found.each >= 0) & (found.each <= 1 + 1e-9)).all()


def test_japanese_is_not_dropped() -> None:
    assert overlap("rouge_l", ["空は青いよ"], ["空は赤いよ"], "char").value == pytest.approx(0.8)
    assert overlap("chrf", ["空は青いよ"], ["空は青いよ"], "char").value == pytest.approx(1)
    assert overlap("bleu", ["空は青いよ"], ["空は青いよ"], "char").value == pytest.approx(1)
    assert overlap("chrf", ["空は青いよ"], ["海が広いね"], "char").value < 0.1


def test_the_start_of_an_article_is_its_summary_to_beat() -> None:
    rain, wind = (
        "大雨で川があふれ、{n}世帯が避難した。",
        "けが人はいない。水は夜に引いた。復旧は{n}日かかる。",
    )
    articles = tuple((rain + wind).format(n=n) for n in range(30))
    data = LabelledTexts(articles, tuple(rain.format(n=n) for n in range(30)))
    answer = Baseline.of(run_baseline(data, task="summarisation")).as_json()
    assert answer["metric"] == "rouge_l"
    assert answer["best"] == "first_sentence"
    assert "judge_summaries" in {reason["id"] for reason in answer["reasons"]}
    three = next(row["mean"] for row in answer["scores"] if row["baseline"] == "lead_three")
    assert 0.5 < three < 1


@pytest.mark.parametrize(
    ("task", "instead"),
    [("translation", "judge_translations"), ("dialogue", "judge_replies"), ("code", "judge_by_tests")],
)
def test_each_kind_of_free_text_says_what_to_do_instead(task: str, instead: str) -> None:
    answer = Baseline.of(run_baseline(questions(30), task=task)).as_json()
    assert answer["verdict"] == "cannot_be_judged"
    assert answer["confidence"] is None
    assert [reason["id"] for reason in answer["reasons"][:2]] == ["open_generation", instead]
    assert answer["best"] == "nearest_answer"


def test_questions_and_answers_are_generation_and_cannot_be_judged() -> None:
    data = questions(60)
    assert likely_task(data) == "generation"
    answer = Baseline.of(run_baseline(data, target=Target("chrf", 0.5))).as_json()
    assert answer["verdict"] == "cannot_be_judged"
    assert [reason["id"] for reason in answer["reasons"][:2]] == ["open_generation", "judge_by_people"]
    means = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "chrf"}
    assert means["nearest_answer"] > means["any_answer"]
    assert {row["metric"] for row in answer["scores"]} == {"chrf", "rouge_l", "bleu"}


def test_a_test_file_of_answers_is_scored() -> None:
    answer = Baseline.of(run_baseline(questions(60), test=questions(20))).as_json()
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
