"""What jobs may be asked for, and what each of them may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Lane = Literal["quick", "long"]

MB = 2**20
# Two long jobs would take both cores of a small server from its visitors.
LANES: Mapping[Lane, int] = {"quick": 2, "long": max(1, min(4, (os.cpu_count() or 2) // 2))}


@dataclass(frozen=True)
class Allowance:
    """What a job may use. Memory is address space, which the libraries alone fill to about 500 MB."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: int


@dataclass(frozen=True)
class Entry:
    """Work that may be asked for: `module:function`, a function of (params, files, report)."""

    target: str
    allowance: Allowance
    lane: Lane = "long"


ENTRIES: Mapping[str, Entry] = {
    "baseline": Entry("advisor.jobs.entries:baseline", Allowance(4096 * MB, 1800, 3600)),
    "describe": Entry("advisor.jobs.entries:describe", Allowance(3072 * MB, 300, 600)),
    "read_table": Entry("advisor.jobs.entries:read", Allowance(1024 * MB, 10, 20), lane="quick"),
}
