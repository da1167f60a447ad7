"""The OpenAI-style script of a kit, run as a team would run it, through the real client against a loopback service."""

from __future__ import annotations

import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest import mock

import pytest

from advisor.evaluation.scoresheets import read_score_sheet
from advisor.improve.loss_log import read_loss_log
from advisor.preparation import Columns, Preparation, prepare
from advisor.training import Kit, build_kit
from advisor.training.choice import Choice
from baselines.reading import read_table
from pricing.book import price_book
from tests.fine_tuning_standin import KEY, TUNED, Service, serving

ON = date(2026, 11, 22)
OFFER = "openai/gpt-4.1-mini-2025-04-14"


def prepared(rows: int = 16) -> Preparation:
    written = "".join(f"なんで{n}?,こたえは{n}です。\n" for n in range(rows))
    return prepare(
        read_table(f"q,a\n{written}".encode(), "why.csv"), Columns("q", "a"), split="12/2/2", near=False
    )


def kit_of(route: str = "openai", offer: str = OFFER) -> Kit:
    return build_kit(
        Choice(route=route, offer=offer), prepared(), title="試し", language="en", on=ON, book=price_book(),
        customer="existing", criteria=("tone",),
    )  # fmt: skip


@dataclass
class Ran:
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Team:
    """A team with an unpacked kit and the service it talks to."""

    folder: Path
    service: Service
    key: str = KEY

    def run(self, *arguments: str, apart: bool = False) -> Ran:
        """Run the kit's script: `apart` in an interpreter of its own, else in this one, which is quicker."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "AZURE"))}
        own = {
            "OPENAI_API_KEY": self.key,
            "OPENAI_BASE_URL": f"{self.service.url}/v1",
            "AZURE_OPENAI_API_KEY": self.key,
            "AZURE_OPENAI_ENDPOINT": self.service.url,
            "NO_PROXY": "127.0.0.1",
            "PYTHONIOENCODING": "utf-8",
        }
        with mock.patch.dict(os.environ, kept | own, clear=True):
            return self._apart(arguments) if apart else self._here(arguments)

    def _apart(self, arguments: tuple[str, ...]) -> Ran:
        command = [sys.executable, "run.py", *arguments]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, encoding="utf-8")
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def _here(self, arguments: tuple[str, ...]) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        argv, path = ["run.py", *arguments], [str(self.folder), *sys.path]
        sys.modules.pop("kit", None)
        with mock.patch.multiple(sys, argv=argv, path=path), redirect_stdout(out), redirect_stderr(err):
            try:
                runpy.run_path(str(self.folder / "run.py"), run_name="__main__")
            except SystemExit as ended:
                return Ran(int(ended.code or 0), out.getvalue(), err.getvalue())
            finally:
                sys.modules.pop("kit", None)
        raise AssertionError("the script did not say how it ended")

    def did(self, *arguments: str, apart: bool = False) -> str:
        ran = self.run(*arguments, apart=apart)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def failed(self, *arguments: str) -> str:
        """The one line that says what is wrong."""
        ran = self.run(*arguments)
        assert ran.returncode == 1, ran.stdout
        assert ran.stderr.count("\n") <= 1
        return ran.stderr


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    kit_of().write(tmp_path)
    with serving(Service()) as service:
        yield Team(tmp_path, service)


def test_a_whole_run_sends_once_trains_and_leaves_what_the_product_reads(team: Team) -> None:
    assert "ftjob-1" in team.did("start", "--yes", apart=True)
    assert "ftjob-1" in team.did("start", "--yes")
    (job,) = team.service.jobs.values()
    assert job["asked"]["method"]["supervised"]["hyperparameters"]["n_epochs"] == 8
    assert job["asked"]["suffix"].startswith("kit-")
    assert team.service.uploads["file-1"] == (team.folder / "data" / "train.jsonl").read_bytes()
    assert TUNED in team.did("wait", "--every", "0.01")
    losses = read_loss_log(read_table(team.folder / "losses.csv", "losses.csv"))
    assert losses.train == ((1.0, 2.0), (2.0, 1.5), (3.0, 1.1))
    assert len(losses.validation) == 3
    team.did("infer", "--base")
    assert {asked["model"] for asked in team.service.asked} == {TUNED, "gpt-4.1-mini-2025-04-14"}
    assert all(asked["messages"][-1]["role"] == "user" for asked in team.service.asked)
    assert [line.split(" ")[1] for line in team.service.created()].count("/files") == 2


def test_answers_become_a_score_sheet_and_a_sheet_to_blind_without_formulas(team: Team) -> None:
    team.did("start", "--yes")
    team.did("wait", "--every", "0.01")
    team.did("infer")
    asked = len(team.service.asked)
    team.did("infer")
    assert len(team.service.asked) == asked, "a kept answer was asked for again"
    table = read_table(team.folder / "score_sheet.csv", "score_sheet.csv")
    sheet = read_score_sheet(table)
    assert (sheet.systems, sheet.criteria, len(sheet.items)) == (("tuned",), ("exact match",), 2)
    assert all(answer.startswith("'=") for answer in table.column("answer"))
    compared = read_table(team.folder / "answers.csv", "answers.csv")
    assert list(compared.columns) == ["item_id", "question", "reference", "tuned"]


def test_nothing_is_sent_before_it_is_agreed(team: Team) -> None:
    for arguments in (["start"], ["start", "--dry-run"], ["start", "--dry-run", "--yes"]):
        said = team.did(*arguments)
        assert "Nothing was sent" in said
        assert "Cost of training" in said
    assert team.service.requests == []


def test_a_missing_and_a_refused_key_are_each_one_line(team: Team) -> None:
    team.key = ""
    assert "OPENAI_API_KEY" in team.failed("start", "--yes")
    team.key = "sk-wrong"
    assert "Incorrect API key" in team.failed("start", "--yes")
    assert not (team.folder / "state.json").exists()


def test_a_failed_job_says_why_and_ends_with_1(team: Team) -> None:
    team.service.ends = "failed"
    team.did("start", "--yes")
    assert "line 3 is wrong" in team.failed("wait", "--every", "0.01")


def test_a_job_can_be_cancelled_and_then_has_no_model(team: Team) -> None:
    team.service.ends = "never"
    team.did("start", "--yes")
    assert "cancelled" in team.did("cancel")
    assert team.run("status").returncode == 1
    assert "no tuned model" in team.failed("infer")


def test_a_job_whose_answer_was_lost_is_found_again_not_paid_twice(team: Team) -> None:
    team.service.lost_answers = 1
    assert "the answer was lost" in team.failed("start", "--yes")
    assert "ftjob-1" in team.did("start", "--yes")
    assert len(team.service.jobs) == 1
    assert len(team.service.uploads) == 2


def test_events_are_told_from_the_first_on(team: Team) -> None:
    team.did("start", "--yes")
    said = team.did("events")
    assert said.index("Created") < said.index("Step 1/3")


def test_a_command_before_its_time_says_what_comes_first(team: Team) -> None:
    assert "start" in team.failed("status")


def test_a_service_out_of_reach_is_one_line(tmp_path: Path) -> None:
    kit_of().write(tmp_path)
    with serving(Service()) as service:
        pass
    team = Team(tmp_path, service)
    (tmp_path / "state.json").write_text(json.dumps({"job": "ftjob-1"}), encoding="utf-8")
    assert "127.0.0.1" in team.failed("status")


def test_azure_speaks_the_same_api_under_its_own_address(tmp_path: Path) -> None:
    kit_of("azure", "azure/gpt-4.1-mini-developer").write(tmp_path)
    with serving(Service(prefix="/openai/v1")) as service:
        team = Team(tmp_path, service)
        team.did("start", "--yes")
        (job,) = service.jobs.values()
        assert job["asked"]["trainingType"] == "developerTier"
        assert "--model" in team.failed("infer")
        team.did("infer", "--model", "deployed")
        assert {asked["model"] for asked in service.asked} == {"deployed"}
