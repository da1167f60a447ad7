"""What can go wrong after the decision: offers that end, terms that bind, memory that is tight, facts that have aged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from advisor.plan import Plan
from advisor.report.costs import named
from advisor.report.model import Line
from advisor.report.voice import Voice

Answer = Mapping[str, Any]


def risks(plan: Plan, voice: Voice) -> Iterable[Line]:
    """Every risk that the evidence shows, dated ends first; call it after the sections that cite sources."""
    yield from _ends(plan.evidence.get("cost", {}), voice)
    yield from _terms(plan.evidence.get("model", {}), voice)
    yield from _memory(plan.evidence.get("memory", {}), voice)
    yield from _data(plan.evidence.get("baseline", {}), voice)
    if voice.stale:
        yield voice.line("report.risks.stale", count=len(voice.stale))


def _ends(cost: Answer, voice: Voice) -> Iterable[Line]:
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


def _terms(model: Answer, voice: Voice) -> Iterable[Line]:
    use = model.get("commercial")
    if use in {"no", "unknown", "conditional"}:
        yield voice.line(
            f"report.risks.licence.{use}", model=model["id"], licence=model.get("licence") or "—"
        )
    if model.get("fit") in {"no", "longest_cut"}:
        yield voice.line(f"report.risks.fit.{model['fit']}", model=model["id"])


def _memory(memory: Answer, voice: Voice) -> Iterable[Line]:
    fits = memory.get("fits")
    tight = [str(card) for card, word in fits.items() if word == "tight"] if isinstance(fits, Mapping) else []
    if tight:
        yield voice.line("report.risks.tight", cards=voice.listing(tight))


def _data(baseline: Answer, voice: Voice) -> Iterable[Line]:
    if baseline.get("verdict") == "fix_data_first":
        yield voice.line("report.risks.data")
