"""Is an LLM needed? An answer only where the interval allows one, with its reasons and what would flip it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from baselines.measured import Ceiling, LearningCurve, Score

VerdictId = Literal[
    "small_model_enough",
    "enough_with_more_rows",
    "undecided",
    "llm_trial",
    "fix_data_first",
    "cannot_be_judged",
]
Confidence = Literal["high", "medium", "low"]
# What a trial says of an LLM beside the small model; with more answers missing than this it says nothing.
Decision = Literal["better", "worth_it", "not_worth_it", "worse", "undecided", "incomplete"]
MOST_MISSING = 0.02
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


@dataclass(frozen=True)
class Verdict:
    """`flips` says which target, or which finding, would have given another answer.

    `lowered_by` names the findings that take from its confidence: none leaves it high, one medium, more low.
    """

    id: VerdictId
    reasons: tuple[Reason, ...]
    flips: tuple[Reason, ...] = ()
    lowered_by: tuple[str, ...] = ()

    @property
    def confidence(self) -> Confidence | None:
        """None where there is no verdict to be sure of."""
        if self.id == "cannot_be_judged":
            return None
        return ("high", "medium", "low")[min(len(self.lowered_by), 2)]


@dataclass(frozen=True)
class Finding:
    """Something about the data that weakens what scores on it prove; `blocks` when it must be fixed first.

    Some must be fixed only for a target above a line: `blocks_above` has that line by metric.
    """

    id: str
    fields: Mapping[str, Any]
    blocks: bool = False
    weakens: bool = True
    blocks_above: Mapping[str, float] = field(default_factory=dict)

    def stops(self, target: Target) -> bool:
        """Whether it must be fixed before anything can be said of this target."""
        return self.blocks or target.value > self.blocks_above.get(target.metric, math.inf)


def verdict(
    score: Score | None,
    target: Target | None,
    floor: Score | None = None,
    curve: LearningCurve | None = None,
    findings: Sequence[Finding] = (),
    on_test: bool = False,
    settles: bool = True,
    instead: str = "judge_by_people",
) -> Verdict:
    """Read one score against the target.

    "small_model_enough" needs the whole interval at or above the target and no finding that blocks;
    "enough_with_more_rows" needs the lower end of the learning curve's range to reach it within four times the
    rows. A score whose interval holds the target is undecided, whatever its mean, unless the best of all is the
    simplest guess (`floor`): then no model has learned anything, and the small ones have failed. Where scores of this kind do
    not settle anything (`settles` is false: free text), there is no verdict; `instead` says what to do.

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
    lowered = tuple(found.id for found in findings if found.weakens)
    if not settles:
        rather = Reason(instead, {"items": ITEMS_TO_JUDGE})
        return Verdict(
            "cannot_be_judged", (Reason("open_generation", _numbers(score)), rather, basis, *notes)
        )
    if target is None or target.metric != score.metric:
        return Verdict(
            "undecided", (_unjudged(score, target), *lead, basis, *notes), _flips(score, None, curve), lowered
        )
    flips = _flips(score, target, curve)
    position = _position(score, target)
    id, why = _by_numbers(score, target, curve)
    if id == "undecided" and floor is not None and floor.baseline == score.baseline:
        # The simplest guess leads: nothing has learned anything, however near the guess lies to the target.
        id, why = "llm_trial", ()
    blocking = tuple(Reason(found.id, found.fields) for found in findings if found.stops(target))
    if blocking:
        rest = tuple(note for note in notes if note not in blocking)
        fixed = Reason("after_fixing", {"verdict": id})
        return Verdict("fix_data_first", (*blocking, position, *lead, basis, *rest), (fixed,), lowered)
    return Verdict(id, (position, *why, *lead, basis, *notes), flips, lowered)


def _by_numbers(
    score: Score, target: Target, curve: LearningCurve | None
) -> tuple[VerdictId, tuple[Reason, ...]]:
    """What the interval and the learning curve say of the target, whatever the data are worth."""
    if score.low >= target.value:
        return "small_model_enough", ()
    more = _more_rows(curve, target)
    if score.high >= target.value:
        return "undecided", (_rows_to_decide(score, target), *more)
    enough = bool(more) and more[0].id == "curve_reaches"
    return ("enough_with_more_rows" if enough else "llm_trial"), more


def _numbers(score: Score) -> dict[str, Any]:
    return {
        "baseline": score.baseline,
        "metric": score.metric,
        **{name: round(getattr(score, name), 4) for name in ("mean", "low", "high")},
    }


def _unjudged(score: Score, target: Target | None) -> Reason:
    if target is None:
        return Reason("no_target", _numbers(score))
    return Reason("metric_not_measured", {"metric": target.metric, "target": target.value})


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
    """Rows after which the end beside the target would no longer reach it: it nears the mean with their root."""
    gap = abs(score.mean - target.value)
    half = score.mean - score.low if score.mean > target.value else score.high - score.mean
    if gap == 0 or (wanted := score.rows * (half / gap) ** 2) > MOST_ROWS_TO_ASK_FOR:
        return Reason("rows_cannot_decide", {"rows": score.rows})
    return Reason("rows_to_decide", {"rows": score.rows, "wanted": math.ceil(wanted)})


def _more_rows(curve: LearningCurve | None, target: Target) -> tuple[Reason, ...]:
    if curve is None:
        return ()
    rows = curve.rows_to_reach(target.value)
    last = {
        "rows": curve.predicted_sizes[-1],
        "predicted": curve.predicted[-1],
        "low": curve.low[-1],
        "high": curve.high[-1],
    }
    if rows is not None:
        return (Reason("curve_reaches", {**last, "wanted": rows, "target": target.value}),)
    short = "curve_might_reach" if curve.high[-1] >= target.value else "curve_falls_short"
    return (Reason(short, {**last, "target": target.value}),)


def _flips(score: Score, target: Target | None, curve: LearningCurve | None) -> tuple[Reason, ...]:
    """The targets at which the answer changes, each said from the side that the target is on.

    Lines are rounded to three digits towards the side on which the sentence stays true.
    """
    reach = [score.high]
    if curve:
        ahead = zip(curve.ahead.sizes, curve.ahead.low, strict=True)
        reach += [low for rows, low in ahead if rows > curve.rows]
    top = max(reach)
    if target is not None and target.value <= score.low:
        lines = [("no_longer_enough_above_target", _up(score.low)), ("llm_trial_from_target", _up(top))]
    elif target is not None and target.value > top:
        lines = [("enough_up_to_target", _down(score.low)), ("no_llm_trial_up_to_target", _down(top))]
    else:
        lines = [("enough_up_to_target", _down(score.low)), ("llm_trial_from_target", _up(top))]
    return tuple(Reason(id, {"metric": score.metric, "target": line}) for id, line in lines if 0 < line < 1)


def _up(value: float) -> float:
    return math.ceil(1000 * value) / 1000


def _down(value: float) -> float:
    return math.floor(1000 * value) / 1000


def beyond_people(people: Ceiling | None, target: Target | None) -> Finding | None:
    """A target above what a second person reaches against the first one."""
    if people is None or target is None or target.metric != people.metric:
        return None
    if target.value <= people.high:
        return None
    said = {"mean": people.mean, "metric": people.metric, "rows": people.rows}
    return Finding("target_above_people", {"target": target.value, **said})


def agreement(people: Ceiling) -> Reason:
    """How far two people agree, beside the verdict."""
    return Reason("human_ceiling_numbers" if people.kappa is None else "human_ceiling", dict(vars(people)))
