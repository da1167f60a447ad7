"""Ways to train, and which of them can still be begun on a day: each follows the lifecycle of its offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from advisor.language import Text
from pricing import Problem
from pricing.book import PriceBook
from pricing.offers import Customer, Offer, Status
from pricing.sources import Record, Source, read_records

KITS = Path(__file__).parent.parent / "data" / "kits"

# What a setting is worked out from, where it is no fixed value.
Origin = Literal[
    "epochs", "evaluations", "seed", "micro_batch", "accumulation", "max_length", "checkpointing"
]


class SettingRule(Record):
    """Where a setting's value comes from: a fixed value, the method guide's recipe, or the plan's data."""

    id: str
    value: str | None = None
    recipe: str | None = None
    origin: Origin | None = Field(default=None, alias="from")
    source: Source | None = None


class OfferEntry(Record):
    """What a provider's own API calls the model of an offer, or up to how many parameters the offer reaches."""

    model: str | None = None
    training_type: str | None = None
    largest: int | None = None


class Route(Record):
    """One way to train. Without a `provider` it runs on a GPU of one's own, by the memory rules of `stack`.

    `guide`: the method guide of a way that trains all of an encoder on labels.
    """

    id: str
    name: Text
    provider: str | None = None
    script: str
    shape: Literal["chat", "bedrock", "gemini"] = "chat"
    needs: tuple[str, ...] = ()
    fewest_examples: int = 1
    asks_model: bool = False
    model_prefix: str = ""
    first_model: Text | None = None
    guide: str | None = None
    stack: str | None = None
    offers: Mapping[str, OfferEntry] = {}
    settings: tuple[SettingRule, ...]
    source: Source

    @field_validator("name", mode="before")
    @classmethod
    def _same_in_both(cls, name: Any) -> Any:
        """A name like OpenAI is written once."""
        return {"ja": name, "en": name} if isinstance(name, str) else name

    @property
    def is_hosted(self) -> bool:
        return self.provider is not None


@cache
def routes() -> Mapping[str, Route]:
    """Every route by id.

    >>> routes()["bedrock"].needs
    ('AWS_REGION', 'BEDROCK_ROLE_ARN', 'BEDROCK_BUCKET')
    """
    return {route.id: route for route in read_records(KITS / "routes.yaml", Route)}


def route_of(id: str) -> Route:
    """The route of that id; a Problem lists those there are."""
    if id not in routes():
        raise Problem("kit_route_unknown", asked=id, known=list(routes()))
    return routes()[id]


@dataclass(frozen=True)
class Standing:
    """A route on a day for a customer: the offers that can still be bought, and the others with what closed them."""

    route: Route
    on: date
    customer: Customer
    open: tuple[Offer, ...]
    closed: tuple[tuple[Offer, Status], ...]

    @property
    def is_open(self) -> bool:
        return bool(self.open) or not self.route.is_hosted

    def offer(self, id: str | None, parameters: int | None = None) -> Offer | None:
        """The offer asked for, else the smallest that has room for the model; a Problem where it is closed."""
        if not self.route.is_hosted:
            return None
        if id is None:
            return self._usual(parameters)
        for offer, status in self.closed:
            if offer.id == id:
                raise closed_offer(offer, status, self.customer)
        if id not in self.route.offers:
            raise Problem(
                "kit_offer_not_of_route", asked=id, route=self.route.id, known=list(self.route.offers)
            )
        return next(offer for offer in self.open if offer.id == id)

    def _usual(self, parameters: int | None) -> Offer:
        if not self.open:
            known = [pair for pair in self.closed if pair[0].id in self.route.offers]
            raise closed_offer(*(known or self.closed)[0], self.customer)
        for offer in self.open:
            largest = self.route.offers[offer.id].largest
            if largest is None or parameters is None or parameters <= largest:
                return offer
        raise Problem("kit_model_too_large", route=self.route.id, parameters=parameters)


def standing(route: Route, book: PriceBook, on: date, customer: Customer) -> Standing:
    """How a route stands: closed offers of its provider are named too, even those that no kit was made for.

    >>> from pricing.book import price_book
    >>> [offer.id for offer in standing(route_of("openai"), price_book(), date(2026, 11, 22), "new").open]
    []
    """
    found = [
        (offer, offer.lifecycle.status(on, customer))
        for offer in book.offers
        if offer.provider == route.provider and offer.method == "sft"
    ]
    buyable = tuple(offer for offer, status in found if status.can_train and offer.id in route.offers)
    closed = tuple((offer, status) for offer, status in found if not status.can_train)
    return Standing(route, on, customer, buyable, closed)


def closed_offer(offer: Offer, status: Status, customer: Customer) -> Problem:
    """That no kit is made for an offer: why, and since when."""
    named = {"offer": offer.name, "since": status.since, "place": offer.lifecycle.source.url}
    kind = "kit_closed_to_new" if status.id == "closed_to_new" else "kit_closed"
    return Problem(kind if status.since else "kit_closed_undated", **named, customer=customer)
