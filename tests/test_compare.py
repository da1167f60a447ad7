"""Folds that part no repeats, scores that match a plain cross-validation, and honest differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.metrics import f1_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from baselines.cascade import calibration_error, cascade, confidences, temperature, threshold
from baselines.compare import Folds, fold_scores, measure, scores
from baselines.differences import leads, without_optimism
from baselines.features import Features
from baselines.pipelines import BASELINES, LONGEST, Setting, is_unspaced, normalise, normalise_start
from baselines.shift import shift
from tests.small_tables import inquiries

SETTING = Setting(rows=150, classes=3, unspaced=True)


def bench(rows: int = 150, noise: float = 0.2) -> tuple[Features, np.ndarray, Folds]:
    data = inquiries(rows, noise=noise)
    labels = np.array([sorted(set(data.labels)).index(label) for label in data.labels])
    return Features(data.texts), labels, Folds.stratified(labels, np.arange(rows), seed=3)


@settings(max_examples=60, deadline=None)
@given(
    some.lists(some.tuples(some.integers(0, 3), some.integers(0, 12)), min_size=10, max_size=120),
    some.integers(0, 9),
)
def test_folds_hold_every_row_out_once_and_part_no_group(rows: list[tuple[int, int]], seed: int) -> None:
    labels, groups = (np.array(side) for side in zip(*rows, strict=True))
    folds = Folds.stratified(labels, groups, seed)
    assert ((folds.held_out >= 0) & (folds.held_out < 5)).all()
    for group in np.unique(groups):
        assert len(np.unique(folds.held_out[0][groups == group])) == 1
    for _, train, test in folds:
        assert sorted([*train, *test]) == list(range(len(labels)))


@given(some.lists(some.integers(0, 4), min_size=10, max_size=200), some.integers(0, 9))
def test_without_groups_every_class_is_spread_evenly(labels: list[int], seed: int) -> None:
    folds = Folds.stratified(np.array(labels), np.arange(len(labels)), seed)
    for label in set(labels):
        counts = np.bincount(folds.held_out[0][np.array(labels) == label], minlength=5)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", ["naive_bayes", "linear_svm", "logistic"])
def test_answers_are_those_of_scikit_learns_own_cross_validation(name: str) -> None:
    features, labels, folds = bench()
    pipeline = BASELINES[name](SETTING)
    rung = measure(name, pipeline, features, labels, 3, folds)
    plain = cross_val_predict(pipeline, features.texts, labels, cv=PredefinedSplit(folds.held_out[0]))
    assert (
        rung.answers[0] == plain
    ).mean() > 0.98  # solvers stop at a tolerance, columns come in another order
    found = {score.metric: score.mean for score in scores(rung, labels, 3, seed=1)}
    assert found["macro_f1"] == pytest.approx(f1_score(labels, rung.answers[0], average="macro"))


def test_a_slow_rung_answers_only_the_folds_it_was_given() -> None:
    features, labels, folds = bench()
    rung = measure("linear_svm", BASELINES["linear_svm"](SETTING), features, labels, 3, folds, most_folds=2)
    assert rung.seen.sum() == (folds.held_out[0] < 2).sum()
    assert rung.fits == 2
    assert scores(rung, labels, 3, seed=1)[0].rows == rung.seen.sum()
    assert len(fold_scores(rung, labels, 3, folds, "accuracy")) == 2


def test_the_careful_lightgbm_does_not_collapse_on_many_classes() -> None:
    random = np.random.default_rng(1)
    words = [f"word{n}" for n in range(400)]
    labels = np.arange(600) % 40
    texts = [" ".join(random.choice(words[10 * k : 10 * k + 10], 3)) for k in labels]
    setting = Setting(rows=600, classes=40)
    folds = Folds.stratified(labels, np.arange(600), seed=1)
    rung = measure(
        "lightgbm", BASELINES["lightgbm"](setting), Features(texts), labels, 40, folds, most_folds=1
    )
    assert scores(rung, labels, 40, seed=1)[0].mean > 0.5


def test_a_lead_is_only_claimed_where_the_tests_agree() -> None:
    features, labels, folds = bench(300)
    rungs = [
        measure(name, BASELINES[name](SETTING), features, labels, 3, folds)
        for name in ("linear_svm", "logistic", "majority")
    ]
    found = {lead.baseline: lead for lead in leads(rungs[0], rungs, labels, 3, folds, "macro_f1", seed=1)}
    assert found["majority"].outcome == "better"
    assert found["logistic"].outcome == "cannot_tell"
    assert found["majority"].p_mcnemar < 1e-6
    assert set(found["logistic"].model_dump()) >= {
        "mean",
        "low",
        "high",
        "p_bootstrap",
        "p_corrected_t",
        "outcome",
    }


def test_picking_the_best_of_equals_is_luck_and_is_taken_off() -> None:
    random = np.random.default_rng(2)
    labels = random.integers(3, size=200)
    features, _, folds = bench(200)
    rungs = {}
    for name in "abcdef":
        rung = measure(name, BASELINES["majority"](SETTING), features, labels, 3, folds)
        said = np.where(random.random(200) < 0.7, labels, (labels + 1) % 3)
        rungs[name] = type(rung)(name, said[None, :], rung.scores, 0.0, 5)
    best = max((scores(rung, labels, 3, 1)[0] for rung in rungs.values()), key=lambda score: score.mean)
    fair, luck = without_optimism(best, rungs, labels, 3, seed=1)
    assert luck > 0.005
    assert fair.mean == pytest.approx(best.mean - luck)
    alone, none = without_optimism(best, {best.baseline: rungs[best.baseline]}, labels, 3, seed=1)
    assert (alone, none) == (best, 0.0)


def test_test_rows_of_another_kind_are_told_apart_and_equal_ones_are_not() -> None:
    train, same, other = inquiries(200), inquiries(200, seed=5), inquiries(200, "en")
    from baselines.pipelines import one_block

    def area(test: tuple[str, ...]) -> float:
        return shift(one_block(SETTING), Features([*train.texts, *test]), 200, np.arange(400), seed=1)

    assert area(other.texts) > 0.95
    assert area(same.texts) < 0.65


def test_a_temperature_makes_confidence_mean_what_it_says() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(4, size=2000)
    scores_given = np.eye(4)[truth] * 2 + random.normal(size=(2000, 4))
    held_out = random.integers(5, size=2000)
    for factor in (0.1, 1.0, 30.0):
        sure = confidences(scores_given * factor, truth, held_out)
        right = scores_given.argmax(axis=1) == truth
        assert calibration_error(sure, right) < 0.05
    assert temperature(scores_given * 30, truth) > 5 * temperature(scores_given, truth)


def test_the_cascade_keeps_its_promise_on_rows_it_did_not_choose_by() -> None:
    random = np.random.default_rng(4)
    sure = random.random(20_000)
    right = random.random(20_000) < 0.5 + sure / 2
    held_out = random.integers(5, size=20_000)
    points = cascade(sure, right, held_out)
    assert all(
        point.reached == pytest.approx(point.precision, abs=0.02) for point in points if point.share > 0.05
    )
    shares = [point.share for point in points]
    assert shares == sorted(shares, reverse=True)


def test_a_threshold_never_splits_equal_confidences() -> None:
    sure = np.array([0.9, 0.9, 0.9, 0.1])
    right = np.array([True, False, False, True])
    assert threshold(sure, right, 0.9) == float("inf")
    assert threshold(sure, right, 0.3) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("texts", "unspaced"),
    [
        (["返品したいです"], True),
        (["สวัสดีครับ"], True),
        (["안녕하세요 반갑습니다"], False),
        (["refund please"], False),
        ([""], False),
        (["注文番号 A-12345 order status please"], False),
    ],
)
def test_the_script_is_found_by_its_characters(texts: list[str], unspaced: bool) -> None:
    assert is_unspaced(texts) == unspaced


def test_long_texts_are_cut_only_for_character_n_grams() -> None:
    text = "Ａ" * (LONGEST + 500)
    assert len(normalise_start(text)) == LONGEST
    assert len(normalise(text)) == LONGEST + 500
