"""The smallest single changes that would put another approach first, each found by recomputing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Literal

from advisor.answers import WORDS
from advisor.checklist import Checklist
from advisor.quantities import Value
from advisor.recommend.conditions import Compares, Facts
from advisor.recommend.rules import RuleBook

FAR = 10
Kind = Literal["answer", "number", "finding"]
FirstPlace = Callable[[RuleBook, frozenset[str]], str | None]


@dataclass(frozen=True)
class Change:
    """If `fact` said `to` instead of `now` (None: unknown), `recommended` would come first."""

    fact: str
    kind: Kind
    now: Value | None
    to: Value
    recommended: str | None

    @property
    def is_far(self) -> bool:
        """Whether a number would have to become over ten times what it is, or under a tenth."""
        if not isinstance(self.now, Decimal) or not isinstance(self.to, Decimal):
            return False
        small, large = sorted((abs(self.now), abs(self.to)))
        return large > FAR * small


def changes(
    book: RuleBook, asked: Checklist, facts: Facts, held: frozenset[str], first_place: FirstPlace
) -> tuple[Change, ...]:
    """Every single change of one answer, number or finding after which another approach comes first.

    Of a number or day, only the nearest such value on either side. What was answered or measured comes before
    what is still open, a number that would have to be many times another one last of that, and findings and
    particulars before the aims that everything else serves.
    """
    now = first_place(book, held)
    first = cache(lambda holding: first_place(book, holding))
    found: list[Change] = []
    for fact in sorted(book.reading):
        telling = [
            Change(fact, _kind(asked, fact), facts.get(fact), value, first(holding))
            for value in _candidates(book, asked, facts, fact)
            if first(holding := _holding(book, facts, held, fact, value)) not in (now, None)
        ]
        found += _nearest(telling) if _is_scale(book, asked, fact) else telling
    places = {question.id: place for place, question in enumerate(asked.questions)}
    return tuple(sorted(found, key=lambda change: _order(change, places)))


def _holding(book: RuleBook, facts: Facts, held: frozenset[str], fact: str, value: Value) -> frozenset[str]:
    """The rules that hold with `fact` at `value`; only those that read the fact are asked again."""
    changed = {**facts, fact: value}
    flipped = {
        rule.id for rule in book.reading[fact] if rule.condition.holds(changed) is not (rule.id in held)
    }
    return held ^ flipped if flipped else held


def _candidates(book: RuleBook, asked: Checklist, facts: Facts, fact: str) -> Iterator[Value]:
    """The values of a fact that could matter: its other words, or the edges that rules compare it with."""
    now = facts.get(fact)
    if fact == "on":
        return iter(())
    if fact in asked.by_id and asked.by_id[fact].kind == "choice":
        return (choice.id for choice in asked.by_id[fact].choices if choice.id != now)
    if fact in WORDS:
        return (word for word in WORDS[fact] if now is not None and word != now)
    bounds = _bounds(book, facts, fact)
    if now is None and fact not in asked.by_id:
        # When a service closes is looked up: a day that nobody gave is not for a team to change.
        bounds = (bound for bound in bounds if not isinstance(bound, date))
    edges = {edge for bound in bounds for edge in _around(bound)}
    return (edge for edge in sorted(edges, key=str) if edge != now and _allowed(asked, fact, edge))


def _bounds(book: RuleBook, facts: Facts, fact: str) -> Iterator[Value]:
    """What rules compare `fact` with, from either side of the comparison."""
    for rule in book.reading[fact]:
        for test in rule.condition.tests:
            if isinstance(test, Compares) and fact in (test.fact, test.bound):
                bound = test.bound_in(facts) if test.fact == fact else facts.get(test.fact)
                if bound is not None:
                    yield bound


def _around(bound: Value) -> Iterator[Value]:
    """A bound and its neighbours: one unit of its last digit, or one day, to either side."""
    if isinstance(bound, date):
        yield from (bound - timedelta(days=1), bound, bound + timedelta(days=1))
    elif isinstance(bound, Decimal):
        step = Decimal(1).scaleb(min(0, int(bound.as_tuple().exponent)))
        yield from (bound - step, bound, bound + step)


def _allowed(asked: Checklist, fact: str, value: Value) -> bool:
    if not isinstance(value, Decimal):
        return True
    question = asked.by_id.get(fact)
    return value >= 0 if question is None else question.least <= value <= question.most


def _is_scale(book: RuleBook, asked: Checklist, fact: str) -> bool:
    if fact in asked.by_id:
        return asked.by_id[fact].kind != "choice"
    return fact not in WORDS


def _nearest(telling: list[Change]) -> list[Change]:
    """The nearest change below and above what is so now; the smallest value where nothing is known."""
    if not telling:
        return []
    now = telling[0].now
    if now is None:
        return [min(telling, key=lambda change: _scale(change.to))]
    below = [change for change in telling if _scale(change.to) < _scale(now)]
    above = [change for change in telling if _scale(change.to) > _scale(now)]
    return [
        *([max(below, key=lambda change: _scale(change.to))] if below else []),
        *([min(above, key=lambda change: _scale(change.to))] if above else []),
    ]


def _scale(value: Value) -> Decimal:
    return Decimal(value.toordinal()) if isinstance(value, date) else Decimal(value)


def _kind(asked: Checklist, fact: str) -> Kind:
    if fact not in asked.by_id:
        return "finding" if fact in WORDS else "number"
    return "answer" if asked.by_id[fact].kind == "choice" else "number"


def _order(change: Change, places: Mapping[str, int]) -> tuple[bool, bool, int, str, str]:
    place = -places.get(change.fact, len(places))
    return (change.now is None, change.is_far, place, change.fact, str(change.to))
