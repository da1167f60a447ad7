"""The Training page: a kit from the plan's data, closed ways with their reason, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import phrase
from advisor.training.routes import routes

APP = Path(__file__).parent.parent / "app.py"
SECONDS = 60


def say(key: str, language: str = "ja", **values: object) -> str:
    return phrase(f"training.{key}", language, **values)  # type: ignore[arg-type]


def opened(locale: str = "ja-JP") -> AppTest:
    app = AppTest.from_file(APP, default_timeout=SECONDS)
    app.context = {"locale": locale}
    app.run()
    return app.switch_page("advisor/pages/training.py").run()


def widget(app: AppTest, kind: str, label: str) -> Any:
    return next(element for element in getattr(app, kind) if element.label == label)


def shown(app: AppTest) -> str:
    kinds = ("header", "markdown", "info", "warning", "error", "caption", "code")
    tables = "\n".join(frame.value.to_string() for frame in app.dataframe)
    cards = "\n".join(f"{card.label} {card.value}" for card in app.metric)
    return "\n".join([*(one.value for kind in kinds for one in getattr(app, kind)), tables, cards])


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_the_example_plan_has_a_kit_at_once(locale: str, language: str) -> None:
    app = opened(locale)
    assert not app.exception
    assert not app.error
    text = shown(app)
    assert say("kit_title", language) in text
    assert say("card.memory", language) in text
    assert "learning_rate" in text
    assert say("why.learning_rate", language).strip() in text


def test_a_closed_way_says_since_when_and_opens_for_an_existing_customer() -> None:
    app = opened()
    widget(app, "selectbox", say("route")).set_value("openai").run()
    assert not app.exception
    assert "2026年5月7日" in app.error[0].value
    assert say("kit_title") not in shown(app)
    widget(app, "radio", say("customer", provider="OpenAI")).set_value("existing").run()
    assert not app.exception
    assert not app.error
    assert "OPENAI_API_KEY" in shown(app)
    assert "2027年1月6日" in shown(app)


def test_every_way_is_listed_with_its_state_and_source() -> None:
    text = shown(opened())
    for way in ("OpenAI", "Together", "Fireworks", "Amazon Bedrock", "Axolotl", "LLaMA-Factory"):
        assert way in text
    assert say("standing.closed_to_new") in text
    assert say("standing.ended") in text


def test_numbers_of_the_team_reach_the_settings_and_survive_another_page() -> None:
    app = opened()
    widget(app, "number_input", say("epochs")).set_value(5).run()
    assert say("basis.chosen") in shown(app)
    app.switch_page("advisor/pages/overview.py").run()
    app.switch_page("advisor/pages/training.py").run()
    assert widget(app, "number_input", say("epochs")).value == 5


def test_a_name_that_is_no_model_is_said_and_nothing_breaks() -> None:
    app = opened()
    widget(app, "text_input", say("model")).set_value('x"; rm -rf /').run()
    assert not app.exception
    assert "rm" in app.error[0].value
    assert say("kit_title") not in shown(app)


def test_a_model_that_is_not_known_leaves_memory_unknown_not_guessed() -> None:
    app = opened()
    widget(app, "text_input", say("model")).set_value("team/never-seen-1b").run()
    assert not app.exception
    assert f"{say('card.memory')} {say('card.unknown')}" in shown(app)


def test_without_data_the_example_is_one_click_away() -> None:
    app = opened()
    widget(app, "button", phrase("common.new_plan", "ja")).click().run()
    app.switch_page("advisor/pages/training.py").run()
    assert say("nothing_yet") in shown(app)
    app.button(key="training_example").click().run()
    assert not app.exception
    assert say("kit_title") in shown(app)


@pytest.mark.parametrize(("locale", "language"), [("ja-JP", "ja"), ("en-US", "en")])
def test_an_encoder_can_be_trained_on_labels_and_is_refused_free_answers(locale: str, language: str) -> None:
    app = opened(locale)
    way = routes()["encoder"].name.say(language)  # type: ignore[arg-type]
    widget(app, "selectbox", say("route", language)).set_value("encoder").run()
    assert not app.exception
    assert way in shown(app)
    first = routes()["encoder"].first_model
    assert first
    assert widget(app, "text_input", say("model", language)).value == first.say(language)  # type: ignore[arg-type]
    assert not [one for one in app.selectbox if one.label == say("method", language)]
    # The example holds free answers, each of them once.
    assert "91" in app.error[0].value
