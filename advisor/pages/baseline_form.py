"""The form of the Baseline page: which columns, which task and metric, what would do, and a test file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import streamlit as st

from advisor.answers.cost import Cost
from advisor.pages import frame, on_screen, team_data
from advisor.pages.frame import View
from advisor.pages.team_data import TeamData
from advisor.stated import Target
from advisor.tables import open_table
from baselines.dataset import LabelledTexts
from baselines.money import CPU_HOUR
from baselines.table import Table
from baselines.tasks import TASKS, has_target, likely_task, metrics_of, usual_metric
from pricing.typed import amount, plain

TEST = "inputs.baseline.test"
HOLD_OUTS = ("0.1", "0.2", "0.3")


def form(view: View, table: Table, data: TeamData) -> dict[str, Any]:
    """What to measure, as the parameters of a job."""
    found = team_data.columns(view, table)
    names = list(table.columns)
    options = {"text": names, "label": names, "text2": [team_data.NO_COLUMN, *names]}
    places = zip(st.columns(3, vertical_alignment="bottom"), options, strict=True)
    columns = {role: column(view, place, role, options[role], found[role]) for place, role in places}
    return {
        **columns,
        "reading": team_data.reading_params(view, data),
        **apart(view, names),
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
    first, fourth = st.columns(2)
    second, third = st.columns(2, vertical_alignment="bottom")
    task = choice(view, first, "task", called(view, "baseline.task", ["auto", *TASKS]), "auto")
    meant = likely_task(rows) if task == "auto" else task
    metrics = called(view, "baseline.metric", metrics_of(meant, len(set(rows.labels))))
    metric = choice(view, second, "metric", metrics, usual_metric(meant))
    with third:
        target = target_field(view) if has_target(meant) else None
    rungs = choice(view, fourth, "rungs", called(view, "baseline.page", ["quick", "all"]), "quick")
    return {"task": meant, "metric": metric, "target": target, "rungs": rungs}


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


def target_field(view: View) -> float | None:
    """The plan's one target, which the checklist asks for too: asked, never filled in."""
    key = frame.widget_key(view.state, "baseline_target")
    if key not in st.session_state:
        st.session_state[key] = view.plan.aim.value if view.plan.aim else None
    typed: float | None = st.number_input(
        view.say("baseline.page.target"),
        min_value=0.01,
        max_value=1.0,
        value=None,
        step=0.01,
        placeholder=view.say("baseline.page.target_open"),
        help=view.say("baseline.page.target_help"),
        key=key,
        on_change=_take_target,
        args=(key,),
    )
    return typed


def _take_target(key: str) -> None:
    """What was typed is the target everywhere; on what it rests is kept."""
    view, typed = frame.current(), st.session_state[key]
    kept = view.plan.target or Target()
    basis = "stated" if kept.basis == "none" else kept.basis
    target = (
        None
        if typed is None
        else Target(metric=kept.metric, value=Decimal(str(round(typed, 4))), basis=basis)
    )
    on_screen.save(view.state, view.plan.aiming(target), what="target")


def money(view: View) -> dict[str, str | None]:
    """What an LLM request, an error and an hour of a CPU cost, as exact decimal strings; a Problem for no amount.

    The LLM's cost is that of the plan's cheapest prompt, where the Cost page has worked one out.
    """
    found = {"llm_cost": planned_llm_cost(view), "error_cost": "", "cpu_hour": str(CPU_HOUR)}
    params = {"llm_cost": "llm_cost_per_request"}
    costs: dict[str, str | None] = {}
    with st.expander(view.say("baseline.page.money")):
        for place, (name, usual) in zip(
            st.columns(3, vertical_alignment="bottom"), found.items(), strict=True
        ):
            label = view.say(f"baseline.page.{name}")
            said = place.text_input(label, **view.keep(f"inputs.baseline.{name}", usual))
            costs[params.get(name, name)] = str(amount(said, label)) if said.strip() else None
        if found["llm_cost"]:
            st.caption(view.say("baseline.page.llm_cost_from_plan", cost=view.money(found["llm_cost"])))
    return costs


def planned_llm_cost(view: View) -> str:
    """What the cheapest prompt of the plan's cost comparison takes for one request; empty where there is none."""
    found = view.plan.answer(Cost)
    prompts = [arm.per_request for arm in found.arms if arm.kind == "prompt"] if found else []
    known = [each for each in prompts if each is not None]
    return plain(min(known)) if known else ""


def apart(view: View, names: list[str]) -> dict[str, Any]:
    """A test file or a share of the rows to hold out, and the column of a second person's labels."""
    with st.expander(view.say("baseline.page.test")):
        kept = test_file(view)
        shares = {"0": view.say("baseline.page.no_hold_out")}
        shares |= {share: view.percent(Decimal(share)) for share in HOLD_OUTS}
        left, right = st.columns(2)
        if kept is None:
            share = choice(view, left, "hold_out", shares, "0")
        nothing = {name: name or view.say("baseline.page.no_text2") for name in [team_data.NO_COLUMN, *names]}
        second = choice(view, right, "label2", nothing, team_data.NO_COLUMN)
        st.caption(view.say("baseline.page.label2_help"))
    return {
        "test": kept,
        "hold_out": float(share) if kept is None and share != "0" else None,
        "label2": second or None,
    }


def test_file(view: View) -> dict[str, Any] | None:
    """Name and digest of test rows that the team keeps apart, if it gave any; a Problem where they cannot be read."""
    file = st.file_uploader(view.say("baseline.page.test_file"), key="baseline_test")
    if file is not None and st.session_state.get("baseline_test_taken") != file.file_id:
        st.session_state["baseline_test_taken"] = file.file_id
        open_table(file.getvalue(), file.name, root=view.settings.jobs)
        if digest := view.keep_upload(file.name, file.getvalue()):
            view.put(TEST, {"name": file.name, "sha256": digest})
    kept: dict[str, Any] | None = view.plan.get(TEST)
    if kept is None:
        st.caption(view.say("baseline.page.test_help"))
        return None
    st.text(view.say("baseline.page.test_kept", name=kept["name"]))
    st.button(
        view.say("baseline.page.test_drop"), key="baseline_test_drop", on_click=view.put, args=(TEST, None)
    )
    return kept
