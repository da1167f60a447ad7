"""A Dask cluster of two workers: the same scores as one process, and a sentence for whatever keeps it from helping."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import LocalCluster
from scipy import sparse

import advisor
from advisor.answers.baseline import Baseline
from advisor.cli import main
from advisor.language import LANGUAGES, problem
from baselines import Problem
from baselines.classification import Classification
from baselines.cluster import _part, _shares, connected, refuse_unfit
from baselines.compare import Folds, measure
from baselines.pipelines import BASELINES
from baselines.run import run_baseline
from baselines.workers import HERE, Workers
from tests.small_tables import inquiries

TABLE = Path(advisor.__file__).parent / "data" / "examples" / "inquiries.csv"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=40
    ) as cluster:
        yield cluster.scheduler_address


def test_the_report_is_the_one_of_a_single_process(address: str) -> None:
    data = inquiries(510, noise=0.2)
    here = Baseline.of(run_baseline(data)).as_json()
    with connected(address) as cluster:
        there = Baseline.of(run_baseline(data, workers=cluster)).as_json()
    timed = ("fit_seconds", "speed", "money", "per_million", "single_ms", "rows_per_second")
    assert without(here, *timed) == without(there, *timed)
    assert all(row["fit_seconds"] > 0 for row in there["scores"])


def without(value: Any, *names: str) -> Any:
    """The same JSON without these keys, wherever they stand."""
    if isinstance(value, dict):
        return {key: without(inner, *names) for key, inner in value.items() if key not in names}
    return [without(inner, *names) for inner in value] if isinstance(value, list) else value


def test_trees_grown_by_all_workers_are_as_good(address: str) -> None:
    data = inquiries(300, noise=0.1)
    bench = Classification(data, None, "macro_f1", 42)
    folds = Folds.stratified(bench.answers, np.arange(300), seed=1, folds=2)
    pipeline = BASELINES["lightgbm"](bench.setting)

    def share_right(workers: Workers) -> float:
        rung = measure("lightgbm", pipeline, bench.features, bench.answers, 3, folds, workers=workers)
        assert rung.fit_seconds > 0
        return float((rung.answers[0] == bench.answers).mean())

    with connected(address) as cluster:
        assert share_right(cluster) == pytest.approx(share_right(HERE), abs=0.1)


def test_rungs_are_climbed_at_once_and_the_trees_last(address: str) -> None:
    seen: list[str] = []

    def climb(name: str) -> str:
        seen.append(name)
        return name.upper()

    with connected(address) as cluster:
        found = list(cluster.rungs(climb, ["majority", "lightgbm", "linear_svm"]))
    assert found == ["MAJORITY", "LIGHTGBM", "LINEAR_SVM"]
    assert seen[-1] == "lightgbm"


def test_every_part_of_the_rows_knows_every_class() -> None:
    codes = np.array([0] * 8 + [1] * 8 + [2])
    matrix = sparse.csr_matrix(np.arange(17.0)[:, None])
    parts = [_part(matrix, codes, rows) for rows in _shares(codes, 3)]
    assert [sorted(set(labels)) for _, labels, _ in parts] == [[0, 1, 2]] * 3
    assert sum(weights.sum() for *_, weights in parts) == 17


def test_a_rung_that_fails_on_a_worker_is_left_out_with_its_reason(address: str) -> None:
    def fails(features: Any, *task: Any) -> float:
        raise Problem("no_words", rows=task[0])

    with connected(address) as cluster:
        assert list(cluster.pieces(_doubled, "texts", [(_NoTrees(), 2), (_NoTrees(), 3)])) == [4, 6]
        with pytest.raises(Problem) as caught:
            list(cluster.pieces(fails, "texts", [(_NoTrees(),)]))
    assert caught.value.id == "no_words"


class _NoTrees:
    steps = ((None, None),)


def _doubled(features: str, pipeline: Any, number: int) -> int:
    return 2 * number


def unreachable(address: str) -> Problem:
    with pytest.raises(Problem) as caught, connected(address):
        raise AssertionError
    return caught.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_dask_a_line_says_how_to_get_it(language: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install" in problem(unreachable("tcp://127.0.0.1:1"), language)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "tcp://127.0.0.1:1", "nonsense://x", ""])
def test_a_cluster_that_does_not_answer_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baselines.cluster.CONNECT_SECONDS", 0.3)
    assert unreachable(address).id == "cluster_unreachable"


def test_the_shell_says_it_in_one_line_and_prints_nothing_else(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["baseline", str(TABLE), "--text", "text", "--label", "label", "--json", "--cluster"]
    assert main([*asked, address], {"LANG": "ja_JP.UTF-8"}) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["best"]
    assert "最頻クラス" in printed.err
    monkeypatch.setattr("baselines.cluster.CONNECT_SECONDS", 0.3)
    assert main([*asked, "tcp://127.0.0.1:1"], {"LANG": "ja_JP.UTF-8"}) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "スケジューラー" in printed.err


@pytest.mark.parametrize(
    ("workers", "id"),
    [({}, "cluster_without_workers"), ({"tcp://a": object(), "tcp://b": None}, "cluster_lacks_package")],
)
def test_workers_that_cannot_help_are_named(workers: dict[str, object], id: str) -> None:
    with pytest.raises(Problem) as caught:
        refuse_unfit("tcp://127.0.0.1:1", workers)
    assert caught.value.id == id
    assert all(problem(caught.value, language) for language in LANGUAGES)
