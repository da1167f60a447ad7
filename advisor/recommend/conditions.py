"""The small language in which a rule says when it holds.

    when:
      purpose: [domain_knowledge, fresh_knowledge]     # one of these words
      knowledge_changes: not rarely                    # known, and another word
      rows_available: ">= 50 and < 500"                # numbers and days, against a constant …
      requests_per_month: ">= hosted_pays_from"        # … or against another fact
      prompting_tried: [not_tried, unknown]            # `unknown` holds where nothing is said

All lines must hold. A list of such blocks holds when one block does. What is unknown satisfies nothing else.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import field_validator

from advisor.quantities import Value
from pricing import Problem
from pricing.sources import Record

Facts = Mapping[str, Value]
Wanted = str | tuple[str, ...]
Block = Mapping[str, Wanted]

UNKNOWN = "unknown"
RELATIONS: Mapping[str, Callable[[Decimal | date, Decimal | date], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_COMPARISON = re.compile(r"(>=|<=|>|<)\s*(\S+)")


@dataclass(frozen=True)
class IsOneOf:
    """A fact is one of `words`; with `denied`, known and none of them."""

    fact: str
    words: frozenset[str]
    denied: bool = False

    def holds(self, facts: Facts) -> bool:
        value = facts.get(self.fact)
        if value is None:
            return UNKNOWN in self.words and not self.denied
        return (value in self.words) is not self.denied


@dataclass(frozen=True)
class Compares:
    """A number or day stands in `relation` to a constant or to another fact, both known and of one kind."""

    fact: str
    relation: str
    bound: Decimal | date | str

    def bound_in(self, facts: Facts) -> Value | None:
        """The value compared with: the constant, or what the other fact says."""
        return facts.get(self.bound) if isinstance(self.bound, str) else self.bound

    def holds(self, facts: Facts) -> bool:
        return compare(self.relation, facts.get(self.fact), self.bound_in(facts))


Test = IsOneOf | Compares


@dataclass(frozen=True)
class Condition:
    """Blocks of tests: it holds when every test of one block does."""

    blocks: tuple[tuple[Test, ...], ...]

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Every test, whichever block it stands in."""
        return tuple(test for block in self.blocks for test in block)

    @cached_property
    def facts(self) -> frozenset[str]:
        """Every fact the condition reads."""
        others = {test.bound for test in self.tests if isinstance(test, Compares)}
        return frozenset(
            {test.fact for test in self.tests} | {name for name in others if isinstance(name, str)}
        )

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is met by `facts`; an absent fact is unknown."""
        return any(all(test.holds(facts) for test in block) for block in self.blocks)


def compare(relation: str, left: Value | None, right: Value | None) -> bool:
    """Whether `left` stands in `relation` to `right`; words and unknown values stand in none.

    >>> compare(">=", Decimal(50), Decimal(50)), compare("<", Decimal(50), None)
    (True, False)
    """
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return RELATIONS[relation](left, right)
    if isinstance(left, date) and isinstance(right, date):
        return RELATIONS[relation](left, right)
    return False


def read_condition(blocks: tuple[Block, ...]) -> Condition:
    """The condition that `blocks` spell out.

    >>> small = read_condition(({"rows_available": "< 50"},))
    >>> small.holds({"rows_available": Decimal(49)}), small.holds({})
    (True, False)
    """
    return Condition(
        tuple(tuple(t for fact, said in block.items() for t in _tests(fact, said)) for block in blocks)
    )


class Conditional(Record):
    """What holds only sometimes; `when` is one block or a list of them."""

    when: tuple[Block, ...]

    @field_validator("when", mode="before")
    @classmethod
    def _one_or_more_blocks(cls, given: Any) -> Any:
        return (given,) if isinstance(given, dict) else given

    @cached_property
    def condition(self) -> Condition:
        """When it holds."""
        return read_condition(self.when)


def _tests(fact: str, said: Wanted) -> tuple[Test, ...]:
    if not isinstance(said, str):
        return (IsOneOf(fact, frozenset(said)),)
    if said.startswith(tuple(RELATIONS)):
        return tuple(_comparison(fact, part.strip()) for part in said.split(" and "))
    if said.startswith("not "):
        return (IsOneOf(fact, frozenset(said.removeprefix("not ").split(" or ")), denied=True),)
    return (IsOneOf(fact, frozenset({said})),)


def _comparison(fact: str, said: str) -> Compares:
    match = _COMPARISON.fullmatch(said)
    if match is None:
        raise Problem("condition_unreadable", fact=fact, found=said)
    return Compares(fact, match[1], _bound(match[2]))


def _bound(said: str) -> Decimal | date | str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return date.fromisoformat(said)
    return Decimal(said.replace("_", "")) if said[0].isdigit() else said
