"""Published scores are context: sourced, inside the unit, and of tasks that the ladder knows."""

from __future__ import annotations

from advisor.reference_scores import public_tasks, similar
from advisor.tasks import tasks
from baselines.tasks import TASKS


def test_every_public_task_is_of_a_kind_and_metric_that_we_know() -> None:
    kinds = {*TASKS, *(task.baselines_task for task in tasks().values())}
    for public in public_tasks():
        assert public.task in kinds
        assert public.metric in TASKS.get(public.task, (public.metric,))
        assert len({score.system for score in public.scores}) == len(public.scores)


def test_scores_of_ours_are_said_to_be_measured() -> None:
    ours = [score for public in public_tasks() for score in public.scores if score.kind == "small_model"]
    assert ours
    assert {score.source.kind for score in ours} == {"measured"}


def test_similar_tasks_are_found_by_kind() -> None:
    assert {public.id for public in similar("similarity")} == {"jsts", "jsick_sts"}
    assert similar("generation") == ()
