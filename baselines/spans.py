"""The ladder for named entities and other spans that are marked in a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from sklearn.pipeline import Pipeline

from baselines import Problem, marks
from baselines.compare import Folds, Rung
from baselines.measured import Score
from baselines.metrics import Floats
from baselines.pipelines import Setting
from baselines.several import Several
from baselines.span_models import SPANS, Marked, marked
from baselines.statistics import wilson

RESAMPLES = 1000
MUCH_TEXT = 100_000  # characters from which three folds and one learning curve are enough
MOST_SHOWN = 20


@dataclass(frozen=True)
class Spans(Several):
    """A text and the spans in it; strict F1, so that a span counts only with both its ends and its label."""

    task: ClassVar[str] = "span_extraction"
    floor: ClassVar[str] = "nothing"
    quick: ClassVar[tuple[str, ...]] = tuple(SPANS)

    def check_labels(self) -> None:
        if not any(self.answers):
            raise Problem("no_spans", rows=len(self.data))

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return SPANS

    @cached_property
    def truth(self) -> Marked:
        """The marked spans of every row of both files."""
        parts = [self.data, *([self.test] if self.test else [])]
        return marked(row for part in parts for row in marks.read_column(part.texts, part.labels))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({span.label for row in self.truth for span in row}))

    @cached_property
    def folds(self) -> Folds:
        if not self.is_long:
            return super().folds
        return Folds.stratified(self.strata, self.groups, self.seed, folds=3)

    @cached_property
    def is_long(self) -> bool:
        return sum(map(len, self.data.texts)) > MUCH_TEXT

    @property
    def curve_splits(self) -> int:
        return 1 if self.is_long else 3

    def counts(self, truth: Marked, said: Marked) -> Floats:
        return counted(truth, said, self.names)

    def scored(self, rung: Rung, truth: Marked) -> list[Score]:
        """The mean over the repeats of the folds, and the range from resampling the rows."""
        counts = np.mean([self.counts(truth, said).sum(axis=2) for said in rung.answers], axis=0)
        mean, low, high = self._f1(counts)
        return [Score(rung.name, self.metric, mean, low, high, rung.fit_seconds,
                      self.folds.count, len(truth))]  # fmt: skip

    def _f1(self, counts: Floats) -> tuple[float, float, float]:
        """F1 of counts of shape (3, rows), and its 95% range from resampling the rows.

        Where no row is wrong no resample is either, so the range is then Wilson's of the rows.
        """
        rows = counts.shape[1]
        times = np.random.default_rng(self.seed).multinomial(rows, np.full(rows, 1 / rows), size=RESAMPLES)
        low, high = np.quantile(span_f1(*(counts @ times.T)), [0.025, 0.975])
        value = float(span_f1(*counts.sum(axis=1)))
        return value, min(float(low), wilson(rows, rows).low) if value == 1 else float(low), float(high)

    def score(self, truth: Marked, said: Marked) -> float:
        return float(span_f1(*self.counts(truth, said).sum(axis=(1, 2))))

    def said_as_text(self, row: int, answer: Any) -> str:
        return marks.shown(self.both.texts[row], answer)


def counted(truth: Marked, said: Marked, labels: Sequence[str]) -> Floats:
    """Per row and label, how many spans are right, wanted and said: (3, rows, labels). Strict: both ends and label."""
    place = {label: at for at, label in enumerate(labels)}
    found = np.zeros((3, len(truth), len(labels)))
    for row, (wanted, given) in enumerate(zip(truth, said, strict=True)):
        for kind, spans in enumerate((set(wanted) & set(given), set(wanted), set(given))):
            for span in spans:
                found[kind, row, place[span.label]] += 1
    return found


def span_f1(hits: Floats, wanted: Floats, said: Floats) -> Floats:
    """F1 over all spans together, from counts; 0 where there are none at all.

    >>> span_f1(np.array(1.0), np.array(2.0), np.array(1.0)).round(2)
    np.float64(0.67)
    """
    whole = wanted + said
    return np.asarray(np.divide(2 * hits, whole, out=np.zeros_like(whole, dtype=float), where=whole > 0))
