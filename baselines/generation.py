"""Answers that are free text: what a known answer or a piece of the input reaches. It sets a floor and no verdict."""

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
from baselines.compare import Rung
from baselines.explain import SHOWN_CHARACTERS, mistake
from baselines.measured import CascadePoint, Score
from baselines.overlap import Overlap, overlap
from baselines.pipelines import Setting, characters, is_unspaced
from baselines.tasks import TASKS

Answers = NDArray[np.object_]
MOST_SCORED = 2_000  # rows; more would only cost time
MOST_SHOWN = 20
LONGEST = 2_000  # characters of an answer that are compared
_SENTENCE = re.compile(r"\S.*?(?:[。！？!?]+[」』）)\"”]*|\.(?=\s)|(?=\n)|$)", re.DOTALL)


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


def lead(texts: Sequence[str], sentences: int) -> Answers:
    """The first sentences of each input: news puts what counts there, so that many summaries fail to beat it.

    >>> lead(["雨です。風も強い。寒い。"], sentences=2)[0], lead(["It rains. It blows. Cold."], sentences=2)[0]
    ('雨です。風も強い。', 'It rains. It blows.')
    """
    ends = (list(_SENTENCE.finditer(text))[:sentences] for text in texts)
    cut = (
        text[: found[-1].end()].strip() if found else text for text, found in zip(texts, ends, strict=True)
    )
    return np.array(list(cut), dtype=object)


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
    return _lead(1)


def lead_three(setting: Setting) -> Pipeline:
    return _lead(3)


def _lead(sentences: int) -> Pipeline:
    start = FunctionTransformer(lead, kw_args={"sentences": sentences})
    return Pipeline([("features", start), ("model", AsItIs())])


GENERATORS: dict[str, Callable[[Setting], Pipeline]] = {
    "any_answer": any_answer,
    "copy_input": copy_input,
    "first_sentence": first_sentence,
    "lead_three": lead_three,
    "nearest_answer": nearest_answer,
}


@dataclass(frozen=True)
class Generation(Bench):
    """An input and a wanted text a row. Scores are overlaps with that text, which many good answers would miss."""

    task: ClassVar[str] = "generation"
    floor: ClassVar[str] = "any_answer"
    quick: ClassVar[tuple[str, ...]] = ("any_answer", "copy_input", "nearest_answer")
    settles: ClassVar[bool] = False
    grows: ClassVar[bool] = False

    def check_labels(self) -> None:
        same = sum(
            text.strip() == label.strip()
            for text, label in zip(self.data.texts, self.data.labels, strict=True)
        )
        if same > len(self.data) / 2:
            raise Problem("label_is_the_text", rows=same)

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return {name: GENERATORS[name] for name in self.quick}

    @cached_property
    def truth(self) -> Answers:
        return np.array(self.both.labels, dtype=object)

    @cached_property
    def strata(self) -> Rows:
        return np.zeros(len(self.data), dtype=np.int64)

    @cached_property
    def cut(self) -> str:
        """How BLEU parts words."""
        return "char" if is_unspaced(self.data.labels) else "13a"

    def scored(self, rung: Rung, truth: Answers) -> list[Score]:
        found = []
        for metric in TASKS[self.task]:
            shared = self.overlap(metric, rung.answers[0], truth)
            rows = len(shared.each)
            found.append(Score(rung.name, metric, *shared[:3], rung.fit_seconds, self.folds.count, rows))
        return found

    def overlap(self, metric: str, said: Answers, wanted: Answers) -> Overlap:
        """How much the answers share with the wanted texts, over at most 2,000 rows."""
        ours, theirs = ([str(text)[:LONGEST] for text in side[:MOST_SCORED]] for side in (said, wanted))
        return overlap(metric, ours, theirs, self.cut, self.seed)

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """The answers that miss the wanted text most."""
        said = best.answers[0][:MOST_SCORED]
        each = self.overlap(self.metric, said, self.answers).each
        worst = np.argsort(each, kind="stable")[:MOST_SHOWN]

        def shown(answer: Any) -> str:
            return str(answer)[:SHOWN_CHARACTERS]

        return [], {
            "speed": self.speed(best),
            "mistakes": [
                mistake(row, self.shown(row), shown(self.answers[row]), shown(said[row])) for row in worst
            ],
        }


@dataclass(frozen=True)
class Summarisation(Generation):
    """The start of the text is the baseline to beat."""

    task: ClassVar[str] = "summarisation"
    instead: ClassVar[str] = "judge_summaries"
    quick: ClassVar[tuple[str, ...]] = ("any_answer", "first_sentence", "lead_three")


@dataclass(frozen=True)
class Translation(Generation):
    """A translation memory is the baseline to beat."""

    task: ClassVar[str] = "translation"
    instead: ClassVar[str] = "judge_translations"


@dataclass(frozen=True)
class Dialogue(Generation):
    """The reply once given to the most similar words is the baseline to beat."""

    task: ClassVar[str] = "dialogue"
    instead: ClassVar[str] = "judge_replies"


@dataclass(frozen=True)
class Code(Generation):
    """Whether a program works only its tests can say."""

    task: ClassVar[str] = "code"
    instead: ClassVar[str] = "judge_by_tests"
    quick: ClassVar[tuple[str, ...]] = ("any_answer", "nearest_answer")
