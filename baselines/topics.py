"""What texts without labels are about: topics with their terms, and how well the terms of a topic belong together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import NMF, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from baselines import Problem
from baselines.measured import Topic
from baselines.metrics import Floats
from baselines.pipelines import normalise

LEAST_ROWS = 20
MOST_ROWS = 20_000  # drawn evenly from more
SHOWN_TERMS = 8
SHOWN_CHARACTERS = 200
FAINT = 0.02  # of the strongest term's weight: below that a term is not the topic's
COUNTS = (3, 5, 8, 12, 16)
# Runs of one script stand for words where there are no spaces; hiragana alone says little.
TERM = r"[㐀-䶿一-鿿々]{2,}|[ァ-ヺー]{2,}|[^\W\d_぀-ヿ㐀-䶿一-鿿]{3,}"


@dataclass(frozen=True)
class Topics:
    """The topics found by one method."""

    method: str
    found: tuple[Topic, ...]

    @property
    def coherence(self) -> float:
        return float(np.mean([topic.coherence for topic in self.found]))


def find_topics(texts: Sequence[str], count: int | None = None, seed: int = 42) -> list[Topics]:
    """NMF and LSA on TF-IDF, the more coherent first; without `count` the number with the best coherence.

    Coherence is the mean normalised pointwise mutual information of the strongest terms over the texts
    (Bouma 2009; Lau, Newman and Baldwin 2014). Raises Problem `too_few_rows` under 20 texts, `no_words` where
    terms hardly repeat.

    >>> pets, cars = ["dogs bark loudly", "dogs bark often"] * 10, ["engines need petrol", "engines burn petrol"] * 10
    >>> sorted(topic.terms[0] for topic in find_topics([*pets, *cars], count=2)[0].found)[0]
    'bark'
    """
    if len(texts) < LEAST_ROWS:
        raise Problem("too_few_rows", rows=len(texts), needed=LEAST_ROWS)
    texts = texts[:: len(texts) // MOST_ROWS + 1]
    vectorizer = TfidfVectorizer(
        preprocessor=normalise, token_pattern=TERM, min_df=2, max_df=0.5, sublinear_tf=True
    )
    try:
        matrix = vectorizer.fit_transform(texts)
    except ValueError as error:
        raise Problem("no_words", rows=len(texts)) from error
    terms = vectorizer.get_feature_names_out()
    counts = [count] if count else [k for k in COUNTS if k < min(len(terms), len(texts) / 5)] or [2]
    methods = [_best([_topics("nmf", *_nmf(matrix, k, seed), matrix, terms, texts) for k in counts]),
               _best([_topics("lsa", *_lsa(matrix, k, seed), matrix, terms, texts) for k in counts])]  # fmt: skip
    return sorted(methods, key=lambda found: -round(found.coherence, 2))


def _best(tried: list[Topics]) -> Topics:
    return max(tried, key=lambda topics: topics.coherence)


def _nmf(matrix: sparse.csr_matrix, count: int, seed: int) -> tuple[Floats, Floats]:
    model = NMF(min(count, min(matrix.shape)), init="nndsvd", random_state=seed, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strength = model.fit_transform(matrix)
    return strength, model.components_


def _lsa(matrix: sparse.csr_matrix, count: int, seed: int) -> tuple[Floats, Floats]:
    model = TruncatedSVD(min(count, min(matrix.shape) - 1), random_state=seed)
    strength = model.fit_transform(matrix)
    side = np.sign(model.components_.sum(axis=1))
    return strength * side, model.components_ * side[:, None]


def _topics(
    method: str,
    strength: Floats,
    parts: Floats,
    matrix: sparse.csr_matrix,
    terms: NDArray[np.object_],
    texts: Sequence[str],
) -> Topics:
    present = (matrix > 0).astype(np.float64).tocsc()
    mine = strength.argmax(axis=1)
    found = []
    for topic, weights in enumerate(parts):
        top = np.argsort(-weights, kind="stable")[:SHOWN_TERMS]
        top = top[weights[top] > FAINT * weights[top[0]]]
        example = texts[int(strength[:, topic].argmax())][:SHOWN_CHARACTERS]
        found.append(
            Topic(
                terms=tuple(terms[top]),
                rows=int((mine == topic).sum()),
                coherence=coherence(present[:, top]),
                example=example,
            )
        )
    held = [topic for topic in found if topic.rows]
    return Topics(method, tuple(sorted(held, key=lambda topic: -topic.rows)))


def coherence(present: sparse.csc_matrix) -> float:
    """Mean NPMI over every two terms; `present` is (texts, terms) with 1 where a term occurs. A pair never met is -1.

    >>> coherence(sparse.csc_matrix([[1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]))
    1.0
    """
    rows = present.shape[0]
    together = np.asarray((present.T @ present).todense()) / rows
    alone = np.diag(together)
    one, other = np.triu_indices(len(alone), 1)
    both = together[one, other]
    chance = np.maximum(alone[one] * alone[other], 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.where(both > 0, np.log(both / chance) / -np.log(np.minimum(both, 1 - 1e-12)), -1.0)
    return float(round(shared.mean(), 12)) if len(shared) else 0.0
