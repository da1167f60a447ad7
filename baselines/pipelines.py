"""The ladder: each name gives a function that builds a plain, unfitted scikit-learn Pipeline over texts.

Every pipeline is features (learnt without labels) and a model. Adding a baseline is adding one function.
Parameters were chosen by measurement: linear models win on sparse text, trees on dense features, and LightGBM's
defaults collapse on sparse text with many classes (softmax hessians go to zero without an L2 penalty).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from baselines import Problem
from baselines.embeddings import Embeddings, encoder
from baselines.stacking import SHAPE, InnerFolds, Stacked, shape

WORD = r"\w+|[!?]"
LONGEST = 10_000  # characters that character n-grams look at
MOST_EMBEDDED = 5_000  # rows; at some fifty texts a second more would take minutes
MOST_STACKED = 20  # classes; above, the trees take minutes and gain nothing
LARGE = 100_000  # rows times classes above which the inner choice uses one split instead of three folds

SCORERS = {
    "accuracy": "accuracy",
    "macro_f1": "f1_macro",
    "weighted_f1": "f1_weighted",
    "mcc": "matthews_corrcoef",
    "roc_auc": "f1_macro",
}


@dataclass(frozen=True)
class Setting:
    """What a pipeline has to know about the data and the aim before it is built."""

    rows: int
    classes: int
    unspaced: bool = False
    metric: str = "macro_f1"
    seed: int = 42

    @property
    def min_df(self) -> int:
        """Rarer n-grams are left out: few rows need every one, many rows fill the memory with them."""
        return next((least for least, rows in ((1, 2_000), (2, 20_000), (3, 50_000)) if self.rows < rows), 5)

    @property
    def is_large(self) -> bool:
        return self.rows * self.classes > LARGE


def normalise(text: str) -> str:
    """One form for full and half width, upper and lower case.

    >>> normalise("ＡＢＣ ｶﾞ")
    'abc ガ'
    """
    return unicodedata.normalize("NFKC", text).lower()


def normalise_start(text: str) -> str:
    """`normalise` the first 10,000 characters: n-grams of characters cost too much beyond."""
    return normalise(text[:LONGEST])


_UNSPACED = (
    (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xFF66, 0xFF9D), (0x20000, 0x3FFFF),
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
)  # fmt: skip


def is_unspaced(texts: Sequence[str]) -> bool:
    """Whether the writing has no spaces between words (Japanese, Chinese, Thai …): over 20% of the characters.

    >>> is_unspaced(["今日は晴れです"]), is_unspaced(["sunny today"])
    (True, False)
    """
    said = "".join("".join(text[:1_000].split()) for text in texts[:300])
    points = np.frombuffer(said.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    inside = sum(((points >= low) & (points <= high)).sum() for low, high in _UNSPACED)
    return bool(inside > 0.2 * max(len(points), 1))


def words(setting: Setting) -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=normalise, token_pattern=WORD, ngram_range=(1, 2), sublinear_tf=True,
        min_df=setting.min_df, dtype=np.float32,
    )  # fmt: skip


def characters(setting: Setting) -> TfidfVectorizer:
    """Without spaces: 1 to 3 characters anywhere. With spaces: 2 to 5 inside words."""
    analyzer, ngrams = ("char", (1, 3)) if setting.unspaced else ("char_wb", (2, 5))
    return TfidfVectorizer(
        preprocessor=normalise_start, analyzer=analyzer, ngram_range=ngrams, sublinear_tf=True,
        min_df=setting.min_df, dtype=np.float32,
    )  # fmt: skip


def one_block(setting: Setting) -> BaseEstimator:
    return characters(setting) if setting.unspaced else words(setting)


def both_blocks(setting: Setting) -> BaseEstimator:
    if setting.unspaced:
        return characters(setting)
    return FeatureUnion([("words", words(setting)), ("characters", characters(setting))])


def majority(setting: Setting) -> Pipeline:
    """Always the commonest label: the floor that every other score is read against."""
    return Pipeline([("features", one_block(setting)), ("model", DummyClassifier(strategy="most_frequent"))])


def naive_bayes(setting: Setting) -> Pipeline:
    return Pipeline([("features", one_block(setting)), ("model", ComplementNB(alpha=0.1))])


def support_vectors(setting: Setting, c: float = 0.5, balanced: bool | None = None) -> LinearSVC:
    """Balanced weights raise macro-F1 and lower accuracy, so by default the metric decides."""
    if balanced is None:
        balanced = setting.metric != "accuracy"
    weight = "balanced" if balanced else None
    rounds = 10 if setting.is_large else 200  # with many rows ten passes reach the same scores
    return LinearSVC(
        C=c, class_weight=weight, tol=1e-2, max_iter=rounds, dual=True, random_state=setting.seed
    )


def linear_svm(setting: Setting) -> Pipeline:
    return Pipeline([("features", one_block(setting)), ("model", support_vectors(setting))])


def logistic(setting: Setting) -> Pipeline:
    weight = None if setting.metric == "accuracy" else "balanced"
    model: BaseEstimator = LogisticRegression(
        C=10.0,
        class_weight=weight,
        solver="liblinear",
        dual=True,
        tol=1e-2,
        max_iter=200,
        random_state=setting.seed,
    )
    if setting.classes > 2:
        model = OneVsRestClassifier(model)
    return Pipeline([("features", one_block(setting)), ("model", model)])


def linear_chosen(setting: Setting) -> Pipeline:
    """Words and characters together; model and penalty chosen inside the training rows by the target metric."""
    candidates = [ComplementNB(alpha=0.1), ComplementNB(alpha=1.0), *(
        support_vectors(setting, c, balanced) for c, balanced in ((0.1, True), (0.5, True), (1.0, False))
    )]  # fmt: skip
    inner = (
        ShuffleSplit(1, test_size=0.25, random_state=setting.seed)
        if setting.is_large
        else InnerFolds(3, shuffle=True, random_state=setting.seed)
    )
    choice = GridSearchCV(
        Pipeline([("model", candidates[0])]), {"model": candidates}, scoring=SCORERS[setting.metric], cv=inner
    )
    return Pipeline([("features", both_blocks(setting)), ("model", choice)])


def lightgbm(setting: Setting) -> Pipeline:
    """Boosted trees on the 3,000 most telling n-grams, with the penalty that keeps them from diverging.

    A large table gets fewer, larger steps: a third of the time for a point of macro-F1.
    """
    from lightgbm import LGBMClassifier  # loads OpenMP, which a machine may lack

    rounds, step = (30, 0.3) if setting.is_large else (100, 0.1)
    trees = LGBMClassifier(
        n_estimators=rounds, learning_rate=step, num_leaves=15, min_child_samples=5, max_bin=15,
        colsample_bytree=0.3, reg_lambda=10.0 if setting.classes > 2 else 1.0, force_row_wise=True,
        n_jobs=1, verbose=-1, random_state=setting.seed,
    )  # fmt: skip
    features = one_block(setting) if setting.is_large else both_blocks(setting)
    model = Pipeline([("telling", SelectKBest(chi2, k=3_000)), ("trees", trees)])
    return Pipeline([("features", features), ("model", model)])


def stacked(setting: Setting) -> Pipeline:
    """Boosted trees over the scores of two linear models and the outward look of the text."""
    from lightgbm import LGBMClassifier

    if setting.classes > MOST_STACKED:
        raise Problem("rung_not_for_many_classes", classes=setting.classes, most=MOST_STACKED)
    trees = LGBMClassifier(
        num_leaves=15, min_child_samples=10, learning_rate=0.05, reg_lambda=1.0, n_jobs=1, verbose=-1,
        random_state=setting.seed,
    )  # fmt: skip
    blocks = [("words", words(setting)), ("characters", characters(setting))][setting.unspaced :]
    features = FeatureUnion([*blocks, ("shape", FunctionTransformer(shape))])
    model = Stacked(
        [support_vectors(setting), ComplementNB(alpha=0.1)], trees, dense=len(SHAPE), seed=setting.seed
    )
    return Pipeline([("features", features), ("model", model)])


def embeddings(setting: Setting) -> Pipeline:
    """A linear model on sentence embeddings: strong with few labels, a hundred times the work."""
    encoder()
    if setting.rows > MOST_EMBEDDED:
        raise Problem("rung_too_slow_for_rows", rows=setting.rows, classes=setting.classes)
    weight = None if setting.metric == "accuracy" else "balanced"
    linear = LogisticRegression(C=0.1, class_weight=weight, max_iter=500)
    model = Pipeline([("scale", StandardScaler()), ("linear", linear)])
    return Pipeline([("features", Embeddings()), ("model", model)])


def naive(setting: Setting) -> Pipeline:
    """The script of most tutorials, defaults throughout: shown beside the others, never taken as the baseline."""
    from lightgbm import LGBMClassifier

    if setting.is_large:
        raise Problem("rung_too_slow_for_rows", rows=setting.rows, classes=setting.classes)
    return Pipeline([("features", TfidfVectorizer()), ("model", LGBMClassifier(n_jobs=1, verbose=-1))])


BASELINES: dict[str, Callable[[Setting], Pipeline]] = {
    "majority": majority,
    "naive_bayes": naive_bayes,
    "linear_svm": linear_svm,
    "logistic": logistic,
    "linear_chosen": linear_chosen,
    "lightgbm": lightgbm,
    "stacked": stacked,
    "embeddings": embeddings,
    "naive": naive,
}
QUICK = ("majority", "naive_bayes", "linear_svm")
