"""JSON Lines, a JSON list of objects, and chat files, each object one row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from baselines import Problem
from baselines.table import Kind, Limits, Table, assemble

CHAT_ROLES = ("system", "user", "assistant")


def read_json_rows(text: str, encoding: str, limits: Limits) -> Table:
    """One row an object, one column a key in order of appearance; a missing or null value is an empty cell.

    Where objects have `messages`, as chat files do, what each role said becomes a column before the others.
    """
    is_list = text.lstrip().startswith("[")
    objects = list(_list(text) if is_list else _lines(text, limits))
    if len(objects) > limits.rows:
        raise Problem("rows_too_many", limit=limits.rows)
    kind: Kind = "json" if is_list else "jsonl"
    if any(isinstance(item.get("messages"), list) for item in objects):
        kind, objects = "chat", [said_by(item.get("messages")) | item for item in objects]
    keys = _keys(objects, limits)
    columns = ([cell(item.get(key)) for item in objects] for key in keys)
    return assemble(keys, columns, kind, limits, encoding=encoding)


def _lines(text: str, limits: Limits) -> Iterator[dict[str, Any]]:
    # Not splitlines(): U+2028 may stand inside a JSON string.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            if number > 2 * limits.rows:
                raise Problem("rows_too_many", limit=limits.rows)
            yield _object(_parse(line, number), number)


def _list(text: str) -> Iterator[dict[str, Any]]:
    items = _parse(text, 1)
    return (_object(item, number) for number, item in enumerate(items, start=1))


def _object(item: Any, number: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Problem("json_not_an_object", row=number, found=type(item).__name__)
    return item


def _parse(text: str, line: int) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys, parse_constant=lambda _: None)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except Problem as problem:
        raise Problem(problem.id, **problem.fields, line=line) from problem
    except json.JSONDecodeError as error:
        raise Problem("json_unreadable", line=line + error.lineno - 1, column=error.colno) from error
    except UnicodeEncodeError as error:
        raise Problem("json_half_a_character", line=line) from error
    except (RecursionError, ValueError) as error:
        raise Problem("json_unreadable", line=line, column=1) from error
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Problem("json_key_repeated", key=next(name for name in names if names.count(name) > 1))
    return found


def _keys(objects: Iterable[dict[str, Any]], limits: Limits) -> list[str]:
    keys: dict[str, None] = {}
    for item in objects:
        keys.update(dict.fromkeys(item))
        if len(keys) > limits.columns:
            raise Problem("columns_too_many", limit=limits.columns, found=len(keys))
    return list(keys)


def cell(value: Any) -> str:
    """The text of a JSON value: a string as it is, null as nothing, anything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def said_by(messages: Any) -> dict[str, str]:
    """Role -> what it said, several turns on several lines.

    >>> said_by([{"role": "user", "content": "なんで空は青いの?"}])["user"]
    'なんで空は青いの?'
    """
    turns = [turn for turn in messages if isinstance(turn, dict)] if isinstance(messages, list) else []
    return {
        role: "\n".join(_content(turn.get("content")) for turn in turns if turn.get("role") == role)
        for role in CHAT_ROLES
    }


def _content(content: Any) -> str:
    """Plain text of a message, also where it comes as a list of parts."""
    if isinstance(content, list):
        return "\n".join(cell(part.get("text")) for part in content if isinstance(part, dict))
    return cell(content)
