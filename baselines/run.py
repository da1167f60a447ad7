"""From labelled texts to a verdict: the one door to everything in this package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from baselines import Problem, checks
from baselines.cascade import CascadePoint, calibration_error, cascade, confidences
from baselines.classification import Classification
from baselines.compare import Rung, Score
from baselines.curve import LearningCurve
from baselines.dataset import LabelledTexts
from baselines.metrics import CLASS_METRICS
from baselines.pipelines import BASELINES, LONGEST, QUICK
from baselines.verdict import Finding, Reason, Target, Verdict, verdict

TASKS = ("classification",)
Progress = Callable[[dict[str, Any]], None]
COLLAPSED = (
    0.5  # of the best linear rung's score: below this a rung has failed to learn, and is not a baseline
)


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
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values with the keys that the command line prints and a plan keeps."""
        return {
            "task": self.task,
            "rows": self.rows,
            "classes": len(self.labels),
            "labels": list(self.labels),
            "metric": self.metric,
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
            **self.details,
        }


@dataclass(frozen=True)
class Money:
    """What one LLM request costs and what one wrong answer costs, in USD."""

    llm_request: Decimal | None = None
    error: Decimal | None = None

    def reasons(self, points: Sequence[CascadePoint]) -> tuple[Reason, ...]:
        """The accuracy an LLM must add to pay for itself, and what a cascade at 95% precision saves."""
        found = []
        if self.llm_request is not None and self.error:
            gain = self.llm_request / self.error
            found.append(
                Reason("accuracy_an_llm_must_add", {"gain": f"{gain:f}", "error_cost": f"{self.error:f}"})
            )
        sure = next((point for point in points if point.precision == 0.95), None)
        if self.llm_request is not None and sure is not None and sure.share > 0:
            saved = Decimal(str(round(sure.share, 4))) * self.llm_request * 1_000_000
            fields = {"share": round(sure.share, 4), "precision": 0.95, "saved_per_million": f"{saved:f}"}
            found.append(Reason("cascade_saves", fields))
        return tuple(found)


def run_baseline(
    data: LabelledTexts,
    *,
    task: str | None = None,
    target: Target | None = None,
    test: LabelledTexts | None = None,
    rungs: Literal["quick", "all"] = "quick",
    llm_cost_per_request: Decimal | None = None,
    error_cost: Decimal | None = None,
    seed: int = 42,
    report: Progress | None = None,
) -> BaselineReport:
    """Climb the ladder on labelled texts and judge whether an LLM is needed.

    `report` is called with a plain dict as each rung finishes, cheapest first. Rows without text or label are
    left out and counted. Raises Problem for what cannot be measured: too few rows, one class, a wrong metric.

    >>> texts = ("red apple", "ripe apple", "sweet apple", "blue whale", "grey whale", "big whale") * 5
    >>> data = LabelledTexts(texts, ("fruit", "fruit", "fruit", "animal", "animal", "animal") * 5)
    >>> run_baseline(data).best
    'naive_bayes'
    """
    if target is not None and not 0 < target.value <= 1:
        raise Problem("target_out_of_range", value=target.value)
    if rungs not in ("quick", "all"):
        raise Problem("rungs_unknown", rungs=rungs)
    clean = data.without_empty_rows()
    clean_test = test.without_empty_rows() if test is not None else None
    tell = report or (lambda progress: None)
    empty = checks.left_out(len(data) - len(clean), len(data))
    if task not in (None, *TASKS):
        raise Problem("task_unknown", task=task, possible=list(TASKS))
    names = QUICK if rungs == "quick" else tuple(BASELINES)
    return _classify(
        clean, clean_test, target, names, Money(llm_cost_per_request, error_cost), seed, tell, empty
    )


def _classify(
    data: LabelledTexts,
    test: LabelledTexts | None,
    target: Target | None,
    names: Sequence[str],
    money: Money,
    seed: int,
    tell: Progress,
    empty: Finding | None,
) -> BaselineReport:
    metric = target.metric if target else "macro_f1"
    bench = Classification(data, test, metric, seed)
    if metric not in CLASS_METRICS and not (metric == "roc_auc" and len(bench.names) == 2):
        raise Problem(
            "metric_not_for_task", metric=metric, task="classification", possible=list(CLASS_METRICS)
        )
    tell(
        {
            "step": "first_look",
            "name": "linear_svm",
            "done": 0,
            "total": len(names),
            "so_far": bench.first_look(),
        }
    )
    tell({"step": "checks", "done": 0, "total": len(names)})
    found = _findings(bench, target, empty)
    climbed, skipped = _climb(bench, names, tell)
    scores = {rung.name: bench.scores(rung) for rung in climbed}
    collapsed = _collapsed(scores, metric)
    best = _best(scores, metric, collapsed)
    rung = next(rung for rung in climbed if rung.name == best)
    tests = [score for rung in climbed for score in bench.test_scores(bench.on_test(rung))] if test else []
    curve, absent = _curve(bench, rung, tell)
    points, details = _confidence(bench, rung)
    judged = _pick(tests or scores[best], best, metric)
    floor = _pick(tests or scores["majority"], "majority", metric)
    answer = verdict(judged, target, floor, curve, found, on_test=bool(tests))
    answer = Verdict(answer.id, (*answer.reasons, *money.reasons(points)), answer.flips)
    everything = tuple(score for name in scores for score in scores[name])
    return BaselineReport(
        "classification", len(data), bench.names, metric, everything, best, answer, tuple(tests), curve, absent,
        found, tuple(points), collapsed, skipped, details,
    )  # fmt: skip


def _findings(bench: Classification, target: Target | None, empty: Finding | None) -> tuple[Finding, ...]:
    texts, rows = bench.data.texts, len(bench.data)
    aim = (target.value, target.metric) if target else (None, None)
    found = [
        empty,
        checks.duplicates(bench.all_groups[:rows], bench.all_groups[rows:] if bench.test else None),
        checks.conflicts(texts, bench.labels, *aim),
        checks.tiny_classes(bench.labels, bench.names),
        checks.label_in_text(texts, bench.data.labels),
        checks.shortened(texts, LONGEST),
    ]
    return tuple(finding for finding in found if finding is not None)


def _climb(
    bench: Classification, names: Sequence[str], tell: Progress
) -> tuple[list[Rung], dict[str, Reason]]:
    climbed: list[Rung] = []
    skipped: dict[str, Reason] = {}
    for at, name in enumerate(names):

        def glance(fold: int, score: dict[str, Any], name: str = name, at: int = at) -> None:
            tell(
                {"step": "fold", "name": name, "fold": fold, "done": at, "total": len(names), "so_far": score}
            )

        try:
            rung = bench.climb(name, glance)
        except (ImportError, OSError) as error:  # LightGBM without its OpenMP library
            skipped[name] = Reason("library_missing", {"library": str(error)[:200]})
            continue
        climbed.append(rung)
        lines = [score.as_json() for score in bench.scores(rung)]
        tell({"step": "rung", "name": name, "done": at + 1, "total": len(names), "scores": lines})
    return climbed, skipped


def _pick(scores: Sequence[Score], name: str, metric: str) -> Score:
    return next(score for score in scores if score.baseline == name and score.metric == metric)


def _collapsed(scores: Mapping[str, Sequence[Score]], metric: str) -> tuple[str, ...]:
    """Trees that reach less than half of what a linear model does have diverged."""
    linear = max(
        _pick(scores[name], name, metric).mean for name in scores if name in ("linear_svm", "linear_chosen")
    )
    trees = (name for name in scores if name in ("lightgbm", "stacked"))
    return tuple(name for name in trees if _pick(scores[name], name, metric).mean < COLLAPSED * linear)


def _best(scores: Mapping[str, Sequence[Score]], metric: str, collapsed: Sequence[str]) -> str:
    """The highest mean; the cheaper one where two are equal. The majority floor competes too."""
    means = {name: _pick(scores[name], name, metric).mean for name in scores if name not in collapsed}
    return max(means, key=lambda name: means[name])


def _curve(bench: Classification, rung: Rung, tell: Progress) -> tuple[LearningCurve | None, Reason | None]:
    if rung.name == "majority":
        return None, Reason("curve_of_majority", {})
    tell({"step": "curve", "name": rung.name})
    try:
        return bench.curve(rung), None
    except Problem as problem:
        return None, Reason(problem.id, problem.fields)


def _confidence(bench: Classification, rung: Rung) -> tuple[list[CascadePoint], dict[str, Any]]:
    seen = rung.seen
    truth, held_out = bench.labels[seen], bench.folds.held_out[0][seen]
    scores = rung.scores[seen].astype(float)
    right = scores.argmax(axis=1) == truth
    sure = confidences(scores, truth, held_out)
    error = round(calibration_error(sure, np.asarray(right)), 4)
    return cascade(sure, np.asarray(right), held_out), {"calibration_error": error}
