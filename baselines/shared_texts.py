"""Pairs whose texts a model has met in other pairs: how much of a score rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.bench import Bench, Rows
from baselines.compare import Rung
from baselines.duplicates import normalise
from baselines.verdict import Finding

SOME_SHARED = 0.02  # share of pairs with a known text, from which it is mentioned
CLEARLY_LOWER = 0.02  # how far the score of new pairs lies below, from which it weakens the verdict
LEAST_NEW = 30  # pairs below which their own score says nothing
CLOSED = 0.2  # different texts for each row below which a side is a fixed list, as the answers of an FAQ are


def shared_texts(bench: Bench, best: Rung) -> Finding | None:
    """The best rung's score with and without the held-out pairs that share a text with a training pair.

    A public set of 5,000 Japanese pairs shares a text in 95 of 100; without them its correlation falls from
    0.88 to 0.84.
    """
    first, second = bench.data.texts, bench.data.texts2 or ()
    new = new_pairs(first, second, bench.folds.held_out[0])
    known = int((~new).sum())
    if known < SOME_SHARED * len(new):
        return None
    fields: dict[str, Any] = {"rows": known, "share": round(known / len(new), 4)}
    if len(new) - known < LEAST_NEW:
        return Finding("pairs_hardly_new", fields, weakens=True)
    truth, said = bench.answers, best.answers[0]
    mean, without = bench.score(truth, said), bench.score(truth[new], said[new])
    fields |= {
        "metric": bench.metric,
        "mean": round(mean, 4),
        "without": round(without, 4),
        "new": len(new) - known,
    }
    return Finding("pairs_share_texts", fields, weakens=mean - without >= CLEARLY_LOWER)


def new_pairs(first: Sequence[str], second: Sequence[str], held_out: Rows) -> NDArray[np.bool_]:
    """Which pairs have no text that stands in a pair of another fold, on either side; fixed lists do not count.

    >>> new_pairs(["a", "b", "c"], ["x", "y", "a"], np.array([0, 1, 1])).tolist()
    [False, True, False]
    """
    sides = [[normalise(text) for text in side] for side in (first, second)]
    opened = [side for side in sides if len(set(side)) > CLOSED * len(side)]
    folds: dict[str, set[int]] = {}
    for side in opened:
        for text, fold in zip(side, held_out.tolist(), strict=True):
            folds.setdefault(text, set()).add(fold)
    new = np.ones(len(held_out), dtype=bool)
    for side in opened:
        new &= np.array([len(folds[text]) == 1 for text in side], dtype=bool)
    return new
