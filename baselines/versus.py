"""An LLM and a small model on the same rows: who is ahead, whether that is worth it, and what both reach together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import softmax

from baselines.answers import Answers
from baselines.cascade import confidences, temperature
from baselines.classification import Classification
from baselines.compare import Folds, Rung
from baselines.dataset import LabelledTexts
from baselines.ladder import Ladder, Teller
from baselines.measured import Score
from baselines.metrics import Codes, Floats, score_classes
from baselines.ratings import holm
from baselines.statistics import (
    POWER,
    Difference,
    Outcome,
    Resamples,
    items_for_difference,
    paired_bootstrap,
    paired_difference,
    wilson,
)
from baselines.verdict import MOST_MISSING, Decision

SMALL, CASCADE = "small_model", "cascade"
LEAST_WORTH = 0.02
SIGNIFICANT = 0.05
ENOUGH_TO_RESAMPLE = 100  # below it the bootstrap's range is far too narrow
FIFTHS = 5


@dataclass(frozen=True)
class Small:
    """The best small model: its label for each row, and the chance that it is right, from rows it had not seen."""

    name: str
    said: tuple[str, ...]
    sure: Floats


@dataclass(frozen=True)
class Comparison:
    """`a` against `b` on the same rows, as shares; `only_a`: rows that `a` alone got right."""

    a: str
    b: str
    metric: str
    difference: float
    low: float
    high: float
    only_a: int
    only_b: int
    p: float
    p_holm: float
    outcome: Outcome
    decision: Decision
    rows_to_decide: int | None


@dataclass(frozen=True)
class Together:
    """The small model's sure answers and `arm`'s for the rest; `share` is what the small model keeps."""

    arm: str
    answers: Answers
    share: float


@dataclass(frozen=True)
class Versus:
    """The right answers as class numbers, and every system's answers for the same rows."""

    truth: Codes
    classes: int
    arms: tuple[Answers, ...]
    small: Answers
    sure: Floats
    seed: int = 42

    def score(self, answers: Answers, metric: str) -> Score:
        """A metric over all rows with its 95% range; answers that never came are wrong at its low end, right at its high."""
        rows, best = len(self.truth), answers.at_best(self.truth)
        mean = score_classes(metric, self.truth, answers.said, self.classes)
        if metric == "accuracy":
            right = int((best == self.truth).sum())
            low, high = wilson(round(mean * rows), rows).low, wilson(right, rows).high
        else:
            low, high = (
                Resamples(self.truth, said, self.classes, self.seed).interval(metric)[end]
                for end, said in enumerate((answers.said, best))
            )
        return Score(answers.name, metric, mean, low, high, 0.0, 1, rows)

    def metric_to_compare(self, metric: str) -> str:
        """Accuracy where the rows are too few for the range of another metric's difference."""
        return metric if len(self.truth) >= ENOUGH_TO_RESAMPLE else "accuracy"

    def comparisons(self, metric: str, worth: float = LEAST_WORTH) -> tuple[Comparison, ...]:
        """Each arm against the small model, then the cascade against its LLM; the first is the question asked."""
        metric = self.metric_to_compare(metric)
        pairs = [(arm, self.small) for arm in self.arms]
        pairs.append((self.cascade.answers, self._leading))
        found = [self._compared(first, second, metric, worth) for first, second in pairs]
        raised = holm([one.p for one in found])
        return tuple(_of_several(one, p, at) for at, (one, p) in enumerate(zip(found, raised, strict=True)))

    def _compared(self, first: Answers, second: Answers, metric: str, worth: float) -> Comparison:
        worst = self._gap(metric, first.said, second.at_best(self.truth))
        best = self._gap(metric, first.at_best(self.truth), second.said)
        gap = self._gap(metric, first.said, second.said)
        gap = replace(gap, low=worst.low, high=best.high)
        right, other = first.said == self.truth, second.said == self.truth
        only = int((right & ~other).sum()), int((other & ~right).sum())
        complete = min(first.coverage, second.coverage) >= 1 - MOST_MISSING
        decision: Decision = decided(gap, max(worth, LEAST_WORTH)) if complete else "incomplete"
        return Comparison(
            first.name, second.name, metric, gap.mean, gap.low, gap.high, *only, gap.p, gap.p, gap.outcome, decision,
            self._rows_to_decide(gap, metric, sum(only)),
        )  # fmt: skip

    def _gap(self, metric: str, first: Codes, second: Codes) -> Difference:
        if metric == "accuracy":
            return paired_difference(first == self.truth, second == self.truth)
        mean = [score_classes(metric, self.truth, said, self.classes) for said in (first, second)]
        drawn = paired_bootstrap(metric, self.truth, first, second, self.classes, self.seed)
        return replace(drawn, mean=mean[0] - mean[1])

    def _rows_to_decide(self, gap: Difference, metric: str, differing: int) -> int | None:
        """Rows that would show this gap four times in five, if it is the true one."""
        rows = len(self.truth)
        if metric == "accuracy":
            return items_for_difference(abs(gap.mean), differing / rows)
        reach = float(stats.norm.ppf(0.975) + stats.norm.ppf(POWER)) / (2 * float(stats.norm.ppf(0.975)))
        return math.ceil(rows * (reach * (gap.high - gap.low) / gap.mean) ** 2) if gap.mean else None

    @property
    def _leading(self) -> Answers:
        return max(self.arms, key=lambda arm: score_classes("accuracy", self.truth, arm.said, self.classes))

    @property
    def cascade(self) -> Together:
        """With the LLM that is right most often: the threshold of each fifth of the rows is chosen on the others."""
        llm, right = self._leading, self.small.said == self.truth
        folds = Folds.stratified(self.truth, np.arange(len(self.truth)), self.seed, FIFTHS).held_out[0]
        keeps = np.zeros(len(self.truth), dtype=bool)
        for fifth in np.unique(folds):
            here = folds == fifth
            others = ~here if (~here).any() else here
            keeps[here] = self.sure[here] >= _threshold(
                self.sure[others], right[others], (llm.said == self.truth)[others]
            )
        said = np.where(keeps, self.small.said, llm.said)
        return Together(llm.name, Answers(CASCADE, said, llm.missing & ~keeps), float(keeps.mean()))


def decided(gap: Difference, worth: float) -> Decision:
    """What a gap's range says of an LLM that must gain `worth` to be worth it.

    >>> decided(Difference(0.05, 0.01, 0.09, 0.01), 0.02), decided(Difference(0.0, -0.02, 0.01, 1.0), 0.02)
    ('better', 'not_worth_it')
    """
    if gap.high < 0:
        return "worse"
    if gap.high < worth:
        return "not_worth_it"
    if gap.low >= worth:
        return "worth_it"
    return "better" if gap.low > 0 else "undecided"


def _of_several(one: Comparison, p: float, place: int) -> Comparison:
    """With Holm's p; only the first comparison may claim a lead by its range alone."""
    claims = one.decision in ("better", "worth_it", "worse") and place > 0
    return replace(one, p_holm=p, decision="undecided" if claims and p >= SIGNIFICANT else one.decision)


def _threshold(sure: Floats, small: NDArray[np.bool_], llm: NDArray[np.bool_]) -> float:
    """The confidence from which on the small model answers, for most rows right; of several the one that asks least."""
    order = np.argsort(-sure, kind="stable")
    gain = np.cumsum(small[order].astype(int) - llm[order])
    last = np.append(np.diff(sure[order]) != 0, True)
    gain = np.where(last, gain, -len(gain) - 1)
    kept = len(gain) - 1 - int(np.argmax(gain[::-1]))
    return float(sure[order][kept]) if gain[kept] >= 0 else math.inf


def small_model(rows: LabelledTexts, train: LabelledTexts | None, metric: str, seed: int = 42) -> Small:
    """The best of the quick rungs: fitted on `train` and asked about `rows`, or by folds of `rows` alone."""
    bench = Classification(train or rows, rows if train else None, metric, seed)
    ladder = Ladder.climbed(bench, bench.rungs("quick"), Teller(None, 0, metric))
    rung = ladder.best_rung
    if train:
        rung = ladder.answered[ladder.best]
        sure = _sure_of(rung, ladder.best_rung, bench.truth[: len(train)])
    else:
        sure = confidences(rung.scores.astype(float), bench.truth, bench.folds.held_out[0])
    return Small(ladder.best, tuple(bench.names[code] for code in rung.answers[0]), sure)


def _sure_of(asked: Rung, on_folds: Rung, truth: Codes) -> Floats:
    """Calibrated on the folds of the training rows."""
    seen = on_folds.seen
    heat = temperature(on_folds.scores[seen].astype(float), truth[seen])
    return np.asarray(softmax(asked.scores.astype(float) / heat, axis=1).max(axis=1))
