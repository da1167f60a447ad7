"""A cost comparison as tables that can be taken apart, each rate with the source that vouches for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from advisor.answers.cost.shape import AMOUNTS, SERVICE_ENDS, Arm, Part, Uncertainty
from advisor.answers.cost.words import (
    Names,
    amount,
    beside,
    break_even,
    notes,
    odds,
    quantity,
    ranges,
    rate,
)
from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice

if TYPE_CHECKING:
    from advisor.answers.cost import Cost


def cost_blocks(answer: Cost, voice: Voice, called: Names) -> Iterable[Block]:
    """What every arm costs, when one overtakes another, and the lines of each bill."""
    yield _conditions(answer, voice)
    yield _totals(answer, voice, called)
    yield _chart(answer.arms, voice, called)
    gone = {arm.id for arm in answer.arms if not arm.serves}
    pairs = [pair for pair in answer.break_even if not {pair.a, pair.b} & gone]
    lines = [Line(break_even(pair, voice, called)) for pair in pairs]
    if gone:
        names = voice.listing(called[arm.id] for arm in answer.arms if arm.id in gone)
        lines.append(voice.line("report.costs.not_compared", arms=names))
    if lines:
        yield Items(tuple(map(Item, lines)), voice.say("report.costs.break_even"))
    if answer.uncertainty:
        yield from _uncertainty(answer.uncertainty, gone, voice, called)
    yield _bill(answer.arms, voice, called)
    told = tuple(Item(Line(note)) for arm in answer.arms for note in notes(arm, voice, called))
    if told:
        yield Items(told, voice.say("report.costs.notes"))


def _conditions(answer: Cost, voice: Voice) -> Paragraph:
    grows = answer.growth_per_month
    said = voice.say(
        "report.costs.conditions",
        day=voice.day(answer.on) if answer.on else NOTHING,
        months=voice.number(answer.months),
        requests=voice.number(answer.requests_per_month),
        growth=voice.say("report.costs.growth", share=voice.percent(grows, 1)) if grows else "",
        customer=voice.name("report.costs.customer", answer.customer),
    )
    if answer.rate:
        unit, own = voice.money(1), voice.money(answer.rate, answer.currency or "USD")
        said += voice.say("report.costs.rate", unit=unit, own=own)
    return Paragraph(Line(said))


def _columns(voice: Voice, *labels: str, words: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(voice.say(f"cost.table.{label}"), figures=label not in words) for label in labels)


def _totals(answer: Cost, voice: Voice, called: Names) -> Table:
    columns = _columns(voice, "arm", *AMOUNTS, "months_served", "standing", words={"arm", "standing"})
    rows = tuple(_total(arm, called[arm.id], answer.currency or "USD", voice) for arm in answer.arms)
    return Table(voice.say("report.costs.totals"), columns, rows)


def _total(arm: Arm, name: str, currency: str, voice: Voice) -> tuple[Line, ...]:
    own = arm.in_currency or {}

    def both(label: str) -> Line:
        found: list[Decimal | None] = [getattr(arm, label)]
        said = [voice.money(found[0])]
        if label in own:
            said.append(voice.money(own[label], currency))
            found.append(own[label])
        return Line("\n".join(said), figures=tuple(figure for figure in found if figure is not None))

    return (
        Line(_arm(arm, name, voice)),
        *map(both, AMOUNTS),
        voice.figure(voice.number(arm.months_served), arm.months_served),
        Line(_standing(arm, voice)),
    )


def _arm(arm: Arm, name: str, voice: Voice) -> str:
    """An arm by its name, its kind, and the model or offer it buys."""
    kind = voice.name("cost.kind", arm.kind)
    if arm.asked and arm.asked in name:
        return name
    if kind.casefold() in name.casefold():
        return f"{name}\n{arm.asked}" if arm.asked else name
    return f"{name}\n{kind}: {arm.asked}" if arm.asked else f"{name}\n{kind}"


def _standing(arm: Arm, voice: Voice) -> str:
    because = arm.not_recommended_because
    if because in {"ended", SERVICE_ENDS} and arm.ends:
        return voice.say(f"report.costs.{because}", day=voice.day(arm.ends))
    status = voice.name("cost.status", arm.status.id or "open")
    said = voice.name("cost.closed", because) if because else status
    return said + (voice.say("report.costs.ends", day=voice.day(arm.ends)) if arm.ends else "")


def _chart(arms: Sequence[Arm], voice: Voice, called: Names) -> BarChart:
    """Months compared, since arms that end early would look cheap by their totals."""
    bars = tuple(
        Bar(called[arm.id], float(arm.per_month), voice.money(arm.per_month))
        for arm in arms
        if arm.per_month is not None
    )
    return BarChart(voice.say("report.costs.chart"), voice.say("report.costs.axis"), bars)


def _uncertainty(found: Uncertainty, gone: set[str], voice: Voice, called: Names) -> Iterable[Block]:
    """How far the totals can lie apart when what nobody knows exactly varies, and how sure the order of arms is."""
    bands = [band for band in found.bands if band.arm not in gone]
    if not bands:
        return
    labels = ("p10", "p50", "p90")
    columns = (
        Column(voice.say("cost.table.arm")),
        *(Column(voice.say(f"report.costs.bands.{label}"), figures=True) for label in labels),
    )
    rows = tuple(
        (
            Line(called.get(band.arm, band.arm)),
            *(voice.figure(voice.money(figure), figure) for figure in (band.p10, band.p50, band.p90)),
        )
        for band in bands
    )
    yield Table(voice.say("report.costs.bands.caption"), columns, rows)
    likely = tuple(
        Item(Line(odds(pair, voice, called))) for pair in found.odds if not {pair.a, pair.b} & gone
    )
    if likely:
        yield Items(likely, voice.say("report.costs.odds.caption"))
    yield Paragraph(Line(ranges(found, voice, called)), "note")


def _bill(arms: Iterable[Arm], voice: Voice, called: Names) -> Table:
    columns = _columns(voice, "arm", "part", "quantity", "rate", "amount", "total", words={"arm", "part"})
    rows = tuple(_line(called[arm.id], part, voice) for arm in arms for part in arm.parts)
    return Table(voice.say("report.costs.bill"), columns, rows)


def _line(arm: str, part: Part, voice: Voice) -> tuple[Line, ...]:
    charged = rate(part, voice)
    if part.source is None:
        charged = beside(charged, voice.say("report.costs.own"))
    return (
        Line(arm),
        Line(voice.name("cost.part", part.id)),
        voice.figure(quantity(part, voice), part.quantity),
        Line(
            charged,
            voice.cite([part.source] if part.source else ()),
            () if part.rate is None else (part.rate,),
        ),
        voice.figure(amount(part, voice), part.amount),
        voice.figure(voice.money(part.total), part.total),
    )
