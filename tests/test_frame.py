"""What is typed belongs to the plan: it survives pages, languages, reloads and second tabs, and is never overwritten."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import phrase

SECONDS = 30


def form() -> None:
    """A page with one widget of each kind that a plan keeps."""
    from datetime import date

    import streamlit as st

    from advisor.pages import frame, on_screen, sidebar

    on_screen.follow_address()
    sidebar.language_switch()
    view = frame.current()
    sidebar.plan_menu(view)
    sidebar.notices(view)
    if not st.checkbox("away", key="away"):
        st.text_input("name", **view.keep("inputs.name", "Taro"))
        st.number_input("count", **view.keep("inputs.count", 3))
        names = {"ja": "あ", "en": "a"}[view.language]
        choice = view.keep("inputs.choice", "x", options=["x", "y"])
        st.selectbox("choice", ["x", "y"], format_func=lambda id: names + id, **choice)
        st.date_input("day", **view.keep("inputs.cost.on", date(2026, 1, 1)))
    with view.problems_shown():
        if st.session_state.get("break"):
            raise RuntimeError("inner detail hf_abcdefgh")
    st.text(frame.md_safe("![x](http://evil/p.png) <b>:red[a]"))
    on_screen.follow_address()


def opened(locale: str = "ja-JP", plan: str | None = None) -> AppTest:
    app = AppTest.from_function(form, default_timeout=SECONDS)
    app.context = {"locale": locale}
    if plan:
        app.query_params["plan"] = plan
    return app.run()


def plan_id(app: AppTest) -> str:
    found = app.query_params["plan"]
    return found[0] if isinstance(found, list) else found


def widget(app: AppTest, kind: str, label: str):  # type: ignore[no-untyped-def]
    return next(element for element in getattr(app, kind) if element.label == label)


def test_a_draft_is_saved_with_its_first_change_and_found_again_by_its_link() -> None:
    app = opened()
    assert "plan" not in app.query_params
    widget(app, "text_input", "name").set_value("花子").run()
    widget(app, "date_input", "day").set_value(date(2026, 5, 5)).run()
    widget(app, "selectbox", "choice").set_value("y").run()

    again = opened(plan=plan_id(app))
    assert not again.exception
    assert widget(again, "text_input", "name").value == "花子"
    assert widget(again, "date_input", "day").value == date(2026, 5, 5)
    assert widget(again, "selectbox", "choice").value == "y"


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_leaving_the_page_and_changing_the_language_lose_nothing(locale: str) -> None:
    app = opened(locale)
    widget(app, "text_input", "name").set_value("Hanako").run()
    widget(app, "selectbox", "choice").set_value("y").run()
    app.checkbox(key="away").check().run()
    app.button_group(key="lang").set_value("en" if locale.startswith("ja") else "ja").run()
    app.checkbox(key="away").uncheck().run()
    assert not app.exception
    assert widget(app, "text_input", "name").value == "Hanako"
    assert widget(app, "selectbox", "choice").value == "y"


@pytest.mark.parametrize(
    ("settled", "kept", "versions"), [("mine", "mine", 3), ("theirs", "theirs", 2), ("copy", "mine", 1)]
)
def test_a_second_tab_is_never_overwritten_in_silence(settled: str, kept: str, versions: int) -> None:
    here = opened("en-US")
    widget(here, "text_input", "name").set_value("first").run()
    there = opened("en-US", plan=plan_id(here))
    widget(there, "text_input", "name").set_value("theirs").run()
    widget(here, "text_input", "name").set_value("mine").run()
    assert any("saved elsewhere" in warning.value for warning in here.warning)

    here.button(key=f"settle_{settled}").click().run()
    assert not here.warning
    state = here.session_state["open_plan"]
    assert state.plan.inputs["name"] == kept
    assert state.saved.version == versions
    assert widget(here, "text_input", "name").value == kept
    assert (plan_id(here) != plan_id(there)) == (settled == "copy")


def test_a_plan_that_is_not_there_is_said_so_and_the_page_lives() -> None:
    app = opened("en-US", plan="no-such-plan")
    assert any("There is no plan" in warning.value for warning in app.warning)
    assert widget(app, "text_input", "name").value == "Taro"


def test_an_inner_error_becomes_a_sentence_without_its_detail() -> None:
    app = opened("en-US")
    app.session_state["break"] = True
    app.run()
    assert not app.exception
    assert "Something unexpected happened (RuntimeError)" in app.error[0].value
    assert "hf_" not in app.error[0].value


def test_renaming_reaches_both_languages() -> None:
    app = opened("en-US")
    title = next(box for box in app.text_input if box.label == "Name of this plan")
    title.set_value("Our bot").run()
    assert app.session_state["open_plan"].plan.title.ja == "Our bot"


def test_unknown_text_is_shown_literally() -> None:
    shown = opened().text[0].value
    assert "\\!\\[x\\]\\(" in shown
    assert "\\<b\\>\\:red\\[" in shown


@pytest.mark.parametrize(
    ("page", "following"), [("checklist", "data"), ("data", "cost"), ("cost", "recommendation")]
)
def test_a_next_step_leads_on_in_the_language_that_was_asked_for(page: str, following: str) -> None:
    app = AppTest.from_file(Path(__file__).parent.parent / "app.py", default_timeout=SECONDS)
    app.context = {"locale": "ja-JP"}
    app.query_params["lang"] = "en"
    app.run().switch_page(f"advisor/pages/{page}.py").run()
    app.button(key=f"next_{following}").click().run()
    assert not app.exception and app.query_params["lang"] in ("en", ["en"])
    assert app.title[0].value == phrase(f"{following}.title", "en")
