"""What an answer over HTTP means: text to be read, a row that the model would not take, or the end of the run.

Providers say the same thing in many ways; every way that is told apart here is one that a real one was seen to use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from advisor.masking import mask
from advisor.trial import Status
from advisor.trial.usage import NOT_REPORTED, Usage, read_usage
from pricing import Problem

LONGEST_QUOTE = 200
LARGEST_ANSWER = 2 * 2**20
# What a request can do without, in the order in which a refusal that names nothing is blamed on them.
DISPENSABLE = (
    "response_format", "reasoning_effort", "seed", "temperature", "max_completion_tokens", "max_tokens",
)  # fmt: skip
_NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient_balance|billing_(?:hard_limit|not_active)|credit balance|exceeded your current quota",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|context (?:length|size|window)|(?:prompt|input) is too long|too many tokens",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content_filter|content_policy|ResponsibleAIPolicyViolation|content management policy"
)
_NO_MODEL = re.compile(r"model_not_found|model\b.{0,80}(?:not found|does not exist)", re.IGNORECASE)


@dataclass(frozen=True)
class Reply:
    """What came of one request: `answered` leaves the text to be read; `said` is how a provider explained itself."""

    status: Status | Any
    text: str = ""
    usage: Usage = NOT_REPORTED
    model: str | None = None
    said: str = ""
    wait: tuple[str, ...] = ()
    seconds: float = 0.0
    sent: int = 1
    spent_usd: Decimal = Decimal(0)


def reply_of(status: int, headers: Any, raw: bytes, host: str, model: str) -> Reply:
    """The reply that an HTTP answer is; a Problem where asking again, or for another row, would be in vain."""
    if 300 <= status < 400:
        to = urlsplit(headers.get("location", "")).hostname or "?"
        raise Problem("trial_redirected", host=host, to=to)
    payload = _json(raw)
    fault = _fault(payload)
    if status >= 400 or fault:
        return _refused(status, headers, fault or {}, _quoted(fault, raw), host, model)
    if len(raw) > LARGEST_ANSWER:
        return Reply("cut", said=_quoted(None, raw))
    if not isinstance(payload, Mapping) or not isinstance(payload.get("choices"), Sequence):
        return Reply("not_json", said=_quoted(None, raw))
    return _completed(payload)


def _completed(payload: Mapping[str, Any]) -> Reply:
    """What a completion says, and why it ended."""
    choices = payload["choices"]
    choice = choices[0] if choices and isinstance(choices[0], Mapping) else {}
    held = choice.get("message")
    message = held if isinstance(held, Mapping) else {}
    text, refusal = _text(message.get("content")), message.get("refusal")
    about: dict[str, Any] = {"usage": read_usage(payload.get("usage")), "model": _word(payload.get("model"))}
    if choice.get("finish_reason") == "content_filter":
        return Reply("filtered", text, **about)
    if isinstance(refusal, str) and refusal:
        return Reply("refused", refusal, **about)
    if choice.get("finish_reason") == "length":
        return Reply("cut", text, **about)
    return Reply("answered" if text.strip() else "empty", text, **about)


def _refused(status: int, headers: Any, fault: Mapping[str, Any], said: str, host: str, model: str) -> Reply:
    """Whose fault a refusal is: the row's, the moment's, or that of how all of them are asked."""
    told = json.dumps(fault, ensure_ascii=False) if fault else said
    if _NO_CREDIT.search(told) or status == 402:
        raise Problem("trial_no_credit", host=host, said=said)
    if _FILTERED.search(told):
        return Reply("filtered", said=said)
    if (status in (400, 413, 422, 500) and _TOO_LONG.search(told)) or status == 413:
        return Reply("too_long", said=said)
    if status in (401, 403) or fault.get("code") == "invalid_api_key":
        raise Problem("trial_key_refused", host=host, said=said)
    if status == 404 or _NO_MODEL.search(told):
        raise Problem("trial_model_not_found", host=host, model=model, said=said)
    if status == 429:
        return Reply("rate_limit", said=said, wait=_waits(headers))
    if status == 408:
        return Reply("timeout", said=said)
    if status < 400 or status >= 500:
        return Reply("server_error", said=said)
    raise Problem("trial_bad_request", host=host, said=said)


def refused_parameter(status: int, raw: bytes, body: Mapping[str, Any]) -> str | None:
    """The parameter that a refusal is about: the one it names, else the schema where it names none."""
    if status not in (400, 422):
        return None
    fault = _fault(_json(raw)) or {}
    told = json.dumps(fault, ensure_ascii=False)
    if _TOO_LONG.search(told) or _FILTERED.search(told) or _NO_CREDIT.search(told) or _NO_MODEL.search(told):
        return None
    sent = [name for name in DISPENSABLE if name in body]
    if fault.get("param") in sent:
        return str(fault["param"])
    message = str(fault.get("message", ""))
    named = [name for name in sent if re.search(rf"(?<![\w]){name}(?![\w])", message)]
    # A limit may be refused by naming the parameter that is wanted instead of it.
    refused = sorted(named, key=lambda name: message.index(name))
    if refused:
        return refused[0]
    return "response_format" if "response_format" in sent and fault else None


def longest_wait(waits: Sequence[str]) -> float:
    """Seconds of the longest pause that was asked for; the last word is the time of the answer itself.

    >>> longest_wait(("1", "30", "")), longest_wait(("Tue, 01 Dec 2026 00:00:09 GMT", "Tue, 01 Dec 2026 00:00:07 GMT"))
    (30.0, 2.0)
    """
    return max((_seconds(one, waits[-1]) for one in waits[:-1]), default=0.0)


def _waits(headers: Any) -> tuple[str, ...]:
    """Every Retry-After and, last, the day and time at which the answer was written."""
    return (*headers.get_list("retry-after"), headers.get("date", ""))


def _seconds(asked: str, now: str) -> float:
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked) - parsedate_to_datetime(now)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _fault(payload: Any) -> Mapping[str, Any] | None:
    """The error that an answer holds: a mapping, a bare sentence, or the first of a list as Gemini writes it."""
    held = payload[0] if isinstance(payload, list) and payload else payload
    fault = held.get("error") if isinstance(held, Mapping) else None
    if isinstance(fault, str):
        return {"message": fault}
    if isinstance(fault, Mapping):
        return fault
    plain = isinstance(held, Mapping) and "choices" not in held and isinstance(held.get("message"), str)
    return {"message": held["message"]} if plain else None


def _quoted(fault: Mapping[str, Any] | None, raw: bytes) -> str:
    """The provider's words, short and masked."""
    said = fault.get("message") if fault else raw[: 4 * LONGEST_QUOTE].decode("utf-8", "replace")
    return mask(" ".join(str(said or "").split()))[:LONGEST_QUOTE]


def _text(content: Any) -> str:
    """A message's content, also where it comes in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, Mapping))


def _word(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) else None
