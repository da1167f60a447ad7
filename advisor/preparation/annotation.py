"""What labelling or scoring by people takes: hours, and money at a rate of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from pricing import Problem

SECONDS_AN_HOUR = Decimal(3600)


@dataclass(frozen=True)
class Effort:
    """Working hours of all people together, and what they cost in the currency of the rate."""

    judgements: int
    hours: Decimal
    amount: Decimal


def annotation_effort(items: int, people: int, seconds: Decimal, hourly_rate: Decimal) -> Effort:
    """`people` each look at every item for so many seconds; hours are rounded up to a tenth.

    >>> effort = annotation_effort(30, 2, Decimal(90), Decimal(2000))
    >>> str(effort.hours), str(effort.amount)
    ('1.5', '3000.0')
    """
    if items < 0 or people < 0 or seconds < 0 or hourly_rate < 0:
        raise Problem("effort_negative", found=min(items, people, seconds, hourly_rate))
    judgements = items * people
    hours = (judgements * seconds / SECONDS_AN_HOUR).quantize(Decimal("0.1"), rounding=ROUND_CEILING)
    return Effort(judgements, hours, hours * hourly_rate)
