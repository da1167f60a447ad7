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

# Without these an entry is no longer about anything: its section may say that it cannot be read, or the plan that it
# cannot be opened. `[]` stands for the first of a list.
NEEDED = {
    "baseline": {"scores[].baseline", "scores[].metric", "scores[].mean", "reasons[].id", "flips[].id"},
    "cost": {"arms[].id", "arms[].kind", "break_even[].a", "break_even[].b", "scenario.arms"},
    "model": {"id", "conditions[].id", "context_notes[].id"},
    "preparation": {"findings[].id"},
}
# Values that stand elsewhere in a plan of today: the path they had (`evidence.` left out), and the one they have.
MOVED: Mapping[str, str] = {
    f"dataset.{name}": f"dataset.{name}.rows" for name in ("empty", "duplicates", "conflicts")
}

Answer = dict[str, Any]
Field = tuple[str, str]


@cache
def written(name: str) -> Answer:
    """The file's own keys and values, before anything of ours has understood them."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    texts = parse_yaml(text)
    shape: Answer = parse_yaml(text, typed=True)
    return shape | {part: texts[part] for part in ("answers", "customer", "title") if part in texts}


def fields_of(answer: Any) -> Iterator[tuple[str, frozenset[str]]]:
    """Each key of an answer, of the mappings in it and of the first in its lists, with the keys beside it."""
    for name, value in answer.items():
        yield name, frozenset(answer)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict):
            place = f"{name}[]" if isinstance(value, list) else name
            yield from ((f"{place}.{key}", frozenset(first)) for key in first)


@cache
def fields_to_miss() -> Mapping[str, Sequence[Sequence[Field]]]:
    """For each plan the fields to leave out of it, one of each part of its evidence at a time.

    A field that has stood among the same others in a plan before is not left out again.
    """
    seen = set()
    found: dict[str, Sequence[Sequence[Field]]] = {}
    for name in NAMES:
        new: list[list[Field]] = []
        for part, answer in written(name).get("evidence", {}).items():
            places = [(part, *field) for field in fields_of(answer)]
            new.append([(part, field) for part, field, beside in places if (part, field, beside) not in seen])
            seen |= set(places)
        found[name] = [[field for field in fields if field] for fields in zip_longest(*new)]
    return found


def without(shape: Answer, fields: Sequence[Field]) -> Answer:
    """The same plan without these fields of its evidence."""
    shape = shape | {"evidence": {part: dict(answer) for part, answer in shape["evidence"].items()}}
    for part, field in fields:
        place, _, key = field.rpartition(".")
        name = place.removesuffix("[]")
        holder = shape["evidence"][part]
        if name:
            holder[name] = deepcopy(holder[name])
            holder = holder[name][0] if place.endswith("[]") else holder[name]
        del holder[key]
    return shape


def unreadable(report: ReportModel) -> list[str]:
    """The sections that say so of themselves."""
    said = phrase("report.unreadable", report.language)
    texts = (Paragraph, Items)
    return [
        section.id
        for section in report.sections
        if any(said in str(block) for block in section.blocks if isinstance(block, texts))
    ]


def used(plan: Plan) -> list[str]:
    """Asks everything of a plan that is asked without a page, and names the sections nobody could read."""
    recommend(plan.answers, plan.evidence, TODAY)
    drift(plan, TODAY, price_book())
    return [id for language in LANGUAGES for id in unreadable(build(plan, language, TODAY))]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value that says something, with its path."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from leaves(one, f"{path}[{place}]")
    elif value is not None:
        yield MOVED.get(path, path), str(value)


def lost(before: Answer, plan: Plan) -> list[str]:
    """What stood in a plan file and does not stand in what the plan would be kept as."""
    parts = ("evidence", "answers", "notes", "customer", "overrides", "inputs")
    kept = plan.to_json()
    return [
        f"{part}.{path} = {value}"
        for part in parts
        for path, value in set(leaves(before.get(part, {}))) - set(leaves(kept[part]))
    ]


def trouble_without(shape: Answer, fields: Sequence[Field]) -> str | None:
    """What goes wrong with a plan that lacks these fields; a needed one may leave its section unread."""
    short = without(shape, fields)
    forgiven = any(field in NEEDED.get(part, ()) for part, field in fields)
    try:
        plan = from_json(short)
        sections = used(plan)
        if sections and not forgiven:
            return f"cannot be read: {', '.join(sorted(set(sections)))}"
        if from_json(plan.to_json()) != plan:
            return "changes on its way through a file"
        return next((f"loses {value}" for value in lost(short, plan)), None)
    except Problem as problem:
        return None if forgiven else f"{type(problem).__name__} {problem.id} {problem.fields}"


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_of_an_earlier_version_opens_and_is_reported_in_full(name: str) -> None:
    plan = from_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert used(plan) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_an_earlier_plan_is_lost(name: str) -> None:
    plan = from_yaml((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert from_json(plan.to_json()) == plan
    assert from_yaml(plan.to_yaml()) == plan
    assert lost(written(name), plan) == []


@pytest.mark.parametrize("name", [name for name in NAMES if any(fields_to_miss()[name])])
def test_a_plan_that_lacks_a_field_is_still_read_in_full(name: str) -> None:
    shape = written(name)
    troubles = []
    for fields in fields_to_miss()[name]:
        if trouble_without(shape, fields):
            alone = {f"{part}.{field}": trouble_without(shape, [(part, field)]) for part, field in fields}
            troubles += [f"{field}: {trouble}" for field, trouble in alone.items() if trouble]
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("field", ["collapsed", "skipped", "test_scores"])
def test_every_page_opens_on_a_baseline_that_lacks_a_field(field: str) -> None:
    app = opened("overview", "ja", from_json(without(written(INQUIRIES), [("baseline", field)])))
    for page in PAGES:
        app.switch_page(f"advisor/pages/{page.name}.py").run()
        assert not app.exception, page.name
        assert phrase("report.unreadable", "ja") not in words(app), page.name
