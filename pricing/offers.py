"""What can be bought: a price with its day and source, the life of an offer, and the offer itself."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from pricing import Problem
from pricing.sources import Record, Source

Customer = Literal["new", "existing"]
Confidence = Literal["high", "medium", "low"]
Standing = Literal["open", "closing", "closed_to_new", "training_closed", "ended", "deprecated", "unknown"]


def _not_negative(amount: Decimal) -> Decimal:
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"{amount} is not an amount of money")
    return amount


Money = Annotated[Decimal, AfterValidator(_not_negative)]

RATES = (
    "train_mtok", "train_hour", "input_mtok", "cached_input_mtok", "cache_write_mtok", "output_mtok",
    "batch_input_mtok", "batch_output_mtok", "hosting_hour", "storage_month", "storage_gb_month",
    "minimum_charge", "gpu_hour",
)  # fmt: skip


REQUEST_RATES = ("input_mtok", "cached_input_mtok", "cache_write_mtok", "output_mtok")


class LongRequest(Record):
    """Rates that hold for the whole of a request whose input is longer than `above_tokens`."""

    above_tokens: int
    input_mtok: Money | None = None
    cached_input_mtok: Money | None = None
    cache_write_mtok: Money | None = None
    output_mtok: Money | None = None


class Price(Record):
    """What is charged from one day on, in USD; a rate that is None was not seen anywhere: unknown, not zero.

    `added` is set on rows from a user's own file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    starts: date | None = Field(default=None, alias="from")
    train_mtok: Money | None = None
    train_hour: Money | None = None
    input_mtok: Money | None = None
    cached_input_mtok: Money | None = None
    cache_write_mtok: Money | None = None
    output_mtok: Money | None = None
    batch_input_mtok: Money | None = None
    batch_output_mtok: Money | None = None
    hosting_hour: Money | None = None
    storage_month: Money | None = None
    storage_gb_month: Money | None = None
    minimum_charge: Money | None = None
    gpu_hour: Money | None = None
    longer: tuple[LongRequest, ...] = ()
    source: Source
    confidence: Confidence
    notes: tuple[str, ...] = ()
    added: bool = False

    @property
    def begins(self) -> date:
        """The first day this row is vouched for."""
        return self.starts or self.source.checked

    @property
    def rates(self) -> dict[str, Decimal]:
        """The rates that are known, by name."""
        return {name: rate for name in RATES if (rate := getattr(self, name)) is not None}

    def for_request(self, input_tokens: Decimal | int) -> Price:
        """The rates of one request of that length: a long request is dearer as a whole."""
        reached = [tier for tier in self.longer if input_tokens > tier.above_tokens]
        if not reached:
            return self
        dearer = reached[-1].model_dump(exclude={"above_tokens"}, exclude_none=True)
        return self.model_copy(update=dearer)

    def tiers_of(self, name: str) -> tuple[tuple[int, Decimal], ...]:
        """One rate by length of request, from 0 tokens on; empty where it does not depend on the length."""
        tiers = [
            (tier.above_tokens, rate)
            for tier in self.longer
            if (rate := getattr(tier, name, None)) is not None
        ]
        return ((0, getattr(self, name)), *tiers) if tiers else ()

    def in_batch(self, rule: CachingRule, asked: str) -> Price:
        """The rates of a batch: as listed, else the provider's rule; a Problem where neither is known."""
        if self.batch_input_mtok is not None and self.batch_output_mtok is not None:
            rates = {"input_mtok": self.batch_input_mtok, "output_mtok": self.batch_output_mtok}
            return self._batched(rates, rule, ())
        if rule.batch is None:
            raise Problem("no_batch_price", asked=asked)
        return self._batched(self._scaled(rule.batch), rule, ("batch_by_rule",))

    def without_cache(self) -> Price:
        """The rates of requests that cannot hit the prompt cache."""
        return self.model_copy(update={"cached_input_mtok": None, "cache_write_mtok": None})

    def _scaled(self, share: Decimal) -> dict[str, Any]:
        return {name: self.rates[name] * share for name in REQUEST_RATES if name in self.rates}

    def _batched(self, rates: dict[str, Any], rule: CachingRule, notes: tuple[str, ...]) -> Price:
        batched = self.model_copy(update={**rates, "longer": (), "notes": self.notes + notes})
        return batched if rule.batch_keeps_cache else batched.without_cache()


def price_in_force(prices: tuple[Price, ...], day: date, asked: str) -> Price:
    """The latest row that had begun on `day`; a Problem naming the first known day when none had."""
    begun = [price for price in prices if price.begins <= day]
    if begun:
        return max(begun, key=lambda price: price.begins)
    if not prices:
        raise Problem("price_never_seen", asked=asked)
    raise not_known_on(asked, day, min(price.begins for price in prices))


def not_known_on(asked: str, day: date, first: date) -> Problem:
    """That a price is asked for on a day before the first one we can vouch for."""
    return Problem("price_not_known_on", asked=asked, day=day, first=first, choose=first.isoformat())


class Status(Record):
    """How an offer stands on a day for a customer; `since` is None where only the state, not its day, is known."""

    id: Standing
    since: date | None = None
    can_train: bool
    can_serve: bool


class Lifecycle(Record):
    """Until when an offer is to be had. Each `*_until` is the first day on which it no longer is.

    `added` is set on a life from a user's own file.
    """

    state: Literal["active", "closing", "deprecated", "retired", "unknown"]
    announced: date | None = None
    new_customers_until: date | None = None
    training_until: date | None = None
    inference_until: date | None = None
    existing_means: str | None = None
    source: Source
    added: bool = False

    def status(self, day: date, customer: Customer) -> Status:
        """Whether `customer` can train and serve on `day`, and since when not.

        An offer found retired or deprecated without a date counts as such from the day it was found so.
        """
        if self.inference_until and day >= self.inference_until:
            return Status(id="ended", since=self.inference_until, can_train=False, can_serve=False)
        if self.training_until and day >= self.training_until:
            serves = self.state != "retired" or self.inference_until is not None
            return Status(id="training_closed", since=self.training_until, can_train=False, can_serve=serves)
        if customer == "new" and self.new_customers_until and day >= self.new_customers_until:
            return Status(id="closed_to_new", since=self.new_customers_until, can_train=False, can_serve=True)
        return self._undated(day)

    def _undated(self, day: date) -> Status:
        dated = self.inference_until or self.training_until
        found = day >= self.source.checked
        if self.state == "retired" and not dated:
            gone = Status(id="ended", can_train=False, can_serve=False)
            return gone if found else Status(id="unknown", can_train=True, can_serve=True)
        if self.state == "deprecated" and found:
            return Status(id="deprecated", can_train=False, can_serve=True)
        if self.state == "unknown":
            return Status(id="unknown", can_train=True, can_serve=True)
        closing = dated and day >= (self.announced or self.source.checked)
        return Status(id="closing" if closing else "open", can_train=True, can_serve=True)

    @property
    def next_ends(self) -> tuple[date, ...]:
        """The known days on which something ends, in order."""
        ends = (self.new_customers_until, self.training_until, self.inference_until)
        return tuple(sorted({day for day in ends if day}))


class Listed(Record):
    """Something that can be bought, with its prices in the course of time."""

    id: str
    name: str
    prices: tuple[Price, ...]

    @property
    def provider(self) -> str:
        return self.id.partition("/")[0]

    def price_on(self, day: date) -> Price:
        """The price in force on `day`: the latest one that had begun.

        >>> from pricing.book import price_book
        >>> price_book().offer("openai/gpt-3.5-turbo-0125").price_on(date(2024, 3, 15)).train_mtok
        Decimal('8.00')
        """
        return price_in_force(self.prices, day, self.id)


class Offer(Listed):
    """A model that can be fine-tuned somewhere, what that costs since when, and how long it can be had.

    `serving`: tokens are billed per token, or a dedicated machine is billed by the hour and tokens are not.
    `validation`: whether tokens of the validation file are billed, and how often.
    """

    base: str | None = None
    method: Literal["sft", "dpo", "rft"] = "sft"
    serving: Literal["per_token", "dedicated"]
    validation: Literal["free", "once", "per_evaluation", "as_given", "unknown"]
    open_weights: bool = False
    default_epochs: int | None = None
    job_cap: Money | None = None
    lifecycle: Lifecycle
    notes: tuple[str, ...] = ()


class GpuOffer(Listed):
    """A GPU that can be rented by the hour."""

    gpu: str
    memory_gb: int


class CachingRule(Record):
    """When a repeated beginning of a prompt is read from the cache, and what a batch costs."""

    provider: str
    match: str
    min_prefix: int
    step: int
    ttl_seconds: int
    batch: Money | None = None
    batch_keeps_cache: bool
    source: Source

    def speaks_for(self, provider: str, name: str) -> bool:
        return self.provider in ("", provider) and re.search(self.match, name) is not None

    def cached_tokens(self, cacheable: Decimal | int) -> Decimal:
        """Tokens of a prefix that the cache can hold: none under the minimum, else whole steps.

        >>> from pricing.book import price_book
        >>> price_book().caching("openai/gpt-4o").cached_tokens(2000)
        Decimal('1920')
        """
        prefix = Decimal(cacheable)
        return Decimal(0) if prefix < self.min_prefix else prefix // self.step * self.step
