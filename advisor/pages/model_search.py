"""Finding models on the Models page: by words and filters, among the shipped ones or on the Hub, and by the plan's needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from advisor import hub
from advisor.jobs import JobStatus
from advisor.language import Language
from advisor.models import ModelFacts, ModelReport, Trouble, assess
from advisor.models.bulk import MOST
from advisor.models.comparison import Needs, meets_all, standings
from advisor.models.snapshot import Wanted, relative, search_shipped
from advisor.pages.frame import View, md_safe
from advisor.pages.job_panel import JobPanel
from advisor.pages.model_views import parameters

LANGUAGES = ["any", "ja", "en", "zh", "ko", "fr", "de", "es"]
CLASSES = [
    "any", "permissive", "copyleft", "use_restricted", "community", "restricted", "non_commercial", "unclear"
]  # fmt: skip
TASKS = ["any", "text-generation", "image-text-to-text", "fill-mask", "sentence-similarity", "translation"]
ON_HUB = "models_found_on_hub"
LOOKED_UP = "models_looked_up"
MOST_FROM_HUB = 50


def find(view: View, online: bool, needs: Needs, add: Callable[[View, list[str]], None]) -> None:
    """Search, look the finds up if wanted, and hand the selected ids to `add`."""
    with st.expander(view.say("models.search")):
        wanted = _wanted(view)
        found = _found(view, wanted, online)
        known = _reports(view, found, online)
        if st.toggle(view.say("models.search_fitting"), **view.keep("inputs.models.search_fitting", False)):
            of_plan = {id: report.with_lengths(needs.lengths) for id, report in known.items()}
            found = [facts for facts in found if facts.id in known and meets_all(of_plan[facts.id], needs)]
        if not found:
            st.markdown(view.say("models.search_none"))
            return
        st.caption(view.say("models.search_found", n=view.number(len(found))))
        picked = _table(view, found, known, needs)
        with st.container(horizontal=True):
            st.button(
                view.say("models.add_selected"),
                key="models_add",
                disabled=not picked,
                on_click=add,
                args=(view, picked),
            )
            if online:
                _offer_look_up(view, found)
        _follow(view)


def _wanted(view: View) -> Wanted:
    words, task = st.columns(2, vertical_alignment="bottom")
    sought = words.text_input(view.say("models.search_words"), **view.keep("inputs.models.search_words", ""))
    purpose = any_of(view, task, "search_task", "task_name", TASKS)
    language, kind, small, large = st.columns(4, vertical_alignment="bottom")
    spoken = any_of(view, language, "search_language", "language_name", LANGUAGES)
    licence: Any = any_of(view, kind, "search_class", "class", CLASSES)
    smallest, largest = (
        place.number_input(
            view.say(f"models.search_{name}"),
            0.0,
            10_000.0,
            step=1.0,
            **view.keep(f"inputs.models.search_{name}", 0.0),
        )
        for place, name in ((small, "smallest"), (large, "size"))
    )
    return Wanted(
        words=sought,
        language=spoken,
        licence_class=licence,
        smallest=round(smallest * 1e9) or None,
        largest=round(largest * 1e9) or None,
        task=purpose,
    )


def any_of(
    view: View, place: Any, name: str, group: str, ids: list[str], label: str | None = None
) -> str | None:
    """One of `ids` kept with the plan, or None for any."""
    said = {one: view.say(f"models.{group}.{one}") for one in ids}
    chosen: str = place.selectbox(
        view.say(f"models.{label or name}"),
        ids,
        format_func=said.__getitem__,
        **view.keep(f"inputs.models.{name}", "any", ids),
    )
    return None if chosen == "any" else chosen


def _found(view: View, wanted: Wanted, online: bool) -> list[ModelFacts]:
    """What the Hub found for these very wishes, else the shipped models that match."""
    if online and st.button(view.say("models.search_hub"), key="models_search_hub"):
        around = view.settings
        found, trouble = hub.search(
            wanted, on=view.on, endpoint=around.hub_endpoint, token=around.hub_token, limit=MOST_FROM_HUB
        )
        st.session_state[ON_HUB] = (wanted, found)
        if trouble:
            with view.problems_shown():
                raise trouble.problem()
    asked, answers = st.session_state.get(ON_HUB, (None, []))
    return answers if online and asked == wanted else search_shipped(wanted)


def _reports(view: View, found: Sequence[ModelFacts], online: bool) -> dict[str, ModelReport]:
    """What is known of each find in full: looked up on the Hub, or shipped."""
    looked_up: Mapping[str, ModelReport] = st.session_state.get(LOOKED_UP, {}) if online else {}
    all_shipped = _shipped()
    shipped = {facts.id: all_shipped[facts.id] for facts in found if facts.origin == "snapshot"}
    return shipped | {facts.id: looked_up[facts.id] for facts in found if facts.id in looked_up}


@st.cache_resource(show_spinner=False)
def _shipped() -> dict[str, ModelReport]:
    """What follows from every shipped model, worked out once for the server."""
    return {facts.id: assess(facts, relative) for facts in search_shipped(Wanted())}


def _table(
    view: View, found: Sequence[ModelFacts], known: Mapping[str, ModelReport], needs: Needs
) -> list[str]:
    """The finds with what they declare, and the verdict where it is known; the ids of the selected rows."""
    import pandas as pd

    shipped = _rows_of_shipped(view, view.language, needs)
    rows = [
        shipped[facts.id] if facts.origin == "snapshot" else _row(view, facts, known.get(facts.id), needs)
        for facts in found
    ]
    event: Any = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=260,
        on_select="rerun",
        selection_mode="multi-row",
        key="models_found",
    )
    return [found[row].id for row in event.selection.rows if row < len(found)]


@st.cache_resource(max_entries=64, show_spinner=False)
def _rows_of_shipped(_view: View, language: Language, needs: Needs) -> dict[str, dict[str, str]]:
    """The row of every shipped model; a click elsewhere on the page asks for the same again."""
    return {id: _row(_view, report.facts, report, needs) for id, report in _shipped().items()}


def _row(view: View, facts: ModelFacts, report: ModelReport | None, needs: Needs) -> dict[str, str]:
    count = report.parameters if report else facts.parameter_count()
    return {
        view.say("models.field.model"): facts.id,
        view.say("models.field.parameters"): parameters(view, count),
        view.say("models.field.licence"): " + ".join(facts.licences) or view.say("models.not_stated"),
        view.say("models.field.commercial"): view.say(f"models.answer.{report.permissions.use}")
        if report
        else "—",
        view.say("models.field.needs"): _standing(view, report, needs) if report else "—",
    }


def _standing(view: View, report: ModelReport, needs: Needs) -> str:
    """Whether a model has all that the plan needs, in one word; the first thing that is missing decides."""
    found = set(standings(report.with_lengths(needs.lengths), needs).values())
    worst = next((one for one in ("not_met", "unknown") if one in found), "met")
    return view.say(f"models.standing.{worst}")


def _offer_look_up(view: View, found: Sequence[ModelFacts]) -> None:
    ids = [facts.id for facts in found][:MOST]
    st.button(
        view.say("models.look_up_all", n=view.number(len(ids))),
        key="models_look_up",
        disabled=bool(view.plan.get(PANEL.path)),
        on_click=_begin,
        args=(view, ids),
    )


def _begin(view: View, ids: list[str]) -> None:
    """Start the job; a token stays with this server, so gated models show what everybody may see."""
    around = view.settings
    params = {
        "ids": ids,
        "on": view.on.isoformat(),
        "endpoint": around.hub_endpoint,
        "cache": str(around.hub_cache),
    }
    PANEL.begin(view, params, {}, asked=None, reuse=False)


def _follow(view: View) -> None:
    PANEL.followed(view)
    now = PANEL.ended(view)
    for trouble in _reasons(now.result.get("troubles") or {} if now and now.result else {}):
        with view.problems_shown():
            raise trouble.problem()


def _reasons(troubles: Mapping[str, Any]) -> list[Trouble]:
    """Each kind of trouble once, however many models met it."""
    return list({one["id"]: Trouble.model_validate(one) for one in troubles.values()}.values())


def _progress(view: View, now: JobStatus) -> None:
    done, total = now.progress.get("done", 0), now.progress.get("total", 0)
    said = view.say("models.looking_up", done=view.number(done), total=view.number(total))
    st.progress(done / total if total else 0.0, md_safe(said) if total else view.say("models.look_up_waits"))


def _found_by_job(view: View, _id: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Read what the job left in the Hub cache, without asking anybody again."""
    around = view.settings
    ids = [one["id"] for one in result.get("models", [])]
    found = hub.reports(ids, on=view.on, cache=around.hub_cache, endpoint=around.hub_endpoint, offline=True)
    reports = {id: report for id, report in found.items() if isinstance(report, ModelReport)}
    st.session_state[LOOKED_UP] = {**st.session_state.get(LOOKED_UP, {}), **reports}
    return {}


PANEL = JobPanel(
    "look_up", "inputs.models.search_job", "models.look_up_", "models_look_up", _progress, _found_by_job
)
