"""Which kind of task a table is, and which metrics that has; light enough for a screen to ask."""

from __future__ import annotations

import math
import re

from baselines.dataset import LabelledTexts
from baselines.marks import are_spans

CLASS_METRICS = ("accuracy", "macro_f1", "weighted_f1", "mcc")
NUMBER_METRICS = ("spearman", "pearson")
SET_METRICS = ("macro_f1", "weighted_f1", "accuracy")
TEXT_METRICS = ("chrf", "rouge_l", "bleu")
TASKS: dict[str, tuple[str, ...]] = {
    "classification": CLASS_METRICS,
    "pairs": CLASS_METRICS,
    "similarity": NUMBER_METRICS,
    "ratings": NUMBER_METRICS,
    "multi_label": SET_METRICS,
    "multiple_choice": ("accuracy",),
    "span_extraction": ("span_f1",),
    "topics": ("coherence",),
    "summarisation": ("rouge_l", "chrf"),
    "translation": TEXT_METRICS,
    "dialogue": TEXT_METRICS,
    "code": ("chrf", "bleu"),
    "generation": TEXT_METRICS,
}
SHORTEST_ANSWER = 8  # characters on average, from which labels that hardly repeat are answers and not codes
MOST_CLASSES_OF_NUMBERS = 5  # more different numbers than this beside pairs are degrees, not classes


def has_target(task: str) -> bool:
    """Whether a score on this task can be held against a target: overlap with a wanted text proves no quality.

    >>> has_target("classification"), has_target("dialogue")
    (True, False)
    """
    return not set(TASKS[task]) <= {*TEXT_METRICS, "coherence"}


def as_number(label: str) -> float | None:
    """The label as a finite number, if it is one.

    >>> as_number(" 3.5 "), as_number("1,200"), as_number("three"), as_number("nan")
    (3.5, 1200.0, None, None)
    """
    try:
        value = float(label.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_BETWEEN_LABELS = re.compile(r"[|;,、；，]")


def split_labels(cell: str) -> list[str]:
    """The labels in one cell, parted by a bar, a semicolon or a comma.

    >>> split_labels("返品| 配送 |")
    ['返品', '配送']
    """
    return list(dict.fromkeys(part.strip() for part in _BETWEEN_LABELS.split(cell) if part.strip()))


def _hold_several(kinds: set[str]) -> bool:
    """Whether labels are sets: a bar or semicolon in many of them, and far fewer names than sets."""
    several = [kind for kind in kinds if "|" in kind or ";" in kind]
    names = {name for kind in kinds for name in split_labels(kind)}
    return len(several) > len(kinds) / 3 and 1 < len(names) < len(kinds)


def likely_task(data: LabelledTexts) -> str:
    """The task that a table looks like.

    Two texts a row with many different numbers are degrees of similarity; labels that are texts of their own
    and hardly repeat are answers to be generated.

    >>> likely_task(LabelledTexts(("a", "b"), ("x", "y"), ("c", "d")))
    'pairs'
    """
    kinds = set(data.labels)
    if data.texts2 is None:
        if are_spans(kinds):
            return "span_extraction"
        if _hold_several(kinds):
            return "multi_label"
        length = sum(map(len, kinds)) / max(len(kinds), 1)
        free = len(data) > 1 and len(kinds) > len(data) / 2 and length >= SHORTEST_ANSWER
        return "generation" if free else "classification"
    numeric = all(as_number(label) is not None for label in kinds)
    return "similarity" if numeric and len(kinds) > MOST_CLASSES_OF_NUMBERS else "pairs"


def metrics_of(task: str, classes: int) -> tuple[str, ...]:
    """What the task can be scored by, the usual one first; the area under the ROC curve is for two classes.

    >>> metrics_of("pairs", 2)[-1], metrics_of("similarity", 0)[0]
    ('roc_auc', 'spearman')
    """
    metrics = TASKS[task]
    return (*metrics, "roc_auc") if classes == 2 and metrics == CLASS_METRICS else metrics


def usual_metric(task: str) -> str:
    """The metric that is meant when nobody names one."""
    return "macro_f1" if "macro_f1" in TASKS[task] else TASKS[task][0]
