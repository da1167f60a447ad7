"""Trees over what linear models think: dense features, which is where boosted trees are at home."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone, is_classifier
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict

Dense = NDArray[np.float32]
_KANJI = re.compile(r"[㐀-䶿一-鿿]")
_KANA = re.compile(r"[぀-ヿ]")
LEAST_CHANCE = 1e-9
SHAPE = (
    "characters",
    "words",
    "digits",
    "capitals",
    "punctuation",
    "question",
    "exclamation",
    "kanji",
    "kana",
)


def shape(texts: Sequence[str]) -> Dense:
    """The outward look of each text, (texts, 9): sizes as logarithms, the rest as shares of its characters.

    >>> dict(zip(SHAPE, shape(["Buy 2 now!!"])[0].tolist()))["exclamation"]
    2.0
    """
    return np.array([_shape(text[:10_000]) for text in texts], dtype=np.float32).reshape(
        len(texts), len(SHAPE)
    )


def _shape(text: str) -> list[float]:
    size = max(len(text), 1)
    kinds = [unicodedata.category(letter) for letter in text]
    return [
        float(np.log1p(len(text))),
        float(np.log1p(len(text.split()))),
        kinds.count("Nd") / size,
        kinds.count("Lu") / size,
        sum(kind[0] == "P" for kind in kinds) / size,
        float(text.count("?") + text.count("？")),
        float(text.count("!") + text.count("！")),
        len(_KANJI.findall(text)) / size,
        len(_KANA.findall(text)) / size,
    ]


class InnerFolds(StratifiedKFold):  # type: ignore[misc]
    """Stratified folds, or plain ones where no class has as many rows as there are folds."""

    def split(self, matrix: Any, labels: Any = None, groups: Any = None) -> Iterator[tuple[Any, Any]]:
        commonest = np.unique(labels, return_counts=True)[1].max()
        plain = KFold(self.n_splits, shuffle=True, random_state=self.random_state)
        yield from super().split(matrix, labels) if commonest >= self.n_splits else plain.split(matrix)


def fit_or_constant(model: BaseEstimator, matrix: Any, labels: NDArray[Any]) -> Any:
    """A fitted copy of a classifier; where the rows have one label only, the model that always gives it."""
    if is_classifier(model) and len(np.unique(labels)) < 2:
        model = DummyClassifier()
    return clone(model).fit(matrix, labels)


def class_scores(model: Any, matrix: Any) -> NDArray[np.float64]:
    """What a fitted classifier thinks of each class it knows, (rows, classes)."""
    if hasattr(model, "decision_function"):
        said = model.decision_function(matrix)
    else:
        said = np.log(np.maximum(model.predict_proba(matrix), LEAST_CHANCE))
    return np.asarray(np.column_stack([-said, said]) if said.ndim == 1 else said)


class Stacked(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`trees` over the out-of-fold scores of each linear model and the last `dense` columns as they are.

    The linear models see all columns but those. Scores for training are made by `cv` inner folds, so that the
    trees meet them as they will later: from models that had not seen the row.
    """

    def __init__(
        self, linear: Sequence[BaseEstimator], trees: BaseEstimator, dense: int, cv: int = 3, seed: int = 42
    ):
        self.linear = linear
        self.trees = trees
        self.dense = dense
        self.cv = cv
        self.seed = seed

    def fit(self, matrix: sparse.csr_matrix, labels: NDArray[np.int64]) -> Self:
        texts, rest = _parted(matrix, self.dense)
        self.classes_ = np.unique(labels)
        unseen = np.zeros((len(labels), len(self.linear) * len(self.classes_)), dtype=np.float32)
        for seen, held_out in InnerFolds(self.cv, shuffle=True, random_state=self.seed).split(texts, labels):
            models = [fit_or_constant(model, texts[seen], labels[seen]) for model in self.linear]
            unseen[held_out] = self._scores(models, texts[held_out])
        self.linear_ = [fit_or_constant(model, texts, labels) for model in self.linear]
        self.trees_ = clone(self.trees).fit(np.hstack([unseen, rest]), labels)
        return self

    def predict_proba(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        texts, rest = _parted(matrix, self.dense)
        return np.asarray(self.trees_.predict_proba(np.hstack([self._scores(self.linear_, texts), rest])))

    def predict(self, matrix: sparse.csr_matrix) -> NDArray[np.int64]:
        return np.asarray(self.classes_[self.predict_proba(matrix).argmax(axis=1)])

    def _scores(self, models: Sequence[Any], texts: sparse.csr_matrix) -> Dense:
        """Each model's score of each class, side by side; a class it never met scores lowest."""
        sides = []
        for model in models:
            said = class_scores(model, texts)
            whole = np.full((texts.shape[0], len(self.classes_)), said.min(initial=0) - 1, dtype=np.float32)
            whole[:, np.searchsorted(self.classes_, model.classes_)] = said
            sides.append(whole)
        return np.hstack(sides)


class StackedNumbers(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """`trees` over the out-of-fold answers of `linear` and the last `dense` columns as they are; for numbers."""

    def __init__(self, linear: BaseEstimator, trees: BaseEstimator, dense: int, cv: int = 3, seed: int = 42):
        self.linear = linear
        self.trees = trees
        self.dense = dense
        self.cv = cv
        self.seed = seed

    def fit(self, matrix: sparse.csr_matrix, values: NDArray[np.float64]) -> Self:
        texts, rest = _parted(matrix, self.dense)
        folds = KFold(self.cv, shuffle=True, random_state=self.seed)
        unseen = cross_val_predict(self.linear, texts, values, cv=folds)
        self.linear_ = clone(self.linear).fit(texts, values)
        self.trees_ = clone(self.trees).fit(np.column_stack([unseen, rest]), values)
        return self

    def predict(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        texts, rest = _parted(matrix, self.dense)
        return np.asarray(self.trees_.predict(np.column_stack([self.linear_.predict(texts), rest])))


def _parted(matrix: sparse.csr_matrix, dense: int) -> tuple[sparse.csr_matrix, Dense]:
    """The sparse columns, and the last `dense` ones as an array."""
    whole = sparse.csr_matrix(matrix)
    return whole[:, :-dense], np.asarray(whole[:, -dense:].todense(), dtype=np.float32)
