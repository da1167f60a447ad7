"""The papers, official pages and reported failures that questions, rules and tasks cite, each entered once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pricing import Problem
from pricing.sources import Source, read_records

FILE = Path(__file__).parent / "data" / "references.yaml"


class Reference(Source):
    """A source under the id it is cited by and the title it is known by."""

    id: str
    title: str


@cache
def references() -> Mapping[str, Reference]:
    """Every reference by its id; an id given twice is a Problem.

    >>> references()["ovadia_2023"].kind
    'paper'
    """
    found: dict[str, Reference] = {}
    for reference in read_records(FILE, Reference):
        if reference.id in found:
            raise Problem("reference_twice", reference=reference.id)
        found[reference.id] = reference
    return found
