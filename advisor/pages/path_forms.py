"""What the team states about its decision: the target, what was tried, what a wrong answer costs, people's time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import streamlit as st

from advisor.pages import frame, on_screen
from advisor.pages.frame import View, md_safe
from advisor.plan import Plan
from advisor.recommend import Recommendation
from advisor.stated import Days, Effort, Target, Trial, Worth, usual
from pricing import Problem
from pricing.typed import LARGEST, amount

BASES = ("stated", "agreed_with_annotators", "none")
REACHES = ("yes", "no", "unclear")
DAYS = ("trial", "build", "upkeep")
SCORES = ("mean", "low", "high")


def draw(view: View, found: Recommendation) -> None:
    """The forms, each drawn once it is opened; what is entered moves the path at once."""
    forms: dict[str, tuple[str, Callable[[View, Recommendation], None]]] = {
        "tried": ("add_task", _trials),
        "stated": ("tune", _stated),
    }
    for place, (name, (icon, form)) in zip(st.columns(2), forms.items(), strict=True):
        box = place.popover(
            view.say(f"path.forms.{name}"),
            icon=f":material/{icon}:",
            width="stretch",
            key=f"path_{name}",
            on_change="rerun",
        )
        if box.open:
            with box:
                form(view, found)


def ask_target(view: View) -> None:
    """The score that would do: asked, never filled in; that there is none yet is an answer too."""
    target = view.plan.target or Target(value=_value(view.plan), basis="stated")
    names = {basis: view.say(f"path.forms.basis.{basis}") for basis in BASES}
    asked = view.plan.target is not None or target.value is not None
    basis = st.segmented_control(
        view.say("path.forms.target"),
        list(names),
        format_func=names.__getitem__,
        default=target.basis if asked else None,
        key=_key(view, "target_basis"),
        on_change=_take_target,
    )
    if basis in (None, "none"):
        st.caption(view.say("path.forms.target_help"))
    st.text_input(
        view.say("path.forms.target_value"),
        value=str(target.value) if target.value is not None else "",
        placeholder="0.85",
        key=_key(view, "target_value"),
        on_change=_take_target,
        disabled=basis == "none",
        width=200,
    )
    _said_wrong(view, "target_value")


def _take_target() -> None:
    view = frame.current()
    basis = st.session_state.get(_key(view, "target_basis")) or "stated"
    with _taking(view, "target_value") as typed:
        value = (
            amount(typed, view.say("path.forms.target_value"), most=1) if typed and basis != "none" else None
        )
        metric = view.plan.target.metric if view.plan.target else None
        target = (
            Target(metric=metric, value=value, basis=basis) if value is not None or basis == "none" else None
        )
        on_screen.save(view.state, view.plan.aiming(target), what="target")


def _value(plan: Plan) -> Decimal | None:
    return Decimal(str(plan.aim.value)) if plan.aim else None


def _stated(view: View, found: Recommendation) -> None:
    """The target, what a wrong answer costs, and people's time."""
    ask_target(view)
    worth, effort = view.plan.value, view.plan.effort
    currency, _ = view.plan.own_currency
    currency = worth.currency if worth else currency
    _money(view, "wrong_answer", worth.wrong_answer if worth else None, _take_worth, currency=currency)
    _money(
        view,
        "day_rate",
        effort.day_rate if effort else None,
        _take_rate,
        currency="USD",
        usually=usual().day_rate,
    )
    st.caption(view.say("path.forms.effort_help"))
    shown = [
        {"id": one.approach, "approach": view.text(found.book.approach(one.approach).name)}
        | {part: float(getattr(found.weighing.days(one.approach), part) or 0) for part in DAYS}
        for one in found.path or found.assessments
    ]
    columns = {
        part: st.column_config.NumberColumn(view.say(f"path.forms.days.{part}"), min_value=0, width=90)
        for part in DAYS
    }
    st.data_editor(
        shown,
        key=_key(view, "effort"),
        hide_index=True,
        disabled=["approach"],
        column_order=["approach", *DAYS],
        column_config={
            "approach": st.column_config.TextColumn(view.say("path.bill.step"), width=200),
            **columns,
        },
        on_change=_take_days,
        args=([row["id"] for row in shown],),
    )


def _money(
    view: View, name: str, value: Decimal | None, take: Any, *, currency: str, usually: Decimal | None = None
) -> None:
    st.text_input(
        view.say(f"path.forms.{name}", currency=currency),
        value="" if value is None else str(value),
        placeholder="" if usually is None else str(usually),
        key=_key(view, name),
        on_change=take,
        args=(currency,),
        width=240,
        help=view.say(f"path.forms.{name}_help"),
    )
    _said_wrong(view, name)


def _take_worth(currency: str) -> None:
    view = frame.current()
    with _taking(view, "wrong_answer") as typed:
        cost = amount(typed, view.say("path.forms.wrong_answer", currency=currency)) if typed else None
        worth = None if cost is None else Worth(wrong_answer=cost, currency=currency)
        on_screen.save(view.state, view.plan.stating(value=worth), what="value")


def _take_rate(currency: str) -> None:
    view = frame.current()
    with _taking(view, "day_rate") as typed:
        rate = amount(typed, view.say("path.forms.day_rate", currency=currency)) if typed else None
        kept = (
            view.plan.effort.model_dump(exclude={"day_rate"}, exclude_none=True) if view.plan.effort else {}
        )
        on_screen.save(view.state, view.plan.stating(effort=Effort(day_rate=rate, **kept)), what="effort")


def _take_days(approaches: list[str]) -> None:
    view = frame.current()
    edited: Mapping[int, Mapping[str, float]] = st.session_state[_key(view, "effort")]["edited_rows"]
    kept = view.plan.effort.model_dump(exclude_none=True) if view.plan.effort else {}
    for row, changed in edited.items():
        days = {part: str(value) for part, value in changed.items() if value is not None}
        kept[approaches[row]] = Days.model_validate(kept.get(approaches[row], {}) | days)
    on_screen.adopt(view.plan.stating(effort=Effort.model_validate(kept)), "effort")


def _trials(view: View, found: Recommendation) -> None:
    """What was tried so far, and the form that adds a trial."""
    for place, trial in enumerate(view.plan.trials):
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.markdown(md_safe(_trial_said(view, found, trial)))
        right.button(
            "",
            icon=":material/delete:",
            key=f"trial_{view.state.epoch}_{place}",
            help=view.say("path.forms.remove"),
            on_click=_remove,
            args=(place,),
        )
    with st.form("path_trial", border=False):
        names = {one.approach: view.text(found.book.approach(one.approach).name) for one in found.assessments}
        st.selectbox(
            view.say("path.forms.approach"), list(names), format_func=names.__getitem__, key="trial_approach"
        )
        came = {one: view.say(f"path.forms.reaches.{one}") for one in REACHES}
        st.segmented_control(
            view.say("path.forms.came"), list(came), format_func=came.__getitem__, default="no", required=True, key="trial_reaches"
        )  # fmt: skip
        st.caption(view.say("path.forms.scores_help"))
        with st.container(horizontal=True):
            for name in SCORES:
                st.text_input(view.say(f"path.forms.score.{name}"), key=f"trial_{name}", width=120)
            st.text_input(view.say("path.forms.score.n"), key="trial_n", width=120)
        st.form_submit_button(view.say("path.forms.add"), type="primary", on_click=_add)
    _said_wrong(view, "trial")


def _trial_said(view: View, found: Recommendation, trial: Trial) -> str:
    approach = found.book.approach(trial.approach).name if trial.approach in found.book.commitment else None
    came = found.weighing.came.get(trial.approach)
    reaches = came.reaches if came and came.trial is trial else trial.reaches or "unclear"
    said = {
        "approach": view.text(approach) if approach else trial.approach,
        "came": view.say(f"path.forms.reaches.{reaches}"),
        "day": view.day(trial.on),
    }
    return (
        view.say("path.forms.trial_scored", score=trial.mean, **said)
        if trial.mean is not None
        else view.say("path.forms.trial", **said)
    )


def _add() -> None:
    view = frame.current()
    with _taking(view, "trial"):
        fields = {
            name: (view.say(f"path.forms.score.{name}"), st.session_state.get(f"trial_{name}"))
            for name in (*SCORES, "n")
        }
        typed = {name: (str(given).strip(), label) for name, (label, given) in fields.items() if given}
        read = {name: amount(*said, most=LARGEST if name == "n" else 1) for name, said in typed.items()}
        approach, reaches = st.session_state["trial_approach"], st.session_state["trial_reaches"]
        trial = view.plan.trial({"approach": approach, "reaches": reaches, **read}, view.on)
        on_screen.save(view.state, view.plan.stating(trials=(*view.plan.trials, trial)), what="trials")


def _remove(place: int) -> None:
    view = frame.current()
    trials = tuple(trial for at, trial in enumerate(view.plan.trials) if at != place)
    on_screen.adopt(view.plan.stating(trials=trials), "trials")


def _key(view: View, name: str) -> str:
    return frame.widget_key(view.state, f"path/{name}")


@contextmanager
def _taking(view: View, name: str) -> Iterator[str]:
    """What was typed in a field; what cannot be read is kept beside it, and told under it."""
    wrong = _key(view, f"{name}/wrong")
    st.session_state.pop(wrong, None)
    try:
        yield str(st.session_state.get(_key(view, name)) or "").strip()
    except Problem as error:
        st.session_state[wrong] = error


def _said_wrong(view: View, name: str) -> None:
    error = st.session_state.get(_key(view, f"{name}/wrong"))
    if error is not None:
        st.error(view.sorry(error), icon=":material/error:")
