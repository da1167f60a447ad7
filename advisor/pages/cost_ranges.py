"""How sure the reader is of the assumptions: a low and a high end each, left empty where the usual range will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from advisor.answers.dataset import Dataset, Figures
from advisor.pages.frame import View
from pricing import Problem
from pricing import typed as read
from pricing.ranges import HALF, LESS, MORE, TWICE
from pricing.workload import Workload

Shares = tuple[Decimal, Decimal]
Typed = Mapping[str, tuple[str, str]]
# What varies when nothing is typed, as shares of the assumption itself; the others stay as they are.
USUAL: Mapping[str, Shares] = {
    "requests_per_month": (HALF, TWICE),
    "input_tokens": (LESS, MORE),
    "output_tokens": (LESS, MORE),
}
VARIED = (*USUAL, "growth_per_month", "epochs", "cache_hit_rate")
PERCENT = Decimal(100)


def ask(view: View, path: str) -> Typed:
    """Draw two fields for each assumption; what is typed is read later, with the rest of the form."""
    typed = {}
    with st.expander(view.say("cost.ranges.heading")):
        measured = view.say("cost.ranges.measured") if _measured(view) else ""
        st.caption(view.say("cost.ranges.about") + measured)
        for name in VARIED:
            with st.container(horizontal=True):
                typed[name] = (_end(view, path, name, "low"), _end(view, path, name, "high"))
    return typed


def _end(view: View, path: str, name: str, side: str) -> str:
    label = view.say(f"cost.ranges.{side}", name=view.say(f"cost.ranges.of.{name}"))
    kept = view.keep(f"{path}.ranges.{name}.{side}", "")
    text = st.text_input(label, placeholder=_placeholder(view, name, side), width=240, **kept)
    return str(text).strip()


def _placeholder(view: View, name: str, side: str) -> str:
    shares = _shares(view, name)
    if shares is None:
        return view.say("cost.ranges.follows" if name == "cache_hit_rate" else "cost.ranges.fixed")
    moved = (shares[side == "high"] - 1) * PERCENT
    return f"{'+' if moved > 0 else '−' if moved < 0 else '±'}{view.number(abs(moved), 0)}%"


def read_ranges(
    view: View, typed: Typed, workload: Workload, choices: Sequence[Mapping[str, Any]], top: Mapping[str, Any]
) -> dict[str, Any]:
    """Ranges as a scenario holds them: what was typed, and the spread of the plan's own texts."""
    own = {
        "requests_per_month": top["requests_per_month"],
        "growth_per_month": top["growth_per_month"] * PERCENT,
        "input_tokens": workload.question_tokens,
        "output_tokens": workload.answer_tokens,
        "epochs": workload.epochs,
    }
    found = {name: ends for name in VARIED if (ends := _ends(view, name, typed[name], own.get(name)))}
    if "growth_per_month" in found:
        found["growth_per_month"] = [end / PERCENT for end in found["growth_per_month"]]
    shared: dict[str, Any] = {
        name: found[name] for name in ("requests_per_month", "growth_per_month", "epochs") if name in found
    }
    arms = {str(choice["id"]): _of_arm(workload.arm(choice), workload, found) for choice in choices}
    return {**shared, "arms": {id: ranges for id, ranges in arms.items() if ranges}}


def _ends(view: View, name: str, texts: tuple[str, str], own: Decimal | None) -> list[Decimal] | None:
    label = view.say(f"cost.ranges.of.{name}")
    shares = _shares(view, name)
    if not any(texts) and (shares is None or shares == USUAL.get(name)):
        return None
    least, most = {"cache_hit_rate": (0, 1), "growth_per_month": (-100, 1000)}.get(name, (0, read.LARGEST))
    usual = (
        (Decimal(least), Decimal(most)) if own is None else tuple(own * share for share in shares or (1, 1))
    )
    low, high = (
        read.amount(text, label, least=least, most=most) if text else end
        for text, end in zip(texts, usual, strict=True)
    )
    if own is not None and not low <= own <= high:
        raise Problem("range_leaves_value_out", field=label, low=low, high=high, value=own)
    if low > high:
        raise Problem("range_expected", field=label, found=f"{low}, {high}")
    return [low, high]


def _of_arm(arm: Mapping[str, Any], workload: Workload, found: Mapping[str, list[Decimal]]) -> dict[str, Any]:
    """The ranges of one arm: a longer question makes its whole input longer by as much."""
    if "input_tokens" not in arm:
        return {}
    same = arm["input_tokens"] - workload.question_tokens
    ranges: dict[str, Any] = {}
    if "input_tokens" in found:
        ranges["input_tokens"] = [same + end for end in found["input_tokens"]]
    if "output_tokens" in found:
        ranges["output_tokens"] = found["output_tokens"]
    if "cache_hit_rate" in found and "cache_hit_rate" not in arm:
        ranges["cache_hit_rate"] = found["cache_hit_rate"]
    return ranges


def _shares(view: View, name: str) -> Shares | None:
    """A tenth of the plan's own texts lies below the first share of their mean, a tenth above the second."""
    figures = _measured(view).get(name)
    if figures is None:
        return USUAL.get(name)
    low, high = (Decimal(str(end)) / Decimal(str(figures.mean)) for end in (figures.p10, figures.p90))
    return min(low, Decimal(1)), max(high, Decimal(1))


def _measured(view: View) -> dict[str, Figures]:
    """The token figures of the plan's own data that tell how far texts spread."""
    dataset = view.plan.answer(Dataset) or Dataset()
    figures = {"input_tokens": dataset.input_tokens, "output_tokens": dataset.output_tokens}
    return {
        name: found
        for name, found in figures.items()
        if found and found.mean and found.p10 is not None and found.p90 is not None
    }
