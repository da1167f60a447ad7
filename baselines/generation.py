"""Answers that are free text: what finding the nearest known answer reaches. It sets a floor and no verdict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from baselines import Problem
from baselines.bench import Bench, Rows
from baselines.cascade import CascadePoint
from baselines.compare import Rung, Score, measure_answers
from baselines.curve import LearningCurve
from baselines.explain import SHOWN_CHARACTERS
from baselines.overlap import chrf, rouge_l
from baselines.pipelines import Setting, characters
from baselines.tasks import TASKS

Answers = NDArray[np.object_]
MOST_SCORED = 2_000  # rows; more would only cost time
MOST_SHOWN = 20
_SENTENCE_END = re.compile(r"(?<=[。！？!?])|(?<=\.)\s|\n")


class AsItIs(BaseEstimator):  # type: ignore[misc]
    """The features are the answers."""

    def fit(self, answers: Answers, wanted: Answers) -> Self:
        self.is_fitted_ = True
        return self

    def predict(self, answers: Answers) -> Answers:
        return answers


def copied(texts: Sequence[str]) -> Answers:
    """The inputs, as answers."""
    return np.array(texts, dtype=object)


def first_sentences(texts: Sequence[str]) -> Answers:
    """The first sentence of each input, as summaries often are."""
    return np.array([_SENTENCE_END.split(text.strip(), maxsplit=1)[0] for text in texts], dtype=object)


def any_answer(setting: Setting) -> Pipeline:
    """A training answer drawn at random: the floor."""
    model = DummyClassifier(strategy="uniform", random_state=setting.seed)
    return Pipeline([("features", characters(setting)), ("model", model)])


def nearest_answer(setting: Setting) -> Pipeline:
    """The answer to the most similar training input, by character n-grams."""
    nearest = KNeighborsClassifier(n_neighbors=1, metric="cosine", algorithm="brute")
    return Pipeline([("features", characters(setting)), ("model", nearest)])


def copy_input(setting: Setting) -> Pipeline:
    return Pipeline([("features", FunctionTransformer(copied)), ("model", AsItIs())])


def first_sentence(setting: Setting) -> Pipeline:
    return Pipeline([("features", FunctionTransformer(first_sentences)), ("model", AsItIs())])


GENERATORS: dict[str, Callable[[Setting], Pipeline]] = {
    "any_answer": any_answer,
    "copy_input": copy_input,
    "first_sentence": first_sentence,
    "nearest_answer": nearest_answer,
}


@dataclass(frozen=True)
class Generation(Bench):
    """An input and a wanted text a row. Scores are overlaps with that text, which many good answers would miss."""

    task: ClassVar[str] = "generation"
    floor: ClassVar[str] = "any_answer"
    quick: ClassVar[tuple[str, ...]] = tuple(GENERATORS)
    settles: ClassVar[bool] = False

    def check_labels(self) -> None:
        same = sum(
            text.strip() == label.strip()
            for text, label in zip(self.data.texts, self.data.labels, strict=True)
        )
        if same > len(self.data) / 2:
            raise Problem("label_is_the_text", rows=same)

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return GENERATORS

    @cached_property
    def answers(self) -> Answers:
        return np.array(self.data.labels, dtype=object)

    @cached_property
    def strata(self) -> Rows:
        return np.zeros(len(self.data), dtype=np.int64)

    def first_look(self) -> tuple[str, dict[str, Any]] | None:
        return None

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        return measure_answers(
            name, self.baselines[name](self.setting), self.features, self.answers, self.folds, None
        )

    def scores(self, rung: Rung) -> list[Score]:
        return self._scores(rung, rung.answers[0], self.data.labels)

    def test_scores(self, rung: Rung) -> list[Score]:
        own, unseen = self.fitted_for_test(rung)
        return self._scores(rung, np.asarray(own.predict(unseen)), self.test.labels if self.test else ())

    def _scores(self, rung: Rung, said: Answers, wanted: Sequence[str]) -> list[Score]:
        found = []
        for metric in TASKS[self.task]:
            each = np.array(self.overlaps(metric, said[:MOST_SCORED], wanted[:MOST_SCORED]))
            half = 1.96 * float(each.std(ddof=1)) / len(each) ** 0.5 if len(each) > 1 else 1.0
            mean = float(each.mean())
            found.append(Score(rung.name, metric, mean, max(0.0, mean - half), min(1.0, mean + half),
                               rung.fit_seconds, self.folds.count, len(each)))  # fmt: skip
        return found

    def overlaps(self, metric: str, said: Answers | Sequence[str], wanted: Sequence[str]) -> list[float]:
        """The metric of each answer against the wanted text."""
        if metric == "chrf":
            return [chrf(a, b) for a, b in zip(said, wanted, strict=True)]
        return [rouge_l(a, b, self.setting.unspaced) for a, b in zip(said, wanted, strict=True)]

    def curve(self, rung: Rung) -> LearningCurve:
        raise Problem("curve_not_by_this_metric", metric=self.metric)

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """The answers that miss the wanted text most."""
        said = best.answers[0][:MOST_SCORED]
        each = np.array(self.overlaps("chrf", said, self.data.labels[:MOST_SCORED]))
        worst = np.argsort(each, kind="stable")[:MOST_SHOWN]
        return [], {
            "mistakes": [
                {
                    "row": int(row) + 1,
                    "text": self.shown(int(row))[:SHOWN_CHARACTERS],
                    "label": self.data.labels[row][:SHOWN_CHARACTERS],
                    "predicted": str(said[row])[:SHOWN_CHARACTERS],
                    "confidence": None,
                }
                for row in worst
            ]
        }
