"""Every file that enters: CSV, TSV, XLSX, JSON, JSONL and Parquet, each read into columns of plain strings.

Nothing is guessed in silence: encoding, delimiter and sheet are on the Table and can be given by hand, a row
that does not fit its header is refused by number, and `NA` or `1.0` stay the text that they were.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePath

from baselines import Problem
from baselines.decoding import decode
from baselines.table import Kind, Limits, Table

SUPPORTED = ("CSV", "TSV", "XLSX", "JSON", "JSONL", "Parquet")


def read_table(
    source: Path | bytes,
    name: str = "",
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
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
