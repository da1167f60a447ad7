"""The task guide: ten tasks, each with its difficulty, metrics, blind spots, baseline and judges."""

from __future__ import annotations

import pytest

from advisor.checklist import checklist
from advisor.references import references
from advisor.tasks import Task, tasks


@pytest.fixture(params=tasks())
def task(request: pytest.FixtureRequest) -> Task:
    return tasks()[str(request.param)]


def test_the_ten_tasks_are_those_the_checklist_asks_for() -> None:
    asked = [choice.id for choice in checklist().question("task").choices]
    assert [*tasks(), "other"] == asked
    assert len(tasks()) == 10


def test_difficulty_is_never_less_than_either_half_allows(task: Task) -> None:
    order = ["easy", "medium", "hard"]
    data, evaluation = order.index(task.data_ease), order.index(task.evaluation_ease)
    assert min(data, evaluation) <= order.index(task.difficulty) <= max(data, evaluation)


def test_the_known_easy_and_hard_ones() -> None:
    assert {id for id, task in tasks().items() if task.difficulty == "easy"} >= {
        "text_classification",
        "natural_language_inference",
    }
    assert {id for id, task in tasks().items() if task.difficulty == "hard"} >= {
        "machine_translation",
        "summarisation",
    }


def test_a_task_has_metrics_judges_sources_and_a_baseline(task: Task) -> None:
    assert task.metrics and task.judges and task.sources and task.baselines_task
    assert set(task.sources) <= set(references())


def test_every_baseline_is_named_once() -> None:
    named = [task.baselines_task for task in tasks().values()]
    assert len(set(named)) == len(named)


def test_every_task_names_one_that_the_baselines_measure(task: Task) -> None:
    from baselines.tasks import TASKS

    assert task.baselines_task in TASKS
