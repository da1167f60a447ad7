"""Training files made of the team's rows: how many rows each holds, and what was found in them."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.shapes import Answer
from advisor.show.blocks import Block
from advisor.show.voice import Voice


class Preparation(Answer):
    """From the Preparation page or the command `prepare`."""

    NAME = "preparation"
    PAGE = "preparation"
    SECTION = "preparation"
    PLACE = 30

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.table import preparation

        return preparation(self.as_json(), voice)
