"""What is wrong with the data, and how much less its scores prove because of it."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.metrics import Codes
from baselines.verdict import Finding

TINY = 10  # rows under which a class's own score means nothing
SOME_CONFLICT = 0.02  # share of rows that contradict another, from which it is mentioned
MANY_CONFLICTS = 0.2  # from which the labels must be settled first
SOME_REPEATS = 0.02
MANY_SHORTENED = 0.2  # share of rows of which only the start was read, from which scores mean less
SHOWN_LABEL = 40  # characters of a label's name
GIVEN_AWAY = 0.5  # share of rows whose text holds their own label


def same_text(text: str) -> str:
    """The text without differences of width, case and spacing: what a reader would call the same."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def conflicts(texts: Sequence[str], labels: Codes) -> Finding | None:
    """Same text, different labels. No model can be right on more than each text's commonest label allows."""
    by_text: dict[str, Counter[int]] = defaultdict(Counter)
    for text, label in zip(texts, labels.tolist(), strict=True):
        by_text[same_text(text)][label] += 1
    mixed = [counted for counted in by_text.values() if len(counted) > 1]
    if not mixed:
        return None
    rows = sum(sum(counted.values()) for counted in mixed)
    lost = sum(sum(counted.values()) - max(counted.values()) for counted in mixed)
    ceiling = round(1 - lost / len(texts), 4)
    share = rows / len(texts)
    return Finding(
        "conflicts",
        {"texts": len(mixed), "rows": rows, "share": round(share, 4), "ceiling": ceiling},
        blocks=share >= MANY_CONFLICTS,
        weakens=share >= SOME_CONFLICT,
        blocks_above={"accuracy": ceiling},
    )


def duplicates(groups: NDArray[np.int64], test_groups: NDArray[np.int64] | None = None) -> Finding | None:
    """Rows that repeat another row, and test rows that repeat a training row."""
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    rows = int((sizes[place] > 1).sum())
    in_test = int(np.isin(test_groups, groups).sum()) if test_groups is not None else 0
    if not rows and not in_test:
        return None
    share = rows / len(groups)
    fields: dict[str, Any] = {"rows": rows, "share": round(share, 4), "groups": int((sizes > 1).sum())}
    if test_groups is not None:
        share = max(share, in_test / len(test_groups))
        fields |= {"test_rows": in_test, "test_share": round(in_test / len(test_groups), 4)}
    return Finding("duplicates", fields, weakens=share >= SOME_REPEATS)


def tiny_classes(amounts: NDArray[Any], names: Sequence[str]) -> Finding | None:
    """Labels with too few rows, or spans, to learn from or to be judged on."""
    tiny = [name for name, amount in zip(names, amounts, strict=True) if amount < TINY]
    if not tiny:
        return None
    shown = [name[:SHOWN_LABEL] for name in tiny[:20]]
    return Finding("tiny_classes", {"labels": shown, "count": len(tiny), "fewer_than": TINY})


def label_in_text(texts: Sequence[str], labels: Sequence[str]) -> Finding | None:
    """Texts that hold their own label's name, and hardly ever another one's: the answer is in the question."""
    names = {label: same_text(label) for label in set(labels)}
    if any(len(name) < 2 for name in names.values()) or len(names) > 200:
        return None
    plain = [same_text(text) for text in texts]
    own = sum(names[label] in text for text, label in zip(plain, labels, strict=True))
    share = own / len(texts)
    if share < GIVEN_AWAY:
        return None
    other = sum(
        any(name in text for held, name in names.items() if held != label)
        for text, label in zip(plain, labels, strict=True)
    )
    if other > own / 4:
        return None
    return Finding("label_in_text", {"rows": own, "share": round(share, 4)}, blocks=True)


def unseen_labels(labels: Sequence[str], test_labels: Sequence[str]) -> Finding | None:
    """Labels of the test file that no training row has: every such row is wrong from the start."""
    known = set(labels)
    unknown = [label for label in test_labels if label not in known]
    if not unknown:
        return None
    share = len(unknown) / len(test_labels)
    return Finding(
        "unseen_labels",
        {
            "labels": [name[:SHOWN_LABEL] for name in sorted(set(unknown))[:20]],
            "rows": len(unknown),
            "share": round(share, 4),
        },
    )


def left_out(rows: int, of: int) -> Finding | None:
    """Rows without text or label, which no baseline saw."""
    if not rows:
        return None
    return Finding("empty_rows", {"rows": rows, "share": round(rows / of, 4)}, weakens=rows / of >= 0.05)


def doubted(rows: int | None, of: int, many: float) -> Finding | None:
    """Rows whose label a model that had not seen them does not believe, where they are many."""
    if not rows or rows < many * of:
        return None
    return Finding("suspicious_labels", {"rows": rows, "share": round(rows / of, 4)})


def shortened(texts: Sequence[str], longest: int) -> Finding | None:
    """Texts of which only the start was read by the character n-grams."""
    rows = sum(len(text) > longest for text in texts)
    if not rows:
        return None
    fields = {"rows": rows, "characters": longest}
    return Finding("shortened", fields, weakens=rows >= MANY_SHORTENED * len(texts))
