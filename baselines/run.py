"""From labelled texts to a verdict: the one door to everything in this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from baselines import Problem, checks
from baselines.bench import Bench
from baselines.cascade import CascadePoint
from baselines.choices import MultipleChoice
from baselines.classification import Classification, PairClassification
from baselines.compare import Folds, Rung, Score
from baselines.curve import LearningCurve
from baselines.dataset import LabelledTexts, has_content
from baselines.generation import Code, Dialogue, Generation, Summarisation, Translation
from baselines.money import CPU_HOUR, Money
from baselines.multilabel import MultiLabel
from baselines.numbers import Ratings, Similarity
from baselines.shared_texts import shared_texts
from baselines.shift import MOST_ROWS
from baselines.spans import Spans
from baselines.statistics import auc_interval
from baselines.takeaway import Takeaway
from baselines.tasks import TASKS, likely_task, usual_metric
from baselines.topics import find_topics
from baselines.verdict import Finding, Reason, Target, Verdict, verdict
from baselines.workers import HERE, Workers

Progress = Callable[[dict[str, Any]], None]
BENCHES: dict[str, type[Bench]] = {
    bench.task: bench
    for bench in (
        Classification,
        PairClassification,
        Similarity,
        Ratings,
        MultiLabel,
        MultipleChoice,
        Spans,
        Summarisation,
        Translation,
        Dialogue,
        Code,
        Generation,
    )
}
PAIRED = (PairClassification, Similarity)
HOLD_OUT = (0.1, 0.5)  # shares of the rows that may be kept apart
MANY_DOUBTED = 0.05  # share of rows whose label looks wrong, from which it weakens the verdict
SOME_REPEATED = 0.02  # share of test rows that repeat training rows, from which they are scored apart
CLEAR_SHIFT = 0.65  # what the low end of its range must exceed: with few test rows the area is mostly noise
WORST_SHIFT = 0.75  # area under the curve from which a fall on the test file is laid to the data


@dataclass(frozen=True)
class BaselineReport:
    """What the ladder reached, what was found in the data, and the verdict with its reasons."""

    task: str
    rows: int
    labels: tuple[str, ...]
    metric: str
    scores: tuple[Score, ...]
    best: str | None
    verdict: Verdict
    test_scores: tuple[Score, ...] = ()
    curve: LearningCurve | None = None
    curve_absent: Reason | None = None
    findings: tuple[Finding, ...] = ()
    cascade: tuple[CascadePoint, ...] = ()
    collapsed: tuple[str, ...] = ()
    skipped: Mapping[str, Reason] = field(default_factory=dict)
    target: Target | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    takeaway: Takeaway | None = field(default=None, repr=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Plain values with the keys that the command line prints and a plan keeps."""
        return {
            "task": self.task,
            "rows": self.rows,
            "classes": len(self.labels),
            "labels": list(self.labels),
            "metric": self.metric,
            "target": self.target.value if self.target else None,
            "scores": [score.as_json() for score in self.scores],
            "best": self.best,
            "test_scores": [score.as_json() for score in self.test_scores],
            "curve": self.curve.as_json() if self.curve else None,
            "curve_absent": self.curve_absent.as_json() if self.curve_absent else None,
            "checks": {found.id: {**found.fields, "weakens": found.weakens} for found in self.findings},
            "cascade": [point.as_json() for point in self.cascade],
            "collapsed": list(self.collapsed),
            "skipped": {name: reason.as_json() for name, reason in self.skipped.items()},
            "verdict": self.verdict.id,
            "reasons": [reason.as_json() for reason in self.verdict.reasons],
            "flips": [reason.as_json() for reason in self.verdict.flips],
            "confidence": self.verdict.confidence,
            "lowered_by": list(self.verdict.lowered_by),
            **self.details,
        }


def run_baseline(
    data: LabelledTexts,
    *,
    task: str | None = None,
    target: Target | None = None,
    test: LabelledTexts | None = None,
    hold_out: float | None = None,
    rungs: Literal["quick", "all"] = "quick",
    llm_cost_per_request: Decimal | None = None,
    error_cost: Decimal | None = None,
    cpu_hour: Decimal = CPU_HOUR,
    seed: int = 42,
    report: Progress | None = None,
    workers: Workers = HERE,
) -> BaselineReport:
    """Climb the ladder on labelled texts and judge whether an LLM is needed.

    `report` is called with a plain dict as each rung finishes, cheapest first. Rows without text or label are
    left out and counted. `hold_out` keeps that share of the rows apart, as if they were a test file. Raises Problem for what cannot be measured: too few rows, one class, a wrong metric.

    >>> texts = ("red apple", "ripe apple", "sweet apple", "blue whale", "grey whale", "big whale") * 5
    >>> data = LabelledTexts(texts, ("fruit", "fruit", "fruit", "animal", "animal", "animal") * 5)
    >>> run_baseline(data).best
    'naive_bayes'
    """
    if task not in (None, *TASKS):
        raise Problem("task_unknown", task=task, possible=list(TASKS))
    if target is not None and not 0 < target.value <= 1:
        raise Problem("target_out_of_range", value=target.value)
    if rungs not in ("quick", "all"):
        raise Problem("rungs_unknown", rungs=rungs)
    if task == "topics":
        return _topics(data, seed)
    asked = task or likely_task(data.without_empty_rows())
    kind = BENCHES[asked]
    clean, later = (
        part and part.without_empty_rows(unlabelled=kind is Spans) for part in (data, test or None)
    )
    assert clean is not None  # noqa: S101 - for the type checker
    if issubclass(kind, PAIRED) and clean.texts2 is None:
        raise Problem("second_text_missing", task=asked)
    empty = checks.left_out(len(data) - len(clean), len(data))
    metric = target.metric if target else usual_metric(asked)
    if hold_out is not None:
        if later is not None:
            raise Problem("hold_out_and_test", share=hold_out)
        clean, later = _parted(kind(clean, None, metric, seed), hold_out)
    bench = kind(clean, later, metric, seed, workers)
    money = Money(llm_cost_per_request, error_cost, cpu_hour)
    return _climb_and_judge(bench, bench.rungs(rungs), target, money, empty, report)


def _parted(bench: Bench, share: float) -> tuple[LabelledTexts, LabelledTexts]:
    """The rows to learn from and those kept apart: every label on both sides, repeats on one."""
    if not HOLD_OUT[0] <= share <= HOLD_OUT[1]:
        raise Problem("hold_out_range", share=share, least=HOLD_OUT[0], most=HOLD_OUT[1])
    held_out = Folds.stratified(bench.strata, bench.groups, bench.seed, round(1 / share)).held_out[0]
    apart = held_out == 0
    return bench.data.take(np.flatnonzero(~apart)), bench.data.take(np.flatnonzero(apart))


def _topics(data: LabelledTexts, seed: int) -> BaselineReport:
    """Topics of the texts, their labels unread; there is nothing to judge them by but a reader."""
    texts = [text for text in data.texts if has_content(text)]
    methods = find_topics(texts, seed=seed)
    best = methods[0]
    scores = tuple(
        Score(
            topics.method,
            "coherence",
            topics.coherence,
            topics.coherence,
            topics.coherence,
            0.0,
            1,
            len(texts),
        )
        for topics in methods
    )
    fields = {"topics": len(best.found), "coherence": round(best.coherence, 4)}
    answer = Verdict("cannot_be_judged", (Reason("topics_need_a_reader", fields),))
    empty = checks.left_out(len(data) - len(texts), len(data))
    return BaselineReport(
        "topics", len(texts), (), "coherence", scores, best.method, answer, findings=(empty,) if empty else (),
        details={"topics": [topic.as_json(texts) for topic in best.found]},
    )  # fmt: skip


def _climb_and_judge(
    bench: Bench,
    names: Sequence[str],
    target: Target | None,
    money: Money,
    empty: Finding | None,
    report: Progress | None,
) -> BaselineReport:
    tell = _Teller(report, len(names), bench.metric)
    if glance := bench.first_look():
        tell("first_look", name=glance[0], so_far=glance[1])
    tell("checks")
    findings = [found for found in (empty, *bench.findings(target)) if found is not None]
    climbed, scores, skipped = _climb(bench, names, tell)
    means = {name: _pick(lines, name, bench.metric).mean for name, lines in scores.items()}
    collapsed = bench.collapsed(means)
    fit = {name: rung for name, rung in climbed.items() if name not in {*collapsed, *bench.careless}}
    best = max(fit, key=lambda name: means[name])
    answered = {name: bench.answered_for_test(rung) for name, rung in climbed.items()} if bench.test else {}
    tests = [line for rung in answered.values() for line in bench.test_scores(rung, bench.test_rows)]
    curve, absent = _curve(bench, climbed[best], tell)
    points, details = bench.explained(climbed[best], climbed)
    fair, luck = bench.without_luck(_pick(scores[best], best, bench.metric), fit)
    judged = _pick(tests, best, bench.metric) if tests else fair
    people = bench.people()
    findings += [found for found in (
        checks.doubted(details.get("suspicious_labels"), len(bench.data), MANY_DOUBTED),
        _shift(bench, fair, judged, target) if tests else None,
        _repeated(bench, answered[best], judged) if tests else None,
        shared_texts(bench, climbed[best]) if isinstance(bench, PAIRED) else None,
        checks.beyond_people(people, target),
    ) if found is not None]  # fmt: skip
    if any(
        found.id == "test_repeats_training" for found in findings
    ):  # the same flaw lowers the verdict once
        findings = [replace(found, weakens=found.weakens and found.id != "duplicates") for found in findings]
    answer = verdict(judged, target, _pick(tests or scores[bench.floor], bench.floor, bench.metric), curve, findings,
                     on_test=bool(tests), settles=bench.settles, instead=bench.instead)  # fmt: skip
    agreed = (people.as_reason(),) if people else ()
    reasons = (*answer.reasons, *agreed, *money.reasons(points, details.get("speed")))
    details = {
        **details,
        "selection_optimism": round(luck, 4),
        "seed": bench.seed,
        "people": people.as_json() if people else None,
        "money": money.as_json(points, details.get("speed")),
    }
    return BaselineReport(
        bench.task, len(bench.data), bench.names, bench.metric, tuple(line for lines in scores.values() for line in lines),
        best, replace(answer, reasons=reasons), tuple(tests), curve, absent, tuple(findings), tuple(points), collapsed,
        skipped, target, details, Takeaway(bench, climbed[best], answered.get(best)),
    )  # fmt: skip


class _Teller:
    """Says how far the ladder is climbed, each time with the target metric of every rung that is done."""

    def __init__(self, report: Progress | None, total: int, metric: str) -> None:
        self._report, self._total, self._metric = report, total, metric
        self._done, self._finished = 0, list[dict[str, Any]]()

    def __call__(self, step: str, **what: Any) -> None:
        if self._report:
            place = {"step": step, "done": self._done, "total": self._total, "finished": list(self._finished)}
            self._report(place | what)

    def rung(self, name: str, scores: Sequence[Score] = ()) -> None:
        """A rung is done, or left out where it has no scores."""
        self._done += 1
        lines = [score.as_json() for score in scores]
        self._finished += [line for line in lines if line["metric"] == self._metric]
        self("rung" if lines else "skipped", name=name, scores=lines)


def _climb(
    bench: Bench, names: Sequence[str], tell: _Teller
) -> tuple[dict[str, Rung], dict[str, list[Score]], dict[str, Reason]]:
    climbed: dict[str, Rung] = {}
    scores: dict[str, list[Score]] = {}
    skipped: dict[str, Reason] = {}
    attempts = bench.workers.rungs(lambda name: _attempt(bench, name, tell), names)
    for name, found in zip(names, attempts, strict=True):
        if isinstance(found, Rung):
            climbed[name], scores[name] = found, bench.scores(found)
        elif climbed or isinstance(found, ImportError | OSError):
            skipped[name] = _why(found)
        else:
            raise found
        tell.rung(name, scores.get(name, ()))
    return climbed, scores, skipped


def _attempt(bench: Bench, name: str, tell: _Teller) -> Rung | Exception:
    """The rung, or what kept it from being climbed: the others go on without it."""
    try:
        return bench.climb(name, lambda fold, so_far: tell("fold", name=name, fold=fold, so_far=so_far))
    except (Problem, ImportError, OSError, ValueError) as error:
        return error


def _why(error: Exception) -> Reason:
    if isinstance(error, Problem):
        return Reason(error.id, error.fields)
    if isinstance(error, ImportError | OSError):  # LightGBM without its OpenMP library
        return Reason("library_missing", {"library": str(error)[:200]})
    return Reason("rung_cannot_fit", {"why": str(error)[:200]})  # a model that scikit-learn will not fit


def _pick(scores: Sequence[Score], name: str, metric: str) -> Score:
    return next(score for score in scores if score.baseline == name and score.metric == metric)


def _curve(bench: Bench, rung: Rung, tell: _Teller) -> tuple[LearningCurve | None, Reason | None]:
    if rung.name == bench.floor:
        return None, Reason("curve_of_majority", {})
    tell("curve", name=rung.name)
    try:
        return bench.curve(rung), None
    except Problem as problem:
        return None, Reason(problem.id, problem.fields)


def _shift(bench: Bench, folds: Score, test: Score, target: Target | None) -> Finding:
    """A test file of another kind: it blocks where the score fell with it, and below the target."""
    area = bench.test_shift()
    sizes = (min(len(part), MOST_ROWS) for part in (bench.test_rows, bench.data))
    sides = np.repeat([1, 0], [*sizes])
    apart = area >= WORST_SHIFT and auc_interval(area, sides).low > CLEAR_SHIFT
    fell = folds.low > test.high
    missed = target is not None and test.low < target.value
    return Finding(
        "shift",
        {"auc": round(area, 4), "by_folds": round(folds.mean, 4), "on_test": round(test.mean, 4)},
        blocks=apart and fell and missed,
        weakens=apart or fell,
    )


def _repeated(bench: Bench, answered: Rung, judged: Score) -> Finding | None:
    """Test rows that repeat training rows flatter a score: what it is without them."""
    fresh = bench.fresh_test_rows()
    repeated = len(bench.test_rows) - len(fresh)
    if repeated < SOME_REPEATED * len(bench.test_rows) or not len(fresh):
        return None
    without = _pick(bench.test_scores(answered, fresh), answered.name, bench.metric)
    fields = {"rows": repeated, "share": round(repeated / len(bench.test_rows), 4), "metric": bench.metric,
              "mean": round(judged.mean, 4), "without": round(without.mean, 4)}  # fmt: skip
    return Finding("test_repeats_training", fields)
