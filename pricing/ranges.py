"""How far the numbers of a scenario may lie from what was typed: given by the user, or assumed and said so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pricing import Problem
from pricing import typed as read
from pricing.arms import Arm, FineTuned, Prompt, Rag, Volume
from pricing.book import plain

ARM_VARIABLES = (
    "input_tokens", "output_tokens", "reasoning_tokens", "cache_hit_rate", "epochs", "training_tokens",
)  # fmt: skip
VARIABLES = ("requests_per_month", "growth_per_month", *ARM_VARIABLES)
# What is assumed where nobody gives a range: half to twice the requests, and 30% less to 30% more tokens.
HALF, TWICE = Decimal("0.5"), Decimal(2)
LESS, MORE = Decimal("0.7"), Decimal("1.3")


@dataclass(frozen=True)
class Range:
    """What a number may be: a tenth of the time below `low`, a tenth above `high`."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Ranges:
    """Ranges by variable; `arms` holds those of single arms, `shared` those that hold for every arm."""

    shared: Mapping[str, Range] = field(default_factory=dict)
    arms: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)

    @classmethod
    def parse(cls, values: Mapping[str, Any], arms: Collection[str]) -> Ranges:
        """Ranges as written: `{requests_per_month: [low, high], arms: {tuned: {input_tokens: [low, high]}}}`."""
        values = read.mapping(values, "ranges")
        named = read.mapping(values.get("arms") or {}, "ranges.arms")
        read.only(named, arms, "ranges.arms")
        shared = {name: ends for name, ends in values.items() if name != "arms"}
        read.only(shared, (*VARIABLES, "arms"), "ranges")
        return cls(
            shared={name: _range(ends, name, "ranges") for name, ends in shared.items()},
            arms={arm: _ranges_of(given, f"ranges.arms.{arm}") for arm, given in named.items()},
        )

    def of(self, variable: str, arm: str = "") -> Range | None:
        """The range that holds for a variable of an arm: its own, else the shared one."""
        return self.arms.get(arm, {}).get(variable) or self.shared.get(variable)

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that vary, in a fixed order, so that a seed always means the same draws."""
        named = {*self.shared, *(name for ranges in self.arms.values() for name in ranges)}
        return tuple(variable for variable in VARIABLES if variable in named)

    def filled(self, usual: Ranges) -> Ranges:
        """These ranges, and the usual ones for variables that none of them names."""
        missing = set(usual.variables) - set(self.variables)

        def joined(given: Mapping[str, Range], other: Mapping[str, Range]) -> dict[str, Range]:
            return {**given, **{name: ends for name, ends in other.items() if name in missing}}

        ids = [*self.arms, *(arm for arm in usual.arms if arm not in self.arms)]
        arms = {arm: joined(self.arms.get(arm, {}), usual.arms.get(arm, {})) for arm in ids}
        return Ranges(joined(self.shared, usual.shared), {arm: own for arm, own in arms.items() if own})

    def as_json(self) -> dict[str, Any]:
        """The ranges as a scenario file holds them; empty where there are none."""
        arms = {arm: _written(own) for arm, own in self.arms.items()}
        return {**_written(self.shared), **({"arms": arms} if arms else {})}


def usual_ranges(arms: Iterable[Arm], volume: Volume) -> Ranges:
    """What is assumed of a scenario: half to twice its requests, and tokens 30% less to 30% more.

    Of the input only what differs from one request to the next varies: not the part that can be cached.

    >>> from pricing.arms import Request
    >>> few_shot = Prompt("p", Request(input_tokens=Decimal(2200), cacheable_tokens=Decimal(2000)))
    >>> usual_ranges([few_shot], Volume(Decimal(100), 12)).as_json()["arms"]
    {'p': {'input_tokens': ['2140', '2260'], 'output_tokens': ['0', '0']}}
    """
    requests = volume.requests_per_month
    return Ranges(
        shared={"requests_per_month": Range(requests * HALF, requests * TWICE)},
        arms={arm.id: _usual_tokens(arm) for arm in arms if isinstance(arm, Prompt | Rag | FineTuned)},
    )


def _usual_tokens(arm: Arm) -> dict[str, Range]:
    same, written = arm.request.cacheable_tokens, arm.request.output_tokens
    asked = arm.request.input_tokens - same
    return {
        "input_tokens": Range(same + asked * LESS, same + asked * MORE),
        "output_tokens": Range(written * LESS, written * MORE),
    }


def _ranges_of(given: object, place: str) -> dict[str, Range]:
    named = read.mapping(given, place)
    read.only(named, ARM_VARIABLES, place)
    return {name: _range(ends, name, place) for name, ends in named.items()}


def _range(ends: object, name: str, place: str) -> Range:
    where = f"{place}.{name}"
    if not isinstance(ends, Sequence) or isinstance(ends, str) or len(ends) != 2:
        raise Problem("range_expected", field=where, found=read.shown(ends))
    least = -1 if name == "growth_per_month" else 0
    most = 1 if name == "cache_hit_rate" else read.LARGEST
    low, high = (read.amount(end, where, least=least, most=most) for end in ends)
    if low > high:
        raise Problem("range_expected", field=where, found=read.shown(ends))
    return Range(low, high)


def _written(ranges: Mapping[str, Range]) -> dict[str, Any]:
    return {name: [plain(ends.low), plain(ends.high)] for name, ends in ranges.items()}
