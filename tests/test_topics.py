"""Topics of texts without labels: terms that belong together, and no verdict."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.run import run_baseline
from baselines.topics import coherence, find_topics

JAPANESE = [
    "商品の返品と返金をお願いします",
    "配送が遅延して荷物が届きません",
    "パスワードを変更してログインしたい",
]
ENGLISH = ["refund for the broken item", "parcel delivery is late again", "password reset does not work"]


@pytest.mark.parametrize("texts", [JAPANESE, ENGLISH])
def test_topics_are_found_by_their_terms_in_either_script(texts: list[str]) -> None:
    rows = [f"{text} {n}" for n in range(20) for text in texts]
    best = find_topics(rows, count=3)[0]
    assert len(best.found) == 3
    assert sorted(topic.rows for topic in best.found) == [20, 20, 20]
    assert best.coherence > 0.9
    assert all(len(term) > 1 for topic in best.found for term in topic.terms)


def test_coherence_of_terms_that_never_meet_is_the_lowest() -> None:
    apart = sparse.csc_matrix(np.kron(np.eye(2), np.ones((5, 1))))
    assert coherence(apart) == -1.0


def test_a_report_of_topics_has_no_verdict_and_reads_no_label() -> None:
    texts = tuple(f"{text} {n}" for n in range(15) for text in ENGLISH)
    answer = Baseline.of(run_baseline(LabelledTexts(texts, ("",) * len(texts)), task="topics")).as_json()
    assert answer["verdict"] == "cannot_be_judged"
    assert answer["rows"] == 45
    assert {"terms", "rows", "coherence", "example"} <= set(answer["topics"][0])
    assert {row["baseline"] for row in answer["scores"]} == {"nmf", "lsa"}


@pytest.mark.parametrize(
    ("texts", "problem"), [(["a b"] * 5, "too_few_rows"), ([f"{n}!" for n in range(30)], "no_words")]
)
def test_texts_without_topics_are_a_problem(texts: list[str], problem: str) -> None:
    with pytest.raises(Problem) as caught:
        find_topics(texts)
    assert caught.value.id == problem
