"""The first page and what stands behind it: the recommendation, every approach's reasons, answers and open questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from advisor.answers import KINDS
from advisor.answers.advise import Assessment
from advisor.checklist import Checklist, Question, checklist
from advisor.plan import Plan
from advisor.plan.drift import Drift
from advisor.recommend import Recommendation, words
from advisor.recommend.reasons import because, name, with_unit
from advisor.recommend.rules import Side
from advisor.references import references
from advisor.show.blocks import Block, Column, Item, Items, Line, Paragraph, Section, Table, Tone
from advisor.show.voice import NOTHING, Voice

STEPS_ON_FIRST_PAGE = 3
OPEN_ON_FIRST_PAGE = 5


@dataclass(frozen=True)
class Decision:
    """A recommendation with the plan it was made for, ready to be put into words."""

    plan: Plan
    found: Recommendation
    voice: Voice
    changed: Drift | None = None

    def first_page(self) -> Section:
        """The path: what to do first, what follows, what would change it, what is provisional, and what is open with whom."""
        path, voice = self.found, self.voice
        blocks = [
            *words.lead(path, voice),
            *self._since(),
            *(Paragraph(self._because(rule), "warning") for rule in path.alerts),
            words.following(path, voice, STEPS_ON_FIRST_PAGE),
            words.would_change(path, voice),
            words.set_aside(path, voice),
            *self._figures(),
            words.provisional(path, voice, first_only=True),
            *self.open_on_first_page(),
        ]
        return Section(
            "decision", self.voice.say("report.decision.heading"), tuple(block for block in blocks if block)
        )

    def _since(self) -> Iterable[Block]:
        """That the decision is not the one of the plan's own day, or that it still is."""
        if self.changed is None or not self.changed.changes:
            return
        said = "affected" if self.changed.affects_decision else "unaffected"
        then, on = self.voice.day(self.changed.then_on), self.voice.day(self.changed.on)
        tone: Tone = "warning" if self.changed.affects_decision else "note"
        yield self.voice.paragraph(f"report.since.{said}", tone, then=then, on=on)

    def _figures(self) -> Iterable[Block]:
        """The figures that the decision is taken on, as far as they were measured."""
        answers = (self.plan.evidence[kind] for kind in KINDS if kind in self.plan.evidence)
        lines = [line for answer in answers for line in answer.figures(self.voice, self.plan.aim)]
        if lines:
            yield Items(tuple(map(Item, lines)), self.voice.say("report.figures.caption"))

    def _called(self, approach: str) -> str:
        return self.voice.text(self.found.book.approach(approach).name)

    @property
    def _asked(self) -> Checklist:
        return checklist()

    def _because(self, rule: str, side: Side | None = None) -> Line:
        cited = self.voice.cite(references()[id] for id in self.found.rule(rule).sources)
        return Line(because(self.found, rule, self.voice.language, side), cited)

    def open_on_first_page(self) -> Iterable[Block]:
        """The most telling open questions, with owner and due day where named."""
        open_ids = self.found.open_questions
        kept = [Item(Line(self._open(id))) for id in open_ids[:OPEN_ON_FIRST_PAGE]]
        if not open_ids:
            kept.append(Item(self.voice.line("report.open.none")))
        elif len(open_ids) > OPEN_ON_FIRST_PAGE:
            kept.append(Item(self.voice.line("report.open.more", more=len(open_ids) - OPEN_ON_FIRST_PAGE)))
        yield Items(tuple(kept), self.voice.say("report.open.caption"))

    def open_questions(self) -> Iterable[Block]:
        """Everything still to be settled, the telling questions first, with owner and due day where named."""
        open_ids = self.found.open_questions
        if not open_ids:
            yield self.voice.paragraph("report.open.none")
            return
        columns = tuple(Column(self.voice.say(f"report.open.{label}")) for label in ("ask", "owned", "until"))
        rows = tuple(
            (Line(name(id, self.voice.language)), *(Line(one or NOTHING) for one in self._owner_and_due(id)))
            for id in open_ids
        )
        yield Table("", columns, rows)

    def _owner_and_due(self, id: str) -> tuple[str, str]:
        note = self.plan.notes.get(id, {})
        due = note.get("due")
        return str(note.get("owner") or ""), self._said_day(due) if due else ""

    def _open(self, id: str) -> str:
        ask, (owner, due) = name(id, self.voice.language), self._owner_and_due(id)
        if owner and due:
            return self.voice.say("report.open.owner_and_due", ask=ask, owner=owner, due=due)
        if owner:
            return self.voice.say("report.open.owner", ask=ask, owner=owner)
        return self.voice.say("report.open.due", ask=ask, due=due) if due else ask

    def _said_day(self, given: Any) -> str:
        try:
            return self.voice.day(str(given)[:10])
        except ValueError:
            return str(given)

    def approaches(self) -> Section:
        """How every approach stands, then each one's reasons for and against."""
        voice = self.voice
        columns = tuple(
            Column(voice.say(f"report.approaches.{label}")) for label in ("approach", "standing", "main")
        )
        rows = tuple(self._standing(found) for found in self.found.assessments)
        table = Table(voice.say("report.approaches.caption"), columns, rows)
        reasons = [block for found in self.found.assessments for block in self._reasons(found)]
        bill, assumed = words.bill(self.found, voice), words.provisional(self.found, voice)
        told = (bill, voice.paragraph("path.bill.note", "note"), assumed, table)
        cases = tuple(Item(line) for _, line in words.cases_told(self.found, voice))
        behind = (Items(cases, voice.say("path.cases", count=len(cases))),) if cases else ()
        blocks = (*(block for block in told if block), *behind, *self._shared_cautions(), *reasons)
        return Section("approaches", voice.say("report.approaches.heading"), blocks)

    def _cautioned(self, rule: str) -> list[Assessment]:
        return [found for found in self.found.assessments if rule in found.cautions]

    def _shared_cautions(self) -> Iterable[Items]:
        """What is to be watched with several approaches, said once with their names."""
        rules = dict.fromkeys(rule for found in self.found.assessments for rule in found.cautions)
        shared = [rule for rule in rules if len(self._cautioned(rule)) > 1]
        if shared:
            items = tuple(Item(self._because(rule, "caution"), (self._with(rule),)) for rule in shared)
            yield Items(items, self.voice.say("report.approaches.shared"))

    def _with(self, rule: str) -> Line:
        found = self._cautioned(rule)
        if len(found) == len(self.found.assessments):
            return self.voice.line("report.approaches.with_all")
        names = self.voice.listing(self._name(one) for one in found)
        return self.voice.line("report.approaches.with", approaches=names)

    def _standing(self, found: Assessment) -> tuple[Line, Line, Line]:
        against = found.standing in {"not_yet", "ruled_out"}
        telling = (found.ruled_out_by if against else found.favoured_by)[:1]
        side: Side = "against" if against else "for"
        main = self._because(telling[0], side) if telling else self.voice.line("recommendation.nothing_said")
        return Line(self._name(found)), self.voice.line(f"recommendation.standings.{found.standing}"), main

    def _name(self, found: Assessment) -> str:
        return self._called(found.approach)

    def _reasons(self, found: Assessment) -> Iterable[Block]:
        own = tuple(rule for rule in found.cautions if len(self._cautioned(rule)) == 1)
        sides: tuple[tuple[Side, tuple[str, ...]], ...] = (
            ("for", found.favoured_by),
            ("against", found.ruled_out_by),
            ("caution", own),
        )
        groups = [
            Item(
                self.voice.line(f"recommendation.groups.{side}"),
                tuple(self._because(rule, side) for rule in rules),
            )
            for side, rules in sides
            if rules
        ]
        if groups:
            standing = self.voice.say(f"recommendation.standings.{found.standing}")
            caption = self.voice.say("report.approaches.one", approach=self._name(found), standing=standing)
            yield Items(tuple(groups), caption)

    def cautions(self) -> list[Line]:
        """What to watch with the recommended approach."""
        chosen = self.found.recommended
        return [self._because(rule, "caution") for rule in self.found.of(chosen).cautions] if chosen else []

    def answers(self) -> Section:
        """Every answer, step by step, with who said it when, and what was measured instead of asked."""
        blocks = [table for section in self._asked.sections for table in self._answered(section.id)]
        empty = self.voice.paragraph("report.answers.none")
        return Section("answers", self.voice.say("report.answers.heading"), tuple(blocks) or (empty,))

    def _answered(self, section: str) -> Iterable[Table]:
        answers = self.found.answers
        shown = [
            question
            for question in self._asked.of(section)
            if question.id in answers.given
            or question.id in answers.measured
            or question.id in self.plan.notes
        ]
        if shown:
            step = next(part.name for part in self._asked.sections if part.id == section)
            columns = tuple(
                Column(self.voice.say(f"report.answers.{part}")) for part in ("ask", "answer", "note")
            )
            yield Table(self.voice.text(step), columns, tuple(self._row(question) for question in shown))

    def _row(self, question: Question) -> tuple[Line, Line, Line]:
        answers = self.found.answers
        language = self.voice.language
        settled = question.id in answers.values
        answer = (
            with_unit(question.id, answers.values[question.id], language)
            if settled
            else self._unsettled(question)
        )
        if question.id in answers.measured:
            answer = self.voice.say("report.answers.measured", answer=answer)
        if question.id in answers.against:
            typed = with_unit(question.id, question.read(answers.given[question.id]), language)
            measured = with_unit(question.id, answers.against[question.id], language)
            answer = self.voice.say("report.answers.against", answer=typed, measured=measured)
        return Line(self.voice.text(question.ask)), Line(answer), Line(self._note(question.id))

    def _unsettled(self, question: Question) -> str:
        given = self.found.answers.given.get(question.id, "").strip()
        known = {choice.id: choice.text for choice in self._asked.unsettled}
        return self.voice.text(known[given if given in known else "not_decided"])

    def _note(self, id: str) -> str:
        note: Mapping[str, Any] = self.plan.notes.get(id, {})
        parts = [str(note["text"])] if note.get("text") else []
        for field in ("by", "at", "owner", "due"):
            if note.get(field):
                said = self._said_day(note[field]) if field in {"at", "due"} else str(note[field])
                parts.append(self.voice.say(f"report.answers.{field}", who=said))
        return "\n".join(parts)
