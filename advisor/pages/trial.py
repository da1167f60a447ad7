"""What an LLM reaches on the team's own rows, beside the small model on the same ones."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import streamlit as st

from advisor.answers.trial import LlmTrial, Usage
from advisor.jobs import JobStatus
from advisor.pages import blocks, charts, frame, team_data, trial_ask
from advisor.pages.frame import View, md_safe
from advisor.pages.job_panel import JobPanel
from advisor.pages.team_data import TeamData
from advisor.show.blocks import BarChart
from advisor.tables import open_table
from baselines.cells import without_formula
from pricing import Problem
from pricing.workload import presets

ANSWERS = "inputs.trial.answers"
USUAL_METRIC = "macro_f1"
WAYS = ("import", "ask", "script")


def show_progress(view: View, now: JobStatus) -> None:
    """What the job is at."""
    step = now.progress.get("step", "starting")
    st.progress(0.5 if step == "measuring" else 0.1, view.say(f"trial.page.{step}"))


def kept(_view: View, _id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The result for the plan, and the trials that move the recommendation."""
    return {"evidence.trial": found["evidence"]}


PANEL = JobPanel("score_answers", "inputs.trial.job", "trial.page.", "trial", show_progress, kept)


def sheet(view: View, data: TeamData, columns: Mapping[str, str | None]) -> None:
    """The rows without their labels, to be answered anywhere."""
    table = data.table(view)
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["row", "text", "prediction"])
    texts = table.column(str(columns["text"]))
    writer.writerows([number, without_formula(text), ""] for number, text in enumerate(texts, 1))
    st.download_button(
        view.say("trial.page.sheet"),
        "\ufeff" + file.getvalue(),
        file_name="rows_to_answer.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def take(view: View) -> Mapping[str, Any] | None:
    """The file of answers: one just uploaded that can be read, else the plan's."""
    file = st.file_uploader(
        view.say("trial.page.answers"), type=["csv", "tsv", "xlsx", "jsonl"], key="trial_answers"
    )
    if file is not None and st.session_state.get("trial_taken") != file.file_id:
        st.session_state["trial_taken"] = file.file_id
        open_table(file.getvalue(), file.name, root=view.settings.jobs)
        if digest := view.keep_upload(file.name, file.getvalue()):
            view.put(ANSWERS, {"name": file.name, "sha256": digest})
    found: Mapping[str, Any] | None = view.plan.get(ANSWERS)
    if found is not None:
        st.caption(view.say("trial.page.kept", name=md_safe(str(found["name"]))))
    return found


def trying(view: View, data: TeamData) -> None:
    """The way to come by answers that was chosen."""
    columns = team_data.columns(view, data.table(view))
    if not columns.get("label"):
        st.info(view.say("trial.page.no_label"))
        view.link("data")
        return
    labels = data.table(view).column(str(columns["label"]))
    if 2 * len(set(labels)) > len(labels):
        st.info(view.say("trial.page.free_text"))
        view.link("evaluation")
        return
    chosen = trial_ask.way(view, WAYS)
    if chosen == "import":
        importing(view, data, columns)
    else:
        trial_ask.ask(view, data, columns, script=chosen == "script")


def importing(view: View, data: TeamData, columns: Mapping[str, str | None]) -> None:
    """Answers made anywhere: a sheet to have answered, the file that came back, and the button that scores it."""
    st.markdown(view.say("trial.page.how"))
    sheet(view, data, columns)
    answers = take(view)
    if answers is None or PANEL.followed(view):
        return
    if st.button(view.say("trial.page.score"), type="primary", key="trial_score"):
        begin(view, data, columns, answers)
        st.rerun()


def begin(view: View, data: TeamData, columns: Mapping[str, str | None], answers: Mapping[str, Any]) -> None:
    """Hand table and answers to the job."""
    found = view.upload(str(answers["sha256"]))
    if found is None:
        raise Problem("upload_gone", name=answers["name"])
    aim = view.plan.aim
    params = {
        "text": columns["text"],
        "label": columns["label"],
        "reading": team_data.reading_params(view, data),
        "answers_reading": {"name": answers["name"]},
        "metric": (aim.metric if aim else None) or view.plan.get("inputs.baseline.metric") or USUAL_METRIC,
        "target": aim.value if aim else None,
        "on": view.on.isoformat(),
        "file": {"name": data.name, "sha256": team_data.digest(data, view)},
    }
    PANEL.begin(view, params, {"table": data.body(view), "answers": found[1]}, asked=None)


def result(view: View) -> None:
    """The verdict first, then what it rests on."""
    view.warn_of_unread("trial")
    found = view.plan.answer(LlmTrial)
    if found is None:
        return
    st.divider()
    for place, block in enumerate(found.judged(view.plan.aim).blocks(view.voice)):
        if isinstance(block, BarChart):
            charts.ranges(view, f"trial_chart_{place}", block)
        else:
            blocks.draw([block])
    take_along(view, found)


def take_along(view: View, found: LlmTrial) -> None:
    """The answers as they came, and their measured tokens for the Cost page."""
    folder, used = trial_ask.last_folder(view), found.arm("zero_shot") or found.best
    with st.container(horizontal=True):
        if folder and (folder / "answers.csv").is_file():
            file = (folder / "answers.csv").read_bytes()
            label = view.say("trial.page.download")
            st.download_button(label, file, file_name="answers.csv", mime="text/csv", on_click="ignore")
        if used and used.usage.reported:
            label = view.say("trial.page.into_cost")
            st.button(label, key="trial_into_cost", on_click=into_cost, args=(used.usage,))
    if st.session_state.pop("trial_in_cost", False):
        st.success(view.say("trial.page.in_cost"))


def into_cost(usage: Usage) -> None:
    """Put what a question and an answer took on average into the Cost page; the hit rate of a cache stays as it is."""
    view, told = frame.current(), usage.reported
    place = f"inputs.cost.{view.plan.get('inputs.cost.preset') or 'today'}"
    usual = presets()["today"].workload.instruction_tokens
    typed = str(view.plan.get(f"{place}.instruction_tokens") or usual)
    question = max(1, round(usage.input / told) - int(float(typed)))
    view.put_typed(f"{place}.question_tokens", str(question))
    view.put_typed(f"{place}.answer_tokens", str(round(usage.output / told)))
    st.session_state["trial_in_cost"] = True


view = frame.current()
view.heading("trial")
with view.problems_shown():
    data = team_data.chosen(view)
    if data is None:
        team_data.offer_example(view, "trial")
    else:
        st.caption(view.say("trial.page.file", name=md_safe(data.name)))
        trying(view, data)
PANEL.ended(view)
with view.problems_shown():
    result(view)
view.next_step("cost", ready=bool(view.plan.answer(LlmTrial)))
