"""Values as people type them, read into exact numbers, days and words, or refused with the field's name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pricing import Problem

# Nothing in a plan is that large; a number beyond it is a slip of the keyboard, and stays out of every sum.
LARGEST = Decimal("1e15")
MOST_DIGITS = 60
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_YES, _NO = {"true", "yes", "1", "on", "はい"}, {"false", "no", "0", "off", "いいえ"}


def amount(value: object, field: str, *, most: Decimal | int = LARGEST, least: Decimal | int = 0) -> Decimal:
    """An exact number between `least` and `most`; full-width digits and grouping commas are understood.

    >>> amount("1,234.5", "requests_per_month"), amount("１２３", "months")
    (Decimal('1234.5'), Decimal('123'))
    """
    number = _decimal(value, field)
    if not least <= number <= most:
        raise Problem(
            "number_out_of_range", field=field, found=shown(value), least=Decimal(least), most=Decimal(most)
        )
    return number


def whole(value: object, field: str, *, most: int, least: int = 0) -> int:
    """A whole number between `least` and `most`."""
    number = amount(value, field, most=most, least=least)
    if number != number.to_integral_value():
        raise Problem("number_not_whole", field=field, found=shown(value))
    return int(number)


def _decimal(value: object, field: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Problem("number_expected", field=field, found=shown(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Problem("number_expected", field=field, found=shown(value)) from error
    if not number.is_finite() or len(text) > MOST_DIGITS:
        raise Problem("number_expected", field=field, found=shown(value))
    return number


def yes_or_no(value: object, field: str) -> bool:
    """True or false, also where YAML was read as words."""
    text = str(value).strip().lower()
    if text in _YES | _NO:
        return text in _YES
    raise Problem("yes_or_no_expected", field=field, found=shown(value))


def day(value: object, field: str) -> date:
    """A day written as 2026-11-22."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise Problem("day_expected", field=field, found=shown(value)) from error


def word(value: object, field: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise Problem("text_expected", field=field, found=shown(value))
    return value.strip()


def currency(value: object, field: str) -> str:
    """A three-letter currency code.

    >>> currency(" jpy", "currency")
    'JPY'
    """
    code = word(value, field).upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise Problem("currency_expected", field=field, found=shown(value))
    return code


def choice(value: object, field: str, choices: Collection[str]) -> str:
    """One of the words listed."""
    if isinstance(value, str) and value in choices:
        return str(value)
    raise Problem("not_a_choice", field=field, found=shown(value), choices=sorted(choices))


def mapping(value: object, field: str) -> Mapping[str, Any]:
    """A mapping from keys to values."""
    if isinstance(value, Mapping):
        return value
    raise Problem("mapping_expected", field=field, found=shown(value))


def required(given: Mapping[str, Any], name: str, place: str = "") -> Any:
    """The value of a field that must be there."""
    value = given.get(name)
    if value is None or value == "":
        raise Problem("field_missing", field=f"{place}.{name}" if place else name)
    return value


def only(given: Mapping[str, Any], allowed: Collection[str], field: str) -> None:
    """Refuses a key that is not allowed here, naming those that are."""
    for key in given:
        if key not in allowed:
            raise Problem(
                "unknown_field", field=f"{field}.{key}" if field else str(key), allowed=sorted(allowed)
            )


def shown(value: object) -> str:
    """What was found, short enough for one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
