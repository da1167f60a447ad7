"""The memory part of the Models page: every method against one card, with hours, rent and where to start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

import streamlit as st

from advisor.answers.dataset import Dataset
from advisor.answers.memory import Memory
from advisor.language import listing
from advisor.memory import Method, Setup, usual_setup
from advisor.memory.cards import Card, card, cards
from advisor.memory.stacks import stacks
from advisor.models import ModelReport, TextLengths
from advisor.models.shapes import count_parameters, shape
from advisor.pages import memory_charts as draw
from advisor.pages.frame import View, md_safe
from advisor.pages.method_guide import guide
from advisor.pages.own_money import ask_rate
from pricing.book import price_book

# LoRA+ needs what LoRA needs; the guide says so, the charts show it once.
SHOWN: tuple[Method, ...] = ("full", "lora", "qlora", "dora", "inference")
# An encoder is small enough to be trained as a whole.
OF_ENCODER: tuple[Method, ...] = ("full", "inference")
TARGETS = {"all-linear": "memory_all_linear", "q,v": "memory_attention"}
FIRST_CARD = "l4"
STEP = 128
RANKS = [4, 8, 16, 32, 64, 128]


@dataclass(frozen=True)
class Subject:
    """What is to be trained, where, and on how much."""

    model: str
    card: Card
    tokens: int
    epochs: int
    usual: Setup

    @property
    def methods(self) -> tuple[Method, ...]:
        """The ways to train it that are worth comparing, and using it."""
        return OF_ENCODER if self.usual.method == "full" else SHOWN


def memory_panel(view: View, found: Mapping[str, ModelReport], lengths: TextLengths | None) -> Memory | None:
    """Choose a model, a card and a setup; see every method. The chosen method's answer, for the plan."""
    st.header(view.say("models.memory_title"), anchor=False)
    ids = [id for id, report in found.items() if count_parameters(report.facts.config or {})]
    if not ids:
        st.info(view.say("models.memory_none"))
        return None
    subject = _subject(view, found, ids)
    setup = _setup(view, lengths, subject.usual)
    needs: dict[Method, Memory] = {}
    with view.problems_shown():
        needs = _needs(view, found[subject.model], subject, setup)
    if not needs:
        return None
    draw.bars(view, needs, subject.card)
    _longest(view, needs, subject.card)
    _changes(view, needs, subject.card)
    _run(view, needs, subject.card)
    st.markdown(f"**{view.say('models.cards_title')}**")
    draw.card_grid(view, needs, subject.card)
    _sources(view, needs, subject.card, setup)
    guide(view, needs, subject.card)
    return _adopted(needs, subject.card)


def _needs(
    view: View, report: ModelReport, subject: Subject, setup: Mapping[str, Any]
) -> dict[Method, Memory]:
    facts = report.facts
    return {
        method: Memory.estimated(
            facts.config or {},
            Setup(method=method, **setup),
            model=subject.model,
            parameters=facts.parameters,
            card=subject.card,
            tokens=subject.tokens,
            epochs=subject.epochs,
            gpus=price_book(view.settings.prices).gpus,
            on=view.on,
        )
        for method in subject.methods
    }


def _subject(view: View, found: Mapping[str, ModelReport], ids: list[str]) -> Subject:
    first, second = st.columns(2, vertical_alignment="bottom")
    model = first.selectbox(
        view.say("models.memory_model"), ids, **view.keep("inputs.models.memory_model", ids[0], ids)
    )
    names = {one.id: f"{one.name} ({view.number(one.memory_gb)} GB)" for one in cards().values()}
    chosen = second.selectbox(
        view.say("models.memory_card"),
        list(names),
        format_func=names.__getitem__,
        **view.keep("inputs.models.card", FIRST_CARD, list(names)),
    )
    dataset = view.plan.answer(Dataset)
    measured = dataset.tokens.total if dataset else None
    third, fourth, fifth = st.columns([2, 1, 2], vertical_alignment="bottom")
    tokens = third.number_input(
        view.say("models.memory_tokens"),
        0,
        10**13,
        step=1000,
        **view.keep("inputs.models.tokens", measured or 1_000_000),
    )
    epochs = fourth.number_input(
        view.say("models.memory_epochs"), 1, 1000, **view.keep("inputs.models.epochs", 3)
    )
    with fifth:
        ask_rate(view)
    usual = usual_setup(shape(found[model].facts.config or {}))
    return Subject(model, card(chosen), tokens, epochs, usual)


def _setup(view: View, lengths: TextLengths | None, usual: Setup) -> dict[str, Any]:
    """The settings that every method shares; most plans leave all but the length as they are."""
    first, second, third = st.columns(3, vertical_alignment="bottom")
    fourth, fifth = st.columns(2, vertical_alignment="bottom")
    libraries = {one.id: one.name for one in stacks().values()}
    length = usual.seq if lengths is None else ceil((lengths.p99 + lengths.output) / STEP) * STEP
    targets = {name: view.say(f"models.{key}") for name, key in TARGETS.items()}
    return {
        "seq": first.number_input(
            view.say("models.memory_seq"),
            1,
            10_000_000,
            step=STEP,
            **view.keep("inputs.models.seq", max(length, STEP)),
        ),
        "batch": second.number_input(
            view.say("models.memory_batch"), 1, 4096, **view.keep("inputs.models.batch", usual.batch)
        ),
        "rank": third.selectbox(
            view.say("models.memory_rank"), RANKS, **view.keep("inputs.models.rank", 16, RANKS)
        ),
        "targets": fourth.selectbox(
            view.say("models.memory_targets"),
            list(targets),
            format_func=targets.__getitem__,
            **view.keep("inputs.models.targets", "all-linear", list(targets)),
        ),
        "stack": fifth.selectbox(
            view.say("models.memory_stack"),
            list(libraries),
            format_func=libraries.__getitem__,
            **view.keep("inputs.models.stack", "hf", list(libraries)),
        ),
        "checkpointing": st.toggle(
            view.say("models.memory_checkpointing"),
            **view.keep("inputs.models.checkpointing", usual.checkpointing),
        ),
    }


def _longest(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """The longest sequence that each method leaves room for, in one line."""
    said = [
        view.say(
            "models.longest_of",
            method=view.say(f"models.method.{method}"),
            n=view.number(report.longest_sequence),
        )
        for method, report in needs.items()
        if report.longest_sequence
    ]
    if said:
        methods = listing(said, view.language)
        st.markdown(view.say("models.longest", card=md_safe(on_card.name), methods=methods))


def _changes(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """For each method that does not fit, the least that would make it fit."""
    lines = []
    for method, report in needs.items():
        if method == "inference" or report.fits[on_card.id] == "fits":
            continue
        name = view.say(f"models.method.{method}")
        if report.change:
            steps = listing([view.say(f"models.step.{step}") for step in report.change.steps], view.language)
            gib = view.voice.number(report.change.total_gib, 1)
            lines.append(view.say("models.change", method=name, steps=steps, gib=gib))
        else:
            lines.append(view.say("models.no_change", method=name, card=on_card.name))
    if lines:
        title = view.say("models.changes_title", card=md_safe(on_card.name))
        st.markdown(f"**{title}**\n" + "\n".join(f"- {line}" for line in lines))


def _run(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """Hours and money of the methods that fit, and why the range is wide."""
    st.markdown(f"**{view.say('models.run_title')}**")
    timed = {method: report for method, report in needs.items() if report.hours and report.fits_card}
    if not timed:
        reason = "no_time" if on_card.tflops is None else "none_fits"
        st.markdown(view.say(f"models.{reason}", card=md_safe(on_card.name)))
        return
    draw.hours_and_money(view, timed)
    st.caption(view.say("models.run_note"))


def _sources(view: View, needs: Mapping[Method, Memory], on_card: Card, setup: Mapping[str, Any]) -> None:
    library = stacks()[setup["stack"]]
    with st.expander(view.say("models.basis_title")):
        st.markdown(view.say("models.memory_note"))
        st.markdown(view.say("models.stack_note", name=library.name, note=view.text(library.note)))
        st.markdown(f"- {on_card.name}: {view.source(on_card.source)}")
        offers = next((report.cost.offers for report in needs.values() if report.cost), ())
        book = {offer.id: offer for offer in price_book(view.settings.prices).gpus}
        for id in offers:
            price = book[id].price_on(view.on)
            rate = view.money(price.gpu_hour or Decimal(0))
            st.markdown(
                view.say(
                    "models.rate_of",
                    name=md_safe(book[id].name),
                    rate=md_safe(rate),
                    source=view.source(price.source),
                )
            )


def _adopted(needs: Mapping[Method, Memory], on_card: Card) -> Memory:
    """The plan's memory evidence: LoRA if it fits the card, else QLoRA, an encoder as a whole; only that card's verdict."""
    if "lora" not in needs:
        return needs["full"].of_its_card()
    method: Method = "lora" if needs["lora"].fits[on_card.id] == "fits" else "qlora"
    return needs[method].of_its_card()
