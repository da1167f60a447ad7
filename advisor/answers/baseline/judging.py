"""A kept answer held against another target than it was measured for, by the one rule there is for verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from advisor.answers.baseline.parts import Check
from baselines.measured import Score
from baselines.verdict import Finding, Target, Verdict, beyond_people, verdict

if TYPE_CHECKING:
    from advisor.answers.baseline import Baseline

BASIS = {"measured_on_test", "measured_by_folds"}
MANY_CONFLICTS = 0.2  # share of contradicting rows from which answers of before let them block


def told(found: Verdict, findings: Sequence[Finding]) -> dict[str, Any]:
    """A verdict as an answer keeps it."""
    return {
        "checks": {one.id: one for one in findings},
        "verdict": found.id,
        "reasons": found.reasons,
        "flips": found.flips,
        "confidence": found.confidence,
        "lowered_by": found.lowered_by,
    }


def judged_anew(kept: Baseline, target: Target) -> dict[str, Any]:
    """What becomes different in `kept` for this target; nothing where it holds no score to judge."""
    score = judged_score(kept, target.metric) or judged_score(kept, kept.metric)
    if score is None:
        return {}
    curve = kept.curve if kept.curve and kept.curve.metric == score.metric and kept.curve.is_whole else None
    findings = list(_findings(kept, target))
    found = verdict(score, target, _floor(kept, score), curve, findings, on_test=_on_test(kept))
    anew = told(found, findings)
    value = target.value if score.metric == target.metric else None
    reasons = (*found.reasons, *kept.reasons[_made_by_verdict(kept) :])
    return {**anew, "reasons": reasons, "metric": score.metric, "target": value}


def judged_score(kept: Baseline, metric: str | None) -> Score | None:
    """The score of the best baseline by this metric, as it is judged; an answer of before has it in its reasons."""
    ground, line = kept.rests_on, kept.line(kept.best, metric)
    if ground and ground.metric == metric:
        return Score(ground.baseline, ground.metric, ground.mean, ground.low, ground.high, 0.0, ground.folds, ground.rows)  # fmt: skip
    if line is None or line.low is None or line.high is None:
        return None
    said = next((told.fields for told in kept.reasons if {"baseline", "low"} <= told.fields.keys()), {})
    if said.get("metric") != metric:
        said = {}
    mean, low, high = (said.get(name, getattr(line, name)) for name in ("mean", "low", "high"))
    return Score(line.baseline, line.metric, mean, low, high, 0.0, line.folds, line.rows or kept.rows or 0)


def _floor(kept: Baseline, score: Score) -> Score | None:
    """What the simplest baseline reaches, which is measured first."""
    line = next((one for one in kept.judged_lines if one.metric == score.metric), None)
    if line is None or line.low is None or line.high is None:
        return None
    return Score(line.baseline, line.metric, line.mean, line.low, line.high, 0.0, line.folds, line.rows)


def _on_test(kept: Baseline) -> bool:
    basis = [one.id for one in kept.reasons if one.id in BASIS]
    return basis == ["measured_on_test"] if basis else bool(kept.test_scores)


def _made_by_verdict(kept: Baseline) -> int:
    """How many of the reasons the verdict gave: all up to its basis and the findings; money and people follow."""
    own = BASIS | kept.checks.keys()
    return max((at + 1 for at, one in enumerate(kept.reasons) if one.id in own), default=len(kept.reasons))


def _findings(kept: Baseline, target: Target) -> Iterator[Finding]:
    """The findings, those about the target made anew."""
    yield from (_finding(kept, id, check) for id, check in kept.checks.items() if id != "target_above_people")
    if beyond := beyond_people(kept.people, target):
        yield beyond


def _finding(kept: Baseline, id: str, check: Check) -> Finding:
    if check.blocks is None:
        return _of_before(kept, id, check)
    return Finding(id, check.fields, check.blocks, check.weakens, check.blocks_above)


def _of_before(kept: Baseline, id: str, check: Check) -> Finding:
    """Whether a finding blocks, where the answer did not keep that: a verdict names first what blocked it."""
    first = [one.id for one in kept.reasons if kept.verdict == "fix_data_first"]
    place = next((at for at, told in enumerate(first) if told.startswith("interval_")), 0)
    blocked, above = id in first[:place], {}
    if id == "conflicts":
        blocked = float(check.fields.get("share", 0)) >= MANY_CONFLICTS
        above = {"accuracy": float(check.fields.get("ceiling", 1))}
    line = kept.line(kept.best, kept.metric)
    if id == "shift" and blocked and line and line.low is not None:
        blocked, above = False, {line.metric: line.low}
    return Finding(id, check.fields, blocked or id == "label_in_text", check.weakens, above)
