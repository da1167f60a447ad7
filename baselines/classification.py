"""The ladders whose answers are classes: one text a row, or two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.pipeline import Pipeline

from baselines import Problem, checks, explain, pair_pipelines
from baselines.agreement import cohen_kappa
from baselines.bench import LEAST_ROWS, Bench, Rows, coded
from baselines.cascade import CascadePoint, calibration_error, cascade, confidences, temperature
from baselines.compare import FOLDS, UNSEEN, Folds, Rung, all_scores, fit_quietly, measure, scores
from baselines.dataset import both_labelled
from baselines.differences import leads, without_optimism
from baselines.label_noise import doubted
from baselines.measured import Ceiling, Score
from baselines.metrics import Codes, Floats, score_classes
from baselines.pipelines import BASELINES, QUICK, Setting
from baselines.statistics import wilson
from baselines.tasks import CLASS_METRICS
from baselines.verdict import Finding

CLEARLY = (
    0.8  # how far another class's chance is ahead where a label is called doubtful: a weak model doubts many
)
COLLAPSED = 0.5  # of the best linear rung's score: below this trees have diverged and are no baseline
SLOW = {"logistic": 1, "linear_chosen": 2, "lightgbm": 1, "stacked": 1}  # folds on a large table


@dataclass(frozen=True)
class Classification(Bench):
    """One column of texts, one label each."""

    task: ClassVar[str] = "classification"
    floor: ClassVar[str] = "majority"
    quick: ClassVar[tuple[str, ...]] = QUICK
    glanced: ClassVar[str] = "linear_svm"
    careless: ClassVar[tuple[str, ...]] = ("naive",)

    def check_labels(self) -> None:
        rows, counted = len(self.data), self.data.label_counts
        if len(counted) < 2:
            raise Problem("one_class", label=next(iter(counted)), rows=rows)
        if sum(of_label > 1 for of_label in counted.values()) < 2:
            raise Problem("labels_hardly_repeat", labels=len(counted), rows=rows)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Classes in the order of their numbers, those that only the test file has included."""
        return tuple(sorted(set(self.both.labels)))

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return BASELINES

    @cached_property
    def answers(self) -> Codes:
        return coded(self.data.labels, self.names)

    @property
    def strata(self) -> Rows:
        return self.answers

    @cached_property
    def test_answers(self) -> Codes:
        return coded(self.test.labels if self.test else (), self.names)

    def first_look(self) -> tuple[str, dict[str, Any]]:
        """Accuracy of a linear model on one fifth of the rows, before repeats are looked for: in a second."""
        held_out = np.random.default_rng(self.seed).integers(FOLDS, size=len(self.data))
        pipeline, plain = self.baselines[self.glanced](self.setting), Folds(held_out[None, :], FOLDS)
        rung = measure(
            self.glanced, pipeline, self.features, self.answers, len(self.names), plain, most_folds=1
        )
        return self.glanced, self._glance(rung.answers[0])

    def _glance(self, answers: Codes) -> dict[str, Any]:
        """Accuracy over the rows answered so far."""
        done = answers != UNSEEN
        right, rows = int((answers == self.answers)[done].sum()), int(done.sum())
        low, high = wilson(right, rows)
        mean = right / max(rows, 1)
        return {"metric": "accuracy", "mean": round(mean, 4), "low": round(low, 4), "high": round(high, 4)}

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        """One rung over the folds; a slow one on a large table gets fewer of them, as its scores say."""
        most = SLOW.get(name) if self.setting.is_large else None
        pipeline = self.baselines[name](self.setting)
        return measure(
            name, pipeline, self.features, self.answers, len(self.names), self.folds, most,
            lambda fold, answers: finished(fold, self._glance(answers)), self.workers,
        )  # fmt: skip

    def scores(self, rung: Rung) -> list[Score]:
        return scores(rung, self.answers, len(self.names), self.seed)

    def answered_for_test(self, rung: Rung) -> Rung:
        own, unseen = self.fitted_for_test(rung)
        said = np.asarray(own.predict(unseen))[None, :]
        given = all_scores(own, unseen, len(self.names)).astype(np.float32)
        return Rung(rung.name, said, given, rung.fit_seconds, 1, rung.chosen)

    def test_scores(self, answered: Rung, rows: Rows) -> list[Score]:
        kept = replace(answered, answers=answered.answers[:, rows], scores=answered.scores[rows])
        return scores(kept, self.test_answers[rows], len(self.names), self.seed)

    def said_as_text(self, row: int, answer: Any) -> str:
        return str(self.names[answer])

    def people(self) -> Ceiling | None:
        """The second person's labels scored as if they were a model's."""
        rows = both_labelled(self.data)
        if len(rows) < LEAST_ROWS:
            return None
        first, second = ([side[row] for row in rows] for side in (self.data.labels, self.data.labels2 or ()))
        names = sorted({*first, *second})
        metric = self.metric if self.metric in CLASS_METRICS else "macro_f1"
        none = np.zeros((len(rows), max(len(names), 2)), np.float32)
        said = Rung("people", coded(second, names)[None, :], none, 0.0, 1)
        found = next(
            score
            for score in scores(said, coded(first, names), len(names), self.seed)
            if score.metric == metric
        )
        return Ceiling(metric, found.mean, found.low, found.high, cohen_kappa(first, second), len(rows))

    def collapsed(self, means: Mapping[str, float]) -> tuple[str, ...]:
        """Trees that reach less than half of what a linear model does."""
        linear = max((means[name] for name in ("linear_svm", "linear_chosen") if name in means), default=0.0)
        trees = ("lightgbm", "stacked", "naive")
        return tuple(name for name in trees if name in means and means[name] < COLLAPSED * linear)

    def without_luck(self, score: Score, climbed: Mapping[str, Rung]) -> tuple[Score, float]:
        return without_optimism(score, climbed, self.answers, len(self.names), self.seed)

    def score(self, truth: NDArray[Any], said: NDArray[Any]) -> float:
        return score_classes(self.metric, truth, said, len(self.names))

    def findings(self) -> list[Finding | None]:
        texts = self.whole_texts[: len(self.data)]
        return [
            *super().findings(),
            checks.conflicts(texts, self.answers),
            checks.tiny_classes(self.answers, self.names),
            checks.label_in_text(texts, self.data.labels),
            checks.unseen_labels(self.data.labels, self.test.labels) if self.test else None,
        ]

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """The cascade, and what a reader asks next: confusions, surest mistakes, telling terms, leads."""
        seen = np.flatnonzero(best.seen)
        truth, given = self.answers[seen], best.scores[seen].astype(float)
        held_out, said = self.folds.held_out[0][seen], best.answers[0][seen]
        right = np.asarray(said == truth)
        sure = confidences(given, truth, held_out)
        metric = self.metric if self.metric in CLASS_METRICS else "macro_f1"
        others = leads(
            best, list(climbed.values()), self.answers, len(self.names), self.folds, metric, self.seed
        )
        return cascade(sure, right, held_out), {
            "calibration_error": round(calibration_error(sure, right), 4),
            "differences": others,
            **explain.confusion(truth, said, self.names),
            "suspicious_labels": self._suspicious(given, truth),
            "mistakes": explain.mistakes(self.whole_texts, truth, said, sure, seen, self.names),
            **self.final_details(best),
        }

    def _suspicious(self, given: Floats, truth: Codes) -> int | None:
        """Rows whose label the model, not having seen it, clearly does not believe; None where a class was not met."""
        if len(np.unique(truth)) < len(self.names):
            return None
        found = doubted(softmax(given / temperature(given, truth), axis=1), truth)
        return sum(likelier - own >= CLEARLY for _, _, own, likelier in found)

    def handed_out(self, rung: Rung) -> Pipeline:
        """Fitted on the labels themselves, so that it answers with them."""
        step, model = self.parts(rung)
        features, matrix = self.features.fit(step, np.arange(len(self.data)))
        return Pipeline(
            [("features", features), ("model", fit_quietly(model, matrix, np.array(self.data.labels)))]
        )

    def final_details(self, best: Rung) -> dict[str, Any]:
        """Speed of the best rung; and the terms that speak for each class, from it or from the linear rung."""
        pipeline, matrix = self.final(best)
        found: dict[str, Any] = {"speed": explain.speed(pipeline, self.inputs(explain.TIMED_ROWS))}
        found["recipe"] = explain.recipe(*self.parts(best), self.seed)
        if not hasattr(pipeline[-1], "coef_") and not hasattr(pipeline[-1], "feature_log_prob_"):
            pipeline, matrix = self.final(Rung("linear_svm", best.answers, best.scores, 0.0, 0))
        return found | {
            "terms": explain.telling_terms(pipeline, matrix, self.answers, self.names, self.data.texts)
        }


@dataclass(frozen=True)
class PairClassification(Classification):
    """Two texts a row and how they relate: inference, paraphrase, same or different."""

    task: ClassVar[str] = "pairs"
    quick: ClassVar[tuple[str, ...]] = ("majority", "second_text_only", "pair_linear", "pair_trees")
    glanced: ClassVar[str] = "pair_linear"

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return pair_pipelines.CLASSES

    def collapsed(self, means: Mapping[str, float]) -> tuple[str, ...]:
        """Trees that reach less than half of what the linear model does."""
        fell = "pair_trees" in means and means["pair_trees"] < COLLAPSED * means["pair_linear"]
        return ("pair_trees",) if fell else ()

    def findings(self) -> list[Finding | None]:
        return [found for found in super().findings() if found is None or found.id != "label_in_text"]

    def final_details(self, best: Rung) -> dict[str, Any]:
        return {"speed": explain.speed(self.final(best)[0], self.inputs(explain.TIMED_ROWS)), "terms": {}}
