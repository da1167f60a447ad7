"""What a team takes with it: predictions that Excel does not run, and a model that is no pickle and answers the same."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from baselines import Problem
from baselines.compare import Rung
from baselines.dataset import LabelledTexts
from baselines.run import BENCHES, run_baseline
from baselines.takeaway import COLUMNS, Takeaway, open_model, packed
from tests.small_tables import inquiries, sentence_pairs
from tests.test_choices import quiz
from tests.test_generation import questions
from tests.test_multilabel import reviews
from tests.test_spans import trips

INQUIRIES = inquiries(60)
TABLES = {
    "classification": INQUIRIES,
    "ratings": replace(INQUIRIES, labels=tuple(str(len(text) % 5) for text in INQUIRIES.texts)),
    "pairs": sentence_pairs(60),
    "similarity": sentence_pairs(60, degrees=True),
    "multi_label": reviews(60),
    "multiple_choice": quiz(30),
    "span_extraction": trips(40),
    "summarisation": questions(20),
    "translation": questions(20),
}
METRICS = {"summarisation": "rouge_l", "translation": "chrf", "ratings": "spearman", "similarity": "spearman",
           "span_extraction": "span_f1"}  # fmt: skip
RUNGS = [
    (task, name)
    for task, data in TABLES.items()
    for name in BENCHES[task](data, None, METRICS.get(task, "accuracy"), 1).baselines
    if name != "embeddings"  # needs a package that is no dependency
]


@pytest.mark.parametrize(("task", "name"), RUNGS)
def test_every_rung_survives_being_packed_and_opened(task: str, name: str) -> None:
    bench = BENCHES[task](TABLES[task], None, METRICS.get(task, "accuracy"), 1)
    rung = Rung(name, np.zeros((1, len(bench.data))), np.empty((0, 0), np.float32), 0.0, 1)
    model = bench.handed_out(replace(rung, chosen=_first_choice(bench, name)))
    again = open_model(packed(model))
    asked = bench.inputs(8)
    assert list(map(str, again.predict(asked))) == list(map(str, model.predict(asked)))


def _first_choice(bench: object, name: str) -> tuple[object, ...]:
    """The first candidate of a rung that chooses inside its folds."""
    model = bench.baselines[name](bench.setting).steps[1][1]  # type: ignore[attr-defined]
    return (model.param_grid["model"][0],) if hasattr(model, "param_grid") else ()


def test_the_model_answers_with_labels() -> None:
    taken = run_baseline(INQUIRIES).takeaway
    assert taken is not None
    model = taken.model()
    assert model is not None
    assert set(model.predict(list(INQUIRIES.texts))) <= set(INQUIRIES.labels)


def test_a_file_with_foreign_types_is_not_opened() -> None:
    body = skops.io.dumps(FunctionTransformer(Path.read_text))
    with pytest.raises(Problem) as caught:
        open_model(body)
    assert caught.value.id == "model_not_trusted"


def test_predictions_are_of_rows_not_seen_and_harmless_in_a_spreadsheet(tmp_path: Path) -> None:
    texts = ("=1+1 " + INQUIRIES.texts[0], *INQUIRIES.texts[1:])
    found = run_baseline(replace(INQUIRIES, texts=texts), test=inquiries(12, seed=3))
    taken = found.takeaway
    assert isinstance(taken, Takeaway)
    assert taken.write(tmp_path) == ["predictions.csv", "model.skops"]
    body = (tmp_path / "predictions.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["text"].startswith("'=1+1")
    assert [sum(row["part"] == part for row in rows) for part in ("folds", "test")] == [60, 12]
    right = np.mean([row["right"] == "1" for row in rows if row["part"] == "folds"])
    usual = next(line for line in found.scores if (line.baseline, line.metric) == (found.best, "accuracy"))
    assert right == pytest.approx(usual.mean, abs=0.1)
    assert all(0 <= float(row["confidence"]) <= 1 for row in rows)


@pytest.mark.parametrize("task", sorted(TABLES))
def test_every_kind_of_task_leaves_its_predictions(task: str) -> None:
    taken = run_baseline(TABLES[task], task=task).takeaway
    assert taken is not None
    rows = list(taken.predictions())
    assert len(rows) == len(TABLES[task])
    assert any(row["predicted"] for row in rows)


def test_labels_with_commas_line_breaks_and_quotes_come_through() -> None:
    odd = {"返品": "返品,交換", "配送": "配\n送", "会員": '会"員'}
    data = LabelledTexts(INQUIRIES.texts, tuple(odd[label] for label in INQUIRIES.labels))
    taken = run_baseline(data, task="classification").takeaway
    assert taken is not None
    rows = list(csv.DictReader(io.StringIO(taken.predictions_csv(), newline="")))
    assert {row["label"] for row in rows} == set(odd.values())
