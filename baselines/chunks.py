"""Tables too large to hold, some thousand rows at a time: CSV, TSV and Parquet, one file or many.

The beginning of each text file tells its encoding and delimiter, by the same tests as for a small table; a row
further down that does not fit them is refused by number, never guessed at.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.decoding import ERRORS, decode
from baselines.delimited import vote
from baselines.reading import SUPPORTED
from baselines.table import Limits

ROWS = 20_000  # of one chunk
HEAD = 2**20  # bytes that tell how a file is written
MOST_BUCKETS = 200  # open files while rows are mixed
PARQUET = ".parquet"
ENDINGS = (".csv", ".tsv", ".tab", ".txt", PARQUET)

LIMITS = Limits()

Line = tuple[str, str]


@dataclass(frozen=True)
class Written:
    """How a text file is written, as its beginning shows."""

    encoding: str
    delimiter: str


def are_large(paths: Sequence[Path], limits: Limits | None = None) -> bool:
    """Whether these CSV and Parquet files together are above what one table may hold."""
    most = limits or LIMITS
    if not all(path.suffix.lower() in ENDINGS and path.is_file() for path in paths):
        return False
    if sum(path.stat().st_size for path in paths) > most.file_bytes:
        return True
    return sum(map(_rows_of, paths)) > most.rows


def _rows_of(path: Path) -> int:
    """Rows of a file; of a text file its lines, which can be more."""
    if path.suffix.lower() != PARQUET:
        return path.read_bytes().count(b"\n")
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except pa.ArrowException as error:
        raise Problem("file_damaged", kind="Parquet") from error


def written(path: Path) -> Written:
    """Encoding and delimiter of a text file from its first megabyte.

    A file that is plain ASCII so far counts as UTF-8.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise Problem("file_empty")
    if len(head) == HEAD:
        end = head.rfind(b"\n") + 1
        head = head[: end + end % 2 if b"\0" in head else end]  # a line break of UTF-16 is two bytes long
    text, encoding = decode(head)
    return Written(encoding, vote(text) or ",")


def encodings(paths: Sequence[Path]) -> list[str]:
    """The encodings of the text files among these, each once."""
    return sorted({written(path).encoding for path in paths if path.suffix.lower() != PARQUET})


def read_chunks(paths: Sequence[Path], text: str, label: str, rows: int = ROWS) -> Iterator[LabelledTexts]:
    """The two columns of all files, so many rows at a time; a Problem names a missing column and the file's own."""
    for path in paths:
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise Problem("file_type_unsupported", ending=ending, supported=list(SUPPORTED))
        lines = _parquet(path, text, label) if ending == PARQUET else _delimited(path, text, label)
        while held := list(islice(lines, rows)):
            yield _labelled(held)


def _labelled(lines: Sequence[Line]) -> LabelledTexts:
    texts, labels = zip(*lines, strict=True)
    return LabelledTexts(texts, labels)


def _delimited(path: Path, text: str, label: str) -> Iterator[Line]:
    how = written(path)
    number = 1
    try:
        with path.open(encoding=how.encoding, errors=ERRORS.get(how.encoding, "strict"), newline="") as file:
            reader = csv.reader(file, delimiter=how.delimiter, strict=True)
            header = [name.strip().strip("\u200b\ufeff") for name in next(reader, [])]
            first, second = _place(text, header), _place(label, header)
            for number, row in enumerate(reader, start=2):
                if len(row) > len(header):
                    raise Problem("row_too_wide", row=number, found=len(row), expected=len(header))
                if row:
                    row += [""] * (len(header) - len(row))
                    yield row[first], row[second]
    except UnicodeError as error:
        raise Problem(
            "file_changes_encoding", file=path.name, row=number + 1, encoding=how.encoding
        ) from error
    except csv.Error as error:
        raise Problem("quote_not_closed", row=number + 1) from error


def _place(column: str, header: Sequence[str]) -> int:
    if column not in header:
        raise Problem("no_such_column", column=column, found=list(header))
    return header.index(column)


def _parquet(path: Path, text: str, label: str) -> Iterator[Line]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        for column in (text, label):
            _place(column, file.schema_arrow.names)
        for batch in file.iter_batches(columns=[text, label], batch_size=ROWS):
            texts, labels = (batch.column(name).to_pylist() for name in (text, label))
            yield from zip(map(_cell, texts), map(_cell, labels), strict=True)
    except (pa.ArrowException, UnicodeError) as error:
        raise Problem("file_damaged", kind="Parquet") from error


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def scatter(chunks: Iterable[LabelledTexts], rows: int, folder: Path, seed: int) -> list[Path]:
    """All rows in another order, in files of a chunk each: for tables that are sorted by label.

    Each row goes to a file drawn at random; `mixed` reads them back. Costs the table's size on disk.
    """
    draw = np.random.default_rng(seed)
    paths = [folder / f"{at}.csv" for at in range(min(MOST_BUCKETS, rows // ROWS + 1))]
    with ExitStack() as open_files:
        writers = [csv.writer(open_files.enter_context(_utf_8(path, "w"))) for path in paths]
        for chunk in chunks:
            places = draw.integers(len(paths), size=len(chunk)).tolist()
            for place, text, label in zip(places, chunk.texts, chunk.labels, strict=True):
                writers[place].writerow((text, label))
    return paths


def mixed(paths: Sequence[Path]) -> Iterator[LabelledTexts]:
    """The rows that `scatter` wrote, a file at a time."""
    for path in paths:
        with _utf_8(path, "r") as file:
            lines = [(text, label) for text, label in csv.reader(file)]
        if lines:
            yield _labelled(lines)


def _utf_8(path: Path, mode: str) -> IO[str]:
    return path.open(mode, encoding="utf-8", errors="surrogatepass", newline="")
