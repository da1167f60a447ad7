"""The memory part of the Models page: every method against one card, with hours, rent and where to start."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import streamlit as st

from advisor.language import duration, listing
from advisor.memory import GIB, PARTS, Method, Setup
from advisor.memory.cards import Card, card, cards
from advisor.memory.methods import methods
from advisor.memory.report import MemoryReport, report_memory
from advisor.memory.stacks import stacks
from advisor.models import ModelReport, TextLengths
from advisor.models.comparison import training_tokens
from advisor.models.shapes import count_parameters
from advisor.pages import charts
from advisor.pages.frame import View, md_safe
from pricing.book import price_book

SHOWN: tuple[Method, ...] = ("full", "lora", "qlora", "dora", "inference")
TARGETS = {"all-linear": "memory_all_linear", "q,v": "memory_attention"}
FIRST_CARD = "l4"
SEQUENCE = 2048
STEP = 128
RANKS = [4, 8, 16, 32, 64, 128]


def memory_panel(
    view: View, found: Mapping[str, ModelReport], lengths: TextLengths | None
) -> dict[str, Any] | None:
    """Choose a model, a card and a setup; see every method. The chosen method's answer, for the plan."""
    st.subheader(view.say("models.memory_title"), anchor=False)
    ids = [id for id, report in found.items() if count_parameters(report.facts.config or {})]
    if not ids:
        st.info(view.say("models.memory_none"))
        return None
    model, on_card, tokens, epochs = _subject(view, ids)
    setup = _setup(view, lengths)
    needs: dict[Method, MemoryReport] = {}
    facts = found[model].facts
    with view.problems_shown():
        for method in SHOWN:
            needs[method] = report_memory(
                facts.config or {},
                _of(setup, method),
                model=model,
                parameters=facts.parameters,
                card=on_card,
                tokens=tokens,
                epochs=epochs,
                gpus=price_book(view.settings.prices).gpus,
                on=view.on,
            )
    if not needs:
        return None
    _bars(view, needs, on_card)
    _table(view, needs)
    _changes(view, needs, on_card)
    _sources(view, needs, on_card, setup)
    _guide(view)
    return _adopted(needs, on_card)


def _of(setup: Mapping[str, Any], method: Method) -> Setup:
    return Setup(method=method, **setup)


def _subject(view: View, ids: list[str]) -> tuple[str, Card, int, float]:
    first, second, third, fourth = st.columns([3, 3, 2, 1], vertical_alignment="bottom")
    model = first.selectbox(
        view.say("models.memory_model"), ids, **view.keep("inputs.models_memory_model", ids[0], ids)
    )
    names = {one.id: f"{one.name} ({view.number(one.memory_gb)} GB)" for one in cards().values()}
    chosen = second.selectbox(
        view.say("models.memory_card"),
        list(names),
        format_func=names.__getitem__,
        **view.keep("inputs.models_card", FIRST_CARD, list(names)),
    )
    measured = training_tokens(view.plan.evidence.get("dataset") or {})
    tokens = third.number_input(
        view.say("models.memory_tokens"),
        0,
        10**13,
        step=1000,
        **view.keep("inputs.models_tokens", measured or 1_000_000),
    )
    epochs = fourth.number_input(
        view.say("models.memory_epochs"), 1, 1000, **view.keep("inputs.models_epochs", 3)
    )
    return model, card(chosen), tokens, epochs


def _setup(view: View, lengths: TextLengths | None) -> dict[str, Any]:
    first, second, third, fourth, fifth = st.columns([2, 2, 2, 3, 3], vertical_alignment="bottom")
    libraries = {one.id: one.name for one in stacks().values()}
    length = SEQUENCE if lengths is None else ceil((lengths.p99 + lengths.output) / STEP) * STEP
    targets = {name: view.say(f"models.{key}") for name, key in TARGETS.items()}
    return {
        "seq": first.number_input(
            view.say("models.memory_seq"),
            1,
            10_000_000,
            step=STEP,
            **view.keep("inputs.models_seq", max(length, STEP)),
        ),
        "batch": second.number_input(
            view.say("models.memory_batch"), 1, 4096, **view.keep("inputs.models_batch", 1)
        ),
        "rank": third.selectbox(
            view.say("models.memory_rank"), RANKS, **view.keep("inputs.models_rank", 16, RANKS)
        ),
        "targets": fourth.selectbox(
            view.say("models.memory_targets"),
            list(targets),
            format_func=targets.__getitem__,
            **view.keep("inputs.models_targets", "all-linear", list(targets)),
        ),
        "stack": fifth.selectbox(
            view.say("models.memory_stack"),
            list(libraries),
            format_func=libraries.__getitem__,
            **view.keep("inputs.models_stack", "hf", list(libraries)),
        ),
        "checkpointing": st.toggle(
            view.say("models.memory_checkpointing"), **view.keep("inputs.models_checkpointing", True)
        ),
    }


def _bars(view: View, needs: Mapping[Method, MemoryReport], on_card: Card) -> None:
    """Stacked parts per method, the upper bound as a whisker, and the card as a line."""
    import pandas as pd
    import plotly.graph_objects as go

    names = [view.say(f"models.method.{method}") for method in needs]
    figure = go.Figure()
    colours = [*charts.PALETTE, "#B8B8B8"]
    for part, colour in zip(PARTS, colours, strict=True):
        sizes = [report.need.parts[part] / GIB for report in needs.values()]
        if max(sizes) >= 0.005:
            said = view.say(f"models.part.{part}")
            hover = f"%{{x}} · {said}: %{{y:.2f}} GiB<extra></extra>"
            figure.add_bar(name=said, x=names, y=sizes, marker_color=colour, hovertemplate=hover)
    totals = [report.need.total_bytes / GIB for report in needs.values()]
    above = [(report.need.upper_bytes - report.need.total_bytes) / GIB for report in needs.values()]
    figure.add_scatter(
        name=view.say("models.upper"),
        x=names,
        y=totals,
        mode="markers",
        marker={"size": 9, "color": charts.EDGE, "symbol": "line-ew-open"},
        error_y={
            "type": "data",
            "array": above,
            "arrayminus": [0] * len(above),
            "color": charts.EDGE,
            "width": 6,
        },
        hoverinfo="skip",
    )
    figure.add_hline(
        y=on_card.memory_gib,
        line_dash="dash",
        line_color=charts.MARK,
        annotation_text=view.say(
            "models.card_line", card=on_card.name, gib=view.number(on_card.memory_gib, 1)
        ),
        annotation_position="top right",
    )
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    figure.update_yaxes(title=view.say("models.memory_axis"), rangemode="tozero")
    rows = {
        view.say("models.column.method"): names,
        **{
            view.say(f"models.part.{part}"): [
                round(report.need.parts[part] / GIB, 2) for report in needs.values()
            ]
            for part in PARTS
        },
    }
    charts.show(
        figure,
        view,
        "models_memory",
        view.say("models.memory_alt", card=on_card.name),
        pd.DataFrame(rows),
        height=420,
    )


def _table(view: View, needs: Mapping[Method, MemoryReport]) -> None:
    import pandas as pd

    column = {name: view.say(f"models.column.{name}") for name in
              ("method", "memory", "fits", "hours", "cost", "longest", "upper", "trainable")}  # fmt: skip
    rows = [
        {
            column["method"]: view.say(f"models.method.{method}"),
            column["memory"]: _gib(view, report.need.total_bytes),
            column["fits"]: _verdict(view, report),
            column["hours"]: _hours(view, report),
            column["cost"]: _cost(view, report),
            column["longest"]: view.number(report.longest) if report.longest else "—",
            column["upper"]: _gib(view, report.need.upper_bytes),
            column["trainable"]: view.number(report.need.trainable_parameters)
            if report.need.trainable_parameters
            else "—",
        }
        for method, report in needs.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _gib(view: View, size: float) -> str:
    return view.say("models.gib", n=view.number(size / GIB, 1))


def _verdict(view: View, report: MemoryReport) -> str:
    return view.say(f"models.verdict.{report.fits[report.card.id]}") if report.card else "—"


def _hours(view: View, report: MemoryReport) -> str:
    if report.need.setup.method == "inference":
        return view.say("models.no_training")
    if not report.fits_card:
        return "—"
    if report.hours is None:
        return view.say("models.no_time")
    said = {name: duration(hours * 3600, view.language) for name, hours in vars(report.hours).items()}
    return view.say("models.hours", **said)


def _cost(view: View, report: MemoryReport) -> str:
    if report.need.setup.method == "inference" or not report.fits_card:
        return "—"
    if report.cost is None:
        return view.say("models.no_price")
    return view.say(
        "models.cost_range",
        low=view.money(report.cost.low),
        typical=view.money(report.cost.typical),
        high=view.money(report.cost.high),
    )


def _changes(view: View, needs: Mapping[Method, MemoryReport], on_card: Card) -> None:
    """For each method that does not fit, the least that would make it fit."""
    for method, report in needs.items():
        if method == "inference" or report.fits[on_card.id] == "fits":
            continue
        name = view.say(f"models.method.{method}")
        if report.change:
            steps = listing([view.say(f"models.step.{step}") for step in report.change.steps], view.language)
            gib = view.number(report.change.need.total_bytes / GIB, 1)
            st.markdown(
                "- " + view.say("models.change", method=name, card=on_card.name, steps=steps, gib=gib)
            )
        else:
            st.markdown("- " + view.say("models.no_change", method=name, card=on_card.name))


def _sources(
    view: View, needs: Mapping[Method, MemoryReport], on_card: Card, setup: Mapping[str, Any]
) -> None:
    library = stacks()[setup["stack"]]
    st.caption(view.say("models.memory_note"))
    st.caption(view.say("models.stack_note", name=library.name, note=view.text(library.note)))
    st.caption(f"{on_card.name} · {view.source(on_card.source)}")
    offers = next((report.cost.offers for report in needs.values() if report.cost), ())
    book = {offer.id: offer for offer in price_book(view.settings.prices).gpus}
    priced = [
        f"{md_safe(book[id].name)} {view.money(book[id].price_on(view.on).gpu_hour)} · "
        f"{view.source(book[id].price_on(view.on).source)}"
        for id in offers
    ]
    if priced:
        with st.expander(view.say("models.rates_source", offers=view.number(len(priced)))):
            st.markdown("\n".join(f"- {line}" for line in priced))


def _guide(view: View) -> None:
    """What each method is for, its formula and cost, and settings to start with."""
    with st.expander(view.say("models.guide_title")):
        for tab, guide in zip(
            st.tabs([view.text(guide.name) for guide in methods().values()]), methods().values(), strict=True
        ):
            with tab:
                for text in (guide.purpose, guide.formula, guide.cost):
                    st.markdown(md_safe(view.text(text)))
                recipe = guide.recipe
                line = view.say(
                    "models.recipe_line",
                    rate=f"{recipe.learning_rate:g}",
                    batch=view.number(recipe.batch),
                    epochs=view.number(recipe.epochs),
                )
                if recipe.rank:
                    line += view.say("models.recipe_rank", rank=recipe.rank, alpha=recipe.alpha)
                st.markdown(f"**{view.say('models.recipe')}**: {line}")
                st.caption(view.source(recipe.source))
                st.caption(view.source(guide.paper))


def _adopted(needs: Mapping[Method, MemoryReport], on_card: Card) -> dict[str, Any] | None:
    """The plan's memory evidence: LoRA if it fits the chosen card, else QLoRA; only that card's verdict."""
    method: Method = "lora" if needs["lora"].fits[on_card.id] == "fits" else "qlora"
    answer = needs[method].as_json()
    return answer | {"fits": {on_card.id: answer["fits"][on_card.id]}}
