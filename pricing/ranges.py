"""How far the numbers of a scenario may lie from what was typed: given by the user, or assumed and said so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, PlainSerializer

from pricing import Problem
from pricing import typed as read
from pricing.arms import Arm, FineTuned, Prompt, Rag, Volume
from pricing.typed import Shape, plain

# What is assumed where nobody gives a range: half to twice the requests, and 30% less to 30% more tokens.
HALF, TWICE = Decimal("0.5"), Decimal(2)
LESS, MORE = Decimal("0.7"), Decimal("1.3")


class Range(NamedTuple):
    """What a number may be: a tenth of the time below `low`, a tenth above `high`."""

    low: Decimal
    high: Decimal


def _span(ends: object, field: str, *, least: int = 0, most: Decimal | int = read.LARGEST) -> Range:
    if isinstance(ends, Range):
        return ends
    if isinstance(ends, Sequence) and not isinstance(ends, str) and len(ends) == 2:
        low, high = (read.amount(end, field, least=least, most=most) for end in ends)
        if low <= high:
            return Range(low, high)
    raise Problem("range_expected", field=field, found=read.shown(ends))


_WRITTEN = PlainSerializer(lambda ends: ends and [plain(ends.low), plain(ends.high)])
Span = Annotated[Range | None, read.read_by(_span), _WRITTEN]


class ArmRanges(Shape):
    """The ranges of a single arm, by variable."""

    input_tokens: Span = None
    output_tokens: Span = None
    reasoning_tokens: Span = None
    cache_hit_rate: Annotated[Range | None, read.read_by(_span, most=1), _WRITTEN] = None
    epochs: Span = None
    training_tokens: Span = None


def among(arms: Collection[str], values: object, place: str = "") -> Mapping[str, Any]:
    """The ranges as given; a Problem where one is of an arm that is not there."""
    given, of_arms = read.mapping(values, place), f"{place}.arms".removeprefix(".")
    read.only(read.mapping(given.get("arms") or {}, of_arms), arms, of_arms)
    return given


R = TypeVar("R", bound=ArmRanges)


class Ranges(ArmRanges):
    """The ranges that hold for every arm, and in `arms` those of single ones, which go before."""

    requests_per_month: Span = None
    growth_per_month: Annotated[Range | None, read.read_by(_span, least=-1), _WRITTEN] = None
    arms: Annotated[Mapping[str, ArmRanges], BeforeValidator(lambda arms: arms or {})] = Field(
        default_factory=dict
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], arms: Collection[str]) -> Ranges:
        """Ranges as written: `{requests_per_month: [low, high], arms: {tuned: {input_tokens: [low, high]}}}`."""
        return read.read_shape(cls, among(arms, values, "ranges"), "ranges")

    def of(self, variable: str, arm: str = "") -> Range | None:
        """The range that holds for a variable of an arm: its own, else the shared one."""
        own: Range | None = getattr(self.arms.get(arm), variable, None)
        return own or getattr(self, variable)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that vary, in a fixed order, so that a seed always means the same draws."""
        every = (self, *self.arms.values())
        return tuple(name for name in VARIABLES if any(getattr(ranges, name, None) for ranges in every))

    def filled(self, usual: Ranges) -> Ranges:
        """These ranges, and the usual ones for variables that none of them names."""
        missing = set(usual.variables) - set(self.variables)

        def joined(own: R, other: ArmRanges | None) -> R:
            return own.model_copy(update={name: ends for name, ends in other or () if name in missing})

        ids = dict.fromkeys([*self.arms, *usual.arms])
        arms = {id: joined(self.arms.get(id, ArmRanges()), usual.arms.get(id)) for id in ids}
        varied = {id: own for id, own in arms.items() if own != ArmRanges()}
        return joined(self, usual).model_copy(update={"arms": varied})


VARIABLES = ("requests_per_month", "growth_per_month", *ArmRanges.model_fields)


def usual_ranges(arms: Iterable[Arm], volume: Volume) -> Ranges:
    """What is assumed of a scenario: half to twice its requests, and tokens 30% less to 30% more.

    Of the input only what differs from one request to the next varies: not the part that can be cached.

    >>> few_shot = Prompt(id="p", kind="prompt", model="custom", input_tokens=2200, cacheable_tokens=2000)
    >>> usual_ranges([few_shot], Volume(Decimal(100), 12)).as_json()["arms"]
    {'p': {'input_tokens': ['2140', '2260'], 'output_tokens': ['0', '0']}}
    """
    requests = volume.requests_per_month
    return Ranges(
        requests_per_month=Range(requests * HALF, requests * TWICE),
        arms={arm.id: _usual_tokens(arm) for arm in arms if isinstance(arm, Prompt | Rag | FineTuned)},
    )


def _usual_tokens(arm: Arm) -> ArmRanges:
    same, written = arm.cacheable_tokens, arm.output_tokens
    asked = arm.input_tokens - same
    return ArmRanges(
        input_tokens=Range(same + asked * LESS, same + asked * MORE),
        output_tokens=Range(written * LESS, written * MORE),
    )
