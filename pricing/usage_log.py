"""What was really used: tokens per request and requests per month, read from an OpenAI-style usage log."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pricing import Problem
from pricing import typed as read
from pricing.arms import HOURS_PER_MONTH
from pricing.tokens import percentile

INPUT = ("prompt_tokens", "input_tokens", "n_context_tokens_total")
OUTPUT = ("completion_tokens", "output_tokens", "n_generated_tokens_total")
CACHED = ("cached_tokens", "input_cached_tokens", "cached_input_tokens", "n_cached_context_tokens_total")
REASONING = ("reasoning_tokens", "output_reasoning_tokens")
REQUESTS = ("num_model_requests", "requests", "n_requests")
MOMENT = ("created", "created_at", "start_time", "timestamp", "time")
# Where a log nests the counts: the response of a batch line, the usage of a response, the details of a count.
NESTED = (
    "response", "body", "usage", "prompt_tokens_details", "input_tokens_details", "input_token_details",
    "completion_tokens_details", "output_tokens_details", "output_token_details",
)  # fmt: skip
SHORTEST_SPAN = timedelta(days=1)
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class UsageLog:
    """Means over all requests of a log, and how far single lines spread.

    Reasoning tokens are part of the output in such logs; here `output_tokens` is what remains without them.
    `requests_per_month` is None where the log carries no times, or spans less than a day.
    """

    requests: int
    input_tokens: Decimal
    output_tokens: Decimal
    reasoning_tokens: Decimal
    cached_tokens: Decimal
    input_p10: float
    input_p90: float
    output_p10: float
    output_p90: float
    requests_per_month: Decimal | None


@dataclass(frozen=True)
class _Line:
    requests: int
    input: int
    output: int
    reasoning: int
    cached: int
    at: datetime | None


def read_usage_log(content: bytes | str) -> UsageLog:
    """A log as JSONL (one response, usage object or usage bucket a line) or as CSV with a header.

    >>> log = read_usage_log('{"usage": {"prompt_tokens": 900, "completion_tokens": 60}}')
    >>> log.input_tokens, log.output_tokens
    (Decimal('900.0'), Decimal('60.0'))
    """
    text = content.decode("utf-8-sig", "replace") if isinstance(content, bytes) else content.lstrip("\ufeff")
    lines = [_line(row, number) for number, row in _rows(text)]
    requests = sum(line.requests for line in lines)
    if not requests:
        raise Problem("usage_log_empty")

    def mean(total: int) -> Decimal:
        return (Decimal(total) / requests).quantize(TENTH, ROUND_HALF_UP)

    inputs = [line.input // line.requests for line in lines if line.requests]
    outputs = [line.output // line.requests for line in lines if line.requests]
    reasoning = sum(line.reasoning for line in lines)
    return UsageLog(
        requests=requests,
        input_tokens=mean(sum(line.input for line in lines)),
        output_tokens=mean(sum(line.output for line in lines) - reasoning),
        reasoning_tokens=mean(reasoning),
        cached_tokens=mean(sum(line.cached for line in lines)),
        input_p10=percentile(inputs, 0.1),
        input_p90=percentile(inputs, 0.9),
        output_p10=percentile(outputs, 0.1),
        output_p90=percentile(outputs, 0.9),
        requests_per_month=_per_month(requests, [line.at for line in lines if line.at]),
    )


def _rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if not text.lstrip().startswith("{"):
        reader = csv.DictReader(text.splitlines())
        yield from ((reader.line_num, row) for row in reader)
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _json_row(line, number)


def _json_row(line: str, number: int) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Problem("usage_log_line", line=number) from error
    if not isinstance(row, dict):
        raise Problem("usage_log_line", line=number)
    return row


def _line(row: Mapping[str, Any], number: int) -> _Line:
    values = _flat(row)
    given, written = _count(values, INPUT, number), _count(values, OUTPUT, number)
    if given is None or written is None:
        raise Problem("usage_log_without_tokens", line=number, found=sorted(str(name) for name in row))
    requests = _count(values, REQUESTS, number)
    return _Line(
        requests=1 if requests is None else requests,
        input=given,
        output=written,
        reasoning=min(written, _count(values, REASONING, number) or 0),
        cached=min(given, _count(values, CACHED, number) or 0),
        at=_moment(values),
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in row.items() if not isinstance(value, dict)}
    for name in NESTED:
        if isinstance(row.get(name), dict):
            values |= _flat(row[name])
    return values


def _count(values: Mapping[str, Any], names: tuple[str, ...], number: int) -> int | None:
    for name in names:
        if values.get(name) not in (None, ""):
            return read.whole(values[name], f"{number}: {name}", most=10**12)
    return None


def _moment(values: Mapping[str, Any]) -> datetime | None:
    value = next((values[name] for name in MOMENT if values.get(name) not in (None, "")), None)
    try:
        if isinstance(value, int | float) or (isinstance(value, str) and value.isdigit()):
            return datetime.fromtimestamp(float(value), UTC)
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _per_month(requests: int, moments: list[datetime]) -> Decimal | None:
    span = max(moments) - min(moments) if moments else timedelta(0)
    if span < SHORTEST_SPAN:
        return None
    hours = Decimal(int(span.total_seconds())) / 3600
    return (requests * HOURS_PER_MONTH / hours).quantize(Decimal(1), ROUND_HALF_UP)
