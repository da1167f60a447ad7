"""What others reached on public tasks of the same kind: context for a team's scores, with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from advisor.language import Language, Text
from pricing.sources import Record, Source, read_records

FILE = Path(__file__).parent / "data" / "reference_scores.yaml"
Kind = Literal["human", "fine_tuned", "llm", "embedding", "small_model"]


class ReferenceScore(Record):
    """One system's score on a public task."""

    system: str
    kind: Kind
    value: float = Field(gt=0, le=1)
    source: Source


class PublicTask(Record):
    """A public task that many can be compared on; `task` is the id that baselines use."""

    id: str
    task: str
    language: Language
    name: Text
    metric: str
    scores: tuple[ReferenceScore, ...] = Field(min_length=1)


@cache
def public_tasks() -> tuple[PublicTask, ...]:
    """Every public task of the file.

    >>> {task.id for task in public_tasks()} >= {"jnli", "sib200_ja"}
    True
    """
    return tuple(read_records(FILE, PublicTask))


def similar(task: str) -> tuple[PublicTask, ...]:
    """Public tasks of the same kind."""
    return tuple(public for public in public_tasks() if public.task == task)
