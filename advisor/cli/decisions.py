"""`advise` and `report`: what a plan file comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, command, option
from advisor.cli.files import read_text, write_text

if TYPE_CHECKING:
    from advisor.plan import Plan
    from advisor.report.model import ReportModel


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "advise")(advise)
    command(group, "report")(report)


def read_plan(file: Path) -> Plan:
    """A plan from its file."""
    from advisor.plan import from_yaml

    return from_yaml(read_text(file))


@click.argument("plan", type=FILE)
def advise(asked: Asked, plan: Path) -> None:
    """Recommend on the facts of the day asked for, whatever day the plan was made, and say what changed since."""
    from advisor.cli.check import changed_since, told
    from advisor.report.decision import Decision
    from advisor.report.voice import Voice

    kept = read_plan(plan)
    found = changed_since(asked, kept)
    voice = Voice(asked.language, asked.on)
    decision = Decision(replace(kept, evidence=found.evidence), found.advice, voice)
    said = [*decision.first_page().blocks, *decision.approaches().blocks]
    changes = [change.as_json() for change in found.changes]
    asked.answer(
        found.advice.as_json() | {"changes": changes},
        *screen.blocks(said, voice),
        *(told(asked, found) if changes else ()),
    )


@click.argument("plan", type=FILE)
@option(
    "--format",
    "form",
    type=click.Choice(["md", "html"]),
    default="md",
    show_default=True,
    help="report_format",
)
@option("--out", type=FILE, help="report_out")
def report(asked: Asked, plan: Path, form: str, out: Path | None) -> None:
    """Write the report to a file, or to the screen when none is named."""
    from advisor.report import build

    text = _renderer(form)(build(read_plan(plan), asked.language, asked.on))
    if out is not None:
        write_text(out, text)
        said = asked.say("cli.report.written", file=str(out))
        asked.answer({"file": str(out), "format": form, "language": asked.language}, said)
    elif asked.as_json:
        asked.answer({"format": form, "language": asked.language, "report": text})
    else:
        click.echo(text, nl=False)


def _renderer(form: str) -> Callable[[ReportModel], str]:
    from advisor.report import html, markdown

    return {"md": markdown.render, "html": html.render}[form]
