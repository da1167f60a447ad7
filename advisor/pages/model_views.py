"""How the Models page draws what is known: side by side, opened down to the conditions, and against our own texts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from math import log10
from typing import Literal

import streamlit as st

from advisor.answers.model import Model, context_said
from advisor.models import Ancestor, ModelReport, TextLengths
from advisor.models.comparison import Needs, standings
from advisor.models.licences import QUESTIONS, Answer
from advisor.pages import charts
from advisor.pages.frame import View, md_safe

Colour = Literal["green", "orange", "red", "gray"]
COLOURS: Mapping[str, Colour] = {"yes": "green", "conditional": "orange", "no": "red", "unknown": "gray"}
NO_END = 2_000_000
# A log axis has no zero; windows begin at a length that most of them pass.
SHORTEST = 512
TICKS = [8 * 8**power for power in range(7)]


def comparison(view: View, found: Mapping[str, ModelReport], needs: Needs) -> None:
    """One card a model: the verdict, the figures, and whether it meets what the plan needs."""
    st.header(view.say("models.compare"), anchor=False)
    for column, (id, report) in zip(st.columns(min(len(found), 3)) * 2, found.items(), strict=False):
        with column.container(border=True):
            st.markdown(f"**{md_safe(id)}**")
            _badge(view, "use", report.permissions.use)
            _figures(view, report)
            _needs(view, report, needs)
            _origin(view, report)


def _badge(view: View, question: str, answer: Answer) -> None:
    label = f"{view.say(f'models.question.{question}')}: {view.say(f'models.answer.{answer}')}"
    st.badge(label, color=COLOURS[answer])


def _figures(view: View, report: ModelReport) -> None:
    facts = report.facts
    rows = {
        "licence": md_safe(licence_of(view, report.own, facts.licence_name)),
        "context": context_said(report.context.limit, view.voice),
        "parameters": parameters(view, report.parameters),
        "languages": md_safe(", ".join(facts.languages[:8])) or view.say("models.not_stated"),
        "gated": view.say(f"models.gate.{facts.gated or 'unknown'}"),
    }
    if facts.kind == "dataset":
        rows = {name: value for name, value in rows.items() if name not in {"context", "parameters"}}
    st.markdown("\n".join(f"- {view.say(f'models.field.{name}')}: {value}" for name, value in rows.items()))


def _needs(view: View, report: ModelReport, needs: Needs) -> None:
    card = needs.card.name if needs.card else ""
    labels = {
        "commercial": view.say("models.field.commercial"),
        "language": view.say("models.field.languages"),
        "context": view.say("models.field.own_texts"),
        "card": view.say("models.field.gpu", card=card),
    }
    asked = standings(report, needs)
    lines = [
        f"- {labels[need]}: {view.say(f'models.standing.{standing}')}" for need, standing in asked.items()
    ]
    if lines:
        st.markdown(view.say("models.against_plan") + "\n" + "\n".join(lines))
    if "context" in asked:
        st.caption(view.say(f"models.fit.{report.fit}"))


def _origin(view: View, report: ModelReport) -> None:
    facts = report.facts
    day = view.day(facts.source.checked)
    st.caption(view.say(f"models.from_{facts.origin}", day=day))
    if facts.origin != "manual":
        _sources(view, report)
    answer = Model.of(report)
    if answer.missing:
        st.caption(md_safe(answer.not_read(view.voice)))


def _sources(view: View, report: ModelReport) -> None:
    """Where the licence and the figures were read, and what neither place vouches for."""
    facts = report.facts
    if facts.licence_read_in == facts.figures_read_in:
        st.caption(view.source(facts.source))
    else:
        st.caption(view.source(facts.licence_read_in, view.say("models.read_there.licence")))
        st.caption(view.source(facts.figures_read_in, view.say("models.read_there.figures")))
    if facts.from_memory:
        st.caption(Model.of(report).unread(view.voice))
    if report.kind_of_verdict == "judgement":
        st.caption(view.say("models.verdict_from_memory"))


def details(view: View, found: Mapping[str, ModelReport]) -> None:
    """Each model's four answers, down to the condition and the parent that asks for it."""
    for id, report in found.items():
        with st.expander(view.say("models.verdict_of", model=md_safe(id))):
            with st.container(horizontal=True):
                for question in QUESTIONS:
                    _badge(view, question, report.permissions.answer(question))
            st.markdown(f"**{view.say('models.conditions')}**")
            answer = Model.of(report)
            _conditions(view, answer)
            st.markdown(f"**{view.say('models.lineage')}**")
            _lineage(view, report)
            for note in answer.context_notes:
                st.caption(note.said(view.language))


def _conditions(view: View, answer: Model) -> None:
    """What to keep to, under the licence that asks for it and the repository that brings it in."""
    for (of, licence), group in groupby(answer.conditions, key=lambda one: (one.of, one.licence)):
        conditions = list(group)
        where = view.say(
            "models.condition_of",
            licence=md_safe(licence or view.say("models.not_stated")),
            model=md_safe(of or ""),
        )
        lines = [md_safe(one.said(view.language)) for one in conditions]
        st.markdown(f":gray[{where}]\n" + "\n".join(f"- {line}" for line in lines))
        for source in dict.fromkeys(one.source for one in conditions if one.source):
            st.caption(view.source(source))


def _lineage(view: View, report: ModelReport) -> None:
    lines = [_ancestor(view, report.own, view.say("models.own_line", **_words(view, report.own)))]
    for one in report.lineage:
        relation = view.say(f"models.relation.{one.relation}")
        lines.append(
            _ancestor(view, one, view.say("models.lineage_line", relation=relation, **_words(view, one)))
        )
    st.markdown("\n".join(lines))
    if not report.lineage:
        st.caption(view.say("models.lineage_none"))


def _words(view: View, one: Ancestor) -> dict[str, str]:
    answer = view.say(f"models.answer.{one.permissions.use}")
    return {"id": md_safe(one.id), "licence": md_safe(licence_of(view, one)), "answer": answer}


def _ancestor(view: View, one: Ancestor, said: str) -> str:
    return f"- :{COLOURS[one.permissions.use]}[●] {said}"


def licence_of(view: View, one: Ancestor, name: str | None = None) -> str:
    """The licence as declared, with the name that stands behind `other`."""
    if one.licence is None:
        return view.say("models.not_stated" if one.found else "models.unknown")
    return f"{one.licence} ({name})" if name else one.licence


# Japanese counts in hundreds of millions, English in billions.
UNIT = {"ja": 1e8, "en": 1e9}


def parameters(view: View, count: int | None) -> str:
    """A parameter count as people say it in either language."""
    if count is None:
        return view.say("models.unknown")
    units = count / UNIT[view.language]
    return view.say("models.size", n=view.number(units, 0 if units >= 20 else 1 if units >= 1 else 2))


def context_chart(view: View, found: Mapping[str, ModelReport], lengths: TextLengths | None) -> None:
    """A bar for each context window, with lines where our own texts end."""
    known = {id: report for id, report in found.items() if report.context.kind != "unknown"}
    if not known:
        return
    import pandas as pd
    import plotly.graph_objects as go

    st.header(view.say("models.context_title"), anchor=False)
    ids = list(reversed(known))
    said = {id: context_said(report.context.limit, view.voice) for id, report in known.items()}
    windows = [known[id].context.tokens or NO_END for id in ids]
    bars = go.Bar(
        x=windows,
        y=[charts.in_lines(id.replace("/", "/ ")).replace("/ ", "/") for id in ids],
        orientation="h",
        text=[said[id] for id in ids],
        textposition="auto",
        marker_color=charts.PALETTE[0],
        showlegend=False,
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    least = min(*windows, *(lengths.p99 + lengths.output for lengths in [lengths] if lengths), SHORTEST)
    table = pd.DataFrame(
        {
            view.say("models.field.model"): list(known),
            view.say("models.field.context"): list(said.values()),
            view.say("models.field.own_texts"): [
                view.say(f"models.fit.{report.fit}") for report in known.values()
            ],
        }
    )
    charts.show(
        view,
        "models_context",
        [bars],
        view.say("models.context_alt"),
        table,
        x=_token_axis(view, least, max(windows)),
        y={"title": view.say("models.field.model")},
        height=150 + 46 * len(ids),
        shapes=_own_texts(view, lengths) if lengths else [],
    )
    if lengths:
        st.caption(view.say("models.tokenizer_note"))


def _token_axis(view: View, least: int, most: int) -> charts.Shape:
    """A log axis with room on either side, its ticks at the usual lengths of windows."""
    ends = [tick for tick in TICKS if least / 2 <= tick <= 2 * most]
    return {
        "type": "log",
        "title": view.say("models.context_axis"),
        "tickvals": ends,
        "ticktext": [view.number(end) for end in ends],
        "range": [log10(max(least / 2, 1)), log10(2 * most)],
    }


def _own_texts(view: View, lengths: TextLengths) -> list[charts.Shape]:
    """Where most of our texts end, and the longest, each with its answer."""
    lines = {"line_p99": lengths.p99 + lengths.output, "line_longest": lengths.longest + lengths.output}
    return [
        charts.upright(
            max(tokens, 1),
            color=charts.PALETTE[5 - 4 * place],
            dash=("dash", "dot")[place],
            width=3,
            name=f"{view.say(f'models.{name}')} {view.number(tokens)}",
        )
        for place, (name, tokens) in enumerate(lines.items())
    ]
