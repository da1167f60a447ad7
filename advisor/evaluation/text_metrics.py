"""Scores of output texts against references, each with a range from resampling the items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from advisor.preparation.findings import are_labels
from advisor.preparation.oddities import language_hint
from pricing import Problem

Tokenizer = Literal["char", "13a", "ja-mecab", "intl"]


@dataclass(frozen=True)
class TextScore:
    """One metric of all items, with its 95% range; between 0 and 1, but BLEU and chrF between 0 and 100."""

    metric: str
    value: float
    low: float
    high: float
    items: int
    tokenizer: str | None = None


def score_texts(
    outputs: Sequence[str],
    references: Sequence[str],
    metrics: Sequence[str] | None = None,
    tokenizer: Tokenizer | None = None,
    seed: int = 42,
) -> list[TextScore]:
    """Each metric asked for, else those that suit the references; so is the tokenizer.

    >>> [found] = score_texts(["はい", "いいえ"], ["はい", "はい"], ["exact_match"])
    >>> found.value, round(found.low, 2), round(found.high, 2)
    (0.5, 0.09, 0.91)
    """
    if len(outputs) != len(references):
        raise Problem("texts_differ_in_number", outputs=len(outputs), references=len(references))
    if not outputs:
        raise Problem("texts_none")
    wanted = suiting(references) if metrics is None else metrics
    for name in wanted:
        if name not in METRICS:
            raise Problem("text_metric_unknown", found=name, known=list(METRICS))
    cut = tokenizer or tokenizer_for(references)
    return [METRICS[name](outputs, references, cut, seed) for name in wanted]


def suiting(references: Sequence[str]) -> tuple[str, ...]:
    """Metrics for labels where the references are a few short names, else for texts."""
    if are_labels(references):
        return ("accuracy", "macro_f1")
    return ("exact_match", "rouge_l", "chrf", "bleu")


def tokenizer_for(texts: Sequence[str]) -> Tokenizer:
    """`char` where most texts are written without spaces, else sacrebleu's usual `13a`."""
    hints = [language_hint(text) for text in texts]
    unspaced = sum(hint in ("ja", "han") for hint in hints)
    return "char" if 2 * unspaced >= sum(hint is not None for hint in hints) and unspaced else "13a"


def _same(output: str, reference: str) -> bool:
    from baselines.overlap import tokens

    return tokens(output) == tokens(reference)


def _exact_match(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
    from baselines.statistics import wilson

    hits = sum(_same(output, reference) for output, reference in zip(outputs, references, strict=True))
    return TextScore("exact_match", hits / len(outputs), *wilson(hits, len(outputs)), len(outputs))


def _classes(metric: str) -> Callable[[Sequence[str], Sequence[str], str, int], TextScore]:
    def score(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
        """Outputs and references taken as labels, without regard to width, case and spacing."""
        import numpy as np

        from baselines.metrics import score_classes
        from baselines.overlap import tokens
        from baselines.statistics import Resamples, wilson

        said, right = ([" ".join(tokens(text)) for text in texts] for texts in (outputs, references))
        number = {label: at for at, label in enumerate(sorted({*said, *right}))}
        truth, given = (np.array([number[label] for label in labels]) for labels in (right, said))
        value = score_classes(metric, truth, given, len(number))
        if metric == "accuracy":
            return TextScore(metric, value, *wilson(int((truth == given).sum()), len(truth)), len(truth))
        found = Resamples(truth, given, len(number), seed).interval(metric)
        return TextScore(metric, value, *found, len(truth))

    return score


def _overlap(metric: str, scale: float) -> Callable[[Sequence[str], Sequence[str], str, int], TextScore]:
    def score(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
        from baselines.overlap import overlap

        found = overlap(metric, outputs, references, cut, seed)
        used = {"bleu": cut, "rouge_l": "own"}.get(metric)
        value, low, high = (scale * end for end in found[:3])
        return TextScore(metric, value, low, high, len(outputs), used)

    return score


METRICS: dict[str, Callable[[Sequence[str], Sequence[str], str, int], TextScore]] = {
    "exact_match": _exact_match,
    "accuracy": _classes("accuracy"),
    "macro_f1": _classes("macro_f1"),
    "bleu": _overlap("bleu", 100),
    "chrf": _overlap("chrf", 100),
    "rouge_l": _overlap("rouge_l", 1),
}
