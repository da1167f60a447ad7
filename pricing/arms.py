"""The ways of doing the work that a scenario compares, as its file holds them; each is an arm, apart from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    model_validator,
)  # fmt: skip

from pricing import Problem
from pricing import typed as read
from pricing.offers import RATES
from pricing.typed import WRITTEN, Amount, Positive, Shape, Share, Word, Yes, plain

HOURS_PER_MONTH = Decimal(730)
SECONDS_PER_HOUR = Decimal(3600)
ZERO = Decimal(0)
MOST_ARMS = 50
MOST_MONTHS = 120
KINDS = ("prompt", "rag", "fine_tuned", "self_hosted", "small_model", "cascade")
OWN_RATES = {*RATES} - {"batch_input_mtok", "batch_output_mtok", "storage_gb_month"}


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


def _own_rates(given: object) -> dict[str, Decimal]:
    rates = read.mapping(given, "")
    read.only(rates, OWN_RATES, "")
    return {name: read.amount(rate, name) for name, rate in rates.items() if rate is not None}


def _within_input(tokens: Decimal, arm: ValidationInfo) -> Decimal:
    most = arm.data.get("input_tokens", tokens)
    if tokens > most:
        raise Problem("cacheable_exceeds_input", field="", found=tokens, most=most)
    return tokens


Months = Annotated[int, read.read_by(read.whole, least=1, most=MOST_MONTHS)]
Hours = Annotated[Decimal, read.read_by(read.amount, most=10_000), WRITTEN]
Rates = Annotated[
    Mapping[str, Decimal],
    PlainValidator(_own_rates),
    PlainSerializer(lambda rates: {name: plain(rate) for name, rate in rates.items()}),
]


class Arm(Shape):
    """What all arms share: one average request, people's hours at one's own rate, and rates that win over listed ones.

    Reasoning tokens are billed as output; without a `cache_hit_rate` it follows from the volume. Of `NEEDS` one is
    given: the field, or the rate of one's own that stands in for it.
    """

    NULL_IS_DEFAULT = True
    NEEDS: ClassVar[tuple[str, str] | None] = None

    id: Word
    kind: str
    input_tokens: Amount = ZERO
    output_tokens: Amount = ZERO
    reasoning_tokens: Amount = ZERO
    cacheable_tokens: Annotated[Amount, AfterValidator(_within_input)] = ZERO
    cache_hit_rate: Share | None = None
    batch: Yes = False
    labour_hours_once: Amount = ZERO
    labour_hours_month: Amount = ZERO
    labour_rate: Amount = ZERO
    prices: Rates = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Arm:
        if self.NEEDS and getattr(self, self.NEEDS[0]) is None and self.NEEDS[1] not in self.prices:
            raise Problem("field_missing", field=self.NEEDS[0])
        return self


class Prompt(Arm):
    """Zero- or few-shot prompting of a base model."""

    NEEDS = ("model", "input_mtok")

    kind: Literal["prompt"]
    model: Word | None = None


class Rag(Arm):
    """Retrieved passages in front of every question, an index embedded once, a store paid by the month."""

    NEEDS = ("model", "input_mtok")

    kind: Literal["rag"]
    model: Word | None = None
    retrieved_tokens: Amount = ZERO
    query_tokens: Amount = ZERO
    embedding_model: Word | None = None
    index_tokens: Amount = ZERO
    store_month: Amount = ZERO


class FineTuned(Arm):
    """A tuned model served by whoever tuned it. Without training tokens or hours it is trained already.

    Without `packing` every one of `rows` is billed at `max_length` tokens, as where examples are padded.
    """

    kind: Literal["fine_tuned"]
    offer: Word
    training_tokens: Amount | None = None
    training_hours: Amount | None = None
    epochs: Positive | None = None
    validation_tokens: Amount = ZERO
    evaluations: Amount | None = None
    packing: Yes = True
    rows: Amount = ZERO
    max_length: Amount = ZERO
    hours_per_month: Hours = HOURS_PER_MONTH
    retrain_every_months: Months | None = None

    @model_validator(mode="after")
    def _padded(self) -> FineTuned:
        for name in () if self.packing else ("rows", "max_length"):
            if not getattr(self, name):
                raise Problem("number_must_be_positive", field=name)
        return self

    @property
    def trains(self) -> bool:
        return self.training_tokens is not None or self.training_hours is not None or not self.packing


class SelfHosted(Arm):
    """Open weights on rented or own GPUs, paid by the hour whether requests come or not."""

    NEEDS = ("gpu_offer", "gpu_hour")

    kind: Literal["self_hosted"]
    gpu_offer: Word | None = None
    gpus: Positive = Decimal(1)
    hours_per_month: Hours = HOURS_PER_MONTH
    training_hours: Amount = ZERO
    retrain_every_months: Months | None = None


class SmallModel(Arm):
    """A small model on a CPU: billed for the time its requests take, or always on if hours are given."""

    kind: Literal["small_model"]
    cpu_hour: Amount
    requests_per_second: Positive = Decimal(1)
    hours_per_month: Hours | None = None


class Cascade(Arm):
    """`first` sees every request and keeps the share it is sure of; `rest` answers the others."""

    kind: Literal["cascade"]
    first: Word
    rest: Word
    share_answered: Share


def _listed(arms: object) -> Sequence[object]:
    if not isinstance(arms, Sequence) or isinstance(arms, str) or not arms:
        raise Problem("list_expected", field="", found=read.shown(arms))
    if len(arms) > MOST_ARMS:
        raise Problem("too_many_arms", found=len(arms), most=MOST_ARMS)
    return arms


def _of_a_kind(arm: object) -> Mapping[str, Any]:
    values = read.mapping(arm, "")
    id, kind = values.get("id"), values.get("kind")
    if id in (None, ""):
        raise Problem("field_missing", field="id")
    read.word(id, "id")
    if kind in (None, ""):
        raise Problem("field_missing", field="kind")
    if kind not in KINDS:
        raise Problem("not_a_choice", field="kind", found=read.shown(kind), choices=sorted(KINDS))
    return values


def _distinct(arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    """Every arm has its own id, and a cascade names only arms beside it."""
    ids = [arm.id for arm in arms]
    for id in ids:
        if ids.count(id) > 1:
            raise Problem("arm_id_twice", arm=id)
    named = {arm.id: arm for arm in arms}
    for arm in arms:
        for role in ("first", "rest") if isinstance(arm, Cascade) else ():
            other = getattr(arm, role)
            if other not in named:
                raise Problem("unknown_arm", field=f"{arm.id}.{role}", arm=other, known=sorted(named))
            if isinstance(named[other], Cascade):
                raise Problem("cascade_of_cascade", field=f"{arm.id}.{role}", arm=other)
    return arms


_OfAKind = Annotated[
    Prompt | Rag | FineTuned | SelfHosted | SmallModel | Cascade,
    Field(discriminator="kind"),
]
Arms = Annotated[
    tuple[Annotated[_OfAKind, BeforeValidator(_of_a_kind)], ...],
    BeforeValidator(_listed),
    AfterValidator(_distinct),
]
