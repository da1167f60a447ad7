"""Values out of JSON that may be missing, older or half-filled: None where there is nothing to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any


def number(value: Any) -> Decimal | None:
    """A finite number, from a number or its decimal string."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def count(value: Any) -> Decimal | None:
    """A count, given as a number, a list of the things, or a mapping that holds `rows` or `count`."""
    if isinstance(value, list | tuple):
        return Decimal(len(value))
    if isinstance(value, Mapping):
        return number(value.get("rows", value.get("count")))
    return number(value)


def day(value: Any) -> date | None:
    """A day written as ISO has it."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def text(value: Any) -> str | None:
    """The value as text; an empty one is none."""
    return str(value) if value else None


def items(value: Any) -> list[Any]:
    """The members of a list; none of anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def word(value: Any, known: Collection[str]) -> str | None:
    """One of the words that are known."""
    return str(value) if str(value) in known else None
