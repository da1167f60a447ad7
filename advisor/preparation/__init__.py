"""From a table to training files: rows become examples, are checked, split without leaks, and written."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from advisor.preparation.findings import (
    FINDINGS,
    Finding,
    Grouping,
    across_splits,
    check,
    gravest_first,
    group_inputs,
)
from advisor.preparation.splits import (
    DEFAULT_SPLIT,
    PARTS,
    Part,
    SplitSizes,
    joined,
    parse_split,
    shuffled,
    split_rows,
)
from advisor.preparation.training_formats import Example, known_format, write_lines
from pricing import Problem
from pricing.training_file import format_errors, training_rules

if TYPE_CHECKING:
    from baselines.table import Table

ARCHIVE = "training_files.zip"
# Told the step that is being done, and the share of it that is behind.
Progress = Callable[[str, float], None]
# A table of these kinds has no header row, so its first row is row 1.
_WITHOUT_HEADER = ("json", "jsonl", "chat", "parquet")


@dataclass(frozen=True)
class Columns:
    """Which columns hold what; `system` is one text for all rows."""

    input: str
    output: str
    system: str = ""
    rejected: str | None = None
    group: str | None = None
    stratify: str | None = None


@dataclass(frozen=True)
class Preparation:
    """Examples with the part each belongs to (None: left out), and everything found in them."""

    examples: tuple[Example, ...]
    parts: tuple[Part | None, ...]
    format: str
    sizes: SplitSizes
    seed: int
    findings: tuple[Finding, ...]
    grouping: Grouping = field(repr=False)
    first_row: int = 2
    dropped: frozenset[int] = frozenset()
    drop: tuple[str, ...] = ()

    def rows(self, part: Part) -> list[int]:
        """The rows of a part, in shuffled order."""
        return [row for row in shuffled(len(self.parts), self.seed) if self.parts[row] == part]

    def count(self, part: Part) -> int:
        return self.parts.count(part)

    def lines(self, part: Part) -> str:
        """The part as JSON Lines in the format asked for."""
        return write_lines((self.examples[row] for row in self.rows(part)), self.format)

    def write(self, folder: Path) -> dict[str, Path]:
        """One file a part that holds rows: `train.jsonl`, `validation.jsonl`, `test.jsonl`."""
        folder.mkdir(parents=True, exist_ok=True)
        written = {part: folder / f"{part}.jsonl" for part in PARTS if self.count(part)}
        for part, path in written.items():
            path.write_text(self.lines(part), encoding="utf-8", newline="\n")
        return {str(part): path for part, path in written.items()}

    def zipped(self) -> bytes:
        """The files that `write` writes, in one archive."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in PARTS:
                if self.count(part):
                    archive.writestr(f"{part}.jsonl", self.lines(part))
        return packed.getvalue()

    @property
    def preview(self) -> str:
        """The first line of the training data."""
        return write_lines((self.examples[row] for row in self.rows("train")[:1]), self.format).rstrip("\n")

    @property
    def duplicates_across_splits(self) -> list[int]:
        """Rows of validation or test data whose input an earlier part has too."""
        return across_splits(self.parts, self.grouping.same)

    @property
    def near_duplicates_across_splits(self) -> list[int] | None:
        """Rows whose input is nearly one of an earlier part; None where that was not searched."""
        return None if self.grouping.near is None else across_splits(self.parts, self.grouping.near)

    @property
    def near_search(self) -> Literal["full", "likely_pairs", "not_done"]:
        """Whether every pair of inputs was compared, or in a large table those that hashing finds likely."""
        if self.grouping.near is None:
            return "not_done"
        return "full" if self.grouping.complete else "likely_pairs"

    @property
    def format_errors(self) -> dict[str, int]:
        """What the provider's check would say of the written files: name -> how often."""
        written = [row for row, part in enumerate(self.parts) if part is not None]
        found = Counter(
            name for row in written for name in format_errors({"messages": list(self.examples[row].messages)})
        )
        if self.count("train") < training_rules().fewest_examples:
            found["too_few_examples"] = 1
        return dict(found)


def prepare(
    table: Table,
    columns: Columns,
    *,
    split: str = DEFAULT_SPLIT,
    format: str = "chat",
    seed: int = 42,
    drop: Sequence[str] = (),
    model: str | None = None,
    token_limit: int | None = None,
    near: bool = True,
    doubt_labels: bool = False,
    progress: Progress | None = None,
) -> Preparation:
    """A table's rows as training files of one format, split and checked.

    Rows with one input, nearly one input, or one value in the group column stay in one part. `drop` names
    findings whose rows are left out; without it every row is kept. `model` and `token_limit` say when an
    example is too long; `doubt_labels` looks for wrong labels, which takes seconds. `progress` hears of
    the steps `examples`, `repeats`, `checks` and `split` as they go on.

    >>> from baselines.reading import read_table
    >>> rows = "".join(f"なんで{n}番目?,{'あ' * n}。\\n" for n in range(1, 11))
    >>> table = read_table(f"q,a\\n{rows}".encode(), "why.csv")
    >>> made = prepare(table, Columns("q", "a"), split="6/2/2", near=False)
    >>> made.count("train"), made.count("test"), len(made.duplicates_across_splits)
    (6, 2, 0)
    """
    known_format(format)
    _refuse_unknown_limit(model, token_limit)
    tell = progress or _unheard
    tell("examples", 0.0)
    examples = read_examples(table, columns, format)
    tell("repeats", 0.0)
    grouping = group_inputs(
        [example.input for example in examples], near, lambda share: tell("repeats", share)
    )
    tell("checks", 0.0)
    findings = check(examples, grouping, model=model, token_limit=token_limit, doubt_labels=doubt_labels)
    tell("split", 0.0)
    dropped = _rows_of(findings, drop)
    kept = [row for row in range(len(examples)) if row not in dropped]
    sizes = parse_split(split, len(kept))
    strata = _picked(table.column(columns.stratify), kept) if columns.stratify else None
    together = _together(table, columns, grouping, kept, sizes)
    parts: list[Part | None] = [None] * len(examples)
    for row, part in zip(kept, split_rows(sizes, together, strata, seed), strict=True):
        parts[row] = part
    groupings = (grouping.same, *([] if grouping.near is None else [grouping.near]))
    across = {row for groups in groupings for row in across_splits(parts, groups)}
    if across:
        findings = gravest_first((*findings, Finding("across_splits", "risk", tuple(sorted(across)))))
    if "across_splits" in drop:
        dropped |= across
        parts = [None if row in dropped else part for row, part in enumerate(parts)]
    first_row = 1 if table.kind in _WITHOUT_HEADER else 2
    return Preparation(
        tuple(examples),
        tuple(parts),
        format,
        sizes,
        seed,
        findings,
        grouping,
        first_row,
        frozenset(dropped),
        tuple(drop),
    )


def read_examples(table: Table, columns: Columns, format: str = "chat") -> list[Example]:
    """One example a row. A chat file whose own roles are asked for keeps its conversations as they are."""
    rejected = _rejected(table, columns) if format == "dpo" else None
    if table.kind == "chat" and (columns.input, columns.output) == ("user", "assistant"):
        return _conversations(table, columns.system)
    pairs = zip(table.column(columns.input), table.column(columns.output), strict=True)
    return [
        Example.of(asked, answered, columns.system, rejected[row] if rejected else None)
        for row, (asked, answered) in enumerate(pairs)
    ]


def _rejected(table: Table, columns: Columns) -> list[str]:
    """The answers not wanted: the column named, else one that is called so."""
    name = columns.rejected or "rejected"
    if name not in table.columns:
        raise Problem("rejected_column_needed", found=list(table.columns))
    return table.column(name)


def _conversations(table: Table, system: str) -> list[Example]:
    import json

    examples = []
    for row, cell in enumerate(table.column("messages"), start=1):
        messages = json.loads(cell) if cell else None
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise Problem("training_line_unreadable", line=row, format="chat")
        opening = [{"role": "system", "content": system}] if system else []
        kept = [message for message in messages if not (opening and message.get("role") == "system")]
        examples.append(Example((*opening, *kept)))
    return examples


def _unheard(step: str, share: float) -> None:
    """Nobody asked how far it is."""


def _refuse_unknown_limit(model: str | None, token_limit: int | None) -> None:
    if model is not None and token_limit is None and training_rules().example_limit(model) is None:
        raise Problem("token_limit_unknown", model=model)


def _rows_of(findings: Sequence[Finding], drop: Sequence[str]) -> set[int]:
    unknown = [id for id in drop if id not in FINDINGS]
    if unknown:
        raise Problem("finding_unknown", found=unknown[0], known=sorted(FINDINGS))
    return {row for finding in findings if finding.id in drop for row in finding.rows}


def _picked(values: Sequence[Any], rows: Sequence[int]) -> list[Any]:
    return [values[row] for row in rows]


def _together(
    table: Table, columns: Columns, grouping: Grouping, kept: Sequence[int], sizes: SplitSizes
) -> list[int]:
    """What must stay in one part. A chain of near rows too big for the smallest part is let go, the same stay."""
    groupings: list[Sequence[Any]] = [_picked(grouping.same, kept)]
    if grouping.near is not None:
        near = _picked(grouping.near, kept)
        rows = Counter(near)
        smallest = min(size for part, size in sizes.wanted.items() if part and size)
        groupings.append(
            [group if rows[group] <= smallest else f"row {row}" for row, group in enumerate(near)]
        )
    if columns.group:
        groupings.append(_picked(table.column(columns.group), kept))
    return joined(*groupings)
