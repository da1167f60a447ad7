"""Is an LLM needed at all? Small models on the team's own rows, and a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import streamlit as st

from advisor import jobs
from advisor.jobs import JobStatus
from advisor.pages import baseline_charts as drawn
from advisor.pages import frame, team_data
from advisor.pages.frame import View
from advisor.pages.team_data import TeamData
from advisor.report.scores import reason
from advisor.report.voice import Voice
from baselines.dataset import LabelledTexts
from baselines.table import Table
from baselines.tasks import TASKS, likely_task, metrics_of, usual_metric
from pricing import Problem
from pricing.typed import amount

COLOURS = {"small_model_enough": "green", "enough_with_more_rows": "green", "llm_trial": "orange",
           "fix_data_first": "red"}  # fmt: skip
LABELLED_EXAMPLES = ("inquiries", "inquiries_en")
POLL_SECONDS = 1.0
JOB = "inputs.baseline.job"
RAN = "inputs.baseline.ran"


def form(view: View, table: Table, data: TeamData) -> dict[str, Any]:
    """What to measure, as the parameters of a job."""
    found = team_data.columns(view, table)
    names = list(table.columns)
    options = {"text": names, "label": names, "text2": [team_data.NO_COLUMN, *names]}
    places = zip(st.columns(3), options, strict=True)
    columns = {role: column(view, place, role, options[role], found[role]) for place, role in places}
    return {
        **columns,
        "reading": team_data.reading_params(view, data),
        **aim(
            view,
            LabelledTexts.from_table(table, str(columns["text"]), str(columns["label"]), columns["text2"]),
        ),
        **money(view),
    }


def column(view: View, place: Any, role: str, options: list[str], likely: str | None) -> str | None:
    """A column: the Data page's choice until another one is picked here, and again when that choice changes.

    It is kept under a path of its own, because Streamlit resets a selection whose key stands on two pages.
    """
    path, seen = f"inputs.baseline.{role}", f"baseline_{role}_likely"
    if st.session_state.get(seen, likely) != likely:
        st.session_state[frame.widget_key(view.state, path)] = likely or options[0]
        view.put(path, None)
    st.session_state[seen] = likely
    nothing = view.say("baseline.page.no_text2")
    names = {name: name or nothing for name in options}
    return choice(view, place, role, names, likely if likely in options else options[0]) or None


def aim(view: View, rows: LabelledTexts) -> dict[str, Any]:
    """Task, metric, target and how far to climb."""
    first, second, third, fourth = st.columns(4)
    task = choice(view, first, "task", called(view, "baseline.task", ["auto", *TASKS]), "auto")
    meant = likely_task(rows) if task == "auto" else task
    metrics = called(view, "baseline.metric", metrics_of(meant, len(set(rows.labels))))
    metric = choice(view, second, "metric", metrics, usual_metric(meant))
    with third:
        judged = st.toggle(
            view.say("baseline.page.has_target"), **view.keep("inputs.baseline.has_target", True)
        )
        target = st.number_input(
            view.say("baseline.page.target"),
            min_value=0.01,
            max_value=1.0,
            step=0.01,
            disabled=not judged,
            help=view.say("baseline.page.target_help"),
            **view.keep("inputs.baseline.target", asked_score(view)),
        )
    rungs = choice(view, fourth, "rungs", called(view, "baseline.page", ["quick", "all"]), "quick")
    return {"task": meant, "metric": metric, "target": target if judged else None, "rungs": rungs}


def choice(view: View, place: Any, name: str, said: Mapping[str, str], default: str) -> str:
    """A selection kept with the plan; one that is no longer offered gives way to the default."""
    options = list(said)
    kept = view.keep(f"inputs.baseline.{name}", default, options)
    if st.session_state[kept["key"]] not in options:
        st.session_state[kept["key"]] = default
    help = view.say("baseline.page.metric_help") if name == "metric" else None
    label = view.say(f"baseline.page.{name}")
    return str(place.selectbox(label, options, format_func=said.__getitem__, help=help, **kept))


def called(view: View, area: str, ids: Iterable[str]) -> dict[str, str]:
    """Ids and what they are called."""
    return {id: view.say(f"{area}.{id}") for id in ids}


def asked_score(view: View) -> float:
    """The target that the checklist holds, else 0.85."""
    try:
        answered = float(view.plan.get("answers.target_score", "0.85"))
    except ValueError:
        return 0.85
    return answered if 0 < answered <= 1 else 0.85


def money(view: View) -> dict[str, str | None]:
    """What an LLM request and an error cost, as exact decimal strings; a Problem for what is no amount."""
    with st.expander(view.say("baseline.page.money")):
        left, right = st.columns(2)
        typed = {
            "llm_cost_per_request": left.text_input(
                view.say("baseline.page.llm_cost"), **view.keep("inputs.baseline.llm_cost", "")
            ),
            "error_cost": right.text_input(
                view.say("baseline.page.error_cost"), **view.keep("inputs.baseline.error_cost", "")
            ),
        }
    labels = {
        "llm_cost_per_request": view.say("baseline.page.llm_cost"),
        "error_cost": view.say("baseline.page.error_cost"),
    }
    return {name: str(amount(said, labels[name])) if said.strip() else None for name, said in typed.items()}


def begin(view: View, data: TeamData, params: dict[str, Any], known_by: str) -> None:
    """Start the job, or find the one that did the same work before."""
    root = view.settings.jobs
    folder = jobs.start("baseline", params, {"table": data.body(view)}, root=root, reuse=True)
    view.put(RAN, {**params, "file": known_by})
    view.put(JOB, folder.name)


@st.fragment(run_every=POLL_SECONDS)
def watch(view: View, id: str) -> None:
    """How far the job is, until it is over; then the whole page is drawn again."""
    folder = jobs.folder_of(id, view.settings.jobs)
    now = jobs.status(folder) if folder else JobStatus("failed", problem=Problem("job_gone"))
    if now.is_over:
        finish(view, now)
        st.rerun()
    show_progress(view, now)
    if folder and st.button(view.say("baseline.page.cancel"), key="baseline_cancel"):
        jobs.cancel(folder)
        finish(view, jobs.status(folder))
        st.rerun()


def finish(view: View, now: JobStatus) -> None:
    """Keep what the job ended with: its result in the plan, its problem on the screen."""
    st.session_state["baseline_ended"] = now
    if now.result is not None:
        view.put("evidence.baseline", dict(now.result))
    view.put(JOB, None)


def show_progress(view: View, now: JobStatus) -> None:
    """One bar, what is being measured, and the scores of the models that are done."""
    told = now.progress
    if now.state == "queued":
        st.progress(0.0, view.say("baseline.page.queued", waiting=now.waiting))
        return
    done, total = told.get("done", 0), told.get("total", 0)
    if not total:
        st.progress(0.0, view.say("baseline.page.starting"))
        return
    st.progress(min(done / total, 1.0), view.say("baseline.page.running", done=done, total=total))
    if "name" in told:
        st.caption(view.say("baseline.page.now", name=drawn.rung(view, told["name"])))
    for line in told.get("finished", []):
        numbers = {
            "score": view.number(line["mean"], 3),
            "range": drawn.span(view, line["low"], line["high"]),
        }
        name, metric = drawn.rung(view, line["baseline"]), drawn.metric(view, line["metric"])
        st.text(view.say("baseline.page.finished", name=name, metric=metric, **numbers))
    if "so_far" in told:
        mean = view.percent(told["so_far"]["mean"], 1)
        st.caption(view.say("baseline.page.so_far", name=drawn.rung(view, told["name"]), mean=mean))


def ended(view: View) -> None:
    """The last job's problem, once."""
    now: JobStatus | None = st.session_state.pop("baseline_ended", None)
    if now is None:
        return
    if now.state == "cancelled":
        st.info(view.say("baseline.page.cancelled"))
    if now.problem is not None:
        with view.problems_shown():
            raise now.problem


def verdict(view: View, answer: Mapping[str, Any]) -> None:
    """The verdict in one sentence, then why, then what would change it."""
    colour = COLOURS.get(answer["verdict"], "blue")
    with st.container(border=True):
        st.subheader(f":{colour}[{view.say('baseline.verdict.' + answer['verdict'])}]", anchor=False)
        voice = Voice(view.language, view.on)
        st.markdown(f"**{view.say('baseline.page.reasons')}**")
        for told in answer["reasons"]:
            st.markdown(f"- {frame.md_safe(reason(told, voice))}")
        if answer.get("flips"):
            st.markdown(f"**{view.say('baseline.page.flips')}**")
            for told in answer["flips"]:
                st.markdown(f"- {frame.md_safe(reason(told, voice))}")


def scores(view: View, answer: Mapping[str, Any]) -> None:
    """The ladder, and what to know about it."""
    st.subheader(view.say("baseline.page.ladder"), anchor=False)
    drawn.ladder(view, answer)
    voice = Voice(view.language, view.on)
    slow = {line["baseline"] for line in answer["scores"] if line["folds"] < 5}
    if slow:
        st.caption(
            view.say(
                "baseline.page.one_fold", names=" / ".join(drawn.rung(view, name) for name in sorted(slow))
            )
        )
    for name, told in answer["skipped"].items():
        st.caption(
            view.say(
                "baseline.page.skipped",
                name=drawn.rung(view, name),
                reason=frame.md_safe(reason(told, voice)),
            )
        )
    for name in answer["collapsed"]:
        told = {"id": "failed_to_learn"}
        st.caption(view.say("baseline.page.skipped", name=drawn.rung(view, name), reason=reason(told, voice)))
    if answer.get("selection_optimism", 0) >= 0.001:
        st.caption(view.say("baseline.page.optimism", luck=view.number(answer["selection_optimism"], 3)))
    st.caption(view.say("baseline.page.sparse_note"))


def growth(view: View, answer: Mapping[str, Any]) -> None:
    """What more rows would buy."""
    if answer["curve"]:
        drawn.curve(view, answer["curve"], answer.get("target"))
        st.caption(view.say("baseline.page.curve_note"))
    elif answer["curve_absent"]:
        st.info(reason(answer["curve_absent"], Voice(view.language, view.on)))


def cascade(view: View, answer: Mapping[str, Any]) -> None:
    """The share that a sure small model answers, at a precision of the reader's choice."""
    st.markdown(view.say("baseline.page.cascade_help"))
    points = {point["precision"]: point for point in answer["cascade"]}
    wish = st.select_slider(
        view.say("baseline.page.cascade_wish"),
        list(points),
        format_func=view.percent,
        **view.keep("inputs.baseline.precision", 0.95, list(points)),
    )
    point = points[wish]
    left, middle, right = st.columns(3)
    left.metric(view.say("baseline.page.cascade_share"), view.percent(point["share"], 1))
    middle.metric(view.say("baseline.page.cascade_rest"), view.percent(1 - point["share"], 1))
    if point["reached"] is None:
        st.info(view.say("baseline.page.cascade_none"))
    else:
        right.metric(view.say("baseline.page.cascade_reached"), view.percent(point["reached"], 1),
                     drawn.span(view, point["low"], point["high"]), delta_color="off", delta_arrow="off")  # fmt: skip
    error = view.number(answer["calibration_error"], 3)
    st.caption(view.say("baseline.page.calibration", error=error))


def wrong(view: View, answer: Mapping[str, Any]) -> None:
    """The mistakes worth reading."""
    st.markdown(view.say("baseline.page.mistakes_help"))
    if answer["mistakes"]:
        drawn.view_frame(drawn.mistakes(view, answer))
    else:
        st.info(view.say("baseline.page.no_mistakes"))


def by_label(view: View, answer: Mapping[str, Any]) -> None:
    """Each label's own scores, the weakest first."""
    drawn.view_frame(drawn.classes(view, answer))


def all_metrics(view: View, answer: Mapping[str, Any]) -> None:
    """Every score by every metric, and how fast the best model answers."""
    drawn.view_frame(drawn.ladder_table(view, answer))
    if speed := answer.get("speed"):
        each, a_second = view.number(speed["single_ms"], 1), view.number(speed["rows_per_second"], 0)
        st.caption(
            view.say("baseline.page.speed", name=drawn.rung(view, answer["best"]), each=each, rows=a_second)
        )


# What a sceptical reader opens next, one question a tab, with the part of the result that it needs.
TABS = (
    ("curve", "scores", growth),
    ("cascade", "cascade", cascade),
    ("mistakes", "mistakes", wrong),
    ("confusion", "confused", drawn.confusion),
    ("classes", "per_class", by_label),
    ("details", "scores", all_metrics),
)


def details(view: View, answer: Mapping[str, Any]) -> None:
    """The tabs that this kind of task has."""
    shown = [(name, draw) for name, needs, draw in TABS if answer.get(needs)]
    for tab, (_, draw) in zip(
        st.tabs([view.say(f"baseline.page.{name}") for name, _ in shown]), shown, strict=True
    ):
        with tab:
            draw(view, answer)


def is_current(view: View, asked: dict[str, Any] | None) -> bool:
    """Whether there is a result, and nothing is known to have changed since it was measured."""
    ran = view.plan.get(RAN)
    return bool(view.plan.get("evidence.baseline")) and (asked is None or ran is None or ran == asked)


def result(view: View, asked: dict[str, Any] | None) -> None:
    """The last result of this plan; said to be old where the data or the settings have changed since."""
    answer = view.plan.get("evidence.baseline")
    if not answer:
        return
    if not is_current(view, asked):
        st.warning(view.say("baseline.page.outdated"))
    verdict(view, answer)
    if answer.get("scores") and answer.get("best"):
        scores(view, answer)
        details(view, answer)


def offer_example(view: View, data: TeamData | None) -> None:
    """A labelled table to try the page on, unless it is already there."""
    if data is not None and data.example in LABELLED_EXAMPLES:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(view.say("baseline.page.other_data" if data else "baseline.page.no_data"))
        if st.button(view.say("baseline.page.try_example"), key="baseline_example"):
            team_data.take_example(view, LABELLED_EXAMPLES[0])
            st.rerun()
        view.link("data", view.say("baseline.page.to_data"))


def measure(view: View, data: TeamData) -> dict[str, Any]:
    """The form and the job; what is asked for now, to compare with what was measured."""
    table = data.table(view)
    name, rows = frame.md_safe(data.name), view.number(table.rows)
    st.caption(view.say("baseline.page.file", name=name, rows=rows))
    params = form(view, table, data)
    known_by = team_data.digest(data, view)
    asked = {**params, "file": known_by}
    if running := view.plan.get(JOB):
        watch(view, running)
    else:
        again = "run_again" if view.plan.get("evidence.baseline") else "run"
        kind: Literal["primary", "secondary"] = "secondary" if is_current(view, asked) else "primary"
        if st.button(view.say(f"baseline.page.{again}"), type=kind, key="baseline_run"):
            begin(view, data, params, known_by)
            st.rerun()
    return asked


view = frame.current()
view.heading("baseline")
data = team_data.chosen(view)
asked = None
offer_example(view, data)
if data is not None:
    with view.problems_shown():
        asked = measure(view, data)
ended(view)
with view.problems_shown():
    result(view, asked)
view.next_step("cost", ready=is_current(view, asked))
