"""What a baseline run found, from the verdict down to single mistakes, drawn from the answer in the plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import streamlit as st

from advisor.answers.baseline import Baseline, words
from advisor.pages import baseline_charts as drawn
from advisor.pages import frame
from advisor.pages.frame import View
from advisor.reference_scores import similar
from advisor.shapes import Told
from advisor.show.voice import Voice

# The rungs that learn from counts of words and characters.
SPARSE = {
    "linear_svm",
    "logistic",
    "linear_chosen",
    "lightgbm",
    "stacked",
    "linear_both",
    "ridge",
    "rating_trees",
}
COLOURS = {"small_model_enough": "green", "enough_with_more_rows": "green", "llm_trial": "orange",
           "fix_data_first": "red"}  # fmt: skip


def verdict(view: View, answer: Baseline) -> None:
    """The verdict in one sentence, then why, then what would change it."""
    colour, voice = COLOURS.get(str(answer.verdict), "blue"), view.voice
    with st.container(border=True):
        if answer.verdict:
            said_so = voice.name("baseline.verdict", answer.verdict)
            st.header(f":{colour}[{said_so}]", anchor=False)
        if sure := words.confidence(answer, voice):
            st.caption(sure)
        st.markdown(f"**{view.say('baseline.page.reasons')}**")
        said(answer.reasons, voice)
        if answer.flips:
            st.markdown(f"**{view.say('baseline.page.flips')}**")
            said(answer.flips, voice)


def said(reasons: Iterable[Told], voice: Voice) -> None:
    """Reasons as one list."""
    st.markdown("\n".join(f"- {frame.md_safe(words.reason(told, voice))}" for told in reasons))


def scores(view: View, answer: Baseline) -> None:
    """The ladder, and what to know about it."""
    st.header(view.say("baseline.page.ladder"), anchor=False)
    drawn.ladder(view, answer)
    voice = view.voice
    usual = max(line.folds for line in answer.scores)
    slow = {line.baseline for line in answer.scores if line.folds < usual}
    if slow:
        names = " / ".join(drawn.rung(view, name) for name in sorted(slow))
        st.caption(view.say("baseline.page.one_fold", names=names))
    failed = {name: Told(id="failed_to_learn") for name in answer.collapsed}
    for name, told in {**answer.skipped, **failed}.items():
        st.caption(frame.md_safe(words.left_out(told, name, voice)))
    if answer.selection_optimism >= 0.001:
        st.caption(view.say("baseline.page.optimism", luck=view.number(answer.selection_optimism, 3)))
    measured = {line.baseline for line in answer.scores} | set(answer.skipped)
    if measured & SPARSE:
        st.caption(view.say("baseline.page.sparse_note"))
    if "naive_bayes" in measured and "naive" not in measured and answer.task == "classification":
        st.caption(view.say("baseline.page.naive_note"))


def growth(view: View, answer: Baseline) -> None:
    """What more rows would buy."""
    if answer.curve:
        drawn.curve(view, answer.curve, answer.target if answer.curve.metric == answer.metric else None)
        st.caption(view.say("baseline.page.curve_note"))
    elif absent := words.no_curve(answer, view.voice):
        st.info(absent)


def cascade(view: View, answer: Baseline) -> None:
    """The share that a sure small model answers, at a precision of the reader's choice."""
    st.markdown(view.say("baseline.page.cascade_help"))
    points = {point.precision: point for point in answer.cascade}
    wish = st.select_slider(
        view.say("baseline.page.cascade_wish"),
        list(points),
        format_func=view.percent,
        **view.keep("inputs.baseline.precision", 0.95, list(points)),
    )
    point = points[wish]
    left, middle, right = st.columns(3)
    left.metric(view.say("baseline.page.cascade_share"), view.percent(point.share, 1))
    middle.metric(view.say("baseline.page.cascade_rest"), view.percent(1 - point.share, 1))
    if point.reached is None or point.low is None or point.high is None:
        st.info(view.say("baseline.page.cascade_none"))
    else:
        within = view.span(view.percent(point.low, 1), view.percent(point.high, 1))
        right.metric(view.say("baseline.page.cascade_reached"), view.percent(point.reached, 1), within,
                     delta_color="off", delta_arrow="off")  # fmt: skip
    if answer.calibration_error is not None:
        error = view.number(answer.calibration_error, 3)
        st.caption(view.say("baseline.page.calibration", error=error))
    drawn.cascade(view, answer, wish)


def wrong(view: View, answer: Baseline) -> None:
    """The mistakes worth reading."""
    st.markdown(view.say("baseline.page.mistakes_help"))
    if doubtful := answer.suspicious_labels:
        st.caption(view.say("baseline.page.doubtful", rows=view.number(doubtful)))
    if answer.mistakes:
        drawn.view_frame(drawn.mistakes(view, answer))
    else:
        st.info(view.say("baseline.page.no_mistakes"))


def found_topics(view: View, answer: Baseline) -> None:
    """Each topic's terms, its rows and an example."""
    drawn.view_frame(drawn.topics(view, answer))


def by_label(view: View, answer: Baseline) -> None:
    """Each label's own scores, the weakest first."""
    drawn.view_frame(drawn.classes(view, answer))


def all_metrics(view: View, answer: Baseline) -> None:
    """Every score by every metric, and how fast the best model answers."""
    drawn.view_frame(drawn.ladder_table(view, answer))
    if speed := answer.speed:
        each, a_second = view.number(speed.single_ms, 1), view.rough(speed.rows_per_second)
        name = drawn.rung(view, str(answer.best))
        st.caption(view.say("baseline.page.speed", name=name, each=each, rows=a_second))


def context(view: View, answer: Baseline) -> None:
    """What others reached on public tasks of the same kind, each with its source."""
    public = similar(str(answer.task))
    st.markdown(view.say("baseline.page.context_help"))
    drawn.view_frame(drawn.public_scores(view, public))
    for source in dict.fromkeys(score.source for task in public for score in task.scores):
        st.caption(view.source(source))


OPEN_MODEL = """from pathlib import Path
from baselines.takeaway import open_model

model = open_model(Path("model.skops"))
print(model.predict(["…"]))"""


def take_away(view: View, answer: Baseline, folder: Path | None) -> None:
    """Predictions and the model, where the job still keeps them, a short script, and the whole result as JSON."""
    ran = view.plan.get("inputs.baseline.ran") or {}
    name = str((ran.get("reading") or {}).get("name", "table.csv"))
    columns = (str(ran.get("text", "text")), str(ran.get("label", "label")), ran.get("text2"))
    kept = {file: folder / file for file in answer.saved if folder and (folder / file).is_file()}
    offers: dict[str, tuple[str, str, Any]] = {
        "predictions": ("predictions.csv", "text/csv", None),
        "model": ("model.skops", "application/octet-stream", None),
        "script": ("baseline.py", "text/x-python", answer.script(name, *columns)),
        "json": (
            "baseline.json",
            "application/json",
            json.dumps(answer.as_json(), ensure_ascii=False, indent=1),
        ),
    }
    st.header(view.say("baseline.page.take_away"), anchor=False)
    with st.container(horizontal=True):
        for kind, (file, mime, body) in offers.items():
            if body is None and file not in kept:
                continue
            content = kept[file].read_bytes if body is None else body.encode("utf-8")
            label = view.say(f"baseline.page.save_{kind}")
            st.download_button(label, content, file, mime, on_click="ignore", key=f"baseline_{kind}")
    if "model.skops" in kept:
        st.caption(view.say("baseline.page.model_help"))
        st.code(OPEN_MODEL, language="python")
    elif answer.saved and not kept:
        st.caption(view.say("baseline.page.files_gone"))


# What a sceptical reader opens next, one question a tab, with the part of the result that it needs.
TABS: tuple[tuple[str, Callable[[Baseline], object], Callable[[View, Baseline], None]], ...] = (
    ("topics", lambda answer: answer.topics, found_topics),
    ("curve", lambda answer: answer.curve, growth),
    ("cascade", lambda answer: answer.cascade, cascade),
    ("mistakes", lambda answer: answer.mistakes, wrong),
    ("confusion", lambda answer: answer.confused, drawn.confusion),
    ("classes", lambda answer: answer.per_class, by_label),
    ("details", lambda answer: answer.scores, all_metrics),
    ("curve", lambda answer: answer.curve_absent and not answer.curve, growth),
    ("context", lambda answer: similar(str(answer.task)), context),
)


def details(view: View, answer: Baseline) -> None:
    """The tabs that this kind of task has."""
    shown = [(name, draw) for name, has, draw in TABS if has(answer)]
    for tab, (_, draw) in zip(
        st.tabs([view.say(f"baseline.page.{name}") for name, _ in shown]), shown, strict=True
    ):
        with tab:
            draw(view, answer)
