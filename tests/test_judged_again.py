"""A verdict speaks of the plan's target of today, whatever target it was measured for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from advisor.answers import read_answer
from advisor.answers.baseline import Baseline
from advisor.language import phrase
from advisor.plan import Plan, example, example_names, from_json
from advisor.recommend import recommend
from advisor.report import build
from advisor.report.markdown import render
from advisor.shapes import Aim
from advisor.stated import Target as Stated
from baselines.dataset import LabelledTexts
from baselines.run import run_baseline
from baselines.verdict import Target
from tests.small_tables import inquiries, sentence_pairs
from tests.test_choices import quiz
from tests.test_generation import questions
from tests.test_multilabel import reviews

JUDGED = ("verdict", "reasons", "flips", "confidence", "lowered_by", "checks", "metric", "target")
METRICS = {
    "classification": "macro_f1",
    "pairs": "accuracy",
    "similarity": "spearman",
    "multi_label": "macro_f1",
    "multiple_choice": "accuracy",
}


@cache
def measured(kind: str, value: float = 0.7, **asked: Any) -> Baseline:
    tables = {
        "classification": inquiries(240),
        "pairs": sentence_pairs(160),
        "similarity": sentence_pairs(160, degrees=True),
        "multi_label": reviews(120),
        "multiple_choice": quiz(60),
    }
    return Baseline.of(run_baseline(tables[kind], task=kind, target=Target(METRICS[kind], value), **asked))


def inquiries_aiming_at(score: str) -> Plan:
    """The worked example, measured once and never again."""
    return example("inquiries").put("answers.target_score", score)


def part(answer: Baseline) -> dict[str, Any]:
    shape = answer.as_json()
    return {name: shape.get(name) for name in JUDGED}


def test_a_verdict_does_not_outlive_its_target() -> None:
    within, beyond = inquiries_aiming_at("0.6"), inquiries_aiming_at("0.95")
    assert within.findings["baseline_verdict"] == "small_model_enough"
    assert beyond.findings["baseline_verdict"] == "llm_trial"
    assert float(str(beyond.findings["baseline_target"])) == 0.95
    advice = recommend(within.answers, within.evidence, within.on, stated=within.stated)
    assert "small_model_is_enough" in advice.held
    assert (advice.decision, advice.recommended) == ("adopt", "classical_ml")
    advice = recommend(beyond.answers, beyond.evidence, beyond.on, stated=beyond.stated)
    assert "small_model_is_enough" not in advice.held
    assert advice.recommended != "classical_ml"
    for plan, verdict in ((within, "small_model_enough"), (beyond, "llm_trial")):
        said = render(build(plan, "ja", plan.on))
        assert phrase(f"baseline.verdict.{verdict}", "ja") in said
        assert phrase(f"recommendation.words.{verdict}", "ja") in said


def test_a_target_that_is_stated_for_itself_is_the_one() -> None:
    plan = replace(inquiries_aiming_at("0.6"), target=Stated(value="0.95"))
    assert plan.findings["baseline_verdict"] == "llm_trial"
    other = replace(plan, target=Stated(value="0.5", metric="weighted_f1"))
    assert other.findings["baseline_verdict"] == "small_model_enough"
    assert other.findings["baseline_metric"] == "weighted_f1"


def test_a_target_by_a_metric_that_was_not_measured_leaves_the_verdict_open() -> None:
    answer = measured("classification").judged(Aim(0.1, "roc_auc"))
    assert (answer.verdict, answer.reasons[0].id) == ("undecided", "metric_not_measured")
    assert answer.judged(Aim(0.1, "roc_auc")) == answer


def test_without_a_target_of_the_plan_the_one_that_was_measured_for_holds() -> None:
    answer = measured("classification")
    assert answer.judged(None) is answer
    assert answer.findings(None)["baseline_target"] == 0.7


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("way", ["folds", "held_out"])
def test_the_target_it_was_measured_for_gives_the_verdict_of_the_day(kind: str, way: str) -> None:
    answer = measured(kind, **({"hold_out": 0.3} if way == "held_out" and kind != "multiple_choice" else {}))
    again = answer.judged_anew(Target(METRICS[kind], 0.7))
    assert part(again) == part(answer)
    there = read_answer("baseline", answer.as_json()).judged(Aim(0.99)).judged(Aim(0.7))
    assert isinstance(there, Baseline) and part(there) == part(answer)


@pytest.mark.parametrize("value", [0.2, 0.55, 0.97])
def test_another_target_gives_what_measuring_for_it_would_give(value: float) -> None:
    fresh, kept = measured("classification", value), measured("classification").judged(Aim(value))
    differing = {"small_model_costs"}  # timed anew
    for name in JUDGED:
        ours, theirs = (part(one)[name] for one in (kept, fresh))
        if name == "reasons":
            ours, theirs = ([told for told in said if told["id"] not in differing] for said in (ours, theirs))
        assert ours == theirs, name


@pytest.mark.parametrize("name", example_names())
def test_the_worked_examples_are_judged_as_they_were(name: str) -> None:
    answer = example(name).answer(Baseline)
    if answer is None or answer.target is None:
        return
    again = answer.judged_anew(Target(str(answer.metric), answer.target))
    assert {**part(again), "checks": None} == {**part(answer), "checks": None}


def test_free_text_cannot_be_judged_by_any_target() -> None:
    found = run_baseline(questions(30), task="summarisation", target=Target("chrf", 0.5))
    answer = Baseline.of(found)
    assert answer.judged(Aim(0.1)).verdict == "cannot_be_judged"


def test_a_target_above_what_people_reach_is_found_when_it_is_set() -> None:
    data = inquiries(200)
    second = tuple(
        data.labels[(at + 1) % 200] if at % 4 == 0 else label for at, label in enumerate(data.labels)
    )
    table = replace(data, labels2=second)
    answer = Baseline.of(run_baseline(table, target=Target("accuracy", 0.5)))
    assert "target_above_people" not in answer.checks
    higher = answer.judged(Aim(0.99))
    assert "target_above_people" in higher.checks and "target_above_people" in higher.lowered_by
    assert [told.id for told in higher.reasons].count("human_ceiling") == 1
    assert "target_above_people" not in higher.judged(Aim(0.5)).checks


def test_contradicting_labels_block_only_a_target_that_they_put_out_of_reach() -> None:
    data = inquiries(200, noise=0.0)
    texts = (*data.texts, *data.texts[:6])
    labels = (*data.labels, *data.labels[1:7])
    answer = Baseline.of(run_baseline(LabelledTexts(texts, labels), target=Target("accuracy", 0.5)))
    ceiling = answer.checks["conflicts"].fields["ceiling"]
    assert answer.judged(Aim(ceiling + 0.01)).verdict == "fix_data_first"
    assert answer.judged(Aim(ceiling + 0.01)).reasons[0].id == "conflicts"
    assert answer.judged(Aim(0.5)).verdict == answer.verdict != "fix_data_first"


def test_what_blocked_an_older_answer_still_blocks_it() -> None:
    data = inquiries(90)
    given_away = replace(data, texts=tuple(f"{a} {b}" for a, b in zip(data.texts, data.labels, strict=True)))
    shape = Baseline.of(run_baseline(given_away, target=Target("accuracy", 0.5))).as_json()
    assert shape["verdict"] == "fix_data_first"
    older = {name: value for name, value in shape.items() if name != "rests_on"}
    older["checks"] = {
        id: {name: value for name, value in fields.items() if not name.startswith("blocks")}
        for id, fields in shape["checks"].items()
    }
    answer = read_answer("baseline", older)
    assert isinstance(answer, Baseline)
    assert answer.judged(Aim(0.6)).verdict == "fix_data_first"
    assert answer.judged(Aim(0.6)).flips[0].id == "after_fixing"


def test_a_target_typed_on_the_baseline_page_of_before_becomes_the_plans() -> None:
    shape = example("inquiries").to_json()
    shape["inputs"] |= {"baseline.target": 0.9}
    assert from_json(shape).answers["target_score"] == "0.85"
    del shape["answers"]["target_score"], shape["target"]
    plan = from_json(shape)
    assert plan.answers["target_score"] == "0.9"
    assert "baseline.target" not in plan.inputs
    shape["inputs"] |= {"baseline.has_target": False}
    assert "target_score" not in from_json(shape).answers


def test_a_target_that_a_plan_states_answers_the_checklist_too() -> None:
    shape = example("inquiries").to_json()
    del shape["answers"]["target_score"]
    plan = from_json(shape | {"target": {"metric": "macro_f1", "value": "0.9", "basis": "stated"}})
    assert plan.answers["target_score"] == "0.9"
    assert plan.aim == Aim(0.9, "macro_f1")
    none = from_json(shape | {"target": {"basis": "none"}})
    assert "target_score" not in none.answers and none.aim is None


def test_a_target_answered_in_the_checklist_takes_the_place_of_the_stated_one() -> None:
    plan = example("inquiries").aiming(Stated(metric="macro_f1", value="0.9"))
    assert plan.answers["target_score"] == "0.9"
    answered = plan.put("answers.target_score", "0.8")
    assert answered.target is None and answered.aim == Aim(0.8)
    taken_out = plan.put("answers.target_score", None)
    assert taken_out.target is None and taken_out.aim is None
