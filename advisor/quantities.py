"""Figures and ids that know what they are, so that each is said in one way wherever it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Self

from advisor.language import Language, Text, about, day, money, number, percent, phrase, phrase_keys
from pricing.typed import plain

Value = str | Decimal | date
NOTHING = "—"


class Quantity(Decimal):
    """A number without a unit, exact as it was written.

    >>> Share("0.425").say("en"), Money("0.0546").say("ja"), Count(1300).say("en"), Score(0.68).say("en")
    ('42.5%', '$0.0546', '1,300', '0.68')
    """

    def __new__(cls, value: object = 0) -> Self:
        return super().__new__(cls, str(value) if isinstance(value, float) else value)  # type: ignore[arg-type]

    def say(self, language: Language) -> str:
        """As the reader writes it."""
        return number(self, language)

    def as_json(self) -> Any:
        """A plain number."""
        return int(self) if self == self.to_integral_value() else float(self)


class Count(Quantity):
    """So many of something."""


class FarCount(Quantity):
    """A count that rests on assumptions, said as people say it once it is large."""

    def say(self, language: Language) -> str:
        return about(self, language)


class Money(Quantity):
    """US dollars."""

    def say(self, language: Language) -> str:
        return money(self, language)

    def as_json(self) -> Any:
        """An exact decimal string."""
        return plain(self)


class Share(Quantity):
    """A part of one."""

    def say(self, language: Language) -> str:
        return percent(self, language, 0 if (self * 100) % 1 == 0 else 1)


class Score(Quantity):
    """What a metric says, to three digits."""

    def say(self, language: Language) -> str:
        return number(round(Decimal(self), 3), language)


class Gib(Quantity):
    """Memory in GiB."""

    def say(self, language: Language) -> str:
        return number(self, language, 1)


@dataclass(frozen=True)
class Named:
    """An id of `area`, called by its phrase; by itself where no phrase names it. `fine_tuned_2` keeps its number."""

    area: str
    id: str

    def say(self, language: Language) -> str:
        """What it is called."""
        whole, _, number = self.id.rpartition("_")
        for id, rest in ((self.id, ""), (whole, f" {number}") if number.isdigit() else (self.id, "")):
            if f"{self.area}.{id}" in phrase_keys():
                return phrase(f"{self.area}.{id}", language) + rest
        return self.id

    def as_json(self) -> Any:
        """The id."""
        return self.id


@dataclass(frozen=True)
class Saying:
    """A phrase filled with what its names stand for."""

    key: str
    names: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: Language) -> str:
        """The phrase in the reader's language."""
        return phrase(
            self.key, language, **{name: say(value, language) for name, value in self.names.items()}
        )


def say(value: object, language: Language) -> str:
    """Anything that a sentence can name, as the reader says it; a dash for nothing."""
    if value is None:
        return NOTHING
    if isinstance(value, Quantity | Named | Text | Saying):
        return value.say(language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return number(value, language)
    return str(value)


def as_json(value: object) -> Any:
    """The same as plain JSON values; half characters pass, which pydantic's own way refuses."""
    if isinstance(value, Quantity | Named):
        return value.as_json()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else value
