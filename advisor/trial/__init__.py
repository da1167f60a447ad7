"""An LLM tried on the team's own rows: the answers as they were given, and the file they are kept in.

One row of the table has one answer in each arm (zero-shot, few-shot), and one status, whatever went wrong.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Literal, get_args

from baselines.cells import without_formula

Status = Literal[
    "answered", "loose", "unparseable", "refused", "filtered", "cut", "empty", "too_long",
    "server_error", "timeout", "no_connection", "not_json", "rate_limit", "error",
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)
USABLE: frozenset[Status] = frozenset({"answered", "loose"})
# No answer came, through no fault of the model.
MISSING: frozenset[Status] = frozenset(
    {"server_error", "timeout", "no_connection", "not_json", "rate_limit", "error"}
)
ARMS = ("zero_shot", "few_shot")


@dataclass(frozen=True)
class Answered:
    """One answer. `row` counts the data's rows from 1; `prediction` is the label, empty where there is none.

    `input_tokens` and `output_tokens` hold everything: cached and written ones are inside input, reasoning inside
    output.
    """

    row: int | None
    arm: str
    prediction: str
    status: Status
    raw: str = ""
    id: str | None = None
    input_tokens: int | None = None
    cached_tokens: int | None = None
    written_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    seconds: float | None = None
    model: str | None = None

    @property
    def is_missing(self) -> bool:
        """Whether nothing can be said of the model by this row."""
        return self.status in MISSING


COLUMNS = tuple(one.name for one in fields(Answered))


def written(answers: Iterable[Answered]) -> str:
    """The answers as CSV; a cell that a spreadsheet would take for a formula is marked as text.

    >>> written([Answered(1, "zero_shot", "", "unparseable", "=1+1")]).splitlines()[1][:31]
    "1,zero_shot,,unparseable,'=1+1,"
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(one, name)) for name in COLUMNS] for one in answers)
    return file.getvalue()


def _cell(value: object) -> object:
    return without_formula(value) if isinstance(value, str) else value
