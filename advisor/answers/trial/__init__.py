"""What an LLM reaches on the team's own rows, beside the small model on the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Literal, Self, get_args

from advisor.answers.baseline.parts import Because
from advisor.answers.trial import words
from advisor.quantities import Count, Score, Share
from advisor.shapes import Aim, Answer, Exact, Four, Kind, Shape
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice
from baselines.measured import AsGiven
from baselines.verdict import MOST_MISSING, Decision

Position = Literal["above", "crosses", "below"]
Outcome = Literal["zero_shot_reaches", "few_shot_reaches", "falls_short"]
OPTIONS = ("zero_shot", "few_shot")
USABLE = ("answered", "loose")
SLOW_SECONDS = 10.0
MANY_UNUSABLE = 0.05


class Ranged(Shape):
    """A metric over all rows that were asked, with its 95% range."""

    metric: str
    mean: Four
    low: Four
    high: Four

    def position(self, target: float) -> Position:
        """Where the whole range lies beside a target."""
        return "above" if self.low >= target else "below" if self.high < target else "crosses"


class Usage(Shape):
    """Tokens of all answers that told them; cached and written are part of input, reasoning is part of output."""

    input: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    reasoning: int = 0
    reported: int = 0


class Seconds(Shape):
    """How long an answer took: half of them, and 95 in 100, no longer."""

    p50: Four | None = None
    p95: Four | None = None


class Arm(Shape):
    """One option: every row that was asked counts under one status, and `error` counts those without any answer."""

    id: str
    asked: int
    coverage: Four = 1.0
    statuses: Mapping[str, int] = {}
    scores: tuple[Ranged, ...] = ()
    usage: Usage = Usage()
    seconds: Seconds = Seconds()
    shots: int | None = None
    prompt_sha256: str | None = None
    retries: int | None = None
    spent_usd: Exact | None = None

    def score(self, metric: str | None) -> Ranged | None:
        """Its score by a metric."""
        return next((one for one in self.scores if one.metric == metric), None)

    @property
    def unusable(self) -> int:
        """Rows for which an answer came that names no label."""
        return sum(rows for status, rows in self.statuses.items() if status not in (*USABLE, "error"))

    @property
    def is_complete(self) -> bool:
        """Whether so few answers are missing that the score stands."""
        return self.coverage >= 1 - MOST_MISSING


class SmallModel(Shape):
    """The best small model on the same rows, none of which it had learned from."""

    baseline: str
    learned_from: int | None = None
    scores: tuple[Ranged, ...] = ()


class Compared(Shape):
    """`a` minus `b` on the same rows, as shares; `only_a`: rows that `a` alone got right."""

    a: str
    b: str
    metric: str
    difference: float
    low: float
    high: float
    only_a: int
    only_b: int
    p: float
    p_holm: float
    outcome: str
    decision: Decision
    rows_to_decide: int | None = None


class Cascade(Shape):
    """The small model where it is sure, `arm` for the rest; the score is by the judged metric."""

    arm: str
    share: Four
    score: Four
    low: Four
    high: Four


class Endpoint(AsGiven):
    """Who answered, and what was refused or promised on the way."""

    host: str | None = None
    model_asked: str | None = None
    model_answered: str | None = None
    dropped: tuple[str, ...] = ()
    labels_enforced: bool | None = None
    usage_reported: bool | None = None


class Placed(Shape):
    """The score that would do, and where the best option's range lies beside it."""

    value: float
    position: Position | None = None


class LlmTrial(Answer):
    """From the page of the LLM trial or the command `trial`."""

    NAME = "trial"
    PAGE = "trial"
    SECTION = "trial"
    PLACE = 42
    FINDINGS: ClassVar[Mapping[str, Kind]] = {
        "trial_outcome": get_args(Outcome),
        **{f"trial_{option}_{end}": Score for option in OPTIONS for end in ("score", "low", "high")},
        **{f"trial_gain{end}": Score for end in ("", "_low", "_high")},
        "trial_unusable_share": Share,
        "trial_input_tokens": Count,
        "trial_output_tokens": Count,
        "trial_p95_seconds": Score,
        "trial_model_id": str,
    }

    on: date | None = None
    file: Mapping[str, str] = {}
    task: str = "classification"
    rows: int | None = None
    sampled: int | None = None
    seed: int = 42
    labels: tuple[str, ...] = ()
    metric: str | None = None
    endpoint: Endpoint = Endpoint()
    arms: tuple[Arm, ...] = ()
    baseline: SmallModel | None = None
    comparisons: tuple[Compared, ...] = ()
    cascade: Cascade | None = None
    stability: Mapping[str, int] = {}
    left_out: Mapping[str, int] = {}
    money: Mapping[str, Exact | None] = {}
    verdict: Decision | None = None
    reasons: tuple[Because, ...] = ()
    flips: tuple[Because, ...] = ()
    target: Placed | None = None

    def arm(self, id: str) -> Arm | None:
        """One option."""
        return next((one for one in self.arms if one.id == id), None)

    @property
    def best(self) -> Arm | None:
        """The option with the best score by the judged metric."""
        scored = [(one, arm) for arm in self.arms if (one := arm.score(self.metric))]
        return max(scored, key=lambda pair: pair[0].mean)[1] if scored else None

    @property
    def told(self) -> Compared | None:
        """The comparison that the verdict is about: the first that speaks for the LLM, else the first."""
        mine = [one for one in self.comparisons if self.arm(one.a)]
        return next((one for one in mine if one.decision == self.verdict), None)

    @property
    def model(self) -> str | None:
        """The model that answered, or the one that was asked."""
        return self.endpoint.model_answered or self.endpoint.model_asked

    def judged(self, aim: Aim | None) -> Self:
        """Held against `aim`; by a metric that was not measured the position stays open."""
        if aim is None:
            return self
        best = self.best.score(aim.metric or self.metric) if self.best else None
        position = best.position(aim.value) if best else None
        return self.model_copy(update={"target": Placed(value=aim.value, position=position)})

    def outcome(self, aim: Aim | None) -> Outcome | None:
        """What the answer about prompting would be; None where the ranges leave it open."""
        if aim is None:
            if self.target is None:
                return None
            aim = Aim(self.target.value)
        where = {
            arm.id: score.position(aim.value)
            for arm in self.arms
            if arm.is_complete and (score := arm.score(aim.metric or self.metric))
        }
        if where.get("zero_shot") == "above":
            return "zero_shot_reaches"
        if where.get("few_shot") == "above":
            return "few_shot_reaches"
        return "falls_short" if [where.get(option) for option in OPTIONS] == ["below", "below"] else None

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        asked = sum(arm.asked for arm in self.arms)
        best, gap = self.best, self.told
        found: dict[str, Any] = {
            "trial_outcome": self.outcome(aim),
            "trial_gain": gap and gap.difference,
            "trial_gain_low": gap and gap.low,
            "trial_gain_high": gap and gap.high,
            "trial_unusable_share": sum(arm.unusable for arm in self.arms) / asked if asked else None,
            "trial_p95_seconds": best and best.seconds.p95,
            "trial_model_id": self.model,
        }
        if best and best.usage.reported:
            found["trial_input_tokens"] = round(best.usage.input / best.usage.reported)
            found["trial_output_tokens"] = round(best.usage.output / best.usage.reported)
        for option in OPTIONS:
            score = (arm := self.arm(option)) and arm.score(self.metric)
            said = (score.mean, score.low, score.high) if score else (None, None, None)
            found |= {
                f"trial_{option}_{end}": one for end, one in zip(("score", "low", "high"), said, strict=True)
            }
        return found

    def trials(self) -> Iterable[Mapping[str, Any]]:
        for arm in self.arms:
            score = arm.score(self.metric)
            if arm.id in OPTIONS and arm.is_complete and score:
                ends = {end: str(getattr(score, end)) for end in ("mean", "low", "high")}
                said = {"option": self.model, "metric": self.metric, "n": arm.asked, "usd": arm.spent_usd}
                yield {
                    "approach": arm.id,
                    **said,
                    **ends,
                    "source": "measured",
                    **({"on": self.on} if self.on else {}),
                }

    def blocks(self, voice: Voice) -> Iterable[Block]:
        return words.blocks(self, voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        return words.figures(self, voice)

    def risks(self, voice: Voice) -> Iterable[Line]:
        for arm in self.arms:
            if arm.unusable > MANY_UNUSABLE * arm.asked:
                name, share = words.called(arm.id, voice), voice.percent(arm.unusable / arm.asked, 1)
                yield voice.line("trial.risk.unusable", name=name, share=share)
            if (arm.seconds.p95 or 0) > SLOW_SECONDS:
                yield voice.line(
                    "trial.risk.slow",
                    name=words.called(arm.id, voice),
                    seconds=voice.number(arm.seconds.p95, 1),
                )
