"""Parquet files, limited by their metadata before anything is unpacked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from baselines import Problem
from baselines.json_rows import CHAT_ROLES, cell, said_by
from baselines.table import Kind, Limits, Note, Table, assemble


def read_parquet(data: bytes, limits: Limits) -> Table:
    """Every column of text, numbers, dates or small objects; images and vectors are left out with a note."""
    try:
        file = pq.ParquetFile(BytesIO(data))
        _refuse_size(file, limits)
        text = [field.name for field in file.schema_arrow if _is_text(field.type)]
        # Dictionaries stay packed: one long text repeated 200,000 times takes the room of one.
        return _table(pq.ParquetFile(BytesIO(data), read_dictionary=text), limits)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise Problem("file_damaged", kind="Parquet") from error


def _table(file: pq.ParquetFile, limits: Limits) -> Table:
    fields = [field for field in file.schema_arrow if not _is_left_out(field.type)]
    left_out = [field.name for field in file.schema_arrow if _is_left_out(field.type)]
    notes = [Note("columns_left_out", {"columns": left_out})] if left_out else []
    columns = {field.name: _cells(file.read(columns=[field.name])[field.name]) for field in fields}
    kind: Kind = "parquet"
    if "messages" in columns and pa.types.is_list(file.schema_arrow.field("messages").type):
        kind = "chat"
        said = [said_by(turns) for turns in file.read(columns=["messages"])["messages"].to_pylist()]
        columns = {role: [turn[role] for turn in said] for role in CHAT_ROLES} | columns
    return assemble(list(columns), columns.values(), kind, limits, notes)


def _refuse_size(file: pq.ParquetFile, limits: Limits) -> None:
    metadata, names = file.metadata, file.schema_arrow.names
    if metadata.num_rows > limits.rows:
        raise Problem("rows_too_many", limit=limits.rows)
    if len(names) > limits.columns:
        raise Problem("columns_too_many", limit=limits.columns, found=len(names))
    if len(set(names)) < len(names):
        raise Problem("header_repeated", column=next(name for name in names if names.count(name) > 1))
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)
    if unpacked > limits.unpacked_bytes:
        raise Problem(
            "unpacks_too_large", found_mb=round(unpacked / 2**20), limit_mb=limits.unpacked_bytes // 2**20
        )


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_left_out(kind: Any) -> bool:
    """Bytes, and lists of numbers such as embeddings."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return bool(pa.types.is_primitive(kind.value_type)) or _is_left_out(kind.value_type)
    if pa.types.is_struct(kind):
        return any(_is_left_out(field.type) for field in kind)
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _cells(column: Any) -> list[str]:
    """Cells of a chunked column; equal texts of one dictionary share one string."""
    cells: list[str] = []
    for chunk in column.chunks:
        if pa.types.is_dictionary(chunk.type):
            words = [_shown(word) for word in chunk.dictionary.to_pylist()]
            cells += ["" if place is None else words[place] for place in chunk.indices.to_pylist()]
        else:
            cells += [_shown(value) for value in chunk.to_pylist()]
    return cells


def _shown(value: Any) -> str:
    return cell(value) if isinstance(value, (list, dict)) or value is None else str(value)
