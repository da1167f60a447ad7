"""Which approaches fit, which rules said so, and what would change the answer.

The order has no weights. An approach that a rule excludes is out. Of the others, the one favoured on the most
grounds comes first; on a tie, the one that commits the team least.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from advisor.answers import findings_of, read_answer
from advisor.answers.advise import Assessment, Standing
from advisor.checklist import Answers, Checklist, checklist, read_answers
from advisor.quantities import Value
from advisor.recommend.change import Change, changes
from advisor.recommend.conditions import Facts
from advisor.recommend.rules import Rule, RuleBook, rule_book
from advisor.shapes import Aim, Answer, aim_of

# What must be settled before measuring anything makes sense, and the page that fills each part of the evidence.
FIRST_QUESTIONS = ("purpose", "task", "knowledge_source", "prompting_tried", "data_exists")
PAGE_OF_EVIDENCE = {"dataset": "data", "baseline": "baseline", "cost": "cost", "model": "models"}


@dataclass(frozen=True)
class Recommendation:
    """The approach to take (None while nothing speaks for any), how each one stands, and what would change that."""

    recommended: str | None
    assessments: tuple[Assessment, ...]
    what_would_change: tuple[Change, ...]
    open_questions: tuple[str, ...]
    on: date
    answers: Answers = field(repr=False)
    findings: Mapping[str, Value] = field(repr=False)
    measured: frozenset[str] = field(repr=False)
    book: RuleBook = field(repr=False)

    @property
    def facts(self) -> Facts:
        """Everything the rules could read."""
        return gather(self.answers, self.findings, self.on)

    def of(self, approach: str) -> Assessment:
        """The assessment of one approach."""
        return next(found for found in self.assessments if found.approach == approach)

    @property
    def held(self) -> tuple[str, ...]:
        """Every rule that holds, the strongest first."""
        said = {r for a in self.assessments for r in (*a.favoured_by, *a.ruled_out_by, *a.cautions)}
        return tuple(sorted(said, key=self.book.strength))

    @property
    def alerts(self) -> tuple[str, ...]:
        """The rules that hold and must be told first."""
        return tuple(id for id in self.held if self.book.by_id[id].alert)

    @property
    def next_step(self) -> str:
        """The first piece of work not done yet, by the name of its page, in the order of the work."""
        if not all(self.answers.settled(question) for question in FIRST_QUESTIONS):
            return "checklist"
        for part, page in PAGE_OF_EVIDENCE.items():
            if part not in self.measured and self._is_called_for(part):
                return page
        return "report"

    def _is_called_for(self, part: str) -> bool:
        values = self.answers.values
        if part == "dataset":
            return values.get("data_exists") != "none"
        if part == "baseline":
            return values.get("data_exists") == "labelled" and self.of("classical_ml").standing != "ruled_out"
        return part == "cost" or self.of("fine_tuning_open").standing != "ruled_out"

    def best_of(self, group: str) -> Assessment:
        """The assessment that stands best among a group of approaches, such as `tuning`."""
        return next(found for found in self.assessments if found.approach in self.book.groups[group])

    def rule(self, id: str) -> Rule:
        """The rule behind a reason."""
        return self.book.by_id[id]


def recommend(
    plan_answers: Mapping[str, object],
    evidence: Mapping[str, Answer | Mapping[str, Any]],
    on: date,
    *,
    target: Aim | None = None,
    asked: Checklist | None = None,
    book: RuleBook | None = None,
) -> Recommendation:
    """How every approach stands on the day `on`, for a plan's answers and evidence.

    Raises a Problem for an answer that the checklist does not know.

    >>> recommend({"purpose": "format_and_tone", "prompting_tried": "not_tried"}, {}, date(2026, 11, 22)).recommended
    'few_shot'
    """
    asked, book = asked or checklist(), book or rule_book()
    kept = {kind: read_answer(kind, shape) for kind, shape in evidence.items() if shape}
    findings = findings_of(kept, target or aim_of(plan_answers))
    answers = read_answers(plan_answers, findings, asked)
    facts = gather(answers, findings, on)
    held = frozenset(rule.id for rule in book.rules if rule.condition.holds(facts))
    something_favoured = any(book.by_id[rule].favours for rule in held)
    would_change = changes(book, asked, facts, held, first_place) if something_favoured else ()
    return Recommendation(
        recommended=first_place(book, held),
        assessments=assess(book, held),
        what_would_change=would_change,
        open_questions=_open_questions(answers, asked, would_change),
        on=on,
        answers=answers,
        findings=findings,
        measured=frozenset(kept),
        book=book,
    )


def gather(answers: Answers, findings: Mapping[str, Value], on: date) -> Facts:
    """What the rules read: findings, answers, and the day."""
    return {**findings, **answers.values, "on": on}


def assess(book: RuleBook, held: frozenset[str]) -> tuple[Assessment, ...]:
    """Every approach under the rules that hold, the best first."""
    order = sorted(held, key=book.strength)
    tally = _Tally.of(book, held)
    first = first_place(book, held)
    ranked = sorted(book.commitment, key=lambda approach: _place(book, tally, approach))
    return tuple(_assessment(book, tally, approach, order, first) for approach in ranked)


def first_place(book: RuleBook, held: frozenset[str]) -> str | None:
    """The approach that comes first; None while no rule speaks for any that is left."""
    tally = _Tally.of(book, held)
    best = min(book.commitment, key=lambda approach: _place(book, tally, approach))
    return best if tally.grounds[best] and not tally.excluding[best] else None


@dataclass(frozen=True)
class _Tally:
    """For each approach: the grounds it is favoured on, and the rules that exclude it."""

    grounds: Mapping[str, frozenset[str]]
    excluding: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, book: RuleBook, held: frozenset[str]) -> _Tally:
        grounds: dict[str, set[str]] = {approach: set() for approach in book.commitment}
        excluding: dict[str, set[str]] = {approach: set() for approach in book.commitment}
        for id in held:
            rule = book.by_id[id]
            for approach in rule.favours:
                grounds[approach].add(rule.ground)
            for approach in rule.rules_out:
                excluding[approach].add(id)
        for built in book.approaches:
            parts = [_against_as_a_part(book, excluding[part], built.id) for part in built.built_on]
            if parts and all(parts):
                excluding[built.id] |= set().union(*parts)
        return cls(_frozen(grounds), _frozen(excluding))


def _against_as_a_part(book: RuleBook, rules: set[str], built: str) -> set[str]:
    """The rules that exclude a part within `built` too: one that speaks for the whole means the part alone."""
    return {rule for rule in rules if built not in book.by_id[rule].favours}


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(members) for name, members in sets.items()}


def _place(book: RuleBook, tally: _Tally, approach: str) -> tuple[bool, bool, int, int]:
    """The sort key: what can be done now, then what can be made possible, then grounds, then commitment."""
    excluding = tally.excluding[approach]
    for_good = any(not book.by_id[rule].for_now for rule in excluding)
    return (for_good, bool(excluding), -len(tally.grounds[approach]), book.commitment[approach])


def _assessment(
    book: RuleBook, tally: _Tally, approach: str, order: list[str], first: str | None
) -> Assessment:
    for_good, excluded, _, _ = _place(book, tally, approach)
    standing: Standing = "ruled_out" if for_good else "not_yet" if excluded else "possible"
    return Assessment(
        approach=approach,
        standing="recommended" if approach == first else standing,
        favoured_by=tuple(id for id in order if approach in book.by_id[id].favours),
        ruled_out_by=tuple(
            sorted(tally.excluding[approach], key=lambda id: (book.by_id[id].for_now, order.index(id)))
        ),
        cautions=tuple(id for id in order if approach in book.by_id[id].cautions),
        grounds=tuple(ground.id for ground in book.grounds if ground.id in tally.grounds[approach]),
    )


def _open_questions(answers: Answers, asked: Checklist, found: tuple[Change, ...]) -> tuple[str, ...]:
    """Open questions, those whose answer could change the first place before the rest."""
    telling = {change.fact for change in found}
    return tuple(sorted(answers.open(asked), key=lambda question: question not in telling))
