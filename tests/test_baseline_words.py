"""Every id that a baseline report can hold has its words in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from advisor.language import phrase_keys
from baselines.choices import MultipleChoice
from baselines.generation import GENERATORS
from baselines.multilabel import SEVERAL
from baselines.pair_pipelines import CLASSES, NUMBERS
from baselines.pipelines import BASELINES
from baselines.rating_pipelines import RATINGS
from baselines.run import BENCHES
from baselines.span_models import SPANS
from baselines.tasks import TASKS
from baselines.verdict import VerdictId

SOURCES = sorted((Path(__file__).parent.parent / "baselines").glob("*.py"))
RUNGS = {
    *BASELINES,
    *CLASSES,
    *NUMBERS,
    *RATINGS,
    *GENERATORS,
    *SEVERAL,
    *MultipleChoice.quick,
    *SPANS,
    "nmf",
    "lsa",
}
METRICS = {metric for metrics in TASKS.values() for metric in metrics} | {"roc_auc"}
REASONS = {
    id
    for path in SOURCES
    for id in re.findall(r'(?:Reason|Finding)\(\s*"([a-z_]+)"', path.read_text("utf-8"))
}
FINDINGS = {id for path in SOURCES for id in re.findall(r'Finding\(\s*"([a-z_]+)"', path.read_text("utf-8"))}
REASONS |= {bench.instead for bench in BENCHES.values()}


@pytest.mark.parametrize(
    ("area", "ids"),
    [
        ("rung", RUNGS),
        ("metric", METRICS),
        ("task", {*TASKS, "auto"}),
        ("verdict", set(get_args(VerdictId))),
        ("check", FINDINGS),
        ("reason", REASONS | {f"interval_{side}_target" for side in ("above", "below", "crosses")}),
    ],
)
def test_every_id_has_its_words(area: str, ids: set[str]) -> None:
    assert sorted(id for id in ids if f"baseline.{area}.{id}" not in phrase_keys()) == []


def test_reasons_are_found_in_the_source_at_all() -> None:
    assert {"no_target", "duplicates", "shift", "judge_by_people"} <= REASONS


def test_every_task_has_a_ladder_and_a_metric() -> None:
    assert set(BENCHES) | {"topics"} == set(TASKS)
    assert all(TASKS.values())


def test_no_sentence_waits_for_an_id_that_is_gone() -> None:
    made = REASONS | {f"interval_{side}_target" for side in ("above", "below", "crosses")}
    text = "".join(path.read_text("utf-8") for path in SOURCES)
    said = {
        key.removeprefix("baseline.reason.") for key in phrase_keys() if key.startswith("baseline.reason.")
    }
    pages = "".join(
        path.read_text("utf-8") for path in (SOURCES[0].parents[1] / "advisor" / "pages").glob("baseline*.py")
    )
    assert sorted(id for id in said - made if f'"{id}"' not in text + pages) == []
