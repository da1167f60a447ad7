"""Many models at once: a few at a time, in order, with progress, and polite to a Hub that turns away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from advisor import hub, jobs
from advisor.models.bulk import AT_ONCE, MOST, BulkAnswer, look_up_all
from pricing import Problem
from tests.hub_standin import StandIn, serving

ON = date(2026, 11, 22)
LLAMA = {"model_type": "llama", "max_position_embeddings": 8192}


@pytest.fixture
def standin() -> Iterator[StandIn]:
    ours = StandIn()
    for place in range(10):
        ours.add(f"lab/model-{place}", {"config.json": LLAMA}, license="apache-2.0")
    with serving(ours) as running:
        yield running


def looked_up(standin: StandIn, ids: list[str], told: list[dict[str, Any]] | None = None) -> BulkAnswer:
    ask = partial(hub.report, on=ON, endpoint=standin.url)
    return look_up_all(
        ids, ask, partial(ask, offline=True), told.append if told is not None else lambda _: None
    )


def test_every_model_is_answered_in_order_with_progress(standin: StandIn) -> None:
    told: list[dict[str, Any]] = []
    found = looked_up(standin, list(standin.models), told)
    assert list(found.reports) == list(standin.models)
    assert [one["done"] for one in told] == [4, 8, 10]
    assert {one["total"] for one in told} == {10}
    assert found.troubles == {}


def test_one_that_fails_does_not_stop_the_others(standin: StandIn) -> None:
    found = looked_up(standin, ["no/such", "a b", "lab/model-1", "down/model"])
    assert list(found.reports) == ["lab/model-1"]
    expected = {"no/such": "hub_not_found", "a b": "hub_bad_id", "down/model": "hub_down"}
    assert {id: trouble.id for id, trouble in found.troubles.items()} == expected


def test_a_busy_hub_is_left_alone_and_known_models_are_answered(standin: StandIn) -> None:
    ids = ["busy/model", *(f"lab/model-{place}" for place in range(9)), "Qwen/Qwen3-8B"]
    found = looked_up(standin, ids)
    assert set(found.reports) == {"lab/model-0", "lab/model-1", "lab/model-2", "Qwen/Qwen3-8B"}
    assert {trouble.id for trouble in found.troubles.values()} == {"hub_busy"}
    assert found.troubles["lab/model-8"].fields["seconds"] == 55
    assert len(standin.asked_for("/api/models/")) == AT_ONCE


def test_too_many_are_refused_before_any_request(standin: StandIn) -> None:
    with pytest.raises(Problem) as error:
        looked_up(standin, [f"lab/{place}" for place in range(MOST + 1)])
    assert error.value.id == "too_many_models"
    assert standin.requests == []


def test_a_job_looks_up_without_a_token_and_leaves_its_finds_in_the_cache(
    standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_not_for_children")
    params = {
        "ids": ["lab/model-1", "no/such"], "on": ON.isoformat(), "endpoint": standin.url, "cache": str(tmp_path / "hub")
    }  # fmt: skip
    folder = jobs.start("look_up", params, {}, root=tmp_path / "jobs")
    done = jobs.wait(folder, 30)
    assert done.state == "done"
    assert done.result
    assert [one["id"] for one in done.result["models"]] == ["lab/model-1"]
    assert done.result["troubles"]["no/such"]["id"] == "hub_not_found"
    assert not any("authorization" in one.headers for one in standin.requests)
    standin.requests.clear()
    again = hub.report("lab/model-1", on=ON, endpoint=standin.url, cache=tmp_path / "hub", offline=True)
    assert (again.facts.origin, again.context.tokens) == ("cache", 8192)
    assert standin.requests == []
