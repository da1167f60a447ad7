"""How much a text shares with the wanted one: BLEU, chrF and ROUGE-L, also where words have no spaces between.

BLEU and chrF are sacrebleu's, so that they can be held against published figures; its usual tokenizer gives
Japanese a BLEU of nearly nothing, so Japanese is cut into characters. ROUGE-L follows the package rouge-score, whose
tokenizer drops everything but ASCII, over tokens of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from baselines import Problem
from baselines.metrics import Floats

RESAMPLES = 1000
_TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿々]|[^\W_぀-ヿ㐀-鿿豈-﫿々]+|[^\w\s]")


class Overlap(NamedTuple):
    """One metric of all texts with its 95% range from resampling them, and of each text alone; from 0 to 1."""

    value: float
    low: float
    high: float
    each: Floats


def overlap(metric: str, said: Sequence[str], wanted: Sequence[str], cut: str, seed: int = 42) -> Overlap:
    """`bleu`, `chrf` or `rouge_l` of texts against the wanted ones; `cut` is sacrebleu's tokenizer for BLEU.

    BLEU and chrF are those of the whole list: the counts of its texts are added up before anything is divided.
    Raises Problem `library_missing` for a tokenizer that is not installed.

    >>> overlap("rouge_l", ["空は青い", "雨"], ["空が青い", "雨"], "char").value
    0.875
    """
    if metric == "rouge_l":
        each = np.array([rouge_l(a, b) for a, b in zip(said, wanted, strict=True)])
        drawn = _times(len(each), seed) @ each / len(each)
        return Overlap(float(each.mean()), *_ends(drawn), each)
    judge = _judge(metric, cut)
    counts = np.array(judge._extract_corpus_statistics(list(said), [list(wanted)]))
    sums = _times(len(counts), seed) @ counts
    value = float(judge.corpus_score(list(said), [list(wanted)]).score) / 100
    alone = _judge(metric, cut, effective_order=True)
    return Overlap(value, *_ends(_scores(judge, sums)), _scores(alone, counts))


def _scores(judge: Any, counts: NDArray[Any]) -> Floats:
    """sacrebleu's score, from 0 to 1, of each row of added-up counts."""
    return np.array([float(judge._compute_score_from_stats(row.tolist()).score) / 100 for row in counts])


def _ends(drawn: Floats) -> tuple[float, float]:
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _times(items: int, seed: int) -> NDArray[np.int64]:
    """How often each item is drawn in each resample."""
    return np.random.default_rng(seed).multinomial(items, np.full(items, 1 / items), size=RESAMPLES)


def _judge(metric: str, cut: str, effective_order: bool = False) -> Any:
    """`effective_order` leaves out n-grams longer than the text, as sacrebleu does for single sentences."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    try:
        return BLEU(tokenize=cut, effective_order=effective_order) if metric == "bleu" else CHRF()
    except (ImportError, RuntimeError) as error:
        raise Problem("library_missing", library=f"sacrebleu[{cut[:2]}]", metric=metric) from error


def tokens(text: str) -> list[str]:
    """Kana and kanji one by one, other words whole, lower case, width made one.

    >>> tokens("ＧＰＴ-4は速い")
    ['gpt', '-', '4', 'は', '速', 'い']
    """
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).lower())


def rouge_l(output: str, reference: str) -> float:
    """F-measure of the longest common subsequence of tokens. Source: Lin 2004 (https://aclanthology.org/W04-1013/).

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
