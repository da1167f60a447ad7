"""The charts and tables of the Baseline page, drawn from the answer in the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from advisor.answers.baseline import Baseline
from advisor.answers.baseline.parts import Measured
from advisor.answers.baseline.words import interval
from advisor.pages import charts
from advisor.pages.frame import View
from advisor.reference_scores import PublicTask
from advisor.show.voice import NOTHING
from baselines.measured import LearningCurve

BLUE, ORANGE, GREEN, *_, GREY = charts.PALETTE
# Light enough at its darkest end that the count written on it has 8:1 on every cell.
SHARES, COUNTS = ((0, "#F4F8FA"), (1, charts.PALETTE[4])), "#10181B"


def rung(view: View, name: str) -> str:
    return view.say(f"baseline.rung.{name}")


def metric(view: View, name: str) -> str:
    return view.say(f"baseline.metric.{name}")


def ladder(view: View, answer: Baseline) -> None:
    """Every model's score with its range, against the target and the majority floor, cheapest at the top."""
    wanted = answer.metric or answer.scores[0].metric
    drawn = []
    sides = (
        ("on_folds", answer.scores, BLUE, "circle"),
        ("on_test", answer.test_scores, ORANGE, "diamond"),
    )
    for name, scores, colour, symbol in sides:
        lines = [score for score in scores if score.metric == wanted]
        if lines:
            scatter = go.Scatter(
                x=[line.mean for line in lines],
                y=[charts.in_lines(rung(view, line.baseline)) for line in lines],
                error_x=_arms(lines),
                mode="markers",
                marker={"color": colour, "size": 11, "symbol": symbol},
                name=view.say(f"baseline.page.{name}"),
            )
            drawn.append(scatter)
    best = next(
        (line for line in answer.scores if (line.baseline, line.metric) == (answer.best, wanted)), None
    )
    title = view.say("baseline.page.ladder_axis", metric=metric(view, wanted))
    alt = view.say(
        "baseline.page.ladder_alt",
        metric=metric(view, wanted),
        best=rung(view, str(answer.best)),
        mean=view.number(best.mean, 3) if best else NOTHING,
    )
    charts.show(
        view,
        "baseline_ladder",
        drawn,
        alt,
        ladder_table(view, answer, wanted),
        x={"title": charts.in_lines(title, 24), "range": _whole_scale(answer, wanted)},
        y={"title": view.say("baseline.page.model"), "autorange": "reversed", "automargin": True},
        shapes=_floor_and_target(view, answer, wanted),
    )


def _floor_and_target(view: View, answer: Baseline, wanted: str) -> list[charts.Shape]:
    floor = next((line.mean for line in answer.scores if line.metric == wanted), None)
    lines = []
    if floor is not None:
        said = view.say("baseline.page.floor_line", floor=view.number(floor, 2))
        lines.append(charts.upright(floor, color=GREY, dash="dot", name=said))
    if answer.target:
        said = view.say("baseline.page.target_line", target=view.number(answer.target, 2))
        lines.append(charts.upright(answer.target, color=GREEN, name=said))
    return lines


def _whole_scale(answer: Baseline, wanted: str) -> list[float]:
    """From 0 to 1, or wider where a score, its range or the target lies outside."""
    scores = [line for line in (*answer.scores, *answer.test_scores) if line.metric == wanted]
    ends = [end for line in scores for end in (line.low, line.mean, line.high) if end is not None]
    low, high = min(0.0, *ends), max(1.0, answer.target or 0.0, *ends)
    return [low - 0.03 * (high - low), high + 0.03 * (high - low)]


def _arms(lines: Sequence[Measured]) -> dict[str, Any]:
    above = [0.0 if line.high is None else line.high - line.mean for line in lines]
    below = [0.0 if line.low is None else line.mean - line.low for line in lines]
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "thickness": 2}


def ladder_table(view: View, answer: Baseline, wanted: str | None = None) -> pd.DataFrame:
    """The scores by one metric, or by all, as a table."""
    leads = {lead.baseline: lead.outcome for lead in answer.differences}
    sides = (("on_folds", answer.scores), ("on_test", answer.test_scores))
    rows = [
        {
            view.say("baseline.page.model"): rung(view, line.baseline),
            view.say("baseline.page.metric_name"): metric(view, line.metric),
            view.say("baseline.page.folds"): view.say(f"baseline.page.{side}"),
            view.say("baseline.page.score"): view.number(line.mean, 3),
            view.say("baseline.page.range"): interval(line.low, line.high, view.voice),
            view.say("baseline.page.against_best"): _lead(view, leads.get(line.baseline)),
            view.say("baseline.page.seconds"): view.voice.number(line.fit_seconds, 2),
        }
        for side, scores in sides
        for line in scores
        if wanted in (None, line.metric)
    ]
    return pd.DataFrame(rows)


def _lead(view: View, outcome: str | None) -> str:
    return NOTHING if outcome is None else view.say(f"baseline.page.lead.{outcome}")


def curve(view: View, told: LearningCurve, target: float | None) -> None:
    """Measured sizes as dots, the predicted path to four times the rows as a line with its band."""
    path = told.ahead
    band = {"x": [*path.sizes, *reversed(path.sizes)], "y": [*path.high, *reversed(path.low)]}
    drawn = [
        go.Scatter(
            **band, fill="toself", fillcolor=charts.BAND, line={"width": 0}, hoverinfo="skip",
            name=view.say("baseline.page.curve_band"),
        ),
        go.Scatter(
            x=path.sizes, y=path.predicted, mode="lines", line={"color": ORANGE, "dash": "dash"},
            name=view.say("baseline.page.curve_predicted"),
        ),
        go.Scatter(
            x=told.sizes, y=told.means, mode="lines+markers", line={"color": ORANGE},
            name=view.say("baseline.page.curve_measured"),
        ),
    ]  # fmt: skip
    lines, notes = [], []
    if target:
        said = view.say("baseline.page.target_line", target=view.number(target, 2))
        lines.append(charts.level(target, color=GREEN))
        notes.append(charts.at_right(said, target, "bottom"))
    span = charts.log_axis(0.8 * told.sizes[0], 1.1 * max(*told.sizes, *path.sizes))
    rows, predicted = ((*told.sizes, *path.sizes)[-1], (*told.means, *path.predicted)[-1])
    alt = view.say(
        "baseline.page.curve_alt",
        metric=metric(view, told.metric),
        rows=view.number(rows),
        predicted=view.number(predicted, 3),
    )
    charts.show(
        view,
        "baseline_curve",
        drawn,
        alt,
        _curve_table(view, told),
        x={"title": view.say("baseline.page.curve_x"), **span},
        y={"title": metric(view, told.metric)},
        notes=notes,
        shapes=lines,
    )


def _curve_table(view: View, told: LearningCurve) -> pd.DataFrame:
    measured = [
        (size, view.number(mean, 3), NOTHING) for size, mean in zip(told.sizes, told.means, strict=True)
    ]
    predicted = [
        (size, view.number(mean, 3), interval(low, high, view.voice)) for size, mean, low, high in told.ends
    ]
    names = (view.say(f"baseline.page.{name}") for name in ("rows", "score", "range"))
    return pd.DataFrame([*measured, *predicted], columns=list(names))


def cascade(view: View, answer: Baseline, wish: float) -> None:
    """The share that the small model answers at each precision asked for, and what that saves."""
    points = answer.cascade
    saved = answer.money.saved if answer.money and answer.money.saved else (None,) * len(points)
    shares = go.Scatter(
        x=[point.precision for point in points], y=[point.share for point in points],
        mode="lines+markers", line={"color": BLUE}, showlegend=False,
        marker={"size": [15 if point.precision == wish else 8 for point in points]},
    )  # fmt: skip
    heads = [
        view.say(f"baseline.page.cascade_{name}") for name in ("wish", "share", "rest", "reached", "saved")
    ]
    lines = [
        (view.percent(point.precision), view.percent(point.share, 1), view.percent(1 - point.share, 1),
         NOTHING if point.reached is None else view.percent(point.reached, 1),
         NOTHING if amount is None else view.money(amount))
        for point, amount in zip(points, saved, strict=True)
    ]  # fmt: skip
    table = pd.DataFrame(lines, columns=heads)
    charts.show(
        view,
        "baseline_cascade",
        [shares],
        view.say("baseline.page.cascade_alt"),
        table,
        x={"title": view.say("baseline.page.cascade_wish"), "tickformat": ".0%"},
        y={"title": view.say("baseline.page.cascade_share"), "range": [0, 1.05], "tickformat": ".0%"},
    )


def confusion(view: View, answer: Baseline) -> None:
    """The confusion matrix as a heat map, or the commonest confusions where there are too many labels."""
    labels, table = answer.labels, answer.confusion
    confused = pd.DataFrame(
        [(line.label, line.predicted, line.rows) for line in answer.confused],
        columns=[view.say(f"baseline.page.{name}") for name in ("truth", "answer", "rows")],
    )
    if table is None:
        view_frame(confused)
        return
    shares = [[cell / max(sum(row), 1) for cell in row] for row in table]
    cells = go.Heatmap(
        z=shares, x=labels, y=labels, colorscale=SHARES, zmin=0, zmax=1, showscale=False, xgap=1, ygap=1,
        text=table if len(labels) <= 20 else None, texttemplate="%{text}" if len(labels) <= 20 else None,
        textfont={"color": COUNTS}, hovertemplate="%{y} → %{x}<extra></extra>",
    )  # fmt: skip
    named = {"type": "category", "automargin": True}
    charts.show(
        view,
        "baseline_confusion",
        [cells],
        view.say("baseline.page.confusion_alt"),
        confused,
        x={"title": view.say("baseline.page.answer"), **named},
        y={"title": view.say("baseline.page.truth"), "autorange": "reversed", **named},
        height=260 + 24 * len(labels),
    )


def view_frame(table: pd.DataFrame) -> None:
    """A table as wide as its place."""
    import streamlit as st

    st.dataframe(table, width="stretch", hide_index=True)


def classes(view: View, answer: Baseline) -> pd.DataFrame:
    """Each label's rows, precision, recall and F1, the weakest first, with its telling terms."""
    rows = sorted(answer.per_class, key=lambda line: line.f1 if line.f1 is not None else -1)
    heads = [
        view.say(f"baseline.page.{name}") for name in ("truth", "rows", "precision", "recall", "f1", "terms")
    ]
    lines = [
        (
            line.label,
            line.rows,
            *(
                NOTHING if share is None else view.number(share, 2)
                for share in (line.precision, line.recall, line.f1)
            ),
            " / ".join(answer.terms.get(line.label, ())),
        )
        for line in rows
    ]
    return pd.DataFrame(lines, columns=heads)


def mistakes(view: View, answer: Baseline) -> pd.DataFrame:
    """The wrong answers that the model was surest of."""
    heads = [view.say(f"baseline.page.{name}") for name in ("row", "said", "truth", "answer", "confidence")]
    lines = [
        (line.row, line.text, line.label, line.predicted, _sure(view, line.confidence))
        for line in answer.mistakes or ()
    ]
    return pd.DataFrame(lines, columns=heads)


def _sure(view: View, confidence: float | None) -> str:
    return NOTHING if confidence is None else view.percent(confidence)


def public_scores(view: View, tasks: Sequence[PublicTask]) -> pd.DataFrame:
    """What systems reached on public tasks, the best first."""
    heads = [
        view.say(f"baseline.page.{name}")
        for name in ("public_task", "system", "kind", "metric_name", "score")
    ]
    lines = [
        (view.text(task.name), score.system, view.say(f"baseline.page.kinds.{score.kind}"), metric(view, task.metric),
         view.number(score.value, 3))
        for task in tasks
        for score in sorted(task.scores, key=lambda score: -score.value)
    ]  # fmt: skip
    return pd.DataFrame(lines, columns=heads)


def topics(view: View, answer: Baseline) -> pd.DataFrame:
    """Each topic's terms, rows, coherence and an example, the largest first."""
    heads = [view.say(f"baseline.page.{name}") for name in ("terms", "rows", "coherence", "said")]
    lines = [
        (" / ".join(topic.terms), topic.rows, view.number(topic.coherence, 2), topic.example)
        for topic in answer.topics
    ]
    return pd.DataFrame(lines, columns=heads)
