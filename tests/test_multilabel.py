"""Several labels a text: sets are told from classes, scored label by label, and as whole sets."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from advisor.answers.baseline import Baseline
from baselines.dataset import LabelledTexts
from baselines.multilabel import SEVERAL, MultiLabel
from baselines.run import run_baseline
from baselines.tasks import likely_task, split_labels
from baselines.verdict import Target

WORDS = {
    "値段": ["高い", "安い", "料金", "割引"],
    "速さ": ["遅い", "速い", "待つ", "すぐ"],
    "対応": ["親切", "失礼", "丁寧", "電話"],
}


def reviews(rows: int, seed: int = 1) -> LabelledTexts:
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    texts, labels = [], []
    for row in range(rows):
        held = draw.sample(list(WORDS), draw.choice([1, 1, 2]))
        texts.append("、".join(draw.choice(WORDS[name]) for name in held) + f"です{row}")
        labels.append("|".join(held))
    return LabelledTexts(tuple(texts), tuple(labels))


def test_sets_of_labels_are_recognised() -> None:
    assert likely_task(reviews(60)) == "multi_label"
    assert split_labels("値段; 速さ、対応") == ["値段", "速さ", "対応"]


def test_every_rung_has_scores_and_the_linear_one_learns() -> None:
    answer = Baseline.of(run_baseline(reviews(240), rungs="all", target=Target("macro_f1", 0.7))).as_json()
    means = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "macro_f1"}
    assert set(means) == set(SEVERAL)
    assert means["linear_svm"] > 0.9
    assert all(row["low"] - 1e-9 <= row["mean"] <= row["high"] + 1e-9 for row in answer["scores"])
    assert answer["verdict"] == "small_model_enough"
    assert [line["label"] for line in answer["per_class"]] == sorted(WORDS)
    assert answer["curve"]["metric"] == "macro_f1"


def test_f1_of_sets_agrees_with_scikit_learn() -> None:
    bench = MultiLabel(reviews(60), None, "macro_f1", 1)
    said = np.random.default_rng(1).integers(2, size=bench.answers.shape).astype(float)
    assert bench._f1("macro_f1", bench.answers, said) == pytest.approx(
        f1_score(bench.answers, said, average="macro")
    )


def test_a_test_file_may_hold_other_sets() -> None:
    answer = Baseline.of(run_baseline(reviews(120), test=reviews(40, seed=3))).as_json()
    assert all(row["rows"] == 40 for row in answer["test_scores"])


def test_two_annotators_of_sets_give_a_ceiling() -> None:
    data = reviews(60)
    answer = Baseline.of(run_baseline(replace(data, labels2=data.labels), task="multi_label")).as_json()
    assert answer["people"]["mean"] == 1
    odd = tuple(label + "|ほか" if at % 3 == 0 else label for at, label in enumerate(data.labels))
    assert (
        Baseline.of(run_baseline(replace(data, labels2=odd), task="multi_label")).as_json()["people"]["mean"]
        < 1
    )
