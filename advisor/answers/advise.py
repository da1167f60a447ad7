"""What was recommended on a day: how each approach stood, by which rules, and what would have changed it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from advisor.quantities import Quantity, as_json
from advisor.shapes import Answer, Shape

Standing = Literal["recommended", "possible", "not_yet", "ruled_out"]


def _plain(value: Any) -> Any:
    return as_json(Quantity(value) if isinstance(value, Decimal) else value)


Plain = Annotated[str | int | float | None, BeforeValidator(_plain)]


class Assessment(Shape):
    """How an approach stands, and the rules that say so, the strongest first.

    `not_yet`: everything that excludes it is something the team can still do. `grounds`: what it is favoured on.
    """

    approach: str
    standing: str
    favoured_by: tuple[str, ...] = ()
    ruled_out_by: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


class WouldChange(Shape):
    """If `fact` said `to` instead of `now`, `recommended` would come first."""

    fact: str
    kind: str = ""
    now: Plain = None
    to: Plain = None
    recommended: str | None = None


class Advise(Answer):
    """From the command `advise`, and from the History page, where a decision is recorded."""

    NAME = "advise"
    PAGE = "recommendation"
    PLACE = 80

    on: date | None = None
    recommended: str | None = None
    assessments: tuple[Assessment, ...] = ()
    what_would_change: tuple[WouldChange, ...] = ()
    open_questions: tuple[str, ...] = ()
