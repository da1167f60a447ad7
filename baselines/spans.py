"""The ladder for named entities and other spans that are marked in a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from sklearn.pipeline import Pipeline

from baselines import Problem, explain, marks
from baselines.bench import LEAST_ROWS, Bench, Rows
from baselines.cascade import CascadePoint
from baselines.checks import TINY, too_small
from baselines.compare import Folds, Rung, measure_answers
from baselines.dataset import both_labelled
from baselines.measured import Ceiling, Score
from baselines.metrics import Floats
from baselines.pipelines import Setting
from baselines.span_models import SPANS, Marked, marked
from baselines.statistics import wilson
from baselines.verdict import Finding

RESAMPLES = 1000
MUCH_TEXT = 100_000  # characters from which three folds and one learning curve are enough
MOST_SHOWN = 20


@dataclass(frozen=True)
class Spans(Bench):
    """A text and the spans in it; strict F1, so that a span counts only with both its ends and its label."""

    task: ClassVar[str] = "span_extraction"
    floor: ClassVar[str] = "nothing"
    quick: ClassVar[tuple[str, ...]] = tuple(SPANS)

    def check_labels(self) -> None:
        if not any(self.spans[: len(self.data)]):
            raise Problem("no_spans", rows=len(self.data))

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return SPANS

    @cached_property
    def spans(self) -> Marked:
        """The marked spans of every row of both files."""
        parts = [self.data, *([self.test] if self.test else [])]
        return marked(row for part in parts for row in marks.read_column(part.texts, part.labels))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({span.label for row in self.spans for span in row}))

    @property
    def answers(self) -> Marked:
        return self.spans[: len(self.data)]

    @cached_property
    def strata(self) -> Rows:
        """The rarest kind of span in each row, 0 where there is none."""
        there = self._counts(self.answers, self.answers)[1]
        total = there.sum(axis=0)
        rarest = np.where(there > 0, total, np.inf).argmin(axis=1) + 1
        return np.asarray(np.where(there.any(axis=1), rarest, 0))

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

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        return measure_answers(
            name, self.baselines[name](self.setting), self.features, self.answers, self.folds, None,
            workers=self.workers,
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return [self._score(rung, self.answers)]

    def answered_for_test(self, rung: Rung) -> Rung:
        own, unseen = self.fitted_for_test(rung)
        return replace(rung, answers=own.predict(unseen)[None, :])

    def test_scores(self, answered: Rung, rows: Rows) -> list[Score]:
        kept = replace(answered, answers=answered.answers[:, rows])
        return [self._score(kept, self.spans[len(self.data) + rows])]

    def _counts(self, truth: Marked, said: Marked) -> Floats:
        return counted(truth, said, self.names)

    def _score(self, rung: Rung, truth: Marked) -> Score:
        """The mean over the repeats of the folds, and the range from resampling the rows."""
        counts = np.mean([self._counts(truth, said).sum(axis=2) for said in rung.answers], axis=0)
        mean, low, high = self._f1(counts)
        return Score(rung.name, self.metric, mean, low, high, rung.fit_seconds,
                     self.folds.count, len(truth))  # fmt: skip

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
        return float(span_f1(*self._counts(truth, said).sum(axis=(1, 2))))

    def people(self) -> Ceiling | None:
        """The second person's spans scored as if they were a model's; rows that person left empty do not count."""
        rows = both_labelled(self.data)
        if len(rows) < LEAST_ROWS:
            return None
        second = self.data.take(rows)
        said = marked(marks.read_column(second.texts, second.labels2 or ()))
        truth = self.answers[rows]
        names = sorted({span.label for row in (*said, *truth) for span in row})
        mean, low, high = self._f1(counted(truth, said, names).sum(axis=2))
        return Ceiling(self.metric, mean, low, high, None, len(rows))

    def findings(self) -> list[Finding | None]:
        amounts = self._counts(self.answers, self.answers)[1].sum(axis=0)
        tiny = [name for name, spans in zip(self.names, amounts, strict=True) if spans < TINY]
        return [*super().findings(), too_small(tiny) if tiny else None]

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """Each kind's own scores, and the rows with the most spans missed or made up."""
        said = best.answers[0]
        hits, wanted, given = self._counts(self.answers, said)
        wrong = (wanted + given - 2 * hits).sum(axis=1)
        worst = [int(row) for row in np.argsort(-wrong, kind="stable")[:MOST_SHOWN] if wrong[row]]
        return [], {
            "speed": explain.speed(self.final(best)[0], self.inputs(explain.TIMED_ROWS)),
            "per_class": explain.per_class(
                hits.sum(axis=0), wanted.sum(axis=0), given.sum(axis=0), self.names
            ),
            "mistakes": [
                {
                    "row": row + 1,
                    "text": self.shown(row)[: explain.SHOWN_CHARACTERS],
                    "label": self.said_as_text(row, self.answers[row]),
                    "predicted": self.said_as_text(row, said[row]),
                    "confidence": None,
                }
                for row in worst
            ],
        }

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
