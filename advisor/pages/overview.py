"""The plan on one screen: what it decides, how far it is, the verdict and its reasons, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from advisor.checklist import checklist
from advisor.pages import blocks, frame, on_screen
from advisor.pages.first_draft import guided_start
from advisor.pages.frame import View, md_safe
from advisor.pages.reasons import advice, draw_path, draw_reasons, draw_sources
from advisor.pages.since import what_changed
from advisor.plan import example, example_names
from advisor.quantities import Named
from advisor.recommend import Recommendation, words
from advisor.recommend.reasons import name, said
from advisor.tasks import Task, tasks

STEPS = 3
OPEN = 5


def subject(view: View, found: Recommendation) -> None:
    """What this plan is about to decide."""
    values = found.answers.values
    st.header(md_safe(view.text(view.plan.title)), anchor=False)
    if not values:
        st.markdown(view.say("overview.empty"))
        guided_start(view)
        with st.container(horizontal=True):
            for known in example_names():
                label = view.say("common.example", title=view.text(example(known).title))
                start = ("example", known)
                st.button(label, key=f"open_{known}", on_click=on_screen.open_start, args=start)
        return
    if "purpose" not in values:
        st.markdown(view.say("overview.aim_open"))
        guided_start(view)
        return
    aim = said("purpose", values.get("purpose"), view.language)
    task = said("task", values.get("task"), view.language)
    st.markdown(view.say("overview.decides", aim=md_safe(aim), task=md_safe(task)))
    if "success_statement" in values:
        st.caption(view.say("overview.success", statement=md_safe(str(values["success_statement"]))))


def verdict(view: View, found: Recommendation) -> None:
    """The first step and what follows it."""
    with st.container(border=True, height="stretch"):
        draw_path(view, found, STEPS)
        view.link("recommendation", view.say("overview.all_reasons"))


def progress(view: View, found: Recommendation) -> None:
    """How far each step is."""
    with st.container(border=True, height="stretch"):
        st.caption(view.say("overview.progress"))
        for section in checklist().sections:
            done = found.answers.progress(checklist().of(section.id))
            st.progress(done.share, text=f"{view.text(section.name)} {done.settled}/{done.asked}")
        view.link("checklist")


def figures(view: View, found: Recommendation) -> None:
    """The key numbers that were measured, each with the page it comes from; what is missing says so."""
    st.header(view.say("overview.figures"), anchor=False)
    cards: dict[str, tuple[str, Callable[[View, Recommendation], tuple[str, str] | None]]] = {
        "rows": ("data", _rows),
        "tokens": ("data", _tokens),
        "baseline": ("baseline", _baseline),
        "break_even": ("cost", _break_even),
        "licence": ("models", _licence),
        "memory": ("models", _memory),
    }
    grid = st.grid(3, min_column_width=165, border=True)
    for card, (page, figure) in cards.items():
        value, note = figure(view, found) or (view.say("overview.not_measured"), "")
        with grid.cell():
            st.metric(view.say(f"overview.cards.{card}"), value)
            if note:
                st.caption(md_safe(note))
            view.link(page)


def _rows(view: View, found: Recommendation) -> tuple[str, str] | None:
    rows, data = found.answers.values.get("rows_available"), found.findings.get("rows")
    if rows is None:
        return None
    note = "measured" if data is not None and "rows_available" in found.answers.measured else "answered"
    return said("rows_available", rows, view.language), view.say(f"overview.notes.{note}")


def _tokens(view: View, found: Recommendation) -> tuple[str, str] | None:
    total, longest = (found.findings.get(name) for name in ("data_tokens", "longest_tokens"))
    if total is None:
        return None
    note = view.say("overview.notes.longest", tokens=view.number(longest)) if longest is not None else ""
    return view.number(total), note


def _baseline(view: View, found: Recommendation) -> tuple[str, str] | None:
    score, low, high = (found.findings.get(f"baseline_{part}") for part in ("score", "low", "high"))
    if score is None:
        return None
    verdict = said("baseline_verdict", found.findings.get("baseline_verdict"), view.language)
    if low is None or high is None:
        return view.number(score, 2), verdict
    metric = Named("baseline.metric", str(found.findings.get("baseline_metric"))).say(view.language)
    figures = {"low": view.number(low, 2), "high": view.number(high, 2)}
    note = view.say("overview.notes.interval", metric=metric, verdict=verdict, **figures)
    return view.number(score, 2), note


def _break_even(view: View, found: Recommendation) -> tuple[str, str] | None:
    ends, reason, pays, worth = (
        found.findings.get(f"hosted_{name}")
        for name in ("service_ends", "break_even", "pays_from", "worth_from")
    )
    if reason is None:
        return None
    if isinstance(ends, date) and ends <= view.on:
        return view.say("overview.notes.gone"), view.say("overview.notes.gone_since", day=view.day(ends))
    if pays is None:
        value = "0" if reason == "cheaper_from_start" else view.say("overview.notes.never")
        return value, said("hosted_break_even", reason, view.language)
    if worth is None:
        return view.about(pays), view.say("overview.notes.per_month")
    return view.about(pays), view.say("overview.notes.worth", requests=view.about(worth))


def _licence(view: View, found: Recommendation) -> tuple[str, str] | None:
    model, use, licence = (found.findings.get(f"model_{name}") for name in ("id", "use", "licence"))
    if model is None:
        return None
    note = f"{model} ({licence or view.say('recommendation.unknown')})"
    return said("model_use", use, view.language), note


def _memory(view: View, found: Recommendation) -> tuple[str, str] | None:
    gib, fit = found.findings.get("memory_gib"), found.findings.get("memory_fit")
    if gib is None:
        return None
    notes = [view.say("overview.notes.at_most"), view.say(f"models.verdict.{fit}") if fit else ""]
    return view.say("models.gib", n=view.number(gib, 1)), " · ".join(filter(None, notes))


def still_open(view: View, found: Recommendation) -> None:
    """The open questions that matter most, and the likeliest changes of mind."""
    with st.container(border=True, height="stretch"):
        st.caption(view.say("overview.open", count=view.number(len(found.open_questions))))
        for question in found.open_questions[:OPEN]:
            st.markdown(f"- {md_safe(name(question, view.language))}")
        view.link("checklist", view.say("overview.answer_them"))


def could_change(view: View, found: Recommendation) -> None:
    """The nearest changes that would make another step the first."""
    with st.container(border=True, height="stretch"):
        blocks.draw_items(words.would_change(found, view.voice), captioned=True)


def task_guide(view: View, found: Recommendation) -> None:
    """How hard the plan's kind of task is, and what is known about measuring it; the other kinds beside it."""
    task = tasks().get(str(found.answers.values.get("task")))
    if task is not None:
        difficulty = view.say(f"overview.ease.{task.difficulty}")
        words = {"task": view.text(task.name), "difficulty": difficulty, "because": view.text(task.because)}
        st.caption(view.say("overview.task", **words))
    box = st.expander(view.say("overview.task_guide"), key="task_guide", on_change="rerun")
    if box.open:
        with box:
            if task is not None:
                _about(view, task)
            _all_tasks(view)


def _about(view: View, task: Task) -> None:
    data, evaluation = view.text(task.data_reason), view.text(task.evaluation_reason)
    judges = ", ".join(view.say(f"overview.judges.{judge}") for judge in task.judges)
    lines = {
        "data": f"**{view.say(f'overview.ease.{task.data_ease}')}** — {data}",
        "evaluation": f"**{view.say(f'overview.ease.{task.evaluation_ease}')}** — {evaluation}",
        "baseline": view.text(task.baseline),
        "judges": f"**{judges}** — {view.text(task.judge_reason)}",
        "instruction_tuning": view.text(task.instruction_tuning),
    }
    for line, text in lines.items():
        st.markdown(f"{view.say(f'overview.guide.{line}')}: {text}")
    for metric in task.metrics:
        st.markdown(f"- {view.text(metric.name)}: {view.text(metric.blind_spot)}")
    draw_sources(view, task.sources)


def _all_tasks(view: View) -> None:
    columns = [
        view.say(f"overview.guide.{column}") for column in ("task", "data", "evaluation", "difficulty")
    ]
    rows = [
        [view.text(task.name)]
        + [
            view.say(f"overview.ease.{ease}")
            for ease in (task.data_ease, task.evaluation_ease, task.difficulty)
        ]
        for task in tasks().values()
    ]
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    st.table(table, border="horizontal", hide_index=True, alt=view.say("overview.task_guide"))


view = frame.current()
view.heading("overview")
with view.problems_shown():
    found = advice(view)
    subject(view, found)
    with view.problems_shown():
        what_changed(view)
    task_guide(view, found)
    for alert in found.alerts:
        with st.container(border=True):
            draw_reasons(view, found, (alert,))
    left, right = st.columns([2, 1])
    with left:
        verdict(view, found)
    with right:
        progress(view, found)
    figures(view, found)
    left, right = st.columns(2)
    with left:
        still_open(view, found)
    with right:
        could_change(view, found)
    view.next_step(found.next_step, ready="purpose" in found.answers.values)
