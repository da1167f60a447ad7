"""How far two people agree on the same rows: no system can be held to more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baselines.dataset import LabelledTexts, has_content
from baselines.verdict import Reason


@dataclass(frozen=True)
class Ceiling:
    """A second person's labels scored against the first one's, with a 95% range, and Cohen's kappa for classes."""

    metric: str
    mean: float
    low: float
    high: float
    kappa: float | None
    rows: int

    def as_reason(self) -> Reason:
        if self.kappa is None:
            return Reason("human_ceiling_numbers", self.as_json())
        return Reason("human_ceiling", self.as_json())

    def as_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "mean": round(self.mean, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "kappa": None if self.kappa is None else round(self.kappa, 4),
            "rows": self.rows,
        }


def both_labelled(data: LabelledTexts) -> list[int]:
    """The rows that two people labelled."""
    return [row for row, second in enumerate(data.labels2 or ()) if has_content(second)]
