"""What is counted in a table, as it is kept and shown: plain values without numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import FiniteFloat, PlainValidator

from baselines.measured import Kept

# Half characters too, which a `str` of pydantic refuses.
AnyText = Annotated[str, PlainValidator(str)]
# Whole tokens or characters as they were kept, or interpolated ones.
Length = int | FiniteFloat


class Tally(Kept):
    """How many rows something is true of."""

    rows: int | None = None


class Empty(Tally):
    """Rows that lack a text or a label; `labels` None where the table has no label column."""

    texts: int | None = None
    labels: int | None = None


class Repeats(Tally):
    """Rows that say the same as an earlier row: after normalising, letter for letter, and nearly.

    `near` is None where that was not asked for or cannot be known, which `near_unknown` explains.
    """

    exact: int | None = None
    near: int | None = None
    near_unknown: str | None = None


class LabelMerge(Kept):
    """Spellings that may be one label; whether they are is for the reader to say."""

    into: AnyText = ""
    spellings: Mapping[AnyText, int] = {}


class Lengths(Kept):
    """Characters of the texts; percentiles are interpolated."""

    shortest: int | None = None
    mean: Length | None = None
    p50: Length | None = None
    p95: Length | None = None
    p99: Length | None = None
    longest: int | None = None
