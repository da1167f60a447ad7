"""Feature matrices of folds: as if each fold had fitted its own vectorizer, with the counting done once.

Counting n-grams needs no fitting, so all folds and all rungs share one count matrix. What is learnt (which
n-grams are frequent enough, and their idf) is learnt from the training rows of the fold alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import normalize
from sklearn.utils import get_tags

from baselines import Problem
from baselines.ngrams import Counts, columns, count, countable

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Weights:
    """What a vectorizer learns from its training rows: which n-grams stay, and their idf."""

    kept: NDArray[np.bool_]
    idf: NDArray[np.float32]
    sublinear: bool

    @classmethod
    def learn(cls, counts: sparse.csr_matrix, vectorizer: TfidfVectorizer) -> Weights:
        """`counts` holds the training rows only."""
        documents = np.bincount(counts.indices, minlength=counts.shape[1])
        kept = documents >= max(vectorizer.min_df, 1)
        idf = np.log((1 + counts.shape[0]) / (1 + documents[kept])) + 1
        return cls(kept, idf.astype(np.float32), vectorizer.sublinear_tf)

    def apply(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """The TF-IDF matrix, each row of length one."""
        weighted = columns(counts, self.kept)
        if self.sublinear:
            weighted.data = np.log(weighted.data) + 1
        weighted.data *= self.idf[weighted.indices]
        return normalize(weighted, copy=False) if min(weighted.shape) else weighted


def fitted(vectorizer: TfidfVectorizer, counts: Counts, weights: Weights) -> TfidfVectorizer:
    """A plain scikit-learn vectorizer that gives new texts the columns of `weights`, and needs nothing of ours."""
    terms = counts.terms[weights.kept]
    learned: Any = clone(vectorizer).set_params(vocabulary={term: at for at, term in enumerate(terms)})
    learned.idf_ = weights.idf
    return learned


class Features:
    """The feature matrices of any rows of one list of texts, for any vectorizer or union of them.

    >>> texts = ["red apple", "red pear", "green pear"]
    >>> features = Features(texts)
    >>> train, test = features.split(TfidfVectorizer(), np.array([0, 1]), np.array([2]))
    >>> train.shape, test.toarray().round(2).tolist()
    ((2, 3), [[0.0, 0.0, 1.0]])
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.seconds: dict[str, float] = {}
        self._counted: dict[str, Counts] = {}
        self._transformed: dict[str, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        """The texts alone: counting them again is cheaper than sending the counts to another machine."""
        return {**self.__dict__, "seconds": {}, "_counted": {}, "_transformed": {}}

    def counts(self, vectorizer: TfidfVectorizer) -> Counts:
        """Counted at the first request; `seconds` keeps the CPU time that took."""
        key = _key(vectorizer)
        if key not in self._counted:
            began = time.process_time()
            self._counted[key] = count(self.texts, vectorizer)
            self.seconds[key] = time.process_time() - began
        return self._counted[key]

    def split(self, step: BaseEstimator, train: Rows, test: Rows) -> tuple[Any, Any]:
        """`step` fitted on the training rows; the matrices of the training and the test rows."""
        if isinstance(step, FeatureUnion):
            parts = [self.split(part, train, test) for _, part in step.transformer_list]
            seen, unseen = (sparse.hstack(side, "csr") for side in zip(*parts, strict=True))
            return seen, unseen
        if isinstance(step, TfidfVectorizer) and countable(step):
            counts = self.counts(step).matrix
            mine = counts[train]
            weights = Weights.learn(mine, step)
            if not weights.kept.any():
                raise Problem("no_words", rows=len(train))
            return weights.apply(mine), weights.apply(counts[test])
        if not get_tags(step).requires_fit:
            whole = self._stateless(step)
            return whole[train], whole[test]
        own = clone(step)
        matrix = own.fit_transform([self.texts[row] for row in train])
        return matrix, own.transform([self.texts[row] for row in test]) if len(test) else matrix[:0]

    def _stateless(self, step: BaseEstimator) -> Any:
        """All texts through a step that learns nothing, done once."""
        key = repr(step)
        if key not in self._transformed:
            self._transformed[key] = step.transform(self.texts)
        return self._transformed[key]

    def fit(self, step: BaseEstimator, rows: Rows) -> tuple[Any, Any]:
        """A fitted copy of `step` that transforms new texts, and the matrix of `rows` with the same columns."""
        if isinstance(step, FeatureUnion):
            parts = [(name, *self.fit(part, rows)) for name, part in step.transformer_list]
            union = FeatureUnion([(name, part) for name, part, _ in parts])
            return union, sparse.hstack([matrix for _, _, matrix in parts], "csr")
        if isinstance(step, TfidfVectorizer) and countable(step):
            counts = self.counts(step)
            mine = counts.matrix[rows]
            weights = Weights.learn(mine, step)
            return fitted(step, counts, weights), weights.apply(mine)
        texts = [self.texts[row] for row in rows]
        own = clone(step).fit(texts)
        return own, own.transform(texts)

    def counting_seconds(self, step: BaseEstimator) -> float:
        """CPU seconds spent counting for `step`, over all texts."""
        if isinstance(step, FeatureUnion):
            return sum(self.counting_seconds(part) for _, part in step.transformer_list)
        if isinstance(step, TfidfVectorizer) and countable(step):
            self.counts(step)
            return self.seconds[_key(step)]
        return 0.0


def _key(vectorizer: TfidfVectorizer) -> str:
    """The settings that decide what is counted."""
    settings = vectorizer.get_params(deep=False)
    counted = ("analyzer", "ngram_range", "token_pattern", "min_df", "lowercase", "preprocessor")
    return repr([settings[name] for name in counted])
