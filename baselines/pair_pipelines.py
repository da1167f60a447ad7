"""The ladders on pairs of texts, as plain pipelines over (first, second); classes and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from baselines.pairs import PairFeatures
from baselines.pipelines import WORD, Setting, normalise, normalise_start, one_block, support_vectors
from baselines.stacking import Stacked, StackedNumbers

BIGRAMS = 2  # place of the character-bigram cosine among the blocks
DENSE_WEIGHT = 0.3  # of a dense column's standard deviation, beside n-gram rows of length one


def blocks(setting: Setting) -> list[TfidfVectorizer]:
    """The n-grams whose sharing is measured; the first gives the sparse columns."""
    shared: dict[str, Any] = {"sublinear_tf": True, "min_df": setting.min_df, "dtype": np.float32}
    spans = ((1, 3), (1, 1), (2, 2), (3, 3), (1, 4))
    letters = [
        TfidfVectorizer(preprocessor=normalise_start, analyzer="char", ngram_range=span, **shared)
        for span in spans
    ]
    if setting.unspaced:
        return letters
    words = TfidfVectorizer(preprocessor=normalise, token_pattern=WORD, ngram_range=(1, 2), **shared)
    return [words, *letters[1:]]


def relation(setting: Setting) -> PairFeatures:
    return PairFeatures(blocks(setting), seed=setting.seed)


def majority(setting: Setting) -> Pipeline:
    return Pipeline([("features", one_block(setting)), ("model", DummyClassifier(strategy="most_frequent"))])


def second_text_only(setting: Setting) -> Pipeline:
    """A model that never sees the first text: what it reaches is a flaw of the data, not understanding."""
    return Pipeline([("features", one_block(setting)), ("model", support_vectors(setting))])


def on_one_scale(features: PairFeatures) -> ColumnTransformer:
    """Dense columns beside n-gram weights as they are, so that a linear model leans on the relation first.

    Scaling each n-gram to one lets rare ones drown the relation: on public pairs that cost 4 to 8 points with
    4,000 rows and over 20 with 200.
    """
    parts = [
        ("ngrams", "passthrough", slice(0, -features.dense)),
        ("dense", StandardScaler(with_mean=False), slice(-features.dense, None)),
    ]
    return ColumnTransformer(parts, sparse_threshold=1.0, transformer_weights={"dense": DENSE_WEIGHT})


def pair_linear(setting: Setting) -> Pipeline:
    features = relation(setting)
    model = Pipeline([("scale", on_one_scale(features)), ("svm", support_vectors(setting))])
    return Pipeline([("features", features), ("model", model)])


def pair_trees(setting: Setting) -> Pipeline:
    """Boosted trees on the dense relation and the out-of-fold scores of a linear model on the sparse one."""
    from lightgbm import LGBMClassifier

    features = relation(setting)
    trees = LGBMClassifier(min_child_samples=20, reg_lambda=1.0, num_leaves=15, n_jobs=1, verbose=-1,
                           class_weight=None if setting.metric == "accuracy" else "balanced",
                           random_state=setting.seed)  # fmt: skip
    model = Stacked([support_vectors(setting, 0.1)], trees, dense=features.dense, seed=setting.seed)
    return Pipeline([("features", features), ("model", model)])


def mean(setting: Setting) -> Pipeline:
    """Always the mean: the floor of numbers."""
    return Pipeline([("features", one_block(setting)), ("model", DummyRegressor())])


class OneColumn(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A column as the answer: nothing is learned."""

    def __init__(self, column: int):
        self.column = column

    def fit(self, matrix: sparse.csr_matrix, values: NDArray[np.float64]) -> Self:
        self.is_fitted_ = True
        return self

    def predict(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        return np.asarray(matrix[:, self.column].todense()).ravel()


def cosine(setting: Setting) -> Pipeline:
    """How many character bigrams the two share, untrained."""
    features = relation(setting)
    return Pipeline([("features", features), ("model", OneColumn(BIGRAMS - features.dense))])


def pair_ridge(setting: Setting) -> Pipeline:
    features = relation(setting)
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3)
    return Pipeline(
        [("features", features), ("model", Pipeline([("scale", on_one_scale(features)), ("ridge", ridge)]))]
    )


def pair_number_trees(setting: Setting) -> Pipeline:
    """Boosted trees on the dense relation and a ridge's out-of-fold answers from the sparse one."""
    from lightgbm import LGBMRegressor

    features = relation(setting)
    trees = LGBMRegressor(min_child_samples=20, num_leaves=15, learning_rate=0.06, n_estimators=150, n_jobs=1,
                          verbose=-1, random_state=setting.seed)  # fmt: skip
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3)
    model = StackedNumbers(ridge, trees, dense=features.dense, seed=setting.seed)
    return Pipeline([("features", features), ("model", model)])


CLASSES: dict[str, Callable[[Setting], Pipeline]] = {
    "majority": majority,
    "second_text_only": second_text_only,
    "pair_linear": pair_linear,
    "pair_trees": pair_trees,
}
NUMBERS: dict[str, Callable[[Setting], Pipeline]] = {
    "mean": mean,
    "cosine": cosine,
    "pair_ridge": pair_ridge,
    "pair_trees": pair_number_trees,
}
