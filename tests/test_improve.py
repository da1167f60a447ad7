"""From what went wrong to what to try: the remedy fits the evidence, and cheap ones come first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from scipy.stats import fisher_exact

from advisor.answers.cost import Cost
from advisor.answers.evaluation import Evaluation
from advisor.answers.preparation import Finding
from advisor.evaluation import Targets, evaluate
from advisor.evaluation.scoresheets import ScoreSheet, read_score_sheet
from advisor.improve import Iteration, improvement_facts, next_steps, remedies, training_cost
from advisor.improve.error_groups import error_groups
from advisor.improve.loss_log import LossLog, diagnose, read_loss_log
from advisor.language import LANGUAGES
from advisor.references import references
from baselines.reading import read_table
from pricing import Problem


def sheet(passes: list[int], kinds: list[str] | None = None, system: str = "tuned") -> str:
    kinds = kinds or [""] * len(passes)
    rows = (f"q{n},{system},佐藤,{kinds[n]},{score}\n" for n, score in enumerate(passes))
    return "item_id,system,rater,分類,口調\n" + "".join(rows)


def read(text: str) -> ScoreSheet:
    return read_score_sheet(read_table(text.encode(), "s.csv"))


def judged(text: str, target: str = "0.8", **asked: Any) -> Evaluation:
    return evaluate(read(text), targets=Targets.parse(target), **asked)


def steps(
    evaluation: Evaluation | None = None, answers: dict[str, str] | None = None, **asked: Any
) -> list[str]:
    evidence = {"evaluation": evaluation} if evaluation else {}
    return [remedy.id for remedy in next_steps(improvement_facts(answers or {}, evidence, **asked))]


# Remedies.


def test_without_an_evaluation_the_first_thing_is_to_measure() -> None:
    assert steps() == ["measure_first"]


def test_a_target_that_is_shown_needs_nothing() -> None:
    assert steps(judged(sheet([1] * 60))) == []


def test_too_few_items_call_for_more_before_anything_else() -> None:
    found = judged(sheet([1] * 28 + [0] * 2))
    assert steps(found, {"prompting_tried": "falls_short"}) == ["more_items"]
    facts = improvement_facts({}, {"evaluation": found})
    (remedy,) = [remedy for remedy in next_steps(facts) if remedy.id == "more_items"]
    assert "30件" in remedy.reason(facts, "ja")
    assert str(facts["items_needed"]) in remedy.reason(facts, "en")


def test_a_perfect_score_on_few_items_still_asks_for_a_number() -> None:
    facts = improvement_facts({}, {"evaluation": judged(sheet([1] * 10))})
    assert facts["items_needed"] > Decimal(10)  # type: ignore[operator]


def test_a_refuted_target_calls_for_prompting_then_another_model() -> None:
    assert steps(judged(sheet([1] * 10 + [0] * 20)), {"prompting_tried": "not_tried"}) == [
        "prompt_again",
        "bigger_model",
    ]


def test_knowledge_in_documents_calls_for_retrieval() -> None:
    found = judged(sheet([1] * 10 + [0] * 20))
    answers = {"prompting_tried": "falls_short", "knowledge_source": "own_documents"}
    assert "retrieval" in steps(found, answers)
    assert "retrieval" not in steps(found, {**answers, "knowledge_source": "common"})


def test_raters_who_disagree_come_before_the_model() -> None:
    rows = "item_id,system,rater,口調\n" + "".join(
        f"q{n},tuned,{rater},{score}\n"
        for n in range(20)
        for rater, score in (("佐藤", n % 2), ("鈴木", n % 3 > 0))
    )
    found = steps(judged(rows))
    assert found[0] == "clearer_rubric"


def test_a_system_that_does_not_beat_the_other_may_go_back_to_prompting() -> None:
    same = sheet([1] * 20 + [0] * 10) + sheet([1] * 19 + [0] * 11, system="few_shot").split("\n", 1)[1]
    assert "back_to_prompting" in steps(judged(same, system="tuned"))
    better = sheet([1] * 30) + sheet([0] * 30, system="few_shot").split("\n", 1)[1]
    assert "back_to_prompting" not in steps(judged(better, system="tuned"))


def test_the_learning_curve_says_whether_rows_help() -> None:
    def after(gain: float) -> list[str]:
        curve = {
            "metric": "macro_f1",
            "sizes": [100, 200],
            "means": [0.7, 0.75],
            "predicted_sizes": [400, 800],
        }
        curve |= {"predicted": [0.75 + gain, 0.8]}
        facts = improvement_facts({}, {"evaluation": judged(sheet([1] * 60)), "baseline": {"curve": curve}})
        return [remedy.id for remedy in next_steps(facts)]

    assert after(0.03) == ["more_rows"]
    assert after(0.002) == ["rows_do_not_help"]


def test_a_reason_names_the_metric_in_words() -> None:
    facts = improvement_facts({}, full_evidence())
    remedy = next(one for one in remedies() if one.id == "more_rows")
    assert "マクロF1" in remedy.reason(facts, "ja")
    assert "Macro-F1" in remedy.reason(facts, "en")


def test_bad_rows_are_fixed_before_more_are_added() -> None:
    findings = [
        Finding(id="empty_output", weight="error", count=3),
        Finding(id="conflicting_answers", weight="risk", count=4),
    ]
    assert steps(judged(sheet([1] * 60)), findings=findings) == ["fix_data"]
    assert steps(judged(sheet([1] * 60)), findings=[Finding(id="cut_off", weight="hint", count=9)]) == []


def test_losses_decide_between_the_training_remedies() -> None:
    def after(losses: list[float], **answers: str) -> list[str]:
        log = LossLog((), tuple((float(n), loss) for n, loss in enumerate(losses)))
        return steps(judged(sheet([1] * 60)), answers, losses=diagnose(log))

    assert after([2, 1.5, 1.2, 1.0, 1.1, 1.3]) == ["stop_earlier"]
    assert after([2, 1.8, 1.6, 1.4, 1.2, 1.0]) == ["train_longer"]
    assert after([2, 1.8, 1.6, 1.4, 1.2, 1.0], peft_method="lora") == ["train_longer", "more_capacity"]
    assert after([2, 2.5, 4, 9]) == ["gentler_rate"]
    assert after([2, 1.5, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0]) == []
    assert after([2, 1]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_remedy_can_give_its_reason_and_cites_what_is_known(language: Any) -> None:
    for remedy in remedies():
        assert "{" not in remedy.reason({}, language) + remedy.action({}, language)
        assert set(remedy.sources) <= set(references())
        assert remedy.condition.facts


def test_remedies_name_facts_that_can_be_known() -> None:
    known = set(improvement_facts({}, full_evidence(), groups=error_groups(read(gathered()), "tuned"),
                                  losses=diagnose(LossLog(((0, 1), (1, 1), (2, 1), (3, 1)))),
                                  findings=[Finding(id="x", weight="error", count=1)]))  # fmt: skip
    answers = {"prompting_tried", "knowledge_source", "peft_method"}
    for remedy in remedies():
        assert remedy.condition.facts <= known | answers


def full_evidence() -> dict[str, dict[str, Any]]:
    rows = "item_id,system,rater,口調\n" + "".join(
        f"q{n},{system},{rater},{int(n % 10 > 0)}\n"
        for n in range(30)
        for system in ("a", "b")
        for rater in "xy"
    )
    curve = {
        "metric": "macro_f1",
        "sizes": [100],
        "means": [0.7],
        "predicted_sizes": [200],
        "predicted": [0.8],
    }
    return {"evaluation": judged(rows), "baseline": {"curve": curve}}


# Where errors gather.


def gathered() -> str:
    kinds = ["返品"] * 15 + ["配送"] * 45
    return sheet([0] * 10 + [1] * 5 + [0] * 2 + [1] * 43, kinds)


def test_failures_that_gather_in_one_kind_stand_out() -> None:
    worst, *others = error_groups(read(gathered()), "tuned")
    assert {worst.value, others[0].value} == {"返品", "配送"}
    returns = next(group for group in (worst, *others) if group.value == "返品")
    assert (returns.n, returns.failed, returns.rest, returns.rest_failed) == (15, 10, 45, 2)
    assert returns.p == pytest.approx(fisher_exact([[10, 5], [2, 43]]).pvalue, abs=1e-9)
    assert returns.stands_out
    assert "target_rows" in steps(judged(gathered()), groups=(worst, *others))


def test_few_items_and_even_failures_do_not_stand_out() -> None:
    even = sheet([0, 1, 1, 1, 1] * 12, ["返品", "配送", "故障"] * 20)
    assert not any(group.stands_out for group in error_groups(read(even), "tuned"))
    assert error_groups(read(sheet([0] * 4 + [1] * 20, ["返品"] * 4 + [""] * 20)), "tuned") == ()


def test_long_texts_are_grouped_by_length() -> None:
    texts = [
        "長い質問です。" * 8 if n < 10 else "短い質問の文章が一つあります。" + "あ" * (n % 3)
        for n in range(30)
    ]
    found = error_groups(read(sheet([0] * 9 + [1] * 21, texts)), "tuned")
    assert {group.value for group in found} == {"short", "middle", "long"}
    assert next(group for group in found if group.value == "long").stands_out


# Losses.


def test_logs_of_providers_and_trainers_are_read() -> None:
    openai = b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n1,2.1,0.5,,\n2,1.9,0.6,2.0,0.5\n"
    assert read_loss_log(read_table(openai, "result.csv")) == LossLog(((1, 2.1), (2, 1.9)), ((2, 2.0),))
    trainer = b'{"loss": 2.0, "step": 10}\n{"eval_loss": 1.8, "step": 10}\n{"loss": 1.5, "step": 20}\n'
    assert read_loss_log(read_table(trainer, "log.jsonl")) == LossLog(((10, 2.0), (20, 1.5)), ((10, 1.8),))


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b"step,accuracy\n1,0.5\n", "loss_log_without_loss"), (b"step,loss\n1,low\n", "loss_not_a_number")],
)
def test_a_log_without_losses_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(Problem, match=problem):
        read_loss_log(read_table(body, "log.csv"))


def test_a_loss_that_is_not_finite_has_diverged() -> None:
    found = diagnose(LossLog(((1, 2.0), (2, float("nan")), (3, 1.0), (4, float("inf")))))
    assert found is not None and found.shape == "diverging"
    assert diagnose(LossLog((), ())) is None


# Money and rounds.


def test_training_once_more_costs_what_the_cost_evidence_says() -> None:
    part = {"id": "training", "per": "once", "amount": "0.096471"}
    arms = [{"id": "tuned", "parts": [part]}, {"id": "prompt", "parts": []}]
    assert training_cost(Cost.model_validate({"arms": arms})) == Decimal("0.096471")
    assert training_cost(None) is None


def test_an_iteration_keeps_what_was_changed_and_what_the_test_said() -> None:
    found = judged(sheet([1] * 28 + [0] * 2))
    kept = Iteration.of(found, date(2026, 11, 22), " エポックを3から2に ", Decimal("0.0643"))
    assert (kept.changed, kept.criterion, kept.n) == ("エポックを3から2に", "口調", 30)
    assert kept.rate == 28 / 30
    assert Iteration.model_validate(kept.as_json()) == kept
    with pytest.raises(Problem, match="iteration_without_rate"):
        Iteration.of(Evaluation(), date(2026, 11, 22), "x")
