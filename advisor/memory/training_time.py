"""Hours and money for a training run, as a range: floating-point work over what cards reach in practice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from advisor.memory import Method, Setup
from advisor.memory.cards import Card
from advisor.models.anatomy import ModelShape
from pricing import Problem
from pricing.offers import GpuOffer

# Share of the card's peak that training reaches (slow, typical, fast): published runs on A100 lie between these.
UTILIZATION = (0.30, 0.45, 0.55)
# Speed against LoRA: 4-bit weights are unpacked for every product, DoRA computes a norm per column.
SPEED: Mapping[Method, tuple[float, float, float]] = {
    "qlora": (0.62, 0.78, 1.00),
    "dora": (0.54, 0.69, 0.83),
}
SAME_SPEED = (1.0, 1.0, 1.0)
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class Range:
    """The good case, the expected one and the bad one."""

    low: float
    typical: float
    high: float

    def as_json(self, digits: int = 3) -> dict[str, float]:
        """Rounded for the answer of the command `memory`."""
        return {name: round(value, digits) for name, value in vars(self).items()}


@dataclass(frozen=True)
class MoneyRange:
    """USD in the good, the expected and the bad case, with the offers it rests on."""

    low: Decimal
    typical: Decimal
    high: Decimal
    offers: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Exact decimal strings."""
        amounts = {name: format(getattr(self, name), "f") for name in ("low", "typical", "high")}
        return amounts | {"offers": list(self.offers)}


def training_flops(model: ModelShape, setup: Setup, tokens: int) -> float:
    """Floating-point operations to train on `tokens` tokens (all epochs together).

    2P for the forward pass, 4P backwards, of which half falls away where the weights are frozen; recomputing
    activations adds a forward pass; causal attention adds 2·L·h·S to each (Kaplan et al., arXiv 2001.08361).
    """
    passes = (3 if setup.method == "full" else 2) + (1 if setup.checkpointing else 0)
    attention = 2 * (model.full_layers + model.sliding_layers) * model.query_width * setup.seq
    return passes * (2 * model.active_parameters + attention) * tokens


def training_hours(model: ModelShape, setup: Setup, on: Card, tokens: int, epochs: float = 1) -> Range | None:
    """Hours on one card; None when the card's speed is not known or nothing is trained."""
    if tokens < 0 or epochs < 0:
        raise Problem("size_out_of_range", name="tokens", asked=min(tokens, epochs), least=0, most="—")
    if on.tflops is None or setup.method == "inference":
        return None
    work = training_flops(model, setup, round(tokens * epochs)) / (on.tflops * 1e12 * SECONDS_PER_HOUR)
    packed = SPEED["qlora"] if setup.weights_as != "none" else SAME_SPEED
    columns = SPEED["dora"] if setup.method == "dora" else SAME_SPEED
    slow, typical, fast = (
        work / (share * unpacking * norms)
        for share, unpacking, norms in zip(UTILIZATION, packed, columns, strict=True)
    )
    return Range(fast, typical, slow)


def rental_cost(hours: Range, on: Card, offers: Iterable[GpuOffer], day: date) -> MoneyRange | None:
    """USD to rent the card for that long on `day`, over the listed offers for it; None when no price is listed."""
    rates = {
        offer.id: rate for offer in offers if offer.gpu == on.gpu and (rate := _rate(offer, day)) is not None
    }
    if not rates:
        return None
    low, typical, high = (Decimal(str(round(value, 6))) for value in vars(hours).values())
    prices = list(rates.values())
    cents = Decimal("0.0001")
    return MoneyRange(
        (min(prices) * low).quantize(cents),
        (median(prices) * typical).quantize(cents),
        (max(prices) * high).quantize(cents),
        tuple(rates),
    )


def _rate(offer: GpuOffer, day: date) -> Decimal | None:
    """The hourly price in force; None before the first day that can be vouched for."""
    try:
        return offer.price_on(day).gpu_hour
    except Problem:
        return None
