"""`kit` at the shell: a folder or an archive, an open way or one clear line, and nothing for a plan without its table."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from advisor.cli import main

EXAMPLES = Path(__file__).parent.parent / "advisor" / "data" / "examples"
PLAN = EXAMPLES / "plans" / "why_bot.yaml"
ON = ("--on", "2026-11-22")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def kit(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    def run(*arguments: object, plan: Path = PLAN) -> Ran:
        around = {"ADVISOR_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1", "LANG": "en_GB.UTF-8"}
        code = main(["kit", str(plan), *map(str, arguments)], around)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


def test_a_folder_holds_the_kit_and_the_answer_says_what_is_in_it(kit: Any, tmp_path: Path) -> None:
    made = kit("--route", "trl", "--model", "Qwen/Qwen3-8B", "--out", tmp_path / "kit", "--json", *ON)
    assert made.code == 0, made.err
    assert all((tmp_path / "kit" / name).is_file() for name in made.answer["files"])
    assert made.answer["expected"]["memory_gib"] > 10
    assert {"id", "value", "basis", "source"} <= set(made.answer["settings"][0])


def test_a_name_ending_in_zip_is_an_archive(kit: Any, tmp_path: Path) -> None:
    made = kit("--route", "openai", "--customer", "existing", "--out", tmp_path / "kit.zip", *ON)
    assert made.code == 0, made.err
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        assert "launch_kit/run.py" in archive.namelist()
    assert "Cost of training" in made.out


def test_a_closed_way_writes_nothing_and_says_since_when(kit: Any, tmp_path: Path) -> None:
    refused = kit("--route", "openai", "--out", tmp_path / "kit", *ON)
    assert (refused.code, refused.out) == (2, "")
    assert "7 May 2026" in refused.err
    assert not (tmp_path / "kit").exists()
    late = kit("--route", "openai", "--customer", "existing", "--out", tmp_path / "kit", "--on", "2027-01-06")
    assert (late.code, "6 Jan 2027" in late.err) == (2, True)


def test_a_table_of_ones_own_with_its_columns_named(kit: Any, tmp_path: Path) -> None:
    table = EXAMPLES / "inquiries.csv"
    made = kit(
        "--route", "bedrock", "--data", table, "--input", "text", "--output", "label", "--out", tmp_path / "kit",
        "--json", *ON,
    )  # fmt: skip
    assert made.code == 0, made.err
    assert sum(made.answer["rows"].values()) == 400
    assert made.answer["model"].startswith("amazon.nova")


def test_a_plan_whose_table_is_elsewhere_asks_for_it(kit: Any, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text("schema_version: 1\ntitle: {ja: 計画, en: Plan}\non: 2026-11-22\n", encoding="utf-8")
    refused = kit("--route", "trl", "--out", tmp_path / "kit", *ON, plan=plan)
    assert refused.code == 2
    assert "--data" in refused.err


def test_a_way_that_is_not_there_lists_those_that_are(kit: Any, tmp_path: Path) -> None:
    assert "llamafactory" in kit("--route", "nowhere", "--out", tmp_path / "kit", *ON).err
