"""`baseline`: what the team's own rows say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli import labelled, screen
from advisor.cli.asked import FILE, Asked, command, option
from pricing import Problem

if TYPE_CHECKING:
    from baselines.money import Money
    from baselines.run import BaselineReport


def add_to(group: click.Group) -> None:
    """Add this module's commands."""
    command(group, "baseline")(baseline)


@click.argument("file", type=FILE)
@option("--text", metavar="COL", required=True, help="baseline_text")
@option("--label", metavar="COL", required=True, help="baseline_label")
@option("--text2", metavar="COL", help="baseline_text2")
@option("--label2", metavar="COL", help="baseline_label2")
@option("--task", metavar="TASK", help="baseline_task")
@option("--target", type=float, help="baseline_target")
@option("--metric", metavar="METRIC", help="baseline_metric")
@option("--test", type=FILE, help="baseline_test")
@option("--hold-out", metavar="SHARE", type=float, help="baseline_hold_out")
@option(
    "--rungs", type=click.Choice(["quick", "all"]), default="quick", show_default=True, help="baseline_rungs"
)
@option("--llm-cost-per-request", metavar="USD", help="baseline_llm_cost")
@option("--error-cost", metavar="USD", help="baseline_error_cost")
@option("--cpu-hour", metavar="USD", default="0.05", show_default=True, help="baseline_cpu_hour")
@option("--save", metavar="DIR", type=FILE, help="baseline_save")
@option("--cluster", metavar="ADDRESS", help="baseline_cluster")
@option("--seed", type=int, default=42, show_default=True, help="baseline_seed")
def baseline(asked: Asked, /, file: Path, text: str, label: str, text2: str | None, **choices: Any) -> None:
    """Climb the ladder of baselines on a labelled table, in this process."""
    calm_threads()
    from advisor.answers.baseline import Baseline

    files, save = labelled.matching(file), choices["save"]
    if save is not None and save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise Problem("save_not_empty", folder=str(save))
    money, on_cluster = _money(choices), choices["cluster"] is not None
    if on_cluster or not labelled.is_streamed(files, text, label, text2, choices["task"]):
        found = _climbed(asked, files, (text, label, text2), money, choices)
    else:
        found = _streamed(asked, files, (text, label), money, choices)
    answer = Baseline.of(found)
    if save is not None:
        if found.takeaway is None:
            raise Problem("nothing_to_save")
        found.takeaway.write(save)
        (save / "baseline.py").write_text(answer.script(file.name, text, label, text2), encoding="utf-8")
    screen.told(asked, answer)


def _streamed(
    asked: Asked, files: Sequence[Path], columns: tuple[str, str], money: Money, choices: Mapping[str, Any]
) -> BaselineReport:
    """The report on files too large to be held, read a piece at a time."""
    from baselines.chunks import encodings, read_chunks
    from baselines.streaming import stream_baseline

    test = choices["test"]
    return stream_baseline(
        lambda: read_chunks(files, *columns),
        _target(choices["target"], choices["metric"]),
        test=(lambda: read_chunks(labelled.matching(test), *columns)) if test else None,
        money=money,
        encodings=encodings(files),
        seed=choices["seed"],
        report=labelled.progress(asked),
    )


def _climbed(
    asked: Asked,
    files: Sequence[Path],
    columns: tuple[str, str, str | None],
    money: Money,
    choices: Mapping[str, Any],
) -> BaselineReport:
    """The report on rows held in memory, on this machine or on the workers of a cluster."""
    from baselines.run import run_baseline
    from baselines.tasks import likely_task

    rows = labelled.rows(files, *columns, choices["label2"])
    task = choices["task"] or likely_task(rows.without_empty_rows())
    test, cluster = choices["test"], choices["cluster"]
    with labelled.workers(cluster) as workers:
        return run_baseline(
            rows,
            task=task,
            target=_target(choices["target"], choices["metric"], task),
            test=labelled.rows(labelled.matching(test), *columns) if test else None,
            hold_out=choices["hold_out"],
            rungs=choices["rungs"],
            llm_cost_per_request=money.llm_request,
            error_cost=money.error,
            cpu_hour=money.cpu_hour,
            seed=choices["seed"],
            report=labelled.progress(asked) if cluster else None,
            workers=workers,
        )


def _money(choices: Mapping[str, Any]) -> Money:
    from baselines.money import Money

    return Money(
        _dollars("--llm-cost-per-request", choices["llm_cost_per_request"]),
        _dollars("--error-cost", choices["error_cost"]),
        _dollars("--cpu-hour", choices["cpu_hour"]) or Decimal(0),
    )


def calm_threads() -> None:
    """OpenMP threads that wait by spinning make one fit on a busy machine up to forty times slower."""
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["OMP_NUM_THREADS"] = "1"


def _target(value: float | None, metric: str | None, task: str = "classification") -> Any:
    from baselines.tasks import TASKS, usual_metric
    from baselines.verdict import Target

    if value is None:
        if metric is not None:
            raise Problem("metric_without_target", metric=metric)
        return None
    return Target(metric or (usual_metric(task) if task in TASKS else "macro_f1"), value)


def _dollars(name: str, given: str | None) -> Decimal | None:
    from pricing import typed

    return None if given is None else typed.amount(given, name)
