"""A plan asked again on another day: what changed, since when, and whether the decision still stands."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from advisor.answers import read_answer
from advisor.answers.advise import Advise
from advisor.answers.cost import Cost
from advisor.answers.cost.renewed import cost_on
from advisor.answers.memory import Memory
from advisor.answers.model import Model
from advisor.language import LANGUAGES, Language
from advisor.memory import Setup
from advisor.models import ModelReport, assess, manual
from advisor.models.snapshot import from_snapshot
from advisor.plan import Plan, example, example_names, from_yaml, template, template_names
from advisor.plan.drift import Drift, drift, headline, in_words, told
from advisor.recommend import recommend
from advisor.shapes import Changed, Day
from pricing import Problem
from pricing.book import PriceBook, price_book
from pricing.scenario import Scenario, compare_costs
from pricing.workload import presets
from tests.test_scenarios import scenario

MARCH_2024 = date(2024, 3, 15)
TODAY = date(2026, 11, 22)
BOOK = price_book()
GPT_35 = "openai/gpt-3.5-turbo-0125"


def plan_of(name: str, **evidence: Any) -> Plan:
    """A scenario's answers and evidence as a plan of its day."""
    told = scenario(name)
    shape = {"schema_version": 1, "language": "ja", "title": told["title"], "on": told["on"]}
    measured = told.get("evidence", {}) | evidence
    return from_yaml(json.dumps(shape | {"answers": told["answers"], "evidence": measured}))


def priced(preset: str, on: date, book: PriceBook = BOOK, **top: Any) -> dict[str, Any]:
    """A preset's cost answer, as the Cost page keeps it."""
    known = presets()[preset]
    arms = [known.workload.arm(choice) for choice in known.arms]
    values = {"months": known.months, "requests_per_month": known.requests_per_month, "arms": arms, **top}
    answer: dict[str, Any] = json.loads(
        json.dumps(Cost.of(compare_costs(Scenario.parse(values), book, on)).as_json())
    )
    return answer


WHY_BOT_2024 = plan_of("why_bot_2024", cost=priced("classic", MARCH_2024))


def found(changes: Drift) -> dict[str, Changed]:
    return {change.what: change for change in changes.changes}


def test_the_worked_example_of_march_2024_has_lost_its_model_and_its_fine_tuning() -> None:
    answer = drift(WHY_BOT_2024, TODAY, BOOK)
    changes = found(answer)
    assert answer.affects_decision and answer.then_on == MARCH_2024
    assert "recommended" not in changes, "tuning at a provider is still the way, at another one"
    assert (changes["decision"].then, changes["decision"].now) == ("try", "unlock")
    assert changes["decision"].affects_decision
    training, model = changes[f"training.{GPT_35}"], changes[f"model.{GPT_35}"]
    assert (training.then, training.now, training.since) == ("open", "closed", date(2026, 5, 7))
    assert (model.then, model.now, model.since) == ("open", "ended", date(2026, 10, 23))
    assert training.affects_decision
    assert "break_even.few_shot.fine_tuned" not in changes, "of what is gone, only that is told"


def test_who_fine_tunes_there_already_was_shut_out_later() -> None:
    plan = plan_of("why_bot_2024", cost=priced("classic", MARCH_2024, customer="existing"))
    assert found(drift(plan, TODAY, BOOK))[f"training.{GPT_35}"].since == date(2026, 10, 23)


def test_figures_typed_by_hand_still_learn_that_the_offer_has_closed() -> None:
    answer = drift(plan_of("why_bot_2024"), TODAY, BOOK)
    assert found(answer)[f"training.{GPT_35}"].since == date(2026, 5, 7)
    assert answer.affects_decision
    kept = plan_of("why_bot_2024").evidence["cost"].as_json()["arms"][1]
    assert answer.evidence["cost"].as_json()["arms"][1]["per_month"] == kept["per_month"]


@pytest.mark.parametrize("plan", [*map(example, example_names()), *map(template, template_names())])
def test_nothing_has_changed_on_the_plan_s_own_day(plan: Plan) -> None:
    kept = plan.evidence.get("cost") or priced("today", plan.on)
    plan = plan.put("evidence.cost", kept).put("evidence.model", looked_up("Qwen/Qwen3-8B"))
    assert drift(plan, plan.on, BOOK).changes == ()


def looked_up(model: str, **known_better: Any) -> dict[str, Any]:
    report = from_snapshot(model)
    assert report is not None
    answer: dict[str, Any] = json.loads(json.dumps(Model.of(report).as_json()))
    return answer | known_better


def test_asking_the_same_day_again_gives_the_same_answer() -> None:
    kept = priced("today", TODAY, currency="JPY", rate="150")
    again = cost_on(Cost.model_validate(kept), TODAY, BOOK)
    assert again == Cost.model_validate(kept) and again.as_json() == kept


def test_a_price_change_is_told_once_with_what_it_does_to_the_bill() -> None:
    offer = BOOK.offer("tinker/qwen3-8b")
    last = max(offer.prices, key=lambda price: price.begins)
    dearer = last.model_copy(update={"starts": date(2027, 2, 1), "train_mtok": last.train_mtok * 2})  # type: ignore[operator]
    offers = tuple(
        one.model_copy(update={"prices": (*one.prices, dearer)}) if one is offer else one
        for one in BOOK.offers
    )
    book = replace(BOOK, offers=offers)
    plan = replace(example("why_bot"), on=TODAY).put("evidence.cost", priced("today", TODAY))
    changes = found(drift(plan, date(2027, 2, 2), book))
    price = changes["price.tinker/qwen3-8b.train_mtok"]
    assert (price.then, price.now) == (last.train_mtok, dearer.train_mtok)


def test_an_arm_that_cannot_be_priced_on_that_day_is_named_and_the_others_are_kept() -> None:
    answer = cost_on(Cost.model_validate(priced("today", TODAY)), date(2025, 6, 1), BOOK)
    assert answer.not_priced
    assert {arm.id for arm in answer.arms}.isdisjoint(answer.not_priced)
    assert answer.scenario == priced("today", TODAY)["scenario"]
    plan = replace(example("why_bot"), on=TODAY).put("evidence.cost", priced("today", TODAY))
    changes = found(drift(plan, date(2025, 6, 1), BOOK))
    assert {f"not_priced.{arm}" for arm in answer.not_priced} <= set(changes)


def test_a_scenario_that_cannot_be_read_is_a_problem_that_names_the_field() -> None:
    broken = priced("today", TODAY)
    broken["scenario"]["months"] = "soon"
    with pytest.raises(Problem) as caught:
        drift(example("why_bot").put("evidence.cost", broken), TODAY, BOOK)
    assert caught.value.fields["field"] == "months"


# The model: facts newer than those in the plan.


def hub_says(**facts: Any) -> ModelReport:
    return assess(manual("Qwen/Qwen3-8B", on=date(2026, 12, 1), **facts), lambda _: None)


def test_another_licence_and_context_length_are_told() -> None:
    plan = example("why_bot").put("evidence.model", looked_up("Qwen/Qwen3-8B"))
    answer = drift(plan, TODAY, BOOK, lambda _: hub_says(licence="cc-by-nc-4.0", context_tokens=8192))
    changes = found(answer)
    licence, use = changes["licence.Qwen/Qwen3-8B"], changes["commercial.Qwen/Qwen3-8B"]
    assert (licence.then, licence.now) == ("apache-2.0", "cc-by-nc-4.0")
    assert licence.since == date(2026, 12, 1)
    assert (use.then, use.now) == ("yes", "no")
    assert changes["context_length.Qwen/Qwen3-8B"].now == 8192


@pytest.mark.parametrize(
    "kept", [{"source": "manual"}, {"checked": "2026-12-01"}], ids=["typed by hand", "as recent"]
)
def test_facts_typed_by_hand_or_as_recent_are_left_alone(kept: dict[str, str]) -> None:
    model = read_answer("model", looked_up("Qwen/Qwen3-8B", **kept))
    assert model.asked_again(Day(TODAY, BOOK, lambda _: hub_says(licence="cc-by-nc-4.0"))) == model


def estimated(**kept: Any) -> dict[str, Any]:
    report = from_snapshot("Qwen/Qwen3-8B")
    assert report is not None and report.facts.config
    found = Memory.estimated(
        report.facts.config,
        Setup(method="qlora"),
        model="Qwen/Qwen3-8B",
        parameters=report.facts.parameters,
        tokens=300_000,
        gpus=BOOK.gpus,
        on=TODAY,
    )
    shape: dict[str, Any] = json.loads(json.dumps(found.as_json()))
    return shape | kept


def estimated_again(kept: dict[str, Any]) -> dict[str, Any]:
    return read_answer("memory", kept).asked_again(Day(TODAY, BOOK, from_snapshot)).as_json()


def test_memory_is_estimated_again_and_what_changed_is_told() -> None:
    fresh = estimated()
    assert estimated_again(fresh) == fresh
    card = fresh["card"]
    kept = estimated(
        total_gib=fresh["total_gib"] + 3, fits={card: "tight"}, cost=fresh["cost"] | {"typical": "0.01"}
    )
    changes = found(drift(example("why_bot").put("evidence.memory", kept), TODAY, BOOK))
    assert changes["memory.Qwen/Qwen3-8B"].as_json()["now"] == fresh["total_gib"]
    assert changes[f"fit.Qwen/Qwen3-8B.{card}"].now == fresh["fits"][card] != "tight"
    assert changes[f"rent.Qwen/Qwen3-8B.{card}"].as_json()["now"] == fresh["cost"]["typical"]


@pytest.mark.parametrize(
    "kept", [{"model": None}, {"model": "nobody/knows"}, {"card": "abacus"}, {"setup": {"method": "magic"}}],
    ids=["a file", "an unknown model", "an unknown card", "an unknown method"],
)  # fmt: skip
def test_memory_that_cannot_be_estimated_again_stays(kept: dict[str, Any]) -> None:
    answer = estimated(**kept)
    assert estimated_again(answer) == answer


def test_a_model_nobody_knows_changes_nothing() -> None:
    model = read_answer("model", looked_up("Qwen/Qwen3-8B", id="nobody/knows", checked="2020-01-01"))
    assert model.asked_again(Day(TODAY, BOOK, from_snapshot)) == model


# What was said then.


def test_advice_that_was_kept_shows_a_rule_that_changed() -> None:
    plan = example("why_bot")
    said = Advise.model_validate(recommend(plan.answers, plan.evidence, plan.on)).as_json()
    said |= {"on": "2026-10-01"}
    said["assessments"][0]["favoured_by"].append("a_rule_of_old")
    answer = drift(plan.put("evidence.advise", said), TODAY, BOOK)
    assert answer.then_on == date(2026, 10, 1)
    assert [(change.what, change.now) for change in answer.changes] == [("rule.a_rule_of_old", "silent")]
    assert not answer.affects_decision


def test_a_day_that_passes_can_be_what_changes() -> None:
    plan = plan_of("service_ends_before_launch")
    later = drift(plan, date(2027, 6, 1), BOOK)
    assert {change.kind for change in later.changes} & {"serving", "training", "model", "rule"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_is_said_in_words(language: Language) -> None:
    plan = WHY_BOT_2024.put("evidence.model", looked_up("Qwen/Qwen3-8B"))
    answers = [
        drift(plan, TODAY, BOOK, lambda _: hub_says(licence="cc-by-nc-4.0")),
        drift(
            plan.put("evidence.memory", estimated(total_gib=99, fits={"t4": "fits"}, cost={"typical": "1"})),
            TODAY,
            BOOK,
        ),
        drift(example("why_bot").put("evidence.cost", priced("today", TODAY)), date(2025, 6, 1), BOOK),
        drift(example("why_bot").put("evidence.cost", priced("today", TODAY)), date(2027, 6, 1), BOOK),
    ]
    for answer in answers:
        said = [
            headline(answer, language),
            *(in_words(change, answer, language) for change in answer.changes),
        ]
        assert {*told(answer, language, bearing=True), *told(answer, language, bearing=False)} <= set(said)
        assert all(said) and len(said) > 1
        assert not [line for line in said if "None" in line or "{" in line]


# The example that ships for it.


def test_the_plan_of_march_2024_that_ships_holds_what_was_calculated_then() -> None:
    kept = example("why_bot_2024")
    assert kept.on == MARCH_2024
    assert kept.evidence["cost"].asked_again(Day(MARCH_2024, BOOK, from_snapshot)) == kept.evidence["cost"]
    assert drift(kept, MARCH_2024, BOOK).changes == ()


@pytest.mark.parametrize(
    ("language", "gone", "closed"),
    [
        ("ja", "2026年10月23日から使えません", "2026年5月7日から申し込めません"),
        ("en", "stopped answering on 23 Oct 2026", "closed since 7 May 2026"),
    ],
)
def test_it_says_today_that_its_model_is_gone_and_fine_tuning_is_closed(
    language: Language, gone: str, closed: str
) -> None:
    answer = drift(example("why_bot_2024"), TODAY, BOOK)
    said = "\n".join(told(answer, language, bearing=True))
    assert gone in said and closed in said
    then, now = (advice.path[0] for advice in (answer.before, answer.advice))
    assert (then.action, then.approach, then.option) == (
        "try",
        "fine_tuning_hosted",
        "openai/gpt-3.5-turbo-0125",
    )
    assert (now.action, now.approach) == ("unlock", "fine_tuning_hosted") and now.option != then.option


def test_a_first_step_that_has_become_another_has_to_be_decided_again() -> None:
    plan = example("inquiries").put("answers.requests_per_month", "20000000")
    kept = plan.put("evidence.advise", {"on": "2026-11-20", "decision": "try", "recommended": "rag"})
    changes = found(drift(kept, TODAY, BOOK))
    assert (changes["recommended"].then, changes["recommended"].affects_decision) == ("rag", True)
    same = plan.put(
        "evidence.advise",
        {"on": "2026-11-20", "decision": "adopt", "recommended": changes["recommended"].now},
    )
    assert found(drift(same, TODAY, BOOK))["decision"].then == "adopt"
