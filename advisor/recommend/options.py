"""An option: an approach in its concrete form, with the time, the money and the chance that the decision weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import NormalDist

from advisor.recommend.chances import Chance
from advisor.shapes import Aim
from advisor.stated import Days, Reaches

NORMAL = NormalDist()
ZERO = Decimal(0)
MOST_U = 12.0
# What is bought where no request may go to somebody else.
OWN_MACHINES = "own_machines"


@dataclass(frozen=True)
class Terms:
    """What every option is weighed by; money is USD. `wrong_answer` None: the target alone decides.

    `in_hand` is the best score that the team has today, 0 where it has none.
    """

    day_rate: Decimal
    months: int
    requests: Decimal
    aim: Aim | None = None
    wrong_answer: Decimal | None = None
    in_hand: float = 0.0

    @property
    def stakes(self) -> Decimal | None:
        """What wrong answers would cost over all months if every one of them were wrong; None where nobody said."""
        if not self.wrong_answer or self.aim is None:
            return None
        return self.wrong_answer * self.requests * self.months

    @property
    def cost_of_missing(self) -> Decimal | None:
        """What missing the target costs: the stakes for the points that are lacking today."""
        if self.stakes is None or self.aim is None:
            return None
        return self.stakes * Decimal(str(max(0.0, self.aim.value - self.in_hand)))


@dataclass(frozen=True)
class Unlock:
    """What has to be done before an option is possible: by these rules, so many days of work, or rows to label."""

    rules: tuple[str, ...]
    days: Decimal = ZERO
    rows: int | None = None


@dataclass(frozen=True)
class Bill:
    """What an option costs besides people's time, USD: once to train, each month, and each request.

    `buys` is the model, offer or machine; `assumed` where it is a stand-in of ours; not `known` where no price is.
    """

    buys: str | None = None
    once: Decimal = ZERO
    month_fee: Decimal = ZERO
    per_request: Decimal = ZERO
    assumed: bool = True
    known: bool = False

    def month(self, requests: Decimal) -> Decimal:
        """The running cost of a month."""
        return self.month_fee + self.per_request * requests


@dataclass(frozen=True)
class Option:
    """`result`: what came of trying it. `waits_for`: of each of these sets one has to be tried before it."""

    approach: str
    commitment: int
    chance: Chance
    days: Days
    bill: Bill
    trial_rows: int = 0
    result: Reaches | None = None
    mean: float | None = None
    unlock: Unlock | None = None
    waits_for: tuple[frozenset[str], ...] = ()
    again: bool = False
    shares_trial_with: str | None = None

    @property
    def trial_days(self) -> Decimal:
        """To try it, and before that to make it possible."""
        return (self.days.trial or ZERO) + (self.unlock.days if self.unlock else ZERO)

    @property
    def trial_usd(self) -> Decimal:
        """Cash for a trial: training, and the requests that it sends."""
        return self.bill.once + self.bill.per_request * self.trial_rows

    def trial(self, terms: Terms) -> Decimal:
        """T: what trying it costs."""
        return terms.day_rate * self.trial_days + self.trial_usd

    def life(self, terms: Terms) -> Decimal:
        """L: what it costs from a successful trial to the end of the months."""
        build = (self.days.build or ZERO) - (self.days.trial or ZERO)
        work = build + (self.days.upkeep or ZERO) * terms.months
        return terms.day_rate * max(work, ZERO) + self.bill.month(terms.requests) * terms.months

    def index(self, terms: Terms) -> Decimal:
        """z: what it costs to run, plus what it costs to try divided by the chance that it works.

        With a cost of wrong answers, the points by which it may lie under or over the target count as well. The
        reservation price of Weitzman's search for the best alternative, in costs (doi:10.2307/1910412).
        """
        if self.result == "yes":
            until = terms.day_rate * self.unlock.days if self.unlock else ZERO
            return until + self.life(terms) + self._shortfall(terms)
        if terms.stakes is None:
            return self.life(terms) + self.trial(terms) / Decimal(str(max(self.chance.value, 0.0001)))
        return self.life(terms) + _reservation(self.chance, float(self.trial(terms)), float(terms.stakes))

    def _shortfall(self, terms: Terms) -> Decimal:
        if terms.stakes is None or terms.aim is None or self.mean is None:
            return ZERO
        return terms.stakes * Decimal(str(round(terms.aim.value - self.mean, 4)))

    def after(self, tried: frozenset[str], came: Sequence[float]) -> Option:
        """The same option once others were tried: each that failed lowers its chance, and some work is done."""
        days = self.days
        if days.trial and self.shares_trial_with in tried:
            days = days.model_copy(update={"trial": days.trial / 2})
        return replace(self, chance=self.chance.after_failures(came), days=days)

    def is_possible(self, tried: frozenset[str]) -> bool:
        """Whether all that it waits for has been tried."""
        return all(some & tried for some in self.waits_for)


def _reservation(chance: Chance, trial: float, stakes: float) -> Decimal:
    """The points (in USD) lacking to the target at which stopping and trying on would be worth the same.

    Scores lie around a mean m with spread s; u solves s*(pdf(u) + u*cdf(u)) = trial, and the index is u*s - m
    (doi:10.2307/1910412).
    """
    spread = chance.spread * stakes
    mean = spread * NORMAL.inv_cdf(min(max(chance.value, 0.0001), 0.9999))
    low, high = -MOST_U, max(MOST_U, trial / spread + 1)
    for _ in range(60):
        u = (low + high) / 2
        low, high = (u, high) if spread * (NORMAL.pdf(u) + u * NORMAL.cdf(u)) < trial else (low, u)
    return Decimal(str(round(low * spread - mean, 4)))
