"""A plan is a value: nothing is lost on the way to a file and back, and a bad file is told where it is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers.advise import Advise
from advisor.language import Text
from advisor.plan import Plan, from_json, from_yaml, new_plan
from advisor.shapes import Unread
from pricing import Problem

DAY = date(2026, 11, 22)
words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
plans = st.builds(
    Plan,
    title=st.builds(Text, ja=words, en=words),
    on=st.dates(),
    language=st.sampled_from(["ja", "en"]),
    customer=st.dictionaries(words, words, max_size=2),
    answers=st.dictionaries(words, words, max_size=4),
    notes=st.dictionaries(words, st.dictionaries(words, words, max_size=2), max_size=2),
    evidence=st.dictionaries(words, st.dictionaries(words, json_values, max_size=3), max_size=2),
    overrides=st.dictionaries(words, json_values, max_size=2),
    inputs=st.dictionaries(words, json_values, max_size=3),
)


@given(plans)
def test_nothing_is_lost_through_yaml_and_json(plan: Plan) -> None:
    assert from_yaml(plan.to_yaml()) == plan
    assert from_json(plan.to_json()) == plan


@pytest.mark.parametrize("name", ["𠮷野家", "問い合わせ 😀"])
def test_rare_kanji_and_emoji_stay_readable_in_the_file(name: str) -> None:
    titled = new_plan(DAY).retitled(Text(ja=name, en=name))
    assert name in titled.to_yaml()
    assert from_yaml(titled.to_yaml()) == titled


def test_what_no_file_can_hold_breaks_no_page() -> None:
    assert "half" in new_plan(DAY).put("answers.note", "half \ud800 a character").to_yaml()


def test_an_answer_stays_as_it_was_written() -> None:
    plan = from_yaml(
        "schema_version: 1\ntitle: {ja: あ, en: a}\non: 2026-11-22\nanswers: {rows: 0130, x: no, y: 1.50}\n"
    )
    assert plan.answers == {"rows": "0130", "x": "no", "y": "1.50"}


def test_putting_an_answer_leaves_the_old_plan_alone() -> None:
    old = new_plan(DAY)
    new = old.put("answers.purpose", "format_and_tone")
    assert (old.get("answers.purpose"), new.get("answers.purpose")) == (None, "format_and_tone")
    assert new.put("answers.purpose", None).answers == {}


HEAD = "schema_version: 1\ntitle: t\non: 2026-11-22\n"


@pytest.mark.parametrize(
    ("text", "problem", "fields"),
    [
        (HEAD + "colour: red\n", "plan_unknown_key", {"key": "colour"}),
        ("schema_version: 999\ntitle: t\non: 2026-11-22\n", "plan_other_version", {"found": 999}),
        ("title: t\non: 2026-11-22\n", "plan_no_version", {"found": None}),
        ("schema_version: 1\ntitle: t\non: soon\n", "plan_no_day", {"found": "soon"}),
        (HEAD + "answers: [a]\n", "plan_wrong_type", {"key": "answers"}),
        (HEAD + "evidence: {cost: 3}\n", "plan_wrong_type", {"key": "evidence.cost"}),
        (HEAD + "on: 2026-11-23\n", "yaml_duplicate_key", {"key": "on"}),
        (HEAD + "notes: !!python/object/apply:os.system [ls]\n", "yaml_unreadable", {}),
        (
            '{"schema_version": 1, "title": "t", "on": "2026-11-22", "inputs": {"x": NaN}}',
            "plan_not_finite",
            {},
        ),
        ("[1, 2]", "plan_not_a_mapping", {"found": "list"}),
        ("x: " + "[" * 50_000, "yaml_too_deep", {}),
        ("{" + '"a":{' * 50_000, "yaml_too_deep", {}),
    ],
)
def test_a_bad_file_is_told_where_it_is_wrong(text: str, problem: str, fields: dict[str, object]) -> None:
    with pytest.raises(Problem) as caught:
        from_yaml(text)
    assert caught.value.id == problem
    assert fields.items() <= caught.value.fields.items()


def test_a_plan_of_version_1_is_opened_as_version_2_with_its_entries_under_their_present_names() -> None:
    plan = from_yaml(HEAD + "inputs: {models_rank: 16, baseline.text: t}\n")
    assert plan.schema_version == 2
    assert plan.inputs == {"models.rank": 16, "baseline.text": "t"}
    assert from_yaml(plan.to_yaml()) == plan


def test_a_plan_holds_what_a_team_states_about_its_decision() -> None:
    stated = (
        "target: {metric: macro_f1, value: '0.85', basis: stated}\nvalue: {wrong_answer: '0.20'}\n"
        "effort: {day_rate: '600', fine_tuned_encoder: {trial: '1', build: '3', upkeep: '0.3'}}\n"
        "trials:\n- {approach: few_shot, reaches: 'no', source: reported, on: 2026-12-02}\n"
    )
    plan = from_yaml(HEAD.replace("1", "2", 1) + stated)
    assert plan.target and plan.value and plan.effort
    assert (plan.target.value, plan.value.wrong_answer) == (Decimal("0.85"), Decimal("0.20"))
    assert plan.effort.model_extra and plan.effort.model_extra["fine_tuned_encoder"].build == 3
    assert plan.trials[0].reaches == "no"
    assert from_yaml(plan.to_yaml()) == plan
    with pytest.raises(Problem) as caught:
        from_yaml(HEAD.replace("1", "2", 1) + "target: {value: soon}\n")
    assert caught.value.fields["key"] == "target.value"


def test_evidence_that_cannot_be_read_is_kept_as_it_is_and_said_to_be_so() -> None:
    plan = from_yaml(HEAD + "evidence: {advise: {assessments: 3}, of_a_later_version: {a: 1}}\n")
    assert plan.answer(Advise) is None and plan.findings == {}
    assert plan.to_json()["evidence"] == {"advise": {"assessments": 3}, "of_a_later_version": {"a": 1}}
    unread = plan.evidence["advise"]
    assert isinstance(unread, Unread) and (unread.field, unread.found) == ("assessments", "3")
