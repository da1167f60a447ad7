"""Values as people type them, read into exact numbers, days and words, or refused with the field's name.

One at a time by a function such as `amount`, or all those of a mapping by a model of them: a `Shape` and `read_shape`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator, ValidationError, model_validator
from pydantic_core import ErrorDetails

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


def positive(value: object, field: str) -> Decimal:
    """An amount above zero."""
    number = amount(value, field)
    if not number:
        raise Problem("number_must_be_positive", field=field)
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


def mapping(value: object, field: str) -> Mapping[str, Any]:
    """A mapping from keys to values."""
    if isinstance(value, Mapping):
        return value
    raise Problem("mapping_expected", field=field, found=shown(value))


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


def plain(amount: Decimal) -> str:
    """An exact decimal without exponent.

    >>> plain(Decimal("8.5E-7"))
    '0.00000085'
    """
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_by(reader: Callable[..., Any], **limits: Any) -> PlainValidator:
    """Has a model's field read by one of the functions above; where the field stands is `read_shape`'s to say."""
    return PlainValidator(lambda value: reader(value, "", **limits))


WRITTEN = PlainSerializer(plain)
Amount = Annotated[Decimal, read_by(amount), WRITTEN]
Positive = Annotated[Decimal, read_by(positive), WRITTEN]
Share = Annotated[Decimal, read_by(amount, most=1), WRITTEN]
Yes = Annotated[bool, read_by(yes_or_no)]
Day = Annotated[date, read_by(day), PlainSerializer(date.isoformat)]
Word = Annotated[str, read_by(word)]
Currency = Annotated[str, read_by(currency)]


class Shape(BaseModel):
    """What a mapping in a file may hold: nothing beside its fields, and a required one is not left empty."""

    model_config = ConfigDict(frozen=True)
    # Whether an empty value stands for the default of its field.
    NULL_IS_DEFAULT: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: object) -> dict[str, Any]:
        given, fields = mapping(values, ""), cls.model_fields
        only(given, fields, "")

        def left_out(name: str, value: object) -> bool:
            needed = value in (None, "") and fields[name].is_required()
            return needed or (value is None and cls.NULL_IS_DEFAULT)

        return {name: value for name, value in given.items() if not left_out(name, value)}

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values as a file holds them, without what was left out; they are read back as an equal model."""
        written = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in written.items() if value != {}}


S = TypeVar("S", bound=BaseModel)


# What pydantic finds by itself, in our words.
def read_shape(model: type[S], values: object, place: str = "") -> S:
    """The model of a mapping; a Problem for the first field that is wrong, with where it stands: `place.field`.

    A validator may raise a Problem itself; its `field`, if it has one, is taken as seen from that validator's field.
    An item of a list is known by its `id` where it has one: `arms.tuned.epochs`, else `arms[2].id`. Of a union of
    models each has its own `kind`.

    >>> class Team(Shape):
    ...     people: Amount
    >>> read_shape(Team, {"people": "１,２００"}).people
    Decimal('1200')
    >>> read_shape(Team, {"people": "few"}, "team")
    Traceback (most recent call last):
    pricing.Problem: number_expected: field=team.people, found=few
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = _where(first["loc"], values, place)
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, Problem):
            at = {"field": _under(where, str(cause.fields["field"]))} if "field" in cause.fields else {}
            raise Problem(cause.id, **cause.fields | at) from error
        raise (_problem(first, where) or error) from error


def _problem(first: ErrorDetails, field: str) -> Problem | None:
    """What pydantic found as one of our own; None where no model of ours can meet it."""
    found = shown(first["input"])
    match first["type"]:
        case "missing":
            return Problem("field_missing", field=field)
        case "literal_error":
            choices = sorted(re.findall(r"'(.*?)'", first["ctx"]["expected"]))
            return Problem("not_a_choice", field=field, found=found, choices=choices)
        case "string_type":
            return Problem("text_expected", field=field, found=found)
        case "model_type" | "dict_type" | "mapping_type":
            return Problem("mapping_expected", field=field, found=found)
        case "list_type" | "tuple_type":
            return Problem("list_expected", field=field, found=found)
    return None


def _where(steps: Sequence[int | str], values: Any, place: str) -> str:
    for step in steps:
        if isinstance(step, int):
            values = values[step] if isinstance(values, Sequence) else None
            id = values.get("id") if isinstance(values, Mapping) else None
            place += f".{id.strip()}" if isinstance(id, str) and id.strip() else f"[{step}]"
        elif isinstance(values, Mapping) and step != values.get("kind"):
            # Where models differ by kind, pydantic names the kind as a step of its own.
            place, values = _under(place, step), values.get(step)
    return place


def _under(place: str, field: str) -> str:
    return f"{place}.{field}" if place and field and not field.startswith("[") else place + field
