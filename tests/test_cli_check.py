"""`check` watches a plan that is kept in git; `advise` says what changed since the plan was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.language import LANGUAGES
from tests.test_cli import ON, PLAN, Run, run
from tests.test_drift import GPT_35, WHY_BOT_2024

__all__ = ["run"]


@pytest.fixture
def march_2024(tmp_path: Path) -> Path:
    file = tmp_path / "why_bot_2024.yaml"
    file.write_text(WHY_BOT_2024.to_yaml(), encoding="utf-8")
    return file


def test_a_decision_that_no_longer_stands_is_exit_1(run: Run, march_2024: Path) -> None:
    ran = run("check", march_2024, "--json", *ON)
    assert ran.code == 1
    assert all({"what", "then", "now", "affects_decision"} <= set(change) for change in ran.answer["changes"])
    changes = {change["what"]: change for change in ran.answer["changes"]}
    assert changes[f"training.{GPT_35}"]["since"] == "2026-05-07"
    assert changes[f"model.{GPT_35}"]["now"] == "ended"


def test_a_decision_that_stands_is_exit_0(run: Run) -> None:
    ran = run("check", PLAN, "--json", *ON)
    assert (ran.code, ran.answer["changes"]) == (0, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_people_read_sentences(run: Run, march_2024: Path, language: str) -> None:
    ran = run("check", march_2024, "--lang", language, *ON)
    assert (ran.code, ran.err) == (1, "")
    assert {"ja": "2026年5月7日から申し込めません", "en": "closed since 7 May 2026"}[language] in ran.out


def test_the_same_plan_stands_on_its_own_day(run: Run, march_2024: Path) -> None:
    assert run("check", march_2024, "--on", "2024-03-15").code == 0


@pytest.mark.parametrize("text", ["colour: red\n", "schema_version: 1\ntitle: t\non: soon\n"])
def test_what_is_no_plan_is_exit_2_in_one_line(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    ran = run("check", file, *ON)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_advice_rests_on_the_facts_of_the_day_asked_for(run: Run, march_2024: Path) -> None:
    then = run("advise", march_2024, "--json", "--on", "2024-03-15").answer
    now = run("advise", march_2024, "--json", *ON).answer
    assert (then["recommended"], then["changes"]) == ("fine_tuning_hosted", [])
    assert (then["decision"], now["decision"], now["recommended"]) == ("try", "unlock", "fine_tuning_hosted")
    assert "decision" in {change["what"] for change in now["changes"] if change["affects_decision"]}
    assert "closed since 7 May 2026" in run("advise", march_2024, *ON).out
