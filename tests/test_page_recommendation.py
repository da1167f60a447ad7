"""The recommendation: every standing opened down to its sources, and what would change it."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, Language, phrase
from advisor.recommend.reasons import with_unit
from advisor.recommend.rules import rule_book
from advisor.references import references
from tests.test_page_overview import opened, scenario_plan, words
from tests.test_scenarios import SCENARIOS, advice


def expander(app: AppTest, approach: str) -> AppTest:
    """The page after the reasons of one approach were opened."""
    app.session_state[f"stand_{approach}"] = True
    return app.run()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_comes_first_and_how_the_order_is_found(language: Language) -> None:
    app = opened("recommendation", language)
    assert not app.exception and not app.error
    said = words(app)
    assert rule_book().approach("few_shot").name.say(language) in said
    assert phrase("recommendation.principle", language) in said
    assert phrase("recommendation.verified", language) in said


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_approach_has_its_row(name: str) -> None:
    app = opened("recommendation", "en", scenario_plan(name))
    assert not app.exception and not app.error
    rows = [str(row).strip("*") for row in app.table[0].value.iloc[:, 0]]
    assert sorted(rows) == sorted(approach.name.en for approach in rule_book().approaches)


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_not_fine_tuning_is_one_click_down_to_the_source(language: Language) -> None:
    app = expander(opened("recommendation", language, scenario_plan("why_bot_2026")), "fine_tuning_hosted")
    assert not app.exception
    said = words(app)
    for rule in advice("why_bot_2026").of("fine_tuning_hosted").ruled_out_by:
        assert rule_book().by_id[rule].because.say(language) in said
        assert all(references()[source].url in said for source in rule_book().by_id[rule].sources)
    assert phrase("recommendation.origins.answered", language) in said


def test_every_expander_opens_in_every_scenario() -> None:
    for name in ("inquiries_small_model", "careless_team", "high_volume_rewrite"):
        app = opened("recommendation", "ja", scenario_plan(name))
        for approach in rule_book().commitment:
            app.session_state[f"stand_{approach}"] = True
        assert not app.run().exception


def test_numbers_that_would_have_to_change_tenfold_stand_aside() -> None:
    changes = advice("why_bot_2026").what_would_change
    far = [change for change in changes if change.is_far]
    assert 0 < len(far) < len(changes)
    app = opened("recommendation", "ja", scenario_plan("why_bot_2026"))
    title = phrase("recommendation.far_changes", "ja", count=str(len(far)))
    (aside,) = [box for box in app.expander if box.label == title]
    within = "\n".join(element.value for element in aside.markdown)
    for change in far:
        value = phrase("report.change.value", "ja", value=with_unit(change.fact, change.to, "ja"))
        sentence = f"いまの「{with_unit(change.fact, change.now, 'ja')}」が{value}になる"
        assert sentence in within and words(app).count(sentence) == 1


def test_with_nothing_to_recommend_it_says_what_would_change_that() -> None:
    said = words(opened("recommendation", "ja", scenario_plan("service_ends_before_launch")))
    assert phrase("recommendation.none_yet", "ja") in said
    assert rule_book().approach("fine_tuning_hosted").name.ja in said
