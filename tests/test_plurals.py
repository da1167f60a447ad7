"""English counts as people do: `1 row`, `5 rows`, in every text of the product."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from advisor.improve import remedies
from advisor.language import Text, about, money, number, percent, phrase, phrase_keys, problem
from advisor.recommend.reasons import filled, with_unit
from advisor.show.voice import Voice
from pricing import Problem
from tests.test_data import DATA, content, label, placeholders, texts

# What the product counts. A noun that is missing here is added together with the text that counts it.
NOUN = (
    "alias|arm|byte|call|cell|character|choice|class|column|comparison|conversation|day|draw|entry|epoch|example|file|"
    "group|header|hour|item|job|judgement|label|layer|level|line|model|month|number|output|pair|parameter|point|"
    "question|range|reference|reply|request|row|score|second|source|step|summary|system|task|text|thing|tie|time|"
    "token|topic|translation|upload|value|version|year"
)
NOUNS = "|".join(
    re.sub(r"y$", "ies", noun) if noun[-2:] in {"ry", "ly"} else noun + ("es" if noun[-1] == "s" else "s")
    for noun in NOUN.split("|")
)
KIND = "(?:(?:different|labelled|merged|scored|such|test|training|usable|validation|input|more) )*"
VERBS = (
    "are|were|have|do|hold|repeat|contain|carry|make|take|show|rest|need|occur|look|contradict|fall|say|give"
)
WRONG_FOR_ONE = (
    rf"(?<![\w.,-])1\*{{0,2}} {KIND}(?:{NOUNS})\b",
    r"\b(?:are|were) (?:only |about )?1\b",
    # In `the texts of 1 row are`, `a and 1 were` and `the ranks 1 are`, the verb goes with another word.
    rf"(?<![a-z]s )(?<![a-z]s of )(?<! and )\b1(?: {KIND}(?:{NOUN}))?(?: \([^)]*\))? (?:{VERBS})\b",
    rf"\b1 of the \w+ (?:{VERBS})\b",
)
WRONG_FOR_MANY = (rf"(?<![\w.,-])5\*{{0,2}} {KIND}(?:{NOUN})\b", r"\b[Tt]here (?:is|was) (?:only )?5\b")

ROWS = Text(ja="{n}件", en="{n} {n:row is|rows are}")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (1, "1 row is"),
        (Decimal(1), "1 row is"),
        (number(1.0, "en"), "1 row is"),
        (0, "0 rows are"),
        (5, "5 rows are"),
        (number(1, "en", 1), "1.0 rows are"),
        (number(1300, "en"), "1,300 rows are"),
        (about(1_000_000, "en"), "about 1 million rows are"),
        (money(Decimal(1), "en"), "$1.00 rows are"),
        (percent(Decimal("0.01"), "en"), "1% rows are"),
        ("—", "— rows are"),
        ("Infinity", "Infinity rows are"),
    ],
)
def test_the_word_goes_with_the_number_that_is_read(given: object, told: str) -> None:
    assert ROWS.say("en", n=given) == told
    assert ROWS.say("ja", n=given) == f"{given}件"


def test_every_way_to_fill_a_text_chooses_the_word() -> None:
    assert problem(Problem("too_few_rows", rows=1, needed=20), "en").startswith(
        "There is only 1 usable row. "
    )
    assert filled(ROWS, {"n": Decimal(1)}, "en") == "1 row is"
    assert with_unit("rows_available", Decimal(1), "en") == "1 example"
    assert with_unit("rows_available", Decimal(2), "en") == "2 examples"
    fix = next(remedy for remedy in remedies() if remedy.id == "fix_data")
    facts = {"data_errors": Decimal(1), "conflicting_rows": Decimal(2)}
    assert fix.reason(facts, "en") == "1 row must be fixed, and 2 rows contradict each other."
    voice = Voice("en", date(2026, 11, 22))
    assert voice.told("baseline.reason", {"id": "measured_on_test", "rows": 1}).startswith(
        "Measured on 1 test row "
    )
    assert voice.name("cost.unit", "hours", n=voice.number(1)) == "1 hour"


def test_the_launch_kits_script_which_knows_no_plural_rules_is_given_none() -> None:
    own = [key for key in phrase_keys() if key.startswith("training.script.")]
    assert own
    assert not [key for key in own if "|" in phrase(key, "en")]


def said(text: str, count: int) -> str:
    """A sentence with `count` at every place; a template that holds JSON is filled elsewhere, and counts nothing."""
    names = placeholders(text)
    if not all(name.isidentifier() for name in names):
        return ""
    return Text(ja=text, en=text).say("en", **dict.fromkeys(names, count))


def wrong(path: Path, mark: str, count: int, patterns: tuple[str, ...]) -> list[str]:
    sentences = {place: said(text["en"], count) for place, text in texts(content(path)) if mark in text["en"]}
    found = re.compile("|".join(patterns))
    return [f"{place}: {sentence}" for place, sentence in sentences.items() if found.search(sentence)]


@pytest.mark.parametrize("path", DATA, ids=label)
def test_one_is_never_said_as_many(path: Path) -> None:
    """A limit is held to it too: who writes a text need not know how small a number can get."""
    assert wrong(path, "{", 1, WRONG_FOR_ONE) == []


@pytest.mark.parametrize("path", DATA, ids=label)
def test_many_are_never_said_as_one_where_the_number_chooses(path: Path) -> None:
    assert wrong(path, "|", 5, WRONG_FOR_MANY) == []
