"""The whole plan as one document: read it here, take it away as HTML or Markdown, or take the plan itself."""

from __future__ import annotations

from base64 import b64encode

import streamlit as st

from advisor.language import LANGUAGES, Language
from advisor.pages import frame
from advisor.pages.frame import View
from advisor.report import build, html, markdown

FILLED_BY = {"cost": "cost", "dataset": "data", "baseline": "baseline", "model": "models"}
PREVIEW_HEIGHT = 900


def language(view: View) -> Language:
    """The language of the report: the reader's own, or the other one."""
    names = {code: view.say(f"report.page.languages.{code}") for code in LANGUAGES}
    chosen = st.segmented_control(
        view.say("report.page.language"),
        LANGUAGES,
        format_func=lambda code: names[code],
        default=view.language,
        required=True,
        key=f"report_language_{view.language}",
    )
    return chosen or view.language


def missing(view: View) -> None:
    """What the report could hold but does not yet, each with the page that fills it."""
    unanswered = [] if view.plan.answers else ["checklist"]
    pages = unanswered + [
        page for evidence, page in FILLED_BY.items() if not view.plan.evidence.get(evidence)
    ]
    if pages:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.caption(view.say("report.page.missing"), width="content")
            for page in pages:
                view.link(page)


def downloads(view: View, page: str, text: str, chosen: Language) -> None:
    """The report in both formats, and the plan that it was made from."""
    name = f"fine-tuning-report-{view.on.isoformat()}.{chosen}"
    files = (
        ("html", page, f"{name}.html", "text/html"),
        ("markdown", text, f"{name}.md", "text/markdown"),
        ("plan", view.plan.to_yaml(), f"plan-{view.on.isoformat()}.yaml", "application/yaml"),
    )
    with st.container(horizontal=True):
        for kind, body, file, mime in files:
            label = view.say(f"report.page.{kind}")
            st.download_button(
                label,
                body.encode("utf-8"),
                file,
                mime,
                type="primary" if kind == "html" else "secondary",
                on_click="ignore",
                key=f"save_{kind}",
            )
    st.caption(view.say("report.page.print"))


def preview(view: View, page: str) -> None:
    """The HTML file itself, as a data URL: no access to this app, and its own links stay inside it."""
    address = "data:text/html;charset=utf-8;base64," + b64encode(page.encode("utf-8")).decode("ascii")
    st.iframe(address, height=PREVIEW_HEIGHT, alt=view.say("report.page.preview"))


view = frame.current()
view.heading("report")
with view.problems_shown():
    chosen = language(view)
    report = build(view.plan, chosen, view.on)
    page = html.render(report)
    missing(view)
    downloads(view, page, markdown.render(report), chosen)
    preview(view, page)
