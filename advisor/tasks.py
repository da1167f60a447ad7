"""The ten kinds of task: how easy their data and measuring are, what measures them, and what the measures miss."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from advisor.language import Text
from pricing import Problem
from pricing.sources import Record, read_records

FILE = Path(__file__).parent / "data" / "tasks.yaml"

Ease = Literal["easy", "medium", "hard"]
Judge = Literal["automatic", "likert", "pairwise", "ensemble"]


class Metric(Record):
    """A usual measure of a task, and what it does not see."""

    id: str
    name: Text
    blind_spot: Text


class Task(Record):
    """One kind of task. `difficulty` follows from how easy data and evaluation are; `because` says how."""

    id: str
    name: Text
    means: Text
    data_ease: Ease
    data_reason: Text
    evaluation_ease: Ease
    evaluation_reason: Text
    difficulty: Ease
    because: Text
    metrics: tuple[Metric, ...]
    baseline: Text
    baselines_task: str
    judges: tuple[Judge, ...]
    judge_reason: Text
    instruction_tuning: Text
    sources: tuple[str, ...]


@cache
def tasks() -> Mapping[str, Task]:
    """The task guide by task id; an id given twice is a Problem.

    >>> tasks()["summarisation"].difficulty
    'hard'
    """
    found: dict[str, Task] = {}
    for task in read_records(FILE, Task):
        if task.id in found:
            raise Problem("task_twice", task=task.id)
        found[task.id] = task
    return found
