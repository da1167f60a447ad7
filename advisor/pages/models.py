"""Which model: may we use it, does our text fit, does it fit the GPU, and what does training it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from advisor import hub
from advisor.answers.dataset import Dataset
from advisor.answers.memory import Memory
from advisor.answers.model import Model
from advisor.language import listing, problem
from advisor.memory.cards import card, cards
from advisor.models import ModelReport, TextLengths, Trouble
from advisor.models.comparison import Needs, text_lengths
from advisor.models.snapshot import snapshot
from advisor.pages import frame
from advisor.pages.frame import View, md_safe
from advisor.pages.memory_views import FIRST_CARD, memory_panel
from advisor.pages.model_entry import by_hand, manual_reports
from advisor.pages.model_search import LANGUAGES, any_of, find
from advisor.pages.model_views import comparison, context_chart, details
from advisor.settings import PUBLIC_HUB

MOST = 6
EXAMPLE = [
    "Qwen/Qwen3-8B",
    "tokyotech-llm/Llama-3.1-Swallow-8B-Instruct-v0.3",
    "llm-jp/llm-jp-3.1-1.8b-instruct4",
]
CHOSEN = "inputs.models.chosen"
KEEP_SECONDS = 900


@st.cache_data(ttl=KEEP_SECONDS, max_entries=200, show_spinner=False)
def looked_up(
    ids: tuple[str, ...], on: date, endpoint: str, offline: bool, _cache: Any, _token: str | None
) -> dict[str, ModelReport | Trouble]:
    """Reports by id, kept for a while so that a click elsewhere on the page asks nobody again."""
    return hub.reports(ids, on=on, cache=_cache, endpoint=endpoint, token=_token, offline=offline)


def choose(view: View) -> list[str]:
    """The models to compare, typed or picked, with whether the Hub may be asked."""
    kept = view.plan.get(CHOSEN) or []
    suggested = [facts.id for facts in snapshot().values() if facts.kind == "model"]
    chosen: list[str] = st.multiselect(
        view.say("models.choose"),
        list(dict.fromkeys([*suggested, *kept])),
        max_selections=MOST,
        accept_new_options=True,
        placeholder=view.say("models.choose_placeholder"),
        help=view.say("models.choose_help"),
        **view.keep(CHOSEN, []),
    )
    if not chosen:
        st.info(view.say("models.nothing_chosen"))
        st.button(
            view.say("models.try_examples"),
            key="models_example",
            type="secondary" if view.plan.answer(Model) else "primary",
            on_click=view.put_typed,
            args=(CHOSEN, EXAMPLE),
        )
    return chosen


def ask_hub(view: View) -> bool:
    """Whether the Hub is asked at all; shipped facts answer otherwise."""
    day = view.day(max(facts.source.checked for facts in snapshot().values()))
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.toggle(
            view.say("models.ask_hub"),
            help=view.say("models.ask_hub_help", day=day),
            **view.keep("inputs.models.ask_hub", True),
        )
        if asked:
            st.button(
                view.say("models.ask_again"), key="models_again", on_click=looked_up.clear, type="tertiary"
            )
    return asked and not view.settings.hub_offline


def _add(view: View, picked: list[str]) -> None:
    chosen = list(dict.fromkeys([*(view.plan.get(CHOSEN) or []), *picked]))
    view.put_typed(CHOSEN, chosen[:MOST])


def needs(view: View) -> Needs:
    """What the plan asks of a model: commercial use, a language, and room for its texts and answers."""
    st.header(view.say("models.needs"), anchor=False)
    first, second, third = st.columns(3, vertical_alignment="bottom")
    commercial = first.toggle(
        view.say("models.need_commercial"), **view.keep("inputs.models.commercial", True)
    )
    language = any_of(view, second, "language", "language_name", LANGUAGES, label="need_language")
    measured = text_lengths(view.plan.answer(Dataset))
    output = third.number_input(
        view.say("models.need_output"),
        0,
        1_000_000,
        step=50,
        help=view.say("models.need_output_help"),
        **view.keep("inputs.models.output", measured.output if measured else 256),
    )
    lengths = TextLengths(measured.p99, measured.longest, output) if measured else None
    if lengths is None:
        st.caption(view.say("models.no_lengths"))
        view.link("data")
    name = view.plan.get("inputs.models.card", FIRST_CARD)
    on_card = card(name) if name in cards() else None
    return Needs(commercial, language, lengths, on_card)


def reports(
    view: View, chosen: Sequence[str], online: bool, lengths: TextLengths | None
) -> dict[str, ModelReport]:
    """What is known of every chosen model; what is not is said in one sentence each."""
    typed: dict[str, ModelReport] = {}
    with view.problems_shown():
        typed = manual_reports(view)
    asked = tuple(dict.fromkeys(one for one in chosen if one not in typed))
    around = view.settings
    endpoint = around.hub_endpoint or PUBLIC_HUB
    with st.spinner(view.say("models.ask_hub")):
        answers = looked_up(asked, view.on, endpoint, not online, around.hub_cache, around.hub_token)
    found: dict[str, ModelReport] = {}
    for id in chosen:
        answer = typed.get(id) or answers[id]
        if isinstance(answer, Trouble):
            with view.problems_shown():
                raise answer.problem()
        else:
            found[id] = answer.with_lengths(lengths)
    _say_once(view, found)
    return found


def _say_once(view: View, found: Mapping[str, ModelReport]) -> None:
    """Why older or shipped facts had to do: each reason once, however many models it concerns."""
    borrowed = [
        id
        for id, report in found.items()
        if report.facts.origin != "snapshot" and report.facts.figures_source
    ]
    if borrowed:
        st.info(view.say("models.settings_borrowed", models=md_safe(listing(borrowed, view.language))))
    troubles = [report.facts.trouble for id, report in found.items() if id not in borrowed]
    for trouble in {trouble.id: trouble for trouble in troubles if trouble}.values():
        st.info(md_safe(problem(trouble.problem(), view.language)))


def adopt(view: View, found: dict[str, ModelReport], memory: Memory | None) -> None:
    """Put one model's answers into the plan's evidence, where the recommendation and the report read them."""
    st.header(view.say("models.adopt_title"), anchor=False)
    view.warn_of_unread("model", "memory")
    kept = view.plan.answer(Model)
    if kept:
        said = {"model": md_safe(kept.id), "day": view.day(kept.checked or view.on)}
        st.markdown(view.say("models.adopted", **said))
    else:
        st.markdown(view.say("models.adopted_none"))
    if not found:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        ids = list(found)
        model = st.selectbox(
            view.say("models.adopt_choose"), ids, **view.keep("inputs.models.adopt", ids[0], ids)
        )
        fits = memory if memory and memory.model == model else None
        st.button(
            view.say("models.adopt"),
            key="models_adopt",
            type="secondary" if kept else "primary",
            on_click=view.found,
            args=({"evidence.model": Model.of(found[model]), "evidence.memory": fits},),
        )


def page(view: View) -> None:
    """The page from choosing to adopting."""
    view.heading("models")
    st.caption(view.say("models.disclaimer"))
    chosen = choose(view)
    online = ask_hub(view)
    asked = needs(view)
    compared = st.container()
    find(view, online, asked, _add)
    by_hand(view, CHOSEN, MOST)
    if chosen:
        memory = None
        with compared:
            found = reports(view, chosen, online, asked.lengths)
            if found:
                comparison(view, found, asked)
        if found:
            details(view, found)
            context_chart(view, found, asked.lengths)
            memory = memory_panel(view, found, asked.lengths)
        adopt(view, found, memory)
    view.next_step("recommendation", ready=bool(view.plan.answer(Model)))


page(frame.current())
