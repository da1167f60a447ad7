"""The rules of the advice, as data: when a rule holds, what it favours, rules out or warns of, and why.

`rules.yaml` also names the approaches, from the least commitment to the most, and the grounds that a rule can
stand on.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from advisor.answers import FINDINGS
from advisor.language import Text
from advisor.recommend.conditions import Conditional
from pricing.sources import Record, as_record, read_yaml

FILE = Path(__file__).parent.parent / "data" / "rules.yaml"

# Grounds that say what usually works; permission, operation and cost bind whatever was measured.
OPINIONS = ("measurement", "purpose", "second_purpose", "knowledge", "task", "data")

# A fact that each approach has for itself.
OPTION_PER_MONTH = "option_per_month"

# What a reason is told of: an approach it speaks for, one it speaks against, one to be watched.
Side = Literal["for", "against", "caution"]


class Approach(Record):
    """A way to build it. `built_on`: it is possible only while one of these is."""

    id: str
    name: Text
    means: Text
    commits: Text
    built_on: tuple[str, ...] = ()


class Ground(Record):
    """What a rule's reason is about; an approach is favoured at most once on each ground."""

    id: str
    name: Text


class Unlocking(Record):
    """What brings back what a rule rules out: so many days of work, or so many labelled rows in all."""

    do: Text
    days: Decimal = Decimal(0)
    rows: int | None = None


class Rule(Conditional):
    """One reason. `unlock`: what it rules out comes back once that is done.

    `alert`: told first wherever the plan is shown. `because_for` and the like: the half of the reason that
    concerns what it favours, rules out or warns of, where the whole would read oddly there.
    """

    id: str
    ground: str
    favours: tuple[str, ...] = ()
    rules_out: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    unlock: Unlocking | None = None
    alert: bool = False
    because: Text
    because_for: Text | None = None
    because_against: Text | None = None
    because_caution: Text | None = None
    sources: tuple[str, ...]

    def reason(self, side: Side | None = None) -> Text:
        """The reason as it is told of an approach on `side` of it; the whole of it without one."""
        halves = {"for": self.because_for, "against": self.because_against, "caution": self.because_caution}
        return (halves[side] if side else None) or self.because

    @property
    def for_now(self) -> bool:
        """Whether what it rules out can be made possible."""
        return self.unlock is not None

    @property
    def is_opinion(self) -> bool:
        """Whether it is knowledge in general, which a measured success on the team's own task overrides."""
        return self.ground in OPINIONS

    @cached_property
    def is_measured(self) -> bool:
        """Whether the rule reads something measured or looked up, not answers alone."""
        return not self.condition.facts.isdisjoint(FINDINGS)

    @property
    def touches(self) -> frozenset[str]:
        """Every approach the rule says something about."""
        return frozenset(self.favours + self.rules_out + self.cautions)


class RuleBook(Record):
    """Approaches from the least commitment to the most, groups of them, grounds, and rules."""

    groups: Mapping[str, tuple[str, ...]] = {}
    approaches: tuple[Approach, ...]
    grounds: tuple[Ground, ...]
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _names_are_known(self) -> RuleBook:
        approaches = {approach.id for approach in self.approaches}
        grounds = {ground.id for ground in self.grounds}
        if len({rule.id for rule in self.rules}) != len(self.rules):
            raise ValueError("a rule id is used twice")
        for rule in self.rules:
            if unknown := (rule.touches - approaches) | ({rule.ground} - grounds):
                raise ValueError(f"rule {rule.id} names {', '.join(sorted(unknown))}, which is not known")
        return self

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def commitment(self) -> Mapping[str, int]:
        """Each approach's place from the least commitment (0) to the most."""
        return {approach.id: place for place, approach in enumerate(self.approaches)}

    @cached_property
    def reading(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that read each fact."""
        names = {fact for rule in self.rules for fact in rule.condition.facts}
        return {name: tuple(rule for rule in self.rules if name in rule.condition.facts) for name in names}

    @cached_property
    def per_option(self) -> tuple[Rule, ...]:
        """The rules that read what each approach has for itself."""
        return self.reading.get(OPTION_PER_MONTH, ())

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The facts that can move an approach up or out; all others only add cautions."""
        moving = (rule for rule in self.rules if rule.favours or rule.rules_out)
        return frozenset(fact for rule in moving for fact in rule.condition.facts)

    def ground(self, id: str) -> Ground:
        """The ground `id`."""
        return next(ground for ground in self.grounds if ground.id == id)

    def approach(self, id: str) -> Approach:
        """The approach `id`."""
        return self.approaches[self.commitment[id]]

    def strength(self, rule: str) -> tuple[bool, int, str]:
        """The order of telling reasons: measured before stated, then by ground, then by id."""
        found = self.by_id[rule]
        order = [ground.id for ground in self.grounds]
        return (not found.is_measured, order.index(found.ground), rule)


@cache
def rule_book(path: Path = FILE) -> RuleBook:
    """The rules as shipped; a Problem names the place that is wrong.

    >>> [approach.id for approach in rule_book().approaches][:3]
    ['classical_ml', 'zero_shot', 'few_shot']
    """
    shape = read_yaml(path)
    groups: Mapping[str, list[str]] = shape.get("groups", {})
    for rule in shape["rules"]:
        for effect in ("favours", "rules_out", "cautions"):
            if effect in rule:
                rule[effect] = _spelled_out(rule[effect], groups)
    return as_record(shape, RuleBook, path.name)


def _spelled_out(names: list[str], groups: Mapping[str, list[str]]) -> list[str]:
    """Names of groups replaced by the approaches in them, each once."""
    return list(dict.fromkeys(member for name in names for member in groups.get(name, [name])))
