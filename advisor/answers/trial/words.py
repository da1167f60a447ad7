"""An LLM trial as people read it: the verdict, the scores side by side, who was right, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from advisor.language import p_value
from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice

if TYPE_CHECKING:
    from advisor.answers.trial import Compared, LlmTrial

SMALL, CASCADE = "small_model", "cascade"
KINDS = ("answered", "loose", "unparseable", "refused", "filtered", "cut", "empty", "too_long", "error")


def called(id: str, voice: Voice) -> str:
    """What an option is called."""
    return voice.name("trial.option", id)


def points(share: float, voice: Voice) -> str:
    """A difference of shares in points, with its sign."""
    return ("+" if share > 0 else "") + voice.number(100 * share, 1)


def blocks(answer: LlmTrial, voice: Voice) -> Iterator[Block]:
    """The verdict and what stands behind it first, then the figures."""
    if said := verdict(answer, voice):
        yield Paragraph(Line(said), "lead")
    if answer.target and answer.target.position:
        yield voice.paragraph(
            f"trial.target.{answer.target.position}", target=voice.number(answer.target.value, 3)
        )
    for caption, told in (("reasons", answer.reasons), ("flips", answer.flips)):
        if told:
            lines = tuple(
                Item(Line(voice.told("trial.reason", {"id": one.id, **one.fields}))) for one in told
            )
            yield Items(lines, voice.say(f"trial.{caption}"))
    yield Paragraph(Line(_provenance(answer, voice)), "note")
    if scored := list(_scored(answer, voice)):
        yield from _scores(answer, scored, voice)
    if answer.comparisons:
        yield _compared(answer.comparisons, voice)
    if answer.arms:
        yield _statuses(answer, voice)
    if any(arm.usage.reported or arm.seconds.p50 is not None for arm in answer.arms):
        yield _usage(answer, voice)


def _provenance(answer: LlmTrial, voice: Voice) -> str:
    """Who answered when, what was sent where, what it cost, and whether the same question got the same answer."""
    said = {"model": answer.model or NOTHING, "rows": voice.number(answer.sampled)}
    said["day"] = voice.day(answer.on) if answer.on else NOTHING
    if not answer.endpoint.host:
        return voice.say("trial.came.imported", **said)
    parts = [voice.say("trial.came.asked", host=answer.endpoint.host, **said)]
    if (spent := answer.money.get("spent_usd")) is not None:
        parts.append(voice.say("trial.came.spent", amount=voice.money(spent)))
    if twice := answer.stability.get("asked_twice"):
        changed = voice.number(answer.stability.get("changed", 0))
        parts.append(voice.say("trial.came.again", twice=voice.number(twice), changed=changed))
    return ("" if voice.language == "ja" else " ").join(parts)


def verdict(answer: LlmTrial, voice: Voice) -> str | None:
    """The verdict as one sentence, with the difference it rests on."""
    one = answer.told
    if answer.verdict is None or one is None:
        return None
    missing = 1 - min(arm.coverage for arm in answer.arms)
    gap, low, high = (points(value, voice) for value in (one.difference, one.low, one.high))
    said = {"gap": gap, "range": voice.span(low, high), "missing": voice.percent(missing, 1)}
    return voice.say(f"trial.verdict.{answer.verdict}", name=called(one.a, voice), **said)


def figures(answer: LlmTrial, voice: Voice) -> Iterable[Line]:
    """The best option's score and the verdict, for the first page."""
    best = answer.best
    score = best and best.score(answer.metric)
    if best and score and (said := verdict(answer, voice)):
        mean, low, high = (voice.number(value, 2) for value in (score.mean, score.low, score.high))
        metric, name = voice.name("baseline.metric", score.metric), called(best.id, voice)
        yield voice.line(
            "trial.figure", name=name, metric=metric, score=mean, low=low, high=high, verdict=said
        )


def _scored(answer: LlmTrial, voice: Voice) -> Iterator[tuple[str, float, float, float]]:
    """Every system with its score by the judged metric and both ends, the small model first."""
    small, both = answer.baseline, answer.cascade
    lines = [(called(arm.id, voice), arm.score(answer.metric)) for arm in answer.arms]
    if small:
        name = voice.say("trial.small", name=voice.name("baseline.rung", small.baseline))
        lines.insert(0, (name, next((one for one in small.scores if one.metric == answer.metric), None)))
    yield from ((name, one.mean, one.low, one.high) for name, one in lines if one)
    if both:
        yield called(CASCADE, voice), both.score, both.low, both.high


def _scores(
    answer: LlmTrial, scored: Sequence[tuple[str, float, float, float]], voice: Voice
) -> Iterator[Block]:
    metric = voice.name("baseline.metric", answer.metric)
    caption = voice.say("trial.scores", metric=metric, rows=voice.number(answer.sampled))
    columns = tuple(
        Column(voice.say(f"trial.column.{name}"), name != "name") for name in ("name", "score", "range")
    )
    said = [(name, *(voice.number(value, 3) for value in values)) for name, *values in scored]
    rows = tuple(
        (Line(name), voice.figure(shown, one[1]), Line(voice.span(low, high)))
        for (name, shown, low, high), one in zip(said, scored, strict=True)
    )
    yield Table(caption, columns, rows)
    bars = (
        Bar(name, mean, shown[1], low, high)
        for (name, mean, low, high), shown in zip(scored, said, strict=True)
    )
    yield BarChart(caption, metric, tuple(bars))


def _compared(comparisons: Iterable[Compared], voice: Voice) -> Table:
    names = ("pair", "only_a", "only_b", "difference", "range", "p", "decision")
    columns = tuple(
        Column(voice.say(f"trial.column.{name}"), name not in ("pair", "decision")) for name in names
    )
    return Table(voice.say("trial.compared"), columns, tuple(_comparison(one, voice) for one in comparisons))


def _comparison(one: Compared, voice: Voice) -> tuple[Line, ...]:
    pair = voice.say("trial.pair", a=called(one.a, voice), b=called(one.b, voice))
    ends = (points(value, voice) for value in (one.low, one.high))
    return (
        Line(pair),
        voice.figure(voice.number(one.only_a), one.only_a),
        voice.figure(voice.number(one.only_b), one.only_b),
        voice.figure(points(one.difference, voice), one.difference),
        Line(voice.span(*ends)),
        Line(p_value(one.p_holm, voice.language)),
        Line(voice.name("trial.decision", one.decision)),
    )


def _statuses(answer: LlmTrial, voice: Voice) -> Table:
    """What came of every row that was asked."""
    met = [kind for kind in KINDS if any(arm.statuses.get(kind) for arm in answer.arms)]
    columns = (
        Column(voice.say("trial.column.name")),
        *(Column(voice.say(f"trial.status.{kind}"), True) for kind in met),
    )
    rows = tuple(
        (
            Line(called(arm.id, voice)),
            *(voice.figure(voice.number(rows), rows) for rows in (arm.statuses.get(kind, 0) for kind in met)),
        )
        for arm in answer.arms
    )
    return Table(voice.say("trial.statuses"), columns, rows)


def _usage(answer: LlmTrial, voice: Voice) -> Table:
    """Tokens of one answer on average, and how long it took."""
    parts = ("input", "cached", "output", "reasoning")
    columns = tuple(
        Column(voice.say(f"trial.column.{name}"), name != "name") for name in ("name", *parts, "p50", "p95")
    )
    rows = []
    for arm in answer.arms:
        told = arm.usage.reported
        tokens = [round(getattr(arm.usage, part) / told) if told else None for part in parts]
        cells = [voice.figure(voice.number(one), one) for one in tokens]
        times = [voice.figure(voice.number(one, 1), one) for one in (arm.seconds.p50, arm.seconds.p95)]
        rows.append((Line(called(arm.id, voice)), *cells, *times))
    return Table(voice.say("trial.usage"), columns, tuple(rows))
