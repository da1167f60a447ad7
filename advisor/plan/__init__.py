"""The plan: what a team answered, measured and decided, as of one day.

A plan is a value. Changing it gives a new one; keeping it is `advisor.store`'s work. As a file it is YAML
that people can read and keep in git; nothing is lost on the way out and back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from advisor.language import LANGUAGES, Language, Text
from pricing import Problem
from pricing.sources import MOST_DEPTH, parse_yaml

SCHEMA_VERSION = 1
MOST_CHARACTERS = 20_000_000
# Beyond the basic plane of Unicode, and halves of what is there.
BEYOND_C = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
EXAMPLES = Path(__file__).parent.parent / "data" / "examples" / "plans"
TEMPLATES = Path(__file__).parent.parent / "data" / "templates"
# How the pages remember which work they began and what for; nobody typed it.
BOOKKEEPING = (".job", ".asked", ".ran", ".kept", ".done", "_job")


@dataclass(frozen=True)
class Plan:
    """Everything a plan holds.

    `answers`: question id -> choice id or value. `notes`: question id -> who said what, when, owner, due.
    `evidence`: command name -> the JSON that command printed. `overrides`: prices and facts the team knows
    better. `inputs`: what was typed on the pages, by field name.
    """

    title: Text
    on: date
    language: Language = "ja"
    customer: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def get(self, path: str, default: Any = None) -> Any:
        """What stands under `part.name`, such as `answers.purpose` or `inputs.cost.months`."""
        part, name = path.split(".", 1)
        return getattr(self, part).get(name, default)

    def put(self, path: str, value: Any) -> Plan:
        """This plan with `value` under `part.name`; None takes the entry out.

        >>> new_plan(date(2026, 11, 22)).put("answers.purpose", "format_and_tone").answers["purpose"]
        'format_and_tone'
        """
        part, name = path.split(".", 1)
        kept = {key: old for key, old in getattr(self, part).items() if key != name}
        changed = kept if value is None else kept | {name: value}
        return replace(self, **{part: changed})  # type: ignore[arg-type]

    def having(self, entries: Mapping[str, Any]) -> Plan:
        """This plan with every one of the `entries` put."""
        plan = self
        for path, value in entries.items():
            plan = plan if plan.get(path) == value else plan.put(path, value)
        return plan

    def retitled(self, title: Text) -> Plan:
        """This plan under another title."""
        return replace(self, title=title)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        shape = {name.name: getattr(self, name.name) for name in fields(self)}
        shape |= {"title": {"ja": self.title.ja, "en": self.title.en}, "on": self.on.isoformat()}
        return {"schema_version": shape.pop("schema_version"), **shape}

    def to_yaml(self) -> str:
        """The plan as YAML, in the order a reader wants."""
        return _written(_plain(self.to_json()))


def is_bookkeeping(path: str) -> bool:
    """Whether `part.name` is a page's own note, and nothing that the team said."""
    return path.startswith("inputs.") and path.endswith(BOOKKEEPING)


def new_plan(on: date, language: Language = "ja") -> Plan:
    """An empty plan of the day `on`."""
    return Plan(title=Text(ja="新しい計画", en="New plan"), on=on, language=language)


def from_yaml(text: str) -> Plan:
    """A plan from its YAML (or JSON) text; a Problem names the place that is wrong."""
    if len(text) > MOST_CHARACTERS:
        raise Problem("plan_too_large", found=len(text), most=MOST_CHARACTERS)
    if text.lstrip().startswith("{"):
        return from_json(_json(text))
    shape = parse_yaml(text, typed=True)
    if isinstance(shape, dict):
        as_written = parse_yaml(text)
        shape |= {part: as_written[part] for part in ("answers", "customer", "title") if part in shape}
    return from_json(shape)


def from_json(shape: Any) -> Plan:
    """A plan from plain values, checked field by field."""
    if not isinstance(shape, Mapping):
        raise Problem("plan_not_a_mapping", found=type(shape).__name__)
    known = {name.name for name in fields(Plan)}
    for key in shape:
        if key not in known:
            raise Problem("plan_unknown_key", key=key, known=sorted(known))
    version = _version(shape.get("schema_version"))
    parts = {
        name: _mapping(shape, name)
        for name in ("answers", "notes", "evidence", "customer", "overrides", "inputs")
    }
    return Plan(
        title=_title(shape.get("title")),
        on=_day(shape.get("on")),
        language=_language(shape.get("language", "ja")),
        schema_version=version,
        **parts,
    )


@cache
def example(name: str) -> Plan:
    """One of the worked examples that ship with the product, by its file name without ending."""
    return from_yaml((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))


def example_names() -> list[str]:
    """The worked examples that ship with the product."""
    return sorted(path.stem for path in EXAMPLES.glob("*.yaml"))


def template_names() -> list[str]:
    """The templates a new plan can start from."""
    return sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


@cache
def template(name: str) -> Plan:
    """One of the templates, by its file name without ending."""
    return from_yaml((TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8"))


def _json(text: str) -> Any:
    def no_constant(name: str) -> None:
        raise Problem("plan_not_finite", found=name)

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=_no_twice)
    except json.JSONDecodeError as error:
        raise Problem("yaml_unreadable", line=error.lineno) from error
    except RecursionError as error:
        raise Problem("yaml_too_deep", most=MOST_DEPTH) from error


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Problem("yaml_duplicate_key", key=key, line=1)
        found[key] = value
    return found


def _version(found: Any) -> int:
    try:
        version = int(found)
    except (TypeError, ValueError):
        raise Problem("plan_no_version", found=found) from None
    if version != SCHEMA_VERSION:
        raise Problem("plan_other_version", found=version, known=SCHEMA_VERSION)
    return version


def _mapping(shape: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = shape.get(name) or {}
    if not isinstance(found, Mapping):
        raise Problem("plan_wrong_type", key=name, found=type(found).__name__)
    deep = name in {"notes", "evidence"}
    for key, value in found.items():
        if deep and not isinstance(value, Mapping):
            raise Problem("plan_wrong_type", key=f"{name}.{key}", found=type(value).__name__)
        if name == "answers" and not isinstance(value, str | int | float):
            raise Problem("plan_wrong_type", key=f"{name}.{key}", found=type(value).__name__)
    if name == "answers":
        return {str(key): str(value) for key, value in found.items()}
    return {str(key): value for key, value in found.items()}


def _title(found: Any) -> Text:
    if isinstance(found, str):
        return Text(ja=found, en=found)
    if isinstance(found, Mapping) and all(isinstance(found.get(side), str) for side in LANGUAGES):
        return Text(ja=found["ja"], en=found["en"])
    raise Problem("plan_wrong_type", key="title", found=type(found).__name__)


def _day(found: Any) -> date:
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        raise Problem("plan_no_day", found=found) from None


def _language(found: Any) -> Language:
    if found not in LANGUAGES:
        raise Problem("plan_wrong_type", key="language", found=found)
    return cast("Language", found)


def _written(shape: Any) -> str:
    """As YAML, by the C emitter (four times as fast) where it writes what the slow one does.

    It writes 𠮷 and 😀 as escapes and fails on lone surrogates; a plan with any of these goes the slow way.
    """
    beyond = BEYOND_C.search(json.dumps(shape, ensure_ascii=False, default=str))
    dumper = yaml.SafeDumper if beyond else yaml.CSafeDumper
    return yaml.dump(shape, Dumper=dumper, allow_unicode=True, sort_keys=False, width=110)


def _plain(value: Any) -> Any:
    """Mappings and tuples as the plain dicts and lists that YAML writes without tags."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
