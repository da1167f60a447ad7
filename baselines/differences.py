"""Which rung is really ahead: paired on the same rows, with three possible answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from baselines.compare import FOLDS, Folds, Rung, fold_scores
from baselines.measured import Lead, Score
from baselines.metrics import Codes, score_classes
from baselines.statistics import Resamples, corrected_t, mcnemar, paired_bootstrap
from baselines.tasks import CLASS_METRICS


def leads(
    best: Rung, others: Sequence[Rung], labels: Codes, classes: int, folds: Folds, metric: str, seed: int
) -> list[Lead]:
    """The best rung against each other one, on the rows that both answered."""
    metric = metric if metric in CLASS_METRICS else "macro_f1"
    return [_lead(best, other, labels, classes, folds, metric, seed) for other in others if other is not best]


def _lead(best: Rung, other: Rung, labels: Codes, classes: int, folds: Folds, metric: str, seed: int) -> Lead:
    both = best.seen & other.seen
    truth, first, second = labels[both], best.answers[0][both], other.answers[0][both]
    gap = paired_bootstrap(metric, truth, first, second, classes, seed)
    shared = min(best.fits, other.fits)
    p_t = None
    if shared >= FOLDS:
        ours, theirs = (fold_scores(rung, labels, classes, folds, metric)[:shared] for rung in (best, other))
        p_t = corrected_t([a - b for a, b in zip(ours, theirs, strict=True)], 1 / FOLDS).p
    mean = score_classes(metric, truth, first, classes) - score_classes(metric, truth, second, classes)
    return Lead(
        baseline=other.name, metric=metric, mean=mean, low=gap.low, high=gap.high, p_bootstrap=gap.p,
        p_mcnemar=mcnemar(first == truth, second == truth), p_corrected_t=p_t, outcome="cannot_tell" if p_t is not None and p_t > 0.05 else gap.outcome,
    )  # fmt: skip


def without_optimism(
    score: Score, climbed: Mapping[str, Rung], labels: Codes, classes: int, seed: int
) -> tuple[Score, float]:
    """The winner's score less what winning alone added to it, and that amount.

    The best of several is best partly by luck. On resampled rows the winner of the resample is compared with
    its own score on all rows: the mean gap is the luck (Efron's bootstrap estimate of optimism).
    """
    if score.metric not in CLASS_METRICS or len(climbed) < 2:
        return score, 0.0
    seen = np.logical_and.reduce([rung.seen for rung in climbed.values()])
    answers = np.vstack([rung.answers[0][seen] for rung in climbed.values()])
    drawn = Resamples(labels[seen], answers, classes, seed).scores(score.metric)
    whole = np.array([score_classes(score.metric, labels[seen], said, classes) for said in answers])
    winner = drawn.argmax(axis=0)
    lucky = drawn.max(axis=0) - whole[winner]
    mine = list(climbed).index(score.baseline)
    luck = max(0.0, float(lucky.mean() - (drawn[mine] - whole[mine]).mean()))
    lower = {name: getattr(score, name) - luck for name in ("mean", "low", "high")}
    return replace(score, **lower), luck
