"""What an LLM is asked: an instruction, the labels, perhaps some examples, and the row's text alone as the last turn.

A text may hold instructions of its own. It never stands where ours do, and whatever comes back is read against the
closed list of labels.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from advisor.language import Language, phrase

ShotsBy = Literal["class", "random", "similar"]
Example = tuple[str, str]

# Providers refuse long lists of choices; above this the labels stand in the prompt alone.
MOST_ENFORCED = 50
MOST_SHOTS = 32
LONGEST_EXAMPLE = 2_000
_KANA = re.compile("[ぁ-ヿｦ-ﾝ]")


@dataclass(frozen=True)
class Prompt:
    """One option of a trial: everything but the row's text. `near` finds examples for a text, where they depend on it."""

    arm: str
    instruction: str
    labels: tuple[str, ...]
    language: Language
    descriptions: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    near: Callable[[str], tuple[Example, ...]] | None = field(default=None, repr=False, compare=False)

    @property
    def system(self) -> str:
        """The first turn: what to do, the labels with what they mean, and the form of the answer."""
        form = phrase("trial.ask.form", self.language, example='{"label": "…"}')
        parts = (self.instruction.strip(), phrase("trial.ask.labels", self.language), self._listed(), form)
        return "\n\n".join(parts)

    def _listed(self) -> str:
        means = {label: " ".join(said.split()) for label, said in self.descriptions.items()}
        return "\n".join(
            f"- {label}: {means[label]}" if means.get(label) else f"- {label}" for label in self.labels
        )

    def messages(self, text: str) -> list[dict[str, str]]:
        """The conversation for one row; examples are turns that went before."""
        shown = self.near(text) if self.near else self.examples
        turns = [("system", self.system)]
        for example, label in shown:
            turns += [("user", example[:LONGEST_EXAMPLE]), ("assistant", answer_of(label))]
        return [{"role": role, "content": content} for role, content in (*turns, ("user", text))]

    @property
    def shots(self) -> int:
        return len(self.near("")) if self.near else len(self.examples)

    @property
    def sha256(self) -> str:
        """What tells two prompts apart."""
        told = json.dumps([self.system, self.examples], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


def answer_of(label: str) -> str:
    """The answer that a model is to give for a label."""
    return json.dumps({"label": label}, ensure_ascii=False)


def schema(labels: Sequence[str]) -> dict[str, Any] | None:
    """What makes a provider enforce the labels; None where the list is too long for that.

    >>> schema([str(n) for n in range(51)]) is None
    True
    """
    if len(labels) > MOST_ENFORCED:
        return None
    shape = {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": list(labels)}},
        "required": ["label"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": shape}}


def language_of_texts(texts: Sequence[str]) -> Language:
    """Japanese where most of the texts hold kana.

    >>> language_of_texts(["返品したい", "where is it?", "届きません"])
    'ja'
    """
    return "ja" if 2 * sum(bool(_KANA.search(text)) for text in texts) > len(texts) else "en"


def usual_instruction(language: Language) -> str:
    """What is asked where nobody wrote an instruction."""
    return phrase("trial.ask.instruction", language)


def examples_of(pool: Sequence[Example], by: ShotsBy, shots: int | None, seed: int) -> tuple[Example, ...]:
    """Examples out of `pool`, which holds nothing that is asked: one of each label, or so many at random.

    >>> [label for _, label in examples_of([("a", "x"), ("b", "x"), ("c", "y")], "class", None, 1)]
    ['x', 'y']
    """
    mixed = list(pool)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - a draw that can be repeated, not a secret
    if by == "class":
        first: dict[str, Example] = {}
        for example in mixed:
            first.setdefault(example[1], example)
        chosen = [first[label] for label in sorted(first)]
        return tuple(chosen[: min(shots or MOST_SHOTS, MOST_SHOTS)])
    return tuple(mixed[: min(shots or 8, MOST_SHOTS)])


def nearest_of(pool: Sequence[Example], shots: int | None) -> Callable[[str], tuple[Example, ...]]:
    """For a text its most similar examples, the most similar one last, where models look first."""
    from baselines.nearest import Nearest

    most = min(shots or 8, MOST_SHOTS)
    search = Nearest([text for text, _ in pool])
    return lambda text: tuple(pool[at] for at in reversed(search(text, most)))
