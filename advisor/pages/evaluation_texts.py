"""Scores of answers against references, for every system in the table of answers, each with its range."""

from __future__ import annotations

import streamlit as st

from advisor.evaluation.text_metrics import TextScore, score_texts, suiting, tokenizer_for
from advisor.pages.blocks import draw_rows
from advisor.pages.evaluation_sheets import answers, choose_columns
from advisor.pages.frame import View

OF_HUNDRED = ("bleu", "chrf")
COLUMNS = ("table.system", "texts.metric", "texts.value", "table.range", "table.n", "texts.misses")


def draw(view: View) -> None:
    st.markdown(view.say("evaluation.texts.purpose"))
    with view.problems_shown():
        table = answers(view)
        if table is None:
            return
        chosen = choose_columns(view, table)
        if not chosen.reference:
            st.info(view.say("evaluation.texts.reference_needed"))
            return
        if not chosen.systems:
            st.info(view.say("evaluation.sheets.no_system"))
            return
        references = table.column(chosen.reference)
        found: dict[str, list[TextScore]] = {system: [] for system in chosen.systems}
        for metric in suiting(references):
            with view.problems_shown():
                for system in chosen.systems:
                    found[system] += score_texts(table.column(system), references, [metric])
        show(view, found)
        st.caption(view.say("evaluation.texts.cut", tokenizer=tokenizer_for(references)))


def show(view: View, found: dict[str, list[TextScore]]) -> None:
    draw_rows(
        view,
        "evaluation.view.texts",
        [f"evaluation.{name}" for name in COLUMNS],
        [
            (
                system,
                view.say(f"evaluation.texts.metrics.{score.metric}"),
                shown(view, score, score.value),
                view.span(shown(view, score, score.low), shown(view, score, score.high)),
                score.items,
                view.say(f"evaluation.texts.blind.{score.metric}"),
            )
            for system, scores in found.items()
            for score in scores
        ],
    )


def shown(view: View, score: TextScore, value: float) -> str:
    """BLEU and chrF run to 100, the others are shares."""
    return view.number(value, 1) if score.metric in OF_HUNDRED else view.percent(value, 1)
