"""The judgement itself: its language, its rules as data, and what it says of a plan. `test_decision` has the order."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest

from advisor.answers import FINDINGS, WORDS, findings_of, read_answer
from advisor.answers.advise import Advise
from advisor.answers.cost import Cost
from advisor.checklist import checklist
from advisor.language import LANGUAGES, Language
from advisor.quantities import Value
from advisor.recommend import FIRST_QUESTIONS, recommend
from advisor.recommend.conditions import Compares, IsOneOf, read_condition
from advisor.recommend.reasons import because, name, said
from advisor.recommend.rules import OPTION_PER_MONTH, RuleBook, Side, rule_book
from advisor.references import references
from pricing import Problem
from pricing.book import price_book
from pricing.scenario import Scenario, compare_costs
from tests.test_scenarios import SCENARIOS, advice, scenario, scenario_plan

ON = date(2026, 11, 22)
RULES = rule_book().by_id
ASKED = checklist().by_id
CONTRACT = {"decision", "recommended", "path", "set_aside", "what_would_change", "value_of_error_that_flips",
            "open_questions", "assumptions"}  # fmt: skip
STEP = {"approach", "option", "action", "chance", "chance_basis", "trial", "life", "index_usd", "stop_when", "because",
        "unlock", "assumed", "old"}  # fmt: skip
LIFE = {"build_days", "upkeep_days_month", "running_usd_month", "people_usd", "total_usd", "months"}
SIDES: tuple[Side, ...] = get_args(Side)


# The language of conditions.


@pytest.mark.parametrize(
    ("when", "facts", "holds"),
    [
        ({"purpose": "cost"}, {"purpose": "cost"}, True),
        ({"purpose": ["cost", "latency"]}, {"purpose": "latency"}, True),
        ({"purpose": "not cost or latency"}, {"purpose": "privacy"}, True),
        ({"purpose": "not cost or latency"}, {"purpose": "cost"}, False),
        ({"purpose": "not cost"}, {}, False),
        ({"purpose": ["cost", "unknown"]}, {}, True),
        ({"rows": ">= 50 and < 500"}, {"rows": Decimal(50)}, True),
        ({"rows": ">= 50 and < 500"}, {"rows": Decimal(500)}, False),
        ({"rows": "< needed"}, {"rows": Decimal(3), "needed": Decimal(4)}, True),
        ({"rows": "< needed"}, {"rows": Decimal(3)}, False),
        ({"day": "> 2027-01-06"}, {"day": date(2027, 1, 7)}, True),
        ({"day": "> 2027-01-06"}, {"day": Decimal(7)}, False),
        ({"a": "x", "b": "y"}, {"a": "x"}, False),
    ],
)
def test_a_condition_holds_exactly_when_it_reads_so(
    when: dict[str, Any], facts: dict[str, Any], holds: bool
) -> None:
    block = {fact: tuple(said) if isinstance(said, list) else said for fact, said in when.items()}
    assert read_condition((block,)).holds(facts) is holds


def read_findings(evidence: dict[str, Any]) -> dict[str, Value]:
    """What evidence as JSON says to the rules."""
    return findings_of({kind: read_answer(kind, shape) for kind, shape in evidence.items()})


def test_one_of_several_blocks_is_enough() -> None:
    condition = read_condition(({"a": "x"}, {"b": "y"}))
    assert condition.holds({"b": "y"}) and not condition.holds({"a": "y"})


def test_a_condition_that_cannot_be_read_names_itself() -> None:
    with pytest.raises(Problem) as caught:
        read_condition(({"rows": ">= 50 < 60"},))
    assert caught.value.fields == {"fact": "rows", "found": ">= 50 < 60"}


# The rules as data.


def test_there_are_at_least_40_rules_on_known_grounds() -> None:
    assert len(RULES) >= 40
    assert {rule.ground for rule in RULES.values()} == {ground.id for ground in rule_book().grounds}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_reads_known_facts_says_something_and_has_sources(rule: Any) -> None:
    assert rule.condition.facts <= {*ASKED, *FINDINGS, "on", OPTION_PER_MONTH}
    assert rule.touches and rule.sources
    assert set(rule.sources) <= set(references())
    assert not set(rule.favours) & set(rule.rules_out)
    assert not rule.for_now or rule.rules_out


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_names_only_words_that_can_be_said(rule: Any) -> None:
    for test in rule.condition.tests:
        if isinstance(test, IsOneOf):
            choices = (
                [choice.id for choice in ASKED[test.fact].choices]
                if test.fact in ASKED
                else WORDS.get(test.fact, ())
            )
            assert test.words <= {*choices, "unknown"}, test.fact
        elif isinstance(test.bound, str):
            assert test.bound in {*ASKED, *FINDINGS, "on"}


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_reason_quotes_only_facts_that_its_rule_reads(rule: Any) -> None:
    for reason in {rule.because, *(rule.reason(side) for side in SIDES)}:
        quoted = {name for name in {*ASKED, *FINDINGS} if f"{{{name}}}" in reason.ja + reason.en}
        assert quoted <= rule.condition.facts
        assert all(f"{{{name}}}" in half for name in quoted for half in (reason.ja, reason.en))


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_what_speaks_for_one_and_against_another_is_told_to_each_in_its_own_words(rule: Any) -> None:
    sides = {"for": rule.favours, "against": rule.rules_out, "caution": rule.cautions}
    taken = [side for side in SIDES if sides[side]]
    if rule.favours and len(taken) > 1:
        assert len({rule.reason(side).ja for side in taken}) == len(taken)
        assert len({rule.reason(side).en for side in taken}) == len(taken)
    assert all(sides[side] or rule.reason(side) is rule.because for side in SIDES)


def test_a_rule_book_with_an_unknown_name_is_refused() -> None:
    book = rule_book().model_dump()
    book["rules"][0]["favours"] = ["magic"]
    with pytest.raises(ValueError, match="magic"):
        RuleBook.model_validate(book)


# The order.


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_approach_that_needs_another_falls_with_it(name: str) -> None:
    built = advice(name).of("rag_and_fine_tuning")
    parts = [advice(name).of(part) for part in ("fine_tuning_hosted", "fine_tuning_open")]
    against = [{rule for rule in part.ruled_out_by if rule not in built.favoured_by} for part in parts]
    if all(against):
        assert set(built.ruled_out_by) >= set().union(*against)


def test_a_rule_for_the_whole_and_against_its_parts_alone_does_not_exclude_the_whole() -> None:
    found = advice("retrieval_must_cite_and_falls_short")
    assert {"answers_must_cite", "knowledge_moves_too_fast"} <= set(found.of("fine_tuning_open").ruled_out_by)
    assert found.of("rag_and_fine_tuning").ruled_out_by == ()


@pytest.mark.parametrize(
    ("verdict", "first"),
    [("small_model_enough", "classical_ml"), ("undecided", "zero_shot"), ("llm_trial", "zero_shot")],
)
def test_a_prompt_that_reaches_the_target_gives_way_only_to_a_small_model_that_is_shown_to(
    verdict: str, first: str
) -> None:
    answers = scenario("prompt_reaches_labels_unmeasured")["answers"]
    assert recommend(answers, {"baseline": {"verdict": verdict}}, ON).recommended == first


def test_the_volume_that_pays_is_never_below_the_one_that_covers_the_fee() -> None:
    cost = scenario("many_requests_but_gpus_never_pay")["evidence"]["cost"]
    assert read_findings({"cost": cost}).get("open_pays_from") == 1_515_342
    (pair,) = cost["break_even"]
    busier = {**cost, "break_even": [{**pair, "requests_per_month_needed": 2_000_000}]}
    assert read_findings({"cost": busier}).get("open_pays_from") == 2_000_000
    never = {**cost, "break_even": [{**pair, "requests_per_month_needed": None}]}
    assert read_findings({"cost": never}).get("open_pays_from") is None


def test_an_empty_plan_begins_with_what_costs_least_and_leaves_every_question_open() -> None:
    found = recommend({}, {}, ON)
    assert found.decision == "try" and found.next_step == "checklist"
    assert set(found.open_questions) == set(ASKED)
    assert "no_target" in {one.variable for one in found.assumptions}


def test_the_contracts_own_example_is_answered() -> None:
    found = recommend(
        {"purpose": "format_and_tone", "knowledge_changes": "rarely", "rows_available": "130"}, {}, ON
    )
    told = Advise.model_validate(found).as_json()
    assert set(told) == CONTRACT | {"on", "assessments"}
    assert (found.decision, found.recommended) == ("try", "zero_shot")
    assert set(told["path"][0]) == STEP
    assert set(told["path"][0]["chance_basis"]) == {
        "kind",
        "reached",
        "tried",
        "alike",
        "adjusted",
        "sources",
    }
    assert set(told["path"][0]["life"]) == LIFE
    assert set(told["set_aside"][0]) == {"approach", "why", "because", "rules", "unlock", "index_usd"}
    assert set(told["what_would_change"][0]) == {"variable", "from", "to", "first_step"}


@pytest.mark.parametrize("name", SCENARIOS)
def test_money_is_kept_as_an_exact_decimal_without_an_exponent(name: str) -> None:
    told = Advise.model_validate(advice(name)).as_json()
    amounts = [step["index_usd"] for step in told["path"]]
    amounts += [step["trial"][part] for step in told["path"] for part in ("days", "usd", "total_usd")]
    amounts += [step["life"][part] for step in told["path"] for part in LIFE - {"months"}]
    assert all(isinstance(amount, str) and re.fullmatch(r"-?\d+(\.\d+)?", amount) for amount in amounts)
    changes = [value for change in told["what_would_change"] for value in (change["from"], change["to"])]
    assert not [value for value in changes if "e" in str(value).lower()]


# What would change the answer.


def compared_at(requests: str) -> dict[str, Any]:
    """A real comparison of a long prompt with a tuned model that has a fee for being hosted."""
    arms = [
        {"id": "few_shot", "kind": "prompt", "input_tokens": 1400, "output_tokens": 60}
        | {"prices": {"input_mtok": "0.40", "output_mtok": "1.60"}},
        {
            "id": "fine_tuned",
            "kind": "fine_tuned",
            "offer": "custom",
            "input_tokens": 100,
            "output_tokens": 60,
        }
        | {"training_tokens": 300_000, "epochs": 3, "hours_per_month": 730}
        | {
            "prices": {"train_mtok": "5", "input_mtok": "0.40", "output_mtok": "1.60", "hosting_hour": "0.10"}
        },
    ]
    parsed = Scenario.parse({"on": "2026-11-22", "months": 12, "requests_per_month": requests, "arms": arms})
    return Cost.of(compare_costs(parsed, price_book())).as_json()


def test_the_reason_flips_exactly_where_the_cost_comparison_does() -> None:
    edge = read_findings({"cost": compared_at("1000")}).get("hosted_pays_from")
    assert edge is not None
    for requests, pays in ((edge - 1, False), (edge, True)):
        cost = compared_at(str(requests))
        found = recommend({"purpose": "task_skill"}, {"cost": cost}, ON)
        assert cost["break_even"][0]["lasts"] is pays
        assert ("hosted_saves_too_little" in found.of("few_shot").favoured_by) is pays
        assert ("hosted_does_not_pay_yet" in found.of("few_shot").favoured_by) is not pays


def test_a_model_that_pays_is_favoured_once_it_saves_more_than_its_work_costs() -> None:
    edge = read_findings({"cost": compared_at("1000")}).get("hosted_worth_from")
    assert edge is not None
    for requests, enough in ((edge - 1, False), (edge, True)):
        cost = compared_at(str(requests))
        found = recommend({"purpose": "task_skill"}, {"cost": cost}, ON)
        assert (Decimal(cost["break_even"][0]["saves"]) >= 50 * 12) is enough
        assert ("hosted_pays" in found.of("fine_tuning_hosted").favoured_by) is enough
        assert ("hosted_saves_too_little" in found.of("few_shot").favoured_by) is not enough
        assert ("hosted_saves_too_little" in found.of("fine_tuning_hosted").cautions) is not enough


def test_open_questions_that_could_change_the_first_step_come_first() -> None:
    found = recommend({"purpose": "format_and_tone"}, {}, ON)
    telling = found.telling_questions
    assert telling and set(found.open_questions[: len(telling)]) == telling
    assert telling < set(found.open_questions)


@pytest.mark.parametrize("name", ["why_bot_2026", "minutes_in_house", "sixty_labels"])
def test_a_question_is_telling_only_if_one_of_its_answers_moves_the_first_step(name: str) -> None:
    found = advice(name)
    for id in found.telling_questions - set(FIRST_QUESTIONS):
        others = (scenario_plan(name).put(f"answers.{id}", choice.id) for choice in ASKED[id].choices)
        firsts = {
            recommend(plan.answers, plan.evidence, plan.on, stated=plan.stated).steps.first for plan in others
        }
        assert firsts - {found.steps.first}, id


# In words.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_reason_reads_as_a_sentence(name: str, language: Language) -> None:
    found = advice(name)
    end = "。" if language == "ja" else (".", "?", ")")
    for rule in found.held:
        for side in (None, *SIDES):
            sentence = because(found, rule, language, side)
            assert sentence.endswith(end) and "{" not in sentence, sentence
            assert said("licence", None, language) not in sentence, "a reason quotes what is not known"


@pytest.mark.parametrize(
    ("fact", "value", "ja", "en"),
    [
        ("purpose", "cost", "費用の削減", "Lower cost"),
        ("rows_available", Decimal(1300), "1,300", "1,300"),
        ("few_shot_per_month", Decimal("2200"), "$2,200.00", "$2,200.00"),
        ("cascade_share", Decimal("0.61"), "61%", "61%"),
        ("go_live", date(2027, 4, 1), "2027年4月1日", "1 Apr 2027"),
        ("hosted_break_even", "dearer_per_request", "1回あたりの料金が高い", "each request costs more"),
        ("licence", None, "未定", "not known yet"),
    ],
)
def test_facts_are_said_as_the_reader_writes_them(fact: str, value: Any, ja: str, en: str) -> None:
    assert (said(fact, value, "ja"), said(fact, value, "en")) == (ja, en)


# Evidence, however incomplete.


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"baseline": {}},
        {"baseline": {"verdict": "nonsense", "scores": [{"odd": 1}, 3], "cascade": "none", "best": 7}},
        {"cost": {"arms": [{"id": "x"}, "y", {"kind": "prompt"}], "break_even": [{"a": "x", "b": "z"}, 4]}},
        {"cost": {"arms": None, "break_even": {}}},
        {"model": {"permissions": "none", "context_length": "unbounded"}},
        {"memory": {"fits": None}},
        {"dataset": {"labels": [["a"], {"no": 1}], "tokens": {"max": "many"}, "rows": True}},
        {"evaluation": {"criteria": {"a": 1, "b": {"verdict": "maybe", "n": "few"}}}},
    ],
)
def test_half_filled_evidence_leaves_findings_unknown(shape: dict[str, Any]) -> None:
    found = read_findings(shape)
    assert found == {} or set(found) <= {"scenario_requests_per_month"}
    assert recommend({}, shape, ON).steps == recommend({}, {}, ON).steps


def test_evidence_kept_in_yaml_reads_like_fresh_evidence() -> None:
    fresh = {"baseline": {"verdict": "llm_trial", "cascade": [{"precision": 0.95, "share": 0.5}], "rows": 10}}
    kept = {
        "baseline": {"verdict": "llm_trial", "cascade": [{"precision": "0.95", "share": "0.5"}], "rows": "10"}
    }
    assert read_findings(fresh) == read_findings(kept)


def test_one_refuted_criterion_refutes_the_evaluation() -> None:
    def verdict(*words: str) -> str | None:
        criteria = {w + str(n): {"verdict": w} for n, w in enumerate(words)}
        return str(read_findings({"evaluation": {"criteria": criteria}})["evaluation_verdict"])

    assert verdict("shown", "refuted") == "refuted"
    assert verdict("shown", "not_shown") == "not_shown"
    assert verdict("shown", "shown") == "shown"


def test_every_finding_a_rule_compares_has_a_name_in_both_languages() -> None:
    read = {fact for rule in RULES.values() for fact in rule.condition.facts} - {*ASKED, OPTION_PER_MONTH}
    assert all(name(fact, language) for fact in read for language in LANGUAGES)
    assert all(said(fact, word, language) for fact in WORDS for word in WORDS[fact] for language in LANGUAGES)


def test_conditions_are_read_into_tests() -> None:
    assert isinstance(rule_book().rules[0].condition.tests[0], IsOneOf | Compares)


# Days on which something ends.


@pytest.mark.parametrize(
    ("on", "ja", "en"),
    [
        (date(2026, 10, 22), "2026年10月23日に提供が終わります", "stop answering on 23 Oct 2026"),
        (date(2026, 10, 23), "2026年10月23日に提供が終わりました", "stopped answering on 23 Oct 2026"),
    ],
    ids=["the day before", "the first day without it"],
)
def test_what_has_ended_is_told_in_the_past_with_its_name(on: date, ja: str, en: str) -> None:
    told = scenario("offer_has_closed")
    found = recommend(told["answers"], told["evidence"], on)
    for language, wanted in (("ja", ja), ("en", en)):
        said_first = [because(found, rule, language) for rule in found.alerts]  # type: ignore[arg-type]
        assert any(wanted in line and "gpt-3.5-turbo-0125" in line for line in said_first), said_first
