"""The tokens of a training file, and what of them a job bills, as the command `tokens` counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.answers.dataset import FINDINGS, dataset_findings
from advisor.shapes import Aim, Answer
from advisor.show.blocks import Block
from advisor.show.voice import Voice


class Tokens(Answer):
    """From the shell; a described table says more."""

    NAME = "tokens"
    PAGE = "data"
    SECTION = "data"
    PLACE = 25
    FINDINGS = FINDINGS

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return dataset_findings(self.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.table import dataset

        return dataset(self.as_json(), voice)
