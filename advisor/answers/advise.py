"""What was recommended on a day, recorded to be held against later facts."""

from __future__ import annotations

from advisor.shapes import Answer


class Advise(Answer):
    """From the History page or the command `advise`."""

    NAME = "advise"
    PAGE = "recommendation"
    PLACE = 80
