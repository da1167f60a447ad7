"""The names a caller meets: each one loads, is documented, and is where a type checker looks for it."""

from __future__ import annotations

import ast

import pytest

import advisor
from tests.test_layers import SOURCES


@pytest.mark.parametrize("name", advisor.__all__)
def test_every_name_loads_and_is_documented(name: str) -> None:
    assert getattr(advisor, name) is not None
    assert f"`{name}`" in (advisor.__doc__ or "")
    assert name in dir(advisor)


def test_a_type_checker_sees_the_same_names() -> None:
    guarded = next(node for node in SOURCES["advisor"].body if isinstance(node, ast.If))
    seen = {
        (alias.asname or alias.name): f"{node.module}:{alias.name}"
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = {name: home if ":" in home else f"{home}:{name}" for name, home in advisor._HOMES.items()}
    assert seen == homes
    assert sorted(advisor.__all__) == sorted(homes)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = advisor.no_such_name
