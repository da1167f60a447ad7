"""The ladder for multiple choice: one question, several answers to pick from, one of them right."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from baselines import Problem, explain
from baselines.bench import Bench, Rows
from baselines.compare import UNSEEN, Rung, fit_quietly
from baselines.measured import CascadePoint, Score
from baselines.metrics import Codes, Floats
from baselines.pair_pipelines import BIGRAMS, relation, second_text_only
from baselines.pairs import PairTexts
from baselines.pipelines import Setting
from baselines.statistics import wilson

_BETWEEN = re.compile(r"\s*(?:\n|\||;)\s*")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def split_choices(cell: str) -> list[str]:
    """The answers in one cell, parted by a line break, a bar or a semicolon.

    >>> split_choices("社長 | 教師|部長")
    ['社長', '教師', '部長']
    """
    return [choice for choice in _BETWEEN.split(cell.strip()) if choice]


def right_place(label: str, choices: Sequence[str]) -> int | None:
    """Which choice a label means: its text, its letter, or its number counted from 1.

    >>> right_place("B", ["x", "y"]), right_place("2", ["x", "y"]), right_place("x", ["x", "y"]), right_place("z", ["x"])
    (1, 1, 0, None)
    """
    plain = label.strip()
    if plain in choices:
        return list(choices).index(plain)
    place = (
        LETTERS.find(plain.lower())
        if len(plain) == 1 and plain.isalpha()
        else int(plain) - 1
        if plain.isdecimal()
        else -1
    )
    return place if 0 <= place < len(choices) else None


@dataclass(frozen=True)
class MultipleChoice(Bench):
    """A question, its choices in one cell, and the right one by text, letter or number."""

    task: ClassVar[str] = "multiple_choice"
    floor: ClassVar[str] = "place"
    quick: ClassVar[tuple[str, ...]] = ("place", "overlap", "choices_only", "choice_trees")
    grows: ClassVar[bool] = False

    def check_labels(self) -> None:
        if self.data.texts2 is None:
            raise Problem("choices_missing")
        for row, (cell, label) in enumerate(zip(self.both.texts2 or (), self.both.labels, strict=True)):
            choices = split_choices(cell)
            if len(choices) < 2 or right_place(label, choices) is None:
                raise Problem(
                    "choice_not_found", row=row % len(self.data) + 1, found=label[:50], choices=len(choices)
                )

    @property
    def baselines(self) -> Mapping[str, Callable[[Setting], Pipeline]]:
        return {"choices_only": second_text_only, "choice_trees": choice_trees}

    def rungs(self, which: str) -> tuple[str, ...]:
        return self.quick

    @cached_property
    def choices(self) -> list[list[str]]:
        return [split_choices(cell) for cell in self.both.texts2 or ()]

    @cached_property
    def truth(self) -> Codes:
        """The right choice's place, for each row of both files."""
        return np.array(
            [right_place(label, held) for label, held in zip(self.both.labels, self.choices, strict=True)]
        )

    @property
    def strata(self) -> Rows:
        return self.answers

    @cached_property
    def starts(self) -> Rows:
        """Where the choices of each row begin among all pairs of question and choice."""
        return np.cumsum([0, *map(len, self.choices)])

    @cached_property
    def pairs(self) -> PairTexts:
        asked = zip(self.both.texts, self.choices, strict=True)
        return PairTexts([(question, choice) for question, held in asked for choice in held])

    @cached_property
    def is_right(self) -> Codes:
        found = np.zeros(int(self.starts[-1]), dtype=np.int64)
        found[self.starts[:-1] + self.truth] = 1
        return found

    def final(self, rung: Rung) -> tuple[Pipeline, Any]:
        """Over pairs of question and choice; untrained rungs have none."""
        if rung.name not in self.baselines:
            raise Problem("no_pipeline", name=rung.name)
        step, model = self.parts(rung)
        rows = self._pairs_of(np.arange(len(self.data)))
        features, matrix = self.pairs.fit(step, rows)
        own = fit_quietly(model, matrix, self.is_right[rows])
        return Pipeline([("features", features), ("model", own)]), matrix

    def inputs(self, rows: int) -> list[Any]:
        return [
            (question, choice)
            for question, held in zip(self.data.texts[:rows], self.choices, strict=False)
            for choice in held
        ]

    def _pairs_of(self, rows: Rows) -> Rows:
        return np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])

    def _picked(self, name: str, train: Rows, test: Rows) -> Codes:
        """The choice taken for each test row."""
        if name == "place":
            return np.full(len(test), np.bincount(self.truth[train]).argmax())
        mine, others = self._pairs_of(train), self._pairs_of(test)
        if name == "overlap":
            features = relation(self.setting)
            _, unseen = self.pairs.split(features, mine, others)
            given = np.asarray(unseen[:, BIGRAMS - features.dense].todense()).ravel()
        else:
            step, model = (part for _, part in self.baselines[name](self.setting).steps)
            seen, unseen = self.pairs.split(step, mine, others)
            given = _sureness(fit_quietly(model, seen, self.is_right[mine]), unseen)
        sizes = [len(self.choices[row]) for row in test]
        return np.array([part.argmax() for part in np.split(given, np.cumsum(sizes)[:-1])])

    def climb(self, name: str, finished: Callable[[int, dict[str, Any]], None]) -> Rung:
        said, seconds = np.full(self.folds.held_out.shape, UNSEEN), []
        for repeat, train, test in self.folds:
            began = time.process_time()
            said[repeat, test] = self._picked(name, train, test)
            seconds.append(time.process_time() - began)
        return Rung(
            name, said, np.empty((len(self.data), 0), np.float32), float(np.mean(seconds)), len(seconds)
        )

    def scored(self, rung: Rung, truth: Codes) -> list[Score]:
        share, rows = float((rung.answers == truth).mean()), len(truth)
        return [Score(rung.name, "accuracy", share, *wilson(share * rows, rows), rung.fit_seconds,
                      self.folds.count, rows)]  # fmt: skip

    def answered_for_test(self, rung: Rung) -> Rung:
        rows = np.arange(len(self.both))
        said = self._picked(rung.name, rows[: len(self.data)], rows[len(self.data) :])
        return replace(rung, answers=said[None, :], scores=np.empty((len(said), 0), np.float32))

    def said_as_text(self, row: int, answer: Any) -> str:
        return str(self.choices[row][answer])

    def explained(self, best: Rung, climbed: Mapping[str, Rung]) -> tuple[list[CascadePoint], dict[str, Any]]:
        """Questions that were answered wrongly."""
        wrong = np.flatnonzero(best.answers[0] != self.answers)[:20]
        return [], {
            "speed": self.speed(best),
            "mistakes": [
                explain.mistake(row, self.data.texts[row], held[self.truth[row]], held[best.answers[0][row]])
                for row, held in ((row, self.choices[row]) for row in wrong)
            ],
        }

    def speed(self, rung: Rung) -> dict[str, float] | None:
        """Of whole questions; an untrained rung is not timed."""
        if rung.name not in self.baselines:
            return None
        asked = self.inputs(explain.TIMED_ROWS // 4)
        each = explain.speed(self.final(rung)[0], asked)
        choices = len(asked) / len(self.data.texts[: explain.TIMED_ROWS // 4])
        return {
            "single_ms": round(each["single_ms"] * choices, 3),
            "rows_per_second": round(each["rows_per_second"] / choices, 1),
        }


def choice_trees(setting: Setting) -> Pipeline:
    """Boosted trees on how each choice relates to its question."""
    from lightgbm import LGBMClassifier

    trees = LGBMClassifier(num_leaves=15, min_child_samples=20, reg_lambda=1.0, n_jobs=1, verbose=-1,
                           random_state=setting.seed)  # fmt: skip
    features = relation(setting)
    dense = FunctionTransformer(last_columns, kw_args={"columns": features.dense})
    return Pipeline([("features", features), ("model", Pipeline([("dense", dense), ("trees", trees)]))])


def last_columns(matrix: Any, columns: int) -> NDArray[np.float32]:
    """The last columns of a sparse matrix, as an array."""
    return np.asarray(matrix[:, -columns:].todense(), dtype=np.float32)


def _sureness(model: Any, matrix: Any) -> Floats:
    """How much the model believes that each pair is the right one."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(matrix))
    return np.asarray(model.predict_proba(matrix)[:, -1])
