"""The checklist: complete, sourced, used, and strict about answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from advisor.answers import FINDINGS, WORDS, findings_of, read_answer
from advisor.checklist import UNSETTLED, Question, checklist, read_answers
from advisor.quantities import Value
from advisor.recommend.rules import rule_book
from advisor.references import references
from pricing import Problem

QUESTIONS = {question.id: question for question in checklist().questions}


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest) -> Question:
    return QUESTIONS[str(request.param)]


def read_findings(evidence: dict[str, Any]) -> dict[str, Value]:
    """What evidence as JSON says to the rules."""
    return findings_of({kind: read_answer(kind, shape) for kind, shape in evidence.items()})


def test_there_are_seven_sections_and_at_least_45_questions() -> None:
    sections = [section.id for section in checklist().sections]
    assert sections == [
        "purpose",
        "dataset",
        "model",
        "evaluation",
        "environment",
        "training",
        "improvement",
    ]
    assert len(QUESTIONS) == len(checklist().questions) >= 45


def test_a_question_belongs_to_a_section_and_has_its_source(question: Question) -> None:
    assert question.section in {section.id for section in checklist().sections}
    assert question.source in references()


def test_a_question_is_used_by_a_rule(question: Question) -> None:
    assert question.id in rule_book().reading


def test_a_question_never_has_the_name_of_a_finding(question: Question) -> None:
    assert question.id not in FINDINGS


def test_choices_are_several_and_never_say_undecided_by_themselves(question: Question) -> None:
    ids = [choice.id for choice in question.choices]
    assert (len(ids) >= 2) is (question.kind == "choice")
    assert len(set(ids)) == len(ids)
    assert not {*UNSETTLED, "unknown"} & set(ids)


def test_every_choice_is_reachable(question: Question) -> None:
    for choice in question.choices:
        assert read_answers({question.id: choice.id}).values == {question.id: choice.id}


def test_every_question_can_be_left_open_or_waived(question: Question) -> None:
    undecided = read_answers({question.id: "not_decided"})
    waived = read_answers({question.id: "not_applicable"})
    assert question.id in undecided.open(checklist()) and question.id not in undecided.values
    assert question.id not in waived.open(checklist()) and question.id not in waived.values


def test_what_answers_a_question_by_itself_is_a_finding(question: Question) -> None:
    if question.known_from:
        assert question.known_from in FINDINGS
        assert set(question.known_as.values()) <= {choice.id for choice in question.choices}
        assert set(question.known_as) == set(WORDS.get(question.known_from, ())) or not question.known_as


@pytest.mark.parametrize(
    ("said", "value"),
    [("130", "130"), ("1,300", "1300"), ("１３０", "130"), (" 12 ", "12"), ("1e3", "1000")],
)
def test_a_number_is_read_as_people_write_it(said: str, value: str) -> None:
    assert read_answers({"rows_available": said}).values["rows_available"] == Decimal(value)


def test_a_day_is_read() -> None:
    assert read_answers({"go_live": "2027-04-01"}).values["go_live"] == date(2027, 4, 1)


@pytest.mark.parametrize(
    ("question_id", "said", "problem"),
    [
        ("purpose", "world_peace", "answer_unknown_choice"),
        ("purpos", "cost", "answer_unknown_question"),
        ("rows_available", "たくさん", "answer_not_a_number"),
        ("rows_available", "NaN", "answer_out_of_range"),
        ("rows_available", "-1", "answer_out_of_range"),
        ("target_score", "85", "answer_out_of_range"),
        ("go_live", "来年", "answer_not_a_day"),
        ("success_statement", "あ" * 10_001, "answer_too_long"),
    ],
)
def test_a_wrong_answer_is_refused_by_name(question_id: str, said: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        read_answers({question_id: said})
    assert caught.value.id == problem
    assert caught.value.fields["question"] == question_id


def test_an_unknown_question_is_answered_with_the_nearest() -> None:
    with pytest.raises(Problem) as caught:
        read_answers({"knowledge_change": "rarely"})
    assert "knowledge_changes" in str(caught.value.fields["near"])


def test_evidence_fills_what_nobody_answered() -> None:
    evidence = read_findings(
        {
            "dataset": {"rows": 400},
            "model": {"id": "a/b", "commercial": "conditional"},
            "baseline": {"verdict": "undecided"},
        }
    )
    answers = read_answers({}, evidence)
    assert answers.values["rows_available"] == 400
    assert answers.values["licence"] == "conditional"
    assert answers.values["small_model_checked"] == "measured"
    assert answers.measured == {"rows_available", "licence", "small_model_checked"}


def test_a_typed_answer_stands_and_a_waived_one_is_not_filled() -> None:
    evidence = read_findings({"dataset": {"rows": 400}, "model": {"id": "a/b", "commercial": "no"}})
    answers = read_answers({"rows_available": "500", "licence": "not_applicable"}, evidence)
    assert answers.values == {"rows_available": Decimal(500)}


def test_an_undecided_answer_is_filled_by_what_was_measured() -> None:
    evidence = read_findings({"dataset": {"rows": 400}})
    assert read_answers({"rows_available": "not_decided"}, evidence).measured == {"rows_available"}


def test_progress_counts_what_is_settled() -> None:
    answers = read_answers({"go_live": "2027-04-01", "task": "not_applicable", "purpose": "not_decided"})
    asked = [QUESTIONS[id] for id in ("go_live", "task", "purpose", "citations")]
    assert (answers.progress(asked).settled, answers.progress(asked).share) == (2, 0.5)
