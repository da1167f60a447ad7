"""The form of the Cost page: what is assumed, what one request consists of, and which arms are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from advisor.answers.cost.findings import CLOSED
from advisor.answers.dataset import Dataset
from advisor.pages import cost_log, cost_ranges
from advisor.pages.frame import View, md_safe
from pricing import typed as read
from pricing.book import PriceBook, price_book
from pricing.workload import Preset, Workload, new_arm, new_arms, presets

PROVIDERS = ("openai", "anthropic", "google", "mistral", "deepseek", "x-ai", "aws", "azure", "groq")
EMBEDDINGS = ("openai/text-embedding-3-small", "openai/text-embedding-3-large", "google/gemini-embedding-001")
# The fields of an arm by kind, in the order they are asked; those of ONE_OF are chosen from a list.
FIELDS = {
    "few_shot": ("model", "examples", "reasoning_tokens", "cache_hit_rate", "batch"),
    "rag": ("model", "retrieved_tokens", "embedding_model", "index_tokens", "store_month", "cache_hit_rate"),
    "fine_tuned": ("offer", "training_hours", "hours_per_month", "retrain_every_months"),
    "self_hosted": ("gpu_offer", "gpus", "hours_per_month", "training_hours", "retrain_every_months"),
    "small_model": ("cpu_hour", "requests_per_second", "hours_per_month"),
    "cascade": ("first", "rest", "share_answered"),
}
RATES = {
    "few_shot": ("input_mtok", "cached_input_mtok", "cache_write_mtok", "output_mtok"),
    "rag": ("input_mtok", "cached_input_mtok", "cache_write_mtok", "output_mtok"),
    "fine_tuned": ("train_mtok", "input_mtok", "cached_input_mtok", "output_mtok", "hosting_hour", "storage_month"),
    "self_hosted": ("gpu_hour",),
}  # fmt: skip
WORKLOAD = tuple(Workload.model_fields)


@dataclass(frozen=True)
class Form:
    """What the page's widgets say: a scenario's top, one piece of work, and the choices with their names."""

    preset: str
    on: date
    top: dict[str, Any]
    workload: Workload
    choices: tuple[dict[str, Any], ...]
    names: Mapping[str, str]
    ranges: Mapping[str, Any]

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario as a file would hold it."""
        arms = [self.workload.arm(choice) for choice in self.choices]
        of_arms = {arm["id"]: self.ranges["arms"].get(arm["id"], {}) for arm in arms}
        return {**self.top, "arms": arms, "ranges": {**self.ranges, "arms": of_arms}}


def book(view: View) -> PriceBook:
    """The price book, with the administrator's own file where one is set."""
    return price_book(view.settings.prices)


@dataclass(frozen=True)
class Assumed:
    """The first part of the form as typed: labels and texts, so that all of it is drawn before any of it is read."""

    preset: Preset
    on: date
    texts: Mapping[str, str]
    customer: str
    work: Mapping[str, tuple[str, str]]
    ranges: cost_ranges.Typed

    @property
    def path(self) -> str:
        """Where this preset's fields are kept in the plan."""
        return f"inputs.cost.{self.preset.id}"


def ask_assumptions(view: View, preset: Preset) -> Assumed:
    """Draw the conditions and the tokens of one request."""
    path = f"inputs.cost.{preset.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        on = st.date_input(
            view.say("cost.form.on"), width=150, **view.keep(f"{path}.on", preset.on or view.on)
        )
        texts = {name: _text(view, path, name, default) for name, default in _usual(view, preset).items()}
        customer = _customer(view, path)
    work = _workload(view, preset, path)
    return Assumed(preset, on, texts, customer, work, cost_ranges.ask(view, path))


def ask_arms(view: View, assumed: Assumed) -> Form:
    """Draw the arms and read the whole form; a Problem names the label of a field that cannot be read."""
    on = assumed.on
    arms = _arms(view, assumed.preset, assumed.path)
    drawn = [_arm(view, assumed.path, arm, arms, on) for arm in arms]
    _add(view, assumed.path, arms, on)
    choices = tuple(_read_choice(view, choice) for choice in drawn)
    workload = Workload.model_validate({name: read.amount(*text) for name, text in assumed.work.items()})
    names = {choice["id"]: _marked(view, choice) for choice in choices}
    top = _top(view, assumed)
    ranges = cost_ranges.read_ranges(view, assumed.ranges, workload, choices, top)
    return Form(assumed.preset.id, on, top, workload, choices, _distinct(names), ranges)


def ask_preset(view: View) -> Preset:
    """Draw the choice of what to start from."""
    names = {id: view.say(f"cost.preset.{id}") for id in presets()}
    kept = view.keep("inputs.cost.preset", "today", options=list(names))
    id = _one_of(view.say("cost.preset.label"), names, **kept)
    st.caption(view.say(f"cost.preset.about_{id}").replace("$", r"\$"))
    return presets()[id]


def _one_of(label: str, names: Mapping[str, str], **kept: Any) -> str:
    """The id that was picked of those beside their names."""
    return str(st.segmented_control(label, list(names), format_func=names.__getitem__, required=True, **kept))


def _usual(view: View, preset: Preset) -> dict[str, str]:
    """What the conditions begin with: the plan's own answers where it has them, else the preset's."""
    answers = view.plan.answers if preset.on is None else {}
    return {
        "months": answers.get("months_of_service") or str(preset.months),
        "requests_per_month": answers.get("requests_per_month") or str(preset.requests_per_month),
        "growth_per_month": "0",
        "currency": "JPY",
        "rate": "",
    }


def _text(view: View, path: str, name: str, default: str) -> str:
    label, kept = view.say(f"cost.form.{name}"), view.keep(f"{path}.{name}", default)
    if name == "rate":
        kept |= {"help": view.say("cost.form.rate_help"), "placeholder": "150"}
    return str(st.text_input(label, width=150, **kept))


def _customer(view: View, path: str) -> str:
    names = {id: view.say(f"cost.form.customers.{id}") for id in ("new", "existing")}
    usual = view.plan.customer.get("openai", "new")
    kept = view.keep(f"{path}.customer", usual if usual in names else "new", options=list(names))
    tip = view.say("cost.form.customer_help")
    return _one_of(view.say("cost.form.customer"), names, help=tip, **kept)


def _top(view: View, assumed: Assumed) -> dict[str, Any]:
    texts = assumed.texts
    labels = {name: view.say(f"cost.form.{name}") for name in texts}
    growth = read.amount(texts["growth_per_month"] or "0", labels["growth_per_month"], least=-100, most=1000)
    rate = texts["rate"].strip()
    return {
        "months": read.whole(texts["months"], labels["months"], least=1, most=120),
        "requests_per_month": read.amount(texts["requests_per_month"], labels["requests_per_month"]),
        "growth_per_month": growth / 100,
        "customer": assumed.customer,
        "currency": read.currency(texts["currency"], labels["currency"]),
        "rate": read.amount(rate, labels["rate"]) if rate else None,
    }


def _workload(view: View, preset: Preset, path: str) -> dict[str, tuple[str, str]]:
    """What was typed, or else what is usual or was measured on the plan's own data, with the label of each field."""
    dataset = view.plan.answer(Dataset) or Dataset()
    measured = dataset.workload(preset.workload)
    usual = preset.workload if preset.on else measured
    typed = {}
    with st.expander(view.say("cost.form.workload")):
        rows = view.number(dataset.rows or 0)
        said = "from_preset" if usual is preset.workload else "from_data"
        st.caption(view.say(f"cost.form.{said}", rows=rows))
        if preset.on and measured is not preset.workload:
            own = view.number(measured.training_tokens)
            st.caption(view.say("cost.form.own_tokens", rows=rows, tokens=own))
        cost_log.ask(view, path)
        with st.container(horizontal=True):
            for name in WORKLOAD:
                label, value = view.say(f"cost.form.{name}"), str(getattr(usual, name))
                text = st.text_input(label, width=150, placeholder=value, **view.keep(f"{path}.{name}", ""))
                typed[name] = (text.strip() or value, label)
    return typed


def _arms(view: View, preset: Preset, path: str) -> list[dict[str, Any]]:
    kept = view.plan.get(f"{path}.arms")
    arms = kept if isinstance(kept, list) else [dict(arm) for arm in preset.arms]
    return [arm for arm in arms if isinstance(arm, dict) and arm.get("kind") in FIELDS and arm.get("id")]


def _add(view: View, path: str, arms: list[dict[str, Any]], on: date) -> None:
    kinds = {kind: view.say(f"cost.kinds.{kind}") for kind in new_arms()}

    def add() -> None:
        kind = st.session_state["cost_new_kind"]
        view.put(f"{path}.arms", [*arms, new_arm(kind, arms, book(view), on)])

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            view.say("cost.arms.add_kind"),
            list(kinds),
            format_func=kinds.__getitem__,
            width=340,
            key="cost_new_kind",
        )
        st.button(view.say("cost.arms.add"), key="cost_add", on_click=add)
    if not arms:
        st.caption(view.say("cost.arms.none"))


def _arm(view: View, path: str, arm: dict[str, Any], arms: list[dict[str, Any]], on: date) -> dict[str, Any]:
    """One arm's fields, as typed; its title is what was typed last."""
    id, kind = str(arm["id"]), str(arm["kind"])
    place = f"{path}.{id}"
    before = {**arm, **{name: view.plan.get(f"{place}.{name}", arm.get(name)) for name in FIELDS[kind]}}

    def remove() -> None:
        view.put(f"{path}.arms", [other for other in arms if other["id"] != id])

    with st.expander(md_safe(name_of(view, before)), key=f"cost_arm_{id}"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            fields = {name: _field(view, place, name, arm, arms, on) for name in FIELDS[kind]}
        rates = _rates(view, place, RATES.get(kind, ()))
        st.button(view.say("cost.arms.remove"), key=f"cost_remove_{id}", on_click=remove)
    bought = fields.get("model") or fields.get("offer") or fields.get("gpu_offer")
    negotiated = (view.plan.overrides.get("prices") or {}).get(bought) or {}
    return {"id": id, "kind": kind, **fields, "prices": {**negotiated, **rates}}


def _field(
    view: View, place: str, name: str, arm: dict[str, Any], arms: list[dict[str, Any]], on: date
) -> Any:
    label, usual = view.say(f"cost.field.{name}"), str(arm.get(name) or "")
    if name == "batch":
        return st.checkbox(label, **view.keep(f"{place}.{name}", False))
    if name not in _CHOSEN:
        return st.text_input(label, width=180, **view.keep(f"{place}.{name}", usual))
    options = _options(view, name, arm, arms, on)
    kept = view.plan.get(f"{place}.{name}")
    free = name in ("model", "embedding_model")
    if free and isinstance(kept, str) and kept not in options:
        options = [kept, *options]
    return st.selectbox(
        label,
        options,
        format_func=_shown(view, name, on),
        accept_new_options=free,
        width=340,
        **view.keep(f"{place}.{name}", usual if usual in options else next(iter(options), ""), options),
    )


def _options(view: View, name: str, arm: dict[str, Any], arms: list[dict[str, Any]], on: date) -> list[str]:
    listed = book(view)
    if name == "offer":
        return [offer.id for offer in listed.offers if offer.prices]
    if name == "gpu_offer":
        return [gpu.id for gpu in listed.gpus]
    if name in ("first", "rest"):
        return [str(other["id"]) for other in arms if other["kind"] != "cascade"]
    usual = str(arm.get(name) or "")
    models = ["", *EMBEDDINGS] if name == "embedding_model" else _models(on, view.settings.prices)
    return models if usual in models or not usual else [usual, *models]


@st.cache_data(show_spinner=False, max_entries=64)
def _models(on: date, prices: Any) -> list[str]:
    return [model for provider in PROVIDERS for model in price_book(prices).models(on, provider)]


def _shown(view: View, name: str, on: date) -> Any:
    if name != "offer":
        return str
    status = {offer.id: offer.lifecycle.status(on, "new").id for offer in book(view).offers}

    def shown(id: str) -> str:
        return f"{id}({view.say(f'cost.status.{status[id]}')})" if status.get(id) in CLOSED else id

    return shown


def _rates(view: View, place: str, names: tuple[str, ...]) -> dict[str, str]:
    if not names:
        return {}
    with st.popover(view.say("cost.arms.prices"), help=view.say("cost.arms.prices_help")):
        typed = {
            name: st.text_input(
                view.say(f"cost.rate.{name}"), **view.keep(f"{place}.prices.{name}", "")
            ).strip()
            for name in names
        }
    return {name: rate for name, rate in typed.items() if rate}


def _read_choice(view: View, choice: dict[str, Any]) -> dict[str, Any]:
    """The choice with its numbers read, so that what is wrong is named by its label and not by a key."""
    texts = {name: value for name, value in choice.items() if isinstance(value, str) and name not in _WORDS}
    for name, text in texts.items():
        if text.strip():
            choice[name] = read.amount(text, f"{name_of(view, choice)}: {view.say(f'cost.field.{name}')}")
    return choice


_CHOSEN = ("model", "embedding_model", "offer", "gpu_offer", "first", "rest")
_WORDS = ("id", "kind", *_CHOSEN)


def name_of(view: View, choice: Mapping[str, Any]) -> str:
    """What an arm is called on the page: its kind and what it buys."""
    kind = str(choice["kind"])
    bought = str(choice.get("model") or choice.get("offer") or choice.get("gpu_offer") or "")
    examples = str(choice.get("examples") or "0").strip()
    named = "zero_shot" if kind == "few_shot" and examples == "0" else kind
    said = view.say(f"cost.kind.{named}", examples=examples)
    return f"{said} {bought.removeprefix('openai/')}".strip()


def _marked(view: View, choice: Mapping[str, Any]) -> str:
    """The name of an arm as tables and charts show it: own rates are seen wherever its figures are."""
    name = name_of(view, choice)
    return view.say("cost.arms.own_rates", arm=name) if choice.get("prices") else name


def _distinct(names: Mapping[str, str]) -> dict[str, str]:
    """Names that occur twice get their arm's id beside them."""
    taken = list(names.values())
    return {id: f"{name} [{id}]" if taken.count(name) > 1 else name for id, name in names.items()}
