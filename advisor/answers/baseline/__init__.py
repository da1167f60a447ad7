"""What small models reach on the team's labelled rows, and whether an LLM is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, get_args

from pydantic import BeforeValidator

from advisor.answers.baseline import judging, words
from advisor.answers.baseline.parts import (
    Because,
    Confused,
    Found,
    Ground,
    InMoney,
    Measured,
    Mistake,
    PerClass,
    Speed,
)
from advisor.quantities import Score, Share
from advisor.shapes import Aim, Answer, Four, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice
from baselines.measured import AsGiven, CascadePoint, Ceiling, Lead, LearningCurve, Topic
from baselines.script import script
from baselines.verdict import Target, VerdictId

if TYPE_CHECKING:
    from baselines.run import BaselineReport

PRECISION_OF_INTEREST = 0.95
FLOORS = ("majority", "mean", "dummy")
USUAL = ("macro_f1", "spearman", "accuracy")


class Baseline(AsGiven, Answer):
    """From the Baseline page or the command `baseline`.

    `rests_on` is the score that was judged; an answer of before had it only in its reasons.
    """

    NAME = "baseline"
    PAGE = "baseline"
    SECTION = "baseline"
    PLACE = 40
    FINDINGS: ClassVar[Mapping[str, Kind]] = {
        "baseline_verdict": get_args(VerdictId),
        "baseline_name": str,
        "baseline_metric": str,
        "baseline_score": Score,
        "baseline_low": Score,
        "baseline_high": Score,
        "baseline_floor": Score,
        "baseline_target": Score,
        "cascade_share": Share,
    }

    task: str | None = None
    rows: int | None = None
    classes: int | None = None
    labels: tuple[str, ...] = ()
    metric: str | None = None
    target: float | None = None
    scores: tuple[Measured, ...] = ()
    best: str | None = None
    test_scores: tuple[Measured, ...] = ()
    curve: Annotated[LearningCurve | None, BeforeValidator(lambda found: found or None)] = None
    curve_absent: Because | None = None
    checks: Mapping[str, Found] = {}
    cascade: tuple[CascadePoint, ...] = ()
    collapsed: tuple[str, ...] = ()
    skipped: Mapping[str, Because] = {}
    verdict: VerdictId | None = None
    reasons: tuple[Because, ...] = ()
    flips: tuple[Because, ...] = ()
    confidence: str | None = None
    lowered_by: tuple[str, ...] = ()
    rests_on: Ground | None = None
    calibration_error: Four | None = None
    confused: tuple[Confused, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    differences: tuple[Lead, ...] = ()
    mistakes: tuple[Mistake, ...] | None = None
    money: InMoney | None = None
    people: Ceiling | None = None
    per_class: tuple[PerClass, ...] = ()
    recipe: Mapping[str, Any] | None = None
    seed: int = 42
    selection_optimism: Four = 0.0
    set_aside: int | None = None
    speed: Speed | None = None
    suspicious_labels: int | None = None
    terms: Mapping[str, tuple[str, ...]] = {}
    topics: tuple[Topic, ...] = ()
    saved: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: BaselineReport, **more: Any) -> Self:
        """What was measured, and `more` beside it."""
        same = ("task", "rows", "labels", "metric", "scores", "best", "test_scores", "curve", "curve_absent",
                "cascade", "collapsed", "skipped", "rests_on")  # fmt: skip
        said = {name: getattr(found, name) for name in same}
        aim = {"classes": len(found.labels), "target": found.target.value if found.target else None}
        judged = judging.told(found.verdict, found.findings)
        return cls.model_validate({**said, **aim, **judged, **found.details, **more})

    @property
    def judged_lines(self) -> tuple[Measured, ...]:
        """The scores on the side that is judged: the test where there is one."""
        return self.test_scores or self.scores

    def line(self, baseline: str | None, metric: str | None) -> Measured | None:
        """One of these scores."""
        lines = self.judged_lines
        return next((one for one in lines if (one.baseline, one.metric) == (baseline, metric)), None)

    def judged(self, aim: Aim | None) -> Self:
        """Held against `aim` at once, from what was kept; a target by a metric that was not measured leaves it open."""
        measured = self.rests_on.metric if self.rests_on else self.metric
        if aim is None or self.verdict in (None, "cannot_be_judged"):
            return self
        target = Target(aim.metric or measured or "", aim.value)
        if (self.metric, self._judged_for()) == (target.metric, target.value):
            return self
        return self.judged_anew(target)

    def _judged_for(self) -> float | None:
        """The target that the verdict speaks of; a shortened answer has it in its reasons alone."""
        told = (one.fields.get("target") for one in self.reasons if one.id.startswith("interval_"))
        return next(told, None) if self.target is None else self.target

    def judged_anew(self, target: Target) -> Self:
        """The same scores and findings under the rule for verdicts."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return self.model_validate(given | judging.judged_anew(self, target))

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        now = self.judged(aim)
        best, floor = now._best(), None
        if best:
            floor = next((line for name in FLOORS if (line := now.line(name, best.metric))), None)
        sure = next((at.share for at in now.cascade if at.precision == PRECISION_OF_INTEREST), None)
        return {
            "baseline_verdict": now.verdict,
            "baseline_name": best and best.baseline,
            "baseline_metric": best and best.metric,
            "baseline_score": best and best.mean,
            "baseline_low": best and best.low,
            "baseline_high": best and best.high,
            "baseline_floor": floor and floor.mean,
            "baseline_target": now.target,
            "cascade_share": sure,
        }

    def _best(self) -> Measured | None:
        """The best baseline's score by the target's metric, or else by the task's usual one."""
        mine = [line for line in self.judged_lines if line.baseline == self.best]
        order = (self.metric, *USUAL)
        return min(mine, key=lambda line: order.index(line.metric) if line.metric in order else len(order),
                   default=None)  # fmt: skip

    def blocks(self, voice: Voice) -> Iterable[Block]:
        return words.blocks(self, voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        now = self.judged(aim)
        best = now._best()
        if best:
            yield words.figure(now, best, voice)

    def risks(self, voice: Voice) -> Iterable[Line]:
        if self.verdict == "fix_data_first":
            yield voice.line("report.risks.data")

    def script(self, file: str, text: str, label: str, text2: str | None = None) -> str:
        """Source that measures the best baseline again on that file and its columns."""
        target = None if self.target is None else Target(self.metric or "", self.target)
        columns = (text, label, text2)
        return script(str(self.best), file, columns, recipe=self.recipe, task=self.task, target=target,
                      seed=self.seed)  # fmt: skip
