"""What a run is expected to take: tokens, money, hours and memory; what is not known stays None."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainSerializer

from advisor.answers.memory import Memory
from advisor.memory import Setup
from advisor.memory.training_time import Hours
from advisor.shapes import Exact, Shape
from advisor.training.choice import Choice, OpenModel
from advisor.training.routes import Route
from advisor.training.settings import Setting, Value
from pricing import Problem
from pricing.book import PriceBook
from pricing.offers import Confidence, Offer, Price
from pricing.scenario import Scenario, compare_costs
from pricing.sources import Source
from pricing.training_file import TokenReport

# What other numbers of epochs would cost is shown beside the one chosen.
COMPARED_EPOCHS = range(1, 9)
Two = Annotated[float, PlainSerializer(lambda gib: round(gib, 2))]


class Expected(Shape):
    """Tokens that are billed or read, and what they cost and take. `unknown` says why there is no money.

    `hosting_hour` is what serving costs by the hour whether requests come or not; None where it is not known.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    tokens_per_epoch: int
    epochs: int
    tokens: int
    exact: bool
    tokenizer: str
    money: Exact | None = None
    money_low: Exact | None = None
    money_high: Exact | None = None
    by_epochs: Mapping[int, Exact] = Field({}, alias="money_by_epochs")
    money_unknown_because: str | None = None
    unknown: Problem | None = Field(None, exclude=True)
    hosting_hour: Exact | None = None
    confidence: Confidence | None = None
    source: Source | None = None
    card: str | None = None
    hours: Hours | None = None
    memory_gib: Two | None = None
    memory_upper_gib: Two | None = None

    def having(self, **found: Any) -> Expected:
        """The same with more known of it."""
        return self.model_copy(update=found)

    def without_money(self, why: Problem) -> Expected:
        """The same, with the reason why nothing is known of the money."""
        return self.having(unknown=why, money_unknown_because=why.id)


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
    base, price = _read(tokens, epochs), _price(offer, on)
    if price is not None:
        base = base.having(hosting_hour=price.hosting_hour, confidence=price.confidence, source=price.source)
    if price is None or price.train_mtok is None:
        return base.without_money(Problem("price_never_seen", asked=offer.id))
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
        return base.having(money=once(epochs), by_epochs={count: once(count) for count in COMPARED_EPOCHS})
    except Problem as problem:
        return base.without_money(problem)


def _read(tokens: TokenReport, epochs: int) -> Expected:
    """The tokens alone."""
    per_epoch, count = tokens.tokens_per_epoch, tokens.count
    return Expected(
        tokens_per_epoch=per_epoch,
        epochs=epochs,
        tokens=per_epoch * epochs,
        exact=count.exact,
        tokenizer=count.tokenizer,
    )


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
    base = _read(tokens, epochs)
    if not model.config:
        return base.without_money(Problem("model_shape_unknown", model=model.id))
    value = {setting.id: setting.value for setting in settings}
    # SetFit reads every row in as many pairs with its own label as with others, two texts each.
    texts = 4 * int(value.get("iterations", 0)) or 1
    try:
        found = Memory.estimated(
            model.config, _setup(route, choice, value), model=model.id, parameters=model.parameters,
            tokens=base.tokens_per_epoch * texts, epochs=epochs, gpus=book.gpus, on=on,
        )  # fmt: skip
    except Problem as problem:
        return base.without_money(problem)
    sized = base.having(
        card=found.card,
        hours=found.hours,
        memory_gib=found.total_gib,
        memory_upper_gib=found.upper_gib,
    )
    rent = found.cost
    if rent is None or rent.typical is None:
        return sized.without_money(Problem("price_never_seen", asked=model.id))
    each = {count: rent.typical * count / epochs for count in COMPARED_EPOCHS}
    return sized.having(money=rent.typical, money_low=rent.low, money_high=rent.high, by_epochs=each)


def _setup(route: Route, choice: Choice, value: Mapping[str, Value]) -> Setup:
    """The run as the memory estimate knows it."""
    if route.guide:
        return Setup(
            method="full", batch=int(value["batch_size"]), seq=int(value["max_tokens"]), checkpointing=False
        )
    return Setup(
        method=choice.method,
        rank=int(value["rank"]),
        targets=str(value["targets"]),
        batch=int(value["micro_batch"]),
        seq=int(value["max_length"]),
        checkpointing=bool(value["checkpointing"]),
        stack=route.stack or "hf",
        accumulation=int(value["accumulation"]),
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
