"""A mapping read by a model: whatever pydantic finds wrong is said in our words, at the place as a file names it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from pricing import Problem
from pricing.typed import Shape, Word, read_shape


class Member(Shape):
    id: Word
    role: Literal["lead", "member"] = "member"
    notes: str | None = None


class Team(Shape):
    members: list[Member]
    links: dict[str, str] | None = None


@pytest.mark.parametrize(
    ("values", "problem", "field"),
    [
        ({}, "field_missing", "team.members"),
        ({"members": 5}, "list_expected", "team.members"),
        ({"members": [5]}, "mapping_expected", "team.members[0]"),
        ({"members": [{"role": "lead"}]}, "field_missing", "team.members[0].id"),
        ({"members": [{"id": " ann ", "role": "cook"}]}, "not_a_choice", "team.members.ann.role"),
        ({"members": [{"id": "ann", "notes": 5}]}, "text_expected", "team.members.ann.notes"),
        ({"members": [{"id": "ann", "age": 5}]}, "unknown_field", "team.members.ann.age"),
        ({"members": [], "links": 5}, "mapping_expected", "team.links"),
        (5, "mapping_expected", "team"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(values: Any, problem: str, field: str) -> None:
    with pytest.raises(Problem) as raised:
        read_shape(Team, values, "team")
    assert (raised.value.id, raised.value.fields["field"]) == (problem, field)


def test_a_choice_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(Problem) as raised:
        read_shape(Member, {"id": "ann", "role": "cook"})
    assert raised.value.fields == {"field": "role", "found": "cook", "choices": ["lead", "member"]}


def test_what_is_left_out_is_not_written_and_reads_back_as_equal() -> None:
    team = read_shape(Team, {"members": [{"id": "ann"}]})
    assert team.as_json() == {"members": [{"id": "ann", "role": "member"}]}
    assert read_shape(Team, team.as_json()) == team
