"""One class of errors for all that a caller can cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import advisor
import baselines
import pricing
from advisor.language import phrase_keys
from baselines.dataset import LabelledTexts
from baselines.reading import read_table
from baselines.run import run_baseline

TABLE = read_table(b"t,b\nred,1\n", "x.csv")


@pytest.mark.parametrize(
    "ask",
    [
        lambda: read_table(b"", "x.csv"),
        lambda: LabelledTexts.from_table(TABLE, text="nope", label="b"),
        lambda: run_baseline(LabelledTexts(("red",), ("1",))),
        lambda: advisor.read_plan("[1]"),
        lambda: advisor.price_book().offer("acme/x"),
    ],
    ids=["an empty file", "no such column", "one row", "no plan", "no such offer"],
)
def test_what_a_caller_can_cause_is_caught_by_the_one_class(ask: Callable[[], object]) -> None:
    with pytest.raises(advisor.Problem) as caught:
        ask()
    assert f"problems.{caught.value.id}" in phrase_keys()


def test_every_package_raises_the_same_class() -> None:
    assert advisor.Problem is pricing.Problem is baselines.Problem
