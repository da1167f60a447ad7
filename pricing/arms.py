"""The ways of doing the work that a scenario compares: each is an arm, and arms are independent of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Literal

HOURS_PER_MONTH = Decimal(730)
SECONDS_PER_HOUR = Decimal(3600)
Rates = Mapping[str, Decimal]


@dataclass(frozen=True)
class Volume:
    """How many requests come, and for how many months; every month `growth` more than the one before."""

    requests_per_month: Decimal
    months: int
    growth: Decimal = Decimal(0)

    @cached_property
    def by_month(self) -> tuple[Decimal, ...]:
        """Requests of every month of the period."""
        # Decimal refuses 0 ** 0, which a growth of -1 would ask for in the first month.
        grown = (self.requests_per_month * (1 + self.growth) ** month for month in range(1, self.months))
        return (self.requests_per_month, *grown)

    def requests_in(self, month: int) -> Decimal:
        """Requests of one month of the period, counted from 0.

        >>> Volume(Decimal(1000), 12, Decimal("0.1")).requests_in(2)
        Decimal('1210.00')
        """
        return self.by_month[month]

    def requests_until(self, month: int) -> Decimal:
        """Requests from the start to the beginning of that month."""
        return sum(self.by_month[:month], Decimal(0))

    def share(self, share: Decimal) -> Volume:
        """The same months with a part of the requests."""
        return Volume(self.requests_per_month * share, self.months, self.growth)


@dataclass(frozen=True)
class Request:
    """One average request. Reasoning tokens are billed as output; `cache_hit_rate` None = from the volume."""

    input_tokens: Decimal = Decimal(0)
    output_tokens: Decimal = Decimal(0)
    reasoning_tokens: Decimal = Decimal(0)
    cacheable_tokens: Decimal = Decimal(0)
    cache_hit_rate: Decimal | None = None
    batch: bool = False


@dataclass(frozen=True)
class Labour:
    """Hours of people's work, at the user's own rate."""

    hours_once: Decimal = Decimal(0)
    hours_month: Decimal = Decimal(0)
    rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class Arm:
    """What all arms share. `rates` are the user's own, and stand above any listed ones."""

    id: str
    request: Request = Request()
    labour: Labour = Labour()
    rates: Rates = field(default_factory=dict)


@dataclass(frozen=True)
class Prompt(Arm):
    """Zero- or few-shot prompting of a base model."""

    model: str | None = None


@dataclass(frozen=True)
class Rag(Arm):
    """Retrieved passages in front of every question, an index embedded once, a store paid by the month."""

    model: str | None = None
    retrieved_tokens: Decimal = Decimal(0)
    query_tokens: Decimal = Decimal(0)
    embedding_model: str | None = None
    index_tokens: Decimal = Decimal(0)
    store_month: Decimal = Decimal(0)


@dataclass(frozen=True)
class FineTuned(Arm):
    """A tuned model served by whoever tuned it. Without training tokens or hours it is trained already.

    Without `packing` every one of `rows` is billed at `max_length` tokens, as where examples are padded.
    """

    offer: str = "custom"
    training_tokens: Decimal | None = None
    training_hours: Decimal | None = None
    epochs: Decimal | None = None
    validation_tokens: Decimal = Decimal(0)
    evaluations: Decimal | None = None
    packing: bool = True
    rows: Decimal = Decimal(0)
    max_length: Decimal = Decimal(0)
    hours_per_month: Decimal = HOURS_PER_MONTH
    retrain_every_months: int | None = None

    @property
    def trains(self) -> bool:
        return self.training_tokens is not None or self.training_hours is not None or not self.packing


@dataclass(frozen=True)
class SelfHosted(Arm):
    """Open weights on rented or own GPUs, paid by the hour whether requests come or not."""

    gpu_offer: str | None = None
    gpus: Decimal = Decimal(1)
    hours_per_month: Decimal = HOURS_PER_MONTH
    training_hours: Decimal = Decimal(0)
    retrain_every_months: int | None = None


@dataclass(frozen=True)
class SmallModel(Arm):
    """A small model on a CPU: billed for the time its requests take, or always on if hours are given."""

    cpu_hour: Decimal = Decimal(0)
    requests_per_second: Decimal = Decimal(1)
    hours_per_month: Decimal | None = None


@dataclass(frozen=True)
class Cascade(Arm):
    """`first` sees every request and keeps the share it is sure of; `rest` answers the others."""

    first: str = ""
    rest: str = ""
    share_answered: Decimal = Decimal(0)


Kind = Literal["prompt", "rag", "fine_tuned", "self_hosted", "small_model", "cascade"]
KINDS: dict[Kind, type[Arm]] = {
    "prompt": Prompt,
    "rag": Rag,
    "fine_tuned": FineTuned,
    "self_hosted": SelfHosted,
    "small_model": SmallModel,
    "cascade": Cascade,
}
