"""A usage log on the Cost page: what was really used, put into the form with one click."""

from __future__ import annotations

import streamlit as st

from advisor.pages.frame import View
from pricing.usage_log import UsageLog, read_usage_log

FIELDS = ("input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens")


def ask(view: View, path: str) -> None:
    """Let a log be read; its figures replace what is typed only when the reader says so."""
    with st.popover(view.say("cost.log.open")):
        st.caption(view.say("cost.log.about"))
        file = st.file_uploader(view.say("cost.log.file"), type=["jsonl", "csv"], key=f"cost_log/{path}")
        with view.problems_shown():
            if file is not None:
                _offer(view, path, read_usage_log(file.getvalue()))


def _offer(view: View, path: str, log: UsageLog) -> None:
    st.markdown(view.say("cost.log.found", requests=view.number(log.requests)))
    for name in FIELDS:
        st.markdown(f"- {view.say(f'cost.log.{name}')}: {view.number(getattr(log, name))}")
    if log.requests_per_month is not None:
        st.markdown(view.say("cost.log.volume", requests=view.number(log.requests_per_month)))
    st.button(view.say("cost.log.use"), key=f"cost_log_use/{path}", on_click=_use, args=(view, path, log))


def _use(view: View, path: str, log: UsageLog) -> None:
    figures = {
        "instruction_tokens": log.cached_tokens,
        "question_tokens": log.input_tokens - log.cached_tokens,
        "answer_tokens": log.output_tokens + log.reasoning_tokens,
    }
    if log.requests_per_month is not None:
        figures["requests_per_month"] = log.requests_per_month
    for name, figure in figures.items():
        view.put_typed(f"{path}.{name}", format(figure.normalize(), "f"))
