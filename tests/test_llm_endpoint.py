"""However an LLM's server behaves, one request ends in one status, after a known number of calls."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from advisor.trial.addresses import Policy
from advisor.trial.endpoint import Body, Endpoint, finished
from advisor.trial.refusals import Reply
from advisor.trial.usage import Usage
from pricing import Problem
from tests.llm_standin import LLM, serving

KEY = "key-of-nobody-else-4711"
# What a refusal does not name is told from what stays the same: every optional parameter is sent.
BODY: Body = {
    "messages": [{"role": "user", "content": "WIN a prize"}],
    "temperature": 0,
    "seed": 1,
    "max_tokens": 40,
    "response_format": {"type": "json_schema"},
}
# Seconds; what is to run into its deadline does so soon, the rest whenever a busy machine comes to it.
PATIENCE = {"timeout": 0.1, "trickle": 0.15}

ENDS = [
    ("ok", "answered", 1),
    ("429_ra", "answered", 3),
    ("429_date", "answered", 2),
    ("two_retry_after", "answered", 2),
    ("429_day", "trial_wait_too_long", 1),
    ("429_quota", "trial_no_credit", 1),
    ("500x2", "answered", 3),
    ("503_html", "server_error", 4),
    ("error200", "server_error", 4),
    ("timeout", "timeout", 4),
    ("trickle", "timeout", 4),
    ("malformed", "not_json", 4),
    ("html200", "not_json", 4),
    ("cut", "no_connection", 4),
    ("reset", "no_connection", 4),
    ("azure_filter", "filtered", 1),
    ("finish_filter", "filtered", 1),
    ("refusal", "refused", 1),
    ("length", "cut", 1),
    ("reason_length", "cut", 1),
    ("huge", "cut", 1),
    ("empty", "empty", 1),
    ("nochoices", "empty", 1),
    ("nousage", "answered", 1),
    ("think", "answered", 1),
    ("nonsense", "answered", 1),
    ("finish_null", "answered", 1),
    ("slow_start", "answered", 1),
    ("model_changes", "answered", 1),
    ("dies", "answered", 1),
    ("credit_ends", "answered", 1),
    ("anthropic_usage", "answered", 1),
    ("usage_strings", "answered", 1),
    ("usage_negative", "answered", 1),
    ("usage_gemini", "answered", 1),
    ("401", "trial_key_refused", 1),
    ("404", "trial_model_not_found", 1),
    ("azure_version", "trial_model_not_found", 1),
    ("error_string", "trial_bad_request", 2),
    ("400_param", "answered", 4),
    ("gemini_400", "answered", 2),
    ("schema_400", "answered", 2),
    ("schema_string", "answered", 2),
    ("llamacpp_long", "too_long", 1),
    ("context", "too_long", 1),
    ("redirect", "trial_redirected", 1),
    ("redirect_get", "trial_redirected", 1),
]


@pytest.fixture(scope="module")
def server() -> Iterator[LLM]:
    with serving(LLM()) as llm:
        yield llm


@pytest.fixture
def llm(server: LLM) -> LLM:
    for counted in (server.calls, server.keys, server.bodies, server.paths):
        counted.clear()
    return server


class Pauses(list[float]):
    """Pauses that are noted and not made."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


def endpoint(llm: LLM, model: str, pauses: Pauses | None = None, path: str = "/v1", **how: Any) -> Endpoint:
    pauses = Pauses() if pauses is None else pauses
    rest = {"timeout": PATIENCE.get(model, 5), "sleep": pauses.sleep, "jitter": lambda: 0.5, "key": KEY} | how
    return Endpoint(Policy().address(llm.url + path), model, **rest)


def ask(endpoint: Endpoint, times: int = 1) -> list[Reply]:
    async def asked() -> list[Reply]:
        async with endpoint:
            return [await endpoint.ask({"model": endpoint.model, **BODY}) for _ in range(times)]

    return finished(asked())


def test_every_behaviour_of_the_stand_in_has_its_end() -> None:
    from tests.llm_standin import BEHAVIOURS

    assert {name for name, _, _ in ENDS} == set(BEHAVIOURS)


@pytest.mark.parametrize(("behaviour", "ends", "calls"), ENDS, ids=[name for name, _, _ in ENDS])
def test_a_request_ends_in_one_status_after_so_many_calls(
    llm: LLM, behaviour: str, ends: str, calls: int
) -> None:
    try:
        reply = ask(endpoint(llm, behaviour))[0]
        found = reply.status
        assert reply.sent == calls
    except Problem as problem:
        found = problem.id
        assert KEY not in str(problem.fields)
    assert (found, llm.calls[behaviour], llm.other_calls) == (ends, calls, 0)


def test_pauses_double_and_follow_what_the_provider_asks_for(llm: LLM) -> None:
    failing, asked_to, dated, twice = Pauses(), Pauses(), Pauses(), Pauses()
    ask(endpoint(llm, "503_html", failing))
    ask(endpoint(llm, "429_ra", asked_to))
    ask(endpoint(llm, "429_date", dated))
    ask(endpoint(llm, "two_retry_after", twice))
    assert failing == [0.5, 1.0, 2.0]
    assert asked_to == pytest.approx([1.0, 1.0], abs=0.1)
    assert 0.9 <= dated[0] <= 2.1
    assert twice == pytest.approx([30.0], abs=0.1)


def test_a_refused_parameter_is_refused_once_and_remembered(llm: LLM) -> None:
    asked = endpoint(llm, "400_param")
    ask(asked, times=3)
    assert llm.calls["400_param"] == 4 + 2
    assert asked.dropped == ["temperature", "max_tokens", "seed"]
    assert set(llm.bodies[-1]) == {"model", "messages", "response_format", "max_completion_tokens"}


@pytest.mark.parametrize(
    ("behaviour", "usage"),
    [
        ("ok", Usage(1200, 1024, 0, 40, 32)),
        ("anthropic_usage", Usage(1200, 1024, 0, 8, 0)),
        ("usage_strings", Usage(1200, 0, 0, 40, 0)),
        ("usage_gemini", Usage(100, 0, 0, 308, 300)),
        ("usage_negative", Usage(reported=False)),
        ("nousage", Usage(reported=False)),
    ],
)
def test_usage_means_the_same_whoever_reports_it(llm: LLM, behaviour: str, usage: Usage) -> None:
    assert ask(endpoint(llm, behaviour))[0].usage == usage


def test_a_trickling_answer_ends_at_the_deadline_of_all_of_it(llm: LLM) -> None:
    assert ask(endpoint(llm, "trickle", timeout=0.12))[0].status == "timeout"


def test_the_key_goes_where_the_vendor_wants_it_and_the_query_stays(llm: LLM) -> None:
    ask(endpoint(llm, "ok"))
    azure = endpoint(llm, "azure_version", path="/openai/deployments/d?api-version=2024-10-21")
    azure.address = replace(azure.address, key_header="api-key")
    assert ask(azure)[0].status == "answered"
    assert llm.keys == [(f"Bearer {KEY}", None), (None, KEY)]
    assert llm.paths[-1] == "/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert KEY not in repr(azure)


def test_nothing_but_the_judged_address_is_connected_to(llm: LLM) -> None:
    port = int(llm.url.rpartition(":")[2])
    resolved = Policy().address(f"http://llm.test:{port}/v1", lambda host, port: ["127.0.0.1"])
    assert ask(Endpoint(resolved, "ok"))[0].status == "answered"


def test_behind_a_proxy_the_host_is_asked_for_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        outside = Policy(proxy=address).address(
            "https://llm.example.com/v1", lambda host, port: ["93.184.216.34"]
        )
        heard: list[bytes] = []

        def listen() -> None:
            for _ in range(4):
                connection, _ = proxy.accept()
                with connection:
                    heard.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        assert ask(Endpoint(outside, "ok", KEY, sleep=Pauses().sleep))[0].status == "no_connection"
        listening.join(5)
    assert heard[0].startswith(b"CONNECT llm.example.com:443 ")
    assert KEY.encode() not in b"".join(heard)


def test_nobody_at_home_is_no_connection() -> None:
    unused = Policy().address("http://127.0.0.1:9/v1")
    pauses = Pauses()
    assert ask(Endpoint(unused, "ok", sleep=pauses.sleep))[0].status == "no_connection"
    assert len(pauses) == 3
