"""Chat training files: what is in them, what is wrong with them, and how many tokens will be billed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pricing import Problem
from pricing.book import price_book
from pricing.sources import Record, Source, read_yaml
from pricing.tokens import Progress, TokenCount, count_chat, count_texts

ROLES = {"system", "developer", "user", "assistant", "tool", "function"}
MESSAGE_KEYS = {
    "role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id", "refusal", "audio",
}  # fmt: skip
CALLS = ("tool_calls", "function_call", "refusal")
MOST_PLACES_KEPT = 100
MOST_EPOCHS = 100


class EpochRule(Record):
    """Bounds within which epochs are chosen from the number of examples."""

    target: int
    least_example_passes: int
    most_example_passes: int
    least: int
    most: int
    source: Source

    def epochs(self, examples: int) -> int:
        """Epochs for that many examples; `target` unless it leaves the bounds of example-passes.

        >>> [training_rules().epochs.epochs(n) for n in (10, 70, 10_000)]
        [10, 3, 2]
        """
        if examples < 1:
            return self.target
        if examples * self.target < self.least_example_passes:
            return min(self.most, self.least_example_passes // examples)
        if examples * self.target > self.most_example_passes:
            return max(self.least, self.most_example_passes // examples)
        return self.target


class ExampleLimit(Record):
    """Tokens of one training example that a model reads; the rest is cut off."""

    match: str
    tokens: int
    source: Source


class TrainingRules(Record):
    epochs: EpochRule
    fewest_examples: int
    example_limits: tuple[ExampleLimit, ...]

    def example_limit(self, model: str) -> ExampleLimit | None:
        """The limit documented for `model`, or None where none is known."""
        name = model.lower().rpartition("/")[2]
        return next((limit for limit in self.example_limits if re.search(limit.match, name)), None)


@cache
def training_rules() -> TrainingRules:
    """The documented rules, as the data file gives them."""
    path = Path(str(files("pricing") / "data" / "training_rules.yaml"))
    return TrainingRules.model_validate(read_yaml(path))


@dataclass(frozen=True)
class FormatError:
    """What is wrong, in the words of OpenAI's own notebook, and the line it is on (from 1; 0 = the whole file)."""

    name: str
    line: int


@dataclass(frozen=True)
class ChatFile:
    """A chat training file as read: well-formed examples, and what is wrong with the rest.

    `errors` and `warnings` count every finding by name; `places` keeps the first hundred with their lines.
    """

    examples: tuple[Mapping[str, Any], ...]
    errors: Mapping[str, int]
    warnings: Mapping[str, int]
    places: tuple[FormatError, ...] = field(default=())


def looks_like_chat(first_line: str | bytes) -> bool:
    """Whether a file that begins with this line is chat JSONL."""
    text = first_line.decode("utf-8-sig", "replace") if isinstance(first_line, bytes) else first_line
    try:
        return "messages" in json.loads(text.lstrip("\ufeff").strip())
    except (ValueError, TypeError, RecursionError):
        return False


def read_chat(lines: bytes | str | Iterable[str]) -> ChatFile:
    """Every line of a chat JSONL file, checked as OpenAI's notebook does and for today's roles and calls.

    >>> read_chat('{"messages": [{"role": "user", "content": "hi"}]}').errors["example_missing_assistant_message"]
    1
    """
    examples: list[Mapping[str, Any]] = []
    errors: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    places: list[FormatError] = []
    rows = 0
    for number, line in _numbered(lines):
        rows += 1
        example, found = _read_example(line)
        errors.update(found)
        places += [FormatError(name, number) for name in found][: MOST_PLACES_KEPT - len(places)]
        if example is not None:
            examples.append(example)
            warnings.update(missing_roles(example))
    if not rows:
        raise Problem("chat_file_empty")
    if rows < training_rules().fewest_examples:
        errors["too_few_examples"] = 1
        places.append(FormatError("too_few_examples", 0))
    return ChatFile(tuple(examples), dict(errors), dict(warnings), tuple(places))


def _numbered(lines: bytes | str | Iterable[str]) -> Iterator[tuple[int, str]]:
    if isinstance(lines, bytes):
        lines = _decoded(lines)
    if isinstance(lines, str):
        # Not splitlines(): U+2028 and its kin are ordinary characters inside a JSON string.
        lines = lines.removeprefix("\ufeff").split("\n")
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Problem("chat_file_not_utf8", line=line) from error


def _read_example(line: str) -> tuple[Mapping[str, Any] | None, list[str]]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None, ["invalid_json"]
    return (row if _has_messages(row) else None), format_errors(row)


def _has_messages(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("messages"), list) and bool(row["messages"])


def format_errors(example: Any) -> list[str]:
    """The names of all that is wrong with one parsed row, once for each message that is wrong.

    >>> format_errors({"messages": [{"role": "assistant", "content": "A hill."}]})
    []
    """
    if not isinstance(example, dict):
        return ["data_type"]
    if not _has_messages(example):
        return ["missing_messages_list"]
    messages = example["messages"]
    found = [name for message in messages for name in _message_errors(message)]
    if not any(isinstance(message, dict) and message.get("role") == "assistant" for message in messages):
        found.append("example_missing_assistant_message")
    return found


def _message_errors(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield "data_type"
        return
    calls = any(message.get(key) for key in CALLS)
    if "role" not in message or ("content" not in message and not calls):
        yield "message_missing_key"
    if not message.keys() <= MESSAGE_KEYS:
        yield "message_unrecognized_key"
    if message.get("role") not in ROLES:
        yield "unrecognized_role"
    if not _has_content(message.get("content")) and not (calls and message.get("content") in (None, "")):
        yield "missing_content"
    if message.get("weight", 1) not in (0, 1):
        yield "weight_not_0_or_1"


def _has_content(content: Any) -> bool:
    if isinstance(content, list):
        return bool(content) and all(isinstance(part, dict) and "type" in part for part in content)
    return isinstance(content, str) and bool(content)


def missing_roles(example: Mapping[str, Any]) -> list[str]:
    """Warnings, not errors: an example without a system (or developer) or without a user message."""
    roles = {message.get("role") for message in example["messages"] if isinstance(message, dict)}
    missing = [] if roles & {"system", "developer"} else ["missing_system"]
    return missing if "user" in roles else [*missing, "missing_user"]


@dataclass(frozen=True)
class TokenReport:
    """A training file's tokens and what of them a job bills: epochs × Σ min(limit, length)."""

    count: TokenCount
    model: str
    n_epochs: int
    epochs_by: str
    example_limit: ExampleLimit | None
    errors: Mapping[str, int]
    warnings: Mapping[str, int]

    @property
    def over_limit(self) -> int:
        """Examples longer than the limit: each is cut at its end."""
        return sum(1 for length in self.count.lengths if length > self._limit)

    @property
    def billed_tokens(self) -> int:
        return self.n_epochs * self.tokens_per_epoch

    @property
    def tokens_per_epoch(self) -> int:
        """Tokens of one pass over the file, each example cut at the limit."""
        return sum(min(self._limit, length) for length in self.count.lengths)

    @property
    def _limit(self) -> int:
        return self.example_limit.tokens if self.example_limit else self.count.max

    def as_json(self, lengths: bool = False) -> dict[str, Any]:
        """What the command `tokens` prints; `lengths` adds every example's own length."""
        count = self.count
        answer: dict[str, Any] = {
            "model": self.model,
            "examples": len(count.lengths),
            "tokens": count.total,
            "tokens_low": count.low,
            "tokens_high": count.high,
            "p50": count.p50,
            "p95": count.p95,
            "p99": count.p99,
            "max": count.max,
            "example_limit": self.example_limit.tokens if self.example_limit else None,
            "over_limit": self.over_limit,
            "n_epochs": self.n_epochs,
            "epochs_by": self.epochs_by,
            "tokens_per_epoch": self.tokens_per_epoch,
            "billed_tokens": self.billed_tokens,
            "tokenizer": count.tokenizer,
            "exact": count.exact,
            "not_counted": dict(count.not_counted),
            "format_errors": dict(self.errors),
            "warnings": dict(self.warnings),
        }
        return {**answer, "lengths": list(count.lengths)} if lengths else answer


def token_report(
    data: ChatFile | Sequence[str],
    model: str,
    *,
    n_epochs: int | None = None,
    progress: Progress | None = None,
) -> TokenReport:
    """Tokens of a chat file, or of plain texts, and what training `model` on them bills.

    `n_epochs` is the caller's own choice; without it the documented automatic rule speaks for OpenAI's
    models, and for others the offer's own default or else three.
    """
    if isinstance(data, ChatFile):
        count, errors, warnings = count_chat(data.examples, model, progress), data.errors, data.warnings
    else:
        count, errors, warnings = count_texts(data, model, progress), {}, {}
    chosen, by = _epochs(len(count.lengths), model, n_epochs)
    limit = training_rules().example_limit(model)
    return TokenReport(count, model, chosen, by, limit, errors, warnings)


def _epochs(examples: int, model: str, given: int | None) -> tuple[int, str]:
    rule = training_rules().epochs
    if given is not None:
        if not 1 <= given <= MOST_EPOCHS:
            raise Problem("epochs_out_of_range", found=given, least=1, most=MOST_EPOCHS)
        return given, "given"
    if _is_openai(model):
        return rule.epochs(examples), "automatic"
    offered = _default_epochs(model)
    return (offered, "offer") if offered else (rule.target, "customary")


def _default_epochs(model: str) -> int | None:
    offers = {offer.id: offer for offer in price_book().offers}
    return offers[model].default_epochs if model in offers else None


def _is_openai(model: str) -> bool:
    provider, _, name = model.lower().rpartition("/")
    return provider == "openai" or (
        not provider and bool(re.match(r"(ft:)?(gpt-|o\d|babbage|davinci)", name))
    )
