"""From labelled texts to a verdict: the one door to everything in this package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from baselines import Problem, checks
from baselines.bench import Bench
from baselines.choices import MultipleChoice
from baselines.classification import Classification, PairClassification
from baselines.compare import Folds
from baselines.dataset import LabelledTexts, has_content
from baselines.generation import Code, Dialogue, Generation, Summarisation, Translation
from baselines.ladder import PAIRED, Ladder, Progress, Teller, learning_curve
from baselines.measured import CascadePoint, LearningCurve, Score
from baselines.money import CPU_HOUR, Money
from baselines.multilabel import MultiLabel
from baselines.numbers import Ratings, Similarity
from baselines.spans import Spans
from baselines.takeaway import Takeaway
from baselines.tasks import TASKS, likely_task, usual_metric
from baselines.topics import find_topics
from baselines.verdict import Finding, Reason, Target, Verdict, agreement, beyond_people, verdict
from baselines.workers import HERE, Workers

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
HOLD_OUT = (0.1, 0.5)  # shares of the rows that may be kept apart
MANY_DOUBTED = 0.05  # share of rows whose label looks wrong, from which it weakens the verdict


@dataclass(frozen=True)
class BaselineReport:
    """What the ladder reached, what was found in the data, and the verdict with its reasons.

    `rests_on` is the score that was judged: on the test, or on the folds less what picking the best added to it.
    """

    task: str
    rows: int
    labels: tuple[str, ...]
    metric: str
    scores: tuple[Score, ...]
    best: str | None
    verdict: Verdict
    rests_on: Score | None = None
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
        details={"topics": best.found},
    )  # fmt: skip


def _climb_and_judge(
    bench: Bench,
    names: Sequence[str],
    target: Target | None,
    money: Money,
    empty: Finding | None,
    report: Progress | None,
) -> BaselineReport:
    tell = Teller(report, len(names), bench.metric)
    if glance := bench.first_look():
        tell("first_look", name=glance[0], so_far=glance[1])
    tell("checks")
    findings = [found for found in (empty, *bench.findings()) if found is not None]
    ladder = Ladder.climbed(bench, names, tell)
    curve, absent = learning_curve(bench, ladder.best_rung, tell)
    points, details = bench.explained(ladder.best_rung, ladder.rungs)
    judged, luck = ladder.judged()
    people = bench.people()
    doubted = checks.doubted(details.get("suspicious_labels"), len(bench.data), MANY_DOUBTED)
    findings += [found for found in (doubted, *ladder.findings(), beyond_people(people, target)) if found]
    findings = _said_once(findings)
    answer = verdict(judged, target, ladder.floor(), curve, findings,
                     on_test=bool(ladder.tests), settles=bench.settles, instead=bench.instead)  # fmt: skip
    agreed = (agreement(people),) if people else ()
    reasons = (*answer.reasons, *agreed, *money.reasons(points, details.get("speed")))
    details = {
        **details,
        "selection_optimism": round(luck, 4),
        "seed": bench.seed,
        "people": people,
        "money": money.beside(points, details.get("speed")),
    }
    return BaselineReport(
        bench.task, len(bench.data), bench.names, bench.metric, ladder.lines, ladder.best, replace(answer, reasons=reasons),
        judged, tuple(ladder.tests), curve, absent, tuple(findings), tuple(points), ladder.collapsed, ladder.skipped, target,
        details, Takeaway(bench, ladder.best_rung, ladder.answered.get(ladder.best)),
    )  # fmt: skip


def _said_once(findings: list[Finding]) -> list[Finding]:
    """Rows that are repeated and also stand in the test are one flaw, which lowers the verdict once."""
    if all(found.id != "test_repeats_training" for found in findings):
        return findings
    return [replace(found, weakens=found.weakens and found.id != "duplicates") for found in findings]
