"""Improve: what the evaluation, the data and the training log call for next, and how the rounds went."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from advisor.answers.cost import Cost
from advisor.answers.evaluation import Evaluation
from advisor.answers.preparation import Preparation
from advisor.improve import Remedy, improvement_facts, next_steps, training_cost
from advisor.improve.error_groups import ErrorGroup, error_groups
from advisor.improve.loss_log import Diagnosis
from advisor.pages import frame, improve_charts, improve_rounds
from advisor.pages.evaluation_results import kept, named
from advisor.pages.frame import View, md_safe
from advisor.preparation.annotation import Effort, annotation_effort
from advisor.quantities import Value
from advisor.references import references


def gathered(view: View) -> tuple[ErrorGroup, ...]:
    """Where failures gather in the plan's score sheet."""
    sheet = kept(view)
    evaluation = view.plan.answer(Evaluation)
    system = evaluation.system if evaluation else None
    if sheet is None:
        return ()
    sheet = named(view, sheet)
    return error_groups(sheet, system if system in sheet.systems else sheet.systems[0])


def remedies(view: View, facts: dict[str, Value]) -> None:
    """The remedies in order, each with its reason, its price and the sign that it worked."""
    st.header(view.say("improve.next_title"), anchor=False)
    steps = next_steps(facts)
    if not steps:
        done = facts.get("test_verdict") == "shown"
        (st.success if done else st.info)(view.say("improve.all_shown" if done else "improve.nothing_left"))
    for place, remedy in enumerate(steps, start=1):
        with st.container(border=True):
            mark = f" :gray-badge[{view.say('improve.avoid')}]" if remedy.avoid else ""
            st.markdown(f"**{place}. {view.text(remedy.name)}**{mark}")
            st.markdown(md_safe(remedy.action(facts, view.language)))
            st.markdown(f"{view.say('improve.because')} {md_safe(remedy.reason(facts, view.language))}")
            st.caption(
                f"{view.say('improve.sign')} {view.text(remedy.sign)} ・ {effort(view, remedy, facts)}"
            )
            for reference in (references()[id] for id in remedy.sources):
                title = "" if reference.kind == "judgement" else f"{md_safe(reference.named(view.language))} "
                st.caption(title + view.source(reference))


def effort(view: View, remedy: Remedy, facts: dict[str, Value]) -> str:
    """What the remedy costs here, as far as the plan knows."""
    needed, items = facts.get("items_needed"), facts.get("items")
    if remedy.effort == "items":
        if not needed or not items:
            return view.say("improve.effort.items_unknown")
        people = int(view.plan.get("inputs.evaluation.people") or 2)
        seconds = int(view.plan.get("inputs.evaluation.seconds") or 60)
        more = annotation_effort(int(str(needed)) - int(str(items)), people, Decimal(seconds), Decimal(0))
        return view.say(
            "improve.effort.items", items=view.number(more.judgements), hours=view.number(more.hours)
        )
    cost = training_cost(view.plan.answer(Cost))
    known = view.say("improve.training_is", amount=view.money(cost).replace("$", r"\$")) if cost else None
    training = known or view.say("improve.training_unknown")
    now, doubled = facts.get("rows_now"), facts.get("rows_doubled")
    if remedy.effort == "rows" and now and doubled:
        more = labelling(view, int(str(doubled)) - int(str(now)))
        values = {"items": view.number(more.judgements), "hours": view.number(more.hours)}
        amount = view.number(more.amount, 0)
        return view.say("improve.effort.rows_known", **values, amount=amount, training=training)
    return view.say(f"improve.effort.{remedy.effort}", training=training)


def labelling(view: View, rows: int) -> Effort:
    """Hours and money for so many new rows, at the pace and rate of the labelling plan."""
    people, seconds = (
        int(view.plan.get(f"inputs.annotation.{name}") or usual)
        for name, usual in (("people", 2), ("seconds", 30))
    )
    rate = view.plan.get("inputs.annotation.rate")
    usual_rate = 2500 if view.language == "ja" else 25
    return annotation_effort(rows, people, Decimal(seconds), Decimal(usual_rate if rate is None else rate))


view = frame.current()
view.heading("improve")
view.warn_of_unread("evaluation")
if not view.plan.evidence.get("evaluation"):
    st.info(view.say("improve.no_evaluation"))
groups: tuple[ErrorGroup, ...] = ()
with view.problems_shown():
    groups = gathered(view)
top = st.container()
if view.plan.get("inputs.evaluation.scores"):
    improve_charts.failures(view, groups)
diagnosis: Diagnosis | None = None
st.header(view.say("improve.losses_title"), anchor=False)
with view.problems_shown():
    diagnosis = improve_charts.training_log(view)
improve_rounds.draw(view)
prepared = view.plan.answer(Preparation) or Preparation()
facts = improvement_facts(
    view.plan.answers, view.plan.evidence, groups=groups, losses=diagnosis, findings=prepared.remaining
)
with top:
    remedies(view, facts)
view.next_step("report" if view.plan.answer(Evaluation) else "evaluation")
