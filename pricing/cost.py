"""A cost that can be taken apart: parts with their rates and sources, and what they add up to."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from pricing.arms import Volume
from pricing.offers import RATES, Confidence, Standing
from pricing.sources import Source

Per = Literal["once", "request", "month", "retraining"]
MTOK = Decimal(1_000_000)


@dataclass(frozen=True)
class Note:
    """Something the reader should know about a figure: an id, and the values its sentence needs."""

    id: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Rate:
    """One listed or own rate with where it comes from; `source` None = the user's own figure.

    `tiers` are the amounts for whole requests with more input tokens than each names; `amount` is the one reached.
    """

    name: str
    amount: Decimal
    source: Source | None = None
    confidence: Confidence | None = None
    added: bool = False
    tiers: tuple[tuple[int, Decimal], ...] = ()


@dataclass(frozen=True)
class Part:
    """One line of a bill: `quantity` times `rate`, due once, for each request, month or retraining.

    A retraining falls due at the beginning of every `every`-th month, `times` times in all. `by_month` are a
    request's amounts month by month where they change as the volume grows; `amount` is the first month's.
    """

    id: str
    per: Per
    quantity: Decimal
    unit: str
    rate: Rate
    amount: Decimal
    of: str = ""
    every: int = 0
    times: int = 0
    by_month: tuple[Decimal, ...] = ()

    def amount_in(self, month: int) -> Decimal:
        """What the line comes to in that month, counted from 0."""
        return self.by_month[month] if self.by_month else self.amount

    def due_in(self, month: int) -> bool:
        """Whether a retraining falls due at the beginning of that month, counted from 0."""
        return self.times > 0 and month > 0 and month % self.every == 0 and month // self.every <= self.times

    def within(self, months: int) -> Part:
        """The same line when it can fall due only before the end of that many months."""
        return replace(self, times=min(self.times, max(0, months - 1) // self.every)) if self.every else self

    def scaled(self, share: Decimal) -> Part:
        """The same line for a share of the requests."""
        by_month = tuple(amount * share for amount in self.by_month)
        return replace(self, quantity=self.quantity * share, amount=self.amount * share, by_month=by_month)


def tokens_part(id: str, per: Per, tokens: Decimal, rate: Rate) -> Part:
    """A line billed by the million tokens."""
    return Part(id, per, tokens, "tokens", rate, tokens * rate.amount / MTOK)


def units_part(id: str, per: Per, quantity: Decimal, unit: str, rate: Rate) -> Part:
    """A line billed by the hour, the month or the piece."""
    return Part(id, per, quantity, unit, rate, quantity * rate.amount)


@dataclass(frozen=True)
class Cost:
    """What one arm costs, line by line, over the months that it can serve."""

    arm: str
    kind: str
    asked: str | None
    volume: Volume
    parts: tuple[Part, ...]
    months_served: int
    ends: date | None = None
    standing: Standing = "open"
    since: date | None = None
    notes: tuple[Note, ...] = ()
    not_recommended: str | None = None

    @property
    def once(self) -> Decimal:
        """Due before the first request."""
        return self._due("once")

    @property
    def per_request(self) -> Decimal:
        """Expected for one request of the first month, monthly fees left out."""
        return self._due("request")

    def per_request_in(self, month: int) -> Decimal:
        """Expected for one request of that month, counted from 0."""
        return sum((part.amount_in(month) for part in self.parts if part.per == "request"), Decimal(0))

    @property
    def month_fee(self) -> Decimal:
        """Due every month whatever the volume."""
        return self._due("month")

    @property
    def retrainings(self) -> int:
        """How often a model is trained again."""
        return max((part.times for part in self.parts), default=0)

    @property
    def per_month(self) -> Decimal:
        """The first full month at the scenario's volume."""
        return self.volume.requests_per_month * self.per_request + self.month_fee

    @cached_property
    def requests_served(self) -> Decimal:
        """Requests over the months that the arm can serve."""
        return self.volume.requests_until(self.months_served)

    @property
    def total(self) -> Decimal:
        """Everything due over the months that the arm can serve."""
        return sum((self.total_of(part) for part in self.parts), Decimal(0))

    def total_of(self, part: Part) -> Decimal:
        """One line over the months that the arm can serve."""
        if part.by_month:
            months = range(self.months_served)
            return sum(
                (part.amount_in(month) * self.volume.requests_in(month) for month in months), Decimal(0)
            )
        times = {
            "once": Decimal(1),
            "request": self.requests_served,
            "month": Decimal(self.months_served),
            "retraining": Decimal(part.times),
        }
        return part.amount * times[part.per]

    def month(self, month: int) -> Decimal:
        """What falls due in one month, counted from 0; nothing once the service has ended."""
        if month >= self.months_served:
            return Decimal(0)
        due = self.month_fee + self.volume.requests_in(month) * self.per_request_in(month)
        return due + (self.once if month == 0 else self.retraining_in(month))

    def retraining_in(self, month: int) -> Decimal:
        """What training again costs at the beginning of that month."""
        return sum((part.amount for part in self.parts if part.due_in(month)), Decimal(0))

    def _due(self, per: Per) -> Decimal:
        return sum((part.amount for part in self.parts if part.per == per), Decimal(0))

    @property
    def confidence(self) -> Confidence | None:
        """That of the weakest rate; None when all are the user's own."""
        found = {part.rate.confidence for part in self.parts}
        weakest_first: tuple[Confidence, ...] = ("low", "medium", "high")
        return next((level for level in weakest_first if level in found), None)

    @property
    def own_rates(self) -> Mapping[str, Decimal]:
        """The user's own rates that stand in place of listed ones, such as negotiated prices."""
        rates = (part.rate for part in self.parts if part.rate.source is None)
        return {rate.name: rate.amount for rate in rates if rate.name in RATES}

    @property
    def has_added_prices(self) -> bool:
        """Whether a rate comes from a user's own price file."""
        return any(part.rate.added for part in self.parts)

    @property
    def all_notes(self) -> tuple[Note, ...]:
        """What the reader should know, own rates and added prices first."""
        own = [Note("own_rates", {"rates": list(self.own_rates)})] if self.own_rates else []
        added = [Note("added_prices")] if self.has_added_prices else []
        return (*own, *added, *self.notes)


def months_until(start: date, end: date) -> int:
    """Whole months from `start` that lie before `end`.

    >>> months_until(date(2026, 11, 22), date(2027, 1, 14))
    1
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(0, months if month_later(start, months) <= end else months - 1)


def month_later(start: date, months: int) -> date:
    """The same day of a later month, or its last day where the month is shorter.

    >>> month_later(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
