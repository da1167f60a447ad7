"""`kit`: what a plan's training needs to be run, as a folder or an archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, command, option
from advisor.cli.files import open_table, read_plan, write_bytes
from pricing import Problem

if TYPE_CHECKING:
    from advisor.plan import Plan
    from advisor.training import Kit
    from advisor.training.choice import OpenModel
    from baselines.table import Table

ARCHIVE = ".zip"


def add_to(group: click.Group) -> None:
    """Add this module's command."""
    command(group, "kit")(kit)


@click.argument("plan", type=FILE)
@option("--route", metavar="NAME", help="kit_route")
@option("--out", type=FILE, metavar="DIR|FILE.zip", required=True, help="kit_out")
@option("--offer", metavar="PROVIDER/NAME", help="kit_offer")
@option("--customer", type=click.Choice(["new", "existing"]), help="kit_customer")
@option("--model", metavar="ID", help="kit_model")
@option("--method", metavar="NAME", help="kit_method")
@option("--epochs", type=int, help="tokens_epochs")
@option("--data", type=FILE, help="kit_data")
@option("--input", metavar="COL", help="prepare_input")
@option("--output", metavar="COL", help="prepare_output")
def kit(asked: Asked, /, plan: Path, out: Path, data: Path | None, **choices: Any) -> None:
    """Write a plan's launch kit; an offer that is closed on the day makes none."""
    kept = read_plan(plan)
    made = _made(asked, kept, _table(kept, data), choices)
    if out.suffix.lower() == ARCHIVE:
        write_bytes(out, made.zip())
    else:
        made.write(out)
    asked.answer(made.as_json() | {"out": str(out)}, *_said(asked, made, out))


def _made(asked: Asked, plan: Plan, table: Table, choices: Mapping[str, Any]) -> Kit:
    from advisor.training import build_kit, customer_of
    from advisor.training.choice import chosen
    from advisor.training.routes import route_of
    from advisor.training.source_data import criteria_of, prepared_for
    from pricing.book import price_book

    names = ("route", "offer", "model", "method", "epochs")
    choice = chosen(plan, **{name: choices[name] for name in names})
    prepared = prepared_for(plan, table, input=choices["input"], output=choices["output"])
    return build_kit(
        choice,
        prepared,
        title=plan.title.say(plan.language),
        language=plan.language,
        on=asked.on,
        book=price_book(asked.settings.prices),
        customer=choices["customer"] or customer_of(route_of(choice.route), plan.customer),
        model=_open_model(asked, choice.model) if choice.model else None,
        criteria=criteria_of(plan, plan.language),
    )


def _table(plan: Plan, data: Path | None) -> Table:
    """The file named, else the example that the plan works on; a plan file does not hold what was uploaded."""
    from advisor.dataset import EXAMPLES, example_file
    from baselines.reading import read_table

    if data is not None:
        return open_table(data)
    kept = plan.get("inputs.data.file")
    example = kept.get("example") if isinstance(kept, Mapping) else None
    if example not in EXAMPLES:
        raise Problem("kit_data_needed")
    name, body = example_file(str(example))
    return read_table(body, name)


def _open_model(asked: Asked, model: str) -> OpenModel:
    """What is known of the model; nothing but its name where it cannot be looked up."""
    from advisor import hub
    from advisor.training.choice import OpenModel

    try:
        found = hub.look_up(model, on=asked.on, **asked.settings.hub)
    except Problem:
        return OpenModel(model)
    return OpenModel(model, found.config, found.parameters)


def _said(asked: Asked, made: Kit, out: Path) -> list[str]:
    from advisor.training.readme import expected_lines, why, written

    heads = [asked.say(f"training.column.{name}") for name in ("setting", "value", "why")]
    rows = [[one.id, written(one), why(one, asked.language)] for one in made.settings]
    return [
        asked.say("cli.kit.written", out=str(out), files=len(made.files)),
        screen.bullets(expected_lines(made.expected, asked.language)),
        screen.table(heads, rows),
        asked.say("cli.kit.next"),
    ]
