"""What the baselines reached, with intervals against the floor, and what that says about needing an LLM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.answers.baseline.parts import Measured
from advisor.quantities import Named
from advisor.shapes import Told
from advisor.show.blocks import (
    Bar,
    BarChart,
    Block,
    Column,
    Item,
    Items,
    Line,
    LineChart,
    Paragraph,
    Point,
    Table,
)
from advisor.show.voice import NOTHING, Voice
from baselines.measured import CascadePoint, LearningCurve

if TYPE_CHECKING:
    from advisor.answers.baseline import Baseline


def blocks(answer: Baseline, voice: Voice) -> Iterable[Block]:
    """Verdict and reasons first, then every score, the learning curve and the cascade."""
    if answer.verdict:
        yield Paragraph(Line(voice.name("baseline.verdict", answer.verdict)), "lead")
    if sure := confidence(answer, voice):
        yield Paragraph(Line(sure))
    yield _said(answer.reasons, "reason", voice)
    if answer.flips:
        yield _said(answer.flips, "flips", voice)
    yield from _checks(answer, voice)
    if answer.scores:
        caption = "scores" if answer.set_aside is None else "set_aside_scores"
        yield from _scores(answer.scores, answer.metric or answer.scores[0].metric, caption, voice)
    if answer.test_scores:
        yield from _scores(
            answer.test_scores, answer.metric or answer.test_scores[0].metric, "test_scores", voice
        )
    if answer.curve:
        yield from _curve(answer.curve, voice)
    elif absent := no_curve(answer, voice):
        yield Paragraph(Line(absent), "note")
    if answer.cascade:
        yield _cascade(answer.cascade, voice)


def figure(answer: Baseline, best: Measured, voice: Voice) -> Line:
    """The best score and the verdict, for the first page."""
    score, low, high = (voice.number(value, 2) for value in (best.mean, best.low, best.high))
    verdict = Named("recommendation.words", str(answer.verdict)).say(voice.language)
    said = {"metric": voice.name("baseline.metric", best.metric), "verdict": verdict}
    return voice.line("report.figures.baseline", (), score=score, low=low, high=high, **said)


def _said(told: Sequence[Told], caption: str, voice: Voice) -> Items:
    lines = tuple(Item(Line(reason(one, voice))) for one in told)
    return Items(lines, voice.say(f"report.baseline.{caption}"))


def confidence(answer: Baseline, voice: Voice) -> str | None:
    """How sure the verdict is, and what lowered that; None where an answer says nothing of it."""
    if not answer.confidence:
        return None
    found = voice.listing(voice.name("baseline.check", id) for id in answer.lowered_by)
    return voice.say(f"baseline.confidence.{answer.confidence}", found=found)


def reason(told: Told, voice: Voice) -> str:
    """One reason of a verdict as a sentence."""
    named = {"id": told.id, **told.fields}
    for field, area in (("baseline", "baseline.rung"), ("metric", "baseline.metric")):
        if field in named:
            named[field] = voice.name(area, named[field])
    if "verdict" in named:
        named["verdict"] = voice.name("baseline.verdict", named["verdict"]).rstrip("。.")
    return voice.told("baseline.reason", named)


def left_out(told: Told, name: str, voice: Voice) -> str:
    """Why a baseline has no score, or none that counts."""
    return voice.say(
        "report.baseline.skipped", name=voice.name("baseline.rung", name), reason=reason(told, voice)
    )


def no_curve(answer: Baseline, voice: Voice) -> str | None:
    """Why there is no learning curve."""
    absent = answer.curve_absent
    return voice.say("report.baseline.no_curve", reason=reason(absent, voice)) if absent else None


def _checks(answer: Baseline, voice: Voice) -> Iterator[Items]:
    """What was found in the data, and which baselines could not be run."""
    already = {told.id for told in answer.reasons}
    found = [
        reason(Told(id=id, **check.fields), voice) for id, check in answer.checks.items() if id not in already
    ]
    found += [left_out(told, name, voice) for name, told in answer.skipped.items()]
    if found:
        yield Items(tuple(Item(Line(one)) for one in found), voice.say("report.baseline.checks"))


def _scores(scores: Sequence[Measured], metric: str, caption: str, voice: Voice) -> Iterable[Block]:
    labels = ("name", "metric", "score", "interval", "seconds")
    columns = tuple(
        Column(voice.say(f"report.baseline.{label}"), label not in {"name", "metric"}) for label in labels
    )
    said = voice.say(f"report.baseline.{caption}")
    yield Table(said, columns, tuple(_score(score, voice) for score in scores))
    yield BarChart(
        voice.say("report.baseline.chart", what=said, metric=voice.name("baseline.metric", metric)),
        voice.say("report.baseline.axis", metric=voice.name("baseline.metric", metric)),
        tuple(_bar(score, voice) for score in scores if score.metric == metric),
    )


def _score(score: Measured, voice: Voice) -> tuple[Line, ...]:
    return (
        Line(voice.name("baseline.rung", score.baseline)),
        Line(voice.name("baseline.metric", score.metric)),
        voice.figure(voice.number(score.mean, 3), score.mean),
        Line(interval(score.low, score.high, voice)),
        voice.figure(voice.number(score.fit_seconds, 2), score.fit_seconds),
    )


def interval(low: float | None, high: float | None, voice: Voice) -> str:
    """The 95% range of a score, or a dash where there is none."""
    if low is None or high is None:
        return NOTHING
    return voice.span(voice.number(low, 3), voice.number(high, 3))


def _bar(score: Measured, voice: Voice) -> Bar:
    name = voice.name("baseline.rung", score.baseline)
    return Bar(name, score.mean, voice.number(score.mean, 3), score.low, score.high)


def _curve(curve: LearningCurve, voice: Voice) -> Iterable[Block]:
    metric = voice.name("baseline.metric", curve.metric)
    measured = [Point(float(x), y) for x, y in zip(curve.sizes, curve.means, strict=True)]
    ahead = [Point(float(x), y, low, high, predicted=True) for x, y, low, high in curve.ends]
    caption = voice.say("report.baseline.curve", name=voice.name("baseline.rung", curve.baseline))
    yield LineChart(caption, voice.say("report.baseline.rows_axis"), metric, (*measured, *ahead))
    labels = ("rows", "score", "interval", "basis")
    columns = tuple(Column(voice.say(f"report.baseline.{label}"), label != "basis") for label in labels)
    yield Table(caption, columns, tuple(_point(point, voice) for point in (*measured, *ahead)))


def _point(point: Point, voice: Voice) -> tuple[Line, ...]:
    return (
        voice.figure(voice.number(int(point.x)), int(point.x)),
        voice.figure(voice.number(point.y, 3), point.y),
        Line(interval(point.low, point.high, voice)),
        voice.line("report.baseline.predicted" if point.predicted else "report.baseline.measured"),
    )


def _cascade(points: Sequence[CascadePoint], voice: Voice) -> Table:
    columns = tuple(Column(voice.say(f"report.baseline.{label}"), True) for label in ("precision", "share"))
    rows = tuple(
        (
            voice.figure(voice.percent(row.precision), row.precision),
            voice.figure(voice.percent(row.share, 1), row.share),
        )
        for row in points
    )
    return Table(voice.say("report.baseline.cascade"), columns, rows)
