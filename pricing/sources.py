"""How every sourced fact is read and vouched for.

YAML scalars stay strings until a Record's types say what they are, so `0.40` becomes an exact Decimal and
`no` is a word. A key given twice, an alias bomb or an unknown field is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from pricing import Problem

DATA = Path(str(files("pricing") / "data"))
STALE_AFTER = timedelta(days=90)
MOST_ALIASES = 100
MOST_DEPTH = 100

Kind = Literal["official", "copy", "paper", "measured", "judgement"]


class Record(BaseModel):
    """A fact as read from a file: frozen, and no field that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Record):
    """Where a fact was read, what kind of place that is, and the day it was last checked."""

    url: str
    checked: date
    kind: Kind
    note: str | None = None

    def is_stale(self, on: date) -> bool:
        """Whether more than 90 days lie between the check and `on`."""
        return on - self.checked > STALE_AFTER


class _PlainLoader(yaml.CSafeLoader):
    """Safe loading in which every scalar is a string, except an empty one, which is None.

    libyaml's parser, since PyYAML's own refuses a question mark inside `{ja: なんで?, en: why}`.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value == "<<":
                raise Problem("yaml_merge_key", line=key.start_mark.line + 1)
            if key.value in seen:
                raise Problem("yaml_duplicate_key", key=key.value, line=key.start_mark.line + 1)
            seen.add(key.value if isinstance(key.value, str) else str(key.value))
        return super().construct_mapping(node, deep)


# Only the empty scalar and `null`/`~` keep a meaning of their own; numbers, dates and yes/no stay words.
_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _TypedLoader(_PlainLoader):
    """The same care, with JSON's types: whole and decimal numbers, true, false and null; nothing else."""


_TypedLoader.yaml_implicit_resolvers = {
    letter: list(kept) for letter, kept in _PlainLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _letters in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?$", "-0123456789"),
):
    _TypedLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_letters))


def parse_yaml(text: str, *, typed: bool = False) -> Any:
    """Strings, lists and dicts from YAML text; with `typed` also JSON's numbers, true and false.

    A Problem names the line that cannot be read.

    >>> parse_yaml("rate: 0.40"), parse_yaml("rows: 400", typed=True)
    ({'rate': '0.40'}, {'rows': 400})
    """
    try:
        _refuse_bombs(text)
        return yaml.load(text, Loader=_TypedLoader if typed else _PlainLoader)  # noqa: S506 - safe loaders
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Problem("yaml_unreadable", line=mark.line + 1 if mark else 1) from error


def _refuse_bombs(text: str) -> None:
    """Stop at too many aliases or too deep a nesting before anything is built."""
    aliases = depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if aliases > MOST_ALIASES:
            raise Problem("yaml_too_many_aliases", most=MOST_ALIASES)
        if depth > MOST_DEPTH:
            raise Problem("yaml_too_deep", most=MOST_DEPTH)


def read_yaml(path: Path) -> Any:
    """`parse_yaml` of a UTF-8 file; a Problem also names the file."""
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except Problem as problem:
        raise Problem(problem.id, file=path.name, **problem.fields) from problem


R = TypeVar("R", bound=Record)


def read_records(path: Path, record: type[R]) -> list[R]:
    """Every record of a YAML list; a Problem names the file, the record and the field that is wrong."""
    items = enumerate(read_yaml(path) or [])
    return [as_record(item, record, f"{path.name}[{place}]") for place, item in items]


def as_record(item: Any, record: type[R], place: str) -> R:
    """The record that an item of a file is; a Problem names `place` and the field that is wrong."""
    try:
        return record.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise Problem("record_invalid", place=place, field=field, found=first["msg"]) from error
