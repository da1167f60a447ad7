"""What a run is expected to take: tokens, money, hours and memory; what is not known stays None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from advisor.answers.memory import Hours
from advisor.memory import Setup
from advisor.memory.report import MemoryReport, report_memory
from advisor.quantities import as_json
from advisor.training.choice import Choice
from advisor.training.routes import Route
from advisor.training.settings import Setting
from pricing import Problem
from pricing.book import PriceBook
from pricing.offers import Confidence, Offer, Price
from pricing.scenario import Scenario, compare_costs
from pricing.sources import Source
from pricing.training_file import TokenReport

# What other numbers of epochs would cost is shown beside the one chosen.
COMPARED_EPOCHS = range(1, 9)


@dataclass(frozen=True)
class OpenModel:
    """An open model as far as it is known: its shape from config.json, and its published size."""

    id: str
    config: Mapping[str, Any] | None = None
    parameters: int | None = None


@dataclass(frozen=True)
class Expected:
    """Tokens that are billed or read, and what they cost and take. `unknown` says why there is no money."""

    tokens_per_epoch: int
    epochs: int
    tokens: int
    exact: bool
    tokenizer: str
    money: Decimal | None = None
    money_low: Decimal | None = None
    money_high: Decimal | None = None
    by_epochs: Mapping[int, Decimal] = field(default_factory=dict)
    unknown: Problem | None = None
    price: Price | None = None
    memory: MemoryReport | None = None

    @property
    def source(self) -> Source | None:
        return self.price.source if self.price else None

    @property
    def confidence(self) -> Confidence | None:
        return self.price.confidence if self.price else None

    @property
    def hosting_hour(self) -> Decimal | None:
        """What serving costs by the hour whether requests come or not; None where it is not known."""
        return self.price.hosting_hour if self.price else None

    def as_json(self) -> dict[str, Any]:
        """The expectation as the command `kit` prints it."""
        memory, names = self.memory, ("tokens_per_epoch", "epochs", "tokens", "tokenizer", "exact")
        shape = {
            **{name: getattr(self, name) for name in (*names, "money", "money_low", "money_high")},
            "money_by_epochs": self.by_epochs,
            "money_unknown_because": self.unknown.id if self.unknown else None,
            "hosting_hour": self.hosting_hour,
            "confidence": self.confidence,
            "source": self.source.model_dump() if self.source else None,
            "card": memory.card.id if memory and memory.card else None,
            "hours": Hours.model_validate(memory.hours).as_json() if memory and memory.hours else None,
            "memory_gib": round(memory.need.total_gib, 2) if memory else None,
            "memory_upper_gib": round(memory.need.upper_gib, 2) if memory else None,
        }
        found: dict[str, Any] = as_json(shape)
        return found


def expected_of_offer(
    offer: Offer,
    tokens: TokenReport,
    validation_tokens: int,
    settings: tuple[Setting, ...],
    book: PriceBook,
    on: date,
    customer: str,
) -> Expected:
    """The bill of a hosted run, by the same door as every other cost of the product."""
    epochs = epochs_in(settings)
    per_epoch = tokens.tokens_per_epoch
    base = Expected(
        per_epoch,
        epochs,
        per_epoch * epochs,
        tokens.count.exact,
        tokens.count.tokenizer,
        price=_price(offer, on),
    )
    if base.price is None or base.price.train_mtok is None:
        return replace(base, unknown=Problem("price_never_seen", asked=offer.id))
    per_epoch_evaluated = any(setting.id == "n_evals" and setting.value for setting in settings)

    def once(epochs: int) -> Decimal:
        asked = {
            "on": on,
            "requests_per_month": 0,
            "months": 1,
            "customer": customer,
            "arms": [_arm(offer.id, per_epoch, epochs, validation_tokens, per_epoch_evaluated)],
        }
        return compare_costs(Scenario.parse(asked), book).costs[0].once

    try:
        return replace(base, money=once(epochs), by_epochs={count: once(count) for count in COMPARED_EPOCHS})
    except Problem as problem:
        return replace(base, unknown=problem)


def _arm(
    offer: str, tokens: int, epochs: int, validation_tokens: int, per_epoch_evaluated: bool
) -> dict[str, Any]:
    """A run that is trained and then never asked."""
    evaluated = {"evaluations": epochs} if per_epoch_evaluated else {}
    return {
        "id": "kit",
        "kind": "fine_tuned",
        "offer": offer,
        "training_tokens": tokens,
        "epochs": epochs,
        "validation_tokens": validation_tokens,
        "input_tokens": 0,
        "output_tokens": 0,
        **evaluated,
    }


def expected_on_own_gpu(
    route: Route,
    choice: Choice,
    model: OpenModel,
    tokens: TokenReport,
    settings: tuple[Setting, ...],
    book: PriceBook,
    on: date,
) -> Expected:
    """Memory, hours and rent on the cheapest card that the run fits; None for all three without the model's shape."""
    epochs = epochs_in(settings)
    per_epoch = tokens.tokens_per_epoch
    base = Expected(per_epoch, epochs, per_epoch * epochs, tokens.count.exact, tokens.count.tokenizer)
    if not model.config:
        return replace(base, unknown=Problem("model_shape_unknown", model=model.id))
    value = {setting.id: setting.value for setting in settings}
    setup = Setup(
        method=choice.method,
        rank=int(value["rank"]),
        targets=str(value["targets"]),
        batch=int(value["micro_batch"]),
        seq=int(value["max_length"]),
        checkpointing=bool(value["checkpointing"]),
        stack=route.stack or "hf",
        accumulation=int(value["accumulation"]),
    )
    try:
        found = report_memory(
            model.config, setup, model=model.id, parameters=model.parameters, tokens=per_epoch, epochs=epochs,
            gpus=book.gpus, on=on,
        )  # fmt: skip
    except Problem as problem:
        return replace(base, unknown=problem)
    cost = found.cost
    if cost is None:
        return replace(base, memory=found, unknown=Problem("price_never_seen", asked=model.id))
    each = {count: cost.typical * count / epochs for count in COMPARED_EPOCHS}
    return replace(
        base, memory=found, money=cost.typical, money_low=cost.low, money_high=cost.high, by_epochs=each
    )


def epochs_in(settings: tuple[Setting, ...]) -> int:
    """The epochs among the settings, whatever the provider calls them."""
    names = ("epochs", "n_epochs", "epochCount", "epoch_count")
    return int(next(setting.value for setting in settings if setting.id in names))


def _price(offer: Offer, on: date) -> Price | None:
    try:
        return offer.price_on(on)
    except Problem:
        return None
