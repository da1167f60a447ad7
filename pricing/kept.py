"""Comparisons made before: pages ask for the same scenario, day and prices again on each click."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from pricing.book import PriceBook
from pricing.scenario import CostComparison, Scenario, compare_costs


def compared(scenario: Mapping[str, Any], book: PriceBook, on: date) -> CostComparison:
    """`compare_costs` of a scenario file's content, computed once; a Problem is raised anew each time."""
    return _compared(json.dumps(scenario, sort_keys=True, default=str), book, on)


@lru_cache(maxsize=64)
def _compared(scenario: str, book: PriceBook, on: date) -> CostComparison:
    return compare_costs(Scenario.parse(json.loads(scenario)), book, on)
