"""The shapes that training files come in: one example a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pricing import Problem

Message = Mapping[str, Any]
Shape = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """One thing to learn: a conversation that ends in the answer wanted and, for preferences, one not wanted.

    >>> Example.of("なんで空は青いの?", "青い光が散らばるから。", system="一文で答えて。").input
    'なんで空は青いの?'
    """

    messages: tuple[Message, ...]
    rejected: str | None = None

    @classmethod
    def of(cls, input: str, output: str, system: str = "", rejected: str | None = None) -> Example:
        """A single question with its answer."""
        opening = ({"role": "system", "content": system},) if system else ()
        asked, answered = {"role": "user", "content": input}, {"role": "assistant", "content": output}
        return cls((*opening, asked, answered), rejected)

    @property
    def system(self) -> str:
        return self._said("system", self.messages)

    @property
    def input(self) -> str:
        """What was asked last."""
        return self._said("user", tuple(reversed(self.messages)))

    @property
    def output(self) -> str:
        """What is answered last."""
        return self._said("assistant", tuple(reversed(self.messages)))

    @property
    def prompt(self) -> tuple[Message, ...]:
        """All that stands before the last answer."""
        answers = [at for at, message in enumerate(self.messages) if message.get("role") == "assistant"]
        return self.messages[: answers[-1]] if answers else self.messages

    @property
    def is_single_turn(self) -> bool:
        """Whether there is nothing but an optional system text, one question and one answer."""
        roles = [message.get("role") for message in self.messages]
        return roles in (["user", "assistant"], ["system", "user", "assistant"])

    @staticmethod
    def _said(role: str, messages: Sequence[Message]) -> str:
        content = next((message.get("content") for message in messages if message.get("role") == role), "")
        return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


@dataclass(frozen=True)
class Format:
    """How an example is written in a shape, and whether that holds one question only."""

    write: Callable[[Example], Shape]
    single_turn: bool = False


def write_lines(examples: Iterable[Example], format: str) -> str:
    """JSON Lines in one of FORMATS, Japanese as it is.

    >>> write_lines([Example.of("なんで空は青いの?", "青い光が散らばるから。")], "completion")
    '{"prompt": "なんで空は青いの?", "completion": "青い光が散らばるから。"}\\n'
    """
    shape = known_format(format)
    lines = []
    for number, example in enumerate(examples, start=1):
        if shape.single_turn and not example.is_single_turn:
            raise Problem("format_holds_one_turn", format=format, row=number)
        lines.append(json.dumps(shape.write(example), ensure_ascii=False) + "\n")
    return "".join(lines)


def known_format(name: str) -> Format:
    """The format of this name; a Problem lists those there are."""
    if name not in FORMATS:
        raise Problem("training_format_unknown", found=name, known=list(FORMATS))
    return FORMATS[name]


def _chat(example: Example) -> Shape:
    return {"messages": list(example.messages)}


def _completion(example: Example) -> Shape:
    """A base model has no system role: its text stands before the input."""
    opening = f"{example.system}\n\n" if example.system else ""
    return {"prompt": opening + example.input, "completion": example.output}


def _dpo(example: Example) -> Shape:
    """The conversational preference shape of TRL."""
    return {
        "prompt": list(example.prompt),
        "chosen": [{"role": "assistant", "content": example.output}],
        "rejected": [{"role": "assistant", "content": example.rejected or ""}],
    }


def _alpaca(example: Example) -> Shape:
    """With LLaMA-Factory's `system` where there is one."""
    system = {"system": example.system} if example.system else {}
    return {"instruction": example.input, "input": "", "output": example.output, **system}


_SPEAKERS = {"user": "human", "assistant": "gpt"}


def _sharegpt(example: Example) -> Shape:
    turns = [
        {"from": _SPEAKERS.get(said["role"], said["role"]), "value": said["content"]}
        for said in example.messages
    ]
    return {"conversations": turns}


FORMATS: Mapping[str, Format] = {
    "chat": Format(_chat),
    "completion": Format(_completion, single_turn=True),
    "dpo": Format(_dpo),
    "alpaca": Format(_alpaca, single_turn=True),
    "sharegpt": Format(_sharegpt),
}
