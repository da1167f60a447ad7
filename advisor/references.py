"""The papers, official pages and reported failures that questions, rules and tasks cite, each entered once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from advisor.language import Language, Text
from pricing import Problem
from pricing.sources import Source, read_records

FILE = Path(__file__).parent / "data" / "references.yaml"


class Reference(Source):
    """A source under the id it is cited by and the title it is known by; `read` is what of it was read, and how.

    A publication keeps the title it has; what was measured or judged here is called in both languages.
    """

    id: str
    title: Text | str
    read: Text | None = None

    def named(self, language: Language) -> str:
        """The title as a reader of `language` knows it."""
        return self.title if isinstance(self.title, str) else self.title.say(language)


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
