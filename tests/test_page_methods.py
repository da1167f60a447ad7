"""Methods: every formula is computed by a function that exists and names the same source."""

from __future__ import annotations

import inspect

import pytest

from advisor.formulas import DEFINITION, Formula, formulas
from advisor.language import LANGUAGES, Language
from pricing.training_file import training_rules
from tests.test_page_overview import opened, words


@pytest.mark.parametrize("formula", formulas().values(), ids=lambda formula: formula.id)
def test_a_formula_and_its_function_name_the_same_source(formula: Formula) -> None:
    computed_by = formula.computed_by()
    assert callable(computed_by)
    if formula.id == "epochs":
        assert formula.origin == training_rules().epochs.source.url
    elif formula.origin != DEFINITION:
        assert formula.origin.removeprefix("arXiv ") in " ".join((inspect.getdoc(computed_by) or "").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_every_formula_in_words_and_signs(language: Language) -> None:
    app = opened("methods", language)
    assert not app.exception and not app.error
    assert [code.value for code in app.code] == [formula.formula for formula in formulas().values()]
    assert all(formula.name.say(language) in words(app) for formula in formulas().values())
