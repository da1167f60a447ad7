"""Why the model says so, and where it is wrong: terms, confusions and the mistakes it was surest of."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.pipeline import FeatureUnion, Pipeline

from baselines.metrics import Codes, Floats
from baselines.pipelines import normalise
from baselines.topics import TERM

MOST_CLASSES = 40
SHOWN_CHARACTERS = 200
TIMED_ROWS = 300
TOLD_BY_CLOCK = 0.1  # seconds; some systems count processor time in steps of a hundredth
MOST_WORDS = 2_000
_WORD = re.compile(TERM)
_SAYS_NOTHING = re.compile(r"[\u3040-\u309f\W\d_]+")  # hiragana, signs and digits alone


def confusion(truth: Codes, said: Codes, names: Sequence[str]) -> dict[str, Any]:
    """The confusion matrix of up to 40 classes, else only its 40 commonest confusions; and each class's scores."""
    classes = len(names)
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (truth, said), 1)
    hits, actual, predicted = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    wrong = table - np.diag(hits)
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CLASSES]
    pairs = [(int(at // classes), int(at % classes)) for at in order if wrong.flat[at] > 0]
    return {
        "per_class": per_class(hits, actual, predicted, names),
        "confusion": table.tolist() if classes <= MOST_CLASSES else None,
        "confused": [{"label": names[a], "predicted": names[b], "rows": int(table[a, b])} for a, b in pairs],
    }


def per_class(hits: Any, actual: Any, predicted: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows, precision, recall and F1 of each class, from its counts."""
    return [
        {
            "label": name,
            "rows": int(there),
            "precision": _share(right, said),
            "recall": _share(right, there),
            "f1": _share(2 * right, there + said),
        }
        for name, right, there, said in zip(names, hits, actual, predicted, strict=True)
    ]


def _share(part: Any, whole: Any) -> float | None:
    return round(float(part / whole), 4) if whole else None


def mistake(
    row: int, text: str, label: str, predicted: str, confidence: float | None = None
) -> dict[str, Any]:
    """A row that was answered wrongly, for a reader; rows count from 1."""
    return {
        "row": int(row) + 1,
        "text": text[:SHOWN_CHARACTERS],
        "label": label,
        "predicted": predicted,
        "confidence": confidence,
    }


def mistakes(
    texts: Sequence[str],
    truth: Codes,
    said: Codes,
    sure: Floats,
    rows: NDArray[np.int64],
    names: Sequence[str],
    most: int = 20,
) -> list[dict[str, Any]]:
    """The wrong answers the model was surest of: often a wrong label, always worth reading. Rows count from 1."""
    wrong = np.flatnonzero(truth != said)
    worst = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    return [
        mistake(rows[at], texts[rows[at]], names[truth[at]], names[said[at]], round(float(sure[at]), 4))
        for at in worst
    ]


def telling_terms(
    pipeline: Pipeline, matrix: Any, labels: Codes, names: Sequence[str], texts: Sequence[str], most: int = 10
) -> dict[str, list[str]]:
    """For each class the terms that speak for it most: the model's weight times how common a term is in the class.

    `matrix` and `texts` are the training rows; the terms are the model's own n-grams, or whole words found in the
    texts more than once where its n-grams are pieces of words. Empty for models without one weight per class and term, and above
    40 classes.
    """
    step, model = pipeline.steps[0][1], pipeline.steps[1][1]
    weights = getattr(model, "coef_", getattr(model, "feature_log_prob_", None))
    if weights is None or len(names) > MOST_CLASSES:
        return {}
    if len(weights) == 1:
        weights = np.vstack([-weights, weights])
    ahead = weights - weights.mean(axis=0)
    terms = _terms(step)
    if not isinstance(step, FeatureUnion) and step.analyzer == "char":
        words, there = _words(texts)
        if len(words):
            terms, matrix, ahead = words, there, np.asarray(ahead @ step.transform(words).T)
    found = {}
    for place, label in enumerate(model.classes_):
        mean = np.asarray(matrix[labels == label].mean(axis=0)).ravel()
        best = [
            at for at in np.argsort(-ahead[place] * mean, kind="stable") if ahead[place][at] * mean[at] > 0
        ]
        found[names[label]] = _different([terms[at] for at in best[: 20 * most]], most)
    return found


def _words(texts: Sequence[str]) -> tuple[NDArray[np.object_], Any]:
    """The commonest words, runs of one script where there are no spaces, and which texts hold them."""
    found = [set(_WORD.findall(normalise(text))) for text in texts]
    rows = Counter(word for words in found for word in words)
    terms = [word for word, times in rows.most_common(MOST_WORDS) if times > 1]
    place = {word: at for at, word in enumerate(terms)}
    there = [(row, place[word]) for row, words in enumerate(found) for word in words if word in place]
    at = tuple(np.array(there, dtype=np.int64).reshape(-1, 2).T)
    shape = (len(texts), len(terms))
    return np.array(terms, dtype=object), sparse.csr_matrix((np.ones(len(there)), at), shape=shape)


def _terms(step: BaseEstimator) -> NDArray[np.object_]:
    if isinstance(step, FeatureUnion):
        return np.concatenate([_terms(part) for _, part in step.transformer_list])
    return np.asarray(step.get_feature_names_out(), dtype=object)


PLAIN_MODELS = ("ComplementNB", "LinearSVC", "LogisticRegression")


def recipe(step: BaseEstimator, model: BaseEstimator, seed: int) -> dict[str, Any] | None:
    """What it takes to build a linear rung again, in plain values; None for other rungs."""
    if type(getattr(model, "estimator", model)).__name__ not in PLAIN_MODELS:
        return None
    blocks = [part for _, part in step.transformer_list] if isinstance(step, FeatureUnion) else [step]
    letters = next((block for block in blocks if block.analyzer != "word"), None)
    return {
        "model": " ".join(repr(model).split()),
        "words": any(block.analyzer == "word" for block in blocks),
        "analyzer": letters.analyzer if letters else None,
        "ngrams": list(letters.ngram_range) if letters else None,
        "min_df": blocks[0].min_df,
        "seed": seed,
    }


def speed(pipeline: Pipeline, inputs: Sequence[Any]) -> dict[str, float]:
    """CPU time of answering: the mean of single inputs in milliseconds, and inputs a second in one batch."""
    one_by_one = cycle(inputs)
    single = _seconds_each(lambda: pipeline.predict([next(one_by_one)]), most=300)
    batch = _seconds_each(lambda: pipeline.predict(list(inputs)), most=20)
    return {"single_ms": round(1000 * single, 3), "rows_per_second": round(len(inputs) / batch, 1)}


def _seconds_each(work: Callable[[], object], most: int) -> float:
    """CPU seconds of one call, the mean over as many as the clock of the processor can tell from nothing."""
    began, times = time.process_time(), 0
    while times < most and (times == 0 or time.process_time() - began < TOLD_BY_CLOCK):
        work()
        times += 1
    return max(time.process_time() - began, 1e-6) / times


def _different(terms: Sequence[str], most: int) -> list[str]:
    """Terms that say something to a reader, and are no piece of one already taken."""
    taken: list[str] = []
    for term in (term.strip() for term in terms):
        if (
            len(term) > 1
            and not _SAYS_NOTHING.fullmatch(term)
            and not all(word in ENGLISH_STOP_WORDS for word in term.split())
            and not any(term in o or o in term for o in taken)
        ):
            taken.append(term)
        if len(taken) == most:
            break
    return taken
