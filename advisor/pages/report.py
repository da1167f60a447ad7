"""The whole plan as one document: read it here, take it away in the format you need, or take the plan itself."""

from __future__ import annotations

from base64 import b64encode
from functools import partial

import streamlit as st

from advisor.language import LANGUAGES, Language
from advisor.pages import frame
from advisor.pages.frame import View
from advisor.report import ReportModel, build, html
from advisor.report.formats import MEDIA_TYPES, write
from pricing.book import price_book

FILLED_BY = {"cost": "cost", "dataset": "data", "baseline": "baseline", "model": "models"}
PREVIEW_HEIGHT = 900
# The name of each button's phrase, and the format it saves.
FORMATS = {"html": "html", "pdf": "pdf", "docx": "docx", "xlsx": "xlsx", "markdown": "md"}


def language(view: View) -> Language:
    """The language of the report: the reader's own, or the other one."""
    names = {code: view.say(f"report.page.languages.{code}") for code in LANGUAGES}
    chosen = st.segmented_control(
        view.say("report.page.language"),
        LANGUAGES,
        format_func=names.__getitem__,
        default=view.language,
        required=True,
        key=f"report_language_{view.language}",
    )
    return chosen or view.language


def missing(view: View) -> None:
    """What the report could hold but does not yet, each with the page that fills it."""
    pages = [page for evidence, page in FILLED_BY.items() if not view.plan.evidence.get(evidence)]
    if not view.plan.answers:
        pages.insert(0, "checklist")
    if pages:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.caption(view.say("report.page.missing"), width="content")
            for page in pages:
                view.link(page)


def downloads(view: View, report: ReportModel) -> None:
    """The report in every format, each written when its button is pressed, and the plan that it was made from."""
    name = f"fine-tuning-report-{view.on.isoformat()}.{report.language}"
    with st.container(horizontal=True):
        for kind, form in FORMATS.items():
            st.download_button(
                view.say(f"report.page.{kind}"),
                partial(content, report, form),
                f"{name}.{form}",
                MEDIA_TYPES[form],
                type="primary" if kind == "html" else "secondary",
                on_click="ignore",
                key=f"save_{kind}",
            )
        st.download_button(
            view.say("report.page.plan"),
            view.plan.to_yaml().encode("utf-8"),
            f"plan-{view.on.isoformat()}.yaml",
            "application/yaml",
            on_click="ignore",
            key="save_plan",
        )


def content(report: ReportModel, form: str) -> bytes:
    """The file behind a download button."""
    return write(report, form).content


def preview(view: View, page: str) -> None:
    """The HTML file itself, as a data URL: no access to this app, and its own links stay inside it."""
    address = "data:text/html;charset=utf-8;base64," + b64encode(page.encode("utf-8")).decode("ascii")
    st.iframe(address, height=PREVIEW_HEIGHT, alt=view.say("report.page.preview"))


view = frame.current()
view.heading("report")
with view.problems_shown():
    chosen = language(view)
    report = build(view.plan, chosen, view.on, price_book(view.settings.prices))
    missing(view)
    downloads(view, report)
    preview(view, html.render(report))
