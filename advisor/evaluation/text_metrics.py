"""Scores of output texts against references, each with a range from resampling the items.

BLEU and chrF are sacrebleu's, so that they can be held against published figures; its usual tokenizer gives
Japanese a BLEU of nearly nothing, so Japanese is cut into characters. ROUGE-L follows the package rouge-score, whose
tokenizer drops everything but ASCII, over tokens of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from advisor.preparation.findings import are_labels
from advisor.preparation.oddities import language_hint
from pricing import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tokenizer = Literal["char", "13a", "ja-mecab", "intl"]
RESAMPLES = 1000
_TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿々]|[^\W_぀-ヿ㐀-鿿豈-﫿々]+|[^\w\s]")


@dataclass(frozen=True)
class TextScore:
    """One metric of all items, with its 95% range; between 0 and 1, but BLEU and chrF between 0 and 100."""

    metric: str
    value: float
    low: float
    high: float
    items: int
    tokenizer: str | None = None

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


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


def tokens(text: str) -> list[str]:
    """Kana and kanji one by one, other words whole, lower case, width made one.

    >>> tokens("ＧＰＴ-4は速い")
    ['gpt', '-', '4', 'は', '速', 'い']
    """
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def rouge_l(output: str, reference: str) -> float:
    """F-measure of the longest common subsequence of tokens. Source: Lin 2004.

    >>> rouge_l("空は青い", "空が青い")
    0.75
    """
    got, wanted = tokens(output), tokens(reference)
    common = longest_common(got, wanted)
    return 2 * common / (len(got) + len(wanted)) if common else 0.0


def longest_common(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, a column of the usual table in one whole number. Source: Hyyrö 2004.

    >>> longest_common("abcbdab", "bdcaba")
    4
    """
    at: dict[str, int] = {}
    for place, token in enumerate(first):
        at[token] = at.get(token, 0) | 1 << place
    full = (1 << len(first)) - 1
    row = full
    for token in second:
        met = row & at.get(token, 0)
        row = ((row + met) | (row - met)) & full
    return len(first) - row.bit_count()


def _same(output: str, reference: str) -> bool:
    return " ".join(tokens(output)) == " ".join(tokens(reference))


def _exact_match(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
    from baselines.statistics import wilson

    hits = sum(_same(output, reference) for output, reference in zip(outputs, references, strict=True))
    return TextScore("exact_match", hits / len(outputs), *wilson(hits, len(outputs)), len(outputs))


def _classes(metric: str) -> Callable[[Sequence[str], Sequence[str], str, int], TextScore]:
    def score(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
        """Outputs and references taken as labels, without regard to width, case and spacing."""
        import numpy as np

        from baselines.metrics import score_classes
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


def _rouge_l(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
    import numpy as np

    each = np.array(
        [rouge_l(output, reference) for output, reference in zip(outputs, references, strict=True)]
    )
    drawn = _times(len(each), seed) @ each / len(each)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return TextScore("rouge_l", float(each.mean()), float(low), float(high), len(each), "own")


def _sacrebleu(
    metric: Literal["bleu", "chrf"],
) -> Callable[[Sequence[str], Sequence[str], str, int], TextScore]:
    def score(outputs: Sequence[str], references: Sequence[str], cut: str, seed: int) -> TextScore:
        """The corpus score; each item's counts are added up anew for every resample."""
        import numpy as np

        judge = _judge(metric, cut)
        counts = np.array(judge._extract_corpus_statistics(list(outputs), [list(references)]))
        value = float(judge.corpus_score(list(outputs), [list(references)]).score)
        sums = _times(len(outputs), seed) @ counts
        drawn = [float(judge._compute_score_from_stats(row.tolist()).score) for row in sums]
        low, high = np.quantile(drawn, [0.025, 0.975])
        used = cut if metric == "bleu" else None
        return TextScore(metric, value, float(low), float(high), len(outputs), used)

    return score


def _judge(metric: Literal["bleu", "chrf"], cut: str) -> Any:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    try:
        return BLEU(tokenize=cut) if metric == "bleu" else CHRF()
    except (ImportError, RuntimeError) as error:
        raise Problem("library_missing", library=f"sacrebleu[{cut[:2]}]", metric=metric) from error


def _times(items: int, seed: int) -> NDArray[np.int64]:
    """How often each item is drawn in each resample."""
    import numpy as np

    return np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=RESAMPLES)


METRICS: dict[str, Callable[[Sequence[str], Sequence[str], str, int], TextScore]] = {
    "exact_match": _exact_match,
    "accuracy": _classes("accuracy"),
    "macro_f1": _classes("macro_f1"),
    "bleu": _sacrebleu("bleu"),
    "chrf": _sacrebleu("chrf"),
    "rouge_l": _rouge_l,
}
