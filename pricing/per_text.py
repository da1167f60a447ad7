"""What the same text costs as the input of several models: by the text, since a token is not the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.book import PriceBook
from pricing.cost import MTOK
from pricing.tokens import TokenCount


@dataclass(frozen=True)
class CostPerText:
    """Mean tokens of a text in a model's own tokenizer, and what they cost as input; `exact` unless estimated."""

    model: str
    tokens_per_text: Decimal
    exact: bool
    input_mtok: Decimal

    @property
    def usd_per_text(self) -> Decimal:
        return self.tokens_per_text * self.input_mtok / MTOK


def cost_per_text(count: TokenCount, model: str, book: PriceBook, on: date) -> CostPerText:
    """The mean cost of the texts that were counted for `model`; a Problem where its price is not known on that day.

    >>> from pricing.book import price_book
    >>> from pricing.tokens import count_texts
    >>> model = "openai/gpt-4o-mini-2024-07-18"
    >>> cost_per_text(count_texts(["なんで空は青いの?"], model), model, price_book(), date(2026, 11, 22)).usd_per_text
    Decimal('0.0000012')
    """
    rate = book.inference(model, on).input_mtok or Decimal(0)
    texts = max(1, len(count.lengths))
    return CostPerText(model, Decimal(count.total) / texts, count.exact, rate)
