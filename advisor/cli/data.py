"""`baseline`: what the team's own rows say."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from advisor.cli import labelled, screen
from advisor.cli.asked import FILE, Asked, command, option
from pricing import Problem


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
    from advisor.report.scores import baseline as said
    from advisor.report.voice import Voice
    from baselines.chunks import encodings, read_chunks
    from baselines.money import Money
    from baselines.run import run_baseline
    from baselines.script import script
    from baselines.streaming import stream_baseline
    from baselines.tasks import likely_task

    files, test, save = labelled.matching(file), choices["test"], choices["save"]
    if save is not None and save.exists() and (not save.is_dir() or any(save.iterdir())):
        raise Problem("save_not_empty", folder=str(save))
    llm_cost = _dollars("--llm-cost-per-request", choices["llm_cost_per_request"])
    error_cost = _dollars("--error-cost", choices["error_cost"])
    cpu_hour = _dollars("--cpu-hour", choices["cpu_hour"]) or Decimal(0)
    cluster = choices["cluster"]
    if cluster is None and labelled.is_streamed(files, text, label, text2, choices["task"]):
        found = stream_baseline(
            lambda: read_chunks(files, text, label),
            _target(choices["target"], choices["metric"]),
            test=(lambda: read_chunks(labelled.matching(test), text, label)) if test else None,
            money=Money(llm_cost, error_cost, cpu_hour),
            encodings=encodings(files),
            seed=choices["seed"],
            report=labelled.progress(asked),
        )
    else:
        rows = labelled.rows(files, text, label, text2, choices["label2"])
        task = choices["task"] or likely_task(rows.without_empty_rows())
        with labelled.workers(cluster) as workers:
            found = run_baseline(
                rows,
                task=task,
                target=_target(choices["target"], choices["metric"], task),
                test=labelled.rows(labelled.matching(test), text, label, text2) if test else None,
                hold_out=choices["hold_out"],
                rungs=choices["rungs"],
                llm_cost_per_request=llm_cost,
                error_cost=error_cost,
                cpu_hour=cpu_hour,
                seed=choices["seed"],
                report=labelled.progress(asked) if cluster else None,
                workers=workers,
            )
    if save is not None:
        if found.takeaway is None:
            raise Problem("nothing_to_save")
        found.takeaway.write(save)
        source = script(found.as_json(), file.name, text, label, text2)
        (save / "baseline.py").write_text(source, encoding="utf-8")
    answer = found.as_json()
    voice = Voice(asked.language, asked.on)
    asked.answer(answer, *([] if asked.as_json else screen.blocks(said(answer, voice), voice)))


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
