"""Training examples in the shapes that providers read: chat as it is, Bedrock's conversations, Gemini's contents."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from advisor.preparation.training_formats import Example, Message


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
    system = [{"text": _text(message)} for message in messages if message["role"] == "system"]
    turns = [
        {"role": message["role"], "content": [{"text": _text(message)}]}
        for message in messages
        if message["role"] != "system"
    ]
    opening = {"system": system} if system else {}
    return {"schemaVersion": "bedrock-conversation-2024", **opening, "messages": turns}


def _gemini(messages: Sequence[Message]) -> Mapping[str, Any]:
    """Contents with parts; the assistant is called `model`."""
    system = [{"text": _text(message)} for message in messages if message["role"] == "system"]
    turns = [
        {"role": _GEMINI_ROLES.get(message["role"], "user"), "parts": [{"text": _text(message)}]}
        for message in messages
        if message["role"] != "system"
    ]
    opening = {"systemInstruction": {"role": "system", "parts": system}} if system else {}
    return {**opening, "contents": turns}


_GEMINI_ROLES = {"assistant": "model"}
SHAPES: Mapping[str, Callable[[Sequence[Message]], Mapping[str, Any]]] = {
    "chat": _chat,
    "bedrock": _bedrock,
    "gemini": _gemini,
}


def _text(message: Message) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
