"""Pairs of texts and numbers as answers: the relation is what counts, and the fast path is the plain one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.pair_pipelines import CLASSES, NUMBERS, relation
from baselines.pairs import SURFACE, PairTexts, surface
from baselines.pipelines import Setting
from baselines.run import run_baseline
from baselines.shared_texts import new_pairs
from baselines.tasks import as_number, likely_task
from baselines.verdict import Target
from tests.small_tables import inquiries, sentence_pairs


@pytest.mark.parametrize("unspaced", [True, False])
def test_the_fast_matrix_of_pairs_equals_the_plain_transformer(unspaced: bool) -> None:
    data = sentence_pairs(60)
    pairs = list(zip(data.texts, data.texts2 or (), strict=True))
    setting = Setting(60, 3, unspaced)
    train, test = np.arange(45), np.arange(45, 60)
    seen, unseen = PairTexts(pairs).split(relation(setting), train, test)
    plain = relation(setting)
    expected = plain.fit_transform(pairs[:45])
    assert seen.shape == expected.shape
    for fast, slow in ((seen, expected), (unseen, plain.transform(pairs[45:]))):
        ours, theirs = (matrix[:, -plain.dense :].toarray() for matrix in (fast, slow))
        topics = len(plain.blocks)  # a randomised SVD depends on the order of its columns
        assert np.allclose(np.delete(ours, topics, 1), np.delete(theirs, topics, 1), atol=1e-5)
        if unspaced:  # as words, whole sentences without spaces have no topics
            assert np.corrcoef(ours[:, topics], theirs[:, topics])[0, 1] > 0.95
        assert fast[:, : -plain.dense].sum() == pytest.approx(slow[:, : -plain.dense].sum(), rel=1e-4)


def test_inference_needs_the_relation_of_the_two_texts() -> None:
    answer = Baseline.of(run_baseline(sentence_pairs(400), target=Target("accuracy", 0.75))).as_json()
    accuracy = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "accuracy"}
    assert answer["task"] == "pairs"
    assert set(accuracy) == set(CLASSES)
    assert accuracy["pair_trees"] > 0.85
    assert accuracy["second_text_only"] < accuracy["pair_trees"] - 0.1
    assert answer["verdict"] == "small_model_enough"


def test_similarity_is_ranked_against_an_untrained_cosine() -> None:
    answer = Baseline.of(
        run_baseline(sentence_pairs(400, degrees=True), target=Target("spearman", 0.5))
    ).as_json()
    rank = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "spearman"}
    assert answer["task"] == "similarity"
    assert set(rank) == set(NUMBERS)
    assert abs(rank["mean"]) < 0.2
    assert min(rank["pair_trees"], rank["cosine"]) > 0.7
    assert answer["curve"]["metric"] == "spearman"
    assert answer["cascade"] == []


def test_a_test_file_of_pairs_is_scored() -> None:
    answer = Baseline.of(
        run_baseline(sentence_pairs(200, degrees=True), test=sentence_pairs(80, seed=2, degrees=True))
    ).as_json()
    assert {row["baseline"] for row in answer["test_scores"]} == set(NUMBERS)
    assert all(row["rows"] == 80 for row in answer["test_scores"])


def test_ratings_of_single_texts_are_numbers_when_asked_for() -> None:
    table = inquiries(150, noise=0.05)
    stars = {"返品": "1", "配送": "3", "会員": "5"}
    rated = LabelledTexts(table.texts, tuple(stars[label] for label in table.labels))
    assert likely_task(rated) == "classification"
    answer = Baseline.of(
        run_baseline(rated, task="ratings", rungs="all", target=Target("spearman", 0.5))
    ).as_json()
    rank = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "spearman"}
    assert rank["ridge"] > 0.6
    assert "rating_trees" in rank
    assert answer["verdict"] == "small_model_enough"


def test_the_task_is_read_from_the_table() -> None:
    assert likely_task(sentence_pairs(30)) == "pairs"
    assert likely_task(sentence_pairs(30, degrees=True)) == "similarity"
    assert likely_task(inquiries(30)) == "classification"


@pytest.mark.parametrize(
    ("data", "task", "problem"),
    [
        (inquiries(30), "pairs", "second_text_missing"),
        (inquiries(30), "ratings", "label_not_a_number"),
        (sentence_pairs(30), "similarity", "label_not_a_number"),
        (LabelledTexts(("あ",) * 12, ("3",) * 12), "ratings", "one_class"),
    ],
)
def test_a_table_that_does_not_fit_the_task_is_a_problem(
    data: LabelledTexts, task: str, problem: str
) -> None:
    with pytest.raises(Problem) as caught:
        run_baseline(data, task=task)
    assert caught.value.id == problem


def test_what_two_texts_share_needs_no_training() -> None:
    same, other = (
        dict(zip(SURFACE, row, strict=True))
        for row in surface([("犬が走る", "犬が走る"), ("犬が走る", "猫は寝ない")])
    )
    assert same["aligned"] == same["bigrams_shared"] == same["same_start"] == 1
    assert other["negation_differs"] == 1
    assert other["bigrams_shared"] < 0.2
    assert np.isfinite(surface([("", ""), ("a", "")])).all()


def test_numbers_are_read_as_people_write_them() -> None:
    assert as_number("1,234.5") == 1234.5
    assert as_number("inf") is None


def spelled(texts: int) -> list[str]:
    draw = random.Random(4)  # noqa: S311 - made-up texts, no secret
    return [
        "".join(draw.choices("あいうえおかきくけこさしすせそたちつてとなにぬねの", k=12))
        for _ in range(texts)
    ]


def test_a_score_that_rests_on_known_texts_is_given_without_them() -> None:
    """Three of four pairs begin with one of twenty texts, each with a label of its own; the others are chance."""
    texts = spelled(620)
    first = tuple(texts[at % 20] if at % 4 else texts[20 + at] for at in range(300))
    labels = tuple("ab"[at % 20 % 2] if at % 4 else "ab"[at % 8 // 4] for at in range(300))
    data = LabelledTexts(first, labels, tuple(texts[320:]))
    answer = Baseline.of(run_baseline(data, target=Target("accuracy", 0.7))).as_json()
    found = answer["checks"]["pairs_share_texts"]
    assert (found["rows"], found["new"], found["share"]) == (225, 75, 0.75)
    assert found["without"] < 0.65 < 0.8 < found["mean"]
    assert "pairs_share_texts" in answer["lowered_by"]


def test_pairs_of_which_hardly_any_is_new_say_so() -> None:
    texts = spelled(100)
    data = LabelledTexts(tuple(texts[at % 20] for at in range(80)), ("a", "b") * 40, tuple(texts[20:]))
    answer = Baseline.of(run_baseline(data)).as_json()
    assert answer["checks"]["pairs_hardly_new"]["share"] > 0.9
    assert "pairs_hardly_new" in answer["lowered_by"]


def test_a_fixed_list_on_one_side_is_no_repeat() -> None:
    folds = np.arange(12) % 3
    questions = [f"質問{'あいうえおかきくけこさし'[at]}" for at in range(12)]
    assert new_pairs(questions, ["はい", "いいえ"] * 6, folds).all()
    assert not new_pairs(["同じ質問"] * 2 + questions[2:], questions, folds)[:2].any()
