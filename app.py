"""The frame and router: language, the open plan, and the pages in the order of the work.

streamlit run app.py
"""

from __future__ import annotations

import streamlit as st

from advisor.pages import PAGES, frame, on_screen, sidebar, sign_in

st.set_page_config(page_title="Fine-tuning Advisor", page_icon="🧭", layout="wide")
sidebar.readable()
sidebar.language_switch()
if not sign_in.passed(frame.current()):
    st.stop()
on_screen.follow_address()
view = frame.current()
page = st.navigation(
    {
        view.say(f"common.sections.{section}"): [
            st.Page(
                entry.file,
                title=view.say(f"common.pages.{entry.name}"),
                icon=entry.icon,
                help=view.say(f"{entry.name}.purpose"),
                url_path=entry.name,
                default=entry is PAGES[0],
            )
            for entry in PAGES
            if entry.section == section
        ]
        for section in dict.fromkeys(entry.section for entry in PAGES)
    },
    expanded=True,
)
sidebar.plan_menu(view)
sidebar.notices(view)
page.run()
on_screen.follow_address()
