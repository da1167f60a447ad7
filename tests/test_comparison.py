"""A model against what the plan needs: what is unknown is neither met nor missed."""

from __future__ import annotations

from datetime import date

import pytest

from advisor.answers import read_answer
from advisor.answers.dataset import Dataset
from advisor.memory.cards import card
from advisor.models import ModelReport, TextLengths, assess, manual
from advisor.models.comparison import Needs, meets_all, standings, text_lengths
from advisor.models.snapshot import relative, shipped

ON = date(2026, 11, 22)


def known(name: str) -> ModelReport:
    facts = shipped(name)
    assert facts
    return assess(facts, relative, lengths=TextLengths(p99=3000, longest=9000, output=500))


def test_each_need_is_held_against_what_is_known() -> None:
    needs = Needs(True, "ja", TextLengths(3000, 9000, 500), card("l4"))
    assert standings(known("Qwen/Qwen3-8B"), needs) == {
        "commercial": "met",
        "language": "met",
        "context": "met",
        "card": "met",
    }
    assert standings(known("openai-community/gpt2"), needs) == {
        "commercial": "met",
        "language": "not_met",
        "context": "not_met",
        "card": "met",
    }


def test_conditions_are_for_the_team_to_weigh() -> None:
    assert meets_all(known("meta-llama/Llama-3.1-8B"), Needs(commercial=True))
    assert not meets_all(known("Qwen/Qwen2.5-3B"), Needs(commercial=True))


def test_what_is_unknown_is_not_met() -> None:
    unknown = assess(manual("our/model", on=ON))
    needs = Needs(True, "ja", TextLengths(1, 1), card("l4"))
    assert set(standings(unknown, needs).values()) == {"unknown"}
    assert not meets_all(unknown, needs)
    assert meets_all(unknown, Needs(commercial=False))


@pytest.mark.parametrize(
    ("dataset", "lengths", "tokens"),
    [
        ({}, None, None),
        ({"tokens": 1200}, None, 1200),
        ({"tokens": {"p99": 10, "max": 20, "total": 500}}, TextLengths(10, 20, 0), 500),
        ({"input_tokens": {"p99": 10, "max": 20}, "output_tokens": None}, TextLengths(10, 20, 0), None),
        ({"input_tokens": {"p99": 10}, "tokens": {"total": "12"}}, None, 12),
    ],
)
def test_lengths_are_read_from_the_evidence_as_far_as_they_are_there(
    dataset: dict[str, object], lengths: TextLengths | None, tokens: int | None
) -> None:
    kept = read_answer("dataset", dataset)
    assert isinstance(kept, Dataset)
    assert text_lengths(kept) == lengths
    assert kept.tokens.total == tokens


def test_a_typed_length_of_the_answer_wins() -> None:
    figures = Dataset(input_tokens={"p99": 10, "max": 20}, output_tokens={"max": 80})
    assert text_lengths(figures) == TextLengths(10, 20, 80)
    assert text_lengths(figures, output=5) == TextLengths(10, 20, 5)
    assert text_lengths(None) is None
