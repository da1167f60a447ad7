"""What to try first, what next, and why: the decision path of a plan, and what would change its first step.

Rules exclude or say what speaks for an approach; nothing is counted. Of what is possible the order of trying is by
what it costs to run, plus what it costs to try divided by the chance that it works (`options.Option.index`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from advisor.answers import findings_of, read_answer
from advisor.answers.advise import Aside, Assessment, Assumption, PathStep, WouldChange
from advisor.answers.baseline import Baseline
from advisor.checklist import Answers, Checklist, checklist, read_answers
from advisor.quantities import Value
from advisor.recommend.assumed import assumptions
from advisor.recommend.bills import bills
from advisor.recommend.cases import PROMPTS
from advisor.recommend.change import Change, changes, error_that_flips
from advisor.recommend.conditions import Facts
from advisor.recommend.path import Decision
from advisor.recommend.path import Path as Steps
from advisor.recommend.rules import Rule, RuleBook, rule_book
from advisor.recommend.told import aside_of, assess, path_steps
from advisor.recommend.tried import OF_EVALUATION, Tried, prompting_of, reported, tried
from advisor.recommend.weighing import Weighing, terms_of
from advisor.shapes import Aim, Answer
from advisor.stated import Stated
from pricing.book import PriceBook, price_book

# What must be settled before measuring anything makes sense, and the page that fills each part of the evidence.
FIRST_QUESTIONS = ("purpose", "task", "knowledge_source", "prompting_tried", "data_exists")
PAGE_OF_EVIDENCE = {"dataset": "data", "baseline": "baseline", "cost": "cost", "model": "models"}
NOTHING_STATED = Stated()


@dataclass(frozen=True)
class Recommendation:
    """The path, how each approach stands, and the answers and findings that it was made from."""

    weighing: Weighing = field(repr=False)
    steps: Steps = field(repr=False)
    assessments: tuple[Assessment, ...]
    on: date
    answers: Answers = field(repr=False)
    findings: Mapping[str, Value] = field(repr=False)
    measured: frozenset[str] = field(repr=False)
    held: tuple[str, ...] = field(repr=False)
    asked: Checklist = field(repr=False)

    @property
    def decision(self) -> Decision:
        """What to do now: adopt, try, unlock, or give up."""
        return self.steps.decision

    @property
    def recommended(self) -> str | None:
        """The approach of the first step; None where nothing is worth trying."""
        return self.steps.first[1] if self.steps.first else None

    @cached_property
    def path(self) -> tuple[PathStep, ...]:
        """The steps, each with its money, its chance and its reasons."""
        return path_steps(self.steps, self.weighing, self.assessments)

    @cached_property
    def set_aside(self) -> tuple[Aside, ...]:
        """Every approach that is no step, and why."""
        return aside_of(self.steps, self.weighing)

    @cached_property
    def would_change(self) -> tuple[Change, ...]:
        """The nearest changes of one variable that would make another step the first."""
        return changes(self.weighing)

    @property
    def what_would_change(self) -> tuple[WouldChange, ...]:
        """The same as it is kept."""
        return tuple(
            WouldChange.model_validate(
                {"variable": one.variable, "from": one.now, "to": one.to, "first_step": one.approach}
            )
            for one in self.would_change
        )

    @cached_property
    def value_of_error_that_flips(self) -> Decimal | None:
        """The cost of a wrong answer (USD) from which another step would be the first."""
        return error_that_flips(self.weighing)

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every stand-in of ours that the path rests on."""
        return assumptions(self.weighing, self.steps)

    @cached_property
    def open_questions(self) -> tuple[str, ...]:
        """Open questions, those whose answer could change the first step before the rest."""
        telling = self.telling_questions
        return tuple(sorted(self.answers.open(self.asked), key=lambda question: question not in telling))

    @cached_property
    def telling_questions(self) -> frozenset[str]:
        """The open questions of which one answer at least would exclude or bring back what changes the first step."""
        return frozenset(id for id in self.answers.open(self.asked) if self._is_telling(id))

    def _is_telling(self, id: str) -> bool:
        question = self.asked.by_id[id]
        if id in FIRST_QUESTIONS:
            return True
        moving = [rule for rule in self.book.reading.get(id, ()) if rule.rules_out]
        if not moving or question.kind != "choice":
            return False
        first = self.steps.first
        for choice in question.choices:
            facts = {**self.facts, id: choice.id}
            flipped = {
                rule.id for rule in moving if rule.condition.holds(facts) is not (rule.id in self.held)
            }
            if flipped and self.weighing.excluding(frozenset(self.held) ^ flipped).first != first:
                return True
        return False

    @property
    def book(self) -> RuleBook:
        """The rules it was made by."""
        return self.weighing.book

    @property
    def facts(self) -> Facts:
        """Everything the rules could read."""
        return gather(self.answers, self.findings, self.on)

    @property
    def alerts(self) -> tuple[str, ...]:
        """The rules that hold and must be told first."""
        return tuple(id for id in self.held if self.book.by_id[id].alert)

    def of(self, approach: str) -> Assessment:
        """The assessment of one approach."""
        return next(found for found in self.assessments if found.approach == approach)

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

    def rule(self, id: str) -> Rule:
        """The rule behind a reason."""
        return self.book.by_id[id]


def recommend(
    plan_answers: Mapping[str, object],
    evidence: Mapping[str, Answer | Mapping[str, Any]],
    on: date,
    *,
    stated: Stated = NOTHING_STATED,
    asked: Checklist | None = None,
    book: RuleBook | None = None,
    prices: PriceBook | None = None,
    without: str | None = None,
) -> Recommendation:
    """The path on the day `on`, for a plan's answers, evidence and what it states about the decision.

    `without` leaves the published cases of one cluster out. Raises a Problem for an answer that the checklist does
    not know.

    >>> recommend({"purpose": "format_and_tone", "prompting_tried": "not_tried"}, {}, date(2026, 11, 22)).recommended
    'zero_shot'
    """
    asked, book = asked or checklist(), book or rule_book()
    kept = {kind: read_answer(kind, shape) for kind, shape in evidence.items() if shape}
    baseline = kept.get("baseline")
    small = baseline if isinstance(baseline, Baseline) else None
    aim = stated.aim or (None if stated.has_none_yet else _aim_of(small))
    findings = findings_of(kept, aim)
    answers = read_answers(plan_answers, findings, asked)
    said = reported(answers.values.get("prompting_tried"), on)
    mine = {trial.approach for trial in stated.trials}
    trials = (*(trial for trial in said if trial.approach not in mine), *stated.trials)
    stated = replace(stated, aim=aim, trials=trials, target_of_measurement=stated.aim is None)
    rows = _rows(answers, small, findings)
    priced = bills(kept, {**findings, **answers.values}, prices or price_book(), on)
    came = tried(trials, aim, rows, priced)
    if not mine.isdisjoint(PROMPTS):
        answers = answers.having("prompting_tried", prompting_of(came))
    facts = gather(answers, findings, on)
    held = frozenset(rule.id for rule in book.rules if rule.condition.holds(facts))
    weighing = Weighing(
        book=book,
        values=facts,
        stated=stated,
        bills=priced,
        excluded={},
        terms=terms_of(answers.values, stated, aim, _in_hand(small, came)),
        baseline=small,
        rows=rows,
        without=without,
    ).excluding(held)
    weighing = _evaluated(weighing, findings, bool(mine))
    steps = weighing.path
    return Recommendation(
        weighing=weighing,
        steps=steps,
        assessments=assess(weighing, steps, held),
        on=on,
        answers=answers,
        findings=findings,
        measured=frozenset(kept),
        held=tuple(sorted(held, key=book.strength)),
        asked=asked,
    )


def gather(answers: Answers, findings: Mapping[str, Value], on: date) -> Facts:
    """What the rules read: findings, answers, and the day."""
    return {**findings, **answers.values, "on": on}


def _aim_of(small: Baseline | None) -> Aim | None:
    """The target that a measurement was made for, where the plan states none."""
    if small is None or not small.target:
        return None
    return Aim(small.target, small.metric)


def _rows(answers: Answers, small: Baseline | None, findings: Mapping[str, Value]) -> int | None:
    said = answers.values.get("rows_available") or (small and small.rows) or findings.get("rows")
    return None if said is None else int(str(said).split(".")[0])


def _in_hand(small: Baseline | None, came: Mapping[str, Tried]) -> float:
    """The best score that the team has today."""
    line = small and (small.rests_on or small.line(small.best, small.metric))
    scores = [found.mean for found in came.values() if found.mean is not None]
    return max([*scores, line.mean if line else 0.0], default=0.0)


def _evaluated(weighing: Weighing, findings: Mapping[str, Value], has_trials: bool) -> Weighing:
    """An evaluation is of the step that would be the first without it, where no trial says what was tried."""
    reaches = OF_EVALUATION.get(str(findings.get("evaluation_verdict")))
    first = weighing.first
    if reaches is None or first is None or has_trials:
        return weighing
    return weighing.evaluated(first[1], Tried(reaches))
