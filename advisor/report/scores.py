"""What the baselines reached, with intervals against the floor, and what that says about needing an LLM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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

Answer = Mapping[str, Any]


def baseline(answer: Answer, voice: Voice) -> Iterable[Block]:
    """Verdict and reasons first, then every score, the learning curve and the cascade; `answer` is that of `baseline`."""
    yield Paragraph(Line(voice.name("baseline.verdict", answer["verdict"])), "lead")
    if sure := confidence(answer, voice):
        yield Paragraph(Line(sure))
    yield _said(answer.get("reasons"), "reason", voice)
    if answer.get("flips"):
        yield _said(answer["flips"], "flips", voice)
    yield from _checks(answer, voice)
    metric = answer.get("metric") or _first_metric(answer["scores"])
    yield from _scores(
        answer["scores"], metric, "set_aside_scores" if "set_aside" in answer else "scores", voice
    )
    if answer.get("test_scores"):
        yield from _scores(answer["test_scores"], metric, "test_scores", voice)
    yield from _curve(answer, voice)
    if answer.get("cascade"):
        yield _cascade(answer["cascade"], voice)


def _first_metric(scores: Sequence[Answer]) -> str:
    return str(scores[0]["metric"])


def _said(told: Sequence[Answer] | None, caption: str, voice: Voice) -> Items:
    lines = tuple(Item(Line(reason(one, voice))) for one in told or ())
    return Items(lines, voice.say(f"report.baseline.{caption}"))


def confidence(answer: Answer, voice: Voice) -> str | None:
    """How sure the verdict is, and what lowered that; None where an answer says nothing of it."""
    if not answer.get("confidence"):
        return None
    found = voice.listing(voice.name("baseline.check", id) for id in answer["lowered_by"])
    return voice.say(f"baseline.confidence.{answer['confidence']}", found=found)


def reason(told: Answer, voice: Voice) -> str:
    """One reason of a verdict as a sentence."""
    named = dict(told)
    for field, area in (("baseline", "baseline.rung"), ("metric", "baseline.metric")):
        if field in named:
            named[field] = voice.name(area, named[field])
    if "verdict" in named:
        named["verdict"] = voice.name("baseline.verdict", named["verdict"]).rstrip("。.")
    return voice.told("baseline.reason", named)


def _checks(answer: Answer, voice: Voice) -> Iterable[Items]:
    """What was found in the data, and which baselines could not be run."""
    checks = answer.get("checks") or {}
    already = {told["id"] for told in answer.get("reasons") or ()}
    found = [reason({"id": id, **fields}, voice) for id, fields in checks.items() if id not in already]
    found += [
        voice.say(
            "report.baseline.skipped", name=voice.name("baseline.rung", name), reason=reason(told, voice)
        )
        for name, told in (answer.get("skipped") or {}).items()
    ]
    if found:
        yield Items(tuple(Item(Line(one)) for one in found), voice.say("report.baseline.checks"))


def _scores(scores: Sequence[Answer], metric: str, caption: str, voice: Voice) -> Iterable[Block]:
    labels = ("name", "metric", "score", "interval", "seconds")
    columns = tuple(
        Column(voice.say(f"report.baseline.{label}"), label not in {"name", "metric"}) for label in labels
    )
    said = voice.say(f"report.baseline.{caption}")
    yield Table(said, columns, tuple(_score(score, voice) for score in scores))
    yield BarChart(
        voice.say("report.baseline.chart", what=said, metric=voice.name("baseline.metric", metric)),
        voice.say("report.baseline.axis", metric=voice.name("baseline.metric", metric)),
        tuple(_bar(score, voice) for score in scores if score["metric"] == metric),
    )


def _score(score: Answer, voice: Voice) -> tuple[Line, ...]:
    return (
        Line(voice.name("baseline.rung", score["baseline"])),
        Line(voice.name("baseline.metric", score["metric"])),
        voice.figure(voice.number(score["mean"], 3), score["mean"]),
        Line(interval(score, voice)),
        voice.figure(voice.number(score.get("fit_seconds"), 2), score.get("fit_seconds")),
    )


def interval(score: Answer, voice: Voice) -> str:
    """The 95% range of a score, or a dash where there is none."""
    if score.get("low") is None or score.get("high") is None:
        return NOTHING
    return voice.span(voice.number(score["low"], 3), voice.number(score["high"], 3))


def _bar(score: Answer, voice: Voice) -> Bar:
    low, high = score.get("low"), score.get("high")
    return Bar(
        voice.name("baseline.rung", score["baseline"]),
        float(score["mean"]),
        voice.number(score["mean"], 3),
        None if low is None else float(low),
        None if high is None else float(high),
    )


def _curve(answer: Answer, voice: Voice) -> Iterable[Block]:
    curve = answer.get("curve")
    if not curve:
        absent = answer.get("curve_absent")
        if absent:
            yield Paragraph(Line(voice.say("report.baseline.no_curve", reason=reason(absent, voice))), "note")
        return
    metric = voice.name("baseline.metric", curve["metric"])
    measured = [Point(float(x), float(y)) for x, y in zip(curve["sizes"], curve["means"], strict=True)]
    predicted = [
        Point(float(x), float(y), float(low), float(high), predicted=True)
        for x, y, low, high in zip(
            curve["predicted_sizes"], curve["predicted"], curve["low"], curve["high"], strict=True
        )
    ]
    name = voice.name("baseline.rung", curve["baseline"])
    caption = voice.say("report.baseline.curve", name=name)
    yield LineChart(caption, voice.say("report.baseline.rows_axis"), metric, (*measured, *predicted))
    labels = ("rows", "score", "interval", "basis")
    columns = tuple(Column(voice.say(f"report.baseline.{label}"), label != "basis") for label in labels)
    yield Table(caption, columns, tuple(_point(point, voice) for point in (*measured, *predicted)))


def _point(point: Point, voice: Voice) -> tuple[Line, ...]:
    return (
        voice.figure(voice.number(int(point.x)), int(point.x)),
        voice.figure(voice.number(point.y, 3), point.y),
        Line(interval({"low": point.low, "high": point.high}, voice)),
        voice.line("report.baseline.predicted" if point.predicted else "report.baseline.measured"),
    )


def _cascade(points: Sequence[Answer], voice: Voice) -> Table:
    columns = tuple(Column(voice.say(f"report.baseline.{label}"), True) for label in ("precision", "share"))
    rows = tuple(
        (
            voice.figure(voice.percent(row["precision"]), row["precision"]),
            voice.figure(voice.percent(row["share"], 1), row["share"]),
        )
        for row in points
    )
    return Table(voice.say("report.baseline.cascade"), columns, rows)
