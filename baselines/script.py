"""The result as a short script, for a reader who trusts only what they ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baselines.verdict import Target

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


WHOLE = '''\
"""{name} and the rungs below it, measured again. Run it where the packages `baselines` and its requirements are."""
from pathlib import Path

from baselines.dataset import LabelledTexts
from baselines.reading import read_table
from baselines.run import run_baseline
from baselines.verdict import Target

table = read_table(Path({file!r}), {file!r})
rows = LabelledTexts.from_table(table, {text!r}, {label!r}, {text2!r})
found = run_baseline(rows, task={task!r}, target={target}, rungs="all", seed={seed})
for score in found.scores:
    print(f"{{score.baseline:20}} {{score.metric:12}} {{score.mean:.3f}} ({{score.low:.3f}} to {{score.high:.3f}})")
print(found.best, found.verdict.id)
'''


def script(
    best: str,
    file: str,
    columns: tuple[str, str, str | None],
    *,
    recipe: Mapping[str, Any] | None = None,
    task: str | None = None,
    target: Target | None = None,
    seed: int = 42,
) -> str:
    """Source that measures the best rung again: plain scikit-learn for a linear one, this package for any other.

    `columns` hold text, label and second text; `recipe` is the report's. Repeats are not grouped in the plain one,
    so that its scores can come out a little higher.
    """
    text, label, text2 = columns
    if recipe:
        return _plain(best, recipe, file, text, label)
    aim = f"Target({target.metric!r}, {target.value})" if target else None
    return WHOLE.format(name=best, file=file, text=text, label=label, text2=text2 or None, task=task, target=aim,
                        seed=seed)  # fmt: skip


def _plain(name: str, recipe: Mapping[str, Any], file: str, text: str, label: str) -> str:
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
    return SCRIPT.format(name=name, file=file, features=features, model=recipe["model"], seed=recipe["seed"],
                         text=text, label=label)  # fmt: skip
