"""Cells of a table that a spreadsheet will open."""

from __future__ import annotations

# What a spreadsheet would run, or take for a number with a sign.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def without_formula(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would take for a formula.

    >>> without_formula("=1+1"), without_formula("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def unmarked(cell: str) -> str:
    """The cell without the apostrophe that `without_formula` put before it.

    >>> unmarked("'=1+1"), unmarked("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell
