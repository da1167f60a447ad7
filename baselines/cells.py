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
