"""What is in the team's table: rows, labels, repeats and token counts, as the Data page finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from advisor import loose_json
from advisor.quantities import Count, Share
from advisor.shapes import Aim, Answer, Kind
from advisor.show.blocks import Block
from advisor.show.voice import Voice

FINDINGS: Mapping[str, Kind] = {
    "rows": Count,
    "data_tokens": Count,
    "longest_tokens": Count,
    "duplicate_rows": Count,
    "conflicting_rows": Count,
    "largest_class_share": Share,
}


class Dataset(Answer):
    """From the Data page."""

    NAME = "dataset"
    PAGE = "data"
    SECTION = "data"
    PLACE = 20
    FINDINGS = FINDINGS

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return dataset_findings(self.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.table import dataset

        return dataset(self.as_json(), voice)


def dataset_findings(shape: Mapping[str, Any]) -> dict[str, Any]:
    """From the data page, or from `tokens` on a chat file."""
    tokens = shape.get("tokens")
    lengths: Mapping[str, Any] = tokens if isinstance(tokens, Mapping) else shape
    counts = _label_counts(shape.get("labels"))
    return {
        "rows": loose_json.number(shape.get("rows", shape.get("examples"))),
        "data_tokens": loose_json.number(lengths.get("total", tokens)),
        "longest_tokens": loose_json.number(lengths.get("max")),
        "duplicate_rows": loose_json.count(shape.get("duplicates")),
        "conflicting_rows": loose_json.count(shape.get("conflicts")),
        "largest_class_share": max(counts) / sum(counts) if sum(counts) else None,
    }


def _label_counts(labels: Any) -> list[Decimal]:
    """Rows of each label, from {label: count} or [{…, count}] or [[label, count]]."""
    if isinstance(labels, Mapping):
        counts: Iterable[Any] = labels.values()
    elif isinstance(labels, list):
        counts = [_label_count(item) for item in labels]
    else:
        return []
    return [count for count in map(loose_json.number, counts) if count is not None and count >= 0]


def _label_count(item: Any) -> Any:
    if isinstance(item, Mapping):
        return item.get("count", item.get("rows"))
    return item[1] if isinstance(item, list | tuple) and len(item) == 2 else None
