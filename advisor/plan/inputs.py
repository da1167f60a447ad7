"""What the pages keep of a plan, one model a page: each entry's type, the label of its field, and its words.

`data/inputs.yaml` declares them. An entry is kept as `<page>.<name>`; of a name with parts, such as
`cost.today.few_shot.examples`, the last counts, and a name that goes on, such as `evaluation.criteria_qa_ja`, is the
entry that it begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from advisor.language import Language, phrase
from advisor.quantities import Named
from pricing.sources import Record, read_yaml

FILE = Path(__file__).parent.parent / "data" / "inputs.yaml"
TYPES: Mapping[str, Any] = {
    "text": str,
    "yes_or_no": bool,
    "whole": int,
    "number": float,
    "day": date,
    "names": list[str],
    "file": dict[str, Any],
    "entries": dict[str, Any],
    "rows": list[dict[str, Any]],
}


class Entry(Record):
    """One entry. `noted`: a page remembers by it which work it began, and no history tells it."""

    model_config = ConfigDict(populate_by_name=True)

    kind: str = Field(alias="is")
    label: str | None = None
    said_in: str | None = None
    noted: bool = False

    @cached_property
    def type(self) -> TypeAdapter[Any]:
        """What its values are."""
        return TypeAdapter(TYPES[self.kind], config=ConfigDict(coerce_numbers_to_str=True))


class Page(Record):
    """What one page keeps; `part_of` is the page that it is a part of."""

    part_of: str | None = None
    entries: Mapping[str, Entry]


@cache
def pages() -> Mapping[str, Page]:
    """What is declared, by page."""
    return {name: Page.model_validate(page) for name, page in read_yaml(FILE).items()}


@cache
def declared(path: str) -> Entry | None:
    """What is declared of the entry `inputs.<path>`; None where nothing is."""
    area, *others = path.split(".")
    known = pages()[area].entries if area in pages() else {}
    # A finding that was ticked is kept as `preparation.left_out.<finding>`.
    for name in (*others[-1:], *others[:1]):
        fitting = [entry for entry in known if name == entry or name.startswith(f"{entry}_")]
        if fitting:
            return known[max(fitting, key=len)]
    return None


def is_noted(path: str) -> bool:
    """Whether nobody typed the entry `inputs.<path>`."""
    entry = declared(path)
    return entry is not None and entry.noted


def read_input(path: str, value: Any, default: Any) -> Any:
    """A kept value as its page declares it; the default where it does not fit.

    >>> read_input("models.rank", "16", 8), read_input("models.rank", {"a": 1}, 8)
    (16, 8)
    """
    entry = declared(path)
    try:
        return value if entry is None else entry.type.validate_python(value)
    except ValidationError:
        return default


def input_called(path: str, language: Language) -> str:
    """What the entry `inputs.<path>` is called.

    >>> input_called("cost.today.requests_per_month", "en"), input_called("models.rank", "en")
    ('Cost: Requests a month', 'Models: Rank (LoRA family)')
    """
    area, entry = path.partition(".")[0], declared(path)
    page = page_called((pages()[area].part_of if area in pages() else None) or area, language)
    if entry is None or entry.label is None:
        return phrase("history.typed", language, page=page)
    return phrase("history.input", language, page=page, label=phrase(entry.label, language))


def input_shown(path: str, value: str, language: Language) -> str:
    """A value of the entry `inputs.<path>`, in words where it is an id that we know.

    >>> input_shown("baseline.ran.metric", "macro_f1", "en")
    'Macro-F1'
    """
    entry = declared(path)
    return Named(entry.said_in, value).say(language) if entry and entry.said_in else value


def page_called(page: str, language: Language) -> str:
    """A page's name; its id where an older or foreign file holds one that is not known here."""
    return Named("common.pages", page).say(language)
