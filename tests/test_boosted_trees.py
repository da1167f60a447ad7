"""LightGBM as it has to be set on text, and a collapsed or careless model that is never called the baseline."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import Pipeline

import baselines
from advisor.answers.baseline import Baseline
from advisor.cli.data import calm_threads
from baselines.classification import Classification, PairClassification
from baselines.ngrams import __file__ as ngrams
from baselines.pair_pipelines import CLASSES, NUMBERS
from baselines.pipelines import BASELINES, Setting
from baselines.rating_pipelines import RATINGS
from baselines.run import run_baseline
from tests.small_tables import inquiries

SOURCES = sorted(Path(baselines.__file__).parent.glob("*.py"))
OURS = {**BASELINES, **CLASSES, **NUMBERS, **RATINGS}
TREES = ("lightgbm", "stacked", "naive", "pair_trees", "rating_trees")


def boosted(part: Any) -> Iterator[BaseEstimator]:
    """Every LightGBM model in an estimator, however deep."""
    if type(part).__module__.startswith("lightgbm"):
        yield part
    elif hasattr(part, "get_params"):
        for inner in part.get_params(deep=True).values():
            if type(inner).__module__.startswith("lightgbm"):
                yield inner


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize("classes", [2, 6])
def test_every_boosted_model_keeps_to_one_thread_and_exact_gradients(name: str, classes: int) -> None:
    models = list(boosted(OURS[name](Setting(rows=500, classes=classes))))
    assert models
    for model in models:
        settings = model.get_params()
        assert settings["n_jobs"] == 1
        assert "use_quantized_grad" not in settings


def test_no_source_asks_for_quantized_gradients_or_more_threads() -> None:
    for path in SOURCES:
        for call in (
            node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
        ):
            asked = {word.arg: word.value for word in call.keywords if word.arg}
            assert "use_quantized_grad" not in asked, path
            threads = asked.get("n_jobs")
            assert threads is None or ast.unparse(threads) == "1", path


@pytest.mark.parametrize(
    ("classes", "rows", "penalty"), [(2, 500, 1.0), (3, 500, 10.0), (150, 500, 10.0), (77, 10_000, 10.0)]
)
def test_trees_on_sparse_text_have_the_penalty_that_keeps_them_from_diverging(
    classes: int, rows: int, penalty: float
) -> None:
    (trees,) = boosted(BASELINES["lightgbm"](Setting(rows=rows, classes=classes)).steps[1][1])
    wanted = {
        "reg_lambda": penalty,
        "max_bin": 15,
        "colsample_bytree": 0.3,
        "num_leaves": 15,
        "min_child_samples": 5,
        "force_row_wise": True,
    }
    assert {name: trees.get_params()[name] for name in wanted} == wanted


def test_a_model_below_half_of_the_linear_one_has_collapsed() -> None:
    bench = Classification(inquiries(60), None, "macro_f1", 42)
    means = {"linear_svm": 0.6, "linear_chosen": 0.8, "lightgbm": 0.39, "stacked": 0.41, "naive": 0.02}
    assert bench.collapsed(means) == ("lightgbm", "naive")
    assert PairClassification.collapsed(bench, {"pair_linear": 0.7, "pair_trees": 0.2}) == ("pair_trees",)


def test_a_collapsed_model_is_shown_and_never_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    def diverged(setting: Setting) -> Pipeline:
        features = BASELINES["naive_bayes"](setting).steps[0][1]
        return Pipeline([("features", features), ("model", DummyClassifier(strategy="constant", constant=0))])

    monkeypatch.setitem(BASELINES, "lightgbm", diverged)
    monkeypatch.setattr(Classification, "quick", ("majority", "linear_svm", "lightgbm", "naive"))
    answer = Baseline.of(run_baseline(inquiries(500))).as_json()
    assert "lightgbm" in answer["collapsed"]
    assert answer["best"] == "linear_svm"
    assert {"lightgbm", "naive"} <= {row["baseline"] for row in answer["scores"]}


def test_a_command_calms_the_threads_before_lightgbm_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = {}
    monkeypatch.setattr("advisor.cli.data.os.environ", environment)
    calm_threads()
    assert environment == {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": "1"}


def test_the_counting_of_n_grams_stays_one_short_file() -> None:
    assert len(Path(ngrams).read_text("utf-8").splitlines()) < 150
