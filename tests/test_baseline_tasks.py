"""Every kind of task of the guide runs from a small table to a verdict in words: in the shell, as a job, on the page."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from advisor.__main__ import main
from advisor.answers.baseline import Baseline
from advisor.jobs.entries import baseline
from advisor.language import LANGUAGES, Language, phrase
from advisor.plan import from_yaml
from advisor.show.voice import Voice
from advisor.tasks import tasks
from baselines.dataset import LabelledTexts
from baselines.tasks import usual_metric
from tests.small_tables import inquiries, sentence_pairs
from tests.test_choices import quiz
from tests.test_generation import questions
from tests.test_page_overview import opened, words
from tests.test_spans import trips

TABLES: dict[str, LabelledTexts] = {
    "classification": inquiries(45),
    "pairs": sentence_pairs(45),
    "similarity": sentence_pairs(45, degrees=True),
    "multiple_choice": quiz(20),
    "topics": inquiries(30),
    "span_extraction": trips(24),
    "code": questions(16),
    "translation": questions(16),
    "dialogue": questions(16),
    "summarisation": questions(16),
}
UNJUDGED = {"topics", "code", "translation", "dialogue", "summarisation"}


@pytest.fixture(params=tasks())
def kind(request: pytest.FixtureRequest) -> str:
    return tasks()[str(request.param)].baselines_task


@pytest.fixture
def file(kind: str, tmp_path: Path) -> Path:
    data = TABLES[kind]
    path = tmp_path / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = zip(data.texts, data.labels, data.texts2 or [""] * len(data), strict=True)
        csv.writer(out).writerows([("text", "label", "text2"), *rows])
    return path


def asked(kind: str) -> dict[str, Any]:
    second = {"text2": "text2"} if TABLES[kind].texts2 else {}
    aim = {} if kind in UNJUDGED else {"target": 0.6, "metric": usual_metric(kind)}
    return {"text": "text", "label": "label", "task": kind, **second, **aim}


def test_a_job_measures_it_and_the_page_and_the_report_put_it_into_words(kind: str, file: Path) -> None:
    answer = baseline(
        {**asked(kind), "reading": {"name": "table.csv"}}, {"table": file.parent / file.name}, lambda _: None
    )
    assert (answer["verdict"] == "cannot_be_judged") == (kind in UNJUDGED)
    answer = json.loads(json.dumps(answer))
    for language in LANGUAGES:
        voice = Voice(language, from_yaml(plan_of(answer)).on)
        told = [str(block) for block in Baseline.model_validate(answer).blocks(voice)]
        assert phrase(f"baseline.verdict.{answer['verdict']}", language) in told[0]
        assert not [reason["id"] for reason in answer["reasons"] if f"{reason['id']} " in " ".join(told)]
    language = "ja" if len(kind) % 2 else "en"
    shown = seen_on_the_page(answer, language)
    assert phrase(f"baseline.verdict.{answer['verdict']}", language) in shown


def plan_of(answer: dict[str, Any]) -> str:
    shape = {
        "schema_version": 1,
        "language": "ja",
        "title": {"ja": "試し", "en": "Trial"},
        "on": "2026-11-22",
    }
    return json.dumps({**shape, "evidence": {"baseline": answer}})


def seen_on_the_page(answer: dict[str, Any], language: Language) -> str:
    app = opened("baseline", language, from_yaml(plan_of(answer)))
    assert not app.exception and not app.error
    return words(app)


def test_the_shell_gives_it_a_verdict(kind: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [part for name, value in asked(kind).items() for part in (f"--{name}", str(value))]
    home = {"ADVISOR_HOME": str(file.parent / "home"), "LANG": "en_GB.UTF-8"}
    assert main(["baseline", str(file), *options, "--json"], home) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"] == "cannot_be_judged") == (kind in UNJUDGED)
    if kind in UNJUDGED - {"topics"}:
        assert answer["reasons"][1]["id"].startswith("judge_")
