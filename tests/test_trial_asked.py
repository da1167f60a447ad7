"""A trial from the shell and in a job: consent first, the key nowhere, and a way on from wherever it stopped."""

from __future__ import annotations

import csv
import json
import runpy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from advisor import jobs
from advisor.cli import main
from advisor.language import phrase_keys, problem
from advisor.trial.addresses import Policy
from advisor.trial.order import Order, prepared
from advisor.trial.sending import Wish
from pricing import Problem
from pricing.book import price_book
from tests.conftest import TODAY
from tests.llm_standin import LLM, serving
from tests.llm_trials import DATA, KEY, TRUTH

COLUMNS = ("--text", "text", "--label", "label")
SMALL = (*COLUMNS, "--rows", "12", "--arms", "zero")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def server() -> Iterator[LLM]:
    with serving(LLM(label_of=lambda text: TRUTH.get(text, "ham"))) as llm:
        yield llm


@pytest.fixture
def llm(server: LLM) -> LLM:
    server.calls.clear()
    server.keys.clear()
    server.bodies.clear()
    return server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "rows.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([("text", "label"), *zip(DATA.texts, DATA.labels, strict=True)])
    return file


@pytest.fixture
def advisor(capsys: pytest.CaptureFixture[str], home: Path) -> Run:
    def run(*arguments: object, **environ: str) -> Ran:
        around = {"ADVISOR_HOME": str(home), "LANG": "en_GB.UTF-8"} | environ
        code = main(["trial", *(str(argument) for argument in arguments)], around)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def everything_under(folder: Path) -> str:
    return " ".join(
        path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    )


def test_a_check_sends_nothing_of_the_teams_and_says_who_answered(advisor: Run, llm: LLM) -> None:
    found = advisor("check", "--endpoint", f"{llm.url}/v1", "--model", "400_param", "--json").answer
    assert found["model_answered"] == "fake-2026-11-01"
    assert found["dropped"] == ["temperature", "max_tokens", "seed"]
    assert found["usage_reported"] is True
    assert len(llm.bodies) == 4
    assert not any(text in json.dumps(body) for body in llm.bodies for text in DATA.texts)
    said = advisor("check", "--endpoint", f"{llm.url}/v1", "--model", "ok", "--lang", "ja")
    assert "fake-2026-11-01" in said.out


def test_a_check_that_fails_says_why(advisor: Run, llm: LLM) -> None:
    refused = advisor(
        "check", "--endpoint", f"{llm.url}/v1", "--model", "401", "--key-env", "OUR_KEY", OUR_KEY=KEY
    )
    assert (refused.code, refused.out) == (2, "")
    assert "refused the key" in refused.err
    unset = advisor("check", "--endpoint", f"{llm.url}/v1", "--model", "ok", "--key-env", "OUR_KEY")
    assert (unset.code, "OUR_KEY" in unset.err) == (2, True)


def test_a_run_scores_both_ways_of_asking_and_keeps_the_answers(
    advisor: Run, llm: LLM, table: Path, tmp_path: Path
) -> None:
    asked = advisor(
        "run", table, *COLUMNS, "--rows", 20, "--endpoint", f"{llm.url}/v1", "--model", "ok",
        "--save", tmp_path / "kept", "--json",
    )  # fmt: skip
    found = asked.answer
    assert asked.code == 0
    assert [(arm["id"], arm["asked"], arm["retries"]) for arm in found["arms"]] == [
        ("zero_shot", 20, 0), ("few_shot", 20, 0),
    ]  # fmt: skip
    assert found["arms"][1]["shots"] == 2
    assert found["endpoint"]["host"] == "127.0.0.1"
    assert found["endpoint"]["labels_enforced"] is True
    assert found["stability"] == {"asked_twice": 20, "changed": 0}
    assert found["arms"][0]["usage"]["cached"] == 20 * 1024
    again = advisor("score", tmp_path / "kept" / "answers.csv", "--data", table, *COLUMNS, "--json").answer
    assert [arm["scores"] for arm in again["arms"]] == [arm["scores"] for arm in found["arms"]]
    refused = advisor(
        "run", table, *SMALL, "--endpoint", f"{llm.url}/v1", "--model", "ok", "--save", tmp_path / "kept"
    )
    assert (refused.code, "--resume" in refused.err) == (2, True)


def test_below_the_target_the_exit_code_is_ten(advisor: Run, llm: LLM, table: Path) -> None:
    asked = advisor(
        "run", table, *COLUMNS, "--rows", "80", "--arms", "zero", "--endpoint", f"{llm.url}/v1",
        "--model", "finish_null", "--target", "0.99",
    )  # fmt: skip
    assert asked.code == 10


def test_without_consent_nothing_is_sent(advisor: Run, table: Path) -> None:
    asked = ("run", table, *SMALL, "--endpoint", "https://93.184.216.34/v1", "--model", "gpt-5.4")
    for more in ((), ("--yes-send", "api.openai.com")):
        refused = advisor(*asked, *more)
        assert (refused.code, refused.out) == (2, "")
        assert "12 texts to 93.184.216.34" in refused.err
        assert "--yes-send 93.184.216.34" in refused.err
    dry = advisor(*asked, "--dry-run", "--json")
    assert (dry.code, dry.answer["texts"], dry.answer["place"]) == (0, 12, "public")


def test_data_that_may_not_leave_is_refused_before_anything_is_read(advisor: Run, table: Path) -> None:
    refused = advisor(
        "run", table, *SMALL, "--endpoint", "https://93.184.216.34/v1", "--model", "gpt-5.4",
        "--yes-send", "93.184.216.34", "--data-may-leave", "not_at_all",
    )  # fmt: skip
    assert (refused.code, "may not leave" in refused.err) == (2, True)


def priced(**how: Any) -> Any:
    order = Order("openai", "gpt-5.4", Wish(rows=40, arms=("zero_shot",)), **how)
    return prepared(order, DATA, price_book(), TODAY, lambda host, port: ["93.184.216.34"])


def test_an_estimate_above_the_cap_is_refused() -> None:
    ready = priced(cap_usd=Decimal("0.001"), consent="api.openai.com")
    with pytest.raises(Problem, match="trial_estimate_above_cap"):
        ready.conduct(KEY)
    with pytest.raises(Problem, match="trial_requests_above_cap"):
        priced(cap_requests=10, consent="api.openai.com").conduct(KEY)
    with pytest.raises(Problem, match="trial_no_consent"):
        priced().conduct(KEY)


def test_the_administrators_cap_and_models_hold(tmp_path: Path) -> None:
    from advisor.trial.addresses import Listed

    listed = Listed(name="ours", address="https://api.openai.com/v1", prices="openai", max_usd=Decimal("0.5"))
    order = Order("ours", "gpt-5.4", Wish(rows=20), Policy((listed,), only_listed=True))
    ready = prepared(order, DATA, price_book(), TODAY, lambda host, port: ["93.184.216.34"])
    assert ready.cap_usd == Decimal("0.5")
    assert Order.of(json.loads(json.dumps(order.as_json()))) == order


def test_with_sign_in_the_list_alone_may_be_asked(
    advisor: Run, llm: LLM, table: Path, tmp_path: Path
) -> None:
    file = tmp_path / "endpoints.yaml"
    file.write_text(f"- {{name: ours, address: '{llm.url}/v1', key: OUR_KEY, models: [ok]}}\n")
    around = {"ADVISOR_SIGN_IN": "1", "ADVISOR_LLM_ENDPOINTS": str(file), "OUR_KEY": KEY}
    asked = ("run", table, *SMALL, "--json")
    assert advisor(*asked, "--endpoint", "ours", "--model", "ok", **around).code == 0
    other = advisor(*asked, "--endpoint", f"{llm.url}/v2", "--model", "ok", **around)
    model = advisor(*asked, "--endpoint", "ours", "--model", "401", **around)
    assert (other.code, "administrator" in other.err) == (2, True)
    assert (model.code, "administrator" in model.err) == (2, True)


def test_a_run_that_stops_names_the_way_on_and_goes_it(
    advisor: Run, llm: LLM, table: Path, tmp_path: Path
) -> None:
    asked = (
        "run",
        table,
        *SMALL,
        "--endpoint",
        f"{llm.url}/v1",
        "--model",
        "credit_ends",
        "--concurrency",
        "1",
    )
    stopped = advisor(*asked, "--save", tmp_path / "kept")
    assert (stopped.code, stopped.out, llm.calls["credit_ends"]) == (2, "", 11)
    assert f"The 10 answers so far are in {tmp_path / 'kept'}; add --resume" in stopped.err
    llm.calls["credit_ends"] = -100
    resumed = advisor(*asked, "--resume", tmp_path / "kept", "--json")
    assert (resumed.code, llm.calls["credit_ends"]) == (0, -100 + 24 - 10)
    assert resumed.answer["sampled"] == 12
    nothing = advisor(*asked, "--resume", tmp_path / "none")
    assert (nothing.code, "journal.jsonl" in nothing.err) == (2, True)


@pytest.mark.parametrize("model", ["ok", "401"])
def test_the_key_is_found_nowhere(
    advisor: Run, llm: LLM, table: Path, home: Path, model: str, tmp_path: Path
) -> None:
    asked = advisor(
        "run", table, *SMALL, "--endpoint", f"{llm.url}/v1", "--model", model, "--key-env", "OUR_KEY",
        OUR_KEY=KEY,
    )  # fmt: skip
    assert llm.keys[0] == (f"Bearer {KEY}", None)
    assert KEY not in asked.out + asked.err + everything_under(tmp_path)


def in_a_job(llm: LLM, model: str, root: Path, table: Path, **files: Path) -> Path:
    order = Order(f"{llm.url}/v1", model, Wish(rows=12, arms=("zero_shot",)))
    params = {
        "order": order.as_json(), "text": "text", "label": "label", "reading": {"name": "rows.csv"},
        "on": TODAY.isoformat(),
    }  # fmt: skip
    return jobs.start("trial", params, {"table": table, **files}, root=root, secret=KEY)


def test_a_job_goes_on_from_another_with_a_key_that_is_in_no_file(llm: LLM, home: Path, table: Path) -> None:
    first = in_a_job(llm, "credit_ends", home / "jobs", table)
    ended = jobs.wait(first, 60).result
    assert ended is not None and (ended["trial"], ended["stopped"]["id"]) == (None, "trial_no_credit")
    kept = len((first / "journal.jsonl").read_text(encoding="utf-8").splitlines())
    llm.calls["credit_ends"] = -100
    second = in_a_job(llm, "credit_ends", home / "jobs", table, journal=first / "journal.jsonl")
    done = jobs.wait(second, 60)
    assert done.result is not None, done.problem
    assert (done.result["trial"]["sampled"], llm.calls["credit_ends"]) == (12, -100 + 24 - kept)
    assert (second / "answers.csv").is_file()
    assert {key for key, _ in llm.keys} == {f"Bearer {KEY}"}
    assert KEY not in everything_under(home) + json.dumps([done.result, ended])


def test_a_job_whose_key_is_gone_says_so(llm: LLM, home: Path, table: Path) -> None:
    from advisor.jobs import queue

    with mock.patch.object(queue.Queue, "add", lambda self, folder, secret=None: None):
        job = in_a_job(llm, "ok", home / "jobs", table)
    queue.queue_of(home / "jobs").add(job)
    found = jobs.wait(job, 60).problem
    assert found is not None
    assert (found.id, llm.calls["ok"]) == ("job_key_gone", 0)


def test_the_script_asks_the_same_and_its_answers_can_be_scored(
    advisor: Run, llm: LLM, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (
        *COLUMNS, "--rows", "12", "--endpoint", f"{llm.url}/v1", "--model", "400_param", "--key-env", "OUR_KEY",
    )  # fmt: skip
    script, out = tmp_path / "ask.py", tmp_path / "answers.csv"
    script.write_text(advisor("script", table, *asked).out, encoding="utf-8")
    assert KEY not in script.read_text(encoding="utf-8")
    monkeypatch.setenv("OUR_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sys, "argv", ["ask.py", str(out)])
    runpy.run_path(str(script), run_name="__main__")
    assert llm.calls["400_param"] == 24 + 3
    runpy.run_path(str(script), run_name="__main__")
    assert llm.calls["400_param"] == 24 + 3
    found = advisor("score", out, "--data", table, *COLUMNS, "--json").answer
    assert [(arm["id"], arm["asked"], arm["usage"]["cached"]) for arm in found["arms"]] == [
        ("zero_shot", 12, 12 * 1024), ("few_shot", 12, 12 * 1024),
    ]  # fmt: skip


def test_every_problem_of_asking_is_said_in_both_languages() -> None:
    ids = [key for key in phrase_keys() if key.startswith("problems.trial_")]
    assert len(ids) > 30
    for key in ids:
        found = Problem(key.removeprefix("problems."))
        assert problem(found, "ja") != problem(found, "en")
