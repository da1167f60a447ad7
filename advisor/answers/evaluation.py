"""What a sheet of scores shows of each criterion, how far raters agree, and which system is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from advisor import loose_json
from advisor.quantities import Count
from advisor.shapes import Aim, Answer, Kind
from advisor.show.blocks import Block
from advisor.show.voice import Voice

VERDICTS = ("shown", "not_shown", "refuted")


class Evaluation(Answer):
    """From the Evaluation page or the command `evaluate`."""

    NAME = "evaluation"
    PAGE = "evaluation"
    SECTION = "evaluation"
    PLACE = 70
    FINDINGS: ClassVar[Mapping[str, Kind]] = {"evaluation_verdict": VERDICTS, "evaluation_items": Count}

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return _findings(self.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.table import evaluation

        return evaluation(self.as_json(), voice)


def _findings(shape: Mapping[str, Any]) -> dict[str, Any]:
    """One refuted criterion refutes; only all shown is shown."""
    criteria = shape.get("criteria")
    rows = (
        [row for row in criteria.values() if isinstance(row, Mapping)]
        if isinstance(criteria, Mapping)
        else []
    )
    judged = {loose_json.word(row.get("verdict"), VERDICTS) for row in rows}
    items = [count for count in (loose_json.number(row.get("n")) for row in rows) if count is not None]
    worst = next((word for word in ("refuted", "not_shown", "shown") if word in judged), None)
    return {"evaluation_verdict": worst, "evaluation_items": max(items, default=None)}
