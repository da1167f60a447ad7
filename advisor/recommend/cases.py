"""Published cases of teams that tried two or more approaches on one task, and how often each approach did there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from advisor.language import Text
from advisor.shapes import Exact
from pricing.sources import Record, Source, as_record, read_yaml

FILE = Path(__file__).parent.parent / "data" / "cases.yaml"
# A rate is drawn to the one of the wider group by so many cases, and a vendor's own success counts half.
PSEUDO_CASES = 3
VENDOR = 0.5
EVEN = 0.5
FORMS: Mapping[str, tuple[str, ...]] = {
    "label": ("text_classification", "natural_language_inference", "semantic_similarity", "topic_analysis"),
    "extraction": ("named_entity_recognition",),
    "choice": ("multiple_choice",),
    "code": ("code_generation",),
}
RETRIEVED = ("own_documents", "live_systems")
BANDS = (100, 1000)
# Prompts learn nothing from labelled rows, however many there are.
PROMPTS = ("zero_shot", "few_shot", "rag")


class Outcome(Record):
    """What came of one approach; `reached` None: it was not held against the target."""

    approach: str
    score: Exact | None = None
    reached: bool | None = None
    note: Text | None = None


class Requests(Record):
    """The volume and the tokens of a request; `assumed` where the case does not tell them."""

    per_month: int
    zero_shot_input: int
    few_shot_input: int
    rag_input: int
    output: int
    assumed: bool = True


class Case(Record):
    """One team's task: what could be known before trying (`answers`, `baseline`), and what came out."""

    id: str
    cluster: str
    year: int
    basis: Literal["own_measurement", "paper", "vendor", "notebook", "blog"]
    source: Source
    task: Text
    language: str
    rows: int | None = None
    metric: str | None = None
    target: Exact | None = None
    target_basis: str
    outcomes: tuple[Outcome, ...]
    best: str
    cheapest_reaching: str | None = None
    sensible_first: tuple[str, ...]
    lesson: Text
    answers: Mapping[str, str | None] = {}
    baseline: Mapping[str, Any] | None = None
    requests: Requests
    control: bool | None = None
    facts: Mapping[str, Any] | None = None

    @cached_property
    def group(self) -> Group:
        """The group that it speaks for."""
        return Group(form_of(self.answers), band_of(self.rows))

    @property
    def weight(self) -> float:
        """How much it counts."""
        return VENDOR if self.basis == "vendor" else 1.0


class _File(Record):
    usual: Mapping[str, str]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Group:
    """Tasks alike: the form of the answer, and how many labelled rows there were."""

    form: str
    band: int | None = None


@dataclass(frozen=True)
class Rate:
    """How often an approach reached the target: the share drawn towards wider groups, and the cases it rests on.

    `reached` of `tried` are the cases of the narrowest group that has any; `weight` is how much the share's own
    cases count.
    """

    share: float
    weight: float
    reached: int
    tried: int
    cases: tuple[str, ...]
    alike: bool


@cache
def cases() -> tuple[Case, ...]:
    """Every case as shipped, with the answers that all share filled in; a Problem names the place that is wrong."""
    found = as_record(read_yaml(FILE), _File, FILE.name)
    return tuple(
        case.model_copy(update={"answers": _whole(found.usual, case.answers)}) for case in found.cases
    )


def _whole(usual: Mapping[str, str], own: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**usual, **own}.items() if value is not None}


def form_of(answers: Mapping[str, object]) -> str:
    """The form of the answer that a task asks for: a label, spans, a choice, code, facts of documents, or a text."""
    if answers.get("knowledge_source") in RETRIEVED:
        return "documents"
    task = answers.get("task")
    return next((form for form, tasks in FORMS.items() if task in tasks), "text")


def band_of(rows: int | Decimal | None) -> int | None:
    """0 under 100 rows, 1 up to 1,000, 2 above; None where nobody knows.

    >>> band_of(60), band_of(400), band_of(20_000)
    (0, 1, 2)
    """
    return None if rows is None else int(rows >= BANDS[0]) + int(rows > BANDS[1])


@cache
def rate(approach: str, group: Group, without: str | None = None) -> Rate:
    """How often `approach` reached the target, in cases like `group`; those of the cluster `without` left out."""
    tried = [
        (case, outcome.reached)
        for case in cases()
        for outcome in case.outcomes
        if outcome.approach == approach and outcome.reached is not None and case.cluster != without
    ]
    alike = [(case, reached) for case, reached in tried if case.group.form == group.form]
    learns = approach not in PROMPTS
    nearest = [(case, reached) for case, reached in alike if learns and case.group.band == group.band]
    share, weight = EVEN, 0.0
    for some in (tried, alike, nearest):
        share, weight = _drawn(some, share)
    told = alike or tried
    return Rate(
        share,
        weight,
        sum(reached for _, reached in told),
        len(told),
        tuple(case.id for case, _ in told),
        bool(alike),
    )


def _drawn(some: Iterable[tuple[Case, bool]], wider: float) -> tuple[float, float]:
    """(reached + 3 x wider) / (tried + 3), and the cases it rests on."""
    counted = [(case.weight, reached) for case, reached in some]
    tried = sum(weight for weight, _ in counted)
    reached = sum(weight for weight, did in counted if did)
    return (reached + PSEUDO_CASES * wider) / (tried + PSEUDO_CASES), tried
