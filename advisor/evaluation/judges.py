"""LLM judges: designs, prompts to download, what sways them, what they cost, and whether people agree with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from advisor.language import Language, Text
from pricing import Problem
from pricing.sources import Record, Source, read_records

if TYPE_CHECKING:
    from advisor.answers.evaluation import Agreement
    from advisor.evaluation.scoresheets import ScoreSheet
    from pricing.book import PriceBook

FOLDER = Path(__file__).parent.parent / "data" / "judges"
PER_MILLION = Decimal(1_000_000)
# A reason and a score for each of a handful of criteria.
OUTPUT_TOKENS = 150
_PLACE = re.compile(r"\{(\w+)\}")


class Design(Record):
    """A way of judging; `answers` is how many answers one prompt shows."""

    id: Literal["binary", "likert", "score", "pairwise"]
    scale: Literal["binary", "likert", "points", "choice"]
    answers: int
    name: Text
    suits: Text
    misses: Text
    prompt: Text


class Criterion(Record):
    """What is judged, and what passes."""

    name: Text
    passes: Text


class Rubric(Record):
    """Criteria for one kind of output, and the tasks they suit."""

    id: str
    name: Text
    tasks: tuple[str, ...]
    criteria: tuple[Criterion, ...]


class Safeguard(Record):
    """Something that sways judges, what helps against it, and how that is known."""

    id: str
    designs: tuple[str, ...]
    problem: Text
    measure: Text
    evidence: Text
    source: Source


@cache
def designs() -> Mapping[str, Design]:
    """The designs by id, the one to begin with first."""
    return {design.id: design for design in read_records(FOLDER / "designs.yaml", Design)}


@cache
def rubrics() -> Mapping[str, Rubric]:
    """The rubrics by id, that of the worked example first."""
    return {rubric.id: rubric for rubric in read_records(FOLDER / "rubrics.yaml", Rubric)}


@cache
def safeguards() -> tuple[Safeguard, ...]:
    """What sways judges, and what helps."""
    return tuple(read_records(FOLDER / "safeguards.yaml", Safeguard))


def rubric_for(task: str | None) -> Rubric:
    """The rubric for a task, else that of the worked example.

    >>> rubric_for("summarisation").id, rubric_for(None).id
    ('summary', 'answers')
    """
    found = (rubric for rubric in rubrics().values() if task in rubric.tasks)
    return next(found, next(iter(rubrics().values())))


_REFERENCE_PART = Text(
    ja="<正解の見本>\n{reference}\n</正解の見本>\n", en="<reference>\n{reference}\n</reference>\n"
)


def prompt(design: Design, criteria: Sequence[tuple[str, str]], language: Language, reference: bool) -> str:
    """A judge's prompt with its criteria (name, what passes) written in and the item's places left open.

    >>> text = prompt(designs()["binary"], [("口調", "やさしい言葉だけを使う。")], "ja", reference=True)
    >>> "- 口調: やさしい言葉だけを使う。" in text, "{reference}" in text, "{question}" in text
    (True, True, True)
    """
    if not criteria:
        raise Problem("judge_without_criteria")
    lines = "\n".join(f"- {name}: {passes}" if passes else f"- {name}" for name, passes in criteria)
    part = _side(_REFERENCE_PART, language) if reference else ""
    return fill(_side(design.prompt, language), criteria=lines, reference_part=part)


def _side(text: Text, language: Language) -> str:
    return text.ja if language == "ja" else text.en


def fill(template: str, **values: str) -> str:
    """The template with the named places filled, once: what is filled in is never read as a place again.

    >>> fill("{question} / {answer}", question="{answer}")
    '{answer} / {answer}'
    """
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


@dataclass(frozen=True)
class JudgePlan:
    """What is judged by whom: every judge reads every answer `repeats` times, pairs in both orders."""

    design: Design
    judges: tuple[str, ...]
    items: int
    systems: int = 1
    repeats: int = 1

    @property
    def calls_per_judge(self) -> int:
        """Requests to one judge; a pairwise design asks about every pair of systems twice."""
        pairs = self.systems * (self.systems - 1) // 2
        per_item = 2 * pairs if self.design.answers == 2 else self.systems
        return self.items * per_item * self.repeats


@dataclass(frozen=True)
class ItemTokens:
    """Average tokens of what one prompt shows, and of what the judge writes."""

    question: int
    answer: int
    reference: int = 0
    output: int = OUTPUT_TOKENS


@dataclass(frozen=True)
class JudgeCost:
    """One judge's requests and their price in USD."""

    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    amount: Decimal
    source: Source


def judging_cost(
    plan: JudgePlan, template: str, tokens: ItemTokens, book: PriceBook, on: date, batch: bool = False
) -> tuple[JudgeCost, ...]:
    """What each judge costs: calls × (template + texts, output) at the price of the day."""
    from pricing.tokens import count_texts

    if plan.design.answers == 2 and plan.systems < 2:
        raise Problem("pairwise_needs_two_systems", found=plan.systems)
    costs = []
    for model in plan.judges:
        price = book.inference(model, on, batch=batch)
        if price.input_mtok is None or price.output_mtok is None:
            raise Problem("judge_price_unknown", model=model)
        shown = tokens.question + plan.design.answers * tokens.answer + tokens.reference
        per_call = count_texts([_PLACE.sub("", template)], model).total + shown
        calls = plan.calls_per_judge
        amount = calls * (per_call * price.input_mtok + tokens.output * price.output_mtok) / PER_MILLION
        costs.append(JudgeCost(model, calls, calls * per_call, calls * tokens.output, amount, price.source))
    return tuple(costs)


def with_people(sheet: ScoreSheet, judge: str) -> dict[str, Agreement]:
    """Criterion -> how one rater, a judge, agrees with the people: their majority for 0/1, else their mean."""
    from advisor.evaluation import majority
    from advisor.evaluation.rater_agreement import agreement
    from advisor.evaluation.scoresheets import Rating, ScoreSheet

    if judge not in sheet.raters:
        raise Problem("no_such_rater", found=judge, known=list(sheet.raters))
    by_answer: dict[tuple[str, str, str], list[Rating]] = {}
    for rating in sheet.ratings:
        by_answer.setdefault((rating.item, rating.system, rating.criterion), []).append(rating)
    paired = []
    for (item, system, criterion), ratings in by_answer.items():
        people = [rating.score for rating in ratings if rating.rater != judge]
        own = [rating for rating in ratings if rating.rater == judge]
        if people and own:
            binary = sheet.scale(criterion) == "binary"
            score = float(majority(people)) if binary else sum(people) / len(people)
            paired += [own[0], Rating(item, system, PEOPLE, criterion, score, own[0].row)]
    return agreement(ScoreSheet(tuple(paired)))


PEOPLE = "people"


@dataclass(frozen=True)
class Wins:
    """Pairwise choices of both orders counted together: a win needs the same winner in both."""

    first: int
    second: int
    ties: int
    swayed: int

    @property
    def p(self) -> float:
        """Two-sided sign test that both win equally often, ties left out."""
        from scipy.stats import binomtest

        decided = self.first + self.second
        return float(binomtest(self.first, decided).pvalue) if decided else 1.0


def count_wins(shown_first: Sequence[str], shown_second: Sequence[str]) -> Wins:
    """Choices ("A", "B" or "tie") about the same items, the first system shown as A and then as B.

    `swayed` counts items on which the judge followed the position: the same letter both times.

    >>> count_wins(["A", "A", "tie"], ["B", "A", "A"])
    Wins(first=1, second=0, ties=2, swayed=1)
    """
    first = second = swayed = 0
    for one, other in zip(shown_first, shown_second, strict=True):
        first += one == "A" and other == "B"
        second += one == "B" and other == "A"
        swayed += one == other != "tie"
    return Wins(first, second, len(shown_first) - first - second, swayed)
