"""Ranges held against other libraries, and against the truth: covered as often as they promise, by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from advisor.evaluation import evaluate
from advisor.evaluation.scoresheets import Rating, ScoreSheet
from baselines.ratings import alpha_interval, bootstrapped_gap, mean_interval, paired_means, paired_rates
from baselines.statistics import wilson

EXACT = 1e-9
CLOSE = 0.015  # of the nominal coverage
SIMULATED = 0.01  # what a few hundred draws may be off by


def test_a_mean_has_students_range() -> None:
    scores = np.random.default_rng(1).normal(80, 9, 25)
    expected = stats.t.interval(0.95, 24, loc=scores.mean(), scale=stats.sem(scores))
    assert mean_interval(scores) == pytest.approx(expected, abs=EXACT)
    assert mean_interval([5.0]) == (-math.inf, math.inf)


def test_the_wilson_interval_agrees_with_scipy() -> None:
    for passed, items in ((29, 30), (28, 30), (30, 30), (0, 7), (169, 204)):
        expected = stats.binomtest(passed, items).proportion_ci(method="wilson")
        assert wilson(passed, items) == pytest.approx((expected.low, expected.high), abs=EXACT)


def coverage(hits: list[bool]) -> float:
    return float(np.mean(hits))


@pytest.mark.parametrize("items", [30, 100, 200])
def test_rates_are_covered_as_often_as_promised(items: int) -> None:
    """Exactly, over true rates from 50% to 99%."""
    ranges = [wilson(passed, items) for passed in range(items + 1)]
    covered = [
        sum(
            stats.binom.pmf(passed, items, rate)
            for passed, (low, high) in enumerate(ranges)
            if low <= rate <= high
        )
        for rate in np.linspace(0.5, 0.99, 50)
    ]
    assert abs(np.mean(covered) - 0.95) < CLOSE


def test_means_are_covered_as_often_as_promised() -> None:
    random = np.random.default_rng(12)
    draws = random.integers(0, 3, size=(4000, 40))
    assert abs(coverage([low <= 1.0 <= high for low, high in map(mean_interval, draws)]) - 0.95) < CLOSE


@pytest.mark.parametrize(("only_a", "only_b"), [(0.1, 0.1), (0.2, 0.05), (0.3, 0.1)])
def test_paired_gaps_are_covered_as_often_as_promised(only_a: float, only_b: float) -> None:
    """Every way that 60 pairs can fall out, by its chance."""
    hits = 0.0
    for a in range(61):
        for b in range(61 - a):
            chance = stats.multinomial.pmf([a, b, 60 - a - b], 60, [only_a, only_b, 1 - only_a - only_b])
            if chance > 1e-6:
                gap = paired_rates([1] * a + [0] * (60 - a), [0] * a + [1] * b + [0] * (60 - a - b))
                hits += chance * (gap.low <= only_a - only_b <= gap.high)
    assert abs(hits - 0.95) < CLOSE


@pytest.mark.parametrize("items", [20, 60])
def test_paired_means_are_covered_as_often_as_promised(items: int) -> None:
    gaps = np.random.default_rng(14).integers(-2, 4, size=(4000, items))
    hits = [low <= 0.5 <= high for low, high in map(mean_interval, gaps)]
    assert abs(coverage(hits) - 0.95) < CLOSE


@pytest.mark.parametrize("items", [20, 30, 60])
def test_means_of_lopsided_scores_fall_short_as_the_note_says(items: int) -> None:
    draws = np.random.default_rng(15).exponential(size=(4000, items))
    held = coverage([low <= 1.0 <= high for low, high in map(mean_interval, draws)])
    assert 0.905 < held < 0.945


def test_few_scores_on_a_scale_bring_a_note_and_many_or_shares_none() -> None:
    def sheet(items: int, top: int) -> list[str]:
        ratings = tuple(
            Rating(f"q{n}", "tuned", "Sato", "tone", float(n % (top + 1)), n) for n in range(items)
        )
        return [note.id for note in evaluate(ScoreSheet(ratings)).notes]

    assert sheet(30, 100) == ["means_of_few"]
    assert sheet(120, 100) == sheet(30, 1) == []


def test_paired_means_have_students_range() -> None:
    random = np.random.default_rng(2)
    first, second = random.normal(80, 5, 40), random.normal(78, 5, 40)
    found = paired_means(first, second)
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=EXACT)


def test_the_paired_bootstrap_is_close_to_students_range() -> None:
    random = np.random.default_rng(2)
    first, second = random.normal(80, 5, 200), random.normal(78, 5, 200)
    found, drawn = paired_means(first, second), bootstrapped_gap(first, second)
    assert drawn == pytest.approx((found.low, found.high), abs=0.15)


@pytest.mark.parametrize(("share", "right"), [(0.5, 0.8), (0.8, 0.8), (0.7, 0.9)])
@pytest.mark.parametrize("items", [60])
def test_alpha_is_covered_as_often_as_promised(share: float, right: float, items: int) -> None:
    """Two raters who know the answer with chance `right` and else guess by its frequency agree at alpha right²."""
    random = np.random.default_rng(17)
    truth = random.random((700, items)) < share
    first, second = (
        np.where(random.random(truth.shape) < right, truth, random.random(truth.shape) < share)
        for _ in range(2)
    )
    ranges = (
        alpha_interval([one.astype(float).tolist(), other.astype(float).tolist()])
        for one, other in zip(first, second, strict=True)
    )
    found = coverage([span is not None and span.low <= right**2 <= span.high for span in ranges])
    # It may err on the safe side by a point more.
    assert 0.95 - CLOSE < found < 0.95 + CLOSE + SIMULATED


def test_raters_who_hardly_differ_are_not_called_certain() -> None:
    votes = [1.0] * 25 + [0.0] * 5
    span = alpha_interval([votes, votes])
    assert span is not None
    assert span.low < 0.7
    assert span.high == 1.0


def test_sign_flips_are_fair_when_nothing_differs() -> None:
    random = np.random.default_rng(15)
    small = [paired_means(random.normal(0, 1, 20), np.zeros(20), seed=seed).p < 0.05 for seed in range(800)]
    assert abs(np.mean(small) - 0.05) < 0.025
