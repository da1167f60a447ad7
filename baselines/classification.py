"""The ladder on one column of texts: every rung on the same folds, and on the test file where there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from baselines import Problem, checks, explain
from baselines.cascade import CascadePoint, calibration_error, cascade, confidences
from baselines.compare import (
    FEW_ROWS,
    FOLDS,
    UNSEEN,
    Folds,
    Rung,
    Score,
    class_scores,
    fit_quietly,
    measure,
    scores,
)
from baselines.curve import LearningCurve, curve_sizes, extrapolate, measure_curve
from baselines.dataset import LabelledTexts
from baselines.differences import leads, without_optimism
from baselines.duplicates import group_equal, group_near, normalise
from baselines.features import Features
from baselines.metrics import CLASS_METRICS, Codes, score_classes
from baselines.pipelines import BASELINES, LONGEST, QUICK, Setting, is_unspaced
from baselines.shift import shift
from baselines.statistics import wilson
from baselines.verdict import Finding, Target

Rows = NDArray[np.int64]
LEAST_ROWS = 10
NEAR_ROWS = 50_000  # above this only texts that are equal after normalising count as repeats
COLLAPSED = 0.5  # of the best linear rung's score: below this trees have diverged and are no baseline
SLOW = {"logistic": 1, "linear_chosen": 2, "lightgbm": 1, "stacked": 1}  # folds on a large table


@dataclass(frozen=True)
class Classification:
    """Labelled texts made ready: classes as numbers, repeats grouped, folds drawn, n-grams counted once.

    Rows of the test file follow those of the training table, so that both share one count.
    """

    data: LabelledTexts
    test: LabelledTexts | None = None
    metric: str = "macro_f1"
    seed: int = 42

    task: ClassVar[str] = "classification"
    floor: ClassVar[str] = "majority"

    def __post_init__(self) -> None:
        """Refuse what cannot be measured, before anything long begins."""
        rows, counted = len(self.data), self.data.label_counts
        if rows < LEAST_ROWS:
            raise Problem("too_few_rows", rows=rows, needed=LEAST_ROWS)
        if len(counted) < 2:
            raise Problem("one_class", label=next(iter(counted)), rows=rows)
        if sum(of_label > 1 for of_label in counted.values()) < 2:
            raise Problem("labels_hardly_repeat", labels=len(counted), rows=rows)
        possible = [*CLASS_METRICS, *(["roc_auc"] if len(self.names) == 2 else [])]
        if self.metric not in possible:
            raise Problem("metric_not_for_task", metric=self.metric, task=self.task, possible=possible)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Classes in the order of their numbers, those that only the test file has included."""
        return tuple(sorted({*self.data.labels, *(self.test.labels if self.test else ())}))

    def _coded(self, labels: Sequence[str]) -> Codes:
        number = {name: at for at, name in enumerate(self.names)}
        return np.array([number[label] for label in labels], dtype=np.int64)

    @cached_property
    def labels(self) -> Codes:
        return self._coded(self.data.labels)

    @cached_property
    def test_labels(self) -> Codes:
        return self._coded(self.test.labels if self.test else ())

    @cached_property
    def features(self) -> Features:
        return Features([*self.data.texts, *(self.test.texts if self.test else ())])

    @cached_property
    def repeats(self) -> Rows:
        """A group number for each row of both files: rows of one group repeat each other."""
        texts = self.features.texts
        near = len(texts) <= NEAR_ROWS
        return np.array(group_near(texts) if near else group_equal([normalise(text) for text in texts]))

    @cached_property
    def groups(self) -> Rows:
        """Rows that no split may part: repeats, or what the table's own group column says."""
        if self.data.groups is None:
            return self.repeats[: len(self.data)]
        number: dict[str, int] = {}
        return np.array([number.setdefault(group, len(number)) for group in self.data.groups], dtype=np.int64)

    @cached_property
    def folds(self) -> Folds:
        times = 3 if len(self.data) < FEW_ROWS else 1
        return Folds.stratified(self.labels, self.groups, self.seed, FOLDS, times)

    @cached_property
    def setting(self) -> Setting:
        return Setting(len(self.data), len(self.names), is_unspaced(self.data.texts), self.metric, self.seed)

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return BASELINES

    def rungs(self, which: str) -> tuple[str, ...]:
        return QUICK if which == "quick" else tuple(self.baselines)

    def first_look(self) -> tuple[str, dict[str, Any]]:
        """Accuracy of the linear model on one fifth of the rows, before repeats are looked for: in a second."""
        held_out = np.random.default_rng(self.seed).integers(FOLDS, size=len(self.data))
        pipeline, plain = self.baselines["linear_svm"](self.setting), Folds(held_out[None, :], FOLDS)
        rung = measure(
            "linear_svm", pipeline, self.features, self.labels, len(self.names), plain, most_folds=1
        )
        return "linear_svm", self._glance(rung.answers[0])

    def _glance(self, answers: Codes) -> dict[str, Any]:
        """Accuracy over the rows answered so far."""
        done = answers != UNSEEN
        right, rows = int((answers == self.labels)[done].sum()), int(done.sum())
        low, high = wilson(right, rows)
        mean = right / max(rows, 1)
        return {"metric": "accuracy", "mean": round(mean, 4), "low": round(low, 4), "high": round(high, 4)}

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        """One rung over the folds; a slow one on a large table gets fewer of them, as its scores say."""
        most = SLOW.get(name) if self.setting.is_large else None
        pipeline = self.baselines[name](self.setting)
        return measure(
            name, pipeline, self.features, self.labels, len(self.names), self.folds, most,
            lambda fold, answers: finished(fold, self._glance(answers)),
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return scores(rung, self.labels, len(self.names), self.seed)

    def collapsed(self, means: Mapping[str, float]) -> tuple[str, ...]:
        """Trees that reach less than half of what a linear model does."""
        linear = max((means[name] for name in ("linear_svm", "linear_chosen") if name in means), default=0.0)
        return tuple(n for n in ("lightgbm", "stacked") if n in means and means[n] < COLLAPSED * linear)

    def on_test(self, rung: Rung) -> Rung:
        """The same baseline fitted on every training row, answering for the test file."""
        step, model = self._parts(rung)
        train = np.arange(len(self.data))
        seen, unseen = self.features.split(step, train, len(train) + np.arange(len(self.test_labels)))
        own = fit_quietly(model, seen, self.labels)
        answers = np.asarray(own.predict(unseen))[None, :]
        given = class_scores(own, unseen, len(self.names)).astype(np.float32)
        return Rung(rung.name, answers, given, rung.fit_seconds, 1, rung.chosen)

    def test_scores(self, rung: Rung) -> list[Score]:
        return scores(self.on_test(rung), self.test_labels, len(self.names), self.seed)

    def _parts(self, rung: Rung) -> tuple[Any, Any]:
        """Features and model of a rung; where the model was chosen inside the folds, the first one chosen."""
        step, model = (part for _, part in self.baselines[rung.name](self.setting).steps)
        return step, rung.chosen[0] if rung.chosen else model

    def without_luck(self, score: Score, climbed: Mapping[str, Rung]) -> tuple[Score, float]:
        return without_optimism(score, climbed, self.labels, len(self.names), self.seed)

    def curve(self, rung: Rung) -> LearningCurve:
        """The rung's learning curve by the target metric; a Problem where the rows are too few for one."""
        if self.metric not in CLASS_METRICS:
            raise Problem("curve_not_by_this_metric", metric=self.metric)
        splits = [(train, test) for repeat, train, test in self.folds if repeat == 0]
        splits = splits[: 1 if self.setting.is_large else FOLDS]
        sizes = curve_sizes(min(len(train) for train, _ in splits), len(self.names))
        step, model = self._parts(rung)
        found = measure_curve(step, lambda x, y: fit_quietly(model, x, y), self._score, self.features, self.labels,
                              splits, sizes, self.seed)  # fmt: skip
        held_out = sum(len(test) for _, test in splits)
        return extrapolate(sizes, found, len(self.data), rung.name, self.metric, held_out, self.seed)

    def _score(self, model: Any, matrix: Any, truth: Codes) -> float:
        return score_classes(self.metric, truth, np.asarray(model.predict(matrix)), len(self.names))

    def findings(self, target: Target | None) -> list[Finding | None]:
        """What is wrong with the table, whatever a baseline makes of it."""
        rows, texts = len(self.data), self._whole_texts()
        aim = (target.value, target.metric) if target else (None, None)
        return [
            checks.duplicates(self.repeats[:rows], self.repeats[rows:] if self.test else None),
            checks.conflicts(texts, self.labels, *aim),
            checks.tiny_classes(self.labels, self.names),
            checks.label_in_text(texts, self.data.labels),
            checks.shortened(texts, LONGEST),
            checks.unseen_labels(self.data.labels, self.test.labels) if self.test else None,
        ]

    def _whole_texts(self) -> tuple[str, ...]:
        return self.data.texts

    def test_shift(self) -> float:
        """How well test rows can be told from training rows (0.5: not at all)."""
        step = self.baselines["linear_svm"](self.setting)
        return shift(step, self.features, len(self.data), self.repeats, self.seed)

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """The cascade, and what a reader asks next: confusions, surest mistakes, telling terms, leads."""
        seen = np.flatnonzero(best.seen)
        truth, given = self.labels[seen], best.scores[seen].astype(float)
        held_out, said = self.folds.held_out[0][seen], best.answers[0][seen]
        right = np.asarray(said == truth)
        sure = confidences(given, truth, held_out)
        step, model = self._parts(best)
        linear = hasattr(model, "coef_") or type(model).__name__ in ("LinearSVC", "ComplementNB")
        terms = explain.telling_terms(step, model, self.features, self.labels, self.names) if linear else {}
        metric = self.metric if self.metric in CLASS_METRICS else "macro_f1"
        others = leads(
            best, list(climbed.values()), self.labels, len(self.names), self.folds, metric, self.seed
        )
        return cascade(sure, right, held_out), {
            "calibration_error": round(calibration_error(sure, right), 4),
            "differences": [lead.as_json() for lead in others],
            **explain.confusion(truth, said, self.names),
            "mistakes": explain.mistakes(self._whole_texts(), truth, said, sure, seen, self.names),
            "terms": terms,
        }
