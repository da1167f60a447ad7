"""Pairs of sets that are probably alike, in time linear in the rows: MinHash with banding.

Source: Broder 1997, doi:10.1109/SEQUEN.1997.666900; Leskovec, Rajaraman and Ullman 2014, chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

# Sets that share two thirds of their members nearly always meet in one of the bands, sets that share half 98 times in 100.
BANDS = 30
HASHES_A_BAND = 3
# Members of a crowded bucket are compared with so many that follow them, not with all.
NEIGHBOURS = 8
# Pairs that agree on fewer of the hashes are not looked at again.
LEAST_AGREEMENT = 0.4
_SEED = 42


def alike(rows: csr_matrix) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Pairs (i < j) of rows whose sets of columns probably overlap by half, band after band.

    >>> from scipy.sparse import csr_matrix
    >>> rows = csr_matrix([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 0, 0, 1, 1]])
    >>> sorted({(int(a), int(b)) for left, right in alike(rows) for a, b in zip(left, right)})
    [(0, 1)]
    """
    import numpy as np

    filled = np.flatnonzero(np.diff(rows.indptr))
    signature = _signatures(rows, filled)
    for band in range(BANDS):
        hashes = signature[band * HASHES_A_BAND : (band + 1) * HASHES_A_BAND]
        # Within a bucket the next band's hashes put like beside like.
        then = signature[(band + 1) % BANDS * HASHES_A_BAND]
        order = np.lexsort((then, *hashes))
        ordered = hashes[:, order]
        for step in range(1, min(NEIGHBOURS, len(order) - 1) + 1):
            met = np.flatnonzero((ordered[:, step:] == ordered[:, :-step]).all(axis=0))
            a, b = order[met], order[met + step]
            agree = (signature[:, a] == signature[:, b]).mean(axis=0) >= LEAST_AGREEMENT
            yield filled[np.minimum(a, b)[agree]], filled[np.maximum(a, b)[agree]]


def _signatures(rows: csr_matrix, filled: NDArray[Any]) -> NDArray[Any]:
    """The smallest number among each row's columns, in as many random numberings: (hashes, rows)."""
    import numpy as np

    random = np.random.default_rng(_SEED)
    starts = rows.indptr[:-1][filled]
    found = np.empty((BANDS * HASHES_A_BAND, len(filled)), dtype=np.int32)
    for at in range(len(found)):
        numbering = random.permutation(rows.shape[1]).astype(np.int32)
        found[at] = np.minimum.reduceat(numbering[rows.indices], starts)
    return found
