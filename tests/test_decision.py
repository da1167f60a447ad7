"""The decision: what must hold of the path whatever a team answers, measured, states and tried."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from advisor.answers.advise import Advise
from advisor.checklist import checklist
from advisor.language import LANGUAGES
from advisor.recommend import Recommendation, recommend, words
from advisor.recommend.chances import HIGHEST, Chance
from advisor.recommend.options import NORMAL, OWN_MACHINES, ZERO, Option, Terms, _reservation
from advisor.recommend.path import TIE, Path, path
from advisor.recommend.rules import RuleBook, rule_book
from advisor.recommend.weighing import Weighing
from advisor.shapes import Aim
from advisor.show.blocks import Items, Paragraph
from advisor.show.voice import Voice
from advisor.stated import Effort, Stated, Trial, Worth
from tests.random_plans import HOW_MANY, ON, RandomPlan, random_plan

PLANS = range(HOW_MANY)
# What the terms and the options read besides the rules that exclude.
READ_BY_THE_FORMULA = {
    "main_language",  # chooses the encoder, and so its size
    "requests_per_month",
    "months_of_service",
    "budget_per_month",
    "rows_available",
    "target_score",
    "prompting_tried",
    "task",
    "knowledge_source",
    "data_may_leave",
    "serving_place",
}
OWN = ("classical_ml", "fine_tuned_encoder", "fine_tuning_open", "continued_pretraining")


@pytest.fixture(params=PLANS)
def plan(request: pytest.FixtureRequest) -> RandomPlan:
    return random_plan(request.param)


def place(found: Path, approach: str) -> int:
    """Its place on the path; behind all others where it is no step."""
    order = [step.option.approach for step in found.steps]
    return order.index(approach) if approach in order else len(order) + 10


def walked(weighing: Weighing, options: tuple[Option, ...]) -> Path:
    return path(options, weighing.terms, weighing.tried, weighing.come)


def ahead(weighing: Weighing) -> dict[str, Option]:
    """What could be tried first, as it stands when the first step is chosen."""
    return {
        option.approach: option.after(weighing.tried, weighing.come)
        for option in weighing.options
        if option.result in (None, "unclear") and not option.again and option.is_possible(weighing.tried)
    }


def works(weighing: Weighing) -> bool:
    """Whether the first step is to use what was tried and reaches the target."""
    steps = weighing.path.steps
    return bool(steps) and steps[0].option.result == "yes"


def told(found: Recommendation) -> dict[str, Any]:
    return Advise.model_validate(found).as_json()


def lines(block: Any) -> list[Any]:
    """Every line of a block of the report."""
    if isinstance(block, Paragraph):
        return [block.line]
    if isinstance(block, Items):
        return [item.line for item in block.items]
    return [line for row in block.rows for line in row]


def order(found: Recommendation) -> list[tuple[Any, ...]]:
    return [(step.action, step.approach, step.option, step.chance, step.index_usd) for step in found.path]


# The order of trying.


def likelier(option: Option) -> Option:
    chance = option.chance
    return replace(option, chance=replace(chance, value=max(chance.value, min(HIGHEST, chance.value + 0.1))))


def quicker_to_try(option: Option) -> Option:
    """What is saved on the trial is saved on building it too, which the trial is a part of."""
    trial, build = option.days.trial or ZERO, option.days.build or ZERO
    days = option.days.model_copy(update={"trial": trial / 2, "build": max(trial, build) - trial / 2})
    return replace(option, bill=replace(option.bill, once=option.bill.once / 2), days=days)


def cheaper_to_run(option: Option) -> Option:
    bill = replace(option.bill, month_fee=option.bill.month_fee / 3)
    return replace(option, bill=bill, days=option.days.model_copy(update={"upkeep": ZERO}))


@pytest.mark.parametrize("better", [likelier, quicker_to_try, cheaper_to_run])
def test_what_becomes_likelier_or_cheaper_never_loses_its_place(plan: RandomPlan, better: Any) -> None:
    weighing = plan.advice.weighing
    for option in weighing.options:
        others = tuple(better(one) if one is option else one for one in weighing.options)
        before, after = (
            place(walked(weighing, some), option.approach) for some in (weighing.options, others)
        )
        assert after <= before, option.approach


def test_nothing_that_costs_less_and_is_as_likely_stands_behind_the_first_step(plan: RandomPlan) -> None:
    weighing, first = plan.advice.weighing, plan.advice.steps.first
    options = ahead(weighing)
    if first is None or works(weighing):
        assert first or all(option.index(weighing.terms) > (weighing.terms.cost_of_missing or 0)
                            for option in options.values())  # fmt: skip
        return
    terms, picked = weighing.terms, options[first[1]]
    for option in options.values():
        cheaper = option.trial(terms) < picked.trial(terms) and option.life(terms) < picked.life(terms)
        if cheaper and option.chance.value >= picked.chance.value:
            assert option.index(terms) >= picked.index(terms) - TIE * terms.day_rate


def test_the_first_step_has_the_smallest_index_but_for_a_tie(plan: RandomPlan) -> None:
    weighing, first = plan.advice.weighing, plan.advice.steps.first
    if first is None or works(weighing):
        return
    placed = {id: option.index(weighing.terms) for id, option in ahead(weighing).items()}
    least, near = min(placed.values()), TIE * weighing.terms.day_rate
    assert placed[first[1]] <= least + near
    nearer = [id for id, index in placed.items() if index <= least + near]
    assert first[1] == min(nearer, key=rule_book().commitment.__getitem__)


# What was tried.


def test_what_failed_is_never_the_first_step_again(plan: RandomPlan) -> None:
    failed: list[str] = []
    for _ in rule_book().approaches:
        found = plan.advice
        assert found.recommended not in failed
        if found.decision == "give_up" or works(found.weighing):
            return
        failed.append(str(found.recommended))
        plan = plan.trying(failed[-1], "no", option=found.path[0].option)
    assert plan.advice.decision == "give_up" or works(plan.advice.weighing)


def test_a_measured_success_is_dropped_only_for_what_costs_less_to_run(plan: RandomPlan) -> None:
    first = plan.advice.recommended
    if first is None:
        return
    after = plan.trying(first, "yes").advice
    weighing, terms = after.weighing, after.weighing.terms
    mine = next(option for option in weighing.options if option.approach == first)
    best = min(option.index(terms) for option in weighing.options if option.result == "yes")
    assert best <= mine.index(terms)
    if works(weighing):
        assert all(option.index(terms) + terms.day_rate >= best for option in ahead(weighing).values())
    else:
        assert after.steps.steps[0].index + terms.day_rate < best
    assert any(step.option.result == "yes" for step in after.steps.steps)


def test_a_trial_that_decided_nothing_waits_until_all_else_was_tried(plan: RandomPlan) -> None:
    first = plan.advice.recommended
    if first is None or works(plan.advice.weighing):
        return
    after = plan.trying(first, "unclear").advice
    worth = set(ahead(after.weighing)) - {option.approach for option in after.steps.too_dear}
    assert after.recommended != first or not worth


# What is read, and what is not.


def test_answers_outside_the_formula_change_nothing(plan: RandomPlan) -> None:
    moving = {fact for rule in rule_book().rules if rule.rules_out for fact in rule.condition.facts}
    outside = [question for question in checklist().questions
               if question.kind == "choice" and question.id not in moving | READ_BY_THE_FORMULA]  # fmt: skip
    draw = random.Random(7)  # noqa: S311 - an answer, not a secret
    other = plan.answering(**{question.id: draw.choice(question.choices).id for question in outside})
    assert len(outside) > 20
    assert order(other.advice) == order(plan.advice)


def test_prices_a_thousand_times_higher_move_what_is_paid_and_nothing_else(plan: RandomPlan) -> None:
    weighing = plan.advice.weighing
    dearer = {id: replace(bill, once=1000 * bill.once, month_fee=1000 * bill.month_fee,
                          per_request=1000 * bill.per_request) for id, bill in weighing.bills.items()}  # fmt: skip
    then = replace(weighing, bills=dearer)
    terms = weighing.terms
    for before, after in zip(weighing.options, then.options, strict=True):
        fees = before.bill.month(terms.requests) * terms.months
        assert float(after.life(terms) - before.life(terms)) == pytest.approx(float(999 * fees))
        assert float(after.trial(terms) - before.trial(terms)) == pytest.approx(float(999 * before.trial_usd))
        assert (after.index(terms) > before.index(terms)) is (
            fees > 0 or (before.result != "yes" and before.trial_usd > 0)
        )
    first = then.first
    if first and not works(then):
        indices = {id: option.index(terms) for id, option in ahead(then).items()}
        assert indices[first[1]] <= min(indices.values()) + TIE * terms.day_rate


def test_the_same_plan_gets_the_same_answer(plan: RandomPlan) -> None:
    assert told(plan.answering().advice) == told(plan.advice)


def test_the_order_of_answers_and_rules_changes_nothing(plan: RandomPlan) -> None:
    shuffle = random.Random(7)  # noqa: S311 - a shuffle, not a secret
    answers, rules = list(plan.answers.items()), list(rule_book().rules)
    shuffle.shuffle(answers)
    shuffle.shuffle(rules)
    book = RuleBook(**rule_book().model_copy(update={"rules": tuple(rules)}).model_dump())
    again = recommend(dict(answers), plan.evidence, ON, stated=plan.stated, book=book)
    assert told(again) == told(plan.advice)


# What comes out.


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plan_ends_in_a_decision_with_its_reason(plan: RandomPlan, language: Any) -> None:
    found, voice = plan.advice, Voice(language, ON)
    first = found.path[0] if found.path else None
    assert found.decision == (first.action if first else "give_up")
    assert {one.approach for one in found.path} | {one.approach for one in found.set_aside} == set(
        rule_book().commitment
    )
    for aside in found.set_aside:
        assert aside.rules or aside.because or aside.why not in ("ruled_out", "for_now")
    shown = [*words.lead(found, voice), words.following(found, voice), words.set_aside(found, voice),
             words.would_change(found, voice), words.provisional(found, voice), words.bill(found, voice)]  # fmt: skip
    texts = [line.text for block in shown if block for line in lines(block)]
    assert texts and all(texts)
    assert not [
        text for text in texts if "{" in text or "None" in text or "_" in text.replace(OWN_MACHINES, "")
    ]


def test_data_that_may_not_leave_are_never_sent_out(plan: RandomPlan) -> None:
    found = plan.answering(data_may_leave="not_at_all").advice
    for step in found.path:
        assert step.approach != "fine_tuning_hosted"
        if step.approach != "fine_tuned_encoder":  # weights that are downloaded and run in house
            assert step.option in (None, OWN_MACHINES), step.approach
            assert found.weighing.bills[step.approach].buys in (None, OWN_MACHINES)


# What would change it.


def changed(plan: RandomPlan, change: Any) -> Any:
    """The first step, computed from the start, once a variable is what the change says."""
    weighing, to = plan.advice.weighing, change.to
    if change.variable == "requests_per_month":
        return plan.answering(requests_per_month=str(to)).advice.steps.first
    if change.variable == "rows":
        return plan.answering(rows_available=str(to)).advice.steps.first
    if change.variable == "target":
        metric = weighing.aim.metric if weighing.aim else None
        return plan.stating(aim=Aim(float(to), metric)).advice.steps.first
    if change.variable == "day_rate":
        own = plan.stated.effort.model_dump(exclude={"day_rate"}) if plan.stated.effort else {}
        return plan.stating(effort=Effort(day_rate=to, **own)).advice.steps.first
    first = plan.advice.recommended
    option = next(one for one in weighing.options if one.approach == first)
    if change.variable == "chance":
        other = replace(option, chance=replace(option.chance, value=float(to), kind="measured"))
    else:
        other = replace(option, bill=replace(option.bill, month_fee=to, per_request=ZERO))
    return weighing.first_of(tuple(other if one is option else one for one in weighing.options))


def test_every_change_told_really_changes_the_first_step(plan: RandomPlan) -> None:
    found = plan.advice
    assert len(found.would_change) <= 3
    for change in found.would_change:
        assert changed(plan, change) == change.first != found.steps.first, change


def test_fewer_rows_and_other_tasks_are_never_a_change_to_wish_for(plan: RandomPlan) -> None:
    changes = plan.advice.would_change
    assert {change.variable for change in changes} <= {
        "chance", "running_usd_month", "requests_per_month", "day_rate", "target", "rows"}  # fmt: skip
    assert all(
        change.to > change.now for change in changes if change.variable in ("rows", "running_usd_month")
    )
    assert all(change.to < change.now for change in changes if change.variable == "chance")


def test_the_cost_of_an_error_that_flips_does_flip(plan: RandomPlan) -> None:
    cost = plan.advice.value_of_error_that_flips
    if cost is None:
        return
    then = plan.stating(value=Worth(wrong_answer=cost)).advice
    assert then.steps.first not in (plan.advice.steps.first, None)


# Single cases that once went wrong.


def trial(approach: str, reaches: str, **more: Any) -> Trial:
    return Trial(approach=approach, reaches=reaches, on=ON, source="measured", **more)


def test_a_verdict_counts_as_tried_even_where_nobody_kept_its_target() -> None:
    labels = {"task": "text_classification", "data_exists": "labelled", "rows_available": "3000"}
    short = RandomPlan(labels, {"baseline": {"verdict": "llm_trial"}})
    assert short.advice.recommended != "classical_ml"
    enough = RandomPlan(labels, {"baseline": {"verdict": "small_model_enough"}})
    assert (enough.advice.decision, enough.advice.recommended) == ("adopt", "classical_ml")


@pytest.mark.parametrize(
    ("approach", "tried", "is_old"),
    [
        ("zero_shot", "gpt-6-luna", False),
        ("zero_shot", "openai/gpt-6-luna", False),
        ("zero_shot", "gpt-6-terra", True),
        ("fine_tuning_open", "Qwen/Qwen3-8B", False),
    ],
)
def test_a_result_is_old_once_another_model_is_bought(approach: str, tried: str, is_old: bool) -> None:
    arms = [{"id": "zero_shot", "kind": "zero_shot", "asked": "openai/gpt-6-luna", "per_month": "5"},
            {"id": "self_hosted", "kind": "self_hosted", "asked": "runpod/l4", "per_month": "285"}]  # fmt: skip
    cost = {"on": ON.isoformat(), "requests_per_month": "10000", "arms": arms}
    plan = RandomPlan({}, {"cost": cost}, Stated(trials=(trial(approach, "no", option=tried),)))
    assert plan.advice.weighing.came[approach].old is is_old
    house = plan.answering(data_may_leave="not_at_all")
    assert not house.advice.weighing.came[approach].old


def test_what_works_but_may_not_be_used_yet_is_unlocked_before_it_is_adopted() -> None:
    answers = {"task": "summarisation", "provider_trains": "yes", "data_classification": "confidential"}
    found = RandomPlan(answers, stated=Stated(trials=(trial("zero_shot", "yes"),))).advice
    assert (found.decision, found.recommended) == ("unlock", "zero_shot")
    step = found.path[0]
    assert (step.chance, step.stop_when.id) == (1.0, "works")
    assert step.trial.days == 5 and step.trial.usd == 0 and step.trial.total_usd == 3000
    assert step.unlock and step.unlock.rules == ("provider_learns_from_you",)
    (sentence, *_) = words.lead(found, Voice("en", ON))
    assert "sign a contract" in sentence.line.text and "then adopt zero-shot" in sentence.line.text


def test_retrieval_stands_in_front_of_open_weights_where_none_may_be_tuned_at_a_provider() -> None:
    def tuned(**more: str) -> str | None:
        answers = {"task": "open_dialogue", "knowledge_source": "own_documents", "data_exists": "pairs",
                   "prompting_tried": "rag_falls_short", "rows_available": "800"}  # fmt: skip
        return RandomPlan(answers | more).advice.path[0].option

    assert tuned() == "tinker/qwen3-8b"
    assert tuned(customisation="own_weights") == "runpod/l4"


def test_an_undecided_prompt_is_not_ruled_out_by_the_answer_that_prompting_fell_short() -> None:
    plan = RandomPlan(
        {"task": "summarisation", "prompting_tried": "falls_short"}, stated=Stated(aim=Aim(0.85))
    )
    scores = {"mean": Decimal("0.84"), "low": Decimal("0.81"), "high": Decimal("0.87")}
    found = plan.stating(trials=(trial("zero_shot", "unclear", **scores),)).advice
    assert "zero_shot" in {step.approach for step in found.path}


@pytest.mark.parametrize("chance", [0.05, 0.4, 0.9])
@pytest.mark.parametrize("cost", [1.0, 300.0, 90_000.0])
@pytest.mark.parametrize("stakes", [2_000.0, 500_000.0])
def test_the_reservation_price_solves_its_equation(chance: float, cost: float, stakes: float) -> None:
    found = Chance(chance, "published")
    spread, price = found.spread * stakes, float(_reservation(found, cost, stakes))
    u = (price + spread * NORMAL.inv_cdf(chance)) / spread
    assert spread * (NORMAL.pdf(u) + u * NORMAL.cdf(u)) == pytest.approx(cost, rel=1e-4, abs=1e-3)


def test_a_smaller_model_pays_where_the_points_it_lacks_are_worth_less_than_it_saves() -> None:
    option = RandomPlan({"task": "text_classification"}).advice.weighing.options[0]
    terms = Terms(Decimal(600), 12, Decimal(10_000), Aim(0.85), Decimal("0.1"))
    short = replace(option, result="yes", mean=0.80)
    assert short.index(terms) - short.life(terms) == Decimal("0.1") * 10_000 * 12 * Decimal("0.05")


@pytest.mark.parametrize(
    "rule", [rule for rule in rule_book().rules if rule.unlock], ids=lambda rule: rule.id
)
def test_what_unlocks_an_approach_can_be_said_and_costs_something(rule: Any) -> None:
    assert set(rule.unlock.do.places) == ({"rows"} if rule.unlock.rows else set())
    assert rule.unlock.rows or rule.unlock.days or rule.id == "few_rows_for_all_parameters"
    for language in LANGUAGES:
        assert "{" not in rule.unlock.do.say(language, rows=rule.unlock.rows)


def test_instructions_alone_are_not_tried_where_examples_fell_short() -> None:
    said = {"purpose": "task_skill", "task": "text_classification", "knowledge_source": "in_the_input"}
    trials = (Trial(approach="few_shot", reaches="no", on=ON, source="reported"),)
    found = recommend(said, {}, ON, stated=Stated(trials=trials))
    assert "zero_shot" not in {step.approach for step in found.path}
