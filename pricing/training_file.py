"""Chat training files: what is in them, what is wrong with them, and how many tokens will be billed."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from pricing import Problem
from pricing.book import price_book
from pricing.sources import DATA, Record, Source, read_yaml
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
    return TrainingRules.model_validate(read_yaml(DATA / "training_rules.yaml"))


@dataclass(frozen=True)
class FormatError:
    """What is wrong, in the words of OpenAI's own notebook, and the line it is on (from 1; 0 = the whole file)."""

    name: str
    line: int


class ChatFile:
    """A chat training file read line by line, so that one of any size takes no more room than what is noted of it.

    Iterating gives its well-formed examples, once. `errors` and `warnings` count every finding by name,
    `places` keeps the first hundred with their lines; asking for them reads what is left of the file.
    """

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._rows = 0
        self._errors: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()
        self._places: list[FormatError] = []

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for number, line in self._lines:
            self._rows += 1
            example, found = _read_example(line)
            self._note(found, number)
            if example is not None:
                self._warnings.update(missing_roles(example))
                yield example
        self._finish()

    @property
    def errors(self) -> Mapping[str, int]:
        return dict(self._read_through()._errors)

    @property
    def warnings(self) -> Mapping[str, int]:
        return dict(self._read_through()._warnings)

    @property
    def places(self) -> tuple[FormatError, ...]:
        return tuple(self._read_through()._places)

    def _read_through(self) -> ChatFile:
        for _ in self:
            pass
        return self

    def _note(self, found: Iterable[str], line: int) -> None:
        for name in found:
            self._errors[name] += 1
            if len(self._places) < MOST_PLACES_KEPT:
                self._places.append(FormatError(name, line))

    def _finish(self) -> None:
        if not self._rows:
            raise Problem("chat_file_empty")
        if self._rows < training_rules().fewest_examples and "too_few_examples" not in self._errors:
            self._note(["too_few_examples"], 0)


def looks_like_chat(first_line: str | bytes) -> bool:
    """Whether a file that begins with this line is chat JSONL."""
    text = first_line.decode("utf-8-sig", "replace") if isinstance(first_line, bytes) else first_line
    try:
        return "messages" in json.loads(text.lstrip("\ufeff").strip())
    except (ValueError, TypeError, RecursionError):
        return False


def read_chat(lines: bytes | str | Iterable[bytes | str]) -> ChatFile:
    """A chat JSONL file, checked as OpenAI's notebook does and for today's roles and calls, as its lines are read.

    >>> read_chat('{"messages": [{"role": "user", "content": "hi"}]}').errors["example_missing_assistant_message"]
    1
    """
    return ChatFile(_numbered(lines))


def _numbered(lines: bytes | str | Iterable[bytes | str]) -> Iterator[tuple[int, str]]:
    found: Iterable[bytes | str]
    if isinstance(lines, bytes):
        found = BytesIO(lines)
    elif isinstance(lines, str):
        # Not splitlines(): U+2028 and its kin are ordinary characters inside a JSON string.
        found = lines.split("\n")
    else:
        found = lines
    for number, line in enumerate(found, start=1):
        text = _decoded(line, number) if isinstance(line, bytes) else line
        text = text.removeprefix("\ufeff") if number == 1 else text
        if text.strip():
            yield number, text


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("chat_file_not_utf8", line=number) from error


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


def token_report(
    data: ChatFile | Sequence[str],
    model: str,
    *,
    n_epochs: int | None = None,
    progress: Progress | None = None,
) -> TokenReport:
    """Tokens of a chat file (read here, from beginning to end) or of plain texts, and what training `model` bills.

    `n_epochs` is the caller's own choice; without it the documented automatic rule speaks for OpenAI's
    models, and for others the offer's own default or else three.
    """
    if isinstance(data, ChatFile):
        count = count_chat(data, model, progress)
        errors, warnings = data.errors, data.warnings
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
    offered = next((offer.default_epochs for offer in price_book().offers if offer.id == model), None)
    return (offered, "offer") if offered else (rule.target, "customary")


def _is_openai(model: str) -> bool:
    provider, _, name = model.lower().rpartition("/")
    return provider == "openai" or (
        not provider and bool(re.match(r"(ft:)?(gpt-|o\d|babbage|davinci)", name))
    )
