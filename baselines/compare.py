"""Every baseline on the same folds: answers for rows it had not seen, scores with intervals, and CPU time."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from baselines.features import Features
from baselines.measured import Score
from baselines.metrics import Codes, Floats, roc_auc, score_classes
from baselines.stacking import class_scores, fit_or_constant
from baselines.statistics import Interval, Resamples, auc_interval, wilson
from baselines.tasks import CLASS_METRICS
from baselines.workers import HERE, Workers

Rows = NDArray[np.int64]
UNSEEN = -1
FOLDS = 5
FEW_ROWS = 500  # below this the folds are drawn three times


@dataclass(frozen=True)
class Rung:
    """What one baseline answered for held-out rows; UNSEEN where a slow one was spared a fold.

    `answers` is (repeats, rows), `scores` (rows, classes) as the model gave them, from the first repeat.
    """

    name: str
    answers: NDArray[Any]
    scores: NDArray[np.float32]
    fit_seconds: float
    fits: int
    chosen: tuple[BaseEstimator, ...] = ()

    @property
    def seen(self) -> NDArray[np.bool_]:
        return np.asarray((self.answers != UNSEEN).all(axis=0))


@dataclass(frozen=True)
class Folds:
    """Which fold holds each row out, once per repeat: (repeats, rows)."""

    held_out: NDArray[np.int64]
    count: int

    @classmethod
    def stratified(
        cls, labels: Codes, groups: Rows, seed: int, folds: int = FOLDS, repeats: int = 1
    ) -> Folds:
        """Every class spread evenly over the folds; rows of one group never parted.

        >>> Folds.stratified(np.array([0, 0, 1, 1]), np.arange(4), seed=1, folds=2).held_out.tolist()
        [[1, 0, 1, 0]]
        """
        drawn = [_spread(labels, groups, folds, np.random.default_rng([seed, at])) for at in range(repeats)]
        return cls(np.stack(drawn), folds)

    def __iter__(self) -> Iterator[tuple[int, Rows, Rows]]:
        for repeat, held_out in enumerate(self.held_out):
            for fold in range(self.count):
                train, test = np.flatnonzero(held_out != fold), np.flatnonzero(held_out == fold)
                if len(train) and len(test):
                    yield repeat, train, test


def _spread(labels: Codes, groups: Rows, folds: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Groups of several rows first, each to the fold that most lacks its commonest class; then single rows."""
    held_out = np.full(len(labels), UNSEEN)
    wanted = np.bincount(labels) / folds
    have = np.zeros((folds, len(wanted)))
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(sizes)
    shuffled = random.permutation(len(sizes))
    for at in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        if sizes[at] == 1:
            break
        rows = order[ends[at] - sizes[at] : ends[at]]
        share = np.bincount(labels[rows], minlength=len(wanted))
        fold = int(np.argmin(((have + share - wanted) * share).sum(axis=1) + 1e-6 * have.sum(axis=1)))
        held_out[rows] = fold
        have[fold] += share
    single = random.permutation(np.flatnonzero(held_out == UNSEEN))
    for label in np.unique(labels[single]):
        rows = single[labels[single] == label]
        held_out[rows] = _fill(have[:, label], len(rows), have.sum(axis=1), random)
        have[:, label] += np.bincount(held_out[rows], minlength=folds)
    return held_out


def _fill(have: Floats, rows: int, load: Floats, random: np.random.Generator) -> NDArray[np.int64]:
    """Folds for `rows` more rows of a class: always the lowest fold next, the emptier one where two are level."""
    height = have[:, None] + np.arange(rows)
    lowest = np.lexsort((np.repeat(load, rows), height.ravel()))[:rows]
    return random.permutation(lowest // rows)


def all_scores(model: Any, matrix: Any, classes: int) -> Floats:
    """What the model thinks of each class, (rows, classes); a class it never met gets the lowest score."""
    said = class_scores(model, matrix)
    whole = np.full((len(said), classes), min(float(said.min(initial=0)), 0.0) - 1)
    whole[:, model.classes_] = said
    return whole


@dataclass(frozen=True)
class FoldAnswers:
    """What a baseline, fitted on some rows, answered for others; `counted` is its share of the counting, in CPU seconds."""

    said: NDArray[Any]
    given: Floats | None
    seconds: float
    counted: float
    chosen: BaseEstimator | None


def answer_fold(
    features: Features,
    pipeline: Pipeline,
    labels: NDArray[Any],
    classes: int,
    train: Rows,
    test: Rows,
    clock: Callable[[], float] = time.process_time,
) -> FoldAnswers:
    """Fit on the training rows and answer for the test rows; with `classes` above 0 each class is scored too."""
    step, model = pipeline.steps[0][1], pipeline.steps[1][1]
    counted = features.counting_seconds(step) * len(labels) / max(len(features.texts), 1)
    began = clock()
    seen, unseen = features.split(step, train, test)
    own = fit_quietly(model, seen, labels[train])
    seconds = clock() - began
    chosen = own.best_params_["model"] if hasattr(own, "best_params_") else None
    given = all_scores(own, unseen, classes) if classes else None
    return FoldAnswers(np.asarray(own.predict(unseen)), given, seconds, counted, chosen)


def measure(
    name: str,
    pipeline: Pipeline,
    features: Features,
    labels: NDArray[Any],
    classes: int,
    folds: Folds,
    most_folds: int | None = None,
    finished: Callable[[int, NDArray[Any]], None] = lambda fold, answers: None,
    workers: Workers = HERE,
    unseen_as: float | None = UNSEEN,
) -> Rung:
    """Fit on each fold's training rows, answer for its held-out rows; `classes` is 0 where answers are no classes.

    `fit_seconds` is CPU time of one fit, its share of the counting included. `most_folds` spares a slow
    baseline the rest of the folds; `unseen_as` stands for the rows it did not answer.
    """
    answers: NDArray[Any] = np.full((*folds.held_out.shape, *labels.shape[1:]), unseen_as)
    scores = np.zeros((len(labels), classes), dtype=np.float32)
    done: list[FoldAnswers] = []
    places = list(folds)[:most_folds]
    tasks = [(pipeline, labels, classes, train, test) for _, train, test in places]
    for (repeat, _, test), fold in zip(places, workers.pieces(answer_fold, features, tasks), strict=True):
        answers[repeat, test] = fold.said
        if classes and repeat == 0:
            scores[test] = fold.given
        done.append(fold)
        finished(len(done) - 1, answers[0])
    chosen = tuple(fold.chosen for fold in done if fold.chosen is not None)
    answered = len({repeat for repeat, _, _ in places})
    return Rung(name, answers[:answered], scores, _fit_seconds(done, folds), len(done), chosen)


def _fit_seconds(done: Sequence[FoldAnswers], folds: Folds) -> float:
    """CPU time of one fit with its share of the counting, of which every worker did its own."""
    counted = float(np.mean([fold.counted for fold in done]))
    return float(np.mean([fold.seconds for fold in done])) + counted * (1 - 1 / folds.count)


def fit_quietly(model: BaseEstimator, matrix: Any, labels: NDArray[Any]) -> Any:
    """A fitted copy; a solver that stops at its round limit is expected here, and no news to a user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit_or_constant(model, matrix, labels)


def scores(rung: Rung, labels: Codes, classes: int, seed: int) -> list[Score]:
    """All metrics over the rows the rung answered: Wilson's interval for accuracy, the bootstrap for the rest."""
    seen = rung.seen
    truth, answers = labels[seen], rung.answers[:, seen]
    resamples = Resamples(truth, answers, classes, seed)
    found = []
    for metric in CLASS_METRICS:
        mean = float(np.mean([score_classes(metric, truth, said, classes) for said in answers]))
        exact = metric == "accuracy"
        interval = wilson(mean * len(truth), len(truth)) if exact else resamples.interval(metric)
        found.append(_score(rung, metric, mean, interval, len(truth)))
    if classes == 2:
        area = roc_auc(truth == 1, rung.scores[seen, 1].astype(float))
        found.append(_score(rung, "roc_auc", area, auc_interval(area, truth), len(truth)))
    return found


def _score(rung: Rung, metric: str, mean: float, interval: Interval, rows: int) -> Score:
    return Score(rung.name, metric, mean, *interval, rung.fit_seconds, min(rung.fits, FOLDS), rows)


def fold_scores(rung: Rung, labels: Codes, classes: int, folds: Folds, metric: str) -> list[float]:
    """The metric on each fold apart, in the order of the folds: what paired tests compare."""
    measured = list(folds)[: rung.fits]
    return [
        score_classes(metric, labels[test], rung.answers[repeat, test], classes)
        for repeat, _, test in measured
    ]
