"""Loops over every record of every data file: it loads, has its source, and speaks both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from advisor.language import phrase_keys
from advisor.references import references
from pricing.sources import Source, read_yaml
from tests.test_layers import ROOT, SOURCES, nodes

DATA = sorted(
    path for top in ("pricing", "baselines", "advisor") for path in (ROOT / top / "data").rglob("*.yaml")
)
PHRASES = ROOT / "advisor" / "data" / "phrases"
JAPANESE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
LATIN_WORD = re.compile(r"\b[a-z]{3,}\b")


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def content(path: Path) -> Any:
    return read_yaml(path)


def texts(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping that says something under `ja` or `en`, with its place in the file.

    What commands printed into a plan repeats texts of other files, beside keys of its own.
    """
    if isinstance(value, dict):
        if any(not isinstance(value[half], dict) for half in ("ja", "en") if half in value):
            yield place, value
        for key, inner in value.items():
            if (key, place) != ("evidence", "") or "schema_version" not in value:
                yield from texts(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from texts(inner, f"{place}[{index}]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("path", DATA, ids=label)
def test_every_data_file_loads_and_holds_something(path: Path) -> None:
    assert content(path)


@pytest.mark.parametrize("path", DATA, ids=label)
def test_every_text_is_complete_in_both_languages(path: Path) -> None:
    for place, text in texts(content(path)):
        assert set(text) == {"ja", "en"}, f"{place}: {sorted(text)}"
        assert all(isinstance(half, str) and half.strip() for half in text.values()), f"{place} is empty"


@pytest.mark.parametrize("path", DATA, ids=label)
def test_japanese_is_written_in_japanese(path: Path) -> None:
    """A name, a sign or a figure may do without kana and kanji; words of another language may not."""
    for place, text in texts(content(path)):
        words = LATIN_WORD.findall(re.sub(r"\{.*?\}", "", text["ja"]))
        assert JAPANESE.search(text["ja"]) or not words or text["ja"] == text["en"], f"{place}: {text['ja']}"


@pytest.mark.parametrize("path", sorted(PHRASES.glob("*.yaml")), ids=label)
def test_both_halves_of_a_phrase_have_the_same_placeholders(path: Path) -> None:
    for place, text in texts(content(path)):
        assert placeholders(text["ja"]) == placeholders(text["en"]), place


# Facts of the world, each with its source.

# What our own files say rather than the world: words, and values to start from that a user changes.
OURS = (
    "advisor/data/phrases/",
    "advisor/data/glossary/",
    "advisor/data/examples/",
    "advisor/data/templates/",
    "advisor/data/judges/designs.yaml",
    "advisor/data/judges/rubrics.yaml",
    "advisor/data/inputs.yaml",
    "advisor/data/formulas.yaml",  # each is held against its function by test_page_methods
    "pricing/data/presets.yaml",
    "pricing/data/new_arms.yaml",
)
FACTS = [path for path in DATA if not label(path).startswith(OURS)]


def facts(path: Path) -> Iterator[tuple[str, Any]]:
    """The records of a file that must each be vouched for; of an offer, each of its prices and its lifecycle."""
    tree = content(path)
    if path.parent.name == "offers":
        for offer in tree:
            yield f"{offer['id']}.lifecycle", offer["lifecycle"]
            yield from ((f"{offer['id']}.prices", price) for price in offer["prices"])
    elif path.name == "gpus.yaml":
        yield from ((gpu["id"], price) for gpu in tree for price in gpu["prices"])
    elif path.name == "checklist.yaml":
        yield from ((question["id"], question) for question in tree["questions"])
    elif path.name in {"rules.yaml", "licences.yaml"}:
        lists = ("rules",) if path.name == "rules.yaml" else ("licences", "named")
        yield from ((record["id"], record) for name in lists for record in tree[name])
    elif isinstance(tree, list):
        yield from ((str(record.get("id", place)), record) for place, record in enumerate(tree))
    else:
        yield from ((name, record) for name, part in tree.items() for record in nested_records(part))


def nested_records(part: Any) -> Iterator[Any]:
    """The mappings of a part that hold figures of their own, however deep they lie."""
    if isinstance(part, list):
        for inner in part:
            yield from nested_records(inner)
    elif isinstance(part, dict) and all(isinstance(inner, list) for inner in part.values()):
        for inner in part.values():
            yield from nested_records(inner)
    elif isinstance(part, dict) and any(isinstance(inner, dict) for inner in part.values()):
        yield part


def vouchers(value: Any) -> Iterator[Source | str]:
    """Every source given in full inside a record, and every id of a reference it cites."""
    if isinstance(value, list):
        for inner in value:
            yield from vouchers(inner)
    elif isinstance(value, dict):
        if {"url", "checked", "kind"} <= set(value):
            yield Source.model_validate({key: value.get(key) for key in Source.model_fields})
        for key, inner in value.items():
            cited = [inner] if isinstance(inner, str) else inner
            if key in {"source", "sources"} and isinstance(cited, list):
                yield from (id for id in cited if isinstance(id, str))
            yield from vouchers(inner)


@pytest.mark.parametrize("path", FACTS, ids=label)
def test_every_fact_is_vouched_for(path: Path) -> None:
    records = list(facts(path))
    assert records
    assert [name for name, record in records if not any(vouchers(record))] == []


@pytest.mark.parametrize("path", FACTS, ids=label)
def test_every_source_is_an_address_read_on_a_day_that_has_come(path: Path) -> None:
    for found in vouchers(content(path)):
        if isinstance(found, str):
            assert found in references(), f"{found} is cited but not entered in references.yaml"
        else:
            our_own = found.kind in {"judgement", "measured"}
            assert our_own or found.url.startswith(("https://", "http://")), found
            assert date(2023, 1, 1) <= found.checked <= date(2026, 11, 30), found


# Problems and phrases, as the code names them.


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@cache
def calls_by_name() -> dict[str, list[tuple[str, ast.Call]]]:
    """Every call in the product under the name of the function or method called, with the place it stands."""
    found: dict[str, list[tuple[str, ast.Call]]] = {}
    for module, tree in SOURCES.items():
        for node in nodes(tree):
            if isinstance(node, ast.Call):
                found.setdefault(called(node), []).append((f"{module}:{node.lineno}", node))
    return found


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function or method with one of `names`, with the place it stands."""
    for name in names:
        yield from calls_by_name().get(name, [])


def constants(node: ast.AST) -> list[str]:
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def named(node: ast.expr) -> list[str]:
    """The ids an argument can be: the one written, or both sides of a choice; none for a computed one."""
    if isinstance(node, ast.IfExp):
        return named(node.body) + named(node.orelse)
    if isinstance(node, ast.Call):
        return [id for argument in node.args for id in named(argument)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def sentences() -> dict[str, dict[str, str]]:
    """Every phrase by its dotted key; files named `problems_*` share the area `problems`."""
    found = {}
    for path in PHRASES.glob("*.yaml"):
        area = "problems" if path.stem.startswith("problems") else path.stem
        found |= {f"{area}{place}": text for place, text in texts(content(path))}
    return found


SENTENCES = sentences()


def is_passed_on(call: ast.Call) -> bool:
    """Whether a Problem is built again from another one, perhaps with a field added: `Problem(problem.id, …)`."""
    first = call.args[0]
    if isinstance(first, ast.Subscript):
        return ast.unparse(first.slice) == "'id'"
    return isinstance(first, ast.Attribute) and first.attr == "id"


PROBLEMS = [(place, call) for place, call in calls("Problem") if call.args]
RAISED = [(place, call) for place, call in PROBLEMS if not is_passed_on(call)]
ADDED_LATER = {
    place.split(":")[0]: {keyword.arg for keyword in call.keywords}
    for place, call in PROBLEMS
    if is_passed_on(call)
}
SAID = [
    (place, call)
    for place, call in calls("say", "phrase")
    if call.args and isinstance(call.args[0], ast.Constant) and "." in str(call.args[0].value)
]


def test_the_phrases_are_all_known_to_the_product() -> None:
    assert set(SENTENCES) == set(phrase_keys())


@pytest.mark.parametrize(("place", "call"), RAISED, ids=[place for place, _ in RAISED])
def test_every_problem_raised_has_a_sentence_that_its_fields_fill(place: str, call: ast.Call) -> None:
    ids = named(call.args[0])
    assert ids, f"{place} names its problem by a variable; name it where it is raised"
    given = {keyword.arg for keyword in call.keywords} | ADDED_LATER.get(place.split(":")[0], set()) - {None}
    for id in ids:
        known = f"problems.{id}" in SENTENCES
        assert known, f"{place}: no sentence for {id}"
        wanted = placeholders(SENTENCES[f"problems.{id}"]["en"])
        assert None in given or wanted <= given, f"{place}: {id} wants {sorted(wanted)}"


@pytest.mark.parametrize(
    ("place", "call"), SAID, ids=[f"{place}-{constants(call.args[0])[0]}" for place, call in SAID]
)
def test_every_phrase_said_exists_and_gets_its_values(place: str, call: ast.Call) -> None:
    key = constants(call.args[0])[0]
    known = key in SENTENCES
    assert known, f"{place}: no phrase {key}"
    given = {keyword.arg for keyword in call.keywords}
    assert None in given or placeholders(SENTENCES[key]["en"]) <= given, f"{place}: {key} lacks values"


# Values that carry an id instead of a sentence, and the area of the phrases in which the id is put into words.
WORDED = (
    ("pricing", "Note", "cost.note"),
    ("baselines", "Reason", "baseline.reason"),
    ("baselines", "Finding", "baseline.reason"),
    ("advisor.preparation.findings", "Finding", "preparation.finding"),
)
CARRIED = [
    (place, id, f"{area}.{id}")
    for package, maker, area in WORDED
    for place, call in calls(maker)
    if place.startswith(package) and call.args
    for id in named(call.args[0])
]


@pytest.mark.parametrize(("place", "id", "key"), CARRIED, ids=[f"{place}-{id}" for place, id, _ in CARRIED])
def test_every_id_that_stands_for_a_sentence_has_one(place: str, id: str, key: str) -> None:
    known = key in SENTENCES
    assert known, f"{place}: {id} has no phrase {key}"


def mentioned() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every string in the code that could name a phrase: whole ones, and f-strings whose holes stand for anything."""
    whole, holed = set(), set()
    for tree in SOURCES.values():
        for node in nodes(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values
                ]
                holed.add("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, [re.compile(pattern) for pattern in holed if pattern.replace(".+", "").strip("\\. ")]


def test_no_phrase_is_left_that_nothing_says() -> None:
    whole, holed = mentioned()
    areas = tuple(
        f"{text}."
        for _, call in calls("name", "told", "called")
        for argument in call.args[:2]
        for text in constants(argument)
    )

    def is_said(key: str) -> bool:
        forms = {key, key.split(".", 1)[1]}
        return (
            bool(forms & whole)
            or key.startswith(areas)
            or any(pattern.fullmatch(form) for pattern in holed for form in forms)
        )

    assert [key for key in SENTENCES if not is_said(key)] == []
