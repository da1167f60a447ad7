"""What a team states about its decision: the score that would do, what a wrong answer costs, efforts, what was tried."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import ConfigDict

from advisor.shapes import Exact
from pricing.sources import Record


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
    """Days of work for one approach: to try it, to build it, and each month to look after it."""

    trial: Exact | None = None
    build: Exact | None = None
    upkeep: Exact | None = None


class Effort(Record):
    """What people's time costs (USD a day), and beside it the days that an approach takes, under its id."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Days]

    day_rate: Exact | None = None


class Trial(Record):
    """One approach as it was tried on the team's own task; scores are optional, money is USD."""

    approach: str
    option: str | None = None
    metric: str | None = None
    n: int | None = None
    mean: Exact | None = None
    low: Exact | None = None
    high: Exact | None = None
    reaches: Literal["yes", "no", "unclear"] | None = None
    usd: Exact | None = None
    days: Exact | None = None
    on: date
    source: Literal["measured", "reported"]
