"""A filled-in score sheet read back: what it proves of the target, how raters agree, which system is better."""

from __future__ import annotations

from typing import Any

import streamlit as st

from advisor.answers.evaluation import Evaluation
from advisor.evaluation import Targets, before_and_after, evaluate
from advisor.evaluation.blinding import read_key
from advisor.evaluation.judges import with_people
from advisor.evaluation.scoresheets import ScoreSheet, read_score_sheet
from advisor.pages import evaluation_charts as charts
from advisor.pages import kept_file
from advisor.pages.frame import View, md_safe
from advisor.tables import open_table

TARGET = "90%"
MARGIN = "inputs.evaluation.margin"
USUAL_MARGIN = 5
BEFORE = "inputs.evaluation.before"


def draw(view: View) -> None:
    st.markdown(view.say("evaluation.results.purpose"))
    with view.problems_shown():
        sheet = scores(view)
        if sheet is None:
            return
        sheet = with_before(view, named(view, sheet))
        found = judged(view, sheet)
        view.conclude("evaluation", found)
        conclusion(view, found)
        charts.criteria(view, found)
        compared(view, found)
        agreed(view, sheet, found)
        for note in found.noted(view.voice):
            st.caption(md_safe(note.text))


def scores(view: View) -> ScoreSheet | None:
    """The sheet just uploaded, the one kept with the plan, or the example."""
    return kept_file.chosen(
        view,
        "inputs.evaluation.scores",
        words="evaluation.results",
        key="evaluation_scores",
        example="why_bot_scores.csv" if view.language == "ja" else "why_bot_scores_en.csv",
        read=opened,
    )


def kept(view: View, path: str = "inputs.evaluation.scores") -> ScoreSheet | None:
    return kept_file.kept(view, path, opened)


def opened(view: View, name: str, body: bytes) -> ScoreSheet:
    return read_score_sheet(open_table(body, name, root=view.settings.jobs))


def named(view: View, sheet: ScoreSheet) -> ScoreSheet:
    """The sheet with its letters replaced, where the plan or an uploaded file holds their key."""
    if not all(len(system) == 1 and system.isupper() for system in sheet.systems):
        return sheet
    file = st.file_uploader(view.say("evaluation.results.key"), key="evaluation_key")
    if file is not None:
        view.put("inputs.evaluation.key", read_key(file.getvalue().decode("utf-8-sig", "replace")))
    key: Any = view.plan.get("inputs.evaluation.key")
    if not isinstance(key, dict) or not any(rating.item in key for rating in sheet.ratings):
        st.info(view.say("evaluation.results.key_needed"))
        return sheet
    return sheet.unblinded(key)


def with_before(view: View, sheet: ScoreSheet) -> ScoreSheet:
    """The sheet beside one of the same items before the change, where there is one: the check for regressions."""
    if len(sheet.systems) > 1:
        return sheet
    with st.expander(view.say("evaluation.results.before_title"), expanded=bool(view.plan.get(BEFORE))):
        file = st.file_uploader(
            view.say("evaluation.results.before"),
            help=view.say("evaluation.results.before_help"),
            key="evaluation_before",
        )
        if file is not None and st.session_state.get("evaluation_before_taken") != file.file_id:
            opened(view, file.name, file.getvalue())
            digest = view.keep_upload(file.name, file.getvalue())
            st.session_state["evaluation_before_taken"] = file.file_id
            view.put(BEFORE, {"name": file.name, "sha256": digest} if digest else None)
        earlier = kept(view, BEFORE)
        if earlier is None:
            return sheet
        with view.problems_shown():
            return before_and_after(earlier, sheet)
    return sheet


def judged(view: View, sheet: ScoreSheet) -> Evaluation:
    """The evaluation by the target, the system and, for other scales, the pass mark that were chosen."""
    left, middle, right = st.columns(3)
    text = left.text_input(
        view.say("evaluation.results.target"),
        help=view.say("evaluation.results.target_help"),
        **view.keep("inputs.evaluation.results_target", TARGET),
    )
    systems = list(sheet.systems)
    path = "inputs.evaluation.system"
    usual = str(view.plan.get(path) or systems[0])
    system = usual if usual in systems else systems[0]
    if len(systems) > 1:
        kept = view.keep(path, system, options=systems)
        if st.session_state[kept["key"]] not in systems:
            st.session_state[kept["key"]] = system
        system = str(middle.selectbox(view.say("evaluation.results.system"), systems, **kept))
    mark = ""
    if any(sheet.scale(criterion) != "binary" for criterion in sheet.criteria):
        mark = right.text_input(
            view.say("evaluation.results.pass_mark"),
            help=view.say("evaluation.results.pass_mark_help"),
            **view.keep("inputs.evaluation.pass_mark", ""),
        )
    targets = Targets.parse(text) if text.strip() else Targets()
    pass_mark = Targets.parse(mark).every if mark.strip() else None
    margin = int(USUAL_MARGIN if (typed := view.plan.get(MARGIN)) is None else typed) / 100
    return evaluate(sheet, targets=targets, system=system, pass_mark=pass_mark, margin=margin)


def conclusion(view: View, found: Evaluation) -> None:
    """Each criterion against its target in one sentence, the gravest first."""
    boxes = {"refuted": st.error, "not_shown": st.warning, "shown": st.success}
    for verdict, box in boxes.items():
        names = [name for name, result in found.criteria.items() if result.verdict == verdict]
        if names:
            box(view.say(f"evaluation.results.all_{verdict}", criteria=md_safe(" / ".join(names))))
    overall = found.overall
    if overall is not None and overall.rate is not None:
        st.markdown(
            view.say(
                "evaluation.results.overall",
                passed=view.number(overall.passed or 0),
                n=view.number(overall.n or 0),
                low=view.percent(overall.low or 0),
                high=view.percent(overall.high or 0),
            )
        )


def compared(view: View, found: Evaluation) -> None:
    """Every pair of systems by every criterion."""
    if not found.comparisons:
        return
    st.header(view.say("evaluation.results.comparisons"), anchor=False)
    charts.comparisons(view, found)
    for comparison in found.comparisons:
        if comparison.doubt:
            st.markdown(f"- {md_safe(comparison.line(view.voice, len(found.comparisons)).text)}")
    st.slider(
        view.say("evaluation.results.margin"),
        0,
        30,
        help=view.say("evaluation.results.margin_help"),
        **view.keep(MARGIN, USUAL_MARGIN),
    )
    for comparison in found.comparisons:
        if comparison.kept is not None:
            st.markdown(f"- {md_safe(comparison.kept_line(view.voice).text)}")


def agreed(view: View, sheet: ScoreSheet, found: Evaluation) -> None:
    """How the raters agree, and how one of them, an LLM judge, agrees with the people."""
    if not found.agreement:
        st.caption(view.say("evaluation.results.one_rater"))
        return
    st.header(view.say("evaluation.results.agreement"), anchor=False)
    charts.agreement(view, found.agreement)
    st.caption(view.say("evaluation.results.agreement_note"))
    raters = list(sheet.raters)
    nobody = view.say("evaluation.results.no_judge")
    kept = view.keep("inputs.evaluation.judge", "", options=["", *raters])
    judge = st.selectbox(
        view.say("evaluation.results.judge"), ["", *raters], format_func=lambda name: name or nobody, **kept
    )
    if judge:
        charts.agreement(view, with_people(sheet, str(judge)))
