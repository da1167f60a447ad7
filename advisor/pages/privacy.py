"""Sharing and privacy: who sees this plan, what is kept and for how long, taking everything along, deleting for good."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

import streamlit as st

from advisor.access import Access
from advisor.archive import pack, pack_saved
from advisor.jobs.queue import KEEP_DAYS
from advisor.pages import frame, on_screen
from advisor.pages.frame import View
from advisor.store import Link, Saved

KEPT = ("plan", "uploads", "jobs", "hub", "session", "log")


def who_sees(view: View) -> None:
    """Who can open this plan, said plainly where that is everybody."""
    st.header(view.say("privacy.who"), anchor=False)
    if view.visitor is None:
        st.warning(view.say("privacy.everybody"))
    else:
        st.markdown(view.say(f"privacy.rights.{view.right}"))


def share(view: View, saved: Saved, kept: Access) -> None:
    """The links to this plan, with the ways to hand out one more and to take one back."""
    st.header(view.say("privacy.share"), anchor=False)
    st.markdown(view.say("privacy.share_note"))
    said = {name: view.say(f"privacy.link.{name}") for name in ("read", "edit")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            view.say("privacy.link_kind"),
            list(said),
            format_func=said.__getitem__,
            default="read",
            required=True,
            key="link_kind",
        )
        may_edit, now = chosen == "edit", datetime.now(UTC)
        if st.button(view.say("privacy.make_link"), key="make_link"):
            kept.make_link(saved.id, may_edit=may_edit, now=now)
    for link in kept.links(saved.id):
        _link(view, link, kept)


def _link(view: View, link: Link, kept: Access) -> None:
    kind = view.say(f"privacy.link.{'edit' if link.may_edit else 'read'}")
    with st.container(border=True):
        st.caption(f"{kind} · {view.day(link.made_at.astimezone().date())}")
        st.code(_address(link), language=None, wrap_lines=True)
        label = view.say("privacy.revoke")
        st.button(label, key=f"revoke_{link.token}", on_click=kept.revoke, args=(link,))


def _address(link: Link) -> str:
    """The link as the visitor's own browser would write it, whatever stands before this page's name."""
    here = urlsplit(st.context.url or "")
    folder = here.path.removesuffix("/").removesuffix("/privacy").removesuffix("privacy")
    return f"{here.scheme}://{here.netloc}{folder.rstrip('/')}/?share={link.token}"


def what_is_kept(view: View) -> None:
    """What is kept where and for how long, and what leaves this server."""
    st.header(view.say("privacy.kept"), anchor=False)
    place = "file" if view.settings.database_url.startswith("sqlite") else "server"
    values = {"days": view.number(view.settings.upload_days), "job_days": view.number(KEEP_DAYS)}
    columns = [view.say(f"privacy.columns.{name}") for name in ("what", "where", "until")]
    rows = [
        [
            view.say(f"privacy.things.{name}.what"),
            view.say(f"privacy.places.{place}")
            if name in ("plan", "uploads")
            else view.say(f"privacy.things.{name}.where"),
            view.say(f"privacy.things.{name}.until", **values),
        ]
        for name in KEPT
    ]
    st.table([dict(zip(columns, row, strict=True)) for row in rows], hide_index=True)
    st.markdown(view.say("privacy.leaves"))


def take_along(view: View, saved: Saved | None, kept: Access) -> None:
    """Everything of this plan as one file, put together when the button is pressed."""
    st.header(view.say("privacy.export"), anchor=False)
    st.markdown(view.say("privacy.export_note"))
    st.download_button(
        view.say("privacy.export_now"),
        partial(everything, view, saved, kept),
        f"plan-{view.on.isoformat()}.zip",
        "application/zip",
        on_click="ignore",
        key="export",
    )


def everything(view: View, saved: Saved | None, kept: Access) -> bytes:
    """The archive of the plan on the screen, with what the store holds of it."""
    if saved is None:
        return pack(view.plan, [], [], on=view.on)
    return pack_saved(kept, saved, view.plan, on=view.on)


def deletion(view: View) -> None:
    """Delete the plan, after it was said that this cannot be undone."""
    st.header(view.say("privacy.delete"), anchor=False)
    st.markdown(view.say("privacy.delete_note"))
    sure = st.checkbox(view.say("privacy.delete_sure"), key=f"sure_{view.state.epoch}")
    st.button(view.say("privacy.delete_now"), key="delete", disabled=not sure, on_click=on_screen.delete_open)


view = frame.current()
view.heading("privacy")
with view.problems_shown():
    kept = on_screen.store(view.settings)
    saved = view.state.saved
    who_sees(view)
    if saved is not None and view.visitor is not None and view.right == "own":
        share(view, saved, kept)
    what_is_kept(view)
    take_along(view, saved, kept)
    if saved is not None and view.right == "own":
        deletion(view)
view.next_step("overview")
