"""What measuring leaves behind, as it is kept and shown: plain values without numpy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)


def _rounded(value: float) -> float:
    return round(value, 4)


Four = Annotated[float, AfterValidator(_rounded)]


def _attributes(given: object, names: Iterable[str]) -> Iterable[tuple[str, Any]]:
    return ((name, getattr(given, name)) for name in names if hasattr(given, name))


class Kept(BaseModel):
    """Plain values, made from JSON or from an object with the same attributes.

    A key that is not known here is kept as it is, so that what a newer version wrote loses nothing.
    """

    model_config = ConfigDict(frozen=True, extra="allow", from_attributes=True, populate_by_name=True)

    # Fields by each of their names, and those that hold something even where nothing was said.
    named: ClassVar[frozenset[str]] = frozenset()
    never_null: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        known = {name: one for field, one in cls.model_fields.items() for name in (field, one.alias or field)}
        cls.named = frozenset(known)
        cls.never_null = frozenset(
            name
            for name, one in known.items()
            if one.get_default(call_default_factory=True) is not None and not one.is_required()
        )

    @model_validator(mode="before")
    @classmethod
    def _absent(cls, given: Any) -> Any:
        """What is null is not known, like what is not there."""
        plain_value = type(given).__module__ == "builtins" and not isinstance(given, Mapping)
        if plain_value or isinstance(given, cls):
            return given
        told = given.items() if isinstance(given, Mapping) else _attributes(given, cls.named)
        return {name: value for name, value in told if value is not None or name not in cls.never_null}


class AsGiven(Kept):
    """Written as it was read: what was never said is not there."""

    @model_serializer(mode="wrap")
    def _as_given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if name in self.model_fields_set}


@dataclass(frozen=True)
class Score:
    """One metric of one baseline: over all rows that were held out once, with a 95% interval."""

    baseline: str
    metric: str
    mean: float
    low: float
    high: float
    fit_seconds: float
    folds: int
    rows: int


class Path(Kept):
    """Predicted scores with their 95% range, at growing numbers of rows."""

    sizes: tuple[int, ...] = ()
    predicted: tuple[Four, ...] = ()
    low: tuple[Four, ...] = ()
    high: tuple[Four, ...] = ()

    def at(self, sizes: tuple[int, ...]) -> Path:
        """The path at these sizes alone."""
        places = [self.sizes.index(size) for size in sizes]
        sides = (tuple(side[at] for at in places) for side in (self.predicted, self.low, self.high))
        return Path(sizes=sizes, **dict(zip(("predicted", "low", "high"), sides, strict=True)))


class LearningCurve(AsGiven):
    """Scores at the sizes that were measured; predictions for twice and four times the rows, and the path there."""

    baseline: str = ""
    metric: str = ""
    sizes: tuple[int, ...]
    means: tuple[Four, ...]
    predicted_sizes: tuple[int, ...] = ()
    predicted: tuple[Four, ...] = ()
    low: tuple[Four, ...] = ()
    high: tuple[Four, ...] = ()
    path: Path | None = None

    @classmethod
    def along(cls, path: Path, rows: int, **measured: Any) -> Self:
        """With a path that holds twice and four times the rows there are: never further."""
        ends = path.at((2 * rows, 4 * rows))
        said = {"predicted": ends.predicted, "low": ends.low, "high": ends.high, "path": path}
        return cls(predicted_sizes=ends.sizes, **said, **measured)

    @property
    def rows(self) -> int:
        """All rows there are."""
        return self.predicted_sizes[0] // 2

    @property
    def ahead(self) -> Path:
        """The path; its two ends where no more of it was kept."""
        ends = Path(sizes=self.predicted_sizes, predicted=self.predicted, low=self.low, high=self.high)
        return self.path or ends

    @property
    def ends(self) -> Iterator[tuple[int, float, float | None, float | None]]:
        """The two predictions: rows, score, and its range."""
        unknown = (None, None)
        sides = (self.predicted, self.low or unknown, self.high or unknown)
        return zip(self.predicted_sizes, *sides, strict=False)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of its predictions was lost, so that a verdict can rest on them."""
        path = self.ahead
        lengths = {len(path.sizes), len(path.predicted), len(path.low), len(path.high)}
        return bool(self.predicted_sizes) and len(lengths) == 1 and {*self.predicted_sizes} <= {*path.sizes}

    def rows_to_reach(self, target: float) -> int | None:
        """Rows from which even the lower end of the range reaches the target; None if not within four times."""
        ahead = zip(self.ahead.sizes, self.ahead.low, strict=True)
        return next((n for n, low in ahead if n > self.rows and low >= target), None)


class Ceiling(Kept):
    """A second person's labels scored against the first one's, with a 95% range, and Cohen's kappa for classes.

    No system can be held to more.
    """

    metric: str
    mean: Four
    low: Four
    high: Four
    kappa: Four | None = None
    rows: int = 0


class CascadePoint(AsGiven):
    """At a wished precision: the share of rows answered, and the precision really reached there (95% range)."""

    precision: float
    share: Four
    reached: Four | None = None
    low: Four | None = None
    high: Four | None = None


class Lead(Kept):
    """How far the best baseline is ahead of another one, by three tests that look at different doubts.

    The bootstrap and McNemar's test ask whether other rows would have said the same, Nadeau and Bengio's t
    whether other training rows would have; it is None where a slow rung was measured on too few folds.
    """

    baseline: str
    metric: str = ""
    mean: Four | None = None
    low: Four | None = None
    high: Four | None = None
    p_bootstrap: Four | None = None
    p_mcnemar: Four | None = None
    p_corrected_t: Four | None = None
    outcome: str | None = None


class Topic(Kept):
    """What some of the texts are about: its strongest terms, and the coherence of these (-1 to 1)."""

    terms: tuple[str, ...]
    rows: int
    coherence: Four
    example: str = ""
