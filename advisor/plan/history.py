"""What is different between two plans, or two versions of one, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from advisor.answers import FINDINGS, KINDS
from advisor.checklist import UNSETTLED, checklist
from advisor.language import Language, day, phrase, phrase_keys
from advisor.plan import Plan
from advisor.plan.inputs import input_called, input_shown, is_noted, page_called
from advisor.quantities import Value
from advisor.recommend.reasons import name, with_unit
from advisor.shapes import Answer
from pricing import Problem

LONGEST = 300


@dataclass(frozen=True)
class Difference:
    """One entry of a plan that differs: where it stands, such as `answers.purpose`, and both values (None: absent)."""

    path: str
    then: Any
    now: Any


def differences(then: Plan, now: Plan) -> tuple[Difference, ...]:
    """Everything that differs, answers first in the order of asking, then figures, notes and what was typed."""
    return tuple(
        Difference(path, old, new) for path, (old, new) in _side_by_side(then, now).items() if old != new
    )


def _side_by_side(then: Plan, now: Plan) -> dict[str, tuple[Any, Any]]:
    sides = (dict(_entries(then)), dict(_entries(now)))
    asked = {f"answers.{question.id}": place for place, question in enumerate(checklist().questions)}
    paths = sorted(sides[0].keys() | sides[1].keys(), key=lambda path: _order(path, asked))
    return {path: (sides[0].get(path), sides[1].get(path)) for path in paths}


ORDER = ("title", "on", "answers", "finding", "customer", "overrides", "notes", "inputs", "evidence")


def _order(path: str, asked: Mapping[str, int]) -> tuple[int, int, str]:
    return ORDER.index(path.partition(".")[0]), asked.get(path, len(asked)), path


def _entries(plan: Plan) -> Iterator[tuple[str, Any]]:
    yield from (("title.ja", plan.title.ja), ("title.en", plan.title.en), ("on", plan.on))
    for part in ("answers", "customer", "overrides", "notes", "inputs", "evidence"):
        for key, value in getattr(plan, part).items():
            if part != "inputs" or not is_noted(key):
                yield f"{part}.{key}", value
    facts = plan.findings
    yield from ((f"finding.{fact}", facts[fact]) for fact in FINDINGS if fact in facts and _finding(fact))


def key_figures(plan: Plan) -> dict[str, Value]:
    """The findings of a plan's evidence that have a name, in a fixed order."""
    return {path.partition(".")[2]: value for path, value in _entries(plan) if path.startswith("finding.")}


@cache
def _finding(fact: str) -> str | None:
    """The phrase, or the question, that a finding is called by."""
    for area in ("recommendation.findings", "history.findings"):
        if f"{area}.{fact}" in phrase_keys():
            return f"{area}.{fact}"
    known = (question.id for question in checklist().questions if question.known_from == fact)
    return next((id for id in known if not checklist().by_id[id].known_as), None)


def called(path: str, language: Language) -> str:
    """What an entry is called: a question by its words, an input by its page and label.

    >>> called("inputs.cost.today.requests_per_month", "en")
    'Cost: Requests a month'
    """
    part, _, rest = path.partition(".")
    if part == "answers" or (part == "finding" and rest in checklist().by_id):
        return name(rest, language) if rest in checklist().by_id else rest
    if part == "finding":
        key = _finding(rest)
        return rest if key is None else phrase(key, language) if "." in key else name(key, language)
    if part == "notes":
        asked = name(rest, language) if rest in checklist().by_id else rest
        return phrase("history.note", language, question=asked)
    if part == "evidence":
        page = KINDS[rest].PAGE if rest in KINDS else None
        return phrase("history.result", language, page=page_called(page, language) if page else rest)
    if part == "inputs":
        return input_called(rest, language)
    key = f"history.parts.{part}"
    return phrase(key, language) if key in phrase_keys() else path


def shown(path: str, value: Any, language: Language) -> str:
    """An entry's value as the reader says it; a dash where there is none."""
    part, _, rest = path.partition(".")
    if value is None or value == "":
        return "—"
    if isinstance(value, date):
        return day(value, language)
    if part == "answers" and rest in checklist().by_id:
        return _answer(rest, str(value), language)
    if part == "finding":
        return with_unit(rest, value, language)
    if isinstance(value, bool):
        return phrase(f"history.{'yes' if value else 'no'}", language)
    if isinstance(value, Mapping | Answer):
        return _mapping(part, value, language)
    if isinstance(value, list):
        return _cut(
            ", ".join(str(item.get("id", "…") if isinstance(item, Mapping) else item) for item in value)
        )
    return _cut(input_shown(rest, str(value), language) if part == "inputs" else str(value))


def _answer(question: str, given: str, language: Language) -> str:
    asked = checklist().by_id[question]
    try:
        value = asked.read(given)
    except Problem:
        return _cut(given)
    if value is None:
        unsettled = given.strip() if given.strip() in UNSETTLED else UNSETTLED[0]
        return next(choice for choice in checklist().unsettled if choice.id == unsettled).text.say(language)
    return _cut(with_unit(question, value, language))


def _mapping(part: str, value: Any, language: Language) -> str:
    if part == "evidence":
        return phrase("history.computed", language)
    if part == "notes":
        return _cut(str(value.get("text") or "—"))
    return _cut(str(value.get("name") or value.get("example") or ", ".join(map(str, value))))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def event(what: str, language: Language) -> str:
    """What a version was saved for, as its list says it: the store keeps a word or the path that was changed.

    >>> event("restored:3", "en")
    'Went back to version 3'
    """
    word, _, number = what.partition(":")
    key = f"history.events.{word}"
    if key in phrase_keys():
        return phrase(key, language, number=number)
    return called(what, language)
