"""Two texts side by side: how alike they are in twenty ways, and which n-grams they share or do not.

On pairs a concatenated text says next to nothing; features of the relation do. The dense ones suit trees, the
sparse ones a linear model, whose out-of-fold scores the trees then see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from baselines.features import Features

Dense = NDArray[np.float32]
Rows = NDArray[np.int64]
Pairs = Sequence[tuple[str, str]]
LONGEST_COMPARED = 200  # characters that the alignment looks at: its cost grows with their square
TOPICS = 20
# Japanese and English; a text that has one and a text that has none seldom agree.
_NEGATION = re.compile(
    r"ない|なかっ|ません|ぬ|ず(?=[にと、。]|$)|誰も|何も|\b(?:not?|never|none|nobody|nothing|without)\b|n't\b"
)
_NUMBER = re.compile(r"\d+")


class PairFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Pairs into one matrix: shared and unshared n-grams first, then `dense` columns of the relation.

    `blocks` are unfitted vectorizers; the first one gives the sparse columns, all of them cosines.
    """

    def __init__(self, blocks: Sequence[TfidfVectorizer], seed: int = 42):
        self.blocks = blocks
        self.seed = seed

    @property
    def dense(self) -> int:
        """How many of the last columns are dense."""
        return len(self.blocks) + 1 + len(SURFACE)

    def fit(self, pairs: Pairs, labels: Any = None) -> Self:
        texts = [text for pair in pairs for text in pair]
        self.blocks_ = [clone(block).fit(texts) for block in self.blocks]
        return self.learn_topics(self.blocks_[0].transform(texts))

    def transform(self, pairs: Pairs) -> sparse.csr_matrix:
        sides = [text for side in zip(*pairs, strict=True) for text in side]
        return self.related([block.transform(sides) for block in self.blocks_], surface(pairs))

    def related(self, blocks: Sequence[sparse.csr_matrix], looks: Dense) -> sparse.csr_matrix:
        """The matrix of pairs from each block's TF-IDF rows: those of all first texts, then of all second ones."""
        first, second = (
            (matrix[: len(looks)] for matrix in blocks),
            (matrix[len(looks) :] for matrix in blocks),
        )
        cosines = [_row_sums(a.multiply(b)) for a, b in zip(first, second, strict=True)]
        topics = self.topics_.transform(blocks[0])
        a, b = topics[: len(looks)], topics[len(looks) :]
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        together = (a * b).sum(axis=1) / np.maximum(lengths, 1e-9)
        dense = np.column_stack([*cosines, together, looks]).astype(np.float32)
        one, other = blocks[0][: len(looks)], blocks[0][len(looks) :]
        return sparse.hstack([one.multiply(other), abs(one - other), sparse.csr_matrix(dense)], "csr")

    def learn_topics(self, matrix: sparse.csr_matrix) -> Self:
        """Directions in which whole texts differ (LSA), from the first block's training rows."""
        size = min(TOPICS, min(matrix.shape) - 1)
        self.topics_ = TruncatedSVD(max(size, 1), n_iter=2, random_state=self.seed).fit(matrix)
        return self


def second_texts(pairs: Pairs) -> list[str]:
    """The second text of each pair."""
    return [second for _, second in pairs]


class PairTexts(Features):
    """Feature matrices of any rows of a list of pairs, each side's n-grams counted once."""

    def __init__(self, pairs: Pairs) -> None:
        super().__init__([*(a for a, _ in pairs), *(b for _, b in pairs)])
        self.rows = len(pairs)
        self.looks = surface(pairs)

    def split(self, step: Any, train: Rows, test: Rows) -> tuple[Any, Any]:
        if not isinstance(step, PairFeatures):
            return super().split(step, train + self.rows, test + self.rows)  # the second text alone
        blocks = [
            super(PairTexts, self).split(block, self._sides(train), self._sides(test))
            for block in step.blocks
        ]
        own = clone(step).learn_topics(blocks[0][0])
        seen = own.related([block[0] for block in blocks], self.looks[train])
        return seen, own.related([block[1] for block in blocks], self.looks[test]) if len(test) else None

    def fit(self, step: Any, rows: Rows) -> tuple[Any, Any]:
        if not isinstance(step, PairFeatures):
            own, matrix = super().fit(step, rows + self.rows)
            return Pipeline([("second", FunctionTransformer(second_texts)), ("ngrams", own)]), matrix
        blocks = [super(PairTexts, self).fit(block, self._sides(rows)) for block in step.blocks]
        own = clone(step).learn_topics(blocks[0][1])
        own.blocks_ = [block for block, _ in blocks]
        return own, own.related([matrix for _, matrix in blocks], self.looks[rows])

    def _sides(self, rows: Rows) -> Rows:
        """Places of the first texts of these rows, then of the second ones."""
        return np.concatenate([rows, rows + self.rows])

    def counting_seconds(self, step: Any) -> float:
        blocks = step.blocks if isinstance(step, PairFeatures) else [step]
        return sum(super(PairTexts, self).counting_seconds(block) for block in blocks)


def _row_sums(matrix: sparse.csr_matrix) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1)).ravel()


SURFACE = (
    "characters_first", "characters_second", "length_ratio", "length_gap", "bigrams_shared", "bigrams_of_first",
    "bigrams_of_second", "words_shared", "words_of_first", "words_of_second", "aligned", "longest_run",
    "negations_first", "negations_second", "negation_differs", "numbers_shared", "same_start", "same_end",
)  # fmt: skip


def surface(pairs: Pairs) -> Dense:
    """What needs no training: lengths, overlaps, alignment, negations, numbers; (pairs, 18).

    >>> dict(zip(SURFACE, surface([("a man runs", "no man runs")])[0].tolist()))["negation_differs"]
    1.0
    """
    rows = [_surface(a.lower()[:2_000], b.lower()[:2_000]) for a, b in pairs]
    return np.array(rows, dtype=np.float32).reshape(len(pairs), len(SURFACE))


def _surface(a: str, b: str) -> list[float]:
    short, long = sorted((len(a), len(b)))
    pieces = {a[i : i + 2] for i in range(len(a) - 1)}, {b[i : i + 2] for i in range(len(b) - 1)}
    words = set(a.split()), set(b.split())
    match = SequenceMatcher(None, a[:LONGEST_COMPARED], b[:LONGEST_COMPARED], autojunk=False)
    blocks = match.get_matching_blocks()
    aligned = (
        2
        * sum(block.size for block in blocks)
        / max(len(a[:LONGEST_COMPARED]) + len(b[:LONGEST_COMPARED]), 1)
    )
    no_a, no_b = len(_NEGATION.findall(a)), len(_NEGATION.findall(b))
    numbers = set(_NUMBER.findall(a)), set(_NUMBER.findall(b))
    return [
        np.log1p(len(a)), np.log1p(len(b)), short / max(long, 1), float(len(a) - len(b)),
        *_overlaps(*pieces), *_overlaps(*words), aligned, max(block.size for block in blocks) / max(short, 1),
        float(no_a), float(no_b), float((no_a > 0) != (no_b > 0)), _overlaps(*numbers)[0],
        _same(a, b), _same(a[::-1], b[::-1]),
    ]  # fmt: skip


def _overlaps(a: set[str], b: set[str]) -> list[float]:
    """Jaccard's index, and the share of each side that the other one holds."""
    both = len(a & b)
    return [both / max(len(a | b), 1), both / max(len(a), 1), both / max(len(b), 1)]


def _same(a: str, b: str) -> float:
    """Share of the shorter text up to the first difference."""
    same = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return same / max(min(len(a), len(b)), 1)
