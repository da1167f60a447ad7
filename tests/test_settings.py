"""Settings come from the environment once, and secrets stay out of sight."""

from __future__ import annotations

from pathlib import Path

from advisor.settings import PUBLIC_HUB, Settings

HOME = {"ADVISOR_HOME": "/srv/advisor"}


def test_everything_has_a_default() -> None:
    settings = Settings.from_environment({})
    assert settings.home.is_absolute()
    assert settings.database_url == f"sqlite:///{settings.home / 'advisor.db'}"
    assert (settings.prices, settings.hub_endpoint, settings.hub_token) == (None, PUBLIC_HUB, None)
    assert settings.hub_offline is False
    assert settings.sign_in is False


def test_every_variable_is_heard() -> None:
    settings = Settings.from_environment(
        {
            **HOME,
            "ADVISOR_DB_URL": "postgresql+psycopg://db/plans",
            "ADVISOR_PRICES": "/etc/prices.yaml",
            "HF_HUB_OFFLINE": "1",
            "ADVISOR_SIGN_IN": "1",
        }
    )
    assert settings.database_url == "postgresql+psycopg://db/plans"
    assert settings.prices == Path("/etc/prices.yaml")
    assert settings.hub_offline is True
    assert settings.sign_in is True
    assert settings.jobs == Path("/srv/advisor/jobs")


def test_a_token_goes_only_where_it_belongs() -> None:
    token = {"HF_TOKEN": "hf_secret"}
    mirror = {"HF_ENDPOINT": "https://mirror.example/"}
    assert Settings.from_environment(HOME | token).hub_token == token["HF_TOKEN"]
    assert Settings.from_environment(HOME | token | mirror).hub_token is None
    told = Settings.from_environment(HOME | token | mirror | {"ADVISOR_SEND_TOKEN": "1"})
    assert (told.hub_endpoint, told.hub_token) == ("https://mirror.example", "hf_secret")


def test_secrets_are_not_in_the_repr() -> None:
    settings = Settings.from_environment(
        HOME | {"HF_TOKEN": "hf_secret", "ADVISOR_DB_URL": "postgresql://u:pw@db/x"}
    )
    assert "hf_secret" not in repr(settings)
    assert "pw" not in repr(settings)
