"""The dated set of models that ships with the product: what is known when the Hub cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from advisor.models import ModelFacts, ModelReport, assess
from advisor.models.licences import LicenceClass, licence_book
from pricing.sources import parse_yaml

FOLDER = Path(__file__).parent.parent / "data" / "models"
FIRST = ("qwen", "japanese", "llama", "gemma", "mistral", "phi")
LAST = ("encoders", "datasets")
RECORD = re.compile(r"^- id: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Snapshot(Mapping[str, ModelFacts]):
    """Shipped records by id, each read when it is first asked for: one question needs a few of two hundred."""

    texts: Mapping[str, str]
    read: dict[str, ModelFacts] = field(default_factory=dict, repr=False)

    def __getitem__(self, id: str) -> ModelFacts:
        if id not in self.read:
            (record,) = parse_yaml(self.texts[id])
            self.read[id] = ModelFacts.model_validate(record)
        return self.read[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


@cache
def snapshot() -> Snapshot:
    """Every shipped record by id; the families that teams ask for most come first."""
    files = sorted(FOLDER.glob("*.yaml"), key=lambda path: (*_place(path.stem), path.stem))
    return Snapshot({id: text for path in files for id, text in _records(path.read_text(encoding="utf-8"))})


def _records(text: str) -> Iterable[tuple[str, str]]:
    """The id and the text of every record of one file; each starts a line with `- id: `."""
    starts = [*RECORD.finditer(text)]
    ends = [*(start.start() for start in starts[1:]), len(text)]
    return [(start[1], text[start.start() : end]) for start, end in zip(starts, ends, strict=True)]


def _place(family: str) -> tuple[int, int]:
    if family in FIRST:
        return 0, FIRST.index(family)
    return (2, LAST.index(family)) if family in LAST else (1, 0)


def shipped(repository: str) -> ModelFacts | None:
    """The shipped facts of one id; the Hub ignores case in ids, and so does this."""
    found = snapshot().get(repository)
    if found is None:
        lower = repository.lower()
        found = next((snapshot()[id] for id in snapshot() if id.lower() == lower), None)
    return found


def relative(repository: str) -> ModelFacts | None:
    """The shipped facts of a parent or, as `datasets/…`, of a data set."""
    return shipped(repository.removeprefix("datasets/"))


def from_snapshot(model: str) -> ModelReport | None:
    """What the shipped set of models says of one, None where it is not in it."""
    facts = shipped(model)
    return None if facts is None else assess(facts, relative)


@dataclass(frozen=True)
class Wanted:
    """What a search asks for; an empty field asks for nothing. Sizes in parameters."""

    words: str = ""
    language: str | None = None
    licence_class: LicenceClass | None = None
    smallest: int | None = None
    largest: int | None = None
    task: str | None = None

    def matches(self, facts: ModelFacts) -> bool:
        """Whether a model has everything that is asked for; what it does not state does not match."""
        return (
            all(word in facts.id.lower() for word in self.words.lower().split())
            and (self.language is None or self.language in facts.languages)
            and (self.licence_class is None or self.licence_class in licence_classes(facts))
            and self._size_matches(facts)
            and (self.task is None or self.task == facts.task)
        )

    def _size_matches(self, facts: ModelFacts) -> bool:
        if self.smallest is None and self.largest is None:
            return True
        parameters = facts.parameter_count()
        if parameters is None:
            return False
        return (self.smallest or 0) <= parameters <= (self.largest or parameters)


def licence_classes(facts: ModelFacts) -> frozenset[LicenceClass]:
    """The classes of the licences that a repository itself declares."""
    found = (licence_book().find(declared, facts.licence_name) for declared in facts.licences)
    return frozenset(licence.licence_class for licence in found if licence)


def search_shipped(wanted: Wanted) -> list[ModelFacts]:
    """Shipped models that match, in the order of the snapshot."""
    return [facts for facts in _models(snapshot().values()) if wanted.matches(facts)]


def _models(records: Iterable[ModelFacts]) -> Iterable[ModelFacts]:
    return (facts for facts in records if facts.kind == "model")
