"""What is in a labelled table, before anything is trained on it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from baselines import Problem

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

    def __post_init__(self) -> None:
        for name in ("labels", "texts2", "groups"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.texts):
                raise Problem(
                    "columns_differ_in_length", texts=len(self.texts), column=name, found=len(values)
                )

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def from_table(
        cls, table: Table, text: str, label: str, text2: str | None = None, group: str | None = None
    ) -> LabelledTexts:
        """The named columns as they stand: nothing trimmed, merged or dropped."""
        return cls(
            texts=tuple(table.column(text)),
            labels=tuple(table.column(label)),
            texts2=tuple(table.column(text2)) if text2 else None,
            groups=tuple(table.column(group)) if group else None,
        )

    @property
    def label_counts(self) -> dict[str, int]:
        """Rows of each label, the commonest first."""
        return dict(Counter(self.labels).most_common())

    def take(self, rows: Iterable[int]) -> LabelledTexts:
        """The rows at these positions, in this order."""
        at = list(rows)
        return LabelledTexts(
            texts=tuple(self.texts[i] for i in at),
            labels=tuple(self.labels[i] for i in at),
            texts2=None if self.texts2 is None else tuple(self.texts2[i] for i in at),
            groups=None if self.groups is None else tuple(self.groups[i] for i in at),
        )

    def without_empty_rows(self) -> LabelledTexts:
        """Only the rows in which every text and the label hold something visible."""
        columns = [self.texts, self.labels, *([self.texts2] if self.texts2 is not None else [])]
        return self.take(i for i in range(len(self)) if all(has_content(column[i]) for column in columns))

    def with_labels_merged(self, merge: Mapping[str, str]) -> LabelledTexts:
        """Labels replaced as `merge` says (old name -> new name); others stay."""
        return replace(self, labels=tuple(merge.get(label, label) for label in self.labels))


def has_content(text: str) -> bool:
    """Whether anything but white space and invisible format characters is there.

    >>> has_content(" \\u200b\\u3000"), has_content("🙂")
    (False, True)
    """
    return any(not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc") for c in text)
