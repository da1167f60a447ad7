"""What a sheet of scores proves: rates with their range, agreement of raters, systems against each other.

The unit is the item. Scores of several raters for one answer are one observation: the majority for 0/1
(a tie does not pass), the mean for other scales.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any, Literal

from advisor.evaluation.rater_agreement import Agreement, agreement
from advisor.evaluation.scoresheets import ScoreSheet
from baselines.ratings import bootstrapped_gap, holm, mean_interval, paired_means, paired_rates
from baselines.statistics import Difference, Interval, wilson
from baselines.table import Note
from pricing import Problem

Verdict = Literal["shown", "not_shown", "refuted"]
Outcome = Literal["better", "worse", "cannot_tell"]
Doubt = Literal["several_questions", "test_decides"]
SIGNIFICANT = 0.05
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


@dataclass(frozen=True)
class CriterionResult:
    """One system by one criterion. `rate` is the share of items that pass; on other scales only `mean` is known."""

    n: int
    ratings: int
    scale: str
    mean: float
    low: float
    high: float
    passed: int | None = None
    ties: int = 0
    target: float | None = None

    @property
    def rate(self) -> float | None:
        return None if self.passed is None else self.passed / self.n

    @property
    def verdict(self) -> Verdict | None:
        """Whether reaching the target is shown, not shown or refuted with 95% confidence; None without a target."""
        if self.target is None:
            return None
        return judge(Interval(self.low, self.high), self.target)

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "n": self.n,
            "rate": self.rate,
            "low": _finite(self.low),
            "high": _finite(self.high),
            "verdict": self.verdict,
            "scale": self.scale,
            "mean": self.mean,
            "target": self.target,
            "ratings": self.ratings,
            "ties": self.ties,
        }


def judge(interval: Interval, target: float) -> Verdict:
    """What a range says of a target.

    >>> judge(wilson(29, 30), 0.9), judge(wilson(290, 300), 0.9), judge(wilson(20, 30), 0.9)
    ('not_shown', 'shown', 'refuted')
    """
    if interval.low >= target - ROUNDING:
        return "shown"
    return "refuted" if interval.high < target - ROUNDING else "not_shown"


def doubt(p: float, p_adjusted: float, low: float | None, high: float | None) -> Doubt | None:
    """Why nothing may be concluded although the range, which counts one question only, leaves zero out.

    >>> doubt(0.03, 0.12, 0.04, 0.9), doubt(0.07, 0.14, 0.01, 0.28), doubt(0.2, 0.2, -0.1, 0.3)
    ('several_questions', 'test_decides', None)
    """
    beside_zero = low is not None and high is not None and (low > 0 or high < 0)
    if p_adjusted < SIGNIFICANT or not beside_zero:
        return None
    return "several_questions" if p < SIGNIFICANT else "test_decides"


@dataclass(frozen=True)
class Comparison:
    """System `a` against `b` on the items that both were scored on; `p_adjusted` counts all questions asked."""

    criterion: str
    a: str
    b: str
    n: int
    difference: Difference
    test: Literal["mcnemar", "sign_flip"]
    only_a: int | None = None
    only_b: int | None = None
    p_adjusted: float = 1.0
    bootstrap: Interval = field(default=Interval(-math.inf, math.inf))  # of the paired bootstrap
    margin: float = MARGIN

    @property
    def outcome(self) -> Outcome:
        """What may be concluded of `a`, all questions counted."""
        if self.p_adjusted >= SIGNIFICANT:
            return "cannot_tell"
        return "better" if self.difference.mean > 0 else "worse"

    @property
    def doubt(self) -> Doubt | None:
        """Why the range leaves zero out and yet nothing may be concluded."""
        return doubt(self.difference.p, self.p_adjusted, self.difference.low, self.difference.high)

    @property
    def kept(self) -> Verdict | None:
        """Whether `a` is shown not to be worse than `b` by more than `margin`: the check for regressions, for shares."""
        if self.test != "mcnemar":
            return None
        return judge(Interval(self.difference.low, self.difference.high), -self.margin)

    def as_json(self) -> dict[str, Any]:
        return {
            "criterion": self.criterion,
            "a": self.a,
            "b": self.b,
            "n": self.n,
            "difference": self.difference.mean,
            "low": _finite(self.difference.low),
            "high": _finite(self.difference.high),
            "bootstrap_low": _finite(self.bootstrap.low),
            "bootstrap_high": _finite(self.bootstrap.high),
            "test": self.test,
            "p": self.difference.p,
            "p_adjusted": self.p_adjusted,
            "only_a": self.only_a,
            "only_b": self.only_b,
            "outcome": self.outcome,
            "margin": self.margin,
            "kept": self.kept,
        }


@dataclass(frozen=True)
class Evaluation:
    """Everything that one sheet says. `system` is the one that targets are held against."""

    sheet: ScoreSheet
    system: str
    results: Mapping[str, Mapping[str, CriterionResult]]
    overall: Mapping[str, CriterionResult]
    agreement: Mapping[str, Agreement]
    comparisons: tuple[Comparison, ...]

    @property
    def criteria(self) -> Mapping[str, CriterionResult]:
        return self.results[self.system]

    @property
    def verdict(self) -> Verdict | None:
        """One refuted criterion refutes; only when all are shown is the whole shown."""
        verdicts = {result.verdict for result in self.criteria.values()} - {None}
        order: tuple[Verdict, ...] = ("refuted", "not_shown", "shown")
        return next((word for word in order if word in verdicts), None)

    def as_json(self) -> dict[str, Any]:
        """What the command `evaluate` prints and a plan keeps."""
        overall = self.overall.get(self.system)
        return {
            "items": len(self.sheet.items),
            "system": self.system or None,
            "criteria": {name: result.as_json() for name, result in self.criteria.items()},
            "overall": overall.as_json() if overall else None,
            "verdict": self.verdict,
            "agreement": {name: found.as_json() for name, found in self.agreement.items()},
            "comparisons": [comparison.as_json() for comparison in self.comparisons],
            "systems": {
                system: {name: result.as_json() for name, result in by_criterion.items()}
                for system, by_criterion in self.results.items()
            }
            if len(self.results) > 1
            else {},
            "notes": [{"id": note.id, **note.fields} for note in self.notes],
        }

    @property
    def notes(self) -> tuple[Note, ...]:
        """What to know about the sheet, and where ranges of means rest on too few items to keep their promise."""
        means = [
            result.n
            for by_criterion in self.results.values()
            for result in by_criterion.values()
            if result.scale != "binary" and result.n < ENOUGH_FOR_MEANS
        ]
        few = (Note("means_of_few", {"items": min(means)}),) if means else ()
        return (*self.sheet.notes, *few)


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
    return Evaluation(
        sheet,
        system if system is not None else sheet.systems[0],
        results,
        _overall(marked, targets.every),
        agreement(sheet),
        tuple(replace(one, margin=margin) for one in _comparisons(marked, seed)),
    )


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


def _result(sheet: ScoreSheet, system: str, criterion: str, targets: Targets) -> CriterionResult:
    scores = sheet.scores(system, criterion)
    scale = sheet.scale(criterion)
    target = targets.of(criterion, scale)
    ratings = sum(map(len, scores.values()))
    if scale == "binary":
        ties = sum(2 * sum(given) == len(given) for given in scores.values())
        return _share([majority(given) for given in scores.values()], ratings, ties, target)
    means = [sum(given) / len(given) for given in scores.values()]
    low, high = mean_interval(means)
    return CriterionResult(len(means), ratings, scale, sum(means) / len(means), low, high, target=target)


def _share(passes: Sequence[bool], ratings: int, ties: int, target: float | None) -> CriterionResult:
    passed, n = sum(passes), len(passes)
    low, high = wilson(passed, n)
    return CriterionResult(n, ratings, "binary", passed / n, low, high, passed, ties, target)


def _overall(sheet: ScoreSheet, target: float | None) -> dict[str, CriterionResult]:
    """Items that pass every 0/1 criterion, of those scored by all of them."""
    binary = [criterion for criterion in sheet.criteria if sheet.scale(criterion) == "binary"]
    found = {}
    for system in sheet.systems:
        scores = [sheet.scores(system, criterion) for criterion in binary]
        complete = [item for item in sheet.items if all(item in given for given in scores)]
        if len(binary) > 1 and complete:
            passes = [all(majority(given[item]) for given in scores) for item in complete]
            ratings = sum(len(given[item]) for given in scores for item in complete)
            found[system] = _share(passes, ratings, 0, target)
    return found


def _comparisons(sheet: ScoreSheet, seed: int) -> tuple[Comparison, ...]:
    found = [
        _compare(sheet, criterion, a, b, seed)
        for a, b in combinations(sheet.systems, 2)
        for criterion in sheet.criteria
        if sheet.scores(a, criterion).keys() & sheet.scores(b, criterion).keys()
    ]
    raised = holm([comparison.difference.p for comparison in found])
    return tuple(replace(comparison, p_adjusted=p) for comparison, p in zip(found, raised, strict=True))


def _compare(sheet: ScoreSheet, criterion: str, a: str, b: str, seed: int) -> Comparison:
    of_a, of_b = sheet.scores(a, criterion), sheet.scores(b, criterion)
    items = [item for item in of_a if item in of_b]
    if sheet.scale(criterion) == "binary":
        first, second = ([majority(given[item]) for item in items] for given in (of_a, of_b))
        only_a = sum(one and not other for one, other in zip(first, second, strict=True))
        only_b = sum(other and not one for one, other in zip(first, second, strict=True))
        gap, drawn = paired_rates(first, second), bootstrapped_gap(first, second, seed)
        return Comparison(criterion, a, b, len(items), gap, "mcnemar", only_a, only_b, bootstrap=drawn)
    one, other = ([sum(given[item]) / len(given[item]) for item in items] for given in (of_a, of_b))
    gap, drawn = paired_means(one, other, seed), bootstrapped_gap(one, other, seed)
    return Comparison(criterion, a, b, len(items), gap, "sign_flip", bootstrap=drawn)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
