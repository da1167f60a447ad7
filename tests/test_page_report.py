"""The report page: one document in either language, to read and to take away."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from streamlit.testing.v1 import AppTest

from advisor.language import LANGUAGES, phrase
from advisor.pages import frame
from advisor.plan import Plan, example
from advisor.report import build, html

SECONDS = 60
LOCALES = {"ja": "ja-JP", "en": "en-GB"}


def opened(language: str, plan: Plan | None = None) -> AppTest:
    app = AppTest.from_file("app.py", default_timeout=SECONDS)
    app.context = {"locale": LOCALES[language]}
    if plan is not None:
        app.query_params["plan"] = frame.store(frame.settings()).create(plan, now=datetime.now(UTC)).id
    app.run()
    return app.switch_page("advisor/pages/report.py").run()


def saved(app: AppTest) -> dict[str, bytes]:
    """What each download button would save, by its key."""
    return {str(button.key): button.value for button in app.get("download_button")}


def preview(app: AppTest) -> str:
    return str(app.get("iframe")[0].proto.srcdoc)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_and_shows_what_it_saves(language: str) -> None:
    app = opened(language)
    assert not app.exception and not app.error
    assert app.title[0].value == phrase("report.title", language)
    expected = html.render(build(example("why_bot"), language, date.today()))  # noqa: DTZ011 - as the page does
    assert preview(app) == expected
