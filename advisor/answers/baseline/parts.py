"""What the answer of `baseline` is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from advisor.shapes import Exact, Four, Shape, Told
from baselines.measured import AsGiven
from baselines.verdict import Finding, Reason


def _told(found: Any) -> Any:
    return {"id": found.id, **found.fields} if isinstance(found, Reason) else found


def _checked(found: Any) -> Any:
    if not isinstance(found, Finding):
        return found
    above = {"blocks_above": found.blocks_above} if found.blocks_above else {}
    return {**found.fields, "weakens": found.weakens, "blocks": found.blocks, **above}


Because = Annotated[Told, BeforeValidator(_told)]


class Measured(AsGiven):
    """One metric of one baseline, with a 95% interval."""

    baseline: str
    metric: str
    mean: Four
    low: Four | None = None
    high: Four | None = None
    fit_seconds: Four | None = None
    folds: int = 0
    rows: int = 0


class Ground(Shape):
    """The score that was judged, to its last digit."""

    baseline: str
    metric: str
    mean: float
    low: float
    high: float
    folds: int
    rows: int


class Check(AsGiven):
    """What was found in the data: the figures that fill its sentence, and what it does to the verdict."""

    weakens: bool = True
    blocks: bool | None = None
    blocks_above: Mapping[str, float] = {}

    @property
    def fields(self) -> Mapping[str, Any]:
        """What fills the sentence."""
        return self.model_extra or {}


Found = Annotated[Check, BeforeValidator(_checked)]


class InMoney(Shape):
    """What the small model costs beside an LLM; `saved` is per million requests, for each precision of the cascade."""

    cpu_hour: Exact | None = None
    small_per_million: Exact | None = None
    llm_per_million: Exact | None = None
    gain_to_pay: Exact | None = None
    saved: tuple[Exact | None, ...] = ()


class PerClass(AsGiven):
    """One label's own scores."""

    label: str
    rows: int | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None


class Confused(Shape):
    """How many rows of one label were taken for another."""

    label: str
    predicted: str
    rows: int


class Mistake(AsGiven):
    """A row that the best baseline got wrong."""

    row: int
    text: str
    label: str
    predicted: str
    confidence: float | None = None


class Speed(Shape):
    """How fast the best baseline answers on one CPU."""

    single_ms: float
    rows_per_second: float
