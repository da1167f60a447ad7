"""Tokens as providers report them, each in its own way, brought to one: everything in is input, everything out is output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens of one answer: cached and written ones are inside `input`, reasoning is inside `output`."""

    input: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    reasoning: int = 0
    reported: bool = True


NOT_REPORTED = Usage(reported=False)


def read_usage(said: Any) -> Usage:
    """Usage in one form; figures that cannot be are as good as none.

    Anthropic counts what the cache gave and took beside its input, all others inside. Gemini and xAI leave reasoning
    out of the completion and count it in the total alone.

    >>> read_usage({"input_tokens": 176, "cache_read_input_tokens": 1024, "output_tokens": 8})
    Usage(input=1200, cached=1024, written=0, output=8, reasoning=0, reported=True)
    >>> read_usage({"prompt_tokens": -1, "completion_tokens": 40}).reported
    False
    """
    usage = said if isinstance(said, Mapping) else {}
    read = _beside(usage) if "input_tokens" in usage else _inside(usage)
    return read or NOT_REPORTED


def _beside(usage: Mapping[str, Any]) -> Usage | None:
    fresh, output = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    if fresh is None or output is None:
        return None
    cached = _count(usage, "cache_read_input_tokens") or 0
    written = _count(usage, "cache_creation_input_tokens") or 0
    return Usage(fresh + cached + written, cached, written, output)


def _inside(usage: Mapping[str, Any]) -> Usage | None:
    input, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if input is None or completion is None:
        return None
    cached = _detail(usage, "prompt_tokens_details", "cached_tokens")
    cached = _count(usage, "prompt_cache_hit_tokens") or 0 if cached is None else cached
    stated = _detail(usage, "completion_tokens_details", "reasoning_tokens") or 0
    hidden = max(0, (_count(usage, "total_tokens") or 0) - input - completion)
    output = completion + (hidden or (stated if stated > completion else 0))
    return Usage(input, min(cached, input), 0, output, max(stated, hidden))


def _detail(usage: Mapping[str, Any], group: str, name: str) -> int | None:
    details = usage.get(group)
    return _count(details, name) if isinstance(details, Mapping) else None


def _count(said: Mapping[str, Any], name: str) -> int | None:
    """A count, also one that came as text; None for what is none."""
    value = said.get(name)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
