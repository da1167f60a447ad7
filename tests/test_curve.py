"""Learning curves: right on curves that are known, honest about their range, silent where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from baselines import Problem
from baselines.curve import FAMILIES, curve_sizes, extrapolate

SIZES = [20, 31, 48, 73, 113, 174, 269, 415, 640]


def power_law(top: float, drop: float, exponent: float, sizes: list[int]) -> np.ndarray:
    return top - drop * np.asarray(sizes, dtype=float) ** -exponent


@settings(deadline=None, max_examples=60)
@given(some.floats(0.75, 0.99), some.floats(0.5, 2.0), some.floats(0.3, 0.8))
def test_a_noiseless_power_law_is_continued(top: float, drop: float, exponent: float) -> None:
    curve = extrapolate(SIZES, power_law(top, drop, exponent, SIZES)[None, :], 640, "x", "accuracy", 10_000)
    expected = power_law(top, drop, exponent, [1280, 2560])
    assert curve.predicted == pytest.approx(expected, abs=0.02)


def test_the_range_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    held = 0
    for at in range(150):
        top, drop, exponent = random.uniform(0.8, 0.97), random.uniform(0.5, 1.6), random.uniform(0.3, 0.7)
        real = np.clip(power_law(top, drop, exponent, SIZES), 0.05, 1)
        measured = real + random.normal(size=(5, len(SIZES))) * np.sqrt(real * (1 - real) / 160)
        curve = extrapolate(SIZES, measured, 640, "x", "accuracy", 800, seed=at)
        truth = float(power_law(top, drop, exponent, [2560])[0])
        held += curve.low[1] <= truth <= curve.high[1]
    assert held / 150 >= 0.9


def test_a_flat_curve_stays_flat() -> None:
    curve = extrapolate(SIZES, np.full((5, len(SIZES)), 0.7), 640, "x", "accuracy", 800)
    assert curve.predicted == pytest.approx((0.7, 0.7), abs=0.01)
    assert curve.rows_to_reach(0.9) is None


def test_rows_to_reach_needs_the_low_end_and_never_looks_beyond_four_times() -> None:
    curve = extrapolate(
        SIZES, power_law(0.95, 1.2, 0.5, SIZES)[None, :].repeat(5, 0), 640, "x", "accuracy", 5_000
    )
    target = curve.low[0]
    rows = curve.rows_to_reach(target)
    assert rows is not None
    assert 640 < rows <= 1280
    assert max(curve.path.sizes) == 4 * 640
    assert curve.rows_to_reach(0.949) is None


def test_predictions_are_for_twice_and_four_times_the_rows() -> None:
    curve = extrapolate(SIZES, power_law(0.9, 1, 0.5, SIZES)[None, :], 800, "nb", "macro_f1", 100)
    told = curve.model_dump()
    assert told["predicted_sizes"] == (1600, 3200)
    assert all(
        low <= mean <= high
        for low, mean, high in zip(told["low"], told["predicted"], told["high"], strict=True)
    )
    assert max(told["path"]["high"]) <= 1


@given(some.integers(1, 100_000), some.integers(2, 200))
def test_sizes_grow_to_all_rows_or_are_refused(rows: int, classes: int) -> None:
    try:
        sizes = curve_sizes(rows, classes)
    except Problem as problem:
        assert problem.id == "curve_too_few_rows"
        assert problem.fields["needed"] > rows
        return
    assert len(sizes) >= 8
    assert sizes == sorted(set(sizes))
    assert sizes[-1] == rows
    assert sizes[0] >= 2 * classes


def test_every_family_falls_towards_its_floor() -> None:
    n = np.geomspace(0.03, 4, 30)[None, :]
    for name, (shape, first, second) in FAMILIES.items():
        grid = np.array([(c, d) for c in first for d in second])
        assert (np.diff(shape(n, grid[:, :1], grid[:, 1:]), axis=1) <= 1e-12).all(), name
