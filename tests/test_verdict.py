"""The verdict never says more than its interval allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from baselines.curve import extrapolate
from baselines.measured import LearningCurve, Score
from baselines.verdict import Finding, Target, verdict

SIZES = [20, 31, 48, 73, 113, 174, 269, 415, 640]
TARGET = Target("accuracy", 0.85)
shares = some.floats(0, 1)


def scored(low: float, mean: float, high: float, rows: int = 500) -> Score:
    return Score("linear_svm", "accuracy", mean, low, high, 0.1, 5, rows)


def floor(mean: float) -> Score:
    return Score("majority", "accuracy", mean, mean - 0.02, mean + 0.02, 0.0, 5, 500)


def rising(top: float) -> LearningCurve:
    measured = top - 1.2 * np.array(SIZES, dtype=float)[None, :] ** -0.4
    return extrapolate(SIZES, measured.repeat(5, 0), 800, "linear_svm", "accuracy", 20_000)


CURVE = rising(0.9)


@given(some.lists(shares, min_size=3, max_size=3).map(sorted), some.floats(0.01, 1))
def test_no_llm_needed_is_never_said_of_an_interval_that_crosses_the_target(
    ends: list[float], value: float
) -> None:
    low, mean, high = ends
    answer = verdict(scored(low, mean, high), Target("accuracy", value))
    assert (answer.id == "small_model_enough") == (low >= value)
    if low < value <= high:
        assert answer.id == "undecided"


# What the verdict would be on this side of the line that a flip names, and on which side that is.
PROMISED = {
    "enough_up_to_target": (-1, lambda id: id == "small_model_enough"),
    "no_longer_enough_above_target": (1, lambda id: id != "small_model_enough"),
    "llm_trial_from_target": (1, lambda id: id == "llm_trial"),
    "no_llm_trial_up_to_target": (-1, lambda id: id != "llm_trial"),
}


@given(some.lists(shares, min_size=3, max_size=3).map(sorted), some.floats(0.01, 1), some.booleans())
def test_a_flip_keeps_its_promise_and_names_no_line_already_passed(
    ends: list[float], value: float, with_curve: bool
) -> None:
    low, mean, high = (round(end, 4) for end in ends)
    score, curve = scored(low, mean, high), CURVE if with_curve else None
    now = verdict(score, Target("accuracy", value), curve=curve)
    for flip in now.flips:
        side, kept = PROMISED[flip.id]
        line = flip.fields["target"]
        assert kept(verdict(score, Target("accuracy", line + side * 1e-6), curve=curve).id)
        assert not kept(now.id)
        assert side * (line - value) >= 0


def test_data_to_fix_first_says_what_fixing_would_bring() -> None:
    leak = Finding("label_in_text", {"rows": 300, "share": 0.6}, blocks=True)
    flips = verdict(scored(0.9, 0.92, 0.94), TARGET, findings=[leak]).flips
    assert [(flip.id, flip.fields["verdict"]) for flip in flips] == [("after_fixing", "small_model_enough")]


def test_each_weakness_of_the_data_lowers_the_confidence_and_is_named() -> None:
    score, weak = scored(0.9, 0.92, 0.94), Finding("duplicates", {"rows": 80, "share": 0.16})
    other = replace(weak, id="shift")
    quiet = replace(weak, id="shortened", weakens=False)
    assert verdict(score, TARGET, findings=[quiet]).confidence == "high"
    assert verdict(score, TARGET, findings=[weak]).confidence == "medium"
    both = verdict(score, TARGET, findings=[weak, other])
    assert (both.confidence, both.lowered_by) == ("low", ("duplicates", "shift"))


def test_undecided_says_how_many_rows_would_decide() -> None:
    answer = verdict(scored(0.83, 0.87, 0.91), TARGET)
    assert answer.id == "undecided"
    wanted = next(reason.fields["wanted"] for reason in answer.reasons if reason.id == "rows_to_decide")
    assert wanted == pytest.approx(500 * (0.04 / 0.02) ** 2, abs=1)


def test_a_score_right_on_the_target_cannot_be_decided_by_rows() -> None:
    assert "rows_cannot_decide" in {reason.id for reason in verdict(scored(0.8, 0.85, 0.9), TARGET).reasons}


def test_more_rows_are_promised_only_where_the_low_end_of_the_curve_arrives() -> None:
    below = scored(0.72, 0.75, 0.78)
    curve = rising(0.95)
    reachable = Target("accuracy", round(curve.low[1] - 0.005, 4))
    answer = verdict(below, reachable, curve=curve)
    assert answer.id == "enough_with_more_rows"
    wanted = next(reason.fields["wanted"] for reason in answer.reasons if reason.id == "curve_reaches")
    assert 800 < wanted <= 3200
    beyond = Target("accuracy", round(curve.high[1] + 0.005, 4))
    far = verdict(below, beyond, curve=curve)
    assert far.id == "llm_trial"
    assert "curve_falls_short" in {reason.id for reason in far.reasons}


def test_data_that_must_be_fixed_comes_first_whatever_the_score() -> None:
    leak = Finding("label_in_text", {"rows": 300, "share": 0.6}, blocks=True)
    answer = verdict(scored(0.97, 0.98, 0.99), TARGET, findings=[leak])
    assert answer.id == "fix_data_first"
    assert answer.reasons[0].id == "label_in_text"
    assert [reason.id for reason in answer.reasons].count("label_in_text") == 1


def test_what_only_weakens_is_a_reason_and_what_does_neither_is_not() -> None:
    loud = Finding("duplicates", {"rows": 80, "share": 0.16, "groups": 30})
    quiet = replace(loud, id="shortened", weakens=False)
    ids = {reason.id for reason in verdict(scored(0.9, 0.92, 0.94), TARGET, findings=[loud, quiet]).reasons}
    assert "duplicates" in ids
    assert "shortened" not in ids


def test_the_floor_is_part_of_the_reasons() -> None:
    ahead = verdict(scored(0.9, 0.92, 0.94), TARGET, floor(0.5))
    level = verdict(scored(0.9, 0.92, 0.94), TARGET, floor(0.91))
    assert "ahead_of_floor" in {reason.id for reason in ahead.reasons}
    assert "no_better_than_floor" in {reason.id for reason in level.reasons}


def test_without_a_score_or_with_free_text_there_is_no_verdict() -> None:
    assert verdict(None, TARGET).id == "cannot_be_judged"
    assert verdict(scored(0.9, 0.92, 0.94), TARGET, settles=False).id == "cannot_be_judged"


def test_the_rows_that_would_decide_are_more_than_there_are_however_lopsided_the_range() -> None:
    perfect = Score("linear_svm", "macro_f1", 1.0, 0.885, 1.0, 0.1, 5, 1000)
    (wanted,) = (
        reason
        for reason in verdict(perfect, Target("macro_f1", 0.9)).reasons
        if reason.id == "rows_to_decide"
    )
    assert wanted.fields["wanted"] == 1323


@given(some.lists(shares, min_size=3, max_size=3).map(sorted), some.floats(0.01, 1), some.booleans())
def test_where_the_simplest_guess_is_the_best_nothing_is_left_undecided(
    ends: list[float], value: float, with_curve: bool
) -> None:
    low, mean, high = ends
    guess = Score("majority", "accuracy", mean, low, high, 0.0, 5, 500)
    found = verdict(guess, Target("accuracy", value), floor=guess, curve=CURVE if with_curve else None)
    assert found.id != "undecided"
    if low < value <= high:
        assert found.id == "llm_trial"
    assert (found.id == "small_model_enough") == (low >= value)


def test_a_model_that_leads_the_simplest_guess_may_still_be_undecided() -> None:
    assert verdict(scored(0.83, 0.87, 0.91), TARGET, floor=floor(0.6)).id == "undecided"
