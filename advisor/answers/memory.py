"""What training or serving a model takes on a GPU, which cards have it, and what the hours cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any, ClassVar

from advisor import loose_json
from advisor.memory import Setup
from advisor.memory.cards import card
from advisor.memory.report import report_memory
from advisor.quantities import Gib, Money, Named
from advisor.shapes import Aim, Answer, Changed, Day, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice
from pricing import Problem

Shape = Mapping[str, Any]
FITS = ("fits", "tight", "no")


class Memory(Answer):
    """From the Models page or the command `memory`."""

    NAME = "memory"
    PAGE = "models"
    SECTION = "memory"
    PLACE = 60
    FINDINGS: ClassVar[Mapping[str, Kind]] = {"memory_gib": Gib, "memory_fit": FITS}

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return _findings(self.as_json())

    def asked_again(self, day: Day) -> Memory:
        """Estimated again, with rents of the day; of a model whose shape is not known it stays as it is."""
        return Memory.model_validate(_again(self.as_json(), day))

    def changes(self, now: Memory, recommended: str | None, day: Day) -> Iterable[Changed]:
        return _changes(self.as_json(), now.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.looked_up import memory

        return memory(self.as_json(), voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        gib = self.findings(aim)["memory_gib"]
        if gib is not None:
            yield voice.line("report.figures.memory", gib=voice.number(gib, 1))

    def risks(self, voice: Voice) -> Iterable[Line]:
        fits = self.get("fits")
        tight = [card for card, word in fits.items() if word == "tight"] if isinstance(fits, Mapping) else []
        if tight:
            yield voice.line("report.risks.tight", cards=voice.listing(tight))


def _again(kept: Shape, day: Day) -> Shape:
    report = day.look_up(str(kept["model"])) if kept.get("model") else None
    setup = kept.get("setup")
    if report is None or not report.facts.config or not isinstance(setup, Mapping):
        return kept
    known = {field.name for field in fields(Setup)}
    try:
        answer = report_memory(
            report.facts.config,
            Setup(**{name: value for name, value in setup.items() if name in known}),
            model=report.facts.id,
            parameters=report.facts.parameters,
            card=card(str(kept["card"])) if kept.get("card") else None,
            tokens=kept.get("tokens"),
            epochs=kept.get("epochs") or 1,
            gpus=day.book.gpus,
            on=day.on,
        ).as_json()
    except Problem:
        return kept
    fits = kept.get("fits")
    asked = {name: answer["fits"].get(name) for name in fits} if isinstance(fits, Mapping) else answer["fits"]
    return {name: answer.get(name) if before is not None else None for name, before in kept.items()} | {
        "fits": asked
    }


def _changes(then: Shape, now: Shape) -> Iterator[Changed]:
    """What training needs, whether that fits, and what renting the card for it costs."""
    model = str(then.get("model"))
    if _differ(then.get("total_gib"), now.get("total_gib")):
        sizes = [Gib(side["total_gib"]) for side in (then, now)]
        yield Changed("memory", (model,), sizes[0], sizes[1], names={"model": model})
    before, after = then.get("fits"), now.get("fits")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for card, verdict in before.items():
            if verdict != after.get(card):
                words = {"then": verdict, "now": after.get(card)}
                said = {side: Named("models.verdict", str(word)) for side, word in words.items()}
                names = {"model": model, "card": str(card), **said}
                yield Changed("fit", (model, str(card)), verdict, after.get(card), names=names)
    old_rent, new_rent = ((side.get("cost") or {}).get("typical") for side in (then, now))
    if _differ(old_rent, new_rent):
        rents = (Money(old_rent), Money(new_rent))
        yield Changed("rent", (model, str(now.get("card"))), rents[0], rents[1], names={"model": model})


def _differ(old: Any, new: Any) -> bool:
    return old is not None and new is not None and Decimal(str(old)) != Decimal(str(new))


def _findings(shape: Mapping[str, Any]) -> dict[str, Any]:
    fits = shape.get("fits")
    said = [str(word) for word in fits.values()] if isinstance(fits, Mapping) else [str(fits)]
    best = next((word for word in FITS if word in said), None)
    return {
        "memory_gib": loose_json.number(shape.get("upper_gib", shape.get("total_gib"))),
        "memory_fit": best,
    }
