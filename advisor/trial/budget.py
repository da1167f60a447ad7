"""What a trial may cost: money is put aside before a request is sent, and taken back when the answer says what it took.

However many requests are under way, spent and put aside together never exceed the cap, so neither does what is spent,
as long as a provider charges no more than the bound of each request. Without a known price the requests are counted.
Only what a killed process had under way is lost to the count of the one that goes on.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field
from decimal import Decimal

from advisor.trial.usage import Usage
from pricing import Problem
from pricing.cost import MTOK
from pricing.offers import LongRequest, Price

# An estimate of tokens is seldom further off than this.
HEADROOM = Decimal("1.3")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Most:
    """The most tokens that one request may take, and how many are expected."""

    input: int
    output: int
    expected_input: int
    expected_output: int

    @classmethod
    def of(cls, input: int, output: int, expected_output: int) -> Most:
        """The bound around an estimate of the input and a limit on the output.

        >>> Most.of(100, 320, 10)
        Most(input=130, output=320, expected_input=100, expected_output=10)
        """
        return cls(math.ceil(input * HEADROOM), output, input, expected_output)


@dataclass
class Budget:
    """What was spent of a cap; `price` None: nobody knows what a request costs, and `cap_requests` alone holds."""

    cap_requests: int
    price: Price | None = None
    cap_usd: Decimal | None = None
    spent_usd: Decimal = ZERO
    reserved_usd: Decimal = ZERO
    requests: int = 0
    under_way: int = 0
    _freed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    async def reserve(self, most: Most) -> Decimal:
        """Put the bound of one request aside, waiting for others where only their end makes room."""
        bound = most_usd(self.price, most)
        while not self._fits(bound):
            if not self.under_way:
                raise self._reached()
            self._freed.clear()
            await self._freed.wait()
        self.reserved_usd += bound
        self.requests += 1
        self.under_way += 1
        return bound

    def settle(self, bound: Decimal, usage: Usage | None) -> Decimal:
        """Count what a request took; what nobody reported counts as the bound. The amount counted."""
        known = usage is not None and usage.reported
        taken = usage_usd(self.price, usage) if usage and known else bound
        self._free(bound)
        self.spent_usd += taken
        return taken

    def release(self, bound: Decimal) -> None:
        """Take back what a refused request was to cost."""
        self._free(bound)

    def _free(self, bound: Decimal) -> None:
        self.reserved_usd -= bound
        self.under_way -= 1
        self._freed.set()

    def _fits(self, bound: Decimal) -> bool:
        in_money = self.cap_usd is None or self.spent_usd + self.reserved_usd + bound <= self.cap_usd
        return in_money and self.requests < self.cap_requests

    def _reached(self) -> Problem:
        if self.requests >= self.cap_requests:
            return Problem("trial_cap_of_requests", cap=self.cap_requests)
        return Problem("trial_cap_reached", cap=self.cap_usd, spent=self.spent_usd)


def most_usd(price: Price | None, most: Most) -> Decimal:
    """What a request costs when it takes all it may, at the dearest rate that input may be charged at."""
    if price is None:
        return ZERO
    input_rate, output_rate = _dearest(price, most.input)
    return (most.input * input_rate + most.output * output_rate) / MTOK


def expected_usd(price: Price | None, most: Most) -> Decimal:
    """What a request is expected to cost, without any luck of the cache."""
    usage = Usage(most.expected_input, 0, 0, most.expected_output, 0)
    return usage_usd(price, usage)


def usage_usd(price: Price | None, usage: Usage) -> Decimal:
    """What tokens cost; cached and written input at their own rates, where there are such."""
    if price is None:
        return ZERO
    rates = price.for_request(usage.input).rates
    plain = rates.get("input_mtok", ZERO)
    fresh = usage.input - usage.cached - usage.written
    cached = usage.cached * rates.get("cached_input_mtok", plain)
    written = usage.written * rates.get("cache_write_mtok", plain)
    return (fresh * plain + cached + written + usage.output * rates.get("output_mtok", ZERO)) / MTOK


def _dearest(price: Price, input_tokens: int) -> tuple[Decimal, Decimal]:
    """The highest rates that a request of up to so many tokens may be charged, cached or not, long or short."""
    longer = (tier for tier in price.longer if input_tokens > tier.above_tokens)
    reached: tuple[Price | LongRequest, ...] = (price, *longer)
    inputs = (
        rate for one in reached for rate in (one.input_mtok, one.cached_input_mtok, one.cache_write_mtok)
    )
    outputs = (one.output_mtok for one in reached)
    return max(filter(None, inputs), default=ZERO), max(filter(None, outputs), default=ZERO)
