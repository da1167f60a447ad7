"""What would change the first step: the nearest values of the variables that the order of trying is made from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from advisor.recommend.chances import HIGHEST, LOWEST
from advisor.recommend.options import Option
from advisor.recommend.path import First
from advisor.recommend.weighing import Weighing
from advisor.shapes import Aim

# Numbers that would have to become over ten times what they are, or under a tenth, are another project's.
FACTORS = (1.25, 1.75, 2.5, 4.0, 7.0, 10.0)
HALVINGS = 7
MOST = 3
ROW_EDGES = (100, 1001, 5000)
# USD for one wrong answer: what is asked of a team at all.
ERRORS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
TARGET_STEP = 0.01


@dataclass(frozen=True)
class Change:
    """If `variable` were `to` instead of `now`, the first step would be `first`."""

    variable: str
    now: Decimal
    to: Decimal
    first: First
    distance: float

    @property
    def approach(self) -> str | None:
        """The approach that would come first; None for giving up."""
        return self.first[1] if self.first else None


Ask = Callable[[float], First]


def changes(weighing: Weighing, most: int = MOST) -> tuple[Change, ...]:
    """The nearest changes, one a variable, that would make another step the first."""
    first = weighing.first
    found = [change for change in _all(weighing, first) if change is not None]
    return tuple(sorted(found, key=lambda change: change.distance)[:most])


def error_that_flips(weighing: Weighing) -> Decimal | None:
    """The cost of a wrong answer (USD) from which the first step would be another; None where none is known.

    A cost that is stated stays the team's own, unless nothing is worth trying at it.
    """
    first, stated = weighing.first, weighing.terms.wrong_answer
    if weighing.aim is None or (stated is not None and first is not None):
        return None
    ask = partial(_with_error, weighing)
    before = float(stated or 0)
    for cost in (cost for cost in ERRORS if cost > before):
        if ask(cost) not in (first, None):
            return _told(ask, first, _between(ask, first, before, cost), up=True)
        before = cost
    return None


def _all(weighing: Weighing, first: First) -> Iterator[Change | None]:
    terms, option = weighing.terms, _of(weighing.options, first)
    if option is None:
        return
    running = option.bill.month(terms.requests)
    chance = option.after(weighing.tried, weighing.come).chance.value
    if option.result != "yes" and chance > LOWEST:
        yield _scaled("chance", chance, partial(_with_chance, weighing, option), first, ups=False)
    if running:
        yield _scaled(
            "running_usd_month", float(running), partial(_with_price, weighing, option), first, downs=False
        )
    yield _scaled("requests_per_month", float(terms.requests), partial(_with_volume, weighing), first)
    yield _scaled("day_rate", float(terms.day_rate), partial(_with_day_rate, weighing), first)
    if weighing.aim is not None:
        yield _target(weighing, weighing.aim, first)
    if weighing.rows is not None:
        yield _rows(weighing, weighing.rows, first)


def _scaled(
    variable: str, now: float, ask: Ask, first: First, *, ups: bool = True, downs: bool = True
) -> Change | None:
    """The nearest value, up or down, at which the first step is another."""
    if not now:
        return None
    before = [1.0, 1.0]
    for factor in FACTORS:
        for side, sign in ((0, 1), (1, -1)):
            if not (ups if sign > 0 else downs):
                continue
            value = now * factor**sign
            if ask(value) not in (first, None):
                near = _between(ask, first, now * before[side], value)
                to = _told(ask, first, near, up=sign > 0)
                return Change(variable, _rounded(now), to, ask(float(to)), abs(math.log(float(to) / now)))
            before[side] = factor**sign
    return None


def _between(ask: Ask, first: First, same: float, other: float) -> float:
    """The value nearest to `same` at which another first step has come already; giving up is none."""
    for _ in range(HALVINGS):
        middle = (same + other) / 2
        same, other = (middle, other) if ask(middle) in (first, None) else (same, middle)
    return other


def _told(ask: Ask, first: First, value: float, *, up: bool) -> Decimal:
    """The value with two digits, or as many as it takes for the sentence to be true."""
    for digits in (2, 3, 4):
        to = _rounded(value, digits, up=up)
        if ask(float(to)) not in (first, None):
            return to
    return Decimal(str(value))


def _rounded(value: float, digits: int = 2, *, up: bool | None = None) -> Decimal:
    """A value as people say it; where it was found by halving, rounded to the side on which it holds."""
    if up is None or value == 0:
        return Decimal(f"{value:.6g}")
    scale = 10.0 ** (digits - 1 - math.floor(math.log10(abs(value))))
    return Decimal(f"{(math.ceil if up else math.floor)(value * scale) / scale:.6g}")


def _target(weighing: Weighing, aim: Aim, first: First) -> Change | None:
    """The nearest target, in steps of a hundredth."""
    for steps in range(1, 41):
        for sign in (1, -1):
            value = round(aim.value + sign * steps * TARGET_STEP, 4)
            if 0 < value <= 1:
                other = Aim(value, aim.metric)
                judged = weighing.baseline.judged(other).findings(other) if weighing.baseline else {}
                facts = {name: found for name, found in judged.items() if name == "baseline_verdict"}
                then = weighing.at(replace(weighing.terms, aim=other), facts=facts).first
                if then not in (first, None):
                    now = Decimal(str(aim.value))
                    return Change("target", now, Decimal(str(value)), then, abs(math.log(value / aim.value)))
    return None


def _rows(weighing: Weighing, rows: int, first: First) -> Change | None:
    """More labelled rows: never fewer."""
    for wanted in (edge for edge in ROW_EDGES if edge > rows):
        then = weighing.at(rows=wanted, facts={"rows_available": Decimal(wanted)}).first
        if then not in (first, None):
            return Change("rows", Decimal(rows), Decimal(wanted), then, math.log(wanted / max(rows, 1)))
    return None


def _of(options: Sequence[Option], first: First) -> Option | None:
    return next((option for option in options if first and option.approach == first[1]), None)


def _with(weighing: Weighing, option: Option, changed: Option) -> First:
    others = tuple(changed if one is option else one for one in weighing.options)
    return weighing.first_of(others)


def _with_chance(weighing: Weighing, option: Option, chance: float) -> First:
    value = min(max(chance, LOWEST), HIGHEST)
    fixed = replace(option.chance, value=value, kind="measured")
    return _with(weighing, option, replace(option, chance=fixed))


def _with_price(weighing: Weighing, option: Option, month: float) -> First:
    bill = replace(option.bill, month_fee=Decimal(f"{month:.6f}"), per_request=Decimal(0))
    return _with(weighing, option, replace(option, bill=bill))


def _with_volume(weighing: Weighing, requests: float) -> First:
    asked = Decimal(f"{requests:.2f}")
    return weighing.at(replace(weighing.terms, requests=asked), facts={"requests_per_month": asked}).first


def _with_day_rate(weighing: Weighing, rate: float) -> First:
    return weighing.first_of(weighing.options, replace(weighing.terms, day_rate=Decimal(f"{rate:.2f}")))


def _with_error(weighing: Weighing, cost: float) -> First:
    return weighing.first_of(weighing.options, replace(weighing.terms, wrong_answer=Decimal(f"{cost:.6f}")))
