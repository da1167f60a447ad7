"""What a team states about its decision: the score that would do, what a wrong answer costs, efforts, what was tried.

`usual()` holds what stands in where nothing is stated: our own judgement, in `effort.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from advisor.shapes import Aim, Exact
from pricing.sources import Record, Source, as_record, read_yaml

FILE = Path(__file__).parent / "data" / "effort.yaml"
Reaches = Literal["yes", "no", "unclear"]


class Target(Record):
    """The score that would do; never filled in for the team. `none`: it has said that there is none yet."""

    metric: str | None = None
    value: Exact | None = None
    basis: Literal["stated", "agreed_with_annotators", "none"] = "stated"


class Worth(Record):
    """What one wrong answer costs."""

    wrong_answer: Exact | None = None
    currency: str = "USD"


class Days(Record):
    """Days of work for one approach: to try it, to build it with the trial, and each month to look after it."""

    trial: Exact | None = None
    build: Exact | None = None
    upkeep: Exact | None = None

    def filled(self, usual: Days) -> Days:
        """With the usual days where none are stated."""
        return Days(**usual.model_dump() | self.model_dump(exclude_none=True))


class Effort(Record):
    """What people's time costs (USD a day), and beside it the days that an approach takes, under its id."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Days]

    day_rate: Exact | None = None

    def days(self, approach: str) -> Days:
        """What is stated of one approach."""
        return (self.model_extra or {}).get(approach) or Days()


class Trial(Record):
    """One approach as it was tried on the team's own task; scores are optional, money is USD.

    `rows` and `target` are those of the plan on that day: a result under others is old, and may be tried again.
    """

    approach: str
    option: str | None = None
    metric: str | None = None
    n: int | None = None
    mean: Exact | None = None
    low: Exact | None = None
    high: Exact | None = None
    reaches: Reaches | None = None
    usd: Exact | None = None
    days: Exact | None = None
    on: date
    source: Literal["measured", "reported"]
    rows: int | None = None
    target: Exact | None = None


class UsualDays(Record):
    """The days of every approach, and whose judgement they are."""

    source: Source
    of: Mapping[str, Days]


class Usual(Record):
    """What stands in where a team has stated nothing; money is USD."""

    day_rate: Decimal
    hours_per_day: Decimal
    minutes_per_label: Decimal
    rows_to_try: int
    examples_to_show: int
    months: int
    requests_per_month: Decimal
    pretraining: Mapping[str, str]
    encoder: Mapping[str, str]
    days: UsualDays

    def days_to_label(self, rows: int) -> Decimal:
        """Days of work that labels for so many rows take.

        >>> usual().days_to_label(100)
        Decimal('0.625')
        """
        return rows * self.minutes_per_label / 60 / self.hours_per_day


@cache
def usual() -> Usual:
    """The stand-ins as shipped; a Problem names the place that is wrong."""
    return as_record(read_yaml(FILE), Usual, FILE.name)


@dataclass(frozen=True)
class Stated:
    """All that a plan states about its decision; `target_of_measurement`: the aim is one that a
    measurement was made for. `has_none_yet`: the team says that there is no target, so that none may stand in."""

    aim: Aim | None = None
    value: Worth | None = None
    effort: Effort | None = None
    trials: tuple[Trial, ...] = ()
    target_of_measurement: bool = False
    has_none_yet: bool = False
    currency: str = "USD"
    rate: Decimal | None = None
