"""`model` and `models search`: what the Hub, its cache or the shipped snapshot says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import Asked, SpokenGroup, command, option
from advisor.language import problem
from pricing import Problem

if TYPE_CHECKING:
    from advisor.models import ModelFacts

LICENCE_CLASSES = (
    "permissive", "copyleft", "use_restricted", "community", "restricted", "non_commercial", "unclear"
)  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", re.IGNORECASE)
_TIMES = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "model")(model)
    models = SpokenGroup("models", help="cli.help.models")
    group.add_command(models)
    command(models, "search")(search)


@click.argument("id")
def model(asked: Asked, id: str) -> None:
    """Look one model up; what could not be asked in time is said to be missing."""
    from advisor import hub
    from advisor.answers.model import Model

    found = hub.report(id, on=asked.on, **asked.settings.hub)
    trouble = found.facts.trouble
    note = problem(trouble.problem(), asked.language) if trouble else ""
    screen.told(asked, Model.of(found), note)


@click.argument("words", nargs=-1)
@option("--language", metavar="CODE", help="search_language")
@option("--licence", type=click.Choice(LICENCE_CLASSES), help="search_licence")
@option("--min", "smallest", metavar="SIZE", help="search_min")
@option("--max", "largest", metavar="SIZE", help="search_max")
@option("--task", metavar="TASK", help="search_task")
@option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="search_limit")
def search(asked: Asked, /, words: tuple[str, ...], limit: int, **wishes: Any) -> None:
    """Search by words and wishes; without a network, among the shipped models."""
    from advisor import hub

    wanted = hub.Wanted(
        words=" ".join(words),
        language=wishes["language"],
        licence_class=wishes["licence"],
        smallest=_parameters("--min", wishes["smallest"]),
        largest=_parameters("--max", wishes["largest"]),
        task=wishes["task"],
    )
    around = asked.settings
    found, trouble = hub.search(
        wanted,
        on=asked.on,
        endpoint=around.hub_endpoint,
        token=around.hub_token,
        offline=around.hub_offline,
        limit=limit,
    )
    note = problem(trouble.problem(), asked.language) if trouble else ""
    rows = [_row(facts) for facts in found]
    asked.answer({"models": rows, "trouble": trouble.id if trouble else None}, note, _listing(asked, rows))


def _parameters(name: str, given: str | None) -> int | None:
    """A size as people write it, such as `7B` or `350M`."""
    if given is None:
        return None
    match = _SIZE.fullmatch(given.strip())
    if match is None:
        raise Problem("size_unreadable", name=name, found=given)
    return int(float(match[1]) * _TIMES[match[2].lower()])


def _row(facts: ModelFacts) -> dict[str, Any]:
    return {
        "id": facts.id,
        "licence": " + ".join(facts.licences) or None,
        "parameters": facts.parameter_count(),
        "languages": list(facts.languages),
        "task": facts.task,
        "source": facts.origin,
        "checked": facts.source.checked.isoformat(),
    }


def _listing(asked: Asked, rows: list[dict[str, Any]]) -> str:

    if not rows:
        return asked.say("cli.search.none")
    voice = asked.voice
    heads = [
        asked.say(f"cli.search.{name}") for name in ("id", "licence", "parameters", "languages", "checked")
    ]
    cells = [
        [
            row["id"],
            row["licence"] or asked.say("cli.unknown"),
            voice.number(row["parameters"]),
            voice.listing(row["languages"][:6]),
            voice.day(row["checked"]),
        ]
        for row in rows
    ]
    return screen.table(heads, cells, [2])
