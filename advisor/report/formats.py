"""Every format that a report is written in, each loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.show.blocks import File, ReportModel

OFFICE = "application/vnd.openxmlformats-officedocument"
# What a file's name ends in, and the media type that a browser is told.
MEDIA_TYPES: Mapping[str, str] = {
    "md": "text/markdown",
    "html": "text/html",
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
}
TEXTS = frozenset({"md", "html"})


def write(report: ReportModel, form: str) -> File:
    """The report in one of `MEDIA_TYPES`; texts are UTF-8.

    >>> from datetime import date
    >>> from advisor.show.blocks import Section
    >>> empty = ReportModel("Why", "", "en", date(2026, 11, 22), "", Section("decision", "", ()), ())
    >>> write(empty, "md").content[:5]
    b'# Why'
    """
    match form:
        case "md":
            from advisor.report import markdown

            return File(markdown.render(report).encode("utf-8"))
        case "html":
            from advisor.report import html

            return File(html.render(report).encode("utf-8"))
        case "pdf":
            from advisor.report import pdf

            return pdf.render(report)
        case "docx":
            from advisor.report import word

            return File(word.render(report))
        case "xlsx":
            from advisor.report import excel

            return File(excel.render(report))
        case _:
            raise KeyError(form)
