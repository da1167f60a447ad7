"""What every answer is made of: a shape that commands print and plans keep, and what can be asked of it.

A kind of answer is one module in `advisor.answers`; nothing else lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, PlainSerializer, model_serializer

from advisor.quantities import Quantity, as_json
from baselines.counted import AnyText as AnyText
from baselines.measured import Four as Four
from baselines.measured import Kept
from pricing.typed import plain

if TYPE_CHECKING:
    from advisor.models import ModelReport
    from advisor.show.blocks import Block, Line
    from advisor.show.voice import Voice
    from pricing.book import PriceBook

LookUp = Callable[[str], "ModelReport | None"]
# What a finding may be: a quantity, a text, a day, or one of a few words.
Kind = type[Quantity] | type[str] | type[date] | tuple[str, ...]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) else value


Exact = Annotated[Decimal, PlainSerializer(plain, return_type=str)]
MaybeInfinite = Annotated[float | None, BeforeValidator(_finite)]


class Shape(Kept):
    """Values that know how they are printed."""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values: what a command prints and a plan keeps."""
        found: dict[str, Any] = as_json(self.model_dump(by_alias=True))
        return found


class Told(Shape):
    """A sentence by its id; the fields that fill it stand beside the id."""

    id: str

    @property
    def fields(self) -> Mapping[str, Any]:
        """What fills the sentence."""
        return self.model_extra or {}


@dataclass(frozen=True)
class Changed:
    """One thing that was `then` and is `now` something else; `since` is the day it came about, where known.

    `kind` and `variant` name the sentence, `subject` says which thing it is, and `names` fill the sentence beside
    `then` and `now`.
    """

    kind: str
    subject: tuple[str, ...]
    then: Any
    now: Any
    affects_decision: bool = False
    since: date | None = None
    names: Mapping[str, Any] = field(default_factory=dict)
    variant: str = "changed"

    @property
    def what(self) -> str:
        """Kind and subject in one word, such as `training.openai/gpt-3.5-turbo-0125`."""
        return ".".join((self.kind, *self.subject))

    def as_json(self) -> dict[str, Any]:
        """The entry of `changes` in the answer of the command `check`."""
        told = {name: as_json(getattr(self, name)) for name in ("then", "now", "since", "affects_decision")}
        return {"what": self.what, **told}


@dataclass(frozen=True)
class Day:
    """What an answer is asked again with: the day, its prices, and what is known of models."""

    on: date
    book: PriceBook
    look_up: LookUp


@dataclass(frozen=True)
class Aim:
    """The score that would do, as the team states it; `metric` None is the one that was measured."""

    value: float
    metric: str | None = None


def aim_of(answers: Mapping[str, object]) -> Aim | None:
    """The target that the checklist's answers state; None where there is none or it is no number between 0 and 1."""
    try:
        value = float(str(answers.get("target_score")))
    except ValueError:
        return None
    return Aim(value) if 0 < value <= 1 else None


class Answer(Shape):
    """One kind of answer: its name in a plan's evidence, the page that gives it, its section of the report, its rank."""

    NAME: ClassVar[str]
    PAGE: ClassVar[str]
    SECTION: ClassVar[str | None] = None
    PLACE: ClassVar[int]
    FINDINGS: ClassVar[Mapping[str, Kind]] = {}

    @classmethod
    def migrated(cls, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """The JSON of an earlier version as this version has it."""
        return shape

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        """What it says to the rules, each of `FINDINGS` at most once; None where it does not know."""
        return {}

    def judged(self, aim: Aim | None) -> Self:
        """The answer held against a target, which may be another one than it was made for."""
        return self

    def blocks(self, voice: Voice) -> Iterable[Block]:
        """What it says to people."""
        return ()

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        """Its figures on which a decision is taken, for the first page."""
        return ()

    def risks(self, voice: Voice) -> Iterable[Line]:
        """What can go wrong after the decision."""
        return ()

    def trials(self) -> Iterable[Mapping[str, Any]]:
        """Approaches that it tried on the team's own task, as a plan lists them."""
        return ()

    def asked_again(self, day: Day) -> Self:
        """The answer on another day's facts; what was measured stays measured."""
        return self

    def changes(self, now: Self, recommended: str | None, day: Day) -> Iterable[Changed]:
        """What became different, and whether it bears on what was recommended."""
        return ()


class Unread(Answer):
    """Evidence that could not be read as its kind: kept as it is, and said to be so. `field` is where it is wrong."""

    raw: Mapping[str, Any]
    field: str = ""
    found: str = ""

    @model_serializer
    def _as_it_was(self) -> dict[str, Any]:
        return dict(self.raw)
