"""Everything the command `memory` answers about one model and one setup: the need, the cards, the hours, the money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.memory import MemoryEstimate, Setup, estimate
from advisor.memory.cards import Card, Change, Verdict, cards, cheapest_change, longest_sequence, verdicts
from advisor.memory.training_time import MoneyRange, Range, rental_cost, training_hours
from advisor.models.anatomy import ModelShape
from advisor.models.shapes import as_mapping, shape
from pricing.offers import GpuOffer


@dataclass(frozen=True)
class MemoryReport:
    """A need, which cards it fits, and with tokens the hours and the rent on one of them."""

    model: str | None
    need: MemoryEstimate
    card: Card | None
    fits: Mapping[str, Verdict]
    change: Change | None
    longest: int | None
    hours: Range | None
    cost: MoneyRange | None
    tokens: int | None
    epochs: float

    @property
    def fits_card(self) -> bool:
        """False only when a card was chosen and the need does not fit it."""
        return self.card is None or self.fits[self.card.id] != "no"


def report_memory(
    config: Mapping[str, Any],
    setup: Setup,
    *,
    model: str | None = None,
    parameters: int | None = None,
    card: Card | None = None,
    tokens: int | None = None,
    epochs: float = 1,
    gpus: Iterable[GpuOffer] = (),
    on: date | None = None,
) -> MemoryReport:
    """Peak memory of one setup, the verdict of every card, and with `tokens` (of one epoch) the time and the rent.

    Without a `card`, time and rent are those of the cheapest listed card that it fits. A Problem says what is missing.
    """
    anatomy = with_published_total(shape(as_mapping(config)), parameters)
    need = estimate(anatomy, setup)
    fits = verdicts(need)
    chosen = card
    hours = cost = None
    if tokens is not None and on is not None:
        offers = tuple(gpus)
        among = [card] if card else [one for one in cards().values() if fits[one.id] != "no" and one.gpu]
        chosen, hours, cost = _cheapest(anatomy, setup, among, tokens, epochs, offers, on)
    return MemoryReport(
        model=model,
        need=need,
        card=card or chosen,
        fits=fits,
        change=cheapest_change(anatomy, setup, card) if card else None,
        longest=longest_sequence(anatomy, setup, card) if card else None,
        hours=hours,
        cost=cost,
        tokens=tokens,
        epochs=epochs,
    )


def with_published_total(anatomy: ModelShape, parameters: int | None) -> ModelShape:
    """The shape with parameters that its config does not describe (a vision part, say) counted as 16-bit weights."""
    beyond = (parameters or 0) - anatomy.total_parameters
    return replace(anatomy, other=anatomy.other + beyond) if beyond > 0 else anatomy


def _cheapest(
    anatomy: ModelShape,
    setup: Setup,
    among: Iterable[Card],
    tokens: int,
    epochs: float,
    offers: tuple[GpuOffer, ...],
    on: date,
) -> tuple[Card | None, Range | None, MoneyRange | None]:
    """The card on which the run is cheapest to rent, with its hours and cost; a card without a price comes last."""
    runs: list[tuple[Decimal, Card, Range, MoneyRange | None]] = []
    for one in among:
        hours = training_hours(anatomy, setup, one, tokens, epochs)
        if hours is not None:
            cost = rental_cost(hours, one, offers, on)
            runs.append((cost.typical if cost else Decimal("Infinity"), one, hours, cost))
    if not runs:
        return None, None, None
    _, card, hours, cost = min(runs, key=lambda run: run[0])
    return card, hours, cost
