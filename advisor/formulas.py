"""The formulas behind the figures: each with its symbols, the function that computes it, and where it comes from."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from advisor.language import Text
from pricing.sources import Record, read_records

FILE = Path(__file__).parent / "data" / "formulas.yaml"
DEFINITION = "definition"
Area = Literal["decision", "cost", "measure", "evaluation", "machine"]


class Formula(Record):
    """One formula; `origin` is a doi, an arXiv number, an address or a citation, or "definition" for plain arithmetic."""

    id: str
    area: Area
    name: Text
    formula: str
    symbols: Text
    where: str
    origin: str

    @property
    def address(self) -> str | None:
        """Where the source can be read, if it has an address."""
        if self.origin.startswith("https://"):
            return self.origin
        if self.origin.startswith("doi:"):
            return f"https://doi.org/{self.origin.removeprefix('doi:')}"
        if self.origin.startswith("arXiv "):
            return f"https://arxiv.org/abs/{self.origin.removeprefix('arXiv ')}"
        return None

    def computed_by(self) -> Any:
        """The function itself.

        >>> formulas()["wilson"].computed_by().__name__
        'wilson'
        """
        module, _, path = self.where.partition(":")
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
        return found


@cache
def formulas() -> Mapping[str, Formula]:
    """Every formula by its id, in reading order."""
    return {formula.id: formula for formula in read_records(FILE, Formula)}
