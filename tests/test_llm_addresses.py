"""Nobody is spoken to who must not be, however the address is written; what may leave is one question for all channels."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from advisor.language import phrase_keys
from advisor.trial.addresses import Listed, Policy, only_the_list, presets, proxy_of, read_listed
from pricing import Problem

METADATA = [
    "169.254.169.254",
    "2852039166",
    "0xA9FEA9FE",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169。254。169。254",
    "１６９.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "metadata.google.internal",
    "METADATA",
    "0.0.0.0",  # noqa: S104
    "[::]",
    "224.0.0.1",
]


def refused(policy: Policy, endpoint: str, *resolved: str) -> str:
    with pytest.raises(Problem) as caught:
        policy.address(endpoint, (lambda host, port: resolved) if resolved else None)
    assert f"problems.{caught.value.id}" in phrase_keys()
    return caught.value.id


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", METADATA)
def test_a_machines_own_secrets_are_asked_in_no_spelling(host: str, scheme: str) -> None:
    assert refused(Policy(), f"{scheme}://{host}/latest/v1") == "trial_address_refused"


@pytest.mark.parametrize("ip", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "::ffff:169.254.169.254"])
def test_a_name_is_judged_by_where_it_leads_and_by_all_of_that(ip: str) -> None:
    assert refused(Policy(), "https://llm.example.com/v1", ip) == "trial_address_refused"
    assert refused(Policy(), "https://llm.example.com/v1", "93.184.216.34", ip) == "trial_address_refused"


def test_a_listed_name_that_leads_there_is_refused_as_well() -> None:
    policy = Policy((Listed(name="ours", address="https://llm.example.com/v1"),), only_listed=True)
    assert refused(policy, "ours", "169.254.169.254") == "trial_address_refused"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://llm.example.com/v1", "trial_http_in_public"),
        ("ftp://llm.example.com/v1", "trial_address_unreadable"),
        ("https://", "trial_address_unreadable"),
        ("https://llm.example.com:port/v1", "trial_address_unreadable"),
        ("https://api.openai.com@169.254.169.254/", "trial_address_with_user"),
        ("https://llm.example.com/v1?key=abc", "trial_key_in_address"),
        ("azure", "trial_address_incomplete"),
        ("opanai", "trial_endpoint_unknown"),
    ],
)
def test_an_address_that_cannot_be_right_says_what_would_be(url: str, problem: str) -> None:
    assert refused(Policy(), url, "93.184.216.34") == problem


@pytest.mark.parametrize(
    ("url", "ip", "place"),
    [
        ("https://llm.example.com/v1", "93.184.216.34", "public"),
        ("http://10.0.0.5:8000/v1", "10.0.0.5", "private"),
        ("http://[fd12::1]/v1", "fd12::1", "private"),
        ("http://localhost:11434/v1", "127.0.0.1", "loopback"),
        ("http://127.1/v1", "127.0.0.1", "loopback"),
    ],
)
def test_a_single_person_may_ask_any_https_and_http_at_home(url: str, ip: str, place: str) -> None:
    found = Policy().address(url, lambda host, port: [ip])
    assert (found.ip, found.place) == (ip, place)
    assert found.url.endswith("/v1/chat/completions")


def test_data_that_may_not_leave_stays_in_the_house() -> None:
    policy = Policy(data_may_leave="not_at_all")
    for endpoint in ("openai", "https://llm.example.com/v1"):
        assert refused(policy, endpoint, "93.184.216.34") == "trial_data_may_not_leave"
    assert policy.address("http://10.0.0.5/v1").stays
    assert policy.address("ollama").stays


def nowhere(host: str, port: int) -> list[str]:
    raise OSError


def test_a_proxy_is_for_the_outside_and_finds_it_by_name() -> None:
    policy = Policy(proxy=proxy_of({"HTTPS_PROXY": "user:secret@proxy.example:3128"}))
    outside = policy.address("openai", nowhere)
    assert (outside.proxy, outside.place) == ("http://user:secret@proxy.example:3128", "public")
    assert "secret" not in repr(outside) + repr(policy)
    assert policy.address("ollama").proxy is None
    assert refused(policy, "https://metadata.google.internal/v1") == "trial_address_refused"
    with pytest.raises(Problem, match="trial_host_not_found"):
        Policy().address("openai", nowhere)
    with pytest.raises(Problem, match="trial_data_may_not_leave"):
        Policy(proxy=policy.proxy, data_may_leave="not_at_all").address("openai", nowhere)


def test_where_strangers_may_ask_the_administrators_list_decides_alone(tmp_path: Path) -> None:
    assert [only_the_list(*case) for case in ((True, None), (False, ""), (False, "localhost"))] == [
        True, True, False,
    ]  # fmt: skip
    file = tmp_path / "endpoints.yaml"
    file.write_text(
        "- {name: ours, address: 'http://10.1.2.3/v1', key: OUR_KEY, models: [small], max_usd: 2.50}\n"
    )
    policy = Policy(read_listed(file), only_listed=True)
    ours = policy.address("ours")
    assert (ours.ip, ours.key, ours.max_usd) == ("10.1.2.3", "OUR_KEY", Decimal("2.50"))
    assert policy.model(ours, "small") == "small"
    with pytest.raises(Problem, match="trial_model_not_listed"):
        policy.model(ours, "large")
    for other in ("openai", "https://llm.example.com/v1", "http://127.0.0.1/v1"):
        assert refused(policy, other) == "trial_endpoint_not_listed"
    with pytest.raises(Problem, match="trial_list_unreadable"):
        read_listed(tmp_path / "none.yaml")


def test_every_preset_can_be_asked_or_says_what_is_missing() -> None:
    assert {one.id for one in presets()} >= {"openai", "azure", "gemini", "anthropic", "vllm", "ollama"}
    for one in presets():
        if "{" not in one.address:
            found = Policy().address(one.id, lambda host, port: ["127.0.0.1"])
            assert (found.key, found.prices) == (one.key, one.prices)
    azure = Policy().address("https://team.openai.azure.com/openai/v1", lambda host, port: ["93.184.216.34"])
    assert (azure.key_header, azure.prices, azure.key) == ("api-key", "azure", "AZURE_OPENAI_API_KEY")
