"""Do the test rows look like the training rows? A model is asked to tell them apart (adversarial validation)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from baselines.compare import Folds, measure
from baselines.features import Features
from baselines.metrics import roc_auc

MOST_ROWS = 3_000  # of each side: enough to tell 0.5 from 0.7


def shift(
    step: BaseEstimator, features: Features, train_rows: int, groups: NDArray[np.int64], seed: int
) -> float:
    """Area under the ROC curve of telling training rows (first) from test rows: 0.5 is no shift, 1 is another world.

    Rows that repeat each other stay on the same side of every fold.
    """
    random = np.random.default_rng(seed)
    rows = len(features.texts)
    sides = np.arange(train_rows), np.arange(train_rows, rows)
    kept = np.concatenate([random.permutation(side)[:MOST_ROWS] for side in sides])
    from_test = (kept >= train_rows).astype(np.int64)
    part = Features([features.texts[row] for row in kept])
    folds = Folds.stratified(from_test, groups[kept], seed, folds=3)
    model = LinearSVC(class_weight="balanced", tol=1e-2, max_iter=200, dual=True, random_state=seed)
    rung = measure("shift", Pipeline([("features", step), ("model", model)]), part, from_test, 2, folds)
    return roc_auc(from_test == 1, rung.scores[:, 1].astype(float))
