"""An LLM beside a small model on the same rows: published answers, and promises that must hold on any rows."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.answers import UNUSABLE, Answers, sample
from baselines.dataset import LabelledTexts
from baselines.metrics import score_classes
from baselines.statistics import Resamples, paired_difference
from baselines.versus import CASCADE, SMALL, Versus, small_model

FILE = Path(__file__).parent / "samples" / "sib200" / "answers.csv"
DIGITS = 0.0005


def published(language: str, model: str) -> Versus:
    with FILE.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == language]
    names = sorted({row["label"] for row in rows})
    labels, llm, small = (
        Answers.of(name, [row[column] for row in rows], names)
        for name, column in (("labels", "label"), ("zero_shot", model), (SMALL, "small_model"))
    )
    sure = np.array([float(row["sure"]) for row in rows])
    return Versus(labels.said, len(names), (llm,), small, sure)


@pytest.mark.parametrize(
    ("language", "model", "score", "small", "only", "p", "gap", "rows_to_decide", "unusable"),
    [
        ("en", "gpt_3_5", (0.735, 0.671, 0.791), 0.760, (25, 30), 0.590, (-2.5, -9.6, 4.7), 3521, 24),
        ("en", "gpt_4", (0.814, 0.755, 0.861), 0.760, (27, 16), 0.126, (5.4, -1.0, 11.7), 567, 3),
        ("ja", "gpt_3_5", (0.667, 0.599, 0.728), 0.828, (9, 42), 3.4e-6, (-16.2, -22.6, -9.4), 73, 37),
        ("ja", "gpt_4", (0.814, 0.755, 0.861), 0.828, (19, 22), 0.755, (-1.5, -7.7, 4.8), 7292, 3),
    ],
)
def test_published_answers_are_scored_to_the_digit(
    language: str, model: str, score: tuple[float, ...], small: float, only: tuple[int, int], p: float,
    gap: tuple[float, ...], rows_to_decide: int, unusable: int,
) -> None:  # fmt: skip
    versus = published(language, model)
    (llm,) = versus.arms
    found = versus.score(llm, "accuracy")
    assert len(versus.truth) == 204
    assert int((llm.said == UNUSABLE).sum()) == unusable
    assert (found.mean, found.low, found.high) == pytest.approx(score, abs=DIGITS)
    assert versus.score(versus.small, "accuracy").mean == pytest.approx(small, abs=DIGITS)
    told = versus.comparisons("accuracy")[0]
    assert (told.only_a, told.only_b) == only
    assert told.p == pytest.approx(p, abs=DIGITS if p > DIGITS else 1e-7)
    assert [round(100 * end, 1) for end in (told.difference, told.low, told.high)] == list(gap)
    assert told.rows_to_decide == rows_to_decide
    assert told.decision == ("worse" if gap[2] < 0 else "undecided")


def test_an_unusable_answer_is_wrong_and_no_class_of_its_own() -> None:
    versus = published("ja", "gpt_3_5")
    said = versus.arms[0].said
    as_a_class = np.where(said == UNUSABLE, versus.classes, said)
    assert versus.score(versus.arms[0], "macro_f1").mean == pytest.approx(0.660, abs=DIGITS)
    assert score_classes("macro_f1", versus.truth, as_a_class, versus.classes + 1) == pytest.approx(
        0.578, abs=DIGITS
    )


def test_the_cascade_is_measured_on_rows_that_did_not_choose_its_threshold() -> None:
    versus = published("ja", "gpt_4")
    both = versus.cascade
    assert versus.score(both.answers, "accuracy").mean == pytest.approx(0.862, abs=0.005)
    assert both.share == pytest.approx(0.74, abs=0.01)
    told = versus.comparisons("accuracy")[-1]
    assert (told.a, told.b, told.decision) == (CASCADE, "zero_shot", "undecided")


def test_the_paired_range_is_the_one_of_the_r_package_statpsych() -> None:
    found = paired_difference([1] * 26 + [0] * 4 + [1] * 18, [0] * 26 + [1] * 4 + [1] * 18)
    assert (found.low, found.high) == pytest.approx((0.2548067, 0.6251933), abs=1e-7), (
        "ci.prop.ps(.05, 12, 4, 26, 6)"
    )


@pytest.mark.parametrize("rows", [30, 100, 400])
@pytest.mark.parametrize(("ahead", "behind"), [(0.02, 0.02), (0.1, 0.05), (0.3, 0.1), (0.4, 0.4)])
def test_the_range_of_a_paired_difference_covers_the_truth(rows: int, ahead: float, behind: float) -> None:
    drawn = np.random.default_rng(7).multinomial(rows, [ahead, behind, 1 - ahead - behind], size=400)
    ends = [
        paired_difference([1] * a + [0] * b + [1] * rest, [0] * a + [1] * b + [1] * rest)
        for a, b, rest in drawn.tolist()
    ]
    covered = np.mean([one.low <= ahead - behind <= one.high for one in ends])
    assert covered >= 0.92, (
        "0.95 less four standard errors of 400 draws, as far as McNemar's table is grained"
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20)), min_size=8, max_size=60),
    st.integers(1, 40),
    st.integers(0, 5),
)
def test_a_sample_takes_one_row_of_a_group_and_leaks_none(
    rows: list[tuple[int, int]], wanted: int, seed: int
) -> None:
    labels, groups = (np.array(column) for column in zip(*rows, strict=True))
    drawn = sample(labels, groups, wanted, seed)
    asked = groups[drawn.rows]
    assert len(asked) == len(set(asked)) == min(wanted, len(set(groups.tolist())))
    assert not set(asked) & set(groups[drawn.free])


def test_a_sample_has_each_label_at_its_share() -> None:
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    drawn = sample(labels, np.arange(1000), 100)
    assert np.bincount(labels[drawn.rows]).tolist() == [60, 30, 10]


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "weighted_f1", "mcc"])
def test_no_answer_is_never_better_than_any_and_stays_inside_the_range(metric: str) -> None:
    truth = np.array([0, 1, 2] * 40)
    said = np.where(np.arange(120) % 5 == 0, UNUSABLE, truth)
    low, high = Resamples(truth, said, 3).interval(metric)
    score = score_classes(metric, truth, said, 3)
    assert low < score < high
    assert score < score_classes(metric, truth, truth, 3) == 1


def test_mcc_with_answers_that_name_no_class_is_that_of_one_more_class() -> None:
    truth, said = np.array([0, 0, 1, 1, 2, 2]), np.array([0, UNUSABLE, 1, 0, 2, UNUSABLE])
    as_a_class = np.where(said == UNUSABLE, 3, said)
    assert score_classes("mcc", truth, said, 3) == pytest.approx(score_classes("mcc", truth, as_a_class, 4))


def arms(right: int, rows: int = 100, missing: int = 0) -> Versus:
    """Two classes; the small model is right on every second row, the LLM on the first `right`."""
    truth, place = np.arange(rows) % 2, np.arange(rows)
    absent = place >= rows - missing
    llm = Answers("zero_shot", np.where(absent, UNUSABLE, np.where(place < right, truth, 1 - truth)), absent)
    half = Answers(SMALL, np.where(place % 4 < 2, truth, 1 - truth), np.zeros(rows, dtype=bool))
    return Versus(truth, 2, (llm,), half, np.linspace(0.5, 1, rows))


@pytest.mark.parametrize(
    ("right", "worth", "decision"),
    [
        (95, 0.02, "worth_it"),
        (95, 0.4, "better"),
        (55, 0.02, "undecided"),
        (20, 0.02, "worse"),
        (55, 0.3, "not_worth_it"),
    ],
)
def test_a_decision_follows_from_the_range_and_what_a_gain_is_worth(
    right: int, worth: float, decision: str
) -> None:
    assert arms(right).comparisons("accuracy", worth)[0].decision == decision


def test_a_few_missing_answers_widen_the_range_and_many_end_the_comparison() -> None:
    few, many = arms(95, missing=2), arms(95, missing=3)
    score = few.score(few.arms[0], "accuracy")
    assert score.mean == 0.95 and score.high > arms(95).score(arms(95).arms[0], "accuracy").high
    assert few.comparisons("accuracy")[0].decision == "worth_it"
    assert many.comparisons("accuracy")[0].decision == "incomplete"


def test_few_rows_are_compared_by_accuracy_alone() -> None:
    assert arms(40, rows=60).comparisons("macro_f1")[0].metric == "accuracy"
    assert arms(95).comparisons("macro_f1")[0].metric == "macro_f1"


def test_the_small_model_answers_rows_that_it_did_not_learn_from() -> None:
    data = LabelledTexts(("red apple", "ripe pear", "sweet plum", "blue whale", "grey wolf", "big bear") * 6,
                         ("fruit", "fruit", "fruit", "animal", "animal", "animal") * 6)  # fmt: skip
    by_folds, by_training = (
        small_model(data, None, "accuracy"),
        small_model(data.take(range(6)), data, "accuracy"),
    )
    assert len(by_folds.said) == 36 and len(by_training.said) == 6
    assert set(by_training.said) <= {"fruit", "animal"}
    assert ((by_training.sure > 0) & (by_training.sure <= 1)).all()
