"""A plan is a value: nothing is lost on the way to a file and back, and a bad file is told where it is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.language import Text
from advisor.plan import Plan, from_json, from_yaml, new_plan
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
