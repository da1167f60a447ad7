"""What measuring leaves behind: scores with their intervals, and a learning curve. Plain values without numpy."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Path:
    """Predicted scores with their 95% range, at growing numbers of rows."""

    sizes: tuple[int, ...]
    predicted: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class LearningCurve:
    """Scores at the sizes that were measured, and the predicted path beyond them; `rows` is all there are."""

    baseline: str
    metric: str
    sizes: tuple[int, ...]
    means: tuple[float, ...]
    path: Path
    rows: int

    @property
    def predicted_sizes(self) -> tuple[int, int]:
        """Twice and four times the rows there are: never further."""
        return 2 * self.rows, 4 * self.rows

    def _at(self, side: tuple[float, ...]) -> tuple[float, float]:
        first, second = (side[self.path.sizes.index(size)] for size in self.predicted_sizes)
        return first, second

    @property
    def predicted(self) -> tuple[float, float]:
        return self._at(self.path.predicted)

    @property
    def low(self) -> tuple[float, float]:
        return self._at(self.path.low)

    @property
    def high(self) -> tuple[float, float]:
        return self._at(self.path.high)

    def rows_to_reach(self, target: float) -> int | None:
        """Rows from which even the lower end of the range reaches the target; None if not within four times."""
        ahead = zip(self.path.sizes, self.path.low, strict=True)
        return next((n for n, low in ahead if n > self.rows and low >= target), None)


@dataclass(frozen=True)
class Ceiling:
    """A second person's labels scored against the first one's, with a 95% range, and Cohen's kappa for classes.

    No system can be held to more.
    """

    metric: str
    mean: float
    low: float
    high: float
    kappa: float | None
    rows: int
