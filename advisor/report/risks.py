"""What can go wrong with what is bought: models and offers that end or are closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from advisor.report.costs import named
from advisor.show.blocks import Line
from advisor.show.voice import Voice

Answer = Mapping[str, Any]


def ends(cost: Answer, voice: Voice) -> Iterable[Line]:
    """What each model or service bought has ended or will, each told once with the arms that rest on it."""
    arms = named(cost, voice)["arms"] if cost.get("arms") else []
    by_end: dict[tuple[str, str, str], list[str]] = {}
    closed: dict[tuple[str, str, str], list[str]] = {}
    for arm in arms:
        what, because = str(arm.get("asked") or arm["id"]), arm.get("not_recommended_because")
        if arm.get("ends"):
            kind = "tuned" if arm.get("kind") == "fine_tuned" else "model"
            by_end.setdefault((str(arm["ends"]), kind, what), []).append(str(arm["id"]))
        if because and because not in {"service_ends", "ended"}:
            since = str((arm.get("status") or {}).get("since") or "")
            closed.setdefault((because, since, what), []).append(str(arm["id"]))
    for (ends, kind, what), names in sorted(by_end.items()):
        tense = "ended" if date.fromisoformat(ends) <= voice.on else "ends"
        key = f"report.risks.{kind}_{tense}"
        yield voice.line(key, what=what, day=voice.day(ends), arms=_of(names, what, voice))
    for (because, since, what), names in closed.items():
        yield _closed(because, since, what, _of(names, what, voice), voice)


def _of(arms: Sequence[str], what: str, voice: Voice) -> str:
    """The arms in brackets, unless their names already say what they buy."""
    unsaid = [arm for arm in arms if what not in arm]
    return voice.say("report.risks.of", arms=voice.listing(unsaid)) if unsaid else ""


def _closed(because: str, since: str, what: str, arms: str, voice: Voice) -> Line:
    if since and because in {"closed_to_new", "training_closed"}:
        return voice.line(f"report.risks.{because}", what=what, day=voice.day(since), arms=arms)
    reason = voice.name("cost.closed", because)
    return voice.line("report.risks.closed", what=what, reason=reason, arms=arms)
