"""Answers that somebody gave for rows of a table, and the rows that are worth asking about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from baselines.metrics import Codes

Rows = NDArray[np.int64]
UNUSABLE = -1  # an answer that names none of the classes: always wrong, never a class of its own


class Sample(NamedTuple):
    """Rows to ask about, and those that repeat none of them, from which examples may be taken."""

    rows: Rows
    free: Rows


def sample(labels: Codes, groups: Rows, rows: int, seed: int = 42) -> Sample:
    """So many rows with every label at its share, and one row at most of each group of repeats.

    >>> drawn = sample(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 2, 3, 4]), 4)
    >>> len(drawn.rows), len(drawn.free)
    (4, 1)
    """
    mixed = np.random.default_rng(seed).permutation(len(labels))
    _, first = np.unique(groups[mixed], return_index=True)
    single = mixed[np.sort(first)]
    # The k-th of n rows of a label stands at (k + ½)/n of the way: the first of all are spread like all.
    place = np.empty(len(single))
    for label in np.unique(labels[single]):
        here = np.flatnonzero(labels[single] == label)
        place[here] = (np.arange(len(here)) + 0.5) / len(here)
    chosen = np.sort(single[np.argsort(place, kind="stable")[:rows]])
    return Sample(chosen, np.flatnonzero(~np.isin(groups, groups[chosen])))


@dataclass(frozen=True)
class Answers:
    """What one system answered for each row, as class numbers; `missing`: no answer came, through no fault of its own."""

    name: str
    said: Codes
    missing: NDArray[np.bool_]

    @classmethod
    def of(
        cls, name: str, said: Sequence[str], names: Sequence[str], missing: Sequence[bool] | None = None
    ) -> Answers:
        """From labels; what is none of `names` is unusable."""
        place = {one: at for at, one in enumerate(names)}
        codes = np.array([place.get(one, UNUSABLE) for one in said], dtype=np.int64)
        absent = np.zeros(len(codes), dtype=bool) if missing is None else np.array(missing, dtype=bool)
        return cls(name, np.where(absent, UNUSABLE, codes), absent)

    @property
    def coverage(self) -> float:
        """Share of the rows for which an answer came."""
        return float(1 - self.missing.mean())

    def at_best(self, truth: Codes) -> Codes:
        """As if every answer that never came had been right."""
        return np.where(self.missing, truth, self.said)
