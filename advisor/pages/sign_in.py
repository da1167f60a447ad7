"""Who is at the screen: the one place that speaks to Streamlit's sign-in (OIDC, `[auth]` in .streamlit/secrets.toml)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pricing import Problem

if TYPE_CHECKING:
    from advisor.pages.frame import View


@dataclass(frozen=True)
class Visitor:
    """Somebody who has signed in; `id` stands for issuer and subject, which nobody else can take."""

    id: str
    name: str


def claims() -> Mapping[str, Any]:
    """What the identity provider says; `is_logged_in` is there when and only when sign-in is set up."""
    return st.user.to_dict()


def visitor(*, required: bool) -> Visitor | None:
    """Who has signed in, or None on a server without sign-in.

    A Problem `sign_in_needed` before that, and `sign_in_missing` where it is `required` and not set up.
    """
    said = claims()
    if "is_logged_in" not in said:
        if required:
            raise Problem("sign_in_missing", reason="[auth]")
        return None
    if not said["is_logged_in"] or not said.get("sub"):
        raise Problem("sign_in_needed")
    digest = hashlib.sha256(f"{said.get('iss', '')}\n{said['sub']}".encode()).hexdigest()
    name = next((said[claim] for claim in ("name", "preferred_username", "email") if said.get(claim)), "")
    return Visitor(digest, str(name)[:100])


def passed(view: View) -> bool:
    """Whether the visitor may go on; otherwise the screen says what they can do."""
    try:
        visitor(required=view.settings.sign_in)
    except Problem as problem:
        st.title(view.say("common.product"), anchor=False)
        if problem.id != "sign_in_needed":
            st.error(view.sorry(problem))
        else:
            _offer(view)
        return False
    return True


def _offer(view: View) -> None:
    st.markdown(view.say("common.sign_in_why"))
    with view.problems_shown(), st.container(horizontal=True):
        for provider in _providers():
            said = (
                view.say("common.sign_in_with", provider=provider) if provider else view.say("common.sign_in")
            )
            if st.button(said, type="primary", key=f"sign_in_{provider}"):
                _login(provider)
    if "share" in st.query_params or "plan" in st.query_params:
        st.caption(view.say("common.sign_in_then_link"))


def _login(provider: str | None) -> None:
    try:
        st.login(provider)
    except Exception as error:
        raise Problem("sign_in_missing", reason=type(error).__name__) from error


def _providers() -> list[str | None]:
    """The names under `[auth.…]`, or the one provider that `[auth]` itself describes."""
    auth = st.secrets["auth"]
    named = [name for name, entry in auth.items() if isinstance(entry, Mapping) and "client_id" in entry]
    return [*named] or [None]


def sign_out(view: View) -> None:
    """Whose plans these are, and the way out; nothing on a server without sign-in."""
    who = visitor(required=view.settings.sign_in)
    if who is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(view.say("common.signed_in", name=who.name or "—"), width="stretch")
            st.button(view.say("common.sign_out"), key="sign_out", on_click=st.logout, type="tertiary")
