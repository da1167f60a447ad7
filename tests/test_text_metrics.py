"""Scores of texts against references, held against the packages that define them."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF
from sklearn.metrics import accuracy_score, f1_score

from advisor.evaluation.text_metrics import (
    score_texts,
    suiting,
    tokenizer_for,
)
from baselines.overlap import longest_common, overlap, rouge_l
from pricing import Problem

SAMPLES = Path(__file__).parent / "samples"
OUTPUTS = [
    "空が青いのは、光が散らばるからだよ。",
    "水が冷たいから。",
    "雨の日に出るよ。",
    "アリはにおいをたどるよ。",
] * 5
REFERENCES = [
    "空が青いのは青い光が散らばるからだよ。",
    "水が氷になるから。",
    "雨あがりに出るよ。",
    "アリはにおいをたどるよ。",
] * 5
EXACT = 1e-9


def longest_common_by_table(first: str, second: str) -> int:
    table = np.zeros((len(first) + 1, len(second) + 1), dtype=int)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            table[i + 1, j + 1] = table[i, j] + 1 if a == b else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


@given(st.text("abあい", max_size=30), st.text("abあい", max_size=30))
@settings(deadline=None)
def test_the_longest_common_subsequence_is_that_of_the_usual_table(first: str, second: str) -> None:
    assert longest_common(first, second) == longest_common_by_table(first, second)


def test_rouge_is_not_zero_on_japanese() -> None:
    assert rouge_l("空が青い", "空は青い") == 0.75
    assert rouge_l("", "空は青い") == 0.0
    assert rouge_l("はい", "はい") == 1.0


def test_rouge_is_that_of_its_package_over_our_tokens() -> None:
    """Against the answers of rouge-score 0.1.2 with our tokenizer, kept so that tests need not install it."""
    recorded = json.loads((SAMPLES / "rouge_l.json").read_text(encoding="utf-8"))
    assert len(recorded) > 60
    for output, reference, answer in recorded:
        assert rouge_l(output, reference) == pytest.approx(answer, abs=EXACT)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_bleu_and_chrf_are_sacrebleus(metric: str) -> None:
    (found,) = score_texts(OUTPUTS, REFERENCES, [metric])
    judge = BLEU(tokenize="char") if metric == "bleu" else CHRF()
    assert found.value == pytest.approx(judge.corpus_score(OUTPUTS, [REFERENCES]).score, abs=EXACT)
    assert found.low < found.value < found.high
    assert found.tokenizer == ("char" if metric == "bleu" else None)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_each_text_scores_as_sacrebleu_scores_it_alone(metric: str) -> None:
    """The counts behind the ranges come from inside sacrebleu; its open door must give the same for every text."""
    alone = BLEU(tokenize="char", effective_order=True) if metric == "bleu" else CHRF()
    wanted = [
        alone.sentence_score(said, [right]).score for said, right in zip(OUTPUTS, REFERENCES, strict=True)
    ]
    assert list(100 * overlap(metric, OUTPUTS, REFERENCES, "char").each) == pytest.approx(wanted, abs=EXACT)


def test_the_usual_tokenizer_would_give_japanese_nothing() -> None:
    usual, ours = (score_texts(OUTPUTS, REFERENCES, ["bleu"], cut)[0].value for cut in ("13a", "char"))  # type: ignore[arg-type]
    assert ours > 50 > usual


def test_a_tokenizer_that_is_not_installed_is_named_and_the_rest_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "MeCab", None)
    with pytest.raises(Problem) as caught:
        score_texts(OUTPUTS, REFERENCES, ["bleu"], "ja-mecab")
    assert caught.value.fields == {"library": "sacrebleu[ja]", "metric": "bleu"}
    assert score_texts(OUTPUTS, REFERENCES, ["chrf", "rouge_l"], "ja-mecab")


def test_labels_are_scored_as_scikit_learn_does() -> None:
    draw = np.random.default_rng(2)
    right = draw.choice(["返品", "配送", "故障"], 120, p=[0.6, 0.3, 0.1])
    said = np.where(draw.random(120) < 0.8, right, "返品")
    accuracy, macro = score_texts(said.tolist(), right.tolist(), ["accuracy", "macro_f1"])
    assert accuracy.value == pytest.approx(accuracy_score(right, said), abs=EXACT)
    assert macro.value == pytest.approx(f1_score(right, said, average="macro"), abs=EXACT)
    assert macro.low < macro.value < macro.high


def test_width_case_and_spacing_do_not_count() -> None:
    (found,) = score_texts(["ＯＫ です", "Yes"], ["ok です", "no"], ["exact_match"])
    assert found.value == 0.5


def test_metrics_and_tokenizer_suit_the_references() -> None:
    assert suiting(["返品", "配送"] * 20) == ("accuracy", "macro_f1")
    assert "rouge_l" in suiting(REFERENCES[:4])
    assert tokenizer_for(REFERENCES) == "char"
    assert tokenizer_for(["The sky is blue because of light."]) == "13a"


def test_the_range_of_rouge_covers_its_mean_as_often_as_promised() -> None:
    draw = random.Random(3)  # noqa: S311 - a sample, not a secret
    pool = [("あいうえお", "あいうえお"[: draw.randint(1, 5)]) for _ in range(400)]
    truth = np.mean([rouge_l(a, b) for a, b in pool])
    hits = []
    for seed in range(300):
        drawn = [draw.choice(pool) for _ in range(60)]
        (found,) = score_texts([a for a, _ in drawn], [b for _, b in drawn], ["rouge_l"], seed=seed)
        hits.append(found.low <= truth <= found.high)
    assert abs(np.mean(hits) - 0.95) < 0.04


def test_texts_that_do_not_pair_are_refused() -> None:
    for outputs, references, id in (
        (["a"], [], "texts_differ_in_number"),
        ([], [], "texts_none"),
        (["a"], ["b"], "text_metric_unknown"),
    ):
        with pytest.raises(Problem, match=id):
            score_texts(outputs, references, ["bertscore"])
