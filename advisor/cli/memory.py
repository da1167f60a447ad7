"""`memory`: what training or serving a model takes on a GPU, and which cards have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import Asked, Refused, command, option
from advisor.cli.files import read_text
from pricing import Problem

if TYPE_CHECKING:
    from advisor.memory import Setup


def add_to(group: click.Group) -> None:
    """Add this module's command."""
    command(group, "memory")(memory)


@click.argument("model", metavar="ID|CONFIG.json", required=False)
@option("--method", metavar="NAME", help="memory_method")
@option("--rank", type=int, default=16, show_default=True, help="memory_rank")
@option("--targets", default="all-linear", show_default=True, metavar="NAMES", help="memory_targets")
@option("--batch", type=int, help="memory_batch")
@option("--seq", type=int, help="memory_seq")
@option("--optimizer", default="adamw", show_default=True, metavar="NAME", help="memory_optimizer")
@option("--no-checkpointing", is_flag=True, help="memory_no_checkpointing")
@option("--attention", default="sdpa", show_default=True, metavar="NAME", help="memory_attention")
@option("--stack", default="hf", show_default=True, metavar="NAME", help="memory_stack")
@option("--loss", metavar="NAME", help="memory_loss")
@option("--gpu", metavar="CARD", help="memory_gpu")
@option("--tokens", type=click.IntRange(1), help="memory_tokens")
@option(
    "--epochs", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="memory_epochs"
)
@option("--cards", "list_cards", is_flag=True, help="memory_cards")
def memory(asked: Asked, /, model: str | None, list_cards: bool, **choices: Any) -> None:
    """Estimate one setup; exit 1 when the card named does not have the memory."""
    from advisor.answers.memory import Memory
    from advisor.memory.cards import card
    from pricing.book import price_book

    if list_cards:
        _list_cards(asked)
        return
    if model is None:
        raise click.MissingParameter(param_hint="ID|CONFIG.json", param_type="argument")
    config, name, parameters = _shape_of(asked, model)
    found = Memory.estimated(
        config,
        _setup(config, choices),
        model=name,
        parameters=parameters,
        card=card(choices["gpu"]) if choices["gpu"] else None,
        tokens=choices["tokens"],
        epochs=choices["epochs"],
        gpus=price_book(asked.settings.prices).gpus,
        on=asked.on,
    )
    screen.told(asked, found)
    if not found.fits_card:
        raise Refused


def _list_cards(asked: Asked) -> None:
    from advisor.memory.cards import cards

    rows = [one.model_dump(mode="json") for one in cards().values()]
    heads = [asked.say(f"cli.cards.{name}") for name in ("id", "name", "memory")]
    cells = [[row["id"], row["name"], f"{row['memory_gib']} GiB"] for row in rows]
    asked.answer({"cards": rows}, screen.table(heads, cells, [2]))


def _setup(config: Mapping[str, Any], choices: Mapping[str, Any]) -> Setup:
    """What was asked for, above how a model of this kind is usually trained."""
    from advisor.memory import usual_setup
    from advisor.models.shapes import shape

    names = ("method", "rank", "targets", "batch", "seq", "optimizer", "attention", "stack", "loss")
    given = {name: choices[name] for name in names if choices[name] is not None}
    if choices["no_checkpointing"]:
        given["checkpointing"] = False
    return replace(usual_setup(shape(config)), **given)


def _shape_of(asked: Asked, model: str) -> tuple[Mapping[str, Any], str | None, int | None]:
    """A config.json, its name and the published number of parameters: from a file, or looked up."""
    file = Path(model)
    if model.endswith(".json") or file.is_file():
        return _read_config(file), None, None
    from advisor import hub

    facts = hub.look_up(model, on=asked.on, **asked.settings.hub)
    if not facts.config:
        raise Problem("model_shape_unknown", model=model)
    return facts.config, facts.id, facts.parameters


def _read_config(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(read_text(file))
    except (ValueError, RecursionError) as error:
        if isinstance(error, Problem):
            raise
        raise Problem("config_unreadable", file=str(file)) from error
    if not isinstance(found, dict):
        raise Problem("config_unreadable", file=str(file))
    return found
