"""What a sheet of scores proves: rates with their range, agreement of raters, systems against each other.

The unit is the item. Scores of several raters for one answer are one observation: the majority for 0/1
(a tie does not pass), the mean for other scales.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Literal

from advisor.answers.evaluation import SIGNIFICANT, Comparison, Criterion, Evaluation, Note, gravest
from advisor.evaluation.rater_agreement import agreement
from advisor.evaluation.scoresheets import ScoreSheet
from baselines.ratings import bootstrapped_gap, holm, mean_interval, paired_means, paired_rates
from baselines.statistics import Interval, wilson
from pricing import Problem

Verdict = Literal["shown", "not_shown", "refuted"]
Outcome = Literal["better", "worse", "cannot_tell"]
MARGIN = 0.05
ROUNDING = 1e-12
ENOUGH_FOR_MEANS = 100  # below it Student's range of lopsided scores falls short of its promise


@dataclass(frozen=True)
class Targets:
    """What must be reached: for every criterion, and for single ones something else.

    >>> Targets.parse("90%, 口調=0.8").of("口調"), Targets.parse("0.9").of("口調")
    (0.8, 0.9)
    """

    every: float | None = None
    single: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Targets:
        """From `0.9`, `90%`, `tone=0.8` or several of these with commas between them."""
        every, single = None, {}
        for part in unicodedata.normalize("NFKC", text).replace("、", ",").split(","):
            name, equals, value = part.rpartition("=")
            if equals:
                single[name.strip()] = _target(value)
            else:
                every = _target(value)
        return cls(every, single)

    def of(self, criterion: str, scale: str = "binary") -> float | None:
        """The target of a criterion; what is said of every one is a share, so it binds 0/1 criteria only."""
        return self.single.get(criterion, self.every if scale == "binary" else None)


def _target(text: str) -> float:
    number = text.strip()
    try:
        value = Decimal(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except InvalidOperation:
        raise Problem("target_unreadable", found=text.strip()) from None
    if not value.is_finite() or value < 0:
        raise Problem("target_unreadable", found=text.strip())
    return float(value)


def judge(interval: Interval, target: float) -> Verdict:
    """What a range says of a target.

    >>> judge(wilson(29, 30), 0.9), judge(wilson(290, 300), 0.9), judge(wilson(20, 30), 0.9)
    ('not_shown', 'shown', 'refuted')
    """
    if interval.low >= target - ROUNDING:
        return "shown"
    return "refuted" if interval.high < target - ROUNDING else "not_shown"


def evaluate(
    sheet: ScoreSheet,
    *,
    targets: Targets = Targets(),
    system: str | None = None,
    pass_mark: float | None = None,
    margin: float = MARGIN,
    seed: int = 42,
) -> Evaluation:
    """Rates, agreement and comparisons of a sheet; targets are held against `system`, else the sheet's first.

    `pass_mark` turns scores on other scales into passed (at or above it) and not passed; `margin` is the loss, as
    a share, that one system may show against another before it counts as a regression.
    """
    if system is not None and system not in sheet.systems:
        raise Problem("no_such_system", found=system, known=list(sheet.systems))
    for name in targets.single:
        if name not in sheet.criteria:
            raise Problem("no_such_criterion", found=name, known=list(sheet.criteria))
    marked = _marked(sheet, pass_mark)
    results = {
        name: {
            criterion: _result(marked, name, criterion, targets)
            for criterion in sheet.criteria
            if marked.scores(name, criterion)
        }
        for name in sheet.systems
    }
    judged = system if system is not None else sheet.systems[0]
    return Evaluation(
        items=len(sheet.items),
        system=judged or None,
        criteria=results[judged],
        overall=_overall(marked, judged, targets.every),
        verdict=gravest(results[judged]),
        agreement=agreement(sheet),
        comparisons=_comparisons(marked, seed, margin),
        systems=results if len(results) > 1 else {},
        notes=_notes(sheet, results),
    )


def _notes(sheet: ScoreSheet, results: Mapping[str, Mapping[str, Criterion]]) -> tuple[Note, ...]:
    """What to know about the sheet, and where ranges of means rest on too few items to keep their promise."""
    means = [
        result.n
        for by_criterion in results.values()
        for result in by_criterion.values()
        if result.scale != "binary" and result.n is not None and result.n < ENOUGH_FOR_MEANS
    ]
    said = [{"id": note.id, **note.fields} for note in sheet.notes]
    few = [{"id": "means_of_few", "items": min(means)}] if means else []
    return tuple(map(Note.model_validate, [*said, *few]))


BEFORE, AFTER = "before", "after"


def before_and_after(before: ScoreSheet, after: ScoreSheet) -> ScoreSheet:
    """Two sheets of the same items as one, their systems called `after` and `before`: the check for regressions."""
    for sheet in (before, after):
        if len(sheet.systems) > 1:
            raise Problem("regression_one_system", found=list(sheet.systems))
    if not set(before.items) & set(after.items):
        raise Problem("regression_other_items", before=before.items[0], after=after.items[0])
    named = (
        replace(rating, system=name)
        for name, sheet in ((AFTER, after), (BEFORE, before))
        for rating in sheet.ratings
    )
    notes = (*after.notes, *(note for note in before.notes if note not in after.notes))
    return ScoreSheet(tuple(named), notes, {**before.remarks, **after.remarks})


def _marked(sheet: ScoreSheet, pass_mark: float | None) -> ScoreSheet:
    if pass_mark is None:
        return sheet
    binary = {criterion for criterion in sheet.criteria if sheet.scale(criterion) == "binary"}
    ratings = tuple(
        rating if rating.criterion in binary else replace(rating, score=float(rating.score >= pass_mark))
        for rating in sheet.ratings
    )
    return ScoreSheet(ratings, sheet.notes, sheet.remarks)


def majority(scores: Sequence[float]) -> bool:
    """Whether more than half of the raters let it pass."""
    return sum(scores) > len(scores) / 2


def _result(sheet: ScoreSheet, system: str, criterion: str, targets: Targets) -> Criterion:
    scores = sheet.scores(system, criterion)
    scale = sheet.scale(criterion)
    target = targets.of(criterion, scale)
    ratings = sum(map(len, scores.values()))
    if scale == "binary":
        ties = sum(2 * sum(given) == len(given) for given in scores.values())
        return _share([majority(given) for given in scores.values()], ratings, ties, target)
    means = [sum(given) / len(given) for given in scores.values()]
    low, high = mean_interval(means)
    return Criterion(
        n=len(means),
        ratings=ratings,
        scale=scale,
        mean=sum(means) / len(means),
        low=low,
        high=high,
        target=target,
        ties=0,
        verdict=None if target is None else judge(Interval(low, high), target),
    )


def _share(passes: Sequence[bool], ratings: int, ties: int, target: float | None) -> Criterion:
    passed, n = sum(passes), len(passes)
    interval = wilson(passed, n)
    return Criterion(
        passed=passed,
        n=n,
        rate=passed / n,
        mean=passed / n,
        low=interval.low,
        high=interval.high,
        verdict=None if target is None else judge(interval, target),
        scale="binary",
        target=target,
        ratings=ratings,
        ties=ties,
    )


def _overall(sheet: ScoreSheet, system: str, target: float | None) -> Criterion | None:
    """Items that pass every 0/1 criterion, of those scored by all of them."""
    binary = [criterion for criterion in sheet.criteria if sheet.scale(criterion) == "binary"]
    scores = [sheet.scores(system, criterion) for criterion in binary]
    complete = [item for item in sheet.items if all(item in given for given in scores)]
    if len(binary) < 2 or not complete:
        return None
    passes = [all(majority(given[item]) for given in scores) for item in complete]
    ratings = sum(len(given[item]) for given in scores for item in complete)
    return _share(passes, ratings, 0, target)


def _comparisons(sheet: ScoreSheet, seed: int, margin: float) -> tuple[Comparison, ...]:
    """Every pair of systems by every criterion, all these questions counted."""
    found = [
        _compare(sheet, criterion, a, b, seed, margin)
        for a, b in combinations(sheet.systems, 2)
        for criterion in sheet.criteria
        if sheet.scores(a, criterion).keys() & sheet.scores(b, criterion).keys()
    ]
    raised = holm([comparison.p for comparison in found])
    return tuple(
        comparison.model_copy(update={"p_adjusted": p, "outcome": _outcome(comparison.difference or 0.0, p)})
        for comparison, p in zip(found, raised, strict=True)
    )


def _outcome(difference: float, p_adjusted: float) -> Outcome:
    if p_adjusted >= SIGNIFICANT:
        return "cannot_tell"
    return "better" if difference > 0 else "worse"


def _compare(sheet: ScoreSheet, criterion: str, a: str, b: str, seed: int, margin: float) -> Comparison:
    """One question by itself; that `a` loses no more than `margin` can be shown of shares only."""
    of_a, of_b = sheet.scores(a, criterion), sheet.scores(b, criterion)
    items = [item for item in of_a if item in of_b]
    binary = sheet.scale(criterion) == "binary"
    only: dict[str, int | None] = {"only_a": None, "only_b": None}
    if binary:
        first, second = ([majority(given[item]) for item in items] for given in (of_a, of_b))
        pairs = list(zip(first, second, strict=True))
        only = {"only_a": pairs.count((True, False)), "only_b": pairs.count((False, True))}
        gap, drawn = paired_rates(first, second), bootstrapped_gap(first, second, seed)
    else:
        one, other = ([sum(given[item]) / len(given[item]) for item in items] for given in (of_a, of_b))
        gap, drawn = paired_means(one, other, seed), bootstrapped_gap(one, other, seed)
    return Comparison(
        criterion=criterion,
        a=a,
        b=b,
        n=len(items),
        difference=gap.mean,
        low=gap.low,
        high=gap.high,
        bootstrap_low=drawn.low,
        bootstrap_high=drawn.high,
        test="mcnemar" if binary else "sign_flip",
        p=gap.p,
        p_adjusted=gap.p,
        outcome=_outcome(gap.mean, gap.p),
        margin=margin,
        kept=judge(Interval(gap.low, gap.high), -margin) if binary else None,
        **only,
    )
