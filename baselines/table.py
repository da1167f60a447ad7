"""Every file that enters: CSV, TSV, XLSX, JSON, JSONL and Parquet, each read into columns of plain strings.

Nothing is guessed in silence: encoding, delimiter and sheet are on the Table and can be given by hand, a row
that does not fit its header is refused by number, and `NA` or `1.0` stay the text that they were.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any, Literal

from baselines import Problem
from baselines.decoding import decode

Kind = Literal["delimited", "xlsx", "json", "jsonl", "chat", "parquet"]

SUPPORTED = ("CSV", "TSV", "XLSX", "JSON", "JSONL", "Parquet")


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
        return {
            **{name: getattr(self, name) for name in ("kind", "encoding", "delimiter", "sheet")},
            "sheets": list(self.sheets),
            "notes": [{"id": note.id, "fields": dict(note.fields)} for note in self.notes],
            "columns": list(self.columns),
            "values": [list(cells) for cells in self.values],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Table:
        return cls(
            **{name: data[name] for name in ("kind", "encoding", "delimiter", "sheet")},
            sheets=tuple(data["sheets"]),
            notes=tuple(Note(note["id"], note["fields"]) for note in data["notes"]),
            columns=tuple(data["columns"]),
            values=tuple(tuple(cells) for cells in data["values"]),
        )


def read_table(
    source: Path | bytes,
    name: str = "",
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: Limits = Limits(),
) -> Table:
    """The table in a file; what it is in is told by its content first and by the ending of `name` second.

    Everything that cannot be read raises a Problem that names the place. XLSX and Parquet unpack to much more
    than their size: for files of strangers call this in a child process with a memory limit.
    """
    data = _bytes_of(source, limits)
    kind = _kind(data, name or (source.name if isinstance(source, Path) else ""))
    if kind == "xlsx":
        from baselines.workbook import read_workbook

        return read_workbook(data, sheet, limits)
    if kind == "parquet":
        from baselines.parquet import read_parquet

        return read_parquet(data, limits)
    text, encoding = decode(data, encoding)
    _refuse_what_is_no_table(text)
    if kind in ("json", "jsonl"):
        from baselines.json_rows import read_json_rows

        return read_json_rows(text, encoding, limits)
    from baselines.delimited import read_delimited

    return read_delimited(text, encoding, delimiter, limits)


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


def _bytes_of(source: Path | bytes, limits: Limits) -> bytes:
    if isinstance(source, bytes):
        size = len(source)
    else:
        try:
            size = source.stat().st_size
        except OSError as error:
            raise Problem("file_unreadable", file=source.name) from error
    if size > limits.file_bytes:
        raise Problem("file_too_large", found_mb=round(size / 2**20, 1), limit_mb=limits.file_bytes // 2**20)
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        raise Problem("file_unreadable", file=source.name) from error


# What a file of another kind begins with, and what people call that kind.
_MAGIC = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"MZ", "Windows EXE"),
    (b"\x7fELF", "ELF"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"SQLite format 3", "SQLite"),
    (b"\x93NUMPY", "NumPy"),
    (b"\x89HDF", "HDF5"),
    (b"ARROW1", "Arrow"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
)
_TEXT_ENDINGS: Mapping[str, Kind] = {
    "": "delimited",
    ".csv": "delimited",
    ".tsv": "delimited",
    ".tab": "delimited",
    ".txt": "delimited",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_WEB_PAGE = re.compile(r"\s*<(!doctype|html|head|body|script|\?xml)\b", re.IGNORECASE)
_CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f]")
_HEAD = 8192


def _kind(data: bytes, name: str) -> Kind:
    if not data.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise Problem("file_empty")
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Problem("workbook_locked_or_old")
    if data.startswith(b"PK") and _is_workbook(data):
        return "xlsx"
    ending = PurePath(name).suffix.lower()
    found = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    # "MZ" and "ORC" may also begin an honest header.
    if found and not (found in ("Windows EXE", "ORC", "bzip2") and b"\0" not in data[:4096]):
        raise Problem("file_of_another_kind", found=found, supported=list(SUPPORTED))
    if ending in (".xlsx", ".parquet"):
        raise Problem("file_damaged", kind=ending[1:].upper())
    if ending not in _TEXT_ENDINGS:
        raise Problem("file_type_unsupported", ending=ending, supported=list(SUPPORTED))
    if ending in ("", ".txt") and data.lstrip().startswith(b"{"):
        return "jsonl"
    return _TEXT_ENDINGS[ending]


def _is_workbook(data: bytes) -> bool:
    try:
        return "xl/workbook.xml" in zipfile.ZipFile(BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Problem("file_damaged", kind="ZIP") from error


def _refuse_what_is_no_table(text: str) -> None:
    if _WEB_PAGE.match(text):
        raise Problem("file_is_web_page")
    if (nul := text.find("\0")) >= 0:
        raise Problem("nul_byte", row=text.count("\n", 0, nul) + 1)
    if len(_CONTROL.findall(text, 0, _HEAD)) > 0.05 * len(text[:_HEAD]):
        raise Problem("file_of_another_kind", found="binary", supported=list(SUPPORTED))
