"""What jobs may be asked for, and what each of them may use."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Lane = Literal["quick", "long", "network"]

MB = 2**20
# Two long jobs would take both cores of a small server from its visitors.
LANES: Mapping[Lane, int] = {"quick": 2, "long": max(1, min(4, (os.cpu_count() or 2) // 2)), "network": 2}
# How to reach the outside from within a company; a child that asks nobody is told none of it.
NETWORK = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip


@dataclass(frozen=True)
class Allowance:
    """What a job may use. Memory is address space, which the libraries alone fill to about 500 MB."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: int


@dataclass(frozen=True)
class Entry:
    """Work that may be asked for: `module:function`, a function of (params, files, report).

    `environment` names what its child is told of the server's surroundings beyond what every child needs. With
    `secret` the function takes one more argument, which is handed over on the child's stdin and kept nowhere.
    """

    target: str
    allowance: Allowance
    lane: Lane = "long"
    environment: tuple[str, ...] = ()
    secret: bool = False


ENTRIES: Mapping[str, Entry] = {
    "baseline": Entry("advisor.jobs.entries:baseline", Allowance(4096 * MB, 1800, 3600)),
    "score_answers": Entry("advisor.jobs.entries:score_answers", Allowance(4096 * MB, 1800, 3600)),
    "describe": Entry("advisor.jobs.entries:describe", Allowance(3072 * MB, 300, 600)),
    "describe_small": Entry("advisor.jobs.entries:describe", Allowance(2048 * MB, 20, 30), lane="quick"),
    "look_up": Entry(
        "advisor.jobs.entries:look_up", Allowance(2048 * MB, 60, 300), lane="network", environment=NETWORK
    ),
    "prepare": Entry("advisor.jobs.entries:prepare", Allowance(4096 * MB, 600, 1200)),
    "trial": Entry(
        "advisor.jobs.entries:trial",
        Allowance(4096 * MB, 1800, 6 * 3600),
        lane="network",
        environment=NETWORK,
        secret=True,
    ),
    "read_table": Entry("advisor.jobs.entries:read", Allowance(1024 * MB, 10, 20), lane="quick"),
}
