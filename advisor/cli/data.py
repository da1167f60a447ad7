"""`baseline`: what small models reach on a labelled table."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import screen
from advisor.cli.asked import FILE, Asked, command, option
from pricing import Problem

if TYPE_CHECKING:
    from baselines.dataset import LabelledTexts


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "baseline")(baseline)


@click.argument("file", type=FILE)
@option("--text", metavar="COL", required=True, help="baseline_text")
@option("--label", metavar="COL", required=True, help="baseline_label")
@option("--text2", metavar="COL", help="baseline_text2")
@option("--task", metavar="TASK", help="baseline_task")
@option("--target", type=float, help="baseline_target")
@option("--metric", metavar="METRIC", help="baseline_metric")
@option("--test", type=FILE, help="baseline_test")
@option(
    "--rungs", type=click.Choice(["quick", "all"]), default="quick", show_default=True, help="baseline_rungs"
)
@option("--llm-cost-per-request", metavar="USD", help="baseline_llm_cost")
@option("--error-cost", metavar="USD", help="baseline_error_cost")
@option("--seed", type=int, default=42, show_default=True, help="baseline_seed")
def baseline(asked: Asked, /, file: Path, text: str, label: str, text2: str | None, **choices: Any) -> None:
    """Climb the ladder of baselines on a labelled table, in this process."""
    calm_threads()
    from advisor.report.scores import baseline as said
    from advisor.report.voice import Voice
    from baselines.run import run_baseline

    test = choices["test"]
    found = run_baseline(
        _rows(file, text, label, text2),
        task=choices["task"],
        target=_target(choices["target"], choices["metric"]),
        test=_rows(test, text, label, text2) if test else None,
        rungs=choices["rungs"],
        llm_cost_per_request=_dollars("--llm-cost-per-request", choices["llm_cost_per_request"]),
        error_cost=_dollars("--error-cost", choices["error_cost"]),
        seed=choices["seed"],
    )
    answer = found.as_json()
    voice = Voice(asked.language, asked.on)
    asked.answer(answer, *([] if asked.as_json else screen.blocks(said(answer, voice), voice)))


def calm_threads() -> None:
    """OpenMP threads that wait by spinning make one fit on a busy machine up to forty times slower."""
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["OMP_NUM_THREADS"] = "1"


def _rows(file: Path, text: str, label: str, text2: str | None) -> LabelledTexts:
    from advisor.cli.money import no_limits
    from baselines.dataset import LabelledTexts
    from baselines.table import read_table

    return LabelledTexts.from_table(read_table(file, file.name, limits=no_limits()), text, label, text2)


def _target(value: float | None, metric: str | None) -> Any:
    from baselines.verdict import Target

    if value is None:
        if metric is not None:
            raise Problem("metric_without_target", metric=metric)
        return None
    return Target(metric or "macro_f1", value)


def _dollars(name: str, given: str | None) -> Decimal | None:
    from pricing import typed

    return None if given is None else typed.amount(given, name)
