"""From how many requests on one arm is cheaper than another: the number, or why it never is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Literal

from pricing.cost import Cost

# Both arms of a pair as they would be billed at another volume.
AtVolume = Callable[[Decimal], tuple[Cost, Cost]]
# More requests a month than a scenario may hold are no answer.
LARGEST_VOLUME = 10**15
Reason = Literal[
    "cheaper_from_start", "dearer_per_request", "hosting_exceeds_saving", "after_horizon", "service_ends"
]


@dataclass(frozen=True)
class BreakEven:
    """The smallest whole number of requests, counted from the start, at which `b` has cost no more than `a`.

    `requests` is None when there is none within `over_months`, with the `reason`. `saves` (USD)
    is how much less, or below zero how much more, `b` has cost at the end of those months.
    """

    a: str
    b: str
    requests: int | None
    months: Decimal | None
    reason: Reason | None
    over_months: int
    saves: Decimal
    requests_per_month_needed: int | None = None
    has_monthly_fee: bool = False

    @property
    def lasts(self) -> bool:
        """Whether `b` is still no dearer at the end."""
        return self.saves >= 0


def break_even(a: Cost, b: Cost, at: AtVolume | None = None) -> BreakEven:
    """When `b` becomes the cheaper one.

    Monthly fees run on evenly through the month, requests come evenly within one; a retraining falls due at
    the beginning of its month. Arms of unequal life are compared over the shorter one. With a monthly fee in
    `b`, `requests_per_month_needed` is the volume from which its saving on requests covers the fee; `at` bills both
    for another volume, since a busier cache makes a request cheaper.
    """
    months = min(a.months_served, b.months_served)
    found = _first_crossing(a, b, months)
    reason = _reason(a, b, months) if found is None else ("cheaper_from_start" if found == 0 else None)
    return BreakEven(
        a=a.arm,
        b=b.arm,
        requests=found,
        months=None if found is None else months_to_reach(a, found, months),
        reason=reason,
        over_months=months,
        saves=total_after(a, months) - total_after(b, months),
        requests_per_month_needed=_volume_needed(a, b, at),
        has_monthly_fee=b.month_fee > 0,
    )


def total_at(cost: Cost, requests: Decimal | int) -> Decimal:
    """What an arm has cost when that many requests have been made, its fees up to that moment included."""
    left, total = Decimal(requests), cost.once
    for month in range(cost.months_served):
        served = cost.volume.requests_in(month)
        if left <= 0 or not served:
            break
        made = min(left, served)
        total += cost.retraining_in(month) + made * cost.per_request_in(month)
        total += cost.month_fee * made / served
        left -= made
    return total + left * cost.per_request


def total_after(cost: Cost, months: int) -> Decimal:
    """What an arm has cost after whole months; before the first one, what is due at once."""
    return sum((cost.month(month) for month in range(months)), Decimal(0)) if months else cost.once


def months_to_reach(cost: Cost, requests: int, months: int) -> Decimal:
    """The time in which that many requests come, at the scenario's volume."""
    left = Decimal(requests)
    for month in range(months):
        served = cost.volume.requests_in(month)
        if left <= served:
            return month + (left / served if served else Decimal(0))
        left -= served
    return Decimal(months)


def _first_crossing(a: Cost, b: Cost, months: int) -> int | None:
    ahead = a.once - b.once
    if months and (ahead > 0 or (ahead == 0 and _gain(a, b, 0) >= 0)):
        return 0
    start = Decimal(0)
    for month in range(months):
        end = start + a.volume.requests_in(month)
        ahead += a.retraining_in(month) - b.retraining_in(month)
        gain = _gain(a, b, month)
        found = _crossing_within(ahead, gain, start, end)
        if found is not None:
            return found
        ahead += gain * (end - start)
        start = end
    return None


def _crossing_within(ahead: Decimal, gain: Decimal, start: Decimal, end: Decimal) -> int | None:
    """The first whole number in (start, end] at which `ahead`, growing by `gain` a request, is not negative."""
    first = start.to_integral_value(ROUND_CEILING)
    first = first + 1 if first == start else first
    if gain > 0 and ahead < 0:
        first = max(first, (start - ahead / gain).to_integral_value(ROUND_CEILING))
    return int(first) if first <= end and ahead + gain * (first - start) >= 0 else None


def _gain(a: Cost, b: Cost, month: int) -> Decimal:
    """What every request of that month saves by using `b`, its share of the monthly fees counted in."""
    served = a.volume.requests_in(month)
    fee = (b.month_fee - a.month_fee) / served if served else Decimal(0)
    return a.per_request_in(month) - b.per_request_in(month) - fee


def _reason(a: Cost, b: Cost, months: int) -> Reason:
    if not months:
        return "service_ends"
    last = months - 1
    saving, fee = a.per_request_in(last) - b.per_request_in(last), b.month_fee - a.month_fee
    if saving <= 0 and fee >= 0:
        return "dearer_per_request"
    if a.volume.requests_in(months - 1) and _gain(a, b, months - 1) <= 0:
        return "hosting_exceeds_saving" if fee > 0 else "dearer_per_request"
    return "service_ends" if months < a.volume.months else "after_horizon"


def _volume_needed(a: Cost, b: Cost, at: AtVolume | None) -> int | None:
    saving, fee = a.per_request - b.per_request, b.month_fee - a.month_fee
    if fee <= 0 or at is None:
        return max(0, int((fee / saving).to_integral_value(ROUND_CEILING))) if saving > 0 else None

    def covers(requests: int) -> bool:
        there_a, there_b = at(Decimal(requests))
        return (there_a.per_request - there_b.per_request) * requests >= fee

    enough = next((2**power for power in range(LARGEST_VOLUME.bit_length()) if covers(2**power)), None)
    return None if enough is None else bisect_left(range(enough + 1), True, lo=enough // 2, key=covers)
