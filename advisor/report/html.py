"""The report as one HTML file that asks nothing of the network: style and charts are inside."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from advisor.language import Language
from advisor.report import charts
from advisor.show.blocks import BarChart, LineChart, ReportModel


def render(report: ReportModel) -> str:
    """A whole page; every string of the report is escaped, and only http(s) addresses become links."""
    return _template().render(report=report)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["draw"] = _drawn
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.tests["web_address"] = lambda url: url.startswith(("https://", "http://"))
    return environment.get_template("report.html.jinja")


def _drawn(chart: BarChart | LineChart, language: Language) -> Markup:
    return Markup(charts.draw(chart, language))  # noqa: S704 - the chart writer escapes every label
