"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.test_layers import SOURCES, within

# Pages draw when they are imported, and the entry point runs.
DRAWN = ("app", "advisor.pages", "advisor.__main__")
MODULES = [module for module in SOURCES if not any(within(module, drawn) for drawn in DRAWN)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    module = import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
