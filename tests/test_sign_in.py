"""Sign-in through the screens: nothing before it, one's own plans after it, and links that open no more than they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.pages import on_screen, sign_in
from advisor.store import Saved
from tests.test_page_overview import ROOT, SECONDS

NOBODY: Mapping[str, Any] = {"is_logged_in": False}


def person(name: str) -> Mapping[str, Any]:
    return {"is_logged_in": True, "iss": "https://id.example", "sub": f"sub-{name}", "name": name}


class Door:
    """Who is in front of the screen now."""

    def __init__(self) -> None:
        self.claims: Mapping[str, Any] = NOBODY


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    door = Door()
    monkeypatch.setattr(sign_in, "claims", lambda: door.claims)
    monkeypatch.setattr(sign_in, "_providers", lambda: [None])
    yield door


def app(language: Language = "en", **address: str) -> AppTest:
    opened = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    opened.context = {"locale": "ja-JP" if language == "ja" else "en-US"}
    for name, value in address.items():
        opened.query_params[name] = value
    return opened.run()


def warnings(opened: AppTest) -> str:
    return " ".join(warning.value for warning in opened.warning)


def rename(opened: AppTest, title: str) -> AppTest:
    box = next(one for one in opened.text_input if one.label == phrase("common.title_label", "en"))
    return box.set_value(title).run()


def saved_by(door: Door, name: str, title: str = "A secret plan") -> Saved:
    door.claims = person(name)
    saved: Saved = rename(app(), title).session_state["open_plan"].saved
    return saved


def link_to(door: Door, owner: str, saved: Saved, kind: str) -> str:
    door.claims = person(owner)
    page = app(plan=saved.id).switch_page("advisor/pages/privacy.py").run()
    if kind == "edit":
        page.button_group(key="link_kind").set_value("edit").run()
    page.button(key="make_link").click().run()
    assert not page.exception
    return page.code[0].value.rsplit("?share=", 1)[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_sign_in_there_is_one_button_and_no_plan(door: Door, language: Language) -> None:
    saved = saved_by(door, "hanako")
    door.claims = NOBODY
    opened = app(language, plan=saved.id)
    assert not opened.exception
    assert [button.label for button in opened.button] == [phrase("common.sign_in", language)]
    assert phrase("common.sign_in_then_link", language) in [caption.value for caption in opened.caption]
    assert opened.session_state["open_plan"].saved is None
    assert not opened.selectbox and not opened.text_input


def test_everybody_sees_their_own_plans_and_no_others(door: Door) -> None:
    saved = saved_by(door, "hanako")
    assert saved.author == "hanako"
    door.claims = person("taro")
    opened = app(plan=saved.id)
    assert "There is no plan" in warnings(opened)
    assert "A secret plan" not in str(opened.main) + str(opened.sidebar)
    assert opened.session_state["open_plan"].saved is None
    door.claims = person("hanako")
    assert app(plan=saved.id).session_state["open_plan"].saved.id == saved.id


def test_a_link_for_reading_shows_the_plan_and_saves_nothing(door: Door) -> None:
    saved = saved_by(door, "hanako")
    token = link_to(door, "hanako", saved, "read")
    door.claims = person("taro")
    opened = app(share=token)
    assert opened.session_state["open_plan"].plan.title.en == "A secret plan"
    assert phrase("common.read_only", "en") in [one.value for one in opened.markdown]
    assert opened.query_params["share"] in (token, [token]) and "plan" not in opened.query_params

    rename(opened, "Defaced")
    assert "read the plan only" in warnings(opened)
    opened.button(key="own_copy").click().run()
    own = opened.session_state["open_plan"].saved
    assert own.id != saved.id and own.author == "taro"
    door.claims = person("hanako")
    assert app(plan=saved.id).session_state["open_plan"].plan.title.en == "A secret plan"


def test_a_link_for_editing_saves_and_ends_when_it_is_taken_back(door: Door) -> None:
    saved = saved_by(door, "hanako")
    token = link_to(door, "hanako", saved, "edit")
    door.claims = person("taro")
    guest = rename(app(share=token), "By Taro")
    assert not guest.warning
    page = guest.switch_page("advisor/pages/privacy.py").run()
    assert not page.exception
    assert not {"make_link", "delete"} & {button.key for button in page.button}

    door.claims = person("hanako")
    owner = app(plan=saved.id).switch_page("advisor/pages/privacy.py").run()
    assert owner.session_state["open_plan"].plan.title.en == "By Taro"
    owner.button(key=f"revoke_{token}").click().run()
    assert not owner.exception and not owner.code
    door.claims = person("taro")
    rename(guest, "After all")
    assert not guest.exception
    assert "There is no plan" in warnings(guest)
    assert "There is no plan" in warnings(app(share=token))


def test_a_server_that_requires_sign_in_stays_shut_when_it_is_not_set_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = replace(on_screen.settings(), sign_in=True)
    monkeypatch.setattr(on_screen, "settings", lambda: shut)
    door.claims = {"email": "test@example.com"}
    opened = app()
    assert not opened.exception
    assert "ADVISOR_SIGN_IN" in opened.error[0].value.replace("\\", "")
    assert not opened.button


def test_a_provider_that_cannot_be_asked_is_a_sentence(door: Door) -> None:
    opened = app()
    opened.button(key="sign_in_None").click().run()
    assert not opened.exception
    assert ".streamlit/secrets.toml" in opened.error[0].value.replace("\\", "")


def test_an_identity_is_issuer_and_subject_not_a_name(door: Door) -> None:
    door.claims = person("hanako")
    first = sign_in.visitor(required=True)
    door.claims = {**person("hanako"), "iss": "https://other.example"}
    second = sign_in.visitor(required=True)
    door.claims = {**person("hanako"), "name": "Hanako S."}
    renamed = sign_in.visitor(required=True)
    assert first and second and renamed
    assert first.id == renamed.id != second.id


def test_a_table_read_for_one_visitor_is_not_shown_to_another_who_names_it(door: Door) -> None:
    door.claims = person("hanako")
    page = app().switch_page("advisor/pages/data.py").run()
    page.file_uploader(key="data_upload").upload("a.csv", b"text,label\nsecret words,a\nmore,b\n")
    page.run()
    assert not page.exception and not page.error
    file = page.session_state["open_plan"].plan.get("inputs.data.file")

    door.claims = person("taro")
    guess = app().switch_page("advisor/pages/data.py").run()
    state = guess.session_state["open_plan"]
    state.plan = state.plan.put("inputs.data.file", file)
    guess.run()
    assert not guess.exception
    assert len(guess.error) == 1 and "a.csv" in guess.error[0].value.replace("\\", "")
    assert "secret words" not in str(guess.main)
