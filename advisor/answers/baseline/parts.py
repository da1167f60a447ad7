"""What the answer of `baseline` is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer

from advisor.shapes import Exact, Four, Shape, Told
from baselines.measured import LearningCurve, Path
from baselines.verdict import Finding, Reason


def _told(found: Any) -> Any:
    return {"id": found.id, **found.fields} if isinstance(found, Reason) else found


def _checked(found: Any) -> Any:
    if not isinstance(found, Finding):
        return found
    above = {"blocks_above": found.blocks_above} if found.blocks_above else {}
    return {**found.fields, "weakens": found.weakens, "blocks": found.blocks, **above}


Because = Annotated[Told, BeforeValidator(_told)]
NoneIsEmpty = BeforeValidator(lambda found: () if found is None else found)
NoneIsNothing = BeforeValidator(lambda found: {} if found is None else found)


class AsGiven(Shape):
    """Written as it was read: what was never said is not there."""

    @model_serializer(mode="wrap")
    def _as_given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if name in self.model_fields_set}


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


class Ahead(Shape):
    """Predicted scores with their 95% range, at growing numbers of rows."""

    sizes: tuple[int, ...] = ()
    predicted: tuple[Four, ...] = ()
    low: tuple[Four, ...] = ()
    high: tuple[Four, ...] = ()


class Curve(AsGiven):
    """Scores at the sizes that were measured; predictions for twice and four times the rows, and the path there."""

    baseline: str = ""
    metric: str = ""
    sizes: tuple[int, ...]
    means: tuple[Four, ...]
    predicted_sizes: tuple[int, ...] = ()
    predicted: tuple[Four, ...] = ()
    low: tuple[Four, ...] = ()
    high: tuple[Four, ...] = ()
    path: Ahead | None = None

    @property
    def ahead(self) -> Ahead:
        """The path; its two ends where an answer kept no more of it."""
        ends = Ahead(sizes=self.predicted_sizes, predicted=self.predicted, low=self.low, high=self.high)
        return self.path or ends

    @property
    def ends(self) -> Iterator[tuple[int, float, float | None, float | None]]:
        """The two predictions: rows, score, and its range."""
        unknown = (None, None)
        return zip(
            self.predicted_sizes,
            self.predicted,
            self.low or unknown,
            self.high or unknown,
            strict=False,
        )

    def measured(self) -> LearningCurve | None:
        """The same as the verdict takes it; None where its predictions are not whole."""
        path = self.ahead
        whole = {len(path.sizes), len(path.predicted), len(path.low), len(path.high)}
        if len(whole) > 1 or not self.predicted_sizes or not {*self.predicted_sizes} <= {*path.sizes}:
            return None
        ahead = Path(path.sizes, path.predicted, path.low, path.high)
        return LearningCurve(
            self.baseline, self.metric, self.sizes, self.means, ahead, self.predicted_sizes[0] // 2
        )


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


class CascadePoint(AsGiven):
    """At a wished precision: the share of rows answered, and the precision really reached there (95% range)."""

    precision: float
    share: Four
    reached: Four | None = None
    low: Four | None = None
    high: Four | None = None


class Lead(Shape):
    """How far the best baseline is ahead of another one, by three tests."""

    baseline: str
    metric: str = ""
    mean: Four | None = None
    low: Four | None = None
    high: Four | None = None
    p_bootstrap: Four | None = None
    p_mcnemar: Four | None = None
    p_corrected_t: Four | None = None
    outcome: str | None = None


class People(Shape):
    """How far two people agree on the labels."""

    metric: str
    mean: Four
    low: Four
    high: Four
    kappa: Four | None = None
    rows: int = 0


class InMoney(Shape):
    """What the small model costs beside an LLM; `saved` is per million requests, for each precision of the cascade."""

    cpu_hour: Exact | None = None
    small_per_million: Exact | None = None
    llm_per_million: Exact | None = None
    gain_to_pay: Exact | None = None
    saved: Annotated[tuple[Exact | None, ...], NoneIsEmpty] = ()


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


class Topic(Shape):
    """What some of the texts are about."""

    terms: tuple[str, ...]
    rows: int
    coherence: Four
    example: str = ""
