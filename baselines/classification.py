"""The ladders whose answers are classes: one text a row, or two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.pipeline import Pipeline

from baselines import Problem, checks, explain, pair_pipelines
from baselines.agreement import cohen_kappa
from baselines.bench import Bench, Rows, coded
from baselines.cascade import calibration_error, cascade, confidences, temperature
from baselines.compare import FOLDS, UNSEEN, Folds, Rung, fit_quietly, measure, scores
from baselines.differences import leads, without_optimism
from baselines.label_noise import doubted
from baselines.measured import CascadePoint, Score
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
    unseen_as: ClassVar[float | None] = UNSEEN

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
    def truth(self) -> Codes:
        return coded(self.both.labels, self.names)

    @property
    def strata(self) -> Rows:
        return self.answers

    def first_look(self) -> tuple[str, dict[str, Any]]:
        """Accuracy of a linear model on one fifth of the rows, before repeats are looked for: in a second."""
        held_out = np.random.default_rng(self.seed).integers(FOLDS, size=len(self.data))
        pipeline, plain = self.baselines[self.glanced](self.setting), Folds(held_out[None, :], FOLDS)
        rung = measure(
            self.glanced, pipeline, self.features, self.answers, len(self.names), plain, most_folds=1
        )
        return self.glanced, self.glance(self.glanced, rung.answers[0])

    def glance(self, name: str, answers: Codes) -> dict[str, Any]:
        """Accuracy over the rows answered so far."""
        done = answers != UNSEEN
        right, rows = int((answers == self.answers)[done].sum()), int(done.sum())
        low, high = wilson(right, rows)
        mean = right / max(rows, 1)
        return {"metric": "accuracy", "mean": round(mean, 4), "low": round(low, 4), "high": round(high, 4)}

    def most_folds(self, name: str) -> int | None:
        return SLOW.get(name) if self.setting.is_large else None

    def scored(self, rung: Rung, truth: Codes) -> list[Score]:
        return scores(rung, truth, len(self.names), self.seed)

    def said_as_text(self, row: int, answer: Any) -> str:
        return str(self.names[answer])

    def kappa(self, first: Sequence[str], second: Sequence[str]) -> float:
        return cohen_kappa(first, second)

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
            checks.tiny_classes(np.bincount(self.answers, minlength=len(self.names)), self.names),
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
        return {"speed": self.speed(best), "terms": {}}
