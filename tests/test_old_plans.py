"""Plans written by earlier versions still say all they said, and a field that they lack takes nothing else away.

`tests/samples/plans` holds every content that a worked example, a template or the full plan has had, byte for byte,
under its name and the commit it came with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from advisor.language import LANGUAGES, phrase
from advisor.pages import PAGES
from advisor.plan import Plan, from_json, from_yaml
from advisor.plan.drift import drift
from advisor.recommend import recommend
from advisor.report import ReportModel, build
from advisor.show.blocks import Items, Paragraph
from pricing import Problem
from pricing.book import price_book
from pricing.sources import parse_yaml
from tests.conftest import TODAY
from tests.test_page_overview import opened, words

FOLDER = Path(__file__).parent / "samples" / "plans"
NAMES = [file.stem for file in sorted(FOLDER.glob("*.yaml"))]
INQUIRIES = "inquiries.da41bb3"
LATER = ("collapsed", "skipped", "test_scores")

# What an answer, or an entry of it, is about or made of: without it that part's own section may say that it cannot be
# read, and no other. `[]` stands for the first of a list. Everything else is left out at no cost.
NEEDED = {
    "baseline": {
        "verdict", "cascade[].precision", "cascade[].share", "curve_absent.id",
        *(f"scores[].{name}" for name in ("baseline", "metric", "mean")),
        *(f"curve.{name}" for name in ("baseline", "metric", "sizes", "means")),
        *(f"reasons[].{name}" for name in ("id", "baseline", "metric", "mean", "low", "high", "target")),
        *(f"flips[].{name}" for name in ("id", "metric", "target")),
    },
    "cost": {
        "on", "months", "requests_per_month", "arms", "scenario.arms", "scenario.requests_per_month",
        *(f"arms[].{name}" for name in ("id", "kind", "once", "per_request", "per_month", "total", "months_served")),
        *(f"break_even[].{name}" for name in ("a", "b", "requests", "months", "reason", "over_months")),
    },
    "evaluation": {
        "criteria", "notes[].id",
        *(f"comparisons[].{name}" for name in ("criterion", "a", "b", "n", "difference", "low", "high", "outcome")),
    },
    "memory": {
        "total_gib",
        *(f"{span}.{name}" for span in ("hours", "cost") for name in ("low", "typical", "high")),
        *(f"change.{name}" for name in ("steps", "total_gib", "verdict")),
    },
    "model": {
        "id", "conditions[].id", "context_notes[].id", "lineage[].id",
        *(f"{source}.{name}" for source in ("licence_source", "figures_source") for name in ("url", "kind", "checked")),
    },
    "preparation": {"train", "validation", "test", "findings[].id", "findings[].count"},
}  # fmt: skip
SECTIONS = {"cost": "costs", "dataset": "data", "tokens": "data"}
# What stands elsewhere in a plan of today: how its path began, and how it begins.
MOVED = {"inputs.models_": "inputs.models."}
# Once these were the number of rows itself.
ROWS = {f"evidence.dataset.{name}" for name in ("empty", "duplicates", "conflicts")}

Answer = dict[str, Any]
Field = tuple[str, str]


@cache
def written(name: str) -> Answer:
    """The file's own keys and values, before anything of ours has understood them."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    texts = parse_yaml(text)
    shape: Answer = parse_yaml(text, typed=True)
    return shape | {part: texts[part] for part in ("answers", "customer", "title") if part in texts}


def fields_of(answer: Any) -> Iterator[str]:
    """Each key of an answer, of the mappings in it, and of the first in its lists."""
    for name, value in answer.items():
        yield name
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict):
            yield from (f"{name}[].{key}" if first is not value else f"{name}.{key}" for key in first)


@cache
def rounds() -> Mapping[str, Sequence[Sequence[Field]]]:
    """For each plan the fields to leave out of it: in a round one of each mapping, so that no two stand together.

    A field that was left out of a plan before is not left out again. Those that an answer holds itself have rounds
    of their own, since with one of them goes what stands in it; so have those that are needed.
    """
    seen: set[Field] = set()
    found: dict[str, Sequence[Sequence[Field]]] = {}
    for name in NAMES:
        kinds: dict[tuple[bool, bool], dict[Field, list[Field]]] = {}
        for part, answer in written(name).get("evidence", {}).items():
            for field in [(part, name) for name in fields_of(answer) if (part, name) not in seen]:
                holder = (part, field[1].rpartition(".")[0])
                kind = kinds.setdefault((bool(holder[1]), is_needed(field)), {})
                kind.setdefault(holder, []).append(field)
                seen.add(field)
        found[name] = [
            [field for field in fields if field]
            for holders in kinds.values()
            for fields in zip_longest(*holders.values())
        ]
    return found


def is_needed(field: Field) -> bool:
    part, name = field
    return name in NEEDED.get(part, ())


def without(shape: Answer, fields: Sequence[Field]) -> Answer:
    """The same plan without these fields, and with no evidence but what they stand in."""
    shape = shape | {"evidence": {part: dict(shape["evidence"][part]) for part, _ in fields}}
    for part, field in fields:
        place, _, key = field.rpartition(".")
        name = place.removesuffix("[]")
        holder = shape["evidence"][part]
        if name:
            holder[name] = deepcopy(holder[name])
            holder = holder[name][0] if place.endswith("[]") else holder[name]
        del holder[key]
    return shape


def plan_without(fields: Sequence[str]) -> Plan:
    """The plan about inquiries, whole but for these fields of its baseline."""
    shape = written(INQUIRIES)
    short = without(shape, [("baseline", field) for field in fields])
    return from_json(shape | {"evidence": shape["evidence"] | short["evidence"]})


def unreadable(report: ReportModel) -> list[str]:
    """The sections that say so of themselves."""
    said = phrase("report.unreadable", report.language)
    texts = (Paragraph, Items)
    return [
        section.id
        for section in report.sections
        if any(said in str(block) for block in section.blocks if isinstance(block, texts))
    ]


def unread(plan: Plan) -> set[str]:
    """Asks a plan again, which recommends on it twice, and reports it; the sections that nobody could read."""
    drift(plan, TODAY, price_book())
    return {id for language in LANGUAGES for id in unreadable(build(plan, language, TODAY))}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value that says something, with its path."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from leaves(one, f"{path}[{place}]")
    elif value is not None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        yield path, str(float(value)) if is_number else str(value)


def lost(before: Answer, plan: Plan) -> list[str]:
    """What stood in a plan file and does not stand in what the plan would be kept as."""
    parts = ("evidence", "answers", "notes", "customer", "overrides", "inputs")
    then, now = ({part: shape.get(part, {}) for part in parts} for shape in (before, plan.to_json()))
    return [
        f"{path} = {value}"
        for path, value in sorted({(moved(path), value) for path, value in leaves(then)} - set(leaves(now)))
    ]


def moved(path: str) -> str:
    if path in ROWS:
        return f"{path}.rows"
    return next((now + path.removeprefix(old) for old, now in MOVED.items() if path.startswith(old)), path)


def trouble_without(shape: Answer, fields: Sequence[Field]) -> str | None:
    """What goes wrong with a plan that lacks these fields; a needed one may leave its part unread."""
    short = without(shape, fields)
    needed = [field for field in fields if is_needed(field)]
    try:
        plan = from_json(short)
        sections = unread(plan) - {SECTIONS.get(part, part) for part, _ in needed}
        if sections:
            return f"cannot be read: {', '.join(sorted(sections))}"
        if from_json(plan.to_json()) != plan:
            return "changes on its way through a file"
        return None if needed else next((f"loses {value}" for value in lost(short, plan)), None)
    except Problem as problem:
        # A question about money that lacks half of itself is refused with the name of the field.
        is_the_question = any(field.startswith("scenario.") for _, field in needed)
        return None if is_the_question else f"Problem {problem.id} {problem.fields}"
    except Exception as error:
        error.add_note(f"without {fields}")
        raise


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_of_an_earlier_version_opens_and_is_reported_in_full(name: str) -> None:
    plan = from_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert recommend(plan.answers, plan.evidence, TODAY).assessments
    assert unread(plan) == set()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_an_earlier_plan_is_lost(name: str) -> None:
    plan = from_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert from_json(plan.to_json()) == plan
    assert from_yaml(plan.to_yaml()) == plan
    assert lost(written(name), plan) == []


@pytest.mark.parametrize("name", [name for name in NAMES if rounds()[name]])
def test_a_plan_that_lacks_a_field_is_still_read_in_full(name: str) -> None:
    shape = written(name)
    troubles = []
    for fields in rounds()[name]:
        if together := trouble_without(shape, fields):
            alone = {field: trouble_without(shape, [field]) for field in fields}
            said = [f"{'.'.join(field)}: {trouble}" for field, trouble in alone.items() if trouble]
            troubles += said or [f"{', '.join(map('.'.join, fields))}: {together}"]
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("field", LATER)
def test_the_baseline_page_shows_an_answer_that_lacks_a_field(field: str) -> None:
    app = opened("baseline", "ja", plan_without([field]))
    assert not app.exception
    assert [error.value for error in app.error] == []
    assert phrase("baseline.rung.linear_svm", "ja") in app.dataframe[0].value.to_string()


def test_every_page_opens_on_a_baseline_of_an_earlier_version() -> None:
    app = opened("overview", "ja", plan_without(LATER))
    for page in PAGES:
        app.switch_page(f"advisor/pages/{page.name}.py").run()
        assert not app.exception, page.name
        assert (page.name, [error.value for error in app.error]) == (page.name, [])
        assert phrase("report.unreadable", "ja") not in words(app), page.name
