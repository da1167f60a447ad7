"""The guide to methods on the Models page: what each is for, its cost on this model and card, and how to start."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from advisor.answers.memory import Memory
from advisor.memory import Method
from advisor.memory.adapters import ALL_LINEAR
from advisor.memory.cards import Card
from advisor.memory.methods import Recipe, methods
from advisor.pages.frame import View, md_safe
from advisor.pages.own_money import in_own

# LoRA+ differs in a learning rate only, so its need and its hours are LoRA's.
SAME_NEED = {"lora+": "lora", "encoder": "full"}


def guide(view: View, needs: Mapping[Method, Memory], on_card: Card) -> None:
    """One tab a method for models of this kind: of the ways to use one, only a language model has LoRA."""
    st.markdown(f"**{view.say('models.guide_title')}**")
    guides = [one for one in methods().values() if one.encoder is ("lora" not in needs)]
    by_id = {str(method): report for method, report in needs.items()}
    for tab, one in zip(st.tabs([view.text(one.name) for one in guides]), guides, strict=True):
        with tab:
            st.markdown(md_safe(view.text(one.purpose)))
            _cost_here(view, by_id.get(SAME_NEED.get(one.id, one.id)), on_card)
            st.markdown("\n".join(f"- {md_safe(view.text(text))}" for text in (one.formula, one.cost)))
            _recipe(view, one.recipe)
            st.caption(view.source(one.paper, view.say("models.read_there.paper")))


def _cost_here(view: View, report: Memory | None, on_card: Card) -> None:
    """Memory, hours and money of this method for the chosen model and card."""
    if report is None:
        return
    memory = view.say("models.gib", n=view.voice.number(report.total_gib, 1))
    verdict = view.say(f"models.verdict.{report.fits[on_card.id]}")
    said = [view.say("models.here_memory", card=md_safe(on_card.name), memory=memory, verdict=verdict)]
    if report.hours and report.fits_card:
        said.append(view.voice.hours(report.hours.typical))
    rent = report.cost.typical if report.cost and report.fits_card else None
    if rent is not None:
        said += [md_safe(amount) for amount in (view.money(rent), in_own(view, rent)) if amount]
    st.markdown(" · ".join(said))


def _recipe(view: View, recipe: Recipe) -> None:
    """The starting values in one line that any screen can break, with where they were read."""
    values = {
        "rank": recipe.rank and view.number(recipe.rank),
        "alpha": recipe.alpha and view.number(recipe.alpha),
        "targets": _targets(view, recipe.targets),
        "learning_rate": f"{recipe.learning_rate:g}",
        "ratio": recipe.ratio and view.number(recipe.ratio),
        "batch": view.number(recipe.batch),
        "epochs": view.number(recipe.epochs),
    }
    said = [f"{view.say(f'models.recipe.{name}')} **{value}**" for name, value in values.items() if value]
    st.markdown(f"{view.say('models.recipe.title')}  \n" + " · ".join(said))
    st.caption(view.source(recipe.source, view.say("models.read_there.recipe")))


def _targets(view: View, targets: str | None) -> str | None:
    return view.say("models.memory_all_linear") if targets == ALL_LINEAR else targets
