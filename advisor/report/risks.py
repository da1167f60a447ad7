"""What can go wrong after the decision: offers that end, terms that bind, memory that is tight, facts that have aged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.plan import Plan
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
    dated = [arm for arm in cost.get("arms") or () if arm.get("ends")]
    for arm in sorted(dated, key=lambda arm: str(arm["ends"])):
        what = arm.get("asked") or arm["id"]
        yield voice.line("report.risks.ends", arm=arm["id"], what=what, day=voice.day(arm["ends"]))
    for arm in cost.get("arms") or ():
        because = arm.get("not_recommended_because")
        if because and because != "service_ends":
            reason = voice.name("cost.closed", because)
            yield voice.line(
                "report.risks.closed", arm=arm["id"], what=arm.get("asked") or arm["id"], reason=reason
            )


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
