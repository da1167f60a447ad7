"""Which rows say the same: exactly, after normalising, or nearly.

Repeats that fall on both sides of a split make a score too good: on a public spam set a macro-F1 of 0.966
becomes 0.938 without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from baselines import Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

NEAR = 0.8
# A near-duplicate search looks at this much of a text, and at tables of up to this many rows.
NEAR_CHARACTERS = 2_000
NEAR_ROWS = 50_000
# Sizes of a step, and the work (products of two numbers) that it takes: about 10^8 a second.
_ROWS_AT_ONCE = 512
_PAIRS_AT_ONCE = 50_000
_PRODUCTS_A_ROW = 7_500
_MOST_PRODUCTS = 3e9
# With more numbers than this in the table, or as much alike as above, likely pairs are found by hashing.
_MOST_NUMBERS = 12_000_000
_ROUNDING = 1e-6
_DIGITS = re.compile(r"\d")
_PUNCTUATION = re.compile(r"[^\w\s]|_")
_SPACES = re.compile(r"\s+")


def normalise(text: str) -> str:
    """One form for texts that a reader would call the same: width, case, numbers, punctuation, spacing.

    >>> normalise("注文番号１２は、どこ？") == normalise("注文番号34はどこ")
    True
    """
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    bare = _SPACES.sub(" ", _PUNCTUATION.sub("", _DIGITS.sub("0", plain))).strip()
    return bare or plain


def group_equal(texts: Sequence[str]) -> list[int]:
    """For every text the position of the first one that equals it, its own where none does.

    >>> group_equal(["a", "b", "a"])
    [0, 1, 0]
    """
    first: dict[str, int] = {}
    return [first.setdefault(text, place) for place, text in enumerate(texts)]


class NearGroups(NamedTuple):
    """For every text the first one of its group, and whether every near pair was looked for or only likely ones."""

    first: list[int]
    complete: bool


def group_near(texts: Sequence[str], threshold: float = NEAR) -> list[int]:
    """As `group_equal`, after normalising, and joining texts with a TF-IDF cosine of `threshold` or more.

    Character 2- to 4-grams; every pair that reaches the threshold is found, and texts joined by a chain of near
    ones share a group. Raises Problem `near_search_too_large` where too much of the table is alike for that.

    >>> group_near(["返品の方法を教えてください", "ログインできません", "返品の方法を教えて下さい!"], threshold=0.5)
    [0, 1, 0]
    """
    return _grouped(texts, threshold, _candidates)


def near_groups(
    texts: Sequence[str], threshold: float = NEAR, progress: Callable[[float], None] | None = None
) -> NearGroups:
    """As `group_near` for tables of any size, in time linear in their characters.

    Where the full search would take minutes, candidates come from MinHash: what is joined is as near as ever, and
    a few of a hundred pairs near the threshold are missed. `progress` is told the share that is done.
    """
    complete = True

    def found(vectors: csr_matrix, threshold: float) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        nonlocal complete
        complete = vectors.nnz <= _MOST_NUMBERS and _alike_products(vectors, threshold) <= _MOST_PRODUCTS
        return _candidates(vectors, threshold, progress) if complete else _hashed(vectors, progress)

    return NearGroups(_grouped(texts, threshold, found), complete)


Search = Callable[["csr_matrix", float], "Iterator[tuple[NDArray[Any], NDArray[Any]]]"]


def _grouped(texts: Sequence[str], threshold: float, search: Search) -> list[int]:
    plain = [normalise(text) for text in texts]
    same = group_equal(plain)
    different = sorted(set(same))
    near = _components([plain[place][:NEAR_CHARACTERS] for place in different], threshold, search)
    first = {place: different[near[k]] for k, place in enumerate(different)}
    return [first[place] for place in same]


def _components(texts: list[str], threshold: float, search: Search) -> list[int]:
    """For every text the smallest position among those it is joined to."""
    import numpy as np

    if sum(len(text) > 1 for text in texts) < 2:
        return list(range(len(texts)))
    vectors = _unit_vectors(texts)
    component = np.arange(len(texts))
    for left, right in search(vectors, threshold):
        for start in range(0, len(left), _PAIRS_AT_ONCE):
            a, b = left[start : start + _PAIRS_AT_ONCE], right[start : start + _PAIRS_AT_ONCE]
            apart = component[a] != component[b]
            a, b = a[apart], b[apart]
            near = np.asarray(vectors[a].multiply(vectors[b]).sum(axis=1)).ravel() >= threshold - _ROUNDING
            component = _joined(component, a[near], b[near])
    _, first, inverse = np.unique(component, return_index=True, return_inverse=True)
    return [int(place) for place in first[inverse]]


def _joined(component: NDArray[Any], a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not len(a):
        return component
    size = len(component)
    edges = coo_matrix((np.ones(len(a), dtype=np.int8), (component[a], component[b])), shape=(size, size))
    _, joined = connected_components(edges, directed=False)
    return np.asarray(joined[component])


def _unit_vectors(texts: list[str]) -> csr_matrix:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    from baselines.features import Features, Weights

    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), dtype=np.float32)
    counts = Features(texts).counts(grams).matrix
    return Weights.learn(counts, grams).apply(counts)


def _candidates(
    vectors: csr_matrix, threshold: float, progress: Callable[[float], None] | None = None
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Blocks of pairs (i < j) among which are all that can reach the threshold.

    cos(x, y) = rare part + common part, and the common part is at most |x_common| |y_common|. So a pair either
    shares a rare n-gram, or both its texts are almost wholly common; few are.
    """
    import numpy as np

    is_rare = _rare(vectors)
    rare, common_length = vectors[:, is_rare], _common_length(vectors, is_rare)
    mostly_common = np.flatnonzero(common_length >= threshold - _ROUNDING)
    yield from _pairs(rare, np.arange(vectors.shape[0]), common_length, threshold, progress)
    alike = vectors[mostly_common]
    if _products(alike) > _MOST_PRODUCTS:
        raise Problem("near_search_too_large", rows=vectors.shape[0], alike=len(mostly_common))
    yield from _pairs(alike, mostly_common, np.zeros(len(mostly_common)), threshold)


def _rare(vectors: csr_matrix) -> NDArray[Any]:
    """Which n-grams are so rare that looking at all pairs that share one is little work."""
    import numpy as np

    frequency = np.bincount(vectors.indices, minlength=vectors.shape[1])
    order = np.argsort(frequency, kind="stable")
    work = np.cumsum(frequency[order].astype(float) ** 2)
    is_rare = np.zeros(vectors.shape[1], dtype=bool)
    is_rare[order[: np.searchsorted(work, _PRODUCTS_A_ROW * vectors.shape[0])]] = True
    return is_rare


def _common_length(vectors: csr_matrix, is_rare: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    common = vectors[:, ~is_rare]
    squares = np.asarray(common.multiply(common).sum(axis=1)).ravel()
    return np.asarray(np.sqrt(squares))


def _products(vectors: csr_matrix) -> float:
    import numpy as np

    return float((np.bincount(vectors.indices).astype(float) ** 2).sum())


def _alike_products(vectors: csr_matrix, threshold: float) -> float:
    """The work that texts made almost wholly of common n-grams would take."""
    return _products(vectors[_common_length(vectors, _rare(vectors)) >= threshold - _ROUNDING])


def _hashed(
    vectors: csr_matrix, progress: Callable[[float], None] | None
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    from baselines.minhash import BANDS, NEIGHBOURS, alike

    for done, pairs in enumerate(alike(vectors), start=1):
        yield pairs
        if progress:
            progress(min(1.0, done / (BANDS * NEIGHBOURS)))


def _pairs(
    vectors: csr_matrix,
    names: NDArray[Any],
    slack: NDArray[Any],
    threshold: float,
    progress: Callable[[float], None] | None = None,
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Pairs of rows, by name, whose product and slacks together may reach the threshold."""
    columns = vectors.T.tocsr()
    for start in range(0, vectors.shape[0], _ROWS_AT_ONCE):
        products = (vectors[start : start + _ROWS_AT_ONCE] @ columns).tocoo()
        i, j = products.row + start, products.col
        near = (i < j) & (products.data + slack[i] * slack[j] >= threshold - _ROUNDING)
        yield names[i[near]], names[j[near]]
        if progress:
            progress(min(1.0, (start + _ROWS_AT_ONCE) / vectors.shape[0]))
