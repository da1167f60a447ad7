"""The script that is handed out runs, and finds what we found."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.answers.baseline import Baseline
from baselines.run import run_baseline
from baselines.verdict import Target
from tests.small_tables import inquiries, sentence_pairs

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_script_reaches_the_reported_score_with_scikit_learn_alone(language: str, tmp_path: Path) -> None:
    data = inquiries(240, language)
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *zip(data.texts, data.labels, strict=True)])
    answer = Baseline.of(run_baseline(data))
    source = answer.script("table.csv", "text", "label")
    assert len(source.splitlines()) <= 20
    told = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    macro = next(line for line in told.stdout.splitlines() if "macro avg" in line).split()
    best = answer.line(answer.best, "macro_f1")
    assert best is not None
    assert float(macro[4]) == pytest.approx(best.mean, abs=0.05)


def test_rungs_beyond_plain_scikit_learn_are_measured_again_by_this_package(tmp_path: Path) -> None:
    data = sentence_pairs(60)
    with (tmp_path / 'it\'s "odd".csv').open("w", encoding="utf-8", newline="") as file:
        rows = zip(data.texts, data.texts2 or (), data.labels, strict=True)
        csv.writer(file).writerows([("a", "b", "label"), *rows])
    answer = Baseline.of(run_baseline(data, target=Target("accuracy", 0.7)))
    source = answer.script('it\'s "odd".csv', "a", "label", "b")
    assert len(source.splitlines()) <= 20
    told = subprocess.run(
        [sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert told.stdout.split()[-2:] == [answer.best, answer.verdict]
