"""A cost comparison as tables that can be taken apart, each rate with the source that vouches for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import Voice
from pricing.sources import Source

Answer = Mapping[str, Any]
DAYS_IN_A_MONTH = 365.25 / 12
# A second arm of one kind is called `fine_tuned_2`.
_NUMBERED = re.compile(r"_\d+$")
# From which share of draws on an order of two arms is told as good as certain.
SURE = Decimal("0.995")


def costs(answer: Answer, voice: Voice) -> Iterable[Block]:
    """What every arm costs, when one overtakes another, and the lines of each bill; `answer` is that of `cost`."""
    answer = _own_rates_marked(answer, voice)
    arms = answer["arms"]
    yield _conditions(answer, voice)
    yield _totals(answer, voice)
    yield _chart(arms, voice)
    gone = [str(arm["id"]) for arm in arms if not Decimal(str(arm["months_served"]))]
    pairs = [pair for pair in answer.get("break_even") or () if not {pair["a"], pair["b"]} & {*gone}]
    lines = [Line(break_even(pair, voice)) for pair in pairs]
    if gone:
        lines.append(voice.line("report.costs.not_compared", arms=voice.listing(gone)))
    if lines:
        yield Items(tuple(map(Item, lines)), voice.say("report.costs.break_even"))
    if answer.get("uncertainty"):
        yield from _uncertainty(answer["uncertainty"], {*gone}, voice)
    yield _bill(arms, voice)
    notes = tuple(Item(Line(f"{arm['id']}: {note}")) for arm in arms for note in _notes(arm, voice))
    if notes:
        yield Items(notes, voice.say("report.costs.notes"))


def named(answer: Answer, voice: Voice) -> Answer:
    """The same answer with its arms called as people call them; two of one name are told apart by what they buy."""
    arms = answer["arms"]
    plain = {
        str(arm["id"]): voice.name("report.costs.arms", _NUMBERED.sub("", str(arm["id"]))) for arm in arms
    }
    often = Counter(plain.values())
    called = {
        id: voice.say("report.costs.arm_of", name=plain[id], what=arm["asked"])
        if often[plain[id]] > 1 and arm.get("asked")
        else id
        if plain[id] == _NUMBERED.sub("", id)
        else plain[id]
        for arm in arms
        for id in [str(arm["id"])]
    }
    renamed: Answer = _renamed(answer, called)
    return renamed


def _own_rates_marked(answer: Answer, voice: Voice) -> Answer:
    """The same answer with every name of an arm that uses the team's own rates saying so."""
    ids = [str(arm["id"]) for arm in answer["arms"] if arm.get("own_rates")]
    marked: Answer = _renamed(answer, {id: voice.say("cost.arms.own_rates", arm=id) for id in ids})
    return marked


def _renamed(part: Any, called: Mapping[str, str]) -> Any:
    """Every arm's id replaced, wherever an answer holds one."""
    if isinstance(part, Mapping):
        return {
            called.get(key, key): called.get(value, value)
            if key in {"id", "a", "b", "arm", "cheapest"} and isinstance(value, str)
            else _renamed(value, called)
            for key, value in part.items()
            if key != "scenario"
        }
    return [_renamed(one, called) for one in part] if isinstance(part, list | tuple) else part


def _conditions(answer: Answer, voice: Voice) -> Paragraph:
    said = voice.say(
        "report.costs.conditions",
        day=voice.day(answer["on"]),
        months=voice.number(answer["months"]),
        requests=voice.number(answer["requests_per_month"]),
        growth=_growth(answer.get("growth_per_month") or 0, voice),
        customer=voice.say(f"report.costs.customer.{answer.get('customer', 'new')}"),
    )
    if answer.get("rate"):
        unit = voice.money("1")
        own = voice.money(answer["rate"], answer.get("currency") or "USD")
        said += voice.say("report.costs.rate", unit=unit, own=own)
    return Paragraph(Line(said))


def _growth(share: Any, voice: Voice) -> str:
    return voice.say("report.costs.growth", share=voice.percent(share, 1)) if Decimal(str(share)) else ""


def _totals(answer: Answer, voice: Voice) -> Table:
    labels = ("arm", "once", "per_request", "per_month", "total", "months_served", "standing")
    columns = tuple(
        Column(voice.say(f"cost.table.{label}"), figures=label not in {"arm", "standing"}) for label in labels
    )
    rows = tuple(_total(arm, answer.get("currency"), voice) for arm in answer["arms"])
    return Table(voice.say("report.costs.totals"), columns, rows)


def _total(arm: Answer, currency: str | None, voice: Voice) -> tuple[Line, ...]:
    own = arm.get("in_currency") or {}

    def both(name: str) -> Line:
        said, figures = [voice.money(arm[name])], [arm[name]]
        if name in own:
            said.append(voice.money(own[name], currency or "USD"))
            figures.append(own[name])
        return Line("\n".join(said), figures=tuple(map(Decimal, figures)))

    return (
        Line(_arm(arm, voice)),
        *(both(name) for name in ("once", "per_request", "per_month", "total")),
        voice.figure(voice.number(arm["months_served"]), arm["months_served"]),
        Line(_standing(arm, voice)),
    )


def _arm(arm: Answer, voice: Voice) -> str:
    """An arm by its id, its kind, and the model or offer it buys."""
    kind, asked = voice.name("cost.kind", arm["kind"]), arm.get("asked")
    if asked and str(asked) in str(arm["id"]):
        return str(arm["id"])
    if kind.casefold() in str(arm["id"]).casefold():
        return f"{arm['id']}\n{asked}" if asked else str(arm["id"])
    return f"{arm['id']}\n{kind}: {asked}" if asked else f"{arm['id']}\n{kind}"


def _standing(arm: Answer, voice: Voice) -> str:
    because = arm.get("not_recommended_because")
    if because in {"ended", "service_ends"} and arm.get("ends"):
        return voice.say(f"report.costs.{because}", day=voice.day(arm["ends"]))
    status = voice.name("cost.status", (arm.get("status") or {}).get("id", "open"))
    said = voice.name("cost.closed", because) if because else status
    return said + (voice.say("report.costs.ends", day=voice.day(arm["ends"])) if arm.get("ends") else "")


def _chart(arms: Iterable[Answer], voice: Voice) -> BarChart:
    """Months compared, since arms that end early would look cheap by their totals."""
    bars = tuple(Bar(str(arm["id"]), float(arm["per_month"]), voice.money(arm["per_month"])) for arm in arms)
    return BarChart(voice.say("report.costs.chart"), voice.say("report.costs.axis"), bars)


def break_even(pair: Answer, voice: Voice) -> str:
    """From how many requests on `b` costs no more than `a`, or why it never does."""
    said = {"a": str(pair["a"]), "b": str(pair["b"])}
    needed = pair.get("requests_per_month_needed")
    volume = voice.say("report.costs.volume_needed", requests=voice.about(needed)) if needed else ""
    if pair["requests"] == 0:
        return voice.say("report.costs.from_start", **said) + _saving(pair, voice)
    if pair["requests"] is None:
        reason = voice.name("cost.reason", pair["reason"])
        return voice.say("report.costs.never", reason=reason, **said) + volume
    after = _after(float(pair["months"]), voice)
    reached = voice.say("report.costs.from", requests=voice.number(pair["requests"]), after=after, **said)
    return reached + _saving(pair, voice) + volume


def _uncertainty(found: Answer, gone: set[str], voice: Voice) -> Iterable[Block]:
    """How far the totals can lie apart when what nobody knows exactly varies, and how sure the order of arms is."""
    bands = [band for band in found["bands"] if band["arm"] not in gone]
    if not bands:
        return
    labels = ("p10", "p50", "p90")
    columns = (
        Column(voice.say("cost.table.arm")),
        *(Column(voice.say(f"report.costs.bands.{label}"), figures=True) for label in labels),
    )
    rows = tuple(
        (
            Line(str(band["arm"])),
            *(voice.figure(voice.money(band[label]), band[label]) for label in labels),
        )
        for band in bands
    )
    yield Table(voice.say("report.costs.bands.caption"), columns, rows)
    odds = tuple(
        Item(Line(_odds(pair, voice)))
        for pair in found.get("odds") or ()
        if not {pair["a"], pair["b"]} & gone
    )
    if odds:
        yield Items(odds, voice.say("report.costs.odds.caption"))
    yield Paragraph(Line(_ranges(found, voice)), "note")


def _saving(pair: Answer, voice: Voice) -> str:
    """What the cheaper one saves by the end; nothing where it has become the dearer one again, or is not told."""
    saves = Decimal(str(pair.get("saves", 0)))
    if saves <= 0:
        return ""
    amount, months = voice.money(saves), voice.number(pair["over_months"])
    return voice.say("report.costs.saving", amount=amount, months=months)


def _odds(pair: Answer, voice: Voice) -> str:
    """How likely `b` is to cost no more than `a`, and what moves that most."""
    share = Decimal(str(pair["probability"]))
    said = "sure" if share >= SURE else "never" if share <= 1 - SURE else "likely"
    saving = Decimal(str(pair["saving"]))
    line = voice.say(
        f"report.costs.odds.{said}",
        a=str(pair["a"]),
        b=str(pair["b"]),
        share=voice.percent(share),
        saving=voice.money(abs(saving)),
        side=voice.say(f"report.costs.odds.{'cheaper' if saving >= 0 else 'dearer'}"),
    )
    widest = next(iter(pair.get("tornado") or ()), None)
    if widest is None:
        return line
    return line + voice.say("report.costs.odds.widest", what=voice.name("cost.variable", widest["variable"]))


def _ranges(found: Answer, voice: Voice) -> str:
    """What was varied and how far, and which of these ranges nobody gave."""
    ranges = found.get("ranges") or {}
    shared = [
        _range(voice.name("cost.variable", name), ends, voice)
        for name, ends in ranges.items()
        if name != "arms"
    ]
    by_variable: dict[str, dict[tuple[str, ...], list[str]]] = {}
    for arm, varied in (ranges.get("arms") or {}).items():
        for name, ends in varied.items():
            by_variable.setdefault(name, {}).setdefault(tuple(map(str, ends)), []).append(str(arm))
    own = [
        _range(voice.name("cost.variable", name), next(iter(of)), voice)
        if len(of) == 1 and len(next(iter(of.values()))) > 1
        else voice.say(
            "report.costs.bands.of",
            what=voice.name("cost.variable", name),
            ranges=voice.listing(_range(voice.listing(arms), ends, voice) for ends, arms in of.items()),
        )
        for name, of in by_variable.items()
    ]
    said = voice.say("report.costs.bands.ranges", ranges=voice.listing([*shared, *own]))
    assumed = [voice.name("cost.variable", name) for name in found.get("assumed") or ()]
    return said + (voice.say("report.costs.bands.assumed", what=voice.listing(assumed)) if assumed else "")


def _range(name: str, ends: Any, voice: Voice) -> str:
    low, high = (voice.number(round(Decimal(str(end)), 1)) for end in ends)
    return f"{name} {voice.span(low, high)}"


def _after(months: float, voice: Voice) -> str:
    """A time to break-even in the unit that reads well."""
    days = months * DAYS_IN_A_MONTH
    if days < 1:
        return voice.say("report.costs.after.within_a_day")
    if months < 1:
        return voice.say("report.costs.after.days", days=voice.number(days, 0))
    return voice.say("report.costs.after.months", months=voice.number(months, 1))


def _bill(arms: Iterable[Answer], voice: Voice) -> Table:
    labels = ("arm", "part", "quantity", "rate", "amount", "total")
    columns = tuple(
        Column(voice.say(f"cost.table.{label}"), figures=label not in {"arm", "part"}) for label in labels
    )
    rows = tuple(_part(arm, part, voice) for arm in arms for part in arm["parts"])
    return Table(voice.say("report.costs.bill"), columns, rows)


def _part(arm: Answer, part: Answer, voice: Voice) -> tuple[Line, ...]:
    source, quantity = part.get("source"), Decimal(str(part["quantity"]))
    due = voice.say(f"report.costs.per.{part['per']}")
    cited = voice.cite([Source.model_validate(source)]) if source else ()
    rate = voice.say(
        f"report.costs.rate_per.{rate_unit(part['rate_name'])}", amount=voice.money(part["rate"])
    )
    return (
        Line(str(arm["id"])),
        Line(voice.name("cost.part", part["id"])),
        voice.figure(
            voice.name("cost.unit", part["unit"], n=voice.number(quantity, digits_of(quantity))),
            part["quantity"],
        ),
        Line(
            rate if source else _beside(rate, voice.say("report.costs.own")), cited, (Decimal(part["rate"]),)
        ),
        voice.figure(_beside(voice.money(part["amount"]), due), part["amount"]),
        voice.figure(voice.money(part["total"]), part["total"]),
    )


def _beside(figure: str, remark: str) -> str:
    """A figure with a remark after it; a full-width bracket brings its own space."""
    return figure + ("" if remark.startswith("（") else " ") + remark


def digits_of(quantity: Decimal) -> int | None:
    """Digits after the point: a whole quantity as it is, a fraction to one, or to three significant ones under one."""
    if 0 < quantity < 1:
        return 2 - quantity.adjusted()
    return None if quantity % 1 == 0 else 1


def rate_unit(rate: str) -> str:
    """What a rate is charged for: a million tokens, an hour, a month, or once."""
    return next((unit for unit in ("mtok", "hour", "month") if rate.endswith(unit)), "once")


def _notes(arm: Answer, voice: Voice) -> Iterable[str]:
    for note in arm.get("notes") or ():
        yield voice.told("cost.note", note)
