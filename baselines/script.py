"""The best linear model as a short script of plain scikit-learn, for a reader who trusts only what they ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = (
    'TfidfVectorizer(preprocessor=normalise, token_pattern=r"\\w+|[!?]", ngram_range=(1, 2), '
    "sublinear_tf=True, min_df={min_df})"
)
LETTERS = (
    "TfidfVectorizer(preprocessor=normalise, analyzer={analyzer!r}, ngram_range={ngrams}, "
    "sublinear_tf=True, min_df={min_df})"
)
SCRIPT = '''\
"""{name} by five-fold cross-validation. Needs: pip install pandas scikit-learn"""
import unicodedata
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

normalise = lambda text: unicodedata.normalize("NFKC", text).lower()
table = pd.read_csv({file!r}, dtype=str, keep_default_na=False)  # encoding="cp932" for Japanese Excel
model = make_pipeline({features}, {model})
folds = StratifiedKFold(5, shuffle=True, random_state={seed})
said = cross_val_predict(model, table[{text!r}], table[{label!r}], cv=folds)
print(classification_report(table[{label!r}], said, digits=3, zero_division=0))
'''


def script(answer: Mapping[str, Any], file: str, text: str, label: str) -> str | None:
    """Source that measures the best rung again; None for rungs that take more than plain scikit-learn.

    `answer` is a report's JSON. Repeats are not grouped in it, so that its scores can come out a little higher.
    """
    recipe = answer.get("recipe")
    if not recipe:
        return None
    blocks = [WORDS] if recipe["words"] else []
    if recipe["analyzer"]:
        blocks.append(LETTERS)
    parts = [
        block.format(
            min_df=recipe["min_df"], analyzer=recipe["analyzer"], ngrams=tuple(recipe["ngrams"] or ())
        )
        for block in blocks
    ]
    features = parts[0] if len(parts) == 1 else f"make_union({', '.join(parts)})"
    return SCRIPT.format(
        name=answer["best"],
        file=file,
        features=features,
        model=recipe["model"],
        seed=recipe["seed"],
        text=text,
        label=label,
    )
