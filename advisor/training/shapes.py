"""Training examples in the shapes that providers read: chat as it is, Bedrock's conversations, Gemini's contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor.preparation.training_formats import Example, Message
from pricing import Problem


def lines(examples: Sequence[Example], shape: str) -> str:
    """JSON Lines of `shape`, Japanese as it is.

    >>> print(lines([Example.of("なぜ?", "だから。")], "gemini"), end="")
    {"contents": [{"role": "user", "parts": [{"text": "なぜ?"}]}, {"role": "model", "parts": [{"text": "だから。"}]}]}
    """
    write = SHAPES[shape]
    return "".join(json.dumps(write(example.messages), ensure_ascii=False) + "\n" for example in examples)


def _chat(messages: Sequence[Message]) -> Mapping[str, Any]:
    return {"messages": list(messages)}


def _bedrock(messages: Sequence[Message]) -> Mapping[str, Any]:
    """The schema of Bedrock's Converse API, in which a system text stands apart."""
    system, turns = _parted(messages)
    opening = {"system": [{"text": text} for text in system]} if system else {}
    said = [{"role": role, "content": [{"text": text}]} for role, text in turns]
    return {"schemaVersion": "bedrock-conversation-2024", **opening, "messages": said}


def _gemini(messages: Sequence[Message]) -> Mapping[str, Any]:
    """Contents with parts; the assistant is called `model`."""
    system, turns = _parted(messages)
    parts = [{"text": text} for text in system]
    opening = {"systemInstruction": {"role": "system", "parts": parts}} if system else {}
    called = {"assistant": "model", "user": "user"}
    return {
        **opening,
        "contents": [{"role": called[role], "parts": [{"text": text}]} for role, text in turns],
    }


def _parted(messages: Sequence[Message]) -> tuple[list[str], list[tuple[str, str]]]:
    """System texts, and the turns of user and assistant; a Problem where somebody else speaks."""
    system = [_text(message) for message in messages if message["role"] in _SYSTEM]
    turns = [(str(message["role"]), _text(message)) for message in messages if message["role"] not in _SYSTEM]
    for role, _ in turns:
        if role not in ("user", "assistant"):
            raise Problem("kit_role_not_held", role=role)
    return system, turns


_SYSTEM = ("system", "developer")
SHAPES: Mapping[str, Callable[[Sequence[Message]], Mapping[str, Any]]] = {
    "chat": _chat,
    "bedrock": _bedrock,
    "gemini": _gemini,
}


def _text(message: Message) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
