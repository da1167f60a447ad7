"""A run asks each question once, stays within its cap, and goes on where it was killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.trial.addresses import Policy
from advisor.trial.budget import Budget, Most, most_usd
from advisor.trial.endpoint import finished
from advisor.trial.journal import FILE, Journal
from advisor.trial.run import Outcome
from advisor.trial.sending import Wish, sending
from advisor.trial.usage import Usage
from baselines.dataset import LabelledTexts
from pricing import Problem
from pricing.book import price_book
from tests.conftest import TODAY
from tests.llm_standin import LLM, serving
from tests.llm_trials import DATA, FEW_ROWS, PRICE, TRUTH, ZERO_SHOT, asked_of, trial


@pytest.fixture(scope="module")
def server() -> Iterator[LLM]:
    with serving(LLM(label_of=lambda text: TRUTH.get(text, "ham"))) as llm:
        yield llm


@pytest.fixture
def llm(server: LLM) -> LLM:
    for counted in (server.calls, server.keys, server.bodies):
        counted.clear()
    server.most_at_once = 0
    return server


def told(outcome: Outcome) -> list[dict[str, Any]]:
    """The answers without what depends on the clock."""
    return [asdict(replace(one, seconds=None)) for one in outcome.answers]


def test_every_row_is_asked_once_and_twenty_of_them_twice(llm: LLM) -> None:
    outcome = trial(llm)
    assert (len(outcome.answers), outcome.stopped) == (60, None)
    assert llm.calls["ok"] == outcome.requests == 80
    assert outcome.stability == {"asked_twice": 20, "changed": 0}
    assert all(one.prediction == DATA.labels[(one.row or 0) - 1] for one in outcome.answers)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_no_more_questions_are_under_way_than_asked_for(llm: LLM, concurrency: int) -> None:
    trial(llm, "slow_start", FEW_ROWS, concurrency=concurrency)
    assert min(2, concurrency) <= llm.most_at_once <= concurrency


def test_texts_stand_in_the_last_turn_alone_and_examples_repeat_none_of_them(llm: LLM) -> None:
    for by in ("class", "random", "similar"):
        asked = asked_of(llm, wish=Wish(rows=40, shots=6, shots_by=by))  # type: ignore[arg-type]
        texts = {one.body["messages"][-1]["content"] for one in asked.questions}
        assert len(texts) == 40
        for one in asked.questions:
            turns = one.body["messages"]
            assert [turn["role"] for turn in turns if turn["content"] in texts] == ["user"]
            assert turns[0]["role"] == "system"
            assert len(turns) == 2 if one.arm == "zero_shot" else len(turns) > 2


def test_the_instruction_is_in_the_language_of_the_table(llm: LLM) -> None:
    texts = tuple(f"{n}番目の荷物が届きません、{'至急' if n % 2 else '後で'}お願いします" + "あいうえおかきくけこ"[n % 10] * (n + 1) for n in range(30))  # fmt: skip
    rows = LabelledTexts(texts, tuple("配送" if n % 2 else "返品" for n in range(30)))
    wish = Wish(rows=5, arms=("zero_shot",), descriptions={"配送": "荷物が届く\nまで"})
    asked = sending(rows, wish, Policy().address(f"{llm.url}/v1"), "ok")
    system = asked.questions[0].body["messages"][0]["content"]
    assert "ラベル:\n\n- 返品\n- 配送: 荷物が届く まで" in system
    assert asked.expected_usd is None


def test_rows_with_personal_data_stay_unless_they_are_wanted(llm: LLM) -> None:
    rows = LabelledTexts((*DATA.texts, "call me: 090-1234-5678"), (*DATA.labels, "ham"))
    address = Policy().address(f"{llm.url}/v1")
    left = sending(rows, Wish(rows=None, arms=("zero_shot",)), address, "ok")
    kept = sending(rows, Wish(rows=None, arms=("zero_shot",), keep_personal_data=True), address, "ok")
    assert (left.left_out["personal_data"], kept.left_out["personal_data"]) == (1, 0)
    assert not any("090-1234" in json.dumps(one.body) for one in left.questions)
    assert any("090-1234" in json.dumps(one.body) for one in kept.questions)


def test_long_lists_of_labels_are_asked_without_a_schema(llm: LLM) -> None:
    wide = LabelledTexts(DATA.texts, tuple(f"label {at % 60}" for at in range(len(DATA))))
    bodies = [one.body for one in sending(wide, ZERO_SHOT, Policy().address(f"{llm.url}/v1"), "ok").questions]
    assert not any("response_format" in body for body in bodies)


@pytest.mark.parametrize(
    ("model", "problem", "calls"),
    [
        ("401", "trial_key_refused", 1),
        ("404", "trial_model_not_found", 1),
        ("429_quota", "trial_no_credit", 1),
        ("redirect", "trial_redirected", 1),
        ("nonsense", "trial_nothing_usable", 10),
        ("503_html", "trial_errors_in_a_row", 32),
        ("dies", "trial_errors_in_a_row", 36 + 32),
    ],
)
def test_a_run_that_is_no_use_stops_and_keeps_what_it_has(
    llm: LLM, model: str, problem: str, calls: int
) -> None:
    outcome = trial(llm, model, concurrency=1)
    assert outcome.stopped is not None
    assert (outcome.stopped.id, llm.calls[model], llm.other_calls) == (problem, calls, 0)
    if problem == "trial_nothing_usable":
        assert "weather" in str(outcome.stopped.fields["said"])


def test_tries_that_failed_are_counted(llm: LLM) -> None:
    outcome = trial(llm, "500x2", FEW_ROWS)
    assert {one.status for one in outcome.answers} == {"answered"}
    assert (outcome.requests, [one.tries for one in outcome.entries]) == (22, [3] + [1] * 19)


def test_a_pause_for_the_provider_is_told_and_no_score_is(llm: LLM) -> None:
    steps: list[dict[str, Any]] = []
    trial(llm, "429_ra", FEW_ROWS, report=steps.append)
    assert any(step["waiting"] for step in steps)
    assert steps[-1] | {"waiting": False, "spent_usd": ""} == {
        "step": "asking", "done": 20, "total": 20, "answered": 20, "unusable": 0, "errors": 0, "waiting": False,
        "requests": 22, "spent_usd": "",
    }  # fmt: skip


def test_a_model_that_changes_is_seen(llm: LLM) -> None:
    assert {one.model for one in trial(llm, "model_changes", Wish(rows=12, arms=("zero_shot",))).answers} == {
        "fake-2026-11-01",
        "fake-2026-12-01",
    }


def test_the_same_folder_asks_nothing_again(llm: LLM, tmp_path: Path) -> None:
    first, again = (trial(llm, wish=FEW_ROWS, folder=tmp_path) for _ in range(2))
    assert llm.calls["ok"] == 20
    assert told(first) == told(again)
    assert first.spent_usd == again.spent_usd


def test_what_never_came_is_asked_for_again(llm: LLM, tmp_path: Path) -> None:
    llm.calls["dies"] = 34
    stopped = trial(llm, "dies", FEW_ROWS, folder=tmp_path, concurrency=1)
    assert (len(stopped.answers), sum(one.is_missing for one in stopped.answers)) == (10, 8)
    llm.calls["dies"] = -100
    resumed = trial(llm, "dies", FEW_ROWS, folder=tmp_path, concurrency=1)
    assert (len(resumed.answers), llm.calls["dies"]) == (10, -100 + 20 - 2)


KILLED = """
import sys
from pathlib import Path
from tests.llm_standin import LLM
from tests.llm_trials import trial
llm = LLM(url=sys.argv[1])
trial(llm, "slow_start", folder=Path(sys.argv[2]), concurrency=4)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no SIGKILL")
def test_a_killed_run_goes_on_and_comes_to_the_same(llm: LLM, tmp_path: Path, root: Path) -> None:
    undisturbed = trial(llm)
    child = subprocess.Popen([sys.executable, "-c", KILLED, llm.url, str(tmp_path)], cwd=root)
    while llm.calls["slow_start"] < 37 and child.poll() is None:
        llm.closing.wait(0.01)
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    kept = len((tmp_path / FILE).read_text().splitlines())
    assert kept >= llm.calls["slow_start"] - 4
    resumed = trial(llm, "slow_start", folder=tmp_path)
    assert llm.calls["slow_start"] <= 80 + 4
    assert (told(resumed), resumed.stability) == (told(undisturbed), undisturbed.stability)


def test_half_a_line_is_no_answer(llm: LLM, tmp_path: Path) -> None:
    trial(llm, wish=FEW_ROWS, folder=tmp_path)
    journal = tmp_path / FILE
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-20])
    assert len(trial(llm, wish=FEW_ROWS, folder=tmp_path).entries) == 20
    assert llm.calls["ok"] == 21
    assert len(list(Journal(tmp_path).entries())) == 20


def test_a_cap_ends_the_run_before_it_is_exceeded(llm: LLM) -> None:
    need = asked_of(llm).most_usd
    assert need is not None
    outcome = trial(llm, budget=Budget(1000, PRICE, cap_usd=need / 8), concurrency=8)
    assert outcome.stopped is not None and outcome.stopped.id == "trial_cap_reached"
    assert outcome.spent_usd is not None and 0 < outcome.spent_usd <= need / 8
    assert 0 < len(outcome.answers) < 60


def test_without_a_price_the_requests_are_capped(llm: LLM) -> None:
    outcome = trial(llm, budget=Budget(cap_requests=25), concurrency=8)
    assert outcome.stopped is not None and outcome.stopped.id == "trial_cap_of_requests"
    assert (llm.calls["ok"], outcome.spent_usd) == (25, None)


USED = st.tuples(
    st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["said", "silent", "refused"])
)


@given(
    concurrency=st.integers(1, 8),
    model=st.sampled_from(["openai/gpt-5.4", "openai/gpt-6-luna", "anthropic/claude-sonnet-4-5"]),
    mosts=st.lists(st.tuples(st.integers(1, 400_000), st.integers(1, 20_000)), min_size=1, max_size=20),
    uses=st.lists(USED, min_size=20, max_size=20),
    share=st.floats(0.01, 1.2),
)
def test_spent_never_exceeds_the_cap(
    concurrency: int, model: str, mosts: list[tuple[int, int]], uses: list[Any], share: float
) -> None:
    price = price_book().inference(model, TODAY)
    bounds = [Most(input, output, 1, 1) for input, output in mosts]
    cap = sum((most_usd(price, one) for one in bounds), Decimal(0)) * Decimal(str(round(share, 3)))
    budget = Budget(cap_requests=15, price=price, cap_usd=cap)

    async def one_request(most: Most, use: tuple[float, float, float, str]) -> None:
        bound = await budget.reserve(most)
        assert budget.spent_usd + budget.reserved_usd <= cap
        await asyncio.sleep(0)
        input, output = int(most.input * use[0]), int(most.output * use[1])
        cached = int(input * use[2])
        usage = Usage(input, cached, input - cached if use[2] > 0.5 else 0, output)
        if use[3] == "refused":
            budget.release(bound)
        else:
            budget.settle(bound, usage if use[3] == "said" else None)
        assert budget.spent_usd + budget.reserved_usd <= cap

    async def worker(waiting: Iterator[Any]) -> None:
        for most, use in waiting:
            try:
                await one_request(most, use)
            except Problem:
                return

    async def all_of_them() -> None:
        waiting = iter(list(zip(bounds, uses, strict=False)))
        await asyncio.wait_for(asyncio.gather(*(worker(waiting) for _ in range(concurrency))), 10)

    finished(all_of_them())
    assert budget.spent_usd <= cap
    assert (budget.reserved_usd, budget.under_way) == (0, 0)
    assert budget.requests <= 15


def test_the_estimate_is_within_the_bound(llm: LLM) -> None:
    asked = asked_of(llm, wish=replace(ZERO_SHOT, reasoning="medium"))
    assert asked.expected_usd is not None and asked.most_usd is not None
    assert 0 < asked.expected_usd < asked.most_usd
    assert asked.questions[-1].body["reasoning_effort"] == "medium"
