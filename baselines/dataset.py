"""What is in a labelled table, before anything is trained on it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from baselines import Problem
from baselines.counted import Empty, LabelMerge, Lengths, Repeats
from baselines.duplicates import NEAR_ROWS, group_equal, group_near, normalise

if TYPE_CHECKING:
    from baselines.table import Table


@dataclass(frozen=True)
class LabelledTexts:
    """Texts (or pairs of texts) and their labels, row by row; labels are strings, also numeric scores.

    >>> data = LabelledTexts(("返品したい", "ログインできない"), ("返品", "ログイン"))
    >>> len(data), data.label_counts
    (2, {'返品': 1, 'ログイン': 1})
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    texts2: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None
    labels2: tuple[str, ...] | None = (
        None  # what a second person said of the same rows; empty where nobody did
    )

    def __post_init__(self) -> None:
        for name in ("labels", "texts2", "groups", "labels2"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.texts):
                raise Problem(
                    "columns_differ_in_length", texts=len(self.texts), column=name, found=len(values)
                )

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def from_table(
        cls,
        table: Table,
        text: str,
        label: str,
        text2: str | None = None,
        group: str | None = None,
        label2: str | None = None,
    ) -> LabelledTexts:
        """The named columns as they stand: nothing trimmed, merged or dropped."""
        return cls(
            texts=tuple(table.column(text)),
            labels=tuple(table.column(label)),
            texts2=tuple(table.column(text2)) if text2 else None,
            groups=tuple(table.column(group)) if group else None,
            labels2=tuple(table.column(label2)) if label2 else None,
        )

    @property
    def label_counts(self) -> dict[str, int]:
        """Rows of each label, the commonest first."""
        return dict(Counter(self.labels).most_common())

    @property
    def whole_texts(self) -> tuple[str, ...]:
        """One text a row: both of a pair, one under the other."""
        if self.texts2 is None:
            return self.texts
        return tuple(f"{text}\n{other}" for text, other in zip(self.texts, self.texts2, strict=True))

    def take(self, rows: Iterable[int]) -> LabelledTexts:
        """The rows at these positions, in this order."""
        at = list(rows)
        return LabelledTexts(
            texts=tuple(self.texts[i] for i in at),
            labels=tuple(self.labels[i] for i in at),
            texts2=None if self.texts2 is None else tuple(self.texts2[i] for i in at),
            groups=None if self.groups is None else tuple(self.groups[i] for i in at),
            labels2=None if self.labels2 is None else tuple(self.labels2[i] for i in at),
        )

    def without_empty_rows(self, *, unlabelled: bool = False) -> LabelledTexts:
        """Only the rows in which every text holds something visible; so must the label, but for `unlabelled`."""
        columns = [
            self.texts,
            *([] if unlabelled else [self.labels]),
            *([self.texts2] if self.texts2 is not None else []),
        ]
        kept = [row for row, cells in enumerate(zip(*columns, strict=True)) if all(map(has_content, cells))]
        return self if len(kept) == len(self) else self.take(kept)

    def with_labels_merged(self, merge: Mapping[str, str]) -> LabelledTexts:
        """Labels replaced as `merge` says (old name -> new name); others stay."""
        return replace(self, labels=tuple(merge.get(label, label) for label in self.labels))


def joined(parts: Sequence[LabelledTexts]) -> LabelledTexts:
    """The rows of all parts, one part after the other; all have a second text or none has.

    >>> joined([LabelledTexts(("a",), ("x",)), LabelledTexts(("b",), ("y",))]).labels
    ('x', 'y')
    """
    if len(parts) == 1:
        return parts[0]
    return LabelledTexts(
        tuple(text for part in parts for text in part.texts),
        tuple(label for part in parts for label in part.labels),
        tuple(text for part in parts for text in part.texts2 or ())
        if any(part.texts2 is not None for part in parts)
        else None,
        labels2=tuple(label for part in parts for label in part.labels2 or ("",) * len(part))
        if any(part.labels2 is not None for part in parts)
        else None,
    )


def has_content(text: str) -> bool:
    """Whether anything but white space and invisible characters is there.

    >>> has_content(" \\u200b\\u3000"), has_content("🙂")
    (False, True)
    """
    if text.isprintable():  # the common case, decided without a search
        return text.strip() != ""
    return bool(_INVISIBLE.sub("", text).strip())


# Control and format characters (categories Cc and Cf) except tab and line breaks.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
# The character n-grams of the baselines look at this much of a text.
LONG_TEXT = 10_000
MOST_SHOWN = 20


@dataclass(frozen=True)
class Conflict:
    """Rows with one text, after normalising, and more than one label."""

    text: str
    labels: Mapping[str, int]


@dataclass(frozen=True)
class DatasetProfile:
    """What is in a labelled table. Rows are counted once under each heading that fits them."""

    rows: int
    labels: Mapping[str, int]
    empty: Empty
    characters: Lengths
    duplicates: Repeats
    most_repeated: Mapping[str, int]
    conflicting_rows: int
    conflicts: tuple[Conflict, ...]
    label_merges: tuple[LabelMerge, ...]
    invisible: Mapping[str, int]
    not_nfc: int
    long_texts: int

    @property
    def single_labels(self) -> list[str]:
        """Labels that a single row has: no split can put them on both sides."""
        return [label for label, count in self.labels.items() if count == 1]


def profile(data: LabelledTexts, *, near: bool = False) -> DatasetProfile:
    """Count what a reader should know before training; `near` also searches near duplicates (seconds).

    >>> profile(LabelledTexts(("返品したい", "返品したい!", ""), ("返品", "配送", "返品"))).conflicting_rows
    2
    """
    texts = data.whole_texts
    normal = [normalise(text) for text in texts]
    filled = [place for place, text in enumerate(texts) if has_content(text)]
    repeats = Counter(texts[place] for place in filled)
    conflicts = _conflicts([(normal[place], texts[place], data.labels[place]) for place in filled])
    labelled = [has_content(label) for label in data.labels]
    counts = Counter(label for label, filled_in in zip(data.labels, labelled, strict=True) if filled_in)
    nearly, unknown = _repeated_nearly([texts[place] for place in filled]) if near else (None, "not_asked")
    return DatasetProfile(
        rows=len(data),
        labels=dict(counts.most_common()),
        empty=Empty(
            rows=len(data) - sum(labelled[place] for place in filled),
            texts=len(data) - len(filled),
            labels=len(data) - counts.total(),
        ),
        characters=_lengths(texts),
        duplicates=Repeats(
            rows=_repeated(group_equal([normal[place] for place in filled])),
            exact=_repeated(group_equal([texts[place] for place in filled])),
            near=nearly,
            near_unknown=unknown,
        ),
        most_repeated={text: count for text, count in repeats.most_common(MOST_SHOWN) if count > 1},
        conflicting_rows=sum(sum(conflict.labels.values()) for conflict in conflicts),
        conflicts=tuple(conflicts[:MOST_SHOWN]),
        label_merges=label_merges(counts),
        invisible=_invisible(texts),
        not_nfc=sum(not unicodedata.is_normalized("NFC", text) for text in texts),
        long_texts=sum(len(text) > LONG_TEXT for text in texts),
    )


def label_merges(counts: Mapping[str, int]) -> tuple[LabelMerge, ...]:
    """Labels that differ only in width, case, spacing, invisible characters or a decimal `.0`.

    >>> label_merges({"1": 5, "１": 1, "1.0": 2, "2": 9})[0]
    LabelMerge(into='1', spellings={'1': 5, '１': 1, '1.0': 2})
    """
    alike: dict[str, dict[str, int]] = defaultdict(dict)
    for label, count in counts.items():
        plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", label)).strip().casefold()
        alike[re.sub(r"^([+-]?\d+)\.0+$", r"\1", plain)][label] = count
    return tuple(
        LabelMerge(into=max(spellings, key=spellings.__getitem__), spellings=spellings)
        for spellings in alike.values()
        if len(spellings) > 1
    )


def _repeated(first: Sequence[int]) -> int:
    return sum(place != earliest for place, earliest in enumerate(first))


def _repeated_nearly(texts: Sequence[str]) -> tuple[int | None, str | None]:
    if len(texts) > NEAR_ROWS:
        return None, "too_many_rows"
    try:
        return _repeated(group_near(texts)), None
    except Problem:
        return None, "too_much_alike"


def _conflicts(rows: Iterable[tuple[str, str, str]]) -> list[Conflict]:
    """From (normalised text, text, label): the texts with more than one label, the commonest first."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    shown: dict[str, str] = {}
    for normal, text, label in rows:
        if has_content(label):
            labels[normal][label] += 1
            shown.setdefault(normal, text)
    found = [Conflict(shown[normal], dict(counts)) for normal, counts in labels.items() if len(counts) > 1]
    return sorted(found, key=lambda conflict: -sum(conflict.labels.values()))


def _invisible(texts: Iterable[str]) -> dict[str, int]:
    """Code point of each invisible character -> rows that hold it."""
    rows: Counter[str] = Counter()
    for text in texts:
        rows.update(f"U+{ord(character):04X}" for character in set(_INVISIBLE.findall(text)))
    return dict(rows.most_common())


def _lengths(texts: Sequence[str]) -> Lengths:
    ordered = sorted(map(len, texts)) or [0]
    return Lengths(
        shortest=ordered[0],
        mean=sum(ordered) / len(ordered),
        p50=_percentile(ordered, 0.50),
        p95=_percentile(ordered, 0.95),
        p99=_percentile(ordered, 0.99),
        longest=ordered[-1],
    )


def _percentile(ordered: Sequence[int], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def both_labelled(data: LabelledTexts) -> list[int]:
    """The rows that two people labelled."""
    return [row for row, second in enumerate(data.labels2 or ()) if has_content(second)]
