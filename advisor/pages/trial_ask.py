"""Asking an LLM from here: who answers, what is asked, what leaves and costs, consent, and the run; or a script for elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import streamlit as st

from advisor import jobs
from advisor.jobs import JobStatus
from advisor.pages import team_data
from advisor.pages.frame import View, md_safe
from advisor.pages.job_panel import JobPanel
from advisor.pages.team_data import TeamData
from advisor.trial.addresses import Policy, only_the_list, presets, proxy_of, read_listed
from advisor.trial.journal import FILE
from advisor.trial.order import Order, Prepared, prepared
from advisor.trial.sending import Wish
from baselines.dataset import LabelledTexts
from baselines.statistics import gap_that_shows
from pricing import Problem
from pricing.book import price_book
from pricing.typed import amount

OTHER = "other"
ROWS = ("30", "100", "200", "500", "all")
EFFORTS = ("usual", "none", "low", "medium", "high")
READY, ORDERED = "trial_ready", "trial_ordered"
CHECK_SECONDS = 20.0
LAST = "inputs.trial.last"


def show_progress(view: View, now: JobStatus) -> None:
    """How many have answered, and what was spent; no score before the end."""
    told = now.progress
    if not told.get("total"):
        st.progress(0.0, view.say("trial.page.starting"))
        return
    names = ("done", "total", "answered", "unusable", "errors")
    said = view.say("trial.ask.progress", **{name: view.number(told.get(name, 0)) for name in names})
    st.progress(min(told["done"] / told["total"], 1.0), said)
    if told.get("waiting"):
        st.caption(view.say("trial.ask.waiting"))


def kept(_view: View, _id: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The result for the plan; a run that stopped leaves none, and its journal to go on from."""
    st.session_state["trial_stopped"] = found.get("stopped")
    return {"evidence.trial": found["trial"]} if found.get("trial") else {}


PANEL = JobPanel("trial", "inputs.trial.asking", "trial.page.", "trial_ask", show_progress, kept)


def ask(view: View, data: TeamData, columns: Mapping[str, str | None], *, script: bool = False) -> None:
    """The form, what would leave, and the button that sends it; or, for a `script`, the file that asks elsewhere."""
    if PANEL.followed(view):
        return
    _stopped(view)
    with st.container(border=True):
        endpoint, model, key = _who(view)
        wish = _what(view)
    if not endpoint or not model:
        st.caption(view.say("trial.form.fill_in"))
        return
    order = _order(view, endpoint, model, wish)
    if not script:
        _check(view, order, key)
    if st.button(view.say("trial.form.estimate"), key="trial_estimate"):
        _prepare(view, data, columns, order)
    ready: Prepared | None = st.session_state.get(READY)
    if ready is None or st.session_state.get(ORDERED) != _fingerprint(view, data, columns, order):
        st.caption(view.say("trial.form.nothing_sent"))
        return
    leaving(view, ready)
    if script:
        _script(view, data, ready)
    else:
        _send(view, data, columns, ready, key)


def _who(view: View) -> tuple[str, str, str]:
    """The endpoint, the model, and a key for this session where the server holds none."""
    listed, only = read_listed(view.settings.llm_endpoints), _only_listed(view)
    names = {one.name: one.name for one in listed}
    if not only:
        names |= {one.id: one.name for one in presets()} | {OTHER: view.say("trial.form.other")}
    if not names:
        st.info(view.say("trial.form.no_list"))
        return "", "", ""
    left, right = st.columns(2)
    chosen = left.selectbox(
        view.say("trial.form.endpoint"),
        list(names),
        format_func=names.__getitem__,
        **view.keep("inputs.trial.endpoint", next(iter(names)), options=list(names)),
    )
    model = right.text_input(
        view.say("trial.form.model"), placeholder="gpt-6-luna", **view.keep("inputs.trial.model", "")
    )
    known = {one.id: one for one in presets()} | {one.name: one for one in listed}
    preset = known.get(str(chosen))
    address = str(chosen)
    if preset is None or "{" in preset.address:
        address = st.text_input(
            view.say("trial.form.address"),
            placeholder=preset.address if preset else "http://127.0.0.1:8080/v1",
            **view.keep("inputs.trial.address", ""),
        ).strip()
    name = preset.key if preset else None
    if name and os.environ.get(name):
        st.caption(view.say("trial.form.key_set", name=md_safe(name)))
        return address, model.strip(), os.environ[name]
    typed = st.text_input(
        view.say("trial.form.key"), type="password", key="trial_key", help=view.say("trial.form.key_help")
    )
    return address, model.strip(), typed.strip()


def _what(view: View) -> Wish:
    """Which rows, with or without examples, and how it is put."""
    rows = st.segmented_control(
        view.say("trial.form.rows"),
        ROWS,
        format_func=lambda one: view.say("trial.form.all_rows") if one == "all" else one,
        required=True,
        **view.keep("inputs.trial.rows", "200", options=ROWS),
    )
    if rows != "all":
        points = view.number(round(Decimal(100 * gap_that_shows(int(rows)))))
        st.caption(view.say("trial.form.power", rows=rows, points=points))
    with st.container(horizontal=True):
        zero = st.checkbox(view.say("trial.option.zero_shot"), **view.keep("inputs.trial.zero", True))
        few = st.checkbox(view.say("trial.option.few_shot"), **view.keep("inputs.trial.few", True))
    with st.expander(view.say("trial.form.more")):
        instruction = st.text_area(
            view.say("trial.form.instruction"),
            placeholder=view.say("trial.ask.instruction"),
            **view.keep("inputs.trial.instruction", ""),
        )
        efforts = {one: view.say(f"trial.form.effort.{one}") for one in EFFORTS}
        effort = st.segmented_control(
            view.say("trial.form.reasoning"),
            EFFORTS,
            format_func=efforts.__getitem__,
            required=True,
            **view.keep("inputs.trial.reasoning", "usual", options=EFFORTS),
        )
        personal = st.checkbox(view.say("trial.form.personal"), **view.keep("inputs.trial.personal", False))
    arms = tuple(arm for arm, wanted in (("zero_shot", zero), ("few_shot", few)) if wanted)
    return Wish(
        rows=None if rows == "all" else int(rows),
        arms=arms or ("zero_shot",),
        instruction=instruction.strip() or None,
        reasoning=None if effort == "usual" else effort,
        keep_personal_data=personal,
    )


def _order(view: View, endpoint: str, model: str, wish: Wish) -> Order:
    """What is ordered so far, under the rules of this server and what the plan says of data leaving."""
    policy = Policy(
        read_listed(view.settings.llm_endpoints),
        _only_listed(view),
        view.plan.answers.get("data_may_leave"),
        proxy_of(os.environ),
    )
    return Order(endpoint, model, wish, policy)


def _only_listed(view: View) -> bool:
    return only_the_list(view.settings.sign_in, st.get_option("server.address") or "")


def _check(view: View, order: Order, key: str) -> None:
    """One made-up text, to see who answers."""
    if not st.button(view.say("trial.form.check"), key="trial_check", icon=":material/network_check:"):
        return
    from advisor.trial.check import check
    from advisor.trial.endpoint import Endpoint

    with view.problems_shown(), st.spinner(view.say("trial.form.checking")):
        address = order.policy.address(order.endpoint)
        found = check(Endpoint(address, order.policy.model(address, order.model), key or None, CHECK_SECONDS))
        yes = {True: "yes", False: "no", None: "unknown"}
        st.success(view.say("trial.ask.check.title", host=md_safe(found.host)))
        facts = {
            "model": found.model_answered or "—",
            "dropped": ", ".join(found.dropped) or view.say("trial.ask.check.none"),
            "enforced": view.say(f"trial.ask.check.{yes[found.labels_enforced]}"),
            "usage": view.say(f"trial.ask.check.{yes[found.usage_reported]}"),
            "seconds": view.number(Decimal(str(found.seconds)), 1),
        }
        st.markdown(
            "\n".join(
                f"- {view.say(f'trial.ask.check.{name}')}: {md_safe(said)}" for name, said in facts.items()
            )
        )
        st.caption(view.say("trial.ask.check.sent"))


def _fingerprint(view: View, data: TeamData, columns: Mapping[str, str | None], order: Order) -> str:
    return repr((team_data.digest(data, view), columns, order.as_json()))


def _prepare(view: View, data: TeamData, columns: Mapping[str, str | None], order: Order) -> None:
    """Draw the rows and count what asking about them would take; nothing is sent."""
    st.session_state.pop(READY, None)
    with view.problems_shown(), st.spinner(view.say("trial.form.counting")):
        rows = LabelledTexts.from_table(data.table(view), str(columns["text"]), str(columns["label"]))
        st.session_state[READY] = prepared(order, rows, price_book(view.settings.prices), view.on)
        st.session_state[ORDERED] = _fingerprint(view, data, columns, order)


def leaving(view: View, ready: Prepared) -> None:
    """What would go where, what stays, what it costs, and one question as it would be put."""
    sent = ready.sending
    numbers = {
        "texts": ready.texts,
        "requests": len(sent.questions),
        "again": sum(one.turn == 2 for one in sent.questions),
    }
    said = {name: view.number(value) for name, value in numbers.items()}
    st.markdown(f"**{md_safe(view.say('trial.ask.leaves', host=sent.host, **said))}**")
    st.markdown(
        view.say("trial.ask.left_out", **{name: view.number(value) for name, value in sent.left_out.items()})
    )
    if sent.expected_usd is None or sent.most_usd is None or ready.cap_usd is None:
        st.markdown(
            md_safe(
                view.say(
                    "trial.ask.costs_unknown", model=ready.order.model, cap=view.number(ready.cap_requests)
                )
            )
        )
    else:
        costs = {"expected": sent.expected_usd, "most": sent.most_usd, "cap": ready.cap_usd}
        st.markdown(
            md_safe(view.say("trial.ask.costs", **{name: view.money(value) for name, value in costs.items()}))
        )
    with st.expander(view.say("trial.form.preview")):
        for turn in sent.questions[0].body["messages"]:
            st.code(str(turn["content"]), language=None, wrap_lines=True)


def _send(view: View, data: TeamData, columns: Mapping[str, str | None], ready: Prepared, key: str) -> None:
    """Consent, the cap, and the button that carries both."""
    host, texts = ready.address.host, view.number(ready.texts)
    agreed = ready.address.place == "loopback" or st.checkbox(
        view.say("trial.form.consent", host=md_safe(host), texts=texts),
        key=f"trial_consent_{team_data.digest(data, view)}_{host}_{ready.texts}",
    )
    cap, most = "1.00", view.say("trial.form.requests", requests=view.number(ready.cap_requests))
    if ready.sending.price is not None:
        cap = st.text_input(view.say("trial.form.cap"), width=160, **view.keep("inputs.trial.cap", cap))
        most = f"${cap}"
    if _journal(view) is not None:
        st.caption(view.say("trial.form.goes_on"))
    label = view.say("trial.form.send", requests=view.number(len(ready.sending.questions)), cap=most)
    if st.button(md_safe(label), type="primary", key="trial_send", disabled=not agreed):
        with view.problems_shown():
            begin(
                view,
                data,
                columns,
                ready.order,
                host if agreed else None,
                amount(cap, view.say("trial.form.cap")),
                key,
            )
            st.rerun()


def begin(
    view: View,
    data: TeamData,
    columns: Mapping[str, str | None],
    order: Order,
    consent: str | None,
    cap: Decimal,
    key: str,
) -> None:
    """Hand table, order and key to the job; the key goes to the child alone."""
    aim = view.plan.aim
    told = order.as_json() | {"consent": consent, "cap_usd": str(cap)}
    params = {
        "order": told,
        "text": columns["text"],
        "label": columns["label"],
        "reading": team_data.reading_params(view, data),
        "metric": (aim.metric if aim else None) or view.plan.get("inputs.baseline.metric") or "macro_f1",
        "target": aim.value if aim else None,
        "on": view.on.isoformat(),
        "prices": str(view.settings.prices) if view.settings.prices else None,
        "file": {"name": data.name, "sha256": team_data.digest(data, view)},
    }
    journal = _journal(view)
    files = {"table": data.body(view)} | ({} if journal is None else {"journal": journal})
    PANEL.begin(view, params, files, asked=None, reuse=False, secret=key)
    view.note({LAST: view.plan.get(PANEL.path)})


def last_folder(view: View) -> Path | None:
    """Where the last run left its answers, while they are kept."""
    return jobs.folder_of(str(view.plan.get(LAST) or ""), view.settings.jobs)


def _journal(view: View) -> bytes | None:
    """What was answered before: the same question is not paid for twice."""
    folder = last_folder(view)
    file = folder / FILE if folder else None
    return file.read_bytes() if file and file.is_file() else None


def _stopped(view: View) -> None:
    """Why the last run stopped, once."""
    PANEL.ended(view)
    stopped = st.session_state.pop("trial_stopped", None)
    if stopped:
        with view.problems_shown():
            raise Problem(stopped["id"], **stopped["fields"])


def _script(view: View, data: TeamData, ready: Prepared) -> None:
    """The same questions as a script on the openai package."""
    from advisor.trial.script import script_of

    st.download_button(
        view.say("trial.form.script"),
        script_of(ready, data.name, ready.address.key),
        file_name="ask.py",
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(view.say("trial.form.script_note"))


def way(view: View, names: tuple[str, ...]) -> str:
    """The three ways to come by answers."""
    said = {name: view.say(f"trial.way.{name}") for name in names}
    return str(
        st.segmented_control(
            view.say("trial.way.label"),
            names,
            format_func=said.__getitem__,
            required=True,
            **view.keep("inputs.trial.way", names[0], options=names),
        )
    )
