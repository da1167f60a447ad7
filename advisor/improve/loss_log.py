"""A training run's losses, as providers and trainers log them, and what their curve says."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pricing import Problem

if TYPE_CHECKING:
    from baselines.table import Table

Shape = Literal["overfitting", "underfitting", "diverging", "settled", "too_short"]

STEP = ("step", "steps", "global_step", "iteration", "iter", "ステップ", "epoch", "エポック")
TRAIN = ("train_loss", "training_loss", "train/loss", "loss", "学習損失")
VALIDATION = (
    "valid_loss", "validation_loss", "val_loss", "eval_loss", "eval/loss", "full_valid_loss", "検証損失",
)  # fmt: skip
FEWEST_POINTS = 4
# A validation loss this far above its lowest is a rise, a loss that fell this much in its last third still falls.
RISE = 0.02
STILL_FALLING = 0.02
GROWN = 1.5


@dataclass(frozen=True)
class LossLog:
    """Step and loss pairs in the order of the steps; validation may be empty."""

    train: tuple[tuple[float, float], ...]
    validation: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """What a curve looks like, where it was lowest and where it ended; `of` says which curve was read."""

    shape: Shape
    of: Literal["train", "validation"]
    best_step: float
    best_loss: float
    last_step: float
    last_loss: float


def read_loss_log(table: Table) -> LossLog:
    """Losses of a table with a step column and one or two loss columns; rows may hold either loss alone.

    >>> from baselines.reading import read_table
    >>> log = read_loss_log(read_table(b"step,train_loss,valid_loss\\n1,2.0,\\n2,1.5,1.6\\n", "log.csv"))
    >>> log.train, log.validation
    (((1.0, 2.0), (2.0, 1.5)), ((2.0, 1.6),))
    """
    names = {unicodedata.normalize("NFKC", name).casefold().strip(): name for name in table.columns}
    step = _known(names, STEP)
    train, validation = _known(names, TRAIN), _known(names, VALIDATION)
    if train is None and validation is None:
        raise Problem("loss_log_without_loss", found=list(table.columns))
    steps = table.column(step) if step else [str(row) for row in range(1, table.rows + 1)]
    return LossLog(_pairs(table, steps, train), _pairs(table, steps, validation))


def _known(names: Mapping[str, str], spellings: Sequence[str]) -> str | None:
    return next((names[name] for name in spellings if name in names), None)


def _pairs(table: Table, steps: Sequence[str], column: str | None) -> tuple[tuple[float, float], ...]:
    if column is None:
        return ()
    first_row = 2 if table.kind in ("delimited", "xlsx") else 1
    found = []
    for row, (step, loss) in enumerate(zip(steps, table.column(column), strict=True)):
        if loss.strip() and step.strip():
            try:
                found.append((float(step), float(loss)))
            except ValueError:
                raise Problem(
                    "loss_not_a_number", row=row + first_row, column=column, found=loss[:40]
                ) from None
    return tuple(sorted(found))


def diagnose(log: LossLog) -> Diagnosis | None:
    """The shape of the validation curve, else of the training curve; None without any point.

    >>> points = tuple(enumerate([2.0, 1.4, 1.1, 1.0, 1.2, 1.4]))
    >>> found = diagnose(LossLog((), points))
    >>> found.shape, found.best_step
    ('overfitting', 3)
    """
    of: Literal["train", "validation"] = "validation" if len(log.validation) >= FEWEST_POINTS else "train"
    curve = log.validation if of == "validation" else log.train or log.validation
    if not curve:
        return None
    finite = [point for point in curve if math.isfinite(point[1])]
    best = min(finite, key=lambda point: point[1], default=curve[0])
    return Diagnosis(_shape(curve, best, of), of, *best, *curve[-1])


def _shape(curve: Sequence[tuple[float, float]], best: tuple[float, float], of: str) -> Shape:
    losses = [loss for _, loss in curve]
    if not all(map(math.isfinite, losses)):
        return "diverging"
    if len(losses) < FEWEST_POINTS:
        return "too_short"
    third = max(1, len(losses) // 3)
    first, late, end = (
        sum(part) / len(part) for part in (losses[:third], losses[-2 * third : -third], losses[-third:])
    )
    if losses[-1] > GROWN * losses[0] or (of == "train" and end > GROWN * best[1] and end > first):
        return "diverging"
    if of == "validation" and losses[-1] > (1 + RISE) * best[1] and best[0] < curve[-1][0]:
        return "overfitting"
    return "underfitting" if late - end > STILL_FALLING * abs(late) else "settled"
