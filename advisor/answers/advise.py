"""What was recommended on a day: the path of steps, what stands aside and why, and what would change the first step."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from advisor.quantities import Quantity, as_json
from advisor.shapes import Answer, Exact, Shape, Told

Standing = Literal["recommended", "possible", "not_yet", "ruled_out"]
Action = Literal["adopt", "try", "unlock"]
Why = Literal["ruled_out", "for_now", "too_dear", "dominated"]


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


class Basis(Shape):
    """What a chance rests on: a measurement, or `reached` of `tried` published cases (`sources` are their ids).

    `alike`: of tasks like the team's. `adjusted`: lowered by what has failed, or would have failed before it.
    """

    kind: Literal["measured", "published", "unknown"]
    reached: int = 0
    tried: int = 0
    alike: bool = False
    adjusted: bool = False
    sources: tuple[str, ...] = ()


class TrialCost(Shape):
    """What trying costs: days of work, cash, and both together (USD)."""

    days: Exact
    usd: Exact
    total_usd: Exact


class LifeCost(Shape):
    """What using it costs from a successful trial to the end of `months`: days of work, cash a month, all (USD)."""

    build_days: Exact
    upkeep_days_month: Exact
    running_usd_month: Exact
    people_usd: Exact
    total_usd: Exact
    months: int


class Unlocks(Shape):
    """What makes an option possible: the rules to satisfy, days of work, rows to have labelled, and all of it in USD."""

    rules: tuple[str, ...] = ()
    days: Exact
    rows: int | None = None
    usd: Exact


class PathStep(Shape):
    """One step, in the order of trying if all before it failed. `option` is the model, offer or machine it uses."""

    approach: str
    option: str | None = None
    action: Action
    chance: float
    chance_basis: Basis
    trial: TrialCost
    life: LifeCost
    index_usd: Exact
    stop_when: Told
    because: tuple[str, ...] = ()
    unlock: Unlocks | None = None
    assumed: bool = False
    old: bool = False


class Aside(Shape):
    """An approach that is no step, and why; `failed` ones were tried on the team's task, others wait for a trial."""

    approach: str
    why: Why
    because: Literal["failed", "waits"] | None = None
    rules: tuple[str, ...] = ()
    unlock: Unlocks | None = None
    index_usd: Exact | None = None


class WouldChange(Shape):
    """If `variable` were `to` instead of `from`, `first_step` would come first.

    An answer of before has `fact`, `now` and `recommended` instead.
    """

    variable: str = ""
    since: Plain = Field(None, alias="from")
    to: Plain = None
    first_step: str | None = None


class Assumption(Shape):
    """A stand-in of ours that the advice used, because the plan says nothing of it."""

    variable: str
    value: Plain = None
    approach: str | None = None


class Advise(Answer):
    """From the command `advise`, and from the History page, where a decision is recorded."""

    NAME = "advise"
    PAGE = "recommendation"
    PLACE = 80

    on: date | None = None
    decision: str | None = None
    recommended: str | None = None
    path: tuple[PathStep, ...] = ()
    set_aside: tuple[Aside, ...] = ()
    what_would_change: tuple[WouldChange, ...] = ()
    value_of_error_that_flips: Exact | None = None
    open_questions: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    assessments: tuple[Assessment, ...] = ()
