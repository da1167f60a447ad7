"""How much a generated text shares with the wanted one: chrF and ROUGE-L that work without spaces as well."""

from __future__ import annotations

from collections import Counter

LONGEST = 2_000  # characters compared


def chrf(said: str, wanted: str, order: int = 6, beta: float = 2.0) -> float:
    """Character n-gram F-score from 0 to 1, white space left out; recall counts `beta` times as much.

    Source: Popović 2015 (W15-3049), averaged over the orders that both texts have.

    >>> round(chrf("そらが青い", "そらは青い"), 2), chrf("a", "")
    (0.26, 0.0)
    """
    a, b = ("".join(text.split())[:LONGEST] for text in (said, wanted))
    precisions, recalls = [], []
    for length in range(1, order + 1):
        ours, theirs = _ngrams(a, length), _ngrams(b, length)
        if not ours or not theirs:
            continue
        both = sum((ours & theirs).values())
        precisions.append(both / sum(ours.values()))
        recalls.append(both / sum(theirs.values()))
    if not precisions:
        return 0.0
    precision, recall = sum(precisions) / len(precisions), sum(recalls) / len(recalls)
    weighted = beta**2 * precision + recall
    return (1 + beta**2) * precision * recall / weighted if weighted else 0.0


def _ngrams(text: str, length: int) -> Counter[str]:
    return Counter(text[at : at + length] for at in range(len(text) - length + 1))


def rouge_l(said: str, wanted: str, by_character: bool) -> float:
    """F1 of the longest common subsequence, from 0 to 1, over characters or over words.

    Source: Lin 2004 (W04-1013). The usual tool keeps ASCII only and so gives Japanese nought; this does not.

    >>> rouge_l("the cat sat", "the cat ran", by_character=False)
    0.6666666666666666
    """
    cut = (text[:LONGEST].lower() for text in (said, wanted))
    a, b = (list("".join(text.split())) if by_character else text.split() for text in cut)
    if not a or not b:
        return 0.0
    return 2 * common_subsequence(a, b) / (len(a) + len(b))


def common_subsequence(a: list[str], b: list[str]) -> int:
    """Length of the longest common subsequence, one whole row of the table a step (Hyyrö 2004).

    >>> common_subsequence(list("abcbdab"), list("bdcaba"))
    4
    """
    places: dict[str, int] = {}
    for at, symbol in enumerate(a):
        places[symbol] = places.get(symbol, 0) | 1 << at
    every = (1 << len(a)) - 1
    row = every
    for symbol in b:
        matched = row & places.get(symbol, 0)
        row = ((row + matched) | (row - matched)) & every
    return (~row & every).bit_count()
