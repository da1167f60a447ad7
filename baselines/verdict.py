"""Is an LLM needed? An answer only where the interval allows one, with its reasons and what would flip it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from baselines.compare import Score
from baselines.curve import LearningCurve

VerdictId = Literal[
    "small_model_enough",
    "enough_with_more_rows",
    "undecided",
    "llm_trial",
    "fix_data_first",
    "cannot_be_judged",
]
MOST_ROWS_TO_ASK_FOR = 10_000_000
ITEMS_TO_JUDGE = 50  # outputs that people compare blind, in place of a score that cannot tell


@dataclass(frozen=True)
class Target:
    """The score that would do, as the plan states it."""

    metric: str
    value: float


@dataclass(frozen=True)
class Reason:
    """A sentence by its id, and the numbers that fill it in."""

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.fields}


@dataclass(frozen=True)
class Verdict:
    """`flips` says which target, or which finding, would have given another answer."""

    id: VerdictId
    reasons: tuple[Reason, ...]
    flips: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Finding:
    """Something about the data that weakens what scores on it prove; `blocks` when it must be fixed first."""

    id: str
    fields: Mapping[str, Any]
    blocks: bool = False
    weakens: bool = True


def verdict(
    score: Score | None,
    target: Target | None,
    floor: Score | None = None,
    curve: LearningCurve | None = None,
    findings: Sequence[Finding] = (),
    on_test: bool = False,
    settles: bool = True,
) -> Verdict:
    """Read one score against the target.

    "small_model_enough" needs the whole interval at or above the target and no finding that blocks;
    "enough_with_more_rows" needs the lower end of the learning curve's range to reach it within four times the
    rows. A score whose interval holds the target is undecided, whatever its mean. Where scores of this kind do
    not settle anything (`settles` is false: free text), there is no verdict.

    >>> verdict(Score("linear_svm", "accuracy", 0.9, 0.88, 0.92, 0.1, 5, 900), Target("accuracy", 0.85)).id
    'small_model_enough'
    """
    notes = tuple(Reason(found.id, found.fields) for found in findings if found.weakens)
    if score is None:
        return Verdict("cannot_be_judged", notes)
    basis = Reason(
        "measured_on_test" if on_test else "measured_by_folds", {"rows": score.rows, "folds": score.folds}
    )
    lead = _lead_over_floor(score, floor)
    if not settles:
        instead = Reason("judge_by_people", {"items": ITEMS_TO_JUDGE})
        return Verdict(
            "cannot_be_judged", (Reason("open_generation", _numbers(score)), instead, basis, *notes)
        )
    if target is None:
        return Verdict("undecided", (Reason("no_target", _numbers(score)), *lead, basis, *notes))
    position = _position(score, target)
    blocking = tuple(Reason(found.id, found.fields) for found in findings if found.blocks)
    flips = _flips(score, curve)
    if blocking:
        rest = tuple(note for note in notes if note not in blocking)
        return Verdict("fix_data_first", (*blocking, position, *lead, basis, *rest), flips)
    if score.low >= target.value:
        return Verdict("small_model_enough", (position, *lead, basis, *notes), flips)
    more = _more_rows(curve, target)
    if score.high >= target.value:
        return Verdict(
            "undecided", (position, _rows_to_decide(score, target), *more, *lead, basis, *notes), flips
        )
    enough = bool(more) and more[0].id == "curve_reaches"
    answer: VerdictId = "enough_with_more_rows" if enough else "llm_trial"
    return Verdict(answer, (position, *more, *lead, basis, *notes), flips)


def _numbers(score: Score) -> dict[str, Any]:
    return {
        "baseline": score.baseline,
        "metric": score.metric,
        "mean": round(score.mean, 4),
        "low": round(score.low, 4),
        "high": round(score.high, 4),
    }


def _position(score: Score, target: Target) -> Reason:
    where = "crosses"
    if score.low >= target.value:
        where = "above"
    elif score.high < target.value:
        where = "below"
    return Reason(f"interval_{where}_target", {**_numbers(score), "target": target.value})


def _lead_over_floor(score: Score, floor: Score | None) -> tuple[Reason, ...]:
    if floor is None:
        return ()
    ahead = score.low > floor.high and floor.baseline != score.baseline
    return (Reason("ahead_of_floor" if ahead else "no_better_than_floor", {"floor": round(floor.mean, 4)}),)


def _rows_to_decide(score: Score, target: Target) -> Reason:
    """Rows after which an interval this centred would leave the target out: its width shrinks with their root."""
    gap = abs(score.mean - target.value)
    half = (score.high - score.low) / 2
    if gap == 0 or (wanted := score.rows * (half / gap) ** 2) > MOST_ROWS_TO_ASK_FOR:
        return Reason("rows_cannot_decide", {"rows": score.rows})
    return Reason("rows_to_decide", {"rows": score.rows, "wanted": math.ceil(wanted)})


def _more_rows(curve: LearningCurve | None, target: Target) -> tuple[Reason, ...]:
    if curve is None:
        return ()
    rows = curve.rows_to_reach(target.value)
    last = {"rows": curve.predicted_sizes[-1], "predicted": round(curve.predicted[-1], 4),
            "low": round(curve.low[-1], 4), "high": round(curve.high[-1], 4)}  # fmt: skip
    if rows is not None:
        return (Reason("curve_reaches", {**last, "wanted": rows, "target": target.value}),)
    short = "curve_might_reach" if curve.high[-1] >= target.value else "curve_falls_short"
    return (Reason(short, {**last, "target": target.value}),)


def _flips(score: Score, curve: LearningCurve | None) -> tuple[Reason, ...]:
    flips = [Reason("enough_up_to_target", {"metric": score.metric, "target": round(score.low, 4)})]
    top = max([score.high, *(curve.low if curve else ())])
    flips.append(Reason("llm_trial_from_target", {"metric": score.metric, "target": round(top, 4)}))
    return tuple(flips)
