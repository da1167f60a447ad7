"""Which columns become what, and how the rows are divided and checked: the wishes that a plan keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from advisor.pages import team_data
from advisor.pages.frame import View
from advisor.preparation.findings import FINDINGS
from advisor.preparation.splits import DEFAULT_SPLIT
from advisor.preparation.training_formats import FORMATS
from baselines.table import Table

NO_CHOICE = ""
LEFT_OUT = "inputs.preparation.left_out"
COUNTED_AS = (
    "openai/gpt-4o-mini-2024-07-18",
    "openai/gpt-4.1-mini-2025-04-14",
    "openai/gpt-4.1-nano-2025-04-14",
    "openai/gpt-3.5-turbo-0125",
    "meta-llama/Llama-3.1-8B-Instruct",
    "Qwen/Qwen3-8B",
)


def form(view: View, table: Table) -> dict[str, Any]:
    """Columns, format, split, cap and what to leave out, as plain values that a job could be given."""
    likely = team_data.columns(view, table)
    names = list(table.columns)
    first, second, third = st.columns(3)
    with first:
        asked = column(view, "input", names, str(likely["text"]))
    with second:
        answered = column(view, "output", names, str(likely["label"] or names[-1]))
    with third:
        format = choose_format(view)
        rejected = column(view, "rejected", names, names[-1]) if format == "dpo" else None
    # Columns of their own for the second line: on a narrow screen each column stands under the one before.
    first, second, third = st.columns(3, vertical_alignment="bottom")
    with first:
        group = column(view, "group", [NO_CHOICE, *names], NO_CHOICE)
    with second:
        stratify = column(view, "stratify", [NO_CHOICE, *names], NO_CHOICE)
    with third:
        split = st.text_input(
            view.say("preparation.split"),
            help=view.say("preparation.split_help"),
            **view.keep("inputs.preparation.split", DEFAULT_SPLIT),
        )
    label = view.say("preparation.system")
    system = st.text_area(label, height=80, **view.keep("inputs.preparation.system", ""))
    columns = {
        "input": asked,
        "output": answered,
        "system": system.strip(),
        "rejected": rejected,
        "group": group or None,
        "stratify": stratify or None,
    }
    return {"columns": columns, "format": format, "split": split, **checks(view), "drop": left_out(view)}


def choose_format(view: View) -> str:
    formats = list(FORMATS)
    spoken = {name: view.say(f"preparation.formats.{name}") for name in formats}
    kept = view.keep("inputs.preparation.format", "chat", options=formats)
    label = view.say("preparation.format")
    return str(st.selectbox(label, formats, format_func=spoken.__getitem__, **kept))


def checks(view: View) -> dict[str, Any]:
    """The seed, the model whose cap counts, a cap of one's own, and whether labels are doubted."""
    with st.expander(view.say("preparation.more")):
        first, second, third = st.columns(3, vertical_alignment="bottom")
        models = [NO_CHOICE, *COUNTED_AS]

        def named(model: str) -> str:
            return model or view.say("preparation.no_model")

        model = first.selectbox(
            view.say("preparation.model"),
            models,
            format_func=named,
            help=view.say("preparation.model_help"),
            **view.keep("inputs.preparation.model", NO_CHOICE, options=models),
        )
        limit = second.number_input(
            view.say("preparation.token_limit"),
            0,
            1_000_000,
            step=1,
            help=view.say("preparation.token_limit_help"),
            **view.keep("inputs.preparation.token_limit", 0),
        )
        seed = third.number_input(
            view.say("preparation.seed"), 0, 2**31 - 1, step=1, **view.keep("inputs.preparation.seed", 42)
        )
        doubt = st.toggle(view.say("preparation.doubt"), **view.keep("inputs.preparation.doubt", False))
    return {
        "model": model or None,
        "token_limit": int(limit) or None,
        "seed": int(seed),
        "doubt_labels": bool(doubt),
    }


def left_out(view: View) -> list[str]:
    """The findings whose rows the plan leaves out of the files."""
    return sorted(id for id in FINDINGS if view.plan.get(f"{LEFT_OUT}.{id}"))


def column(view: View, name: str, options: Sequence[str], usual: str) -> str:
    """A column kept with the plan; one that this table lacks gives way to the likely one."""
    kept = view.keep(f"inputs.preparation.{name}", usual, options=options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = usual

    def named(choice: str) -> str:
        return choice or view.say("preparation.none")

    helped = view.say(f"preparation.{name}_help") if name in ("group", "stratify") else None
    return str(st.selectbox(view.say(f"preparation.{name}"), options, format_func=named, help=helped, **kept))
