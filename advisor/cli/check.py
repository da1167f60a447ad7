"""`check`: whether a decision kept in a plan file still stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, Refused, command
from advisor.cli.files import read_plan
from pricing import Problem

if TYPE_CHECKING:
    from advisor.models import ModelReport
    from advisor.plan import Plan
    from advisor.plan.drift import Drift


def add_to(group: click.Group) -> None:
    """Add this module's command."""
    command(group, "check")(check)


@click.argument("plan", type=FILE)
def check(asked: Asked, plan: Path) -> None:
    """Ask a plan again on the facts of the day; exit code 1 when the decision is affected."""
    from advisor.plan.drift import blocks

    found = changed_since(asked, read_plan(plan))
    asked.answer(found.as_json(), *screen.blocks(blocks(found, asked.voice), asked.voice))
    if found.affects_decision:
        raise Refused


def changed_since(asked: Asked, plan: Plan) -> Drift:
    """The plan on the day asked for, with the Hub's word on its model where it can be had."""
    from advisor.plan.drift import drift
    from pricing.book import price_book

    return drift(plan, asked.on, price_book(asked.settings.prices), hub_facts(asked))


def hub_facts(asked: Asked) -> Callable[[str], ModelReport | None]:
    """What the Hub says of a model today; None where it cannot be had."""
    from advisor import hub

    def look_up(model: str) -> ModelReport | None:
        try:
            return hub.report(model, on=asked.on, **asked.settings.hub)
        except Problem:
            return None

    return look_up
