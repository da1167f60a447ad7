"""The price book: what each provider charges, since when, until when, and where that was read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pricing import Problem, inference
from pricing.offers import CachingRule, GpuOffer, Lifecycle, Offer, Price, Status
from pricing.sources import Record, Source, read_records, read_yaml, refused
from pricing.typed import plain


class AddedPrices(Record):
    """Prices to add to an offer that is listed, or its life to correct; appended, the past is not rewritten."""

    id: str
    prices: tuple[Price, ...] = ()
    lifecycle: Lifecycle | None = None


@dataclass(frozen=True)
class PriceBook:
    """Every price known: fine-tuning offers, GPUs, caching rules, and inference prices on any day."""

    offers: tuple[Offer, ...]
    gpus: tuple[GpuOffer, ...]
    rules: tuple[CachingRule, ...]

    def offer(self, id: str) -> Offer:
        """The fine-tuning offer `provider/model`; a Problem naming near ones when it is not listed."""
        for offer in self.offers:
            if offer.id == id:
                return offer
        raise Problem("unknown_offer", offer=id, near=_near(id, (offer.id for offer in self.offers)))

    def gpu(self, id: str) -> GpuOffer:
        """The GPU offer of that id; a Problem naming near ones when it is not listed."""
        for gpu in self.gpus:
            if gpu.id == id:
                return gpu
        raise Problem("unknown_gpu_offer", offer=id, near=_near(id, (gpu.id for gpu in self.gpus)))

    def inference(self, model: str, on: date, batch: bool = False) -> Price:
        """What one request to `provider/model` is charged on a day; batch rates as listed or by rule.

        >>> price_book().inference("openai/gpt-4o-mini-2024-07-18", date(2026, 11, 22)).input_mtok
        Decimal('0.15')
        """
        rule = self.caching(model)
        tuned = self._tuned(model)
        own = tuned.price_on(on) if tuned else inference.own_price(model, on)
        if own is not None:
            return own.in_batch(rule, model) if batch else own
        if not batch:
            return inference.listed_price(model, on)
        if inference.has_batch_rates(model, on):
            price = inference.listed_price(model, on, batch=True)
            return price if rule.batch_keeps_cache else price.without_cache()
        return inference.listed_price(model, on).in_batch(rule, model)

    def _tuned(self, model: str) -> Offer | None:
        """The offer behind `provider/ft:model:…`: the package's own rates of tuned models are not to be trusted."""
        provider, _, name = inference.canonical(model).partition("/")
        if not name.startswith("ft:"):
            return None
        base = name.split(":")[1]
        exact = [offer for offer in self.offers if offer.id == f"{provider}/{base}"]
        dated = [
            offer for offer in self.offers if re.fullmatch(rf"{provider}/{re.escape(base)}-[\d-]+", offer.id)
        ]
        if not exact and not dated:
            raise Problem(
                "unknown_offer", offer=model, near=_near(model, (offer.id for offer in self.offers))
            )
        return (exact or dated)[0]

    def caching(self, model: str | None) -> CachingRule:
        """The caching rule of a model, or the one that most providers share."""
        provider, _, name = inference.canonical(model).partition("/") if model else ("", "", "")
        return next(rule for rule in self.rules if rule.speaks_for(provider, name))

    @property
    def added(self) -> tuple[str, ...]:
        """Ids of the offers and GPUs that a user's own file has something to say about."""
        offers = (
            offer.id
            for offer in self.offers
            if offer.lifecycle.added or any(price.added for price in offer.prices)
        )
        return (*offers, *(gpu.id for gpu in self.gpus if any(price.added for price in gpu.prices)))

    def models(self, on: date, provider: str | None = None) -> list[str]:
        """Ids of all models whose inference price is known on a day."""
        return [model.id for model in inference.listed_models(provider) if model.first_day <= on]

    def listing(self, on: date, provider: str | None = None) -> list[dict[str, Any]]:
        """Every fine-tuning offer as it stands on a day: rates, ages, sources, and how it may be bought."""
        offers = [offer for offer in self.offers if provider in (None, offer.provider)]
        if provider and not offers and not inference.listed_models(provider):
            raise Problem(
                "unknown_provider", provider=provider, near=sorted({o.provider for o in self.offers})
            )
        return [_offer_row(offer, on) for offer in offers]

    def gpu_listing(self, on: date, provider: str | None = None) -> list[dict[str, Any]]:
        """Every GPU offer as it stands on a day."""
        return [
            {
                "id": gpu.id,
                "name": gpu.name,
                "gpu": gpu.gpu,
                "memory_gb": gpu.memory_gb,
                **_price_row(gpu, on),
            }
            for gpu in self.gpus
            if provider in (None, gpu.provider)
        ]

    def inference_listing(self, on: date, provider: str) -> list[dict[str, Any]]:
        """Every model of one provider whose inference price is known on a day."""
        rows = ((model, self.inference(model, on)) for model in self.models(on, provider))
        return [{"id": model, **_rates_row(price, on)} for model, price in rows]


def _offer_row(offer: Offer, on: date) -> dict[str, Any]:
    life = offer.lifecycle
    return {
        "id": offer.id,
        "name": offer.name,
        "provider": offer.provider,
        "method": offer.method,
        "serving": offer.serving,
        "open_weights": offer.open_weights,
        "new": _status_row(life.status(on, "new")),
        "existing": _status_row(life.status(on, "existing")),
        "new_customers_until": _iso(life.new_customers_until),
        "training_until": _iso(life.training_until),
        "inference_until": _iso(life.inference_until),
        "lifecycle_source": source_row(life.source),
        "lifecycle_added": life.added,
        "notes": list(offer.notes),
        **_price_row(offer, on),
    }


def _status_row(status: Status) -> dict[str, Any]:
    return {"status": status.id, "since": _iso(status.since)}


def _price_row(offer: Offer | GpuOffer, on: date) -> dict[str, Any]:
    try:
        return _rates_row(offer.price_on(on), on)
    except Problem as problem:
        return {"prices": None, "known_from": _iso(problem.fields.get("first"))}


def _rates_row(price: Price, on: date) -> dict[str, Any]:
    return {
        "prices": {name: plain(rate) for name, rate in price.rates.items()},
        "known_from": _iso(price.begins),
        "age_days": (on - price.source.checked).days,
        "stale": price.source.is_stale(on),
        "confidence": price.confidence,
        "added": price.added,
        "source": source_row(price.source),
    }


def source_row(source: Source) -> dict[str, Any]:
    """A source as JSON: `url`, `checked`, `kind`, `note`."""
    return source.model_dump(mode="json")


def _iso(day: object) -> str | None:
    return day.isoformat() if isinstance(day, date) else None


def _near(id: str, listed: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(id, list(listed), n=3, cutoff=0.4)


def price_book(extra: Path | None = None) -> PriceBook:
    """The shipped book, with the rows of a user's own file added where one is given; read again when it changes."""
    if extra is None:
        return _shipped()
    try:
        return _extended_book(extra, extra.stat().st_mtime_ns)
    except OSError as error:
        raise Problem("extra_prices_unreadable", file=str(extra)) from error


@cache
def _shipped() -> PriceBook:
    data = Path(str(files("pricing") / "data"))
    offers = [
        offer for path in sorted((data / "offers").glob("*.yaml")) for offer in read_records(path, Offer)
    ]
    gpus = read_records(data / "gpus.yaml", GpuOffer)
    rules = read_records(data / "caching.yaml", CachingRule)
    return PriceBook(tuple(offers), tuple(gpus), tuple(rules))


@lru_cache(maxsize=8)
def _extended_book(extra: Path, _changed: int) -> PriceBook:
    return added_to(_shipped(), extra)


def added_to(book: PriceBook, extra: Path) -> PriceBook:
    """`book` with a file's rows: new offers and GPUs, later prices, corrected lives; each price is marked `added`.

    The file is a list in the shape of ours. A row for a listed id may leave out everything but what is new,
    and its prices must begin after the listed ones: the past is not rewritten.
    """
    offers = {offer.id: offer for offer in book.offers}
    gpus = {gpu.id: gpu for gpu in book.gpus}
    for place, row in enumerate(_extra_rows(extra)):
        try:
            if isinstance(row, dict) and row.get("id") in offers:
                offers[row["id"]] = _amended(offers[row["id"]], AddedPrices.model_validate(row))
            elif isinstance(row, dict) and row.get("id") in gpus:
                gpus[row["id"]] = _extended(gpus[row["id"]], AddedPrices.model_validate(row))
            elif isinstance(row, dict) and "gpu" in row:
                gpu = GpuOffer.model_validate(row)
                gpus[gpu.id] = gpu.model_copy(update={"prices": _marked(gpu.prices)})
            else:
                offer = Offer.model_validate(row)
                life = offer.lifecycle.model_copy(update={"added": True})
                offers[offer.id] = offer.model_copy(
                    update={"prices": _marked(offer.prices), "lifecycle": life}
                )
        except ValidationError as error:
            raise refused(error, f"{extra.name}[{place}]") from error
    return PriceBook(tuple(offers.values()), tuple(gpus.values()), book.rules)


def _extra_rows(extra: Path) -> list[Any]:
    rows = read_yaml(extra)
    if not isinstance(rows, list):
        raise Problem("extra_prices_no_list", file=str(extra))
    return rows


def _amended(offer: Offer, row: AddedPrices) -> Offer:
    prices = _appended(offer.id, offer.prices, row.prices)
    life = row.lifecycle and row.lifecycle.model_copy(update={"added": True})
    return offer.model_copy(update={"prices": prices, "lifecycle": life or offer.lifecycle})


def _extended(gpu: GpuOffer, row: AddedPrices) -> GpuOffer:
    return gpu.model_copy(update={"prices": _appended(gpu.id, gpu.prices, row.prices)})


def _appended(id: str, listed: tuple[Price, ...], new: tuple[Price, ...]) -> tuple[Price, ...]:
    last = max((price.begins for price in listed), default=None)
    for price in new:
        if last and price.begins <= last:
            raise Problem("extra_rewrites_past", asked=id, found=price.begins, last=last)
    return (*listed, *_marked(new))


def _marked(prices: tuple[Price, ...]) -> tuple[Price, ...]:
    return tuple(price.model_copy(update={"added": True}) for price in prices)
