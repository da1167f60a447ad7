"""Where failures gather: the items of a score sheet grouped by what else the sheet says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.stats import fisher_exact

from advisor.evaluation import majority
from advisor.evaluation.scoresheets import ScoreSheet
from baselines.ratings import holm
from baselines.statistics import Interval, wilson

FEWEST_ITEMS = 5
MOST_VALUES = 20
LONG_TEXT = 12
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class ErrorGroup:
    """Items with one `value` in one `column`, and how often they fail a criterion against all others."""

    criterion: str
    column: str
    value: str
    n: int
    failed: int
    rest: int
    rest_failed: int
    interval: Interval
    p: float
    p_adjusted: float = 1.0

    @property
    def rate(self) -> float:
        return self.failed / self.n

    @property
    def rest_rate(self) -> float:
        return self.rest_failed / self.rest

    @property
    def stands_out(self) -> bool:
        """Whether it fails more often than the rest, all groups looked at counted."""
        return self.rate > self.rest_rate and self.p_adjusted < SIGNIFICANT


def error_groups(sheet: ScoreSheet, system: str) -> tuple[ErrorGroup, ...]:
    """Every group of five items or more, the one most unlike the rest first.

    Columns with a few values group by value, long texts by their length in three parts of equal size.
    p is Fisher's exact, raised by Holm's method for the number of groups.
    """
    found = [
        group
        for criterion in sheet.criteria
        if sheet.scale(criterion) == "binary"
        for group in _groups(sheet, system, criterion)
    ]
    raised = holm([group.p for group in found])
    adjusted = [replace(group, p_adjusted=p) for group, p in zip(found, raised, strict=True)]
    return tuple(sorted(adjusted, key=lambda group: (group.p, group.criterion, group.value)))


def _groups(sheet: ScoreSheet, system: str, criterion: str) -> list[ErrorGroup]:
    scores = sheet.scores(system, criterion)
    failed = {item: not majority(given) for item, given in scores.items()}
    items = [item for item in failed if item in sheet.remarks]
    columns = list(dict.fromkeys(name for item in items for name in sheet.remarks[item]))
    found = []
    for column in columns:
        values = {item: sheet.remarks[item].get(column, "").strip() for item in items}
        for value, members in _by_value(values).items():
            rest = [item for item in failed if item not in members]
            if len(members) >= FEWEST_ITEMS and len(rest) >= FEWEST_ITEMS:
                found.append(
                    _group(criterion, column, value, [failed[m] for m in members], [failed[m] for m in rest])
                )
    return found


def _by_value(values: Mapping[str, str]) -> dict[str, set[str]]:
    """Value, or length of a long text in three parts, -> its items."""
    written = {item: value for item, value in values.items() if value}
    named = written
    if len(set(written.values())) > MOST_VALUES or sum(map(len, written.values())) > LONG_TEXT * len(written):
        order = sorted(written, key=lambda item: (len(written[item]), item))
        thirds = ("short", "middle", "long")
        named = {item: thirds[3 * place // len(order)] for place, item in enumerate(order)}
    groups: dict[str, set[str]] = defaultdict(set)
    for item, value in named.items():
        groups[value].add(item)
    return dict(groups)


def _group(criterion: str, column: str, value: str, own: Sequence[bool], rest: Sequence[bool]) -> ErrorGroup:
    failed, rest_failed = sum(own), sum(rest)
    table = [[failed, len(own) - failed], [rest_failed, len(rest) - rest_failed]]
    p = float(fisher_exact(table).pvalue)
    interval = wilson(failed, len(own))
    return ErrorGroup(criterion, column, value, len(own), failed, len(rest), rest_failed, interval, p)
