"""What an answer about costs says in sentences: to the report, the shell and the Cost page alike.

Arms are called by `called`, from id to name, so that each place names them as its reader knows them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from advisor.answers.cost.shape import SERVICE_ENDS, Arm, Odds, Pair, Part, Uncertainty
from advisor.show.blocks import Line
from advisor.show.voice import NOTHING, Voice

if TYPE_CHECKING:
    from advisor.answers.cost import Cost

Names = Mapping[str, str]
DAYS_IN_A_MONTH = 365.25 / 12
# A second arm of one kind is called `fine_tuned_2`.
_NUMBERED = re.compile(r"_\d+$")
# From which share of draws on an order of two arms is told as good as certain.
SURE = Decimal("0.995")
MOST_MONTHLY_FIGURES = 4


def names_of(arms: Iterable[Arm], voice: Voice) -> Names:
    """Arms as people call them; two of one name are told apart by what they buy."""
    arms = tuple(arms)
    bare = {arm.id: _NUMBERED.sub("", arm.id) for arm in arms}
    plain = {id: voice.name("report.costs.arms", kind) for id, kind in bare.items()}
    often = Counter(plain.values())

    def called(arm: Arm) -> str:
        name = plain[arm.id]
        if often[name] > 1 and arm.asked:
            return voice.say("report.costs.arm_of", name=name, what=arm.asked)
        return arm.id if name == bare[arm.id] else name

    return marked({arm.id: called(arm) for arm in arms}, arms, voice)


def ids_of(arms: Iterable[Arm], voice: Voice) -> Names:
    """Arms by the ids that their scenario file gives them."""
    arms = tuple(arms)
    return marked({arm.id: arm.id for arm in arms}, arms, voice)


def marked(names: Names, arms: Iterable[Arm], voice: Voice) -> Names:
    """The same names; those of arms at the team's own rates say so."""
    own = {arm.id: voice.say("cost.arms.own_rates", arm=names[arm.id]) for arm in arms if arm.own_rates}
    return {**names, **own}


def break_even(pair: Pair, voice: Voice, called: Names) -> str:
    """From how many requests on `b` costs no more than `a`, or why it never does."""
    said = _sides(pair, called)
    needed = pair.requests_per_month_needed
    volume = voice.say("report.costs.volume_needed", requests=voice.about(needed)) if needed else ""
    if pair.requests == 0:
        return voice.say("report.costs.from_start", **said) + _saving(pair, voice)
    if pair.requests is None:
        reason = voice.name("cost.reason", pair.reason or NOTHING)
        return voice.say("report.costs.never", reason=reason, **said) + volume
    after = _after(pair.months, voice)
    reached = voice.say("report.costs.from", requests=voice.number(pair.requests), after=after, **said)
    return reached + _saving(pair, voice) + volume


def _sides(pair: Pair | Odds, called: Names) -> dict[str, str]:
    return {"a": called.get(pair.a, pair.a), "b": called.get(pair.b, pair.b)}


def _saving(pair: Pair, voice: Voice) -> str:
    """What the cheaper one saves by the end; nothing where it has become the dearer one again, or is not told."""
    if pair.saves <= 0:
        return ""
    amount, months = voice.money(pair.saves), voice.number(pair.over_months)
    return voice.say("report.costs.saving", amount=amount, months=months)


def _after(months: float | None, voice: Voice) -> str:
    """A time to break-even in the unit that reads well."""
    if months is None:
        return NOTHING
    days = months * DAYS_IN_A_MONTH
    if days < 1:
        return voice.say("report.costs.after.within_a_day")
    if months < 1:
        return voice.say("report.costs.after.days", days=voice.number(days, 0))
    return voice.say("report.costs.after.months", months=voice.number(months, 1))


def odds(pair: Odds, voice: Voice, called: Names) -> str:
    """How likely `b` is to cost no more than `a`, and what moves that most."""
    share = Decimal(str(pair.probability))
    said = "sure" if share >= SURE else "never" if share <= 1 - SURE else "likely"
    line = voice.say(
        f"report.costs.odds.{said}",
        **_sides(pair, called),
        share=voice.percent(share),
        saving=voice.money(abs(pair.saving)),
        side=voice.say(f"report.costs.odds.{'cheaper' if pair.saving >= 0 else 'dearer'}"),
    )
    if not pair.tornado:
        return line
    what = voice.name("cost.variable", pair.tornado[0].variable)
    return line + voice.say("report.costs.odds.widest", what=what)


def ranges(found: Uncertainty, voice: Voice, called: Names) -> str:
    """What was varied and how far, and which of these ranges nobody gave."""
    by_variable: dict[str, dict[tuple[Decimal, ...], list[str]]] = {}
    for arm, varied in found.of_arms.items():
        for name, ends in varied.items():
            by_variable.setdefault(name, {}).setdefault(ends, []).append(called.get(arm, arm))
    said = [
        *(_range(voice.name("cost.variable", name), ends, voice) for name, ends in found.shared.items()),
        *(_own_ranges(voice.name("cost.variable", name), of, voice) for name, of in by_variable.items()),
    ]
    line = voice.say("report.costs.bands.ranges", ranges=voice.listing(said))
    assumed = [voice.name("cost.variable", name) for name in found.assumed]
    return line + (voice.say("report.costs.bands.assumed", what=voice.listing(assumed)) if assumed else "")


def _own_ranges(what: str, of: Mapping[tuple[Decimal, ...], Sequence[str]], voice: Voice) -> str:
    """The ranges of one variable, each with the arms that it is of; one that several arms share stands alone."""
    if len(of) == 1 and len(next(iter(of.values()))) > 1:
        return _range(what, next(iter(of)), voice)
    each = voice.listing(_range(voice.listing(arms), ends, voice) for ends, arms in of.items())
    return voice.say("report.costs.bands.of", what=what, ranges=each)


def _range(name: str, ends: Iterable[Decimal], voice: Voice) -> str:
    low, high = (voice.number(round(end, 1)) for end in ends)
    return f"{name} {voice.span(low, high)}"


def quantity(part: Part, voice: Voice) -> str:
    """So many of what the line is billed by: a whole quantity as it is, a fraction to one digit, or to three under one."""
    if part.quantity is None:
        return NOTHING
    few = 0 < part.quantity < 1
    digits = 2 - part.quantity.adjusted() if few else None if part.quantity % 1 == 0 else 1
    return voice.name("cost.unit", part.unit, n=voice.number(part.quantity, digits))


def rate(part: Part, voice: Voice) -> str:
    """What the line is charged for a million tokens, an hour, a month, or once."""
    unit = next((unit for unit in ("mtok", "hour", "month") if part.rate_name.endswith(unit)), "once")
    return voice.say(f"report.costs.rate_per.{unit}", amount=voice.money(part.rate))


def amount(part: Part, voice: Voice) -> str:
    """What the line comes to, and how often that is due."""
    return beside(voice.money(part.amount), voice.say(f"report.costs.per.{part.per}"))


def beside(figure: str, remark: str) -> str:
    """A figure with a remark after it; a full-width bracket brings its own space."""
    return figure + ("" if remark.startswith("（") else " ") + remark


def notes(arm: Arm, voice: Voice, called: Names) -> Iterable[str]:
    """What the reader should know about an arm's figures."""
    for note in arm.notes:
        yield f"{called.get(arm.id, arm.id)}: {voice.told('cost.note', note.as_json())}"


def cost_figures(answer: Cost, voice: Voice) -> Iterable[Line]:
    """Months of what is still served, the cheapest first, and the first comparison of two such arms."""
    called = names_of(answer.arms, voice)
    months = {arm.id: arm.per_month for arm in answer.arms if arm.serves and arm.per_month is not None}
    if not months:
        return
    cheapest = sorted(months.items(), key=lambda month: month[1])[:MOST_MONTHLY_FIGURES]
    said = [f"{called[id]} {voice.money(month)}" for id, month in cheapest]
    requests = voice.number(answer.requests_per_month)
    yield voice.line("report.figures.cost", requests=requests, months=voice.listing(said))
    pairs = [pair for pair in answer.break_even if {pair.a, pair.b} <= months.keys()]
    yield from (Line(break_even(pair, voice, called)) for pair in pairs[:1])


def cost_risks(answer: Cost, voice: Voice) -> Iterable[Line]:
    """What each model or service bought has ended or will, each told once with the arms that rest on it."""
    called = names_of(answer.arms, voice)
    by_end: dict[tuple[date, str, str], list[str]] = {}
    closed: dict[tuple[str, date | None, str], list[str]] = {}
    for arm in answer.arms:
        what, because = arm.asked or called[arm.id], arm.not_recommended_because
        if arm.ends:
            kind = "tuned" if arm.kind == "fine_tuned" else "model"
            by_end.setdefault((arm.ends, kind, what), []).append(called[arm.id])
        if because and because not in {SERVICE_ENDS, "ended"}:
            closed.setdefault((because, arm.status.since, what), []).append(called[arm.id])
    for (ends, kind, what), arms in sorted(by_end.items()):
        tense = "ended" if ends <= voice.on else "ends"
        yield voice.line(
            f"report.risks.{kind}_{tense}", what=what, day=voice.day(ends), arms=_resting(arms, what, voice)
        )
    for (because, since, what), arms in closed.items():
        yield _closed(because, since, what, _resting(arms, what, voice), voice)


def _resting(arms: Sequence[str], what: str, voice: Voice) -> str:
    """The arms in brackets, unless their names already say what they buy."""
    unsaid = [arm for arm in arms if what not in arm]
    return voice.say("report.risks.of", arms=voice.listing(unsaid)) if unsaid else ""


def _closed(because: str, since: date | None, what: str, arms: str, voice: Voice) -> Line:
    if since and because in {"closed_to_new", "training_closed"}:
        return voice.line(f"report.risks.{because}", what=what, day=voice.day(since), arms=arms)
    reason = voice.name("cost.closed", because)
    return voice.line("report.risks.closed", what=what, reason=reason, arms=arms)
