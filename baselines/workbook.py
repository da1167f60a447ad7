"""Excel workbooks: the values that the cells show, formulas by their last computed result."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from baselines import Problem
from baselines.table import Limits, Note, Table, assemble

# Beyond this a float no longer holds every whole number.
_WHOLE_NUMBERS = 2**53


def read_workbook(data: bytes, sheet: str | None, limits: Limits) -> Table:
    """One sheet of an XLSX file: the named one, else the first visible one that holds anything."""
    _refuse_bombs(data, limits)
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        sheets = _worksheets(workbook)
        if sheet is not None and sheet not in sheets:
            raise Problem("no_such_sheet", sheet=sheet, found=list(sheets))
        chosen = _first_filled(workbook, sheets) if sheet is None else workbook.get_sheet_by_name(sheet)
        _refuse_size(chosen, limits)
        cells = [row for row in chosen.iter_rows() if any(cell != "" for cell in row)]
    except CalamineError as error:
        raise Problem("file_damaged", kind="XLSX") from error
    if not cells:
        raise Problem("file_empty")
    # calamine starts at the first filled row, but at column A.
    left = next(i for i in range(len(cells[0])) if any(row[i] != "" for row in cells))
    rows = [[_shown(cell) for cell in row[left:]] for row in cells]
    columns = zip(*rows[1:], strict=True) if rows[1:] else [()] * len(rows[0])
    return assemble(
        rows[0], columns, "xlsx", limits, _merged(chosen), sheet=chosen.name, sheets=tuple(sheets)
    )


def _refuse_bombs(data: bytes, limits: Limits) -> None:
    try:
        unpacked = sum(entry.file_size for entry in zipfile.ZipFile(BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Problem("file_damaged", kind="XLSX") from error
    if unpacked > limits.unpacked_bytes:
        raise Problem(
            "unpacks_too_large", found_mb=round(unpacked / 2**20), limit_mb=limits.unpacked_bytes // 2**20
        )


def _worksheets(workbook: CalamineWorkbook) -> list[str]:
    """Names of the sheets that hold cells, the visible ones first."""
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    sheets.sort(key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
    if not sheets:
        raise Problem("file_empty")
    return [sheet.name for sheet in sheets]


def _first_filled(workbook: CalamineWorkbook, names: list[str]) -> CalamineSheet:
    for name in names:
        if (sheet := workbook.get_sheet_by_name(name)).height:
            return sheet
    raise Problem("file_empty")


def _refuse_size(sheet: CalamineSheet, limits: Limits) -> None:
    if sheet.width > limits.columns:
        raise Problem("columns_too_many", limit=limits.columns, found=sheet.width)
    if sheet.height > limits.rows + 1:
        raise Problem("rows_too_many", limit=limits.rows)


def _shown(cell: Any) -> str:
    """The text of a cell; Excel keeps every number as a float, so 3.0 is shown as 3."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _WHOLE_NUMBERS:
        return str(int(cell))
    return str(cell)


def _merged(sheet: CalamineSheet) -> list[Note]:
    ranges = sheet.merged_cell_ranges or []
    return [Note("cells_merged", {"count": len(ranges)})] if ranges else []
