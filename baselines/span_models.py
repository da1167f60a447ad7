"""Models that mark spans: none, those whose words were marked before, and a conditional random field."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from baselines.marks import Span, joined
from baselines.pipelines import Setting

Marked = NDArray[np.object_]  # one tuple of spans a text
ROUNDS = 60
# Kana and kanji one by one, as Japanese has no words between spaces; other writing word by word.
_PIECE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿々]|[^\W_぀-ヿ㐀-鿿豈-﫿々]+|[^\w\s]|_")


def as_they_are(texts: Sequence[str]) -> Marked:
    """The texts, as features."""
    return np.array(texts, dtype=object)


def marked(spans: Iterable[Iterable[Span]]) -> Marked:
    """One tuple of spans a row, as an array."""
    rows = [tuple(row) for row in spans]
    found = np.empty(len(rows), dtype=object)
    found[:] = rows
    return found


class NoSpans(BaseEstimator):  # type: ignore[misc]
    """Marks nothing: the floor."""

    def fit(self, texts: Marked, spans: Marked) -> Self:
        self.is_fitted_ = True
        return self

    def predict(self, texts: Sequence[str]) -> Marked:
        return marked(() for _ in texts)


class KnownNames(BaseEstimator):  # type: ignore[misc]
    """Marks the words that training rows marked at least every second time: a list of names that costs nothing."""

    def fit(self, texts: Marked, spans: Marked) -> Self:
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for text, row in zip(texts, spans, strict=True):
            for start, end, label in row:
                kinds[text[start:end]][label] += 1
        everything = "\n".join(texts)
        self.names_ = {
            words: found.most_common(1)[0][0]
            for words, found in kinds.items()
            if words.strip() and 2 * found.total() >= everything.count(words)
        }
        self.lengths_ = sorted({len(words) for words in self.names_}, reverse=True)
        return self

    def predict(self, texts: Sequence[str]) -> Marked:
        return marked(self._found(text) for text in texts)

    def _found(self, text: str) -> list[Span]:
        found, at = [], 0
        while at < len(text):
            words = next((text[at : at + n] for n in self.lengths_ if self._is_name(text, at, n)), "")
            if words:
                found.append(Span(at, at + len(words), self.names_[words]))
            at += len(words) or 1
        return found

    def _is_name(self, text: str, at: int, length: int) -> bool:
        end = at + length
        cut = (at > 0 and _one_word(text[at - 1 : at + 1])) or _one_word(text[end - 1 : end + 1])
        return text[at:end] in self.names_ and end <= len(text) and not cut


def _one_word(pair: str) -> bool:
    """Whether two neighbouring letters belong to one word of a script with spaces."""
    return len(pair) == 2 and pair.isalnum() and pair.isascii()


class RandomField(BaseEstimator):  # type: ignore[misc]
    """A conditional random field over characters or words, their neighbours and their script (CRFsuite, L-BFGS).

    `model_` holds the trained model as bytes. Source: Lafferty, McCallum and Pereira 2001.
    """

    def __init__(self, rounds: int = ROUNDS, l1: float = 0.05, l2: float = 0.01):
        self.rounds = rounds
        self.l1 = l1
        self.l2 = l2

    def fit(self, texts: Marked, spans: Marked) -> Self:
        import pycrfsuite

        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params({"c1": self.l1, "c2": self.l2, "max_iterations": self.rounds})
        for text, row in zip(texts, spans, strict=True):
            if pieces := cut(text):
                trainer.append(looks([word for _, _, word in pieces]), tags(pieces, row))
        with TemporaryDirectory() as folder:
            file = Path(folder) / "model"
            trainer.train(str(file))
            self.model_ = file.read_bytes()
        return self

    def predict(self, texts: Sequence[str]) -> Marked:
        return marked(self._found(text) for text in texts)

    def _found(self, text: str) -> list[Span]:
        pieces = cut(text)
        said = _tagger(self.model_).tag(looks([word for _, _, word in pieces])) if pieces else []
        return joined([(start, end) for start, end, _ in pieces], said)


@lru_cache(maxsize=2)
def _tagger(model: bytes) -> Any:
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(model)
    return tagger


def cut(text: str) -> list[tuple[int, int, str]]:
    """Start, end and normalised form of every piece of a text.

    >>> cut("京都 Ada")
    [(0, 1, '京'), (1, 2, '都'), (3, 6, 'Ada')]
    """
    return [(*found.span(), unicodedata.normalize("NFKC", found.group())) for found in _PIECE.finditer(text)]


def tags(pieces: Sequence[tuple[int, int, str]], spans: Iterable[Span]) -> list[str]:
    """BIO tags of the pieces; a piece that a span touches belongs to it."""
    found = ["O"] * len(pieces)
    for start, end, label in spans:
        inside = [at for at, (first, last, _) in enumerate(pieces) if first < end and last > start]
        for place, at in enumerate(inside):
            found[at] = f"{'I' if place else 'B'}-{label}"
    return found


def looks(words: Sequence[str]) -> list[list[str]]:
    """What the model sees of each piece: itself, two neighbours on either side, their scripts and their joins."""
    padded = ["<<", "<", *(word.lower() for word in words), ">", ">>"]
    kinds = ["<", "<", *map(script, words), ">", ">"]
    found = []
    for at, word in enumerate(words, 2):
        b2, b1, own, a1, a2 = padded[at - 2 : at + 3]
        k1, kind, k2 = kinds[at - 1 : at + 2]
        seen = [
            f"0{own}", f"-1{b1}", f"-2{b2}", f"+1{a1}", f"+2{a2}", f"-10{b1}\t{own}", f"0+1{own}\t{a1}",
            f"-2-1{b2}\t{b1}", f"+1+2{a1}\t{a2}", f"-1+1{b1}\t{own}\t{a1}", f"k{kind}", f"kk{k1}{kind}{k2}",
            f"k4{kinds[at - 2]}{k1}{kind}{k2}{kinds[at + 2]}",
        ]  # fmt: skip
        if len(word) > 1:
            seen += [f"s{own[-3:]}", f"p{own[:3]}", f"w{_shape(word)}"]
        found.append(seen)
    return found


def script(word: str) -> str:
    """The kind of writing of a piece, by its first character.

    >>> [script(word) for word in ("京", "カ", "Ada", "ada", "2026", "!")]
    ['K', 'k', 'A', 'a', '9', '.']
    """
    first = word[0]
    if first.isdecimal():
        return "9"
    if "぀" <= first <= "ゟ":
        return "h"
    if "゠" <= first <= "ヿ":
        return "k"
    if "㐀" <= first <= "鿿" or first == "々":
        return "K"
    if first.isalpha():
        return "A" if first.isupper() else "a"
    return "."


def _shape(word: str) -> str:
    """Capitals, small letters and digits of a word, runs of one kind made one."""
    return re.sub(r"(.)\1+", r"\1", "".join(script(letter) for letter in word))


def _alone(model: BaseEstimator) -> Pipeline:
    return Pipeline([("features", FunctionTransformer(as_they_are)), ("model", model)])


def nothing(setting: Setting) -> Pipeline:
    return _alone(NoSpans())


def known_names(setting: Setting) -> Pipeline:
    return _alone(KnownNames())


def random_field(setting: Setting) -> Pipeline:
    import pycrfsuite  # noqa: F401 - so that a machine without it leaves this rung out

    return _alone(RandomField())


SPANS: dict[str, Callable[[Setting], Pipeline]] = {
    "nothing": nothing,
    "known_names": known_names,
    "random_field": random_field,
}
