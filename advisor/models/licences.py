"""What a licence allows: one question per permission, and the conditions behind every answer.

The texts of licences stay with their authors; what stands in `data/licences.yaml` is our reading of them, in a
closed vocabulary of conditions, each in both languages. Technical triage, not legal advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from advisor.language import Text
from pricing import Problem
from pricing.sources import Record, Source, read_yaml

FILE = Path(__file__).parent.parent / "data" / "licences.yaml"

Answer = Literal["yes", "conditional", "no", "unknown"]
Question = Literal["use", "fine_tune", "share", "train_on_outputs"]
LicenceClass = Literal[
    "permissive", "copyleft", "use_restricted", "community", "restricted", "non_commercial", "unclear"
]
QUESTIONS: tuple[Question, ...] = ("use", "fine_tune", "share", "train_on_outputs")
STRICTNESS: Mapping[Answer, int] = {"yes": 0, "conditional": 1, "unknown": 2, "no": 3}


class Permissions(Record):
    """For commercial work: may we use it, fine-tune it, share the result, train another model on its outputs."""

    use: Answer
    fine_tune: Answer
    share: Answer
    train_on_outputs: Answer

    def answer(self, question: Question) -> Answer:
        """The answer to one of the four questions."""
        answer: Answer = getattr(self, question)
        return answer


UNKNOWN = Permissions(use="unknown", fine_tune="unknown", share="unknown", train_on_outputs="unknown")


class Licence(Record):
    """One licence: its four answers, the conditions they rest on, and where it can be read."""

    id: str
    name: str
    licence_class: LicenceClass = Field(alias="class")
    permissions: Permissions
    conditions: tuple[str, ...]
    source: Source
    confidence: Literal["high", "medium", "low"]
    match: str | None = None
    data_match: str | None = None

    def covers_data(self, dataset_id: str) -> bool:
        """Whether these terms follow a data set by what it was made with, whatever its own card says."""
        return self.data_match is not None and re.search(self.data_match, dataset_id.lower()) is not None


@dataclass(frozen=True)
class LicenceBook:
    """Every licence we can read, by id, and those that are told apart by name only."""

    licences: Mapping[str, Licence]
    named: tuple[Licence, ...]
    conditions: Mapping[str, Text]

    def find(self, licence_id: str, name: str | None = None) -> Licence | None:
        """The licence a card declares; for `other`, the one its `license_name` points to. None when we do not know it.

        >>> licence_book().find("Apache 2.0").id
        'apache-2.0'
        >>> licence_book().find("other", "tongyi-qianwen-license-agreement").permissions.use
        'conditional'
        """
        declared = _plain(licence_id)
        if declared == "other" and name:
            return self.licences.get(_plain(name)) or self._named(_plain(name))
        return self.licences.get(declared) or self._named(declared)

    def _named(self, name: str) -> Licence | None:
        return next((one for one in self.named if re.search(one.match or "$^", name)), None)


@cache
def licence_book() -> LicenceBook:
    """The licences of `data/licences.yaml`; a Problem names a condition that no vocabulary entry explains."""
    tree = read_yaml(FILE)
    conditions = {key: Text.model_validate(text) for key, text in tree["conditions"].items()}
    licences = [Licence.model_validate(item) for item in tree["licences"]]
    named = tuple(Licence.model_validate(item) for item in tree["named"])
    for licence in (*licences, *named):
        unexplained = [one for one in licence.conditions if one not in conditions]
        if unexplained:
            raise Problem("condition_unexplained", licence=licence.id, conditions=unexplained)
    return LicenceBook({licence.id: licence for licence in licences}, named, conditions)


def _plain(name: str) -> str:
    """An id as the Hub writes it today; older cards say `Apache 2.0` or `CC_BY_NC 4.0`."""
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def strictest(answers: Iterable[Answer]) -> Answer:
    """The answer that binds when several apply: `no` before `unknown` before `conditional` before `yes`.

    >>> strictest(["yes", "conditional", "unknown"])
    'unknown'
    >>> strictest([])
    'unknown'
    """
    return max(answers, key=STRICTNESS.__getitem__, default="unknown")


def strictest_permissions(all_of: Iterable[Permissions]) -> Permissions:
    """The four answers when every one of several licences applies; unknown when there is none."""
    several = list(all_of)
    return Permissions(
        **{question: strictest(one.answer(question) for one in several) for question in QUESTIONS}
    )
