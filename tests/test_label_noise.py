"""Doubtful labels: what was swapped is found first, and what cannot be judged is left alone."""

from __future__ import annotations

import numpy as np

from advisor.dataset import example_file
from baselines.dataset import LabelledTexts
from baselines.label_noise import doubted, suspicious_labels
from baselines.reading import read_table


def inquiries() -> LabelledTexts:
    name, body = example_file("inquiries")
    return LabelledTexts.from_table(read_table(body, name), "text", "label")


def with_swaps(data: LabelledTexts, every: int) -> tuple[LabelledTexts, set[int]]:
    """Every so many rows gets the label of another class."""
    names = sorted(set(data.labels))
    swapped = set(range(0, len(data), every))
    labels = [
        names[(names.index(label) + 1) % len(names)] if row in swapped else label
        for row, label in enumerate(data.labels)
    ]
    return LabelledTexts(data.texts, tuple(labels)), swapped


def test_swapped_labels_are_doubted_far_more_often_than_right_ones() -> None:
    noisy, swapped = with_swaps(inquiries(), every=12)
    found = [doubt.row for doubt in suspicious_labels(noisy)]
    caught = len(swapped & set(found)) / len(swapped)
    wrongly = len(set(found) - swapped) / (len(noisy) - len(swapped))
    assert caught > 0.5
    assert wrongly < 0.25
    first = found[: len(swapped)]
    assert len(swapped & set(first)) / len(first) > 3 / 12


def test_the_label_that_was_there_before_is_proposed() -> None:
    data = inquiries()
    noisy, swapped = with_swaps(data, every=12)
    right = [
        doubt.likely == data.labels[doubt.row] for doubt in suspicious_labels(noisy) if doubt.row in swapped
    ]
    assert np.mean(right) > 0.7


def test_rows_in_order_of_doubt_with_both_chances() -> None:
    found = suspicious_labels(with_swaps(inquiries(), every=12)[0])
    ahead = [doubt.likely_chance - doubt.chance for doubt in found]
    assert ahead == sorted(ahead, reverse=True)
    assert all(0 <= doubt.chance <= 1 and 0 <= doubt.likely_chance <= 1 for doubt in found)


def test_what_cannot_be_judged_is_left_alone() -> None:
    assert suspicious_labels(LabelledTexts(("あ", "い", "う"), ("a", "b", "c"))) == ()
    assert suspicious_labels(LabelledTexts(("あ",) * 30, ("a",) * 30)) == ()
    assert suspicious_labels(LabelledTexts(("",) * 30, ("a", "b") * 15)) == ()


def test_a_confident_model_doubts_nothing() -> None:
    chances = np.array([[0.9, 0.1]] * 5 + [[0.2, 0.8]] * 5)
    assert doubted(chances, np.array([0] * 5 + [1] * 5)) == []
