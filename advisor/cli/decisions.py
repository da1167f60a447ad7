"""`advise` and `report`: what a plan file comes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, command, option
from advisor.cli.check import changed_since, hub_facts
from advisor.cli.files import read_plan, write_bytes
from advisor.report.formats import MEDIA_TYPES, TEXTS, write
from advisor.show.blocks import File
from pricing import Problem

if TYPE_CHECKING:
    from advisor.plan import Plan


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "advise")(advise)
    command(group, "report")(report)


@click.argument("plan", type=FILE)
def advise(asked: Asked, plan: Path) -> None:
    """Recommend on the facts of the day asked for, whatever day the plan was made, and say what changed since."""
    from advisor.answers.advise import Advise
    from advisor.plan.drift import blocks
    from advisor.report.decision import Decision

    kept = read_plan(plan)
    found = changed_since(asked, kept)
    voice = asked.voice
    decision = Decision(replace(kept, evidence=found.evidence), found.advice, voice)
    said = [*decision.first_page().blocks, *decision.approaches().blocks]
    changes = [change.as_json() for change in found.changes]
    asked.answer(
        Advise.model_validate(found.advice).as_json() | {"changes": changes},
        *screen.blocks(said, voice),
        *screen.blocks(blocks(found, asked.voice) if changes else (), asked.voice),
    )


@click.argument("plan", type=FILE)
@option(
    "--format",
    "form",
    type=click.Choice([*MEDIA_TYPES, "yaml"]),
    default="md",
    show_default=True,
    help="report_format",
)
@option("--out", type=FILE, help="report_out")
def report(asked: Asked, plan: Path, form: str, out: Path | None) -> None:
    """Write the report to a file, or a text to the screen when none is named."""
    if out is None and form not in {*TEXTS, "yaml"}:
        raise Problem("report_needs_file", format=form)
    written = _written(asked, read_plan(plan), form)
    if out is not None:
        write_bytes(out, written.content)
        said = [asked.say("cli.report.written", file=str(out))]
        if written.lacking:
            said.append(asked.say("cli.report.lacking", characters=" ".join(written.lacking)))
        shape = {"file": str(out), "format": form, "language": asked.language, "lacking": written.lacking}
        asked.answer(shape, *said)
    elif asked.as_json:
        asked.answer({"format": form, "language": asked.language, "report": written.content.decode()})
    else:
        click.echo(written.content.decode(), nl=False)


def _written(asked: Asked, plan: Plan, form: str) -> File:
    """A report in its format; YAML is the plan itself, from which any report can be made again."""
    from advisor.report import build
    from pricing.book import price_book

    if form == "yaml":
        return File(plan.to_yaml().encode("utf-8"))
    return write(
        build(plan, asked.language, asked.on, price_book(asked.settings.prices), hub_facts(asked)), form
    )
