"""Every kind of answer, one module each: its shape, what it says to the rules and to people, and how it is renewed.

`KINDS` is the only list of them, and it is the folder: a module here with an `Answer` in it is a kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import ValidationError

import advisor.answers as every
from advisor.quantities import Quantity, Value
from advisor.shapes import Aim, Answer, Kind, Unread

# Each is filled when it is first asked for, so that one kind alone loads no other.
KINDS: Mapping[str, type[Answer]]
FINDINGS: Mapping[str, Kind]
# The words a finding may say; the rules and the search for what would change the answer know no others.
WORDS: Mapping[str, tuple[str, ...]]


def __getattr__(name: str) -> Any:
    if name not in ("KINDS", "FINDINGS", "WORDS"):
        raise AttributeError(name)
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Answer) and one.__module__ == module.__name__
    ]
    kinds = {kind.NAME: kind for kind in sorted(found, key=lambda kind: kind.PLACE)}
    findings = {name: said for kind in kinds.values() for name, said in kind.FINDINGS.items()}
    words = {name: said for name, said in findings.items() if isinstance(said, tuple)}
    globals().update(KINDS=kinds, FINDINGS=findings, WORDS=words)
    return globals()[name]


def read_answer(kind: str, shape: object) -> Answer:
    """An answer from its JSON; what cannot be read as its kind is kept as it is, with the place that is wrong."""
    if isinstance(shape, Answer):
        return shape
    raw: Mapping[str, Any] = shape if isinstance(shape, Mapping) else {}
    if kind not in every.KINDS:
        return Unread(raw=raw)
    try:
        return every.KINDS[kind].model_validate(every.KINDS[kind].migrated(raw))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return Unread(raw=raw, field=place, found=" ".join(str(first["input"]).split())[:60])


def findings_of(evidence: Mapping[str, Answer], aim: Aim | None = None) -> dict[str, Value]:
    """What a plan's answers say to the rules, by name; what is not known is absent.

    >>> findings_of({"baseline": read_answer("baseline", {"verdict": "llm_trial"})})
    {'baseline_verdict': 'llm_trial'}
    """
    found: dict[str, Value] = {}
    for kind in every.KINDS:
        if kind in evidence:
            said = evidence[kind].findings(aim)
            known = {name: _typed(name, value) for name, value in said.items() if value is not None}
            found = known | found
    return found


def _typed(name: str, value: Any) -> Value:
    kind = every.FINDINGS[name]
    found: Value = kind(value) if isinstance(kind, type) and issubclass(kind, Quantity) else value
    return found
