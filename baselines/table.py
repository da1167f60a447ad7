"""Columns of plain strings, with how they were read and what every kind of file is held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from baselines import Problem

Kind = Literal["delimited", "xlsx", "json", "jsonl", "chat", "parquet"]


@dataclass(frozen=True)
class Limits:
    """What a file may hold; sizes in bytes, cells and texts in characters."""

    file_bytes: int = 25 * 2**20
    rows: int = 200_000
    columns: int = 200
    cell_characters: int = 1_000_000
    characters: int = 50_000_000
    unpacked_bytes: int = 256 * 2**20


@dataclass(frozen=True)
class Note:
    """Something that was put right while reading: `id` names its sentence, `fields` fill it in."""

    id: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Columns of strings, and how they were read.

    >>> from baselines.reading import read_table
    >>> table = read_table("text,label\\n返品したい,返品\\n".encode("cp932"), "inquiries.csv")
    >>> table.columns, table.rows, table.column("label"), table.encoding
    (('text', 'label'), 1, ['返品'], 'cp932')
    """

    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    kind: Kind
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        return len(self.values[0]) if self.values else 0

    def column(self, name: str) -> list[str]:
        """Every cell of one column; a Problem `no_such_column` tells the names there are."""
        if name not in self.columns:
            raise Problem("no_such_column", column=name, found=list(self.columns))
        return list(self.values[self.columns.index(name)])

    def head(self, rows: int) -> dict[str, list[str]]:
        """The first rows, by column."""
        return {name: list(cells[:rows]) for name, cells in zip(self.columns, self.values, strict=True)}

    def as_json(self) -> dict[str, Any]:
        """Everything of the table as JSON values; `from_json` reads it back."""
        return vars(self) | {"notes": [vars(note) for note in self.notes]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Table:
        """The table that `as_json` wrote."""
        parts = {name: tuple(data[name]) for name in ("columns", "sheets")}
        values, notes = map(tuple, data["values"]), (Note(**note) for note in data["notes"])
        return cls(**{**data, **parts, "values": tuple(values), "notes": tuple(notes)})


def assemble(
    header: Sequence[str],
    columns: Iterable[Sequence[str]],
    kind: Kind,
    limits: Limits,
    notes: Iterable[Note] = (),
    **how: Any,
) -> Table:
    """A Table from a header and its columns, after the checks that every kind of file needs."""
    told = list(notes)
    names = [name.strip().strip("\u200b\ufeff") for name in header]
    if any(name != raw for name, raw in zip(names, header, strict=True)):
        told.append(Note("headers_trimmed"))
    kept = []
    for place, cells in enumerate(columns):
        if names[place]:
            kept.append((names[place], tuple(cells)))
        elif any(cells):
            kept.append((_unused_name(place + 1, names), tuple(cells)))
            told.append(Note("header_empty", {"column": kept[-1][0]}))
    for place, (name, _) in enumerate(kept):
        if name in (earlier for earlier, _ in kept[:place]):
            raise Problem("header_repeated", column=name)
    if not kept or not kept[0][1]:
        raise Problem("header_only")
    _refuse_what_is_too_much(kept, limits)
    return Table(
        tuple(name for name, _ in kept), tuple(cells for _, cells in kept), kind, notes=tuple(told), **how
    )


def _unused_name(place: int, names: Sequence[str]) -> str:
    name = f"column_{place}"
    while name in names:
        name += "_"
    return name


def _refuse_what_is_too_much(columns: list[tuple[str, tuple[str, ...]]], limits: Limits) -> None:
    if len(columns) > limits.columns:
        raise Problem("columns_too_many", limit=limits.columns, found=len(columns))
    if len(columns[0][1]) > limits.rows:
        raise Problem("rows_too_many", limit=limits.rows)
    characters = 0
    for name, cells in columns:
        longest = max(map(len, cells))
        if longest > limits.cell_characters:
            row = next(i for i, cell in enumerate(cells) if len(cell) == longest)
            raise Problem(
                "cell_too_long", row=row + 2, column=name, found=longest, limit=limits.cell_characters
            )
        characters += sum(map(len, cells))
    if characters > limits.characters:
        raise Problem("text_too_much", found=characters, limit=limits.characters)
