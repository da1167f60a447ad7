"""Inference prices: our own rows first, else the package `genai-prices`, asked only from a model's own start on."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

from pricing import Problem
from pricing.offers import LongRequest, Price, not_known_on, price_in_force
from pricing.sources import DATA, Record, Source, read_yaml

# The package's names for the rates of a request, and ours.
_RATES = {
    "input_mtok": "input_mtok",
    "cache_read_mtok": "cached_input_mtok",
    "cache_write_mtok": "cache_write_mtok",
    "output_mtok": "output_mtok",
}
_DAY_IN_NAME = re.compile(r"(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")
_NOON = time(12, tzinfo=UTC)
_PACKAGE = "genai-prices"
_version = cache(version)


class ModelLife(Record):
    """The first day on which a base model no longer answers."""

    match: str
    inference_until: date
    source: Source


class InferenceFacts(Record):
    """What the package does not know, as the data file gives it."""

    package: Source
    batch_from: date
    providers: dict[str, str]
    prices: dict[str, tuple[Price, ...]]
    lifecycles: tuple[ModelLife, ...]


@cache
def inference_facts() -> InferenceFacts:
    return InferenceFacts.model_validate(read_yaml(DATA / "inference.yaml"))


@dataclass(frozen=True)
class ListedModel:
    """A model as the package lists it: `provider/id`, and the first day we let it speak for."""

    id: str
    first_day: date
    context_tokens: int | None


def canonical(model: str) -> str:
    """`provider/model` in the spelling the price book uses; a Problem when no provider is named."""
    provider, slash, name = model.strip().lower().partition("/")
    if not slash or not name:
        raise Problem("model_without_provider", model=model)
    return f"{inference_facts().providers.get(provider, provider)}/{name}"


def ends_on(model: str) -> ModelLife | None:
    """When the base model stops answering, where that is known."""
    name = canonical(model)
    return next((life for life in inference_facts().lifecycles if re.search(life.match, name)), None)


@lru_cache(maxsize=4096)
def listed_price(model: str, on: date, batch: bool = False) -> Price:
    """The package's rates for one request of `model` on `on`, those of long requests included.

    Raises a Problem for an unknown model (naming near ones) and for a day before the model's own start:
    the package would answer for that day, but from nothing. Ask `has_batch_rates` before asking for a
    batch: without rates of its own the package silently gives the full price.
    """
    provider, found = _find(canonical(model))
    first = _first_day(found, canonical(model))
    if on < first:
        raise not_known_on(model, on, first)
    rates = found.get_prices(datetime.combine(on, _NOON), {"processing": "batch"} if batch else None)
    return Price(
        starts=first,
        longer=_tiers(rates),
        source=_source(provider),
        confidence="medium",
        **_plain(rates),
    )


def has_batch_rates(model: str, on: date) -> bool:
    """Whether the package knows batch rates of its own for that day."""
    found = _find(canonical(model))[1]
    noon = datetime.combine(on, _NOON)
    if on < inference_facts().batch_from:
        return False
    return bool(_plain(found.get_prices(noon, {"processing": "batch"})) != _plain(found.get_prices(noon)))


def own_price(model: str, on: date) -> Price | None:
    """A price that our own file vouches for, or None when it says nothing about `model`."""
    own = inference_facts().prices.get(canonical(model))
    return price_in_force(own, on, model) if own else None


def listed_models(provider: str | None = None) -> list[ListedModel]:
    """All models of the package that are priced by the token, of one provider or of all."""
    wanted = inference_facts().providers.get(provider, provider) if provider else None
    return [
        ListedModel(name, _first_day(model, name), model.context_window)
        for listed in _providers()
        if wanted in (None, listed.id)
        for model in listed.models
        if not model.id.startswith("ft:")
        for name in [f"{listed.id}/{model.id}"]
        if _rate(model.get_prices(datetime.combine(inference_facts().package.checked, _NOON)), "input_mtok")
    ]


def _providers() -> list[Any]:
    from genai_prices.data_snapshot import get_snapshot

    return list(get_snapshot().providers)


@cache
def _find(name: str) -> tuple[Any, Any]:
    provider_id, _, model_id = name.partition("/")
    provider = next((listed for listed in _providers() if listed.id == provider_id), None)
    if provider is None:
        known = sorted(listed.id for listed in _providers())
        raise Problem("unknown_provider", provider=provider_id, near=near(provider_id, known))
    # The package's own matching rules miss some of the ids that it lists.
    named = (listed for listed in provider.models if listed.id.lower() == model_id)
    model = next(named, None) or provider.find_model(model_id, all_providers=_providers())
    if model is None:
        others = near(model_id, [listed.id for listed in provider.models])
        raise Problem("unknown_model", model=name, near=[f"{provider_id}/{other}" for other in others])
    return provider, model


def near(name: str, known: list[str]) -> list[str]:
    """The names nearest to one that is not known, three at most."""
    return difflib.get_close_matches(name, known, n=3, cutoff=0.4)


@cache
def _first_day_of(name: str, aliases: tuple[str, ...], starts: tuple[date, ...]) -> date:
    named = _day_in(name.partition("/")[2])
    dated = [day for alias in aliases if (day := _day_in(alias))]
    return named or min(dated or [*starts, inference_facts().package.checked])


def _first_day(model: Any, name: str) -> date:
    aliases = [clause.equals for clause in getattr(model.match, "or_", []) if hasattr(clause, "equals")]
    versions = tuple(alias for alias in aliases if re.fullmatch(re.escape(model.id) + r"-[\d-]+", alias))
    prices = model.prices if isinstance(model.prices, list) else []
    starts = tuple(price.constraint.start_date for price in prices if hasattr(price.constraint, "start_date"))
    return _first_day_of(name, versions, starts)


def _day_in(name: str) -> date | None:
    found = _DAY_IN_NAME.search(name)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _rate(price: Any, name: str) -> Decimal | None:
    value = getattr(price, name, None)
    return getattr(value, "base", value)


def _plain(price: Any) -> dict[str, Any]:
    return {ours: rate for theirs, ours in _RATES.items() if (rate := _rate(price, theirs)) is not None}


def _tiers(price: Any) -> tuple[LongRequest, ...]:
    starts: dict[int, dict[str, Decimal]] = {}
    for theirs, ours in _RATES.items():
        for tier in getattr(getattr(price, theirs, None), "tiers", []):
            starts.setdefault(tier.start, {})[ours] = tier.price
    return tuple(LongRequest(above_tokens=start, **rates) for start, rates in sorted(starts.items()))


def _source(provider: Any) -> Source:
    facts = inference_facts().package
    url = (provider.pricing_urls or [facts.url])[0]
    return Source(url=url, checked=facts.checked, kind="copy", note=f"{_PACKAGE} {_version(_PACKAGE)}")
