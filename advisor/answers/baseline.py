"""What small models reach on the team's labelled rows, and whether an LLM is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from advisor import loose_json
from advisor.quantities import Named, Score, Share
from advisor.shapes import Aim, Answer, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice

VERDICTS = (
    "small_model_enough",
    "enough_with_more_rows",
    "undecided",
    "llm_trial",
    "fix_data_first",
    "cannot_be_judged",
)
PRECISION_OF_INTEREST = Decimal("0.95")
FLOORS = ("majority", "mean", "dummy")
Shape = Mapping[str, Any]


class Baseline(Answer):
    """From the Baseline page or the command `baseline`."""

    NAME = "baseline"
    PAGE = "baseline"
    SECTION = "baseline"
    PLACE = 40
    FINDINGS: ClassVar[Mapping[str, Kind]] = {
        "baseline_verdict": VERDICTS,
        "baseline_name": str,
        "baseline_metric": str,
        "baseline_score": Score,
        "baseline_low": Score,
        "baseline_high": Score,
        "baseline_floor": Score,
        "baseline_target": Score,
        "cascade_share": Share,
    }

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return _findings(self.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.scores import baseline

        return baseline(self.as_json(), voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        found = self.findings(aim)
        if found["baseline_score"] is None:
            return
        score, low, high = (voice.number(found[f"baseline_{name}"], 2) for name in ("score", "low", "high"))
        metric = voice.name("baseline.metric", found["baseline_metric"])
        verdict = Named("recommendation.words", str(found["baseline_verdict"])).say(voice.language)
        said = {"metric": metric, "verdict": verdict}
        yield voice.line("report.figures.baseline", (), score=score, low=low, high=high, **said)

    def risks(self, voice: Voice) -> Iterable[Line]:
        if self.get("verdict") == "fix_data_first":
            yield voice.line("report.risks.data")


def _findings(shape: Shape) -> dict[str, Any]:
    scores = [
        score
        for score in loose_json.items(shape.get("test_scores") or shape.get("scores"))
        if _is_score(score)
    ]
    best = _best(scores, shape.get("best"), shape.get("metric"))
    metric = best.get("metric")
    floor: Shape = next((s for s in scores if s["baseline"] in FLOORS and s["metric"] == metric), {})
    return {
        "baseline_verdict": loose_json.word(shape.get("verdict"), VERDICTS),
        "baseline_name": loose_json.text(best.get("baseline")),
        "baseline_metric": loose_json.text(metric),
        "baseline_score": loose_json.number(best.get("mean")),
        "baseline_low": loose_json.number(best.get("low")),
        "baseline_high": loose_json.number(best.get("high")),
        "baseline_floor": loose_json.number(floor.get("mean")),
        "baseline_target": loose_json.number(shape.get("target")),
        "cascade_share": _cascade_share(shape.get("cascade")),
    }


def _is_score(score: Any) -> bool:
    return isinstance(score, Mapping) and "baseline" in score and "metric" in score


def _best(scores: list[Shape], best: Any, metric: Any) -> Shape:
    """The row of scores that `best` names, by the target metric or else the task's usual one."""
    named = [score for score in scores if score["baseline"] == best]
    order = (metric, "macro_f1", "spearman", "accuracy")
    return min(
        named,
        key=lambda score: order.index(score["metric"]) if score["metric"] in order else len(order),
        default={},
    )


def _cascade_share(cascade: Any) -> Decimal | None:
    """The share of requests that the small model answers alone at 95% precision."""
    for row in loose_json.items(cascade):
        if isinstance(row, Mapping) and loose_json.number(row.get("precision")) == PRECISION_OF_INTEREST:
            return loose_json.number(row.get("share"))
    return None
