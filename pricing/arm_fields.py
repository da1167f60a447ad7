"""Arms as people write them in a scenario, read field by field; a Problem names the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, cast

from pricing import Problem
from pricing import typed as read
from pricing.arms import (
    HOURS_PER_MONTH,
    KINDS,
    Arm,
    Cascade,
    FineTuned,
    Kind,
    Labour,
    Prompt,
    Rag,
    Rates,
    Request,
    SelfHosted,
    SmallModel,
)  # fmt: skip
from pricing.book import plain

MOST_ARMS = 50
MOST_MONTHS = 120
REQUEST_KEYS = {
    "input_tokens", "output_tokens", "reasoning_tokens", "cacheable_tokens", "cache_hit_rate", "batch",
}  # fmt: skip
COMMON_KEYS = REQUEST_KEYS | {
    "id", "kind", "labour_hours_once", "labour_hours_month", "labour_rate", "prices",
}  # fmt: skip
RATE_KEYS = {
    "train_mtok", "train_hour", "input_mtok", "cached_input_mtok", "cache_write_mtok", "output_mtok",
    "hosting_hour", "storage_month", "minimum_charge", "gpu_hour",
}  # fmt: skip
KIND_KEYS: dict[Kind, set[str]] = {
    "prompt": {"model"},
    "rag": {"model", "retrieved_tokens", "query_tokens", "embedding_model", "index_tokens", "store_month"},
    "fine_tuned": {
        "offer", "training_tokens", "training_hours", "epochs", "validation_tokens", "evaluations", "packing",
        "rows", "max_length", "hours_per_month", "retrain_every_months",
    },
    "self_hosted": {"gpu_offer", "gpus", "hours_per_month", "training_hours", "retrain_every_months"},
    "small_model": {"cpu_hour", "requests_per_second", "hours_per_month"},
    "cascade": {"first", "rest", "share_answered"},
}  # fmt: skip


def arms_of(listed: object) -> tuple[Arm, ...]:
    """The arms of a scenario, each with its own id; a cascade may name only arms beside it."""
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise Problem("list_expected", field="arms", found=read.shown(listed))
    if len(listed) > MOST_ARMS:
        raise Problem("too_many_arms", found=len(listed), most=MOST_ARMS)
    arms = tuple(_arm(read.mapping(arm, f"arms[{place}]"), place) for place, arm in enumerate(listed))
    ids = [arm.id for arm in arms]
    for id in ids:
        if ids.count(id) > 1:
            raise Problem("arm_id_twice", arm=id)
    _check_cascades(arms)
    return arms


def _check_cascades(arms: Iterable[Arm]) -> None:
    named = {arm.id: arm for arm in arms}
    for arm in named.values():
        for role in ("first", "rest") if isinstance(arm, Cascade) else ():
            other = getattr(arm, role)
            if other not in named:
                raise Problem("unknown_arm", field=f"arms.{arm.id}.{role}", arm=other, known=sorted(named))
            if isinstance(named[other], Cascade):
                raise Problem("cascade_of_cascade", field=f"arms.{arm.id}.{role}", arm=other)


@dataclass(frozen=True)
class _Fields:
    """The fields of one arm, read by name; a Problem names `arms.<id>.<field>`."""

    values: Mapping[str, Any]
    place: str

    def amount(self, name: str, default: Any = 0, most: Decimal | int = read.LARGEST) -> Decimal:
        return read.amount(self._given(name, default), f"{self.place}.{name}", most=most)

    def maybe(self, name: str, most: Decimal | int = read.LARGEST) -> Decimal | None:
        return None if self.values.get(name) is None else self.amount(name, most=most)

    def positive(self, name: str, default: Any = 1) -> Decimal:
        number = self.amount(name, default)
        if not number:
            raise Problem("number_must_be_positive", field=f"{self.place}.{name}")
        return number

    def word(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else read.word(value, f"{self.place}.{name}")

    def yes(self, name: str, default: bool) -> bool:
        return read.yes_or_no(self._given(name, default), f"{self.place}.{name}")

    def months(self, name: str) -> int | None:
        value = self.values.get(name)
        return None if value is None else read.whole(value, f"{self.place}.{name}", least=1, most=MOST_MONTHS)

    def _given(self, name: str, default: Any) -> Any:
        value = self.values.get(name)
        return default if value is None else value


def _arm(values: Mapping[str, Any], place: int) -> Arm:
    id = read.word(read.required(values, "id", f"arms[{place}]"), f"arms[{place}].id")
    kind = cast(Kind, read.choice(read.required(values, "kind", f"arms.{id}"), f"arms.{id}.kind", KINDS))
    read.only(values, COMMON_KEYS | KIND_KEYS[kind], f"arms.{id}")
    fields = _Fields(values, f"arms.{id}")
    common: dict[str, Any] = {
        "id": id,
        "request": _request(fields),
        "labour": _labour(fields),
        "rates": _rates(values.get("prices"), f"arms.{id}.prices"),
    }
    return _OF_KIND[kind](fields, common)


def _request(fields: _Fields) -> Request:
    request = Request(
        input_tokens=fields.amount("input_tokens"),
        output_tokens=fields.amount("output_tokens"),
        reasoning_tokens=fields.amount("reasoning_tokens"),
        cacheable_tokens=fields.amount("cacheable_tokens"),
        cache_hit_rate=fields.maybe("cache_hit_rate", most=1),
        batch=fields.yes("batch", False),
    )
    if request.cacheable_tokens > request.input_tokens:
        raise Problem(
            "cacheable_exceeds_input",
            field=f"{fields.place}.cacheable_tokens",
            found=request.cacheable_tokens,
            most=request.input_tokens,
        )
    return request


def _labour(fields: _Fields) -> Labour:
    return Labour(
        fields.amount("labour_hours_once"), fields.amount("labour_hours_month"), fields.amount("labour_rate")
    )


def _rates(given: object, place: str) -> Rates:
    if given is None:
        return {}
    rates = read.mapping(given, place)
    read.only(rates, RATE_KEYS, place)
    return {name: read.amount(rate, f"{place}.{name}") for name, rate in rates.items() if rate is not None}


def _model(fields: _Fields, rates: Rates) -> str | None:
    model = fields.word("model")
    if model is None and "input_mtok" not in rates:
        raise Problem("field_missing", field=f"{fields.place}.model")
    return model


def _prompt(fields: _Fields, common: dict[str, Any]) -> Arm:
    return Prompt(**common, model=_model(fields, common["rates"]))


def _rag(fields: _Fields, common: dict[str, Any]) -> Arm:
    return Rag(
        **common,
        model=_model(fields, common["rates"]),
        retrieved_tokens=fields.amount("retrieved_tokens"),
        query_tokens=fields.amount("query_tokens"),
        embedding_model=fields.word("embedding_model"),
        index_tokens=fields.amount("index_tokens"),
        store_month=fields.amount("store_month"),
    )


def _fine_tuned(fields: _Fields, common: dict[str, Any]) -> Arm:
    packing = fields.yes("packing", True)
    return FineTuned(
        **common,
        offer=read.word(read.required(fields.values, "offer", fields.place), f"{fields.place}.offer"),
        training_tokens=fields.maybe("training_tokens"),
        training_hours=fields.maybe("training_hours"),
        epochs=None if fields.values.get("epochs") is None else fields.positive("epochs"),
        validation_tokens=fields.amount("validation_tokens"),
        evaluations=fields.maybe("evaluations"),
        packing=packing,
        rows=fields.amount("rows") if packing else fields.positive("rows", 0),
        max_length=fields.amount("max_length") if packing else fields.positive("max_length", 0),
        hours_per_month=fields.amount("hours_per_month", HOURS_PER_MONTH, most=10_000),
        retrain_every_months=fields.months("retrain_every_months"),
    )


def _self_hosted(fields: _Fields, common: dict[str, Any]) -> Arm:
    gpu = fields.word("gpu_offer")
    if gpu is None and "gpu_hour" not in common["rates"]:
        raise Problem("field_missing", field=f"{fields.place}.gpu_offer")
    return SelfHosted(
        **common,
        gpu_offer=gpu,
        gpus=fields.positive("gpus"),
        hours_per_month=fields.amount("hours_per_month", HOURS_PER_MONTH, most=10_000),
        training_hours=fields.amount("training_hours"),
        retrain_every_months=fields.months("retrain_every_months"),
    )


def _small_model(fields: _Fields, common: dict[str, Any]) -> Arm:
    return SmallModel(
        **common,
        cpu_hour=read.amount(
            read.required(fields.values, "cpu_hour", fields.place), f"{fields.place}.cpu_hour"
        ),
        requests_per_second=fields.positive("requests_per_second"),
        hours_per_month=fields.maybe("hours_per_month", most=10_000),
    )


def _cascade(fields: _Fields, common: dict[str, Any]) -> Arm:
    return Cascade(
        **common,
        first=read.word(read.required(fields.values, "first", fields.place), f"{fields.place}.first"),
        rest=read.word(read.required(fields.values, "rest", fields.place), f"{fields.place}.rest"),
        share_answered=fields.amount(
            "share_answered", read.required(fields.values, "share_answered", fields.place), most=1
        ),
    )


_OF_KIND = {
    "prompt": _prompt,
    "rag": _rag,
    "fine_tuned": _fine_tuned,
    "self_hosted": _self_hosted,
    "small_model": _small_model,
    "cascade": _cascade,
}


def written(arm: Arm) -> dict[str, Any]:
    """The arm as a scenario file holds it, in plain JSON values: what `arms_of` reads back as an equal arm."""
    kind = next(name for name, made in KINDS.items() if type(arm) is made)
    labour = {f"labour_{name}": value for name, value in _said(arm.labour).items()}
    own = {
        name: value for name, value in _said(arm).items() if name not in {"id", "request", "labour", "rates"}
    }
    rates = {name: plain(rate) for name, rate in arm.rates.items()}
    return {"id": arm.id, "kind": kind, **_said(arm.request), **labour, **own} | (
        {"prices": rates} if rates else {}
    )


def _said(values: Arm | Request | Labour) -> dict[str, Any]:
    given = {name.name: getattr(values, name.name) for name in fields(values)}
    return {
        name: plain(value) if isinstance(value, Decimal) else value
        for name, value in given.items()
        if value is not None
    }
