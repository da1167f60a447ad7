"""The fast counting is scikit-learn's, number for number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

from baselines.features import Features
from baselines.ngrams import count, countable
from baselines.pipelines import WORD, normalise

LETTERS = some.text(alphabet="abcàß 　\t\n!?.1あいカ漢字🙂𠮷\u200b\x1c", max_size=25)
TEXTS = some.lists(LETTERS, min_size=3, max_size=12)
BLOCKS = some.sampled_from(
    [
        {"analyzer": "char", "ngram_range": (1, 3)},
        {"analyzer": "char", "ngram_range": (3, 4)},
        {"analyzer": "char_wb", "ngram_range": (2, 5)},
        {"analyzer": "char_wb", "ngram_range": (1, 1)},
        {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": WORD},
        {"analyzer": "word", "ngram_range": (2, 3)},
    ]
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, BLOCKS, some.integers(1, 3), some.booleans())
def test_fold_matrices_equal_those_of_a_vectorizer_fitted_on_the_fold(
    seen: list[str], unseen: list[str], block: dict[str, object], min_df: int, sublinear: bool
) -> None:
    vectorizer = TfidfVectorizer(**block, min_df=min_df, sublinear_tf=sublinear, preprocessor=normalise)
    try:
        expected = vectorizer.fit(seen)
    except ValueError:  # no n-gram is frequent enough
        return
    rows = np.arange(len(seen))
    features = Features([*seen, *unseen])
    train, test = features.split(vectorizer, rows, np.arange(len(seen), len(seen) + len(unseen)))
    own, matrix = features.fit(vectorizer, rows)
    order = np.argsort(own.get_feature_names_out())
    assert own.get_feature_names_out()[order].tolist() == expected.get_feature_names_out().tolist()
    assert np.allclose(matrix[:, order].toarray(), expected.transform(seen).toarray(), atol=1e-6)
    assert _sorted_columns(train) == pytest.approx(_sorted_columns(expected.transform(seen)), abs=1e-6)
    assert np.allclose(np.sort(test.toarray()), np.sort(expected.transform(unseen).toarray()), atol=1e-6)
    assert np.allclose(
        own.transform(unseen)[:, order].toarray(), expected.transform(unseen).toarray(), atol=1e-6
    )


def _sorted_columns(matrix: object) -> np.ndarray:
    dense = matrix.toarray()
    return dense[:, np.lexsort(dense.round(5))]


def test_a_setting_the_fast_path_does_not_know_goes_to_scikit_learn() -> None:
    odd = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 5), max_features=5)
    assert not countable(odd)
    texts = ["one two three", "two three four", "three four five"]
    train, test = Features(texts).split(odd, np.array([0, 1]), np.array([2]))
    assert np.allclose(train.toarray(), odd.fit_transform(texts[:2]).toarray())
    assert np.allclose(test.toarray(), odd.transform(texts[2:]).toarray())


def test_texts_are_counted_once_whatever_the_folds() -> None:
    features = Features(["a b", "b c", "c d", "a d"])
    block = TfidfVectorizer(token_pattern=WORD)
    first = features.counts(block)
    features.split(block, np.array([0, 1]), np.array([2, 3]))
    assert features.counts(TfidfVectorizer(token_pattern=WORD)) is first


def test_a_union_stands_side_by_side() -> None:
    texts = ["red apple", "green pear", "red pear"]
    union = FeatureUnion([("w", TfidfVectorizer()), ("c", TfidfVectorizer(analyzer="char"))])
    train, test = Features(texts).split(union, np.array([0, 1]), np.array([2]))
    expected = union.fit(texts[:2])
    assert train.shape == expected.transform(texts[:2]).shape
    assert test.sum() == pytest.approx(expected.transform(texts[2:]).sum(), abs=1e-5)
    own, matrix = Features(texts).fit(union, np.array([0, 1]))
    assert np.allclose(own.transform(texts[:2]).toarray(), matrix.toarray(), atol=1e-6)
    assert own.transform(texts).sum() == pytest.approx(expected.transform(texts).sum(), abs=1e-5)


def test_nothing_to_count_is_an_empty_matrix() -> None:
    counts = count(["", " ", "..."], TfidfVectorizer(token_pattern=WORD))
    assert counts.matrix.shape == (3, 0)
    assert counts.terms.tolist() == []
