"""Intervals, tests and agreement, against published figures and against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sklearn import metrics as reference

from baselines.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from baselines.metrics import roc_auc, score_classes, score_numbers
from baselines.statistics import (
    Resamples,
    auc_interval,
    corrected_t,
    correlation_interval,
    mcnemar,
    paired_bootstrap,
    wilson,
)
from baselines.tasks import CLASS_METRICS

LABELS = some.lists(some.tuples(some.integers(0, 3), some.integers(0, 3)), min_size=2, max_size=60)


@given(LABELS)
def test_class_metrics_agree_with_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    truth, said = (np.array(side) for side in zip(*pairs, strict=True))
    expected = {
        "accuracy": reference.accuracy_score(truth, said),
        "macro_f1": reference.f1_score(truth, said, average="macro", zero_division=0),
        "weighted_f1": reference.f1_score(truth, said, average="weighted", zero_division=0),
        "mcc": reference.matthews_corrcoef(truth, said),
    }
    for metric in CLASS_METRICS:
        assert score_classes(metric, truth, said, 4) == pytest.approx(expected[metric], abs=1e-9)


@given(some.lists(some.tuples(some.booleans(), some.integers(0, 5)), min_size=2, max_size=40))
def test_area_under_the_curve_agrees_with_scikit_learn(rows: list[tuple[bool, int]]) -> None:
    positive, score = (np.array(side) for side in zip(*rows, strict=True))
    expected = reference.roc_auc_score(positive, score) if 0 < positive.sum() < len(positive) else 0.5
    assert roc_auc(positive, score.astype(float)) == pytest.approx(expected)


def test_correlations_of_a_constant_answer_are_nought() -> None:
    truth = np.array([1.0, 2.0, 3.0])
    assert score_numbers("spearman", truth, np.zeros(3)) == 0.0
    assert score_numbers("pearson", truth, 2 * truth) == 1.0


@given(some.integers(1, 5000), some.floats(0, 1))
def test_wilson_holds_the_share_and_stays_inside(rows: int, share: float) -> None:
    low, high = wilson(share * rows, rows)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    hits = np.random.default_rng(1).binomial(60, 0.83, size=4000)
    covered = [low <= 0.83 <= high for low, high in (wilson(int(k), 60) for k in hits)]
    assert 0.935 <= np.mean(covered) <= 0.965


def test_bootstrap_of_accuracy_is_close_to_wilson() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(3, size=800)
    said = np.where(random.random(800) < 0.8, truth, (truth + 1) % 3)
    low, high = Resamples(truth, said, 3).interval("accuracy")
    expected = wilson(int((truth == said).sum()), 800)
    assert low == pytest.approx(expected.low, abs=0.01)
    assert high == pytest.approx(expected.high, abs=0.01)


def test_bootstrap_of_macro_f1_covers_the_truth() -> None:
    random = np.random.default_rng(3)
    truth = random.choice(3, p=[0.6, 0.3, 0.1], size=200_000)
    said = np.where(random.random(len(truth)) < 0.75, truth, random.integers(3, size=len(truth)))
    real = score_classes("macro_f1", truth, said, 3)
    inside = 0
    for at in range(200):
        rows = random.integers(len(truth), size=400)
        low, high = Resamples(truth[rows], said[rows], 3, seed=at, resamples=300).interval("macro_f1")
        inside += low <= real <= high
    assert 0.9 <= inside / 200 <= 0.99


@pytest.mark.parametrize("metric", ["macro_f1", "weighted_f1", "mcc"])
def test_a_perfect_score_on_few_rows_is_not_called_certain(metric: str) -> None:
    truth = np.array([0] * 995 + [1] * 5)
    low, high = Resamples(truth, truth, 2).interval(metric)
    assert low < 0.999 and high == 1
    if metric == "macro_f1":
        assert low < 0.9


def test_classes_without_a_miss_leave_the_range_wide_enough_for_the_truth() -> None:
    random = np.random.default_rng(5)
    inside = plain = 0
    for at in range(120):
        truth = random.integers(2, size=60)
        said = np.where(random.random(60) < 0.99, truth, 1 - truth)
        resamples = Resamples(truth, said, 2, seed=at, resamples=200)
        low, high = resamples.interval("macro_f1")
        inside += low <= 0.99 <= high
        plain += float(np.quantile(resamples.scores("macro_f1"), 0.025)) <= 0.99
    assert inside / 120 >= 0.95 > plain / 120


def test_a_perfect_separation_leaves_the_area_open_downwards() -> None:
    assert auc_interval(1.0, [1] * 5 + [0] * 500).low == pytest.approx(0.478, abs=0.001)
    assert auc_interval(1.0, [1] * 200 + [0] * 500).low == pytest.approx(0.982, abs=0.001)


def test_bootstrap_cost_does_not_depend_on_the_order_of_rows() -> None:
    truth, said = np.array([0, 1, 1, 0, 1]), np.array([0, 1, 0, 0, 1])
    order = np.array([4, 2, 0, 1, 3])
    assert Resamples(truth, said, 2).interval("mcc") == Resamples(truth[order], said[order], 2).interval(
        "mcc"
    )


def test_two_equal_systems_cannot_be_told_apart() -> None:
    random = np.random.default_rng(4)
    truth = random.integers(4, size=300)
    first = np.where(random.random(300) < 0.8, truth, 0)
    second = np.where(random.random(300) < 0.8, truth, 0)
    assert paired_bootstrap("macro_f1", truth, first, second, 4).outcome == "cannot_tell"


def test_a_clearly_better_system_is_called_so_and_the_other_one_worse() -> None:
    random = np.random.default_rng(5)
    truth = random.integers(4, size=500)
    good = np.where(random.random(500) < 0.9, truth, 0)
    poor = np.where(random.random(500) < 0.6, truth, 0)
    assert paired_bootstrap("accuracy", truth, good, poor, 4).outcome == "better"
    assert paired_bootstrap("accuracy", truth, poor, good, 4).outcome == "worse"


def test_mcnemar_looks_only_at_rows_where_one_is_right() -> None:
    assert mcnemar([True] * 500, [True] * 500) == 1.0
    right = [True] * 10 + [False] * 0 + [True] * 90
    assert mcnemar(right, [False] * 10 + [True] * 90) == pytest.approx(2 / 2**10)


def test_the_corrected_t_test_is_slower_to_conclude_than_the_plain_one() -> None:
    gaps = [0.02, -0.01, 0.03, 0.02, 0.01, 0.02, -0.005, 0.03, 0.01, 0.02]
    assert corrected_t(gaps, 0.1).p > corrected_t(gaps, 1e-9).p
    assert corrected_t(gaps, 1e-9).outcome == "better"


def test_one_fold_tells_nothing() -> None:
    assert corrected_t([0.3], 0.2).outcome == "cannot_tell"
    assert corrected_t([0.0, 0.0], 0.2).p == 1.0


def test_intervals_of_correlations_and_areas_narrow_with_rows() -> None:
    for interval in (lambda n: correlation_interval(0.7, n), lambda n: auc_interval(0.7, [1] * n + [0] * n)):
        few, many = interval(50), interval(5000)
        assert many.low > few.low
        assert many.high < few.high


@given(some.lists(some.tuples(some.sampled_from("abc"), some.sampled_from("abc")), min_size=3, max_size=50))
def test_cohens_kappa_agrees_with_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    if len({*first, *second}) > 1:
        assert cohen_kappa(first, second) == pytest.approx(reference.cohen_kappa_score(first, second))


def test_fleiss_kappa_of_the_published_example() -> None:
    table = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss_kappa(table) == pytest.approx(0.21, abs=0.001)


def test_krippendorffs_alpha_of_the_published_example() -> None:
    """The reliability data of Krippendorff 2011: four observers, twelve units, gaps."""
    gap = None
    ratings = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    assert krippendorff_alpha(ratings, "nominal") == pytest.approx(0.743, abs=0.001)
    assert krippendorff_alpha(ratings, "ordinal") == pytest.approx(0.815, abs=0.001)
    assert krippendorff_alpha(ratings, "interval") == pytest.approx(0.849, abs=0.001)
    assert krippendorff_alpha([[1, None], [None, 2]]) is None
