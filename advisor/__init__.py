"""Decide, with your own data and dated prices, whether to prompt, retrieve or fine-tune.

>>> from datetime import date
>>> import advisor
>>> advisor.price_book().offer("openai/gpt-3.5-turbo-0125").price_on(date(2024, 3, 15)).train_mtok
Decimal('8.00')

What a caller meets, each loaded when it is first asked for, so that `import advisor` costs next to nothing:

| name | what it does |
|---|---|
| `read_table` | a CSV, TSV, XLSX, JSON, JSONL or Parquet file as columns of text |
| `LabelledTexts`, `run_baseline`, `Target` | what small models reach on labelled rows, and whether an LLM is needed |
| `count_texts`, `count_chat`, `TokenCount` | tokens of texts and conversations, exact or said to be an estimate |
| `price_book`, `PriceBook` | what each provider charges, since when, until when |
| `Scenario`, `compare_costs`, `CostComparison` | arms against each other: bills, totals, break-even |
| `look_up`, `ModelFacts`, `assess` | licence, context length and lineage of a model |
| `Plan`, `new_plan`, `read_plan` | answers and evidence of one day, to and from YAML |
| `recommend`, `Recommendation` | which approach fits, why, and what would change that |
| `drift`, `Drift` | what changed since a plan was made, and whether its decision still stands (the command `check`) |
| `build_report` | the report as one model that every format is written from |
| `Problem` | what a user can put right; every error that a caller can cause is one |
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.hub import look_up
    from advisor.models import ModelFacts, assess
    from advisor.plan import Plan, new_plan
    from advisor.plan import from_yaml as read_plan
    from advisor.plan.drift import Drift, drift
    from advisor.recommend import Recommendation, recommend
    from advisor.report import build as build_report
    from baselines.dataset import LabelledTexts
    from baselines.reading import read_table
    from baselines.run import run_baseline
    from baselines.verdict import Target
    from pricing import Problem
    from pricing.book import PriceBook, price_book
    from pricing.scenario import CostComparison, Scenario, compare_costs
    from pricing.tokens import TokenCount, count_chat, count_texts

_HOMES = {
    "CostComparison": "pricing.scenario",
    "Drift": "advisor.plan.drift",
    "LabelledTexts": "baselines.dataset",
    "ModelFacts": "advisor.models",
    "Plan": "advisor.plan",
    "PriceBook": "pricing.book",
    "Problem": "pricing",
    "Recommendation": "advisor.recommend",
    "Scenario": "pricing.scenario",
    "Target": "baselines.verdict",
    "TokenCount": "pricing.tokens",
    "assess": "advisor.models",
    "build_report": "advisor.report:build",
    "compare_costs": "pricing.scenario",
    "count_chat": "pricing.tokens",
    "count_texts": "pricing.tokens",
    "drift": "advisor.plan.drift",
    "look_up": "advisor.hub",
    "new_plan": "advisor.plan",
    "price_book": "pricing.book",
    "read_plan": "advisor.plan:from_yaml",
    "read_table": "baselines.reading",
    "recommend": "advisor.recommend",
    "run_baseline": "baselines.run",
}

__all__ = [
    "CostComparison",
    "Drift",
    "LabelledTexts",
    "ModelFacts",
    "Plan",
    "PriceBook",
    "Problem",
    "Recommendation",
    "Scenario",
    "Target",
    "TokenCount",
    "assess",
    "build_report",
    "compare_costs",
    "count_chat",
    "count_texts",
    "drift",
    "look_up",
    "new_plan",
    "price_book",
    "read_plan",
    "read_table",
    "recommend",
    "run_baseline",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute or name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
