"""What to ask before fine-tuning: the purpose, then six steps; what was answered, and what is still open.

An answer is a choice id, a number, a day or a text, given as a string. What was measured answers its question
by itself until somebody says otherwise.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from advisor.language import Text
from advisor.quantities import Value
from pricing import Problem
from pricing.sources import Record, as_record, read_yaml

FILE = Path(__file__).parent / "data" / "checklist.yaml"
LONGEST_TEXT = 10_000

Kind = Literal["choice", "number", "date", "text"]


class Choice(Record):
    """One answer to pick."""

    id: str
    text: Text


class Section(Record):
    """A step of the work."""

    id: str
    name: Text
    goal: Text


class Question(Record):
    """One thing to settle: what is asked, why it matters, and what happened to others (told by `source`).

    `known_from` names the finding that answers it by itself, `known_as` turns the finding's words into choices.
    """

    id: str
    section: str
    kind: Kind = "choice"
    ask: Text
    why: Text
    choices: tuple[Choice, ...] = ()
    unit: Text | None = None
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(10) ** 12
    example: Text
    source: str
    known_from: str | None = None
    known_as: Mapping[str, str] = {}

    def choice(self, id: str) -> Choice:
        """The choice `id`; KeyError when there is none."""
        return {choice.id: choice for choice in self.choices}[id]

    def read(self, given: str) -> Value | None:
        """The answer as a value, None for an unsettled one; a Problem says what would do instead."""
        said = unicodedata.normalize("NFKC", given).strip()
        if not said or said in UNSETTLED:
            return None
        if self.kind == "choice":
            return self._read_choice(said)
        if self.kind == "number":
            return self._read_number(said)
        return self._read_day(said) if self.kind == "date" else self._read_text(given)

    def _read_choice(self, said: str) -> str:
        known = [choice.id for choice in self.choices]
        if said not in known:
            raise Problem("answer_unknown_choice", question=self.id, found=said, known=known)
        return said

    def _read_number(self, said: str) -> Decimal:
        try:
            value = Decimal(said.replace(",", ""))
        except InvalidOperation:
            raise Problem("answer_not_a_number", question=self.id, found=said) from None
        if not (value.is_finite() and self.least <= value <= self.most):
            raise Problem(
                "answer_out_of_range", question=self.id, found=said, least=self.least, most=self.most
            )
        return value

    def _read_day(self, said: str) -> date:
        try:
            return date.fromisoformat(said)
        except ValueError:
            raise Problem("answer_not_a_day", question=self.id, found=said) from None

    def _read_text(self, given: str) -> str:
        if len(given) > LONGEST_TEXT:
            raise Problem("answer_too_long", question=self.id, found=len(given), most=LONGEST_TEXT)
        return given


class Checklist(Record):
    """Every section in the order of the work, and every question in the order of asking."""

    unsettled: tuple[Choice, ...]
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by id."""
        return {question.id: question for question in self.questions}

    def question(self, id: str) -> Question:
        """The question `id`; a Problem names the nearest id when there is none."""
        if id not in self.by_id:
            near = get_close_matches(id, self.by_id, n=3) or list(self.by_id)[:3]
            raise Problem("answer_unknown_question", question=id, near=near)
        return self.by_id[id]

    def of(self, section: str) -> tuple[Question, ...]:
        """The questions of one section."""
        return tuple(question for question in self.questions if question.section == section)


# How an answer says that nothing is settled yet, or that nothing needs to be (the note says why).
UNSETTLED = ("not_decided", "not_applicable")


@cache
def checklist(path: Path = FILE) -> Checklist:
    """The checklist as shipped; a Problem names the place that is wrong.

    >>> [section.id for section in checklist().sections][:3]
    ['purpose', 'dataset', 'model']
    """
    return as_record(read_yaml(path), Checklist, path.name)


@dataclass(frozen=True)
class Progress:
    """How far a section is: `settled` includes what does not apply and what was measured."""

    settled: int
    asked: int

    @property
    def share(self) -> float:
        """Settled questions as a share of all."""
        return self.settled / self.asked if self.asked else 1.0


@dataclass(frozen=True)
class Answers:
    """What was answered: `values` as the rules read it, `given` as people said it, `measured` by evidence alone.

    `against`: the choices for which evidence says something else than people did.
    """

    values: Mapping[str, Value]
    given: Mapping[str, str]
    measured: frozenset[str]
    against: Mapping[str, Value] = field(default_factory=dict)

    def settled(self, id: str) -> bool:
        """Whether the question needs no more thought: answered, measured, or said not to apply."""
        return id in self.values or self.given.get(id, "").strip() == "not_applicable"

    def having(self, id: str, value: Value) -> Answers:
        """With another value of one question, as what was tried says it."""
        return replace(self, values={**self.values, id: value})

    def progress(self, questions: Iterable[Question]) -> Progress:
        """How many of `questions` are settled."""
        states = [self.settled(question.id) for question in questions]
        return Progress(sum(states), len(states))

    def open(self, asked: Checklist) -> tuple[str, ...]:
        """The ids of the questions still open, in the order of asking."""
        return tuple(question.id for question in asked.questions if not self.settled(question.id))


def read_answers(
    given: Mapping[str, object], findings: Mapping[str, Value] = {}, asked: Checklist | None = None
) -> Answers:
    """Answers checked against the checklist, with the measured ones filled in where nobody answered.

    Raises a Problem for an unknown question, an unknown choice, or a number or day that is none.

    >>> read_answers({"purpose": "format_and_tone", "rows_available": "1,300"}).values["rows_available"]
    Decimal('1300')
    """
    asked = asked or checklist()
    said = {id: str(answer) for id, answer in given.items()}
    read = {id: asked.question(id).read(answer) for id, answer in said.items()}
    values = {id: value for id, value in read.items() if value is not None}
    stated = Answers(values, said, frozenset())
    measured = {
        question.id: value
        for question in map(asked.question, stated.open(asked))
        if (value := _measured(question, findings)) is not None
    }
    told = {
        id: _measured(asked.question(id), findings) for id in values if asked.question(id).kind == "choice"
    }
    against = {id: found for id, found in told.items() if found is not None and found != values[id]}
    return Answers(values | measured, said, frozenset(measured), against)


def _measured(question: Question, findings: Mapping[str, Value]) -> Value | None:
    """What the findings answer to `question`."""
    if question.known_from is None:
        return None
    found = findings.get(question.known_from)
    return question.known_as.get(str(found)) if question.known_as and found is not None else found
