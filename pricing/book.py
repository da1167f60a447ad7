"""The price book: what each provider charges, since when, until when, and where that was read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pricing import Problem, inference
from pricing.offers import CachingRule, GpuOffer, Lifecycle, Listed, Offer, Price, Status
from pricing.sources import DATA, Record, Source, as_record, read_records, read_yaml
from pricing.typed import plain


class AddedPrices(Record):
    """Prices to add to an offer that is listed, or its life to correct; appended, the past is not rewritten."""

    id: str
    prices: tuple[Price, ...] = ()
    lifecycle: Lifecycle | None = None


L = TypeVar("L", bound=Listed)


@dataclass(frozen=True, eq=False)
class PriceBook:
    """Every price known: fine-tuning offers, GPUs, caching rules, and inference prices on any day.

    A book equals itself alone: it is read once for a server, and its rows are many.
    """

    offers: tuple[Offer, ...]
    gpus: tuple[GpuOffer, ...]
    rules: tuple[CachingRule, ...]

    def offer(self, id: str) -> Offer:
        """The fine-tuning offer `provider/model`; a Problem naming near ones when it is not listed."""
        if found := _of_id(id, self.offers):
            return found
        raise Problem("unknown_offer", offer=id, near=_near(id, self.offers))

    def gpu(self, id: str) -> GpuOffer:
        """The GPU offer of that id; a Problem naming near ones when it is not listed."""
        if found := _of_id(id, self.gpus):
            return found
        raise Problem("unknown_gpu_offer", offer=id, near=_near(id, self.gpus))

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
        dated = re.compile(rf"{provider}/{re.escape(base)}-[\d-]+")
        ids = [f"{provider}/{base}", *(offer.id for offer in self.offers if dated.fullmatch(offer.id))]
        found = [offer for id in ids for offer in self.offers if offer.id == id]
        return found[0] if found else self.offer(model)

    def caching(self, model: str | None) -> CachingRule:
        """The caching rule of a model, or the one that most providers share."""
        provider, _, name = inference.canonical(model).partition("/") if model else ("", "", "")
        return next(rule for rule in self.rules if rule.speaks_for(provider, name))

    @property
    def added(self) -> tuple[str, ...]:
        """Ids of the offers and GPUs that a user's own file has something to say about."""
        said = {offer.id for offer in self.offers if offer.lifecycle.added}
        listed = (*self.offers, *self.gpus)
        return tuple(one.id for one in listed if one.id in said or any(price.added for price in one.prices))

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
        gpus = [gpu for gpu in self.gpus if provider in (None, gpu.provider)]
        return [gpu.model_dump(exclude={"prices"}) | _price_row(gpu, on) for gpu in gpus]

    def inference_listing(self, on: date, provider: str) -> list[dict[str, Any]]:
        """Every model of one provider whose inference price is known on a day."""
        rows = ((model, self.inference(model, on)) for model in self.models(on, provider))
        return [{"id": model, **_rates_row(price, on)} for model, price in rows]


def _of_id(id: str, listed: Iterable[L]) -> L | None:
    return next((one for one in listed if one.id == id), None)


def _near(id: str, listed: Iterable[Listed]) -> list[str]:
    return inference.near(id, [one.id for one in listed])


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


def _price_row(offer: Listed, on: date) -> dict[str, Any]:
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
    files = sorted((DATA / "offers").glob("*.yaml"))
    return PriceBook(
        offers=tuple(offer for file in files for offer in read_records(file, Offer)),
        gpus=tuple(read_records(DATA / "gpus.yaml", GpuOffer)),
        rules=tuple(read_records(DATA / "caching.yaml", CachingRule)),
    )


@lru_cache(maxsize=8)
def _extended_book(extra: Path, _changed: int) -> PriceBook:
    """The shipped book with a file's rows: new offers and GPUs, later prices, corrected lives; each price is marked `added`.

    The file is a list in the shape of ours. A row for a listed id may leave out everything but what is new,
    and its prices must begin after the listed ones: the past is not rewritten.
    """
    book = _shipped()
    offers = {offer.id: offer for offer in book.offers}
    gpus = {gpu.id: gpu for gpu in book.gpus}
    for place, row in enumerate(_extra_rows(extra)):
        id, where = row.get("id") if isinstance(row, dict) else None, f"{extra.name}[{place}]"
        if id in offers:
            new = as_record(row, AddedPrices, where)
            offers[id] = _in_life(_extended(offers[id], new.prices), new.lifecycle)
        elif id in gpus:
            gpus[id] = _extended(gpus[id], as_record(row, AddedPrices, where).prices)
        elif isinstance(row, dict) and "gpu" in row:
            gpu = as_record(row, GpuOffer, where)
            gpus[gpu.id] = gpu.model_copy(update={"prices": _marked(gpu.prices)})
        else:
            offer = as_record(row, Offer, where)
            offer = offer.model_copy(update={"prices": _marked(offer.prices)})
            offers[offer.id] = _in_life(offer, offer.lifecycle)
    return PriceBook(tuple(offers.values()), tuple(gpus.values()), book.rules)


def _extra_rows(extra: Path) -> list[Any]:
    rows = read_yaml(extra)
    if not isinstance(rows, list):
        raise Problem("extra_prices_no_list", file=str(extra))
    return rows


def _in_life(offer: Offer, life: Lifecycle | None) -> Offer:
    """The offer with a life from a user's own file; as it was where none is given."""
    added = life and life.model_copy(update={"added": True})
    return offer.model_copy(update={"lifecycle": added or offer.lifecycle})


def _extended(listed: L, new: tuple[Price, ...]) -> L:
    last = max((price.begins for price in listed.prices), default=None)
    for price in new:
        if last and price.begins <= last:
            raise Problem("extra_rewrites_past", asked=listed.id, found=price.begins, last=last)
    return listed.model_copy(update={"prices": (*listed.prices, *_marked(new))})


def _marked(prices: tuple[Price, ...]) -> tuple[Price, ...]:
    return tuple(price.model_copy(update={"added": True}) for price in prices)
