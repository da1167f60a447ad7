"""Hours and money for a training run, as a range: floating-point work over what cards reach in practice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Annotated

from pydantic import Field, PlainSerializer

from advisor.memory import Method, Setup
from advisor.memory.cards import Card
from advisor.models.anatomy import ModelShape
from advisor.shapes import Exact, Shape
from pricing import Problem
from pricing.offers import GpuOffer

# Share of the card's peak that training reaches (slow, typical, fast): published runs on A100 lie between these.
UTILIZATION = (0.30, 0.45, 0.55)
# GB/s of memory for every TFLOPS of an A100 with 80 GB, the card behind UTILIZATION. A card with less waits for its
# memory in all that is not a matrix product: nine runs that PEFT published on an L40S, which has 2.7 times less,
# reached 0.13 to 0.26 of its peak (method_comparison/MetaMathQA at huggingface/peft@5d602fdbf).
A100_BANDWIDTH = 2039 / 312
# Speed against LoRA: 4-bit weights are unpacked for every product, DoRA computes a norm per column.
SPEED: Mapping[Method, tuple[float, float, float]] = {
    "qlora": (0.62, 0.78, 1.00),
    "dora": (0.54, 0.69, 0.83),
}
SAME_SPEED = (1.0, 1.0, 1.0)
# An encoder's matrices are small and reach less: transformers' own guide measured BERT-large at 0.15 of a V100's peak
# (perf_train_gpu_one, fp16, batch 4, 512 tokens); NVIDIA's tuned code at 0.21 to 0.28 of a V100 and 0.27 of an A100
# (DeepLearningExamples, PyTorch/LanguageModeling/BERT, SQuAD).
ENCODER_UTILIZATION = (0.12, 0.20, 0.30)
SECONDS_PER_HOUR = 3600


Finite = int | Annotated[float, Field(allow_inf_nan=False)]
Rounded = Annotated[Finite, PlainSerializer(lambda hours: round(hours, 3))]


class Hours(Shape):
    """The good case, the expected one and the bad one."""

    low: Rounded = 0
    typical: Rounded = 0
    high: Rounded = 0


class Rent(Shape):
    """USD in the good, the expected and the bad case, with the offers it rests on."""

    low: Exact | None = None
    typical: Exact | None = None
    high: Exact | None = None
    offers: tuple[str, ...] = ()


def training_flops(model: ModelShape, setup: Setup, tokens: int) -> float:
    """Floating-point operations to train on `tokens` tokens (all epochs together).

    2P for the forward pass, 4P backwards, of which half falls away where the weights are frozen; recomputing
    activations adds a forward pass; causal attention adds 2·L·h·S to each (Kaplan et al., arXiv 2001.08361).
    """
    passes = (3 if setup.method == "full" else 2) + (1 if setup.checkpointing else 0)
    return passes * forward_flops(model, setup.seq) * tokens


def forward_flops(model: ModelShape, seq: int) -> float:
    """Floating-point operations for one token of a text of `seq` tokens on its way forward.

    An encoder looks its words up without multiplying by a vocabulary, and attends to both sides: twice the products.
    """
    if not model.encoder:
        attention = 2 * (model.full_layers + model.sliding_layers) * model.query_width * seq
        return 2 * model.active_parameters + attention
    seen = model.full_layers * seq + model.sliding_layers * min(seq, model.window or seq)
    return 2 * model.linear_parameters + 4 * model.query_width * seen


def training_hours(model: ModelShape, setup: Setup, on: Card, tokens: int, epochs: float = 1) -> Hours | None:
    """Hours on one card; None when the card's speed is not known or nothing is trained.

    The slow end is slower on a card whose memory is slow for its speed; the typical and the fast one are not, so a
    typical run on such a card lies above the figure given.
    """
    if tokens < 0 or epochs < 0:
        raise Problem("size_out_of_range", name="tokens", asked=min(tokens, epochs), least=0, most="—")
    if on.tflops is None or setup.method == "inference":
        return None
    work = training_flops(model, setup, round(tokens * epochs)) / (on.tflops * 1e12 * SECONDS_PER_HOUR)
    share_of_peak = ENCODER_UTILIZATION if model.encoder else UTILIZATION
    reached = (share_of_peak[0] * _memory_pace(on), *share_of_peak[1:])
    packed = SPEED["qlora"] if setup.weights_as != "none" else SAME_SPEED
    columns = SPEED["dora"] if setup.method == "dora" else SAME_SPEED
    slow, typical, fast = (
        work / (share * unpacking * norms)
        for share, unpacking, norms in zip(reached, packed, columns, strict=True)
    )
    return Hours(low=fast, typical=typical, high=slow)


def _memory_pace(on: Card) -> float:
    """How far a card falls behind an A100 when its memory sets the pace, at most 1; 1 where that is not known."""
    if on.tflops is None or on.bandwidth_gbs is None:
        return 1.0
    return min(1.0, on.bandwidth_gbs / on.tflops / A100_BANDWIDTH)


def rental_cost(hours: Hours, on: Card, offers: Iterable[GpuOffer], day: date) -> Rent | None:
    """USD to rent the card for that long on `day`, over the listed offers for it; None when no price is listed."""
    rates = {
        offer.id: rate for offer in offers if offer.gpu == on.gpu and (rate := _rate(offer, day)) is not None
    }
    if not rates:
        return None
    low, typical, high = (Decimal(str(round(value, 6))) for value in (hours.low, hours.typical, hours.high))
    prices = list(rates.values())
    cents = Decimal("0.0001")
    return Rent(
        low=(min(prices) * low).quantize(cents),
        typical=(median(prices) * typical).quantize(cents),
        high=(max(prices) * high).quantize(cents),
        offers=tuple(rates),
    )


def cheapest_run(
    model: ModelShape,
    setup: Setup,
    among: Iterable[Card],
    tokens: int,
    epochs: float,
    offers: Iterable[GpuOffer],
    day: date,
) -> tuple[Card, Hours, Rent | None] | None:
    """The card on which the run is cheapest to rent, with its hours and rent; a card without a price comes last."""
    listed = tuple(offers)
    runs = [
        (one, hours, rental_cost(hours, one, listed, day))
        for one in among
        if (hours := training_hours(model, setup, one, tokens, epochs)) is not None
    ]
    return min(runs, key=lambda run: (run[2] and run[2].typical) or Decimal("Infinity"), default=None)


def _rate(offer: GpuOffer, day: date) -> Decimal | None:
    """The hourly price in force; None before the first day that can be vouched for."""
    try:
        return offer.price_on(day).gpu_hour
    except Problem:
        return None
