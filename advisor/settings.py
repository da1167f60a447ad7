"""What the surroundings decide: where plans are kept, whose prices, which Hub. Read once, at the edge.

| variable | meaning |
|---|---|
| `ADVISOR_HOME` | folder for plans, jobs and the Hub cache; default: the user's own data folder |
| `ADVISOR_DB_URL` | any SQLAlchemy URL; default: a SQLite file in that folder |
| `ADVISOR_PRICES` | a YAML file with your own prices, which win over the shipped ones |
| `ADVISOR_SIGN_IN` | `1` shows nothing to anybody before sign-in, also when it is set up wrongly |
| `ADVISOR_UPLOAD_DAYS` | how long an uploaded file that no plan needs any more is kept; default 30 |
| `ADVISOR_LLM_ENDPOINTS` | a YAML file with the LLMs that may be asked; with sign-in no others may |
| `HF_ENDPOINT`, `HF_TOKEN`, `HF_HUB_OFFLINE` | as huggingface_hub knows them |
| `ADVISOR_SEND_TOKEN` | `1` sends the token to an `HF_ENDPOINT` other than huggingface.co as well |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from platformdirs import user_data_path

PUBLIC_HUB = "https://huggingface.co"


class HubAccess(TypedDict):
    """How a look-up reaches the Hub: the arguments of `advisor.hub` beside the model and the day."""

    cache: Path
    endpoint: str
    token: str | None
    offline: bool


@dataclass(frozen=True)
class Settings:
    """One visitor-independent set of choices; its repr never shows a token or a database password."""

    home: Path
    database_url: str = field(repr=False)
    prices: Path | None = None
    hub_endpoint: str = PUBLIC_HUB
    hub_token: str | None = field(default=None, repr=False)
    hub_offline: bool = False
    upload_days: int = 30
    sign_in: bool = False
    llm_endpoints: Path | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """
        >>> settings = Settings.from_environment({"ADVISOR_HOME": "/srv/advisor", "HF_TOKEN": "hf_x"})
        >>> settings.database_url, settings.hub_cache.as_posix()
        ('sqlite:////srv/advisor/advisor.db', '/srv/advisor/hub')
        """
        home = Path(
            environ.get("ADVISOR_HOME") or user_data_path("fine-tuning-advisor", appauthor=False)
        ).expanduser()
        endpoint = (environ.get("HF_ENDPOINT") or PUBLIC_HUB).rstrip("/")
        token_may_go = endpoint == PUBLIC_HUB or _on(environ.get("ADVISOR_SEND_TOKEN"))
        return cls(
            home=home,
            database_url=environ.get("ADVISOR_DB_URL") or f"sqlite:///{home.absolute() / 'advisor.db'}",
            prices=_path(environ.get("ADVISOR_PRICES")),
            hub_endpoint=endpoint,
            hub_token=(environ.get("HF_TOKEN") or None) if token_may_go else None,
            hub_offline=_on(environ.get("HF_HUB_OFFLINE")),
            upload_days=_days(environ.get("ADVISOR_UPLOAD_DAYS"), default=30),
            sign_in=_on(environ.get("ADVISOR_SIGN_IN")),
            llm_endpoints=_path(environ.get("ADVISOR_LLM_ENDPOINTS")),
        )

    @property
    def hub_cache(self) -> Path:
        """Where looked-up model facts are kept for the days without a network."""
        return self.home / "hub"

    @property
    def hub(self) -> HubAccess:
        """To be handed to a look-up as keyword arguments."""
        return {
            "cache": self.hub_cache,
            "endpoint": self.hub_endpoint,
            "token": self.hub_token,
            "offline": self.hub_offline,
        }

    @property
    def jobs(self) -> Path:
        """Where long work leaves its parameters, progress and results."""
        return self.home / "jobs"


def _path(value: str | None) -> Path | None:
    return Path(value).expanduser() if value else None


def _days(value: str | None, *, default: int) -> int:
    """A whole number of days from one on; what is none gives way to the default, which deletes less."""
    text = (value or "").strip()
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else default


def _on(value: str | None) -> bool:
    return (value or "").strip().lower() in {"1", "on", "yes", "true"}
