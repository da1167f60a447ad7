"""Scores of predictions: from confusion counts for classes, from ranks and values for numbers.

Everything works on whole stacks of tables at once, so that a thousand bootstrap resamples cost about as much
as one pass over the rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def class_score(metric: str, hits: Floats, actual: Floats, predicted: Floats) -> Floats:
    """A metric from per-class counts of shape (..., classes): correct, truly so, and said to be so.

    A class that is neither there nor predicted counts for nothing; MCC is Gorodkin's R_K for many classes, to which
    answers that name no class are one more.

    >>> class_score("macro_f1", np.array([8.0, 1.0]), np.array([9.0, 3.0]), np.array([10.0, 2.0]))
    array(0.62105263)
    """
    rows = actual.sum(axis=-1)
    if metric == "accuracy":
        return np.asarray(hits.sum(axis=-1) / rows)
    if metric == "mcc":
        covered = hits.sum(axis=-1) * rows - (actual * predicted).sum(axis=-1)
        said = (predicted**2).sum(axis=-1) + (rows - predicted.sum(axis=-1)) ** 2
        spread = (rows**2 - said) * (rows**2 - (actual**2).sum(axis=-1))
        return np.asarray(np.divide(covered, np.sqrt(spread), out=np.zeros_like(covered), where=spread > 0))
    f1 = np.divide(2 * hits, actual + predicted, out=np.zeros_like(hits), where=actual + predicted > 0)
    if metric == "weighted_f1":
        return np.asarray((f1 * actual).sum(axis=-1) / rows)
    if metric == "macro_f1":
        return np.asarray(f1.sum(axis=-1) / np.maximum((actual + predicted > 0).sum(axis=-1), 1))
    raise ValueError(f"no class metric {metric!r}")


def score_classes(metric: str, truth: Codes, predicted: Codes, classes: int) -> float:
    """One metric of one list of predictions; both are class numbers from 0 to `classes` - 1, or -1 for none of them.

    >>> score_classes("macro_f1", np.array([0, 0, 1, 1]), np.array([0, -1, 1, 1]), 2)
    0.8333333333333333
    """
    hits = counted(truth[truth == predicted], classes)
    return float(class_score(metric, hits, counted(truth, classes), counted(predicted, classes)))


def counted(codes: Codes, classes: int) -> Floats:
    """Rows of each class; those that name none are left out."""
    return np.bincount(codes[codes >= 0], minlength=classes).astype(float)


def score_numbers(metric: str, truth: Floats, predicted: Floats) -> float:
    """Spearman's or Pearson's correlation; 0 where either side never changes.

    >>> score_numbers("spearman", np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.9, 0.8]))
    0.5
    """
    if np.ptp(predicted) == 0 or np.ptp(truth) == 0:
        return 0.0
    if metric == "spearman":
        truth, predicted = stats.rankdata(truth), stats.rankdata(predicted)
    elif metric != "pearson":
        raise ValueError(f"no metric of numbers {metric!r}")
    return float(round(np.corrcoef(truth, predicted)[0, 1], 12))


def roc_auc(positive: NDArray[np.bool_], score: Floats) -> float:
    """Chance that a positive row scores above a negative one; ties count half."""
    there = int(positive.sum())
    absent = len(positive) - there
    if not there or not absent:
        return 0.5
    above = stats.rankdata(score)[positive].sum() - there * (there + 1) / 2
    return float(above / (there * absent))
