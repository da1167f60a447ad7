"""What a team takes with it: every prediction as a table, and the fitted model as a file that is no pickle."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import softmax
from sklearn.pipeline import Pipeline

from baselines import Problem
from baselines.bench import Bench
from baselines.cascade import confidences, temperature
from baselines.cells import without_formula
from baselines.compare import UNSEEN, Rung
from baselines.metrics import Floats

COLUMNS = ("part", "row", "text", "text2", "label", "predicted", "right", "confidence")
# Types beyond scikit-learn's own that our pipelines are made of; a file that asks for another one is not opened.
TRUSTED = frozenset(
    {
        "baselines.embeddings.Embeddings",
        "baselines.choices.last_columns",
        "baselines.generation.AsItIs",
        "baselines.generation.copied",
        "baselines.generation.lead",
        "baselines.pair_pipelines.OneColumn",
        "baselines.pairs.PairFeatures",
        "baselines.pairs.second_texts",
        "baselines.pipelines.normalise",
        "baselines.pipelines.normalise_start",
        "baselines.span_models.KnownNames",
        "baselines.span_models.NoSpans",
        "baselines.span_models.RandomField",
        "baselines.span_models.as_they_are",
        "baselines.stacking.Stacked",
        "baselines.stacking.StackedNumbers",
        "baselines.stacking.shape",
        "collections.OrderedDict",
        "lightgbm.basic.Booster",
        "lightgbm.sklearn.LGBMClassifier",
        "lightgbm.sklearn.LGBMRegressor",
        "scipy.sparse._csr.csr_matrix",
        "sklearn.feature_selection._univariate_selection.chi2",
    }
)


@dataclass(frozen=True)
class Takeaway:
    """The best rung with its answers for held-out rows and, where there is a test file, for that."""

    bench: Bench
    rung: Rung
    answered: Rung | None = None

    def predictions(self) -> Iterator[dict[str, str]]:
        """One mapping of `COLUMNS` a row: what a model that had not seen the row said of it."""
        yield from self._rows("folds", self.rung, 0)
        if self.answered is not None:
            yield from self._rows("test", self.answered, len(self.bench.data))

    def _rows(self, part: str, rung: Rung, first: int) -> Iterator[dict[str, str]]:
        both, sure = self.bench.both, self._confidence(rung)
        for at, answer in enumerate(rung.answers[0]):
            row = first + at
            unknown = np.ndim(answer) == 0 and isinstance(answer, np.integer) and answer == UNSEEN
            said = "" if unknown else self.bench.said_as_text(row, answer)
            label = both.labels[row]
            yield {
                "part": part,
                "row": str(at + 1),
                "text": both.texts[row],
                "text2": both.texts2[row] if both.texts2 else "",
                "label": label,
                "predicted": said,
                "right": str(int(said == label)) if self.bench.names and said else "",
                "confidence": "" if sure is None or unknown else f"{sure[at]:.4f}",
            }

    def _confidence(self, rung: Rung) -> Floats | None:
        """Calibrated chance of the predicted class, its temperature always from other rows than the one it is for."""
        if not rung.scores.size:
            return None
        seen = self.rung.seen
        given, truth = self.rung.scores[seen].astype(float), self.bench.answers[seen]
        if rung is not self.rung:
            return np.asarray(softmax(rung.scores / temperature(given, truth), axis=1).max(axis=1))
        found = np.zeros(len(seen))
        found[seen] = confidences(given, truth, self.bench.folds.held_out[0][seen])
        return found

    def predictions_csv(self) -> str:
        """UTF-8 text with a byte order mark for Excel; no cell of it is run as a formula."""
        out = io.StringIO()
        rows = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
        rows.writeheader()
        for row in self.predictions():
            rows.writerow({name: without_formula(cell) for name, cell in row.items()})
        return "\ufeff" + out.getvalue()

    def model(self) -> Pipeline | None:
        """The best rung fitted on every training row; None for a rung that learns nothing."""
        try:
            return self.bench.handed_out(self.rung)
        except Problem:
            return None

    def write(self, folder: Path) -> list[str]:
        """Write `predictions.csv` and `model.skops` into the folder; the names of those that were written."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "predictions.csv").write_text(self.predictions_csv(), encoding="utf-8", newline="")
        model = self.model()
        if model is None:
            return ["predictions.csv"]
        (folder / "model.skops").write_bytes(packed(model))
        return ["predictions.csv", "model.skops"]


def packed(model: Pipeline) -> bytes:
    """A fitted pipeline in the format of skops, which holds plain values and names of types, no code."""
    from skops import io as skops

    body: bytes = skops.dumps(model, compression=zipfile.ZIP_DEFLATED)
    return body


def open_model(body: bytes | Path) -> Pipeline:
    """A pipeline from `model.skops`; a Problem `model_not_trusted` where it asks for a type that is not ours."""
    from skops import io as skops

    data = body.read_bytes() if isinstance(body, Path) else body
    asked = skops.get_untrusted_types(data=data)
    if strange := sorted(set(asked) - TRUSTED):
        raise Problem("model_not_trusted", types=strange)
    return skops.loads(data, trusted=asked)
