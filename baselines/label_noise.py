"""Labels that a model trained on the other rows does not believe: a list to review, never to remove unseen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from baselines.cascade import temperature
from baselines.dataset import LabelledTexts, has_content
from baselines.pipelines import BASELINES, Setting, is_unspaced

FOLDS = 5
Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Suspicion:
    """A row whose label is doubted: the label it has, the one that looks right, and the chances of both."""

    row: int
    label: str
    likely: str
    chance: float
    likely_chance: float


def suspicious_labels(data: LabelledTexts, seed: int = 42) -> tuple[Suspicion, ...]:
    """Rows whose label disagrees with held-out predictions, the most doubtful first.

    A linear model is trained on four fifths and asked about the last, five times over. By confident learning
    (Northcutt et al. 2021, doi:10.1613/jair.1.12125) a label is doubted where another class reaches the
    confidence that is usual for its own rows. Labels with fewer than five rows cannot be judged.
    """
    counts = Counter(data.labels)
    judged = [
        row
        for row, label in enumerate(data.labels)
        if counts[label] >= FOLDS and has_content(data.texts[row])
    ]
    names = sorted({data.labels[row] for row in judged})
    if len(names) < 2 or any(sum(data.labels[row] == name for row in judged) < FOLDS for name in names):
        return ()
    truth = np.array([names.index(data.labels[row]) for row in judged])
    texts = [data.texts[row] for row in judged]
    found = doubted(_held_out_chances(texts, truth, len(names), seed), truth)
    return tuple(
        Suspicion(judged[at], names[truth[at]], names[likely], chance, likely_chance)
        for at, likely, chance, likely_chance in found
    )


def doubted(chances: Floats, truth: Codes) -> list[tuple[int, int, float, float]]:
    """Row, likelier class, chance of the given and of the likelier class, by how far the second is ahead.

    `chances` is (rows, classes), of models that did not see the row.

    >>> chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95]])
    >>> [row for row, *_ in doubted(chances, np.array([0, 0, 1, 1, 0]))]
    [4]
    """
    classes = chances.shape[1]
    own = chances[np.arange(len(truth)), truth]
    usual = np.array([own[truth == name].mean() for name in range(classes)])
    sure = np.where(chances >= usual, chances, 0.0)
    sure[np.arange(len(truth)), truth] = np.where(own >= usual[truth], own, 0.0)
    likely = sure.argmax(axis=1)
    rows = np.flatnonzero((likely != truth) & (sure.max(axis=1) > 0))
    ahead = chances[rows, likely[rows]] - own[rows]
    return [
        (int(row), int(likely[row]), float(own[row]), float(chances[row, likely[row]]))
        for row in rows[np.argsort(-ahead, kind="stable")]
    ]


def _held_out_chances(texts: list[str], truth: Codes, classes: int, seed: int) -> Floats:
    setting = Setting(len(texts), classes, is_unspaced(texts), "macro_f1", seed)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    pipeline = BASELINES["linear_svm"](setting)
    margins = cross_val_predict(pipeline, texts, truth, cv=folds, method="decision_function")
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1)
    return np.asarray(softmax(margins / temperature(margins, truth), axis=1))
