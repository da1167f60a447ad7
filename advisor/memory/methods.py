"""The guide to ways of adapting an open model: purpose, formula, cost and a recipe to start from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import field_validator

from advisor.language import Text
from pricing.sources import Record, Source, read_records

FILE = Path(__file__).parent.parent / "data" / "methods.yaml"


class Recipe(Record):
    """Settings to begin with; to be tuned on the validation data."""

    learning_rate: float
    batch: int
    epochs: int
    rank: int | None = None
    alpha: int | None = None
    ratio: int | None = None
    targets: str | None = None
    source: Source


class MethodGuide(Record):
    """One way to adapt a model: a language model, or an encoder."""

    id: str
    encoder: bool = False
    name: Text
    purpose: Text
    formula: Text
    cost: Text
    recipe: Recipe
    paper: Source

    @field_validator("name", mode="before")
    @classmethod
    def _same_in_both(cls, name: Any) -> Any:
        """A name like LoRA is written once."""
        return {"ja": name, "en": name} if isinstance(name, str) else name


@cache
def methods() -> Mapping[str, MethodGuide]:
    """Every method by id, the one to try first at the top.

    >>> methods()["qlora"].recipe.rank
    64
    """
    return {guide.id: guide for guide in read_records(FILE, MethodGuide)}
