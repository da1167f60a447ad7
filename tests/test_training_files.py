"""Training files: findings that can be left out, progress, the archive, and the same work as a job."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from advisor import jobs
from advisor.answers.preparation import Preparation
from advisor.preparation import ARCHIVE, Columns, prepare
from advisor.preparation.findings import FINDINGS
from baselines.reading import read_table
from baselines.table import Table
from pricing import Problem
from pricing.sources import read_yaml

PHRASES = Path(__file__).parent.parent / "advisor" / "data" / "phrases" / "preparation.yaml"


def repeated_questions() -> Table:
    rows = "".join(f"注文番号{n}の商品はいつ届きますか,{n}日に届きます。\n" for n in range(40))
    return read_table(f"q,a\n{rows}".encode(), "t.csv")


def test_rows_on_two_sides_of_the_split_are_named_and_can_be_left_out() -> None:
    made = prepare(repeated_questions(), Columns("q", "a"), split="20/10/10", near=True)
    # Near rows that fill more than a part are let go; numbers count as the same, so these are all near.
    found = {finding.id: finding for finding in made.findings}
    assert len(found["across_splits"].rows) == len(made.near_duplicates_across_splits) > 0
    without = prepare(repeated_questions(), Columns("q", "a"), split="20/10/10", drop=["across_splits"])
    assert without.near_duplicates_across_splits == []
    assert without.count("train") == 20
    assert len(without.dropped) == len(found["across_splits"].rows)


def test_what_nobody_finds_cannot_be_left_out() -> None:
    with pytest.raises(Problem, match="finding_unknown"):
        prepare(repeated_questions(), Columns("q", "a"), drop=["duplicates"])


def test_every_finding_that_can_be_named_has_its_sentence() -> None:
    assert set(read_yaml(PHRASES)["finding"]) == FINDINGS


def test_a_model_without_a_known_limit_needs_one() -> None:
    with pytest.raises(Problem, match="token_limit_unknown"):
        prepare(repeated_questions(), Columns("q", "a"), model="meta-llama/Llama-3.1-8B")
    made = prepare(repeated_questions(), Columns("q", "a"), model="meta-llama/Llama-3.1-8B", token_limit=8)
    assert len(next(one for one in made.findings if one.id == "over_token_cap").rows) == 40


def test_preparing_says_how_far_it_is() -> None:
    told: list[str] = []
    prepare(repeated_questions(), Columns("q", "a"), progress=lambda step, share: told.append(step))
    assert list(dict.fromkeys(told)) == ["examples", "repeats", "checks", "split"]


def test_the_archive_holds_what_is_written(tmp_path: Path) -> None:
    made = prepare(repeated_questions(), Columns("q", "a"))
    files = made.write(tmp_path)
    with zipfile.ZipFile(io.BytesIO(made.zipped())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            path.name: path.read_bytes() for path in files.values()
        }
    assert made.lines("train").startswith(made.preview + "\n")


def test_a_job_makes_the_same_files_as_the_shell(tmp_path: Path) -> None:
    body = "q,a\n" + "".join(f"{chr(0x4E00 + 97 * n) * 5},答え{n}。\n" for n in range(40))
    params = {"columns": {"input": "q", "output": "a"}, "split": "20/10/10", "reading": {"name": "t.csv"}}
    job = jobs.start("prepare", params, {"table": body.encode()}, root=tmp_path)
    result = jobs.wait(job, 60).result
    made = prepare(read_table(body.encode(), "t.csv"), Columns("q", "a"), split="20/10/10")
    assert result == {"evidence": Preparation.of(made).as_json(), "preview": made.preview}
    with zipfile.ZipFile(job / ARCHIVE) as archive:
        assert archive.read("test.jsonl").decode() == made.lines("test")
