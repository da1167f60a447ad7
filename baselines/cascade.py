"""The small model answers what it is sure of; the rest goes to the LLM. How much is that, at what precision?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from baselines.measured import CascadePoint
from baselines.metrics import Codes, Floats
from baselines.statistics import wilson

ENOUGH_ROWS = 3_000
PRECISIONS = (0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99)


def temperature(scores: Floats, truth: Codes) -> float:
    """The divisor of the scores that makes their softmax most likely on these rows (Guo et al. 2017).

    One number needs no more than a few thousand rows; of more, an even sample is taken.

    >>> sure = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]])
    >>> temperature(sure, np.array([0, 0, 0, 1])) > 3
    True
    """

    every = len(truth) // ENOUGH_ROWS + 1
    scores, truth = scores[::every], truth[::every]

    def loss(log_divisor: float) -> float:
        said = log_softmax(scores / np.exp(log_divisor), axis=1)
        return -float(said[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-6, 8), method="bounded").x))


def confidences(scores: Floats, truth: Codes, held_out: NDArray[np.int64]) -> Floats:
    """Calibrated chance that the top class is right; the temperature of each fold comes from the other folds."""
    found = np.empty(len(truth))
    for fold in np.unique(held_out):
        here = held_out == fold
        others = ~here if (~here).any() else here
        said = log_softmax(scores[here] / temperature(scores[others], truth[others]), axis=1)
        found[here] = np.exp(said.max(axis=1))
    return found


def calibration_error(confidence: Floats, right: NDArray[np.bool_], bins: int = 15) -> float:
    """Expected calibration error: mean gap of confidence and precision over equal-width bins.

    >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]))
    0.4
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gap = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(round(np.abs(gap).sum() / len(right), 12))


def cascade(
    confidence: Floats,
    right: NDArray[np.bool_],
    held_out: NDArray[np.int64],
    precisions: Sequence[float] = PRECISIONS,
) -> list[CascadePoint]:
    """Each fold's threshold is set on the other folds, so that the share and the precision are honest.

    >>> sure, right = np.array([0.9, 0.8, 0.3, 0.9, 0.8, 0.3]), np.array([1, 1, 0, 1, 1, 0], dtype=bool)
    >>> cascade(sure, right, np.array([0, 0, 0, 1, 1, 1]), [0.9])[0].share
    0.6667
    """
    points = []
    for precision in precisions:
        answered = np.zeros(len(right), dtype=bool)
        for fold in np.unique(held_out):
            here = held_out == fold
            others = ~here if (~here).any() else here
            answered[here] = confidence[here] >= threshold(confidence[others], right[others], precision)
        rows, hits = int(answered.sum()), int(right[answered].sum())
        low, high = wilson(hits, rows) if rows else (None, None)
        reached = hits / rows if rows else None
        share = rows / len(right)
        points.append(CascadePoint(precision=precision, share=share, reached=reached, low=low, high=high))
    return points


def threshold(confidence: Floats, right: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which on the rows are right often enough; infinite where none is."""
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = confidence[order] != np.append(confidence[order][1:], -np.inf)
    enough = np.flatnonzero((reached >= precision) & last)
    return float(confidence[order][enough[-1]]) if len(enough) else float("inf")
