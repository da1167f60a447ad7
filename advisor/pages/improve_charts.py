"""Where failures gather, and how a training run went."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from advisor.improve.error_groups import ErrorGroup
from advisor.improve.loss_log import Diagnosis, LossLog, diagnose, read_loss_log
from advisor.pages import charts
from advisor.pages.frame import View
from advisor.tables import open_table

if TYPE_CHECKING:
    import pandas as pd

GROUPS_SHOWN = 12
LENGTHS = ("short", "middle", "long")


def failures(view: View, groups: Sequence[ErrorGroup]) -> None:
    """The groups most unlike the rest, and whether any of them is more than chance."""
    st.header(view.say("improve.groups_title"), anchor=False)
    if not groups:
        st.caption(view.say("improve.groups_needed"))
        return
    table = _table(view, groups[:GROUPS_SHOWN])
    alt = view.say("improve.groups_title")
    if any(group.stands_out for group in groups):
        st.dataframe(table, hide_index=True, width="stretch", alt=alt)
    else:
        st.caption(view.say("improve.groups_none"))
        with st.expander(view.say("common.as_table")):
            st.dataframe(table, hide_index=True, width="stretch", alt=alt)
    st.caption(view.say("improve.groups_note"))


def _table(view: View, groups: Sequence[ErrorGroup]) -> pd.DataFrame:
    import pandas as pd

    def where(group: ErrorGroup) -> str:
        value = view.say(f"improve.length.{group.value}") if group.value in LENGTHS else group.value
        return f"{group.column}: {value}"

    def rate(group: ErrorGroup) -> str:
        return f"{view.percent(group.rate)} ({view.span(*map(view.percent, group.interval))})"

    words = {True: view.say("improve.group.yes"), False: view.say("improve.group.no")}
    return pd.DataFrame(
        {
            view.say("improve.group.stands_out"): [words[group.stands_out] for group in groups],
            view.say("improve.group.where"): [where(group) for group in groups],
            view.say("improve.group.criterion"): [group.criterion for group in groups],
            view.say("improve.group.failed"): [f"{group.failed} / {group.n}" for group in groups],
            view.say("improve.group.rate"): [rate(group) for group in groups],
            view.say("improve.group.rest"): [view.percent(group.rest_rate) for group in groups],
            view.say("improve.group.p"): [view.number(group.p_adjusted, 3) for group in groups],
        }
    )


def training_log(view: View) -> Diagnosis | None:
    """The log just uploaded or kept with the plan: its curves, and one sentence on their shape."""
    log = _log(view)
    if log is None:
        return None
    _draw(view, log)
    found = diagnose(log)
    if found is None:
        return None
    fields = {
        name: _shown(view, getattr(found, name))
        for name in ("best_step", "best_loss", "last_step", "last_loss")
    }
    box = st.success if found.shape == "settled" else st.info if found.shape == "too_short" else st.warning
    box(view.say(f"improve.shape.{found.shape}", **fields))
    return found


def _shown(view: View, value: float) -> str:
    return view.number(round(value, 4)) if math.isfinite(value) else str(value)


def _log(view: View) -> LossLog | None:
    file = st.file_uploader(view.say("improve.losses_upload"), key="improve_losses")
    if file is not None and st.session_state.get("improve_losses_taken") != file.file_id:
        log = read_loss_log(open_table(file.getvalue(), file.name, root=view.settings.jobs))
        digest = view.keep_upload(file.name, file.getvalue())
        st.session_state["improve_losses_taken"] = file.file_id
        if digest is None:
            return log
        view.put("inputs.improve.losses", {"name": file.name, "sha256": digest})
    known: Any = view.plan.get("inputs.improve.losses")
    found = view.upload(str(known.get("sha256", ""))) if isinstance(known, dict) else None
    return read_loss_log(open_table(found[1], found[0], root=view.settings.jobs)) if found else None


def _draw(view: View, log: LossLog) -> None:
    import pandas as pd
    from plotly.graph_objects import Scatter

    names = {"train": view.say("improve.losses_train"), "validation": view.say("improve.losses_validation")}
    curves = {"train": log.train, "validation": log.validation}
    drawn = []
    for at, (side, points) in enumerate(curves.items()):
        if points:
            mode = "lines+markers" if side == "validation" else "lines"
            steps, values = zip(*points, strict=True)
            colour = charts.PALETTE[at]
            drawn.append(Scatter(x=steps, y=values, mode=mode, name=names[side], line={"color": colour}))
    step = view.say("improve.losses_axis_x")
    rows = [{step: at, names[side]: value} for side, points in curves.items() for at, value in points]
    table = pd.DataFrame(rows).groupby(step, as_index=False).first() if rows else None
    alt, up = view.say("improve.losses_alt"), {"title": view.say("improve.losses_axis_y")}
    charts.show(view, "improve_losses_chart", drawn, alt, table, x={"title": step}, y=up, height=300)
