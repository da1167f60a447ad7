"""What the small model costs beside an LLM, and what the LLM must gain to pay for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from typing import Any

from baselines.measured import CascadePoint
from baselines.verdict import Reason

MILLION = 1_000_000
CPU_HOUR = Decimal("0.05")  # USD; an assumption, in the range of what one rented core costs
SHOWN_PRECISION = 0.95
_CENT = Decimal("0.01")
_EXACT = Decimal("0.0001")


@dataclass(frozen=True)
class Money:
    """What one LLM request, one wrong answer and one hour of one CPU cost, in USD."""

    llm_request: Decimal | None = None
    error: Decimal | None = None
    cpu_hour: Decimal = CPU_HOUR

    def small_per_million(self, speed: Mapping[str, float]) -> Decimal:
        """Computing a million answers in bulk at the speed measured here, on one CPU that is never idle.

        >>> Money().small_per_million({"rows_per_second": 1000.0})
        Decimal('0.0139')
        """
        hours = Decimal(MILLION) / Decimal(str(speed["rows_per_second"])) / 3600
        return (hours * self.cpu_hour).quantize(_EXACT, ROUND_HALF_EVEN)

    def beside(
        self, points: Sequence[CascadePoint], speed: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Amounts, None where something is not known; `saved` is per million requests, for each precision."""
        small = self.small_per_million(speed) if speed else None
        return {
            "cpu_hour": self.cpu_hour,
            "small_per_million": small,
            "llm_per_million": None if self.llm_request is None else self.llm_request * MILLION,
            "gain_to_pay": self.gain_to_pay(small),
            "saved": [self._saved(point, small) for point in points],
        }

    def gain_to_pay(self, small_per_million: Decimal | None) -> Decimal | None:
        """Accuracy that an LLM must add, as a share, before its dearer answers cost less than the errors it saves."""
        if self.llm_request is None or not self.error:
            return None
        dearer = self.llm_request - (small_per_million or Decimal(0)) / MILLION
        return max(dearer / self.error, Decimal(0)).quantize(Decimal("0.000001"))

    def _saved(self, point: CascadePoint, small: Decimal | None) -> Decimal | None:
        """What the cascade saves against sending a million requests to the LLM; the small model sees them all."""
        if self.llm_request is None:
            return None
        share = Decimal(str(point.share))
        return (share * self.llm_request * MILLION - (small or Decimal(0))).quantize(_EXACT)

    def reasons(
        self, points: Sequence[CascadePoint], speed: Mapping[str, float] | None = None
    ) -> tuple[Reason, ...]:
        """Cost and speed beside the LLM's, the accuracy an LLM must add, and what a cascade at 95% precision saves."""
        found = []
        small = self.small_per_million(speed) if speed else None
        if speed and small is not None:
            shown = small.quantize(_CENT, ROUND_UP)
            fields = {
                "per_million": _plain(shown),
                "cpu_hour": _plain(self.cpu_hour),
                "single_ms": max(round(speed["single_ms"], 2), 0.01),
                "rows_per_second": round(speed["rows_per_second"]),
            }
            if self.llm_request is None:
                found.append(Reason("small_model_costs", fields))
            else:
                beside = {"llm_per_million": _plain(self.llm_request * MILLION)}
                found.append(Reason("small_model_costs_beside", fields | beside))
        gain = self.gain_to_pay(small)
        if gain is not None:
            points_needed = {"points": _plain(100 * gain), "error_cost": _plain(self.error or Decimal(0))}
            found.append(Reason("accuracy_an_llm_must_add" if gain < 1 else "llm_cannot_pay", points_needed))
        sure = next((point for point in points if point.precision == SHOWN_PRECISION), None)
        saved = None if sure is None else self._saved(sure, small)
        if sure is not None and sure.reached is not None and saved is not None and saved > 0:
            said = {"precision": sure.precision, "share": sure.share, "reached": sure.reached}
            found.append(Reason("cascade_saves", {**said, "saved_per_million": _plain(saved)}))
        return tuple(found)


def _plain(amount: Decimal) -> str:
    """An exact decimal string without exponent and without idle noughts."""
    said = f"{amount:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said
