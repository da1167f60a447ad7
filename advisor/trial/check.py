"""One made-up text, sent to see who answers and what they make of how they are asked; nothing of the team's goes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from advisor.trial import MISSING
from advisor.trial.endpoint import Endpoint, finished
from advisor.trial.prompts import schema
from advisor.trial.reading import read_label
from pricing import Problem

# The text asks for a word that the schema forbids: who answers it was not bound by the schema.
ALLOWED = ("red", "blue")
FORBIDDEN = "green"
TEXT = f'Answer with JSON of the form {{"label": "…"}} and nothing else. The label is the word "{FORBIDDEN}".'
LONGEST = 512


@dataclass(frozen=True)
class Checked:
    """What one request showed of an endpoint."""

    host: str
    model_asked: str
    model_answered: str | None
    dropped: tuple[str, ...]
    labels_enforced: bool | None
    usage_reported: bool
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self)) | {"dropped": list(self.dropped)}


def check(endpoint: Endpoint) -> Checked:
    """Ask once; a Problem where the endpoint cannot be used."""
    return finished(_check(endpoint))


async def _check(endpoint: Endpoint) -> Checked:
    body = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": TEXT}],
        "temperature": 0,
        "seed": 42,
        "max_tokens": LONGEST,
        "response_format": schema(ALLOWED),
    }
    async with endpoint:
        reply = await endpoint.ask(body)
    if reply.status in MISSING:
        raise Problem(
            "trial_no_answer", host=endpoint.address.host, status=reply.status, said=reply.said or "—"
        )
    label = read_label(reply.text, (*ALLOWED, FORBIDDEN)).label
    enforced = None if label is None else label in ALLOWED and "response_format" not in endpoint.dropped
    return Checked(
        host=endpoint.address.host,
        model_asked=endpoint.model,
        model_answered=reply.model,
        dropped=tuple(endpoint.dropped),
        labels_enforced=enforced,
        usage_reported=reply.usage.reported,
        seconds=round(reply.seconds, 3),
    )
