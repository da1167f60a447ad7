"""Who judges by what: the rubric, the design of an LLM judge, what sways it, its prompt and its price."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import streamlit as st

from advisor.evaluation.judges import (
    Design,
    ItemTokens,
    JudgeCost,
    JudgePlan,
    designs,
    judging_cost,
    prompt,
    rubric_for,
    rubrics,
    safeguards,
)
from advisor.language import LANGUAGES, Language
from advisor.pages import evaluation_pairwise
from advisor.pages.blocks import draw_rows
from advisor.pages.frame import View, md_safe
from advisor.tasks import tasks
from pricing.book import price_book

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

JUDGES = (
    "openai/gpt-4.1-mini-2025-04-14",
    "openai/gpt-5-mini",
    "anthropic/claude-haiku-4-5",
    "anthropic/claude-sonnet-4-5",
    "google/gemini-2.5-flash",
)
USUAL = [JUDGES[1], JUDGES[2], JUDGES[4]]


def draw(view: View) -> None:
    metrics(view)
    st.header(view.say("evaluation.judges.rubric_title"), anchor=False)
    criteria = rubric(view)
    st.header(view.say("evaluation.judges.design_title"), anchor=False)
    with view.problems_shown():
        design = choose_design(view)
        what_sways(view, design)
        template = write_prompt(view, design, criteria)
        price(view, design, template)
        if design.answers > 1:
            evaluation_pairwise.draw(view)


def metrics(view: View) -> None:
    """What can be computed for the task without any judge, and what each metric misses."""
    task = tasks().get(str(view.plan.get("answers.task") or ""))
    if task is None:
        return
    with st.expander(view.say("evaluation.judges.metrics", task=view.text(task.name)), expanded=False):
        for metric in task.metrics:
            st.markdown(f"- **{view.text(metric.name)}**: {view.text(metric.blind_spot)}")
        st.caption(view.text(task.judge_reason))


def rubric(view: View) -> list[tuple[str, str]]:
    """Criteria as lines of text that anyone can edit: the name, a colon, what passes."""
    usual = rubric_for(view.plan.get("answers.task"))
    ids = list(rubrics())
    kept = view.keep("inputs.evaluation.rubric", usual.id, options=ids)
    names = {id: view.text(found.name) for id, found in rubrics().items()}
    left, right = st.columns([1, 3], gap="large")
    with left:
        chosen = str(
            st.selectbox(view.say("evaluation.judges.rubric"), ids, format_func=names.__getitem__, **kept)
        )
    with right:
        path = f"inputs.evaluation.criteria_{chosen}_{view.language}"
        text = st.text_area(
            view.say("evaluation.judges.criteria"),
            height=160,
            help=view.say("evaluation.judges.criteria_help"),
            **view.keep(path, written(view, chosen)),
        )
    return read(text)


def written(view: View, rubric: str) -> str:
    """A shipped rubric as editable lines."""
    criteria = rubrics()[rubric].criteria
    return "\n".join(f"{view.text(one.name)}: {view.text(one.passes)}" for one in criteria)


def read(text: str) -> list[tuple[str, str]]:
    """Name and what passes of each line; the colon may be full-width."""
    lines = (re.split("[:：]", line, maxsplit=1) for line in text.splitlines())
    return [(name.strip(), "".join(passes).strip()) for name, *passes in lines if name.strip()]


def choose_design(view: View) -> Design:
    ids = list(designs())
    names = {id: view.text(design.name) for id, design in designs().items()}
    kept = view.keep("inputs.evaluation.design", ids[0], options=ids)
    label = view.say("evaluation.judges.design")
    id = st.radio(label, ids, format_func=names.__getitem__, horizontal=True, **kept)
    design = designs()[cast("str", id)]
    left, right = st.columns(2, gap="large")
    left.markdown(f"**{view.say('evaluation.judges.suits')}** {view.text(design.suits)}")
    right.markdown(f"**{view.say('evaluation.judges.misses')}** {view.text(design.misses)}")
    return design


def what_sways(view: View, design: Design) -> None:
    with st.expander(view.say("evaluation.judges.sways")):
        for known in safeguards():
            if design.id in known.designs:
                st.markdown(f"- **{view.text(known.problem)}** {view.text(known.measure)}")
                st.caption(f"{view.text(known.evidence)} {view.source(known.source)}")


def write_prompt(view: View, design: Design, criteria: list[tuple[str, str]]) -> str:
    """The prompt in the language asked for, shown and ready to download."""
    left, right = st.columns(2, vertical_alignment="bottom")
    usual = view.plan.get("answers.reference_answers") == "available"
    reference = left.toggle(
        view.say("evaluation.judges.reference"),
        help=view.say("evaluation.judges.reference_help"),
        **view.keep("inputs.evaluation.reference", usual),
    )
    names = {side: view.say(f"evaluation.judges.in_{side}") for side in LANGUAGES}
    kept = view.keep("inputs.evaluation.prompt_language", view.language, options=LANGUAGES)
    label = view.say("evaluation.judges.prompt_language")
    side = right.radio(label, LANGUAGES, format_func=names.__getitem__, horizontal=True, **kept)
    template = prompt(design, criteria, cast("Language", side), reference)
    with st.expander(view.say("evaluation.judges.prompt"), expanded=False):
        st.code(template, language=None, wrap_lines=True)
    name = f"judge_{design.id}_{side}.txt"
    st.download_button(
        view.say("evaluation.judges.download"), template, file_name=name, mime="text/plain", on_click="ignore"
    )
    return template


def _whole(view: View, place: DeltaGenerator, name: str, usual: int, least: int) -> int:
    """A number kept with the plan; one too small for this design is raised."""
    kept = view.keep(f"inputs.evaluation.{name}", usual)
    st.session_state[kept["key"]] = max(least, int(st.session_state[kept["key"]]))
    return int(place.number_input(view.say(f"evaluation.judges.{name}"), least, 100_000, step=1, **kept))


def price(view: View, design: Design, template: str) -> None:
    """What the judging costs with the chosen judges, on the day of the plan."""
    st.markdown(f"**{view.say('evaluation.judges.cost_title')}**")
    label = view.say("evaluation.judges.models")
    judges = st.multiselect(
        label,
        list(JUDGES),
        accept_new_options=True,
        help=view.say("evaluation.judges.models_help"),
        **view.keep("inputs.evaluation.judges", USUAL),
    )
    usual = {"cost_items": 30, "cost_systems": design.answers, "repeats": 1, "question": 60, "answer": 120}
    usual |= {"reference_tokens": 80} if "{reference}" in template else {}
    columns = st.columns(len(usual), vertical_alignment="bottom")
    asked = {
        name: _whole(view, columns[at], name, value, design.answers if name == "cost_systems" else 1)
        for at, (name, value) in enumerate(usual.items())
    }
    if not judges:
        st.info(view.say("evaluation.judges.no_model"))
        return
    counts = (asked[name] for name in ("cost_items", "cost_systems", "repeats"))
    tokens = ItemTokens(asked["question"], asked["answer"], asked.get("reference_tokens", 0))
    plan = JudgePlan(design, tuple(judges), *counts)
    bill(view, judging_cost(plan, template, tokens, price_book(view.settings.prices), view.on))
    if design.answers == 1 and len(judges) > 1:
        st.caption(md_safe(view.say("evaluation.judges.ensemble")))


def bill(view: View, costs: Sequence[JudgeCost]) -> None:
    """What all judges cost together, then each of them, with the sources of the prices."""
    total = sum((cost.amount for cost in costs), Decimal(0))
    st.markdown(
        view.say(
            "evaluation.judges.cost",
            total=view.money(total).replace("$", r"\$"),
            calls=view.number(sum(cost.calls for cost in costs)),
        )
    )
    draw_rows(
        view,
        "evaluation.judges.cost_title",
        [f"evaluation.judges.column_{name}" for name in ("model", "calls", "input", "output", "cost")],
        [
            (cost.model, cost.calls, cost.input_tokens, cost.output_tokens, view.money(cost.amount))
            for cost in costs
        ],
    )
    st.caption(view.say("evaluation.judges.assumed"))
    for source in dict.fromkeys(view.source(cost.source) for cost in costs):
        st.caption(source)
