"""The path put into words, the same on the screen, in the report and in the shell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from advisor.answers.advise import Aside, Assumption, Basis, PathStep
from advisor.language import Language, money, number, percent, phrase
from advisor.recommend import Recommendation
from advisor.recommend.cases import Case, cases
from advisor.recommend.change import Change
from advisor.recommend.options import OWN_MACHINES
from advisor.recommend.reasons import because, said
from advisor.show.blocks import Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice
from advisor.stated import usual

HALF = Decimal("0.5")
# Approaches whose requests a provider answers, unless the machines are one's own.
SENT_OUT = ("zero_shot", "few_shot", "rag", "fine_tuning_hosted", "rag_and_fine_tuning", "cascade")
SCORED = ("target", "target_of_measurement")


def lead(advice: Recommendation, voice: Voice) -> Iterator[Block]:
    """The first step: one sentence to say aloud, its chance, when to stop, and what adopting it costs."""
    if not advice.path:
        yield Paragraph(Line(_given_up(advice, voice)), "lead")
        return
    step = advice.path[0]
    yield Paragraph(Line(sentence(advice, step, voice)), "lead")
    said = [] if step.stop_when.id == "works" else [_chance(advice, step, voice)]
    said.append(_stop(advice, step, voice))
    yield Paragraph(Line(_joined(said, voice)))
    yield Paragraph(Line(_life(advice, step, voice)))
    if step.action == "try" and any(later.chance > step.chance for later in advice.path[1:]):
        yield voice.paragraph("path.why_first", "note")
    if step.old:
        yield voice.paragraph("path.old", "note")


def following(advice: Recommendation, voice: Voice, most: int | None = None) -> Items | None:
    """What to do if the first step falls short, in order; None where nothing follows."""
    rest = advice.path[1:] if most is None else advice.path[1 : most + 1]
    items = tuple(Item(Line(_next(advice, step, voice))) for step in rest)
    return Items(items, voice.say("path.following"), numbered=True) if items else None


def set_aside(advice: Recommendation, voice: Voice) -> Items | None:
    """What is no step, and why."""
    items = tuple(Item(_aside(advice, one, voice)) for one in advice.set_aside)
    return Items(items, voice.say("path.aside")) if items else None


def would_change(advice: Recommendation, voice: Voice) -> Items:
    """The nearest changes that would make another step the first."""
    items = [Item(Line(_change(advice, one, voice))) for one in advice.would_change]
    cost = advice.value_of_error_that_flips
    if cost is not None:
        key = "error" if advice.path else "worth_it"
        items.append(Item(voice.line(f"path.change.{key}", cost=own_money(advice, cost, voice.language))))
    if not items:
        items.append(Item(voice.line("path.change.none")))
    return Items(tuple(items), voice.say("path.change.caption"))


def provisional(advice: Recommendation, voice: Voice, *, first_only: bool = False) -> Items | None:
    """Every stand-in of ours that the path rests on; with `first_only`, those of its first step."""
    first = advice.path[0].approach if advice.path else None
    found = [one for one in advice.assumptions if not first_only or one.approach in (None, first)]
    said = dict.fromkeys(_assumed(advice, one, voice) for one in found)
    items = tuple(Item(Line(text)) for text in said if text)
    return Items(items, voice.say("path.provisional")) if items else None


def bill(advice: Recommendation, voice: Voice) -> Table | None:
    """What each step costs, people's time beside fees."""
    if not advice.path:
        return None
    names = ("step", "chance", "trial_days", "trial_usd", "people", "fees", "total")
    months = voice.number(advice.path[0].life.months)
    columns = tuple(Column(voice.say(f"path.bill.{name}", months=months), name != "step") for name in names)
    rows = tuple(tuple(_cells(advice, step, voice)) for step in advice.path)
    return Table(voice.say("path.bill.caption"), columns, rows)


def _cells(advice: Recommendation, step: PathStep, voice: Voice) -> Iterator[Line]:
    yield Line(_called(advice, step.approach, voice.language))
    yield Line(voice.percent(step.chance))
    yield Line(days_said(step.trial.days, voice.language))
    fees = step.life.total_usd - step.life.people_usd
    for amount in (step.trial.usd, step.life.people_usd, fees, step.life.total_usd):
        yield voice.figure(own_money(advice, amount, voice.language), in_own(advice, amount)[0])


def sentence(advice: Recommendation, step: PathStep, voice: Voice) -> str:
    """A step as one sentence."""
    approach, said = _within(advice, step.approach, voice), {"with_option": _with(step, voice)}
    if step.action == "adopt":
        return voice.say("path.steps.adopt", approach=approach, **said)
    figures = {
        "days": days_said(step.trial.days, voice.language),
        "money": own_money(advice, step.trial.total_usd, voice.language),
    }
    if step.action == "unlock":
        then = "unlock_works" if step.stop_when.id == "works" else "unlock"
        return voice.say(
            f"path.steps.{then}", approach=approach, what=_what(advice, step, voice), **said, **figures
        )
    rows = _rows(advice, voice)
    return voice.say("path.steps.try", approach=approach, on_rows=rows, **said, **figures)


def own_money(advice: Recommendation, amount: Decimal, language: Language) -> str:
    """An amount (USD) in the reader's own currency where a rate is known, to three digits once it is large."""
    own, currency = in_own(advice, amount)
    return money(own, language, currency, 0 if abs(own) >= 100 or own == own.to_integral_value() else None)


def in_own(advice: Recommendation, amount: Decimal) -> tuple[Decimal, str]:
    """The same as a figure with its currency."""
    stated = advice.weighing.stated
    own, currency = (amount * stated.rate, stated.currency) if stated.rate else (amount, "USD")
    return (Decimal(f"{own:.3g}").quantize(Decimal(1)) if abs(own) >= 1000 else own), currency


def days_said(days: Decimal, language: Language) -> str:
    """Days of work as people say them: hours below half a day.

    >>> days_said(Decimal("0.1"), "en"), days_said(Decimal("0.5"), "ja"), days_said(Decimal("2.5"), "en")
    ('1 hour', '半日', '2.5 days')
    """
    if days == HALF:
        return phrase("path.days.half", language)
    if days < HALF:
        hours = max(Decimal(1), (days * usual().hours_per_day).quantize(Decimal(1)))
        return phrase("path.days.hours", language, n=number(hours, language))
    return phrase("path.days.days", language, n=number(days.quantize(Decimal("0.1")).normalize(), language))


def _joined(said: Iterable[str], voice: Voice) -> str:
    return ("" if voice.language == "ja" else " ").join(said)


def _called(advice: Recommendation, approach: str | None, language: Language) -> str:
    return advice.book.approach(approach).name.say(language) if approach else NOTHING


def _within(advice: Recommendation, approach: str | None, voice: Voice) -> str:
    """An approach's name inside a sentence."""
    name = _called(advice, approach, voice.language)
    return name if voice.language == "ja" or name[1:2].isupper() else name[0].lower() + name[1:]


def _with(step: PathStep, voice: Voice) -> str:
    if not step.option:
        return ""
    option = voice.say("path.own_machines") if step.option == OWN_MACHINES else step.option
    return voice.say("path.with_option", option=option)


def _rows(advice: Recommendation, voice: Voice) -> str:
    rows = advice.weighing.rows
    return voice.say("path.on_rows", rows=voice.number(min(rows, usual().rows_to_try))) if rows else ""


def _what(advice: Recommendation, step: PathStep | Aside, voice: Voice) -> str:
    """What has to be done first."""
    unlock = step.unlock
    if unlock is None or not unlock.rules:
        rows = voice.number(unlock.rows) if unlock else NOTHING
        return voice.say("path.label_rows", rows=rows)
    rules = (advice.rule(rule).unlock for rule in unlock.rules)
    said = (way.do.say(voice.language, rows=voice.number(way.rows)) for way in rules if way)
    return voice.listing(dict.fromkeys(said))


def _chance(advice: Recommendation, step: PathStep, voice: Voice) -> str:
    aim = advice.weighing.aim
    said = {"chance": voice.percent(step.chance), "basis": _basis(step.chance_basis, voice)}
    if aim is None:
        return voice.say("path.chance.no_target", **said)
    return voice.say("path.chance.target", target=voice.number(aim.value), **said)


def _basis(basis: Basis, voice: Voice) -> str:
    kind = ("alike" if basis.alike else "others") if basis.kind == "published" else basis.kind
    figures = {"reached": voice.number(basis.reached), "tried": voice.number(basis.tried)}
    said = voice.say(f"path.basis.{kind}", **figures)
    return voice.say("path.basis.adjusted", basis=said) if basis.adjusted else said


def _stop(advice: Recommendation, step: PathStep, voice: Voice) -> str:
    target = advice.weighing.aim and voice.number(advice.weighing.aim.value)
    return voice.say(f"path.stop.{step.stop_when.id}", target=target or NOTHING)


def _life(advice: Recommendation, step: PathStep, voice: Voice) -> str:
    fees = step.life.total_usd - step.life.people_usd
    amounts = {"total": step.life.total_usd, "people": step.life.people_usd, "fees": fees}
    said = {name: own_money(advice, amount, voice.language) for name, amount in amounts.items()}
    return voice.say("path.life", months=voice.number(step.life.months), **said)


def _next(advice: Recommendation, step: PathStep, voice: Voice) -> str:
    if step.stop_when.id == "works":
        then = "then_adopt" if step.action == "adopt" else "then_unlock"
        return voice.say(
            f"path.{then}", approach=_within(advice, step.approach, voice), step=sentence(advice, step, voice)
        )
    said = {"chance": voice.percent(step.chance), "basis": _basis(step.chance_basis, voice)}
    return voice.say("path.next", step=sentence(advice, step, voice), **said)


def _given_up(advice: Recommendation, voice: Voice) -> str:
    missing = advice.weighing.terms.cost_of_missing
    if missing is None or not advice.steps.too_dear:
        return voice.say("path.steps.give_up_tried")
    return voice.say("path.steps.give_up_dear", money=own_money(advice, missing, voice.language))


def _aside(advice: Recommendation, one: Aside, voice: Voice) -> Line:
    said: dict[str, Any] = {"approach": _called(advice, one.approach, voice.language)}
    if one.why == "ruled_out" and one.rules and not one.because:
        said["reason"] = because(advice, one.rules[0], voice.language, "against")
    elif one.why == "for_now" and not one.because:
        said["what"] = _what(advice, one, voice)
    elif one.index_usd is not None:
        said["money"] = own_money(advice, one.index_usd, voice.language)
    return voice.line(f"path.why.{one.because or one.why}", **said)


def risks(advice: Recommendation, voice: Voice) -> Iterator[Line]:
    """What the first step itself puts at risk: data that leave, and answers that are wrong at the target."""
    step, terms, language = (advice.path[0] if advice.path else None), advice.weighing.terms, voice.language
    if step and sends_data_out(step):
        values = advice.answers.values
        known: dict[str, Any] = {
            fact: said(fact, values.get(fact), language) for fact in ("data_may_leave", "personal_data")
        }
        yield voice.line(
            "path.risks.data_leaves", option=step.option or _within(advice, step.approach, voice), **known
        )
    aim = advice.weighing.aim
    if aim and aim.metric in (None, "accuracy") and "requests_per_month" in advice.answers.values:
        wrong = terms.requests * (1 - Decimal(str(aim.value)))
        figures: dict[str, Any] = {
            "target": voice.number(aim.value),
            "count": voice.about(wrong.quantize(Decimal(1))),
        }
        if terms.wrong_answer:
            loss = own_money(advice, wrong * terms.wrong_answer, language)
            yield voice.line("path.risks.wrong_answers_cost", money=loss, **figures)
        else:
            yield voice.line("path.risks.wrong_answers", **figures)


def sends_data_out(step: PathStep) -> bool:
    """Whether requests of a step go to somebody else's machines."""
    return step.approach in SENT_OUT and step.option != OWN_MACHINES


def _change(advice: Recommendation, change: Change, voice: Voice) -> str:
    first = _within(advice, advice.recommended, voice)
    now, to = (_value(advice, change.variable, value, voice) for value in (change.now, change.to))
    when = voice.say(f"path.change.{change.variable}", first=first, now=now, to=to)
    key = "same" if change.approach == advice.recommended else "then"
    return voice.say(f"path.change.{key}", when=when, approach=_within(advice, change.approach, voice))


def _value(advice: Recommendation, variable: str, value: Decimal, voice: Voice) -> str:
    if variable == "chance":
        return percent(value, voice.language)
    if variable in ("running_usd_month", "day_rate"):
        return own_money(advice, value, voice.language)
    return voice.number(value if variable in SCORED else value.quantize(Decimal(1)))


def cases_told(advice: Recommendation, voice: Voice) -> Iterator[tuple[Case, Line]]:
    """Every published case behind the chances of the path: its task, and what came of the approaches in question."""
    steps = {step.approach: step.chance_basis for step in advice.path}
    behind = dict.fromkeys(id for basis in steps.values() for id in basis.sources)
    for case in (case for case in cases() if case.id in behind):
        came = [
            f"{_called(advice, one.approach, voice.language)} {voice.say('path.reached' if one.reached else 'path.missed')}"
            for one in case.outcomes
            if one.reached is not None and one.approach in advice.book.commitment
        ]
        said = {"task": voice.text(case.task), "year": case.year, "outcome": voice.listing(came)}
        yield case, voice.line("path.case", [case.source], **said)


def _assumed(advice: Recommendation, one: Assumption, voice: Voice) -> str:
    if one.variable in ("build_days", "upkeep_days"):
        return ""  # told beside the days of the trial
    approach = _called(advice, one.approach, voice.language)
    if one.variable == "trial_days":
        days = advice.weighing.days(str(one.approach))
        parts = {
            name: days_said(getattr(days, name) or Decimal(0), voice.language)
            for name in ("trial", "build", "upkeep")
        }
        return voice.say("path.assumed.days", approach=approach, **parts)
    if one.variable == "bill":
        option = voice.say("path.own_machines") if one.value == OWN_MACHINES else one.value
        return voice.say("path.assumed.bill", approach=approach, option=option)
    if one.variable == "machine":
        return voice.say("path.assumed.machine", approach=approach, value=voice.money(one.value))
    value = NOTHING if one.value is None else _value(advice, one.variable, Decimal(str(one.value)), voice)
    return voice.say(f"path.assumed.{one.variable}", value=value, approach=approach)
