"""The one file that speaks to an LLM: chat completions as OpenAI defined them, and what came of each request.

What is the row's fault comes back as the status of its `Reply`; what no other row would do better with is a Problem.
A parameter that is refused is left out from then on, and named in `dropped`. There is one layer of retries, one
deadline for all of an answer, no redirect is followed, and requests go to the address that was judged.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from advisor.trial import MISSING
from advisor.trial.addresses import Address
from advisor.trial.budget import ZERO
from advisor.trial.refusals import Reply, longest_wait, refused_parameter, reply_of
from advisor.trial.usage import Usage
from pricing import Problem

LARGEST_ANSWER = 2 * 2**20
TRIES = 4
FIRST_PAUSE = 0.5
LONGEST_WAIT = 60.0
# Another name for what the first was refused by, before it is given up.
RENAMED: Mapping[str, str] = {"max_tokens": "max_completion_tokens"}

T = TypeVar("T")
Body = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[None]]


class Purse(Protocol):
    """Where the money of one request comes from."""

    async def reserve(self) -> Decimal:
        """Put the bound of one try aside; a Problem when it is not there."""

    def settle(self, bound: Decimal, usage: Usage | None) -> Decimal:
        """Count what a try took."""

    def release(self, bound: Decimal) -> None:
        """Take back what a refused try was to take."""


class Free:
    """No money is counted: a check of the connection."""

    async def reserve(self) -> Decimal:
        return ZERO

    def settle(self, bound: Decimal, usage: Usage | None) -> Decimal:
        return ZERO

    def release(self, bound: Decimal) -> None:
        return None


@dataclass
class Endpoint:
    """One model at one address, as long as the `async with` block lasts; the key is shown to nobody but the address."""

    address: Address
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 60.0
    clock: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep
    jitter: Callable[[], float] = random.random
    paused: Callable[[], None] = lambda: None
    dropped: list[str] = field(default_factory=list)
    resumes_at: float = 0.0
    _client: Any = field(default=None, init=False, repr=False)

    async def __aenter__(self) -> Self:
        import httpx2

        transport = httpx2.AsyncHTTPTransport(
            limits=httpx2.Limits(max_keepalive_connections=8), proxy=self.address.proxy
        )
        self._client = httpx2.AsyncClient(
            transport=transport, timeout=self.timeout, follow_redirects=False, trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    @property
    def waits(self) -> bool:
        """Whether the provider asked for a pause that is not over."""
        return self.clock() < self.resumes_at

    async def ask(self, body: Body, purse: Purse | None = None) -> Reply:
        """The reply to one request, tried again where another try may help; its `spent_usd` counts every try."""
        spent, sent = ZERO, 0
        for tried in range(1, TRIES + 1):
            await self._pause()
            reply = await self._accepted(body, purse or Free())
            spent, sent = spent + reply.spent_usd, sent + reply.sent
            if reply.status not in MISSING or tried == TRIES:
                break
            await self._back_off(reply, tried)
        return replace(reply, spent_usd=spent, sent=sent)

    async def _accepted(self, body: Body, purse: Purse) -> Reply:
        """One try, with those parameters alone that are not refused."""
        for refused in range(2 * len(body) + 1):
            asked = self._without_dropped(body)
            reply, name = await self._tried(asked, purse)
            if name is None:
                return replace(reply, sent=refused + 1)
            if name not in self.dropped:
                self.dropped.append(name)
        raise Problem("trial_bad_request", host=self.address.host, said="")

    def _without_dropped(self, body: Body) -> dict[str, Any]:
        renamed = {RENAMED[name]: body[name] for name in self.dropped if name in RENAMED and name in body}
        return {name: value for name, value in (dict(body) | renamed).items() if name not in self.dropped}

    async def _tried(self, body: Body, purse: Purse) -> tuple[Reply, str | None]:
        """One request; where it was refused for a parameter, the name of that."""
        bound = await purse.reserve()
        begun, open_bound = self.clock(), True
        try:
            status, headers, raw = await self._exchange(body)
            if name := refused_parameter(status, raw, body):
                return Reply("error"), name
            reply = reply_of(status, headers, raw, self.address.host, self.model)
            if status < 400:
                open_bound = False
                taken = purse.settle(bound, reply.usage)
                return replace(reply, seconds=self.clock() - begun, spent_usd=taken), None
            return replace(reply, seconds=self.clock() - begun), None
        except _Unanswered as unanswered:
            open_bound = False
            if unanswered.never_arrived:
                purse.release(bound)
                return Reply(unanswered.status), None
            # Whoever was asked may have worked, and charges for it.
            return Reply(unanswered.status, spent_usd=purse.settle(bound, None)), None
        finally:
            if open_bound:
                purse.release(bound)

    async def _exchange(self, body: Body) -> tuple[int, Any, bytes]:
        """Status, headers and body of the answer, all of it within the deadline and the largest size."""
        import httpx2

        try:
            async with asyncio.timeout(self.timeout), self._sent(body) as response:
                raw = bytearray()
                async for piece in response.aiter_bytes():
                    raw += piece
                    if len(raw) > LARGEST_ANSWER:
                        break
                return response.status_code, response.headers, bytes(raw[: LARGEST_ANSWER + 1])
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise _Unanswered("no_connection", never_arrived=True) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise _Unanswered("timeout") from None
        except httpx2.DecodingError:
            raise _Unanswered("not_json") from None
        except (httpx2.HTTPError, OSError):
            # None of it is shown: a message of the transport may quote an address or a header.
            raise _Unanswered("no_connection") from None

    def _sent(self, body: Body) -> Any:
        """The request as it goes to the judged address, which proves itself by its own name."""
        parts = urlsplit(self.address.url)
        # A proxy finds the host itself, and lets through what the company lets through by name.
        target = self.address.host if self.address.proxy else self.address.ip
        ip = f"[{target}]" if ":" in target else target
        host = f"[{self.address.host}]" if ":" in self.address.host else self.address.host
        url = parts._replace(netloc=f"{ip}:{self.address.port}").geturl()
        headers = {
            "host": host if parts.port is None else f"{host}:{parts.port}",
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": "fine-tuning-advisor",
            **self._credentials(),
        }
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        named = {"sni_hostname": self.address.host}
        return self._client.stream("POST", url, content=content, headers=headers, extensions=named)

    def _credentials(self) -> dict[str, str]:
        if not self.key:
            return {}
        if self.address.key_header == "api-key":
            return {"api-key": self.key}
        return {"authorization": f"Bearer {self.key}"}

    async def _pause(self) -> None:
        """Wait until the provider wants to be asked again; the pause is everybody's."""
        left = self.resumes_at - self.clock()
        if left > 0:
            self.paused()
            await self.sleep(left)

    async def _back_off(self, reply: Reply, tried: int) -> None:
        seconds = FIRST_PAUSE * 2 ** (tried - 1) * (0.5 + self.jitter())
        if reply.status != "rate_limit":
            await self.sleep(seconds)
            return
        asked = longest_wait(reply.wait)
        if asked > LONGEST_WAIT:
            raise Problem("trial_wait_too_long", host=self.address.host, seconds=round(asked))
        self.resumes_at = max(self.resumes_at, self.clock() + max(seconds, asked))


class _Unanswered(Exception):
    """No whole answer came; whether the request ever arrived decides who may charge for it."""

    def __init__(self, status: Any, *, never_arrived: bool = False) -> None:
        super().__init__(status)
        self.status, self.never_arrived = status, never_arrived


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to; in a notebook, where a loop runs already, by one in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, work).result()
