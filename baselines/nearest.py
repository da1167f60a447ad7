"""The texts most like another one, by the characters they share."""

from __future__ import annotations

from collections.abc import Sequence


class Nearest:
    """A search among texts: TF-IDF of character 2- to 4-grams, as near repeats are found.

    >>> Nearest(["返品したい", "ログインできない", "返品の方法"])("返品の方法は?", 2)
    [2, 0]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True)
        self._texts = self._grams.fit_transform(texts)

    def __call__(self, text: str, most: int) -> list[int]:
        """Positions of the nearest texts, the nearest first."""
        alike = (self._texts @ self._grams.transform([text]).T).toarray().ravel()
        return [int(at) for at in (-alike).argsort(kind="stable")[:most]]
