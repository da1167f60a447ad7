"""From answers to what they prove: each option scored over every row asked, beside the small model on the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from advisor.answers.trial import Arm, Cascade, Compared, LlmTrial, Ranged, Seconds, SmallModel, Usage
from advisor.shapes import Aim
from advisor.trial import MISSING, Answered
from baselines.answers import Answers
from baselines.compare import FOLDS
from baselines.dataset import LabelledTexts, has_content
from baselines.statistics import gap_that_shows
from baselines.tasks import CLASS_METRICS, likely_task
from baselines.versus import LEAST_WORTH, SMALL, Small, Versus, small_model
from pricing import Problem

TOKENS = ("input", "cached", "written", "output", "reasoning")
IN_FAVOUR = ("worth_it", "better")
MOST_ROWS_TO_ASK = 100_000


def score(
    answers: Sequence[Answered],
    data: LabelledTexts,
    *,
    train: LabelledTexts | None = None,
    metric: str = "macro_f1",
    target: float | None = None,
    worth: float = LEAST_WORTH,
    seed: int = 42,
    on: date | None = None,
    **more: Any,
) -> LlmTrial:
    """What the answers prove; `more` is kept beside it. The small model learns from `train`, else from folds of `data`.

    Every row that any option was asked counts in all of them: one without an answer is missing, never dropped.
    """
    if metric not in CLASS_METRICS:
        raise Problem(
            "metric_not_for_task", metric=metric, task="classification", possible=list(CLASS_METRICS)
        )
    filled = [
        at for at, pair in enumerate(zip(data.texts, data.labels, strict=True)) if all(map(has_content, pair))
    ]
    place = {row + 1: at for at, row in enumerate(filled)}
    clean = data.take(filled)
    if (task := likely_task(clean)) != "classification":
        raise Problem("trial_task_without_classes", task=task)
    asked = sorted({one.row for one in answers if one.row in place})
    if not asked:
        raise Problem("answers_of_no_row", rows=len(data))
    learned = train.without_empty_rows() if train else None
    small = small_model(clean, learned, metric, seed)
    by_arm = _by_arm(answers, asked)
    versus = _versus(by_arm, clean, [place[row] for row in asked], small, seed)
    comparisons = versus.comparisons(metric, worth)
    found = LlmTrial(
        on=on,
        rows=len(data),
        sampled=len(asked),
        seed=seed,
        labels=tuple(sorted(set(clean.labels))),
        metric=metric,
        arms=tuple(
            _arm(of, list(said.values()), versus, len(asked))
            for of, said in zip(versus.arms, by_arm.values(), strict=True)
        ),
        baseline=SmallModel(
            baseline=small.name,
            learned_from=len(learned) if learned else len(clean) * (FOLDS - 1) // FOLDS,
            scores=_scores(versus, versus.small),
        ),
        comparisons=tuple(Compared.model_validate(one) for one in comparisons),
        cascade=_cascade(versus, metric),
        left_out={"empty": len({one.row for one in answers}) - len(asked)},
        **{"endpoint": _endpoint(answers), **more},
    )
    verdict = _verdict(found)
    found = found.model_copy(update={"verdict": verdict})
    told = {"reasons": _reasons(found), "flips": _flips(found)}
    found = LlmTrial.model_validate({**dict(found), **told})
    return found.judged(None if target is None else Aim(target, metric))


def _by_arm(
    answers: Sequence[Answered], asked: Sequence[int | None]
) -> dict[str, dict[int | None, Answered]]:
    """The answers of each option by row, in the order in which the options are first met."""
    rows = set(asked)
    found: dict[str, dict[int | None, Answered]] = {}
    for one in answers:
        if one.row in rows:
            found.setdefault(one.arm, {})[one.row] = one
    none = {arm: Answered(None, arm, "", "error") for arm in found}
    return {arm: {row: said.get(row, none[arm]) for row in asked} for arm, said in found.items()}


def _versus(
    by_arm: Mapping[str, Mapping[int | None, Answered]],
    data: LabelledTexts,
    at: Sequence[int],
    small: Small,
    seed: int,
) -> Versus:
    labels = [data.labels[row] for row in at]
    names = sorted(set(labels))
    arms = tuple(
        Answers.of(
            arm, [one.prediction for one in said.values()], names, [one.is_missing for one in said.values()]
        )
        for arm, said in by_arm.items()
    )
    own = Answers.of(SMALL, [small.said[row] for row in at], names)
    return Versus(Answers.of("labels", labels, names).said, len(names), arms, own, small.sure[list(at)], seed)


def _scores(versus: Versus, answers: Answers) -> tuple[Ranged, ...]:
    return tuple(Ranged.model_validate(versus.score(answers, metric)) for metric in CLASS_METRICS)


def _arm(of: Answers, said: Sequence[Answered], versus: Versus, asked: int) -> Arm:
    statuses = Counter("error" if one.status in MISSING else one.status for one in said)
    seconds = [one.seconds for one in said if one.seconds is not None]
    p50, p95 = np.percentile(seconds, [50, 95]) if seconds else (None, None)
    return Arm(
        id=of.name,
        asked=asked,
        coverage=of.coverage,
        statuses=dict(statuses.most_common()),
        scores=_scores(versus, of),
        usage=_usage(said),
        seconds=Seconds(p50=p50, p95=p95),
    )


def _usage(said: Sequence[Answered]) -> Usage:
    told = [one for one in said if one.input_tokens is not None and one.output_tokens is not None]
    sums = {name: sum(getattr(one, f"{name}_tokens") or 0 for one in told) for name in TOKENS}
    return Usage(**sums, reported=len(told))


def _cascade(versus: Versus, metric: str) -> Cascade:
    both = versus.cascade
    found = versus.score(both.answers, metric)
    return Cascade(arm=both.arm, share=both.share, score=found.mean, low=found.low, high=found.high)


def _endpoint(answers: Sequence[Answered]) -> dict[str, Any]:
    models = Counter(one.model for one in answers if one.model)
    return {"model_answered": models.most_common(1)[0][0]} if models else {}


def _verdict(found: LlmTrial) -> Any:
    """The first decision that speaks for an option, else the first-named option's own."""
    mine = [one.decision for one in found.comparisons if found.arm(one.a)]
    return next((one for one in mine if one in IN_FAVOUR), mine[0])


def _reasons(found: LlmTrial) -> list[dict[str, Any]]:
    """What the verdict rests on and how far it can be trusted."""
    told, rows = found.told, found.sampled or 0
    said: list[dict[str, Any]] = []
    if told:
        differing = (told.only_a + told.only_b) / rows
        said.append({"id": "right_alone", "only_a": told.only_a, "only_b": told.only_b, "rows": rows})
        if differing:
            shows = round(100 * gap_that_shows(rows, differing), 1)
            said.append({"id": "power", "rows": rows, "points": shows})
        if told.metric != found.metric:
            said.append({"id": "compared_by_accuracy", "rows": rows})
    if found.baseline:
        said.append({"id": "small_model_learned_from", "rows": found.baseline.learned_from})
    unusable = max((arm.unusable for arm in found.arms), default=0)
    if unusable:
        said.append({"id": "unusable_are_wrong", "unusable": unusable, "share": round(unusable / rows, 4)})
    if found.cascade and found.cascade.share:
        both = found.cascade
        said.append(
            {"id": "cascade", "share": both.share, "mean": both.score, "low": both.low, "high": both.high}
        )
    return said


def _flips(found: LlmTrial) -> list[dict[str, Any]]:
    """What would change the verdict."""
    told, rows = found.told, found.sampled or 0
    if told is None or told.decision != "undecided":
        return []
    wanted = told.rows_to_decide
    if wanted is None or wanted > MOST_ROWS_TO_ASK or wanted <= rows:
        return [{"id": "rows_cannot_decide", "rows": rows}]
    return [{"id": "rows_to_decide", "wanted_rows": wanted, "more": wanted - rows}]
