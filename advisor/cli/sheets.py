"""`prepare`, `evaluate`, `pairwise`: training files made of the team's rows, and what scores and choices prove."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, Refused, command, option
from advisor.cli.files import open_table

FORMATS = ("chat", "completion", "dpo", "alpaca", "sharegpt")


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "prepare")(prepare)
    command(group, "evaluate")(evaluate)
    command(group, "pairwise")(pairwise)


@click.argument("file", type=FILE)
@option("--out", type=FILE, required=True, metavar="DIR", help="prepare_out")
@option("--input", metavar="COL", required=True, help="prepare_input")
@option("--output", metavar="COL", required=True, help="prepare_output")
@option("--rejected", metavar="COL", help="prepare_rejected")
@option("--system", metavar="TEXT", default="", help="prepare_system")
@option("--group", metavar="COL", help="prepare_group")
@option("--stratify", metavar="COL", help="prepare_stratify")
@option("--split", default="0.7/0.15/0.15", show_default=True, metavar="A/B/C", help="prepare_split")
@option("--seed", type=int, default=42, show_default=True, help="baseline_seed")
@option("--drop", metavar="FINDING", multiple=True, help="prepare_drop")
@option("--model", metavar="MODEL", help="prepare_model")
@option("--token-limit", type=int, metavar="N", help="prepare_token_limit")
@option("--doubt-labels", is_flag=True, help="prepare_doubt_labels")
@option(
    "--format", "form", type=click.Choice(FORMATS), default="chat", show_default=True, help="prepare_format"
)
def prepare(asked: Asked, /, file: Path, out: Path, split: str, seed: int, form: str, **wishes: Any) -> None:
    """Split a table into training files and check them; every row is kept but those of findings to drop."""
    from advisor.answers.preparation import Preparation
    from advisor.preparation import Columns
    from advisor.preparation import prepare as made_from

    drop = [name.strip() for given in wishes.pop("drop") for name in given.split(",") if name.strip()]
    checks = {name: wishes.pop(name) for name in ("model", "token_limit", "doubt_labels")}
    columns = Columns(**wishes)
    made = made_from(open_table(file), columns, split=split, format=form, seed=seed, drop=drop, **checks)
    answer = Preparation.of(made, made.write(out))
    screen.told(asked, answer)


@click.argument("scores", type=FILE)
@option("--target", metavar="RATE", help="evaluate_target")
@option("--system", metavar="NAME", help="evaluate_system")
@option("--before", type=FILE, metavar="SCORES", help="evaluate_before")
@option(
    "--margin", type=click.FloatRange(0, 1), default=0.05, show_default=True, metavar="SHARE",
    help="evaluate_margin",
)  # fmt: skip
@option("--pass-mark", type=float, help="evaluate_pass_mark")
@option("--seed", type=int, default=42, show_default=True, help="baseline_seed")
def evaluate(
    asked: Asked, /, scores: Path, target: str | None, system: str | None, before: Path | None, **wishes: Any
) -> None:
    """Say what a sheet of scores proves; exit 1 when a target is refuted."""
    from advisor.evaluation import Targets, before_and_after
    from advisor.evaluation import evaluate as judge
    from advisor.evaluation.scoresheets import read_score_sheet

    targets = Targets.parse(target) if target is not None else Targets()
    sheet = read_score_sheet(open_table(scores))
    if before is not None:
        sheet = before_and_after(read_score_sheet(open_table(before)), sheet)
    found = judge(sheet, targets=targets, system=system, **wishes)
    screen.told(asked, found)
    if found.verdict == "refuted":
        raise Refused


@click.argument("choices", type=FILE)
def pairwise(asked: Asked, choices: Path) -> None:
    """Say what pairwise choices prove, with each pair shown in both orders."""
    from advisor.evaluation.pairwise import read_pairwise

    screen.told(asked, read_pairwise(open_table(choices)))
