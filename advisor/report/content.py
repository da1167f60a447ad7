"""From a plan to a report: every section in its order, and nothing that the plan does not hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from advisor.answers import KINDS
from advisor.language import Language, phrase_keys, problem
from advisor.plan import Plan
from advisor.plan.drift import Drift, blocks, drift, oldest_day
from advisor.plan.history import called, shown
from advisor.plan.inputs import is_noted
from advisor.recommend import Recommendation, recommend, words
from advisor.recommend.reasons import name, with_unit
from advisor.report.decision import Decision
from advisor.shapes import Answer, LookUp, Unread
from advisor.show.blocks import Block, Column, Item, Items, Line, Paragraph, ReportModel, Section, Table
from advisor.show.voice import NOTHING, Voice
from pricing import Problem
from pricing.book import PriceBook, price_book

log = logging.getLogger("advisor.report")
FINDINGS = "recommendation.findings"
DIGEST = re.compile(r"[0-9a-f]{64}")
PLACE = re.compile(r"\[(\d+)\]")


def build(
    plan: Plan, language: Language, on: date, book: PriceBook | None = None, look_up: LookUp | None = None
) -> ReportModel:
    """The report of a plan on the facts of `on`, in one language; every format is written from it.

    A plan of an earlier day is asked again on the prices of `book` and the model facts of `look_up` (those that
    ship, unless given), and what changed has its own section. What was measured stays as it was. Raises a Problem
    for an answer that the checklist does not know.

    >>> from advisor.plan import new_plan
    >>> report = build(new_plan(date(2026, 11, 22)), "en", date(2026, 11, 22))
    >>> report.decision.heading, report.sections[0].id
    ('The decision', 'approaches')
    """
    voice = Voice(language, on)
    changed, told = _since(plan, voice, book, look_up)
    asked = changed.evidence if changed else plan.evidence
    plan = replace(plan, evidence={kind: answer.judged(plan.aim) for kind, answer in asked.items()})
    found = changed.advice if changed else recommend(plan.answers, plan.evidence, on, stated=plan.stated)
    decision = Decision(plan, found, voice, changed)
    first = decision.first_page()
    sections = [
        *told,
        decision.approaches(),
        *(_told(id, answer, voice) for id, answer in _by_section(plan).items() if answer is not None),
        *_not_measured(plan, voice),
        _risks(plan, decision, voice),
        _section("open", decision.open_questions(), voice),
        decision.answers(),
        _evidence(found, voice),
        _assumptions(plan, voice),
    ]
    references = voice.references()
    listed = [references] if references else [voice.paragraph("report.sources.none")]
    return ReportModel(
        # A title is the team's own text, so its braces are no places to fill.
        title=plan.title.ja if language == "ja" else plan.title.en,
        subtitle=voice.say("report.subtitle", on=voice.day(on), made=voice.day(plan.on)),
        language=language,
        on=on,
        contents=voice.say("report.contents"),
        decision=first,
        sections=(*sections, _section("sources", listed, voice)),
    )


def _section(id: str, blocks: Iterable[Block], voice: Voice) -> Section:
    return Section(id, voice.say(f"report.{id}.heading"), tuple(blocks))


def _since(
    plan: Plan, voice: Voice, book: PriceBook | None, look_up: LookUp | None
) -> tuple[Drift | None, list[Section]]:
    """What changed since the day of the plan, and the section that tells it; nothing for a plan of the day."""
    then = oldest_day(plan)
    if then >= voice.on:
        return None, []
    try:
        found = drift(plan, voice.on, book or price_book(), look_up)
    except Problem as error:
        said = voice.line("report.since.failed", reason=problem(error, voice.language))
        return None, [_section("since", [Paragraph(said, "warning")], voice)]
    found = replace(found, then_on=then)
    return found, [_section("since", blocks(found, voice), voice)]


def _by_section(plan: Plan) -> dict[str, Answer | None]:
    """The answer that each section is about, in reading order; None where the plan holds none."""
    found: dict[str, Answer | None] = {}
    for id, kind in KINDS.items():
        if kind.SECTION:
            found[kind.SECTION] = found.get(kind.SECTION) or plan.evidence.get(id)
    return found


def _not_measured(plan: Plan, voice: Voice) -> list[Section]:
    """One list of what could have been measured and was not, each with what would fill it."""
    missing = [id for id, answer in _by_section(plan).items() if answer is None]
    items = tuple(
        Item(
            voice.line(
                "report.missing.one",
                what=voice.say(f"report.{id}.heading"),
                how=voice.say(f"report.{id}.missing"),
            )
        )
        for id in missing
    )
    return [_section("missing", [Items(items)], voice)] if items else []


def _told(id: str, answer: Answer, voice: Voice) -> Section:
    """What one answer says. A fault of ours in it is logged, called ours, and does not take the report away."""
    if isinstance(answer, Unread):
        field, found = answer.field or NOTHING, answer.found or NOTHING
        said = voice.paragraph("report.unreadable", "warning", field=field, found=found)
        return _section(id, [said], voice)
    try:
        return _section(id, tuple(answer.blocks(voice)), voice)
    except Exception:
        log.exception("the section %s could not be written", id)
        return _section(id, [voice.paragraph("report.our_fault", "warning")], voice)


def _risks(plan: Plan, decision: Decision, voice: Voice) -> Section:
    """Every risk that the plan's answers show; called after the sections, whose sources may be stale."""
    found = [
        *words.risks(decision.found, voice),
        *decision.cautions(),
        *(line for answer in plan.evidence.values() for line in answer.risks(voice)),
    ]
    if voice.stale:
        found.append(voice.line("report.risks.stale", count=len(voice.stale)))
    if not found:
        return _section("risks", [voice.paragraph("report.risks.none")], voice)
    return _section("risks", [Items(tuple(Item(line) for line in found))], voice)


def _evidence(found: Recommendation, voice: Voice) -> Section:
    """Every finding that the rules read, beside what was answered."""
    read = {name: value for name, value in found.findings.items() if f"{FINDINGS}.{name}" in phrase_keys()}
    if not read:
        return _section("evidence", [voice.paragraph("report.evidence.none")], voice)
    language = voice.language
    rows = tuple(
        (Line(name(fact, language)), Line(with_unit(fact, value, language))) for fact, value in read.items()
    )
    columns = (Column(voice.say("report.what")), Column(voice.say("report.found")))
    return _section("evidence", [Table(voice.say("report.evidence.caption"), columns, rows)], voice)


def _assumptions(plan: Plan, voice: Voice) -> Section:
    """What was typed rather than measured: form fields, customer status, and the team's own prices and facts."""
    columns = (Column(voice.say("report.what")), Column(voice.say("report.assumptions.value")))
    groups = {"customer": plan.customer, "inputs": plan.inputs, "overrides": plan.overrides}
    tables: list[Block] = [
        Table(voice.say(f"report.assumptions.{name}"), columns, tuple(_assumed(name, values, voice)))
        for name, values in groups.items()
        if values
    ]
    explained = Paragraph(voice.line("report.assumptions.explained"))
    return _section("assumptions", [explained, *tables], voice)


def _assumed(part: str, values: Mapping[str, Any], voice: Voice) -> Iterable[tuple[Line, Line]]:
    """One row an entry, called as on its page; what no page names is told by its own words."""
    if part == "overrides":
        yield from _flat(values)
        return
    for entry, value in values.items():
        path = f"{part}.{entry}"
        if part == "inputs" and is_noted(entry):
            continue
        if part == "customer":
            yield Line(entry), Line(voice.name("report.assumptions.standing", value))
        elif isinstance(value, Mapping | list | tuple) and not _is_file(value):
            yield from _entries(path, value, voice)
        else:
            yield Line(called(path, voice.language)), Line(shown(path, value, voice.language))


def _is_file(value: Any) -> bool:
    """Whether an entry names one file: one of the examples, or what was uploaded, by its name."""
    return isinstance(value, Mapping) and bool({"example", "name"} & value.keys())


def _entries(path: str, values: Any, voice: Voice) -> Iterable[tuple[Line, Line]]:
    """What was filled in of a nested entry: each leaf under its page's own label where it has one."""
    plain = called(path, voice.language)
    for leaf, said in _flat(values):
        place, entry = PLACE.match(leaf.text), leaf.text.rpartition(".")[2]
        if said.text == NOTHING or DIGEST.fullmatch(said.text) or (place and entry == "id"):
            continue
        if leaf.text.startswith("reading."):
            continue  # How the file was read is said with the file.
        if place and f"cost.kinds.{said.text}" in phrase_keys() and entry == "kind":
            yield (
                Line(f"{voice.say('cost.arms.heading')} #{int(place[1]) + 1}"),
                Line(voice.name("cost.kinds", said.text)),
            )
            continue
        if PLACE.fullmatch(leaf.text):
            yield Line(plain), said
            continue
        label = called(f"{path}.{leaf.text}", voice.language)
        if label == plain:
            label = f"{plain} {leaf.text}"
        elif place:
            label = f"{label} #{int(place[1]) + 1}"
        yield Line(label), Line(shown(f"{path}.{leaf.text}", said.text, voice.language))


def _flat(values: Any, path: str = "") -> Iterable[tuple[Line, Line]]:
    """Nested values as one row a leaf, under their dotted path."""
    if isinstance(values, Mapping) and values:
        for name, value in values.items():
            yield from _flat(value, f"{path}.{name}" if path else str(name))
    elif isinstance(values, list | tuple) and values:
        for place, value in enumerate(values):
            yield from _flat(value, f"{path}[{place}]")
    else:
        yield Line(path), Line(NOTHING if values in (None, "", [], {}) else str(values))
