"""What was looked up about one model: licence through its chain, context length, size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, ClassVar

from advisor import loose_json
from advisor.quantities import Count, Named, Saying
from advisor.shapes import Aim, Answer, Changed, Day, Kind
from advisor.show.blocks import Block, Line
from advisor.show.voice import Voice
from pricing import Problem
from pricing import typed as read

Shape = Mapping[str, Any]
ALLOWED = ("yes", "conditional", "no")


class Model(Answer):
    """From the Models page or the command `model`."""

    NAME = "model"
    PAGE = "models"
    SECTION = "model"
    PLACE = 50
    FINDINGS: ClassVar[Mapping[str, Kind]] = {
        "model_id": str,
        "model_licence": str,
        "model_use": ALLOWED,
        "model_fine_tune": ALLOWED,
        "model_outputs_for_training": ALLOWED,
        "context_tokens": Count,
    }

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return _findings(self.as_json())

    def asked_again(self, day: Day) -> Model:
        """As it is known now; facts typed by hand, and facts at least as recent, stay as they are."""
        if self.get("source") == "manual" or not self.get("id"):
            return self
        report = day.look_up(str(self["id"]))
        if report is None or not _more_recent(report.facts.source.checked, self.get("checked")):
            return self
        return Model.model_validate({**self.as_json(), **report.as_json(), "fit": self.get("fit")})

    def changes(self, now: Model, recommended: str | None, day: Day) -> Iterable[Changed]:
        return _changes(self.as_json(), now.as_json())

    def blocks(self, voice: Voice) -> Iterable[Block]:
        from advisor.report.looked_up import model

        return model(self.as_json(), voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        use = Named("recommendation.words", str(self.get("commercial"))).say(voice.language)
        yield voice.line("report.figures.model", model=str(self["id"]), use=use)

    def risks(self, voice: Voice) -> Iterable[Line]:
        use, fit = self.get("commercial"), self.get("fit")
        if use in {"no", "unknown", "conditional"}:
            licence = self.get("licence") or "—"
            yield voice.line(f"report.risks.licence.{use}", model=self["id"], licence=licence)
        if fit in {"no", "longest_cut"}:
            yield voice.line(f"report.risks.fit.{fit}", model=self["id"])


MODEL_FACTS = ("licence", "commercial", "context_length")


def _changes(then: Shape, now: Shape) -> Iterator[Changed]:
    for fact in MODEL_FACTS:
        if then.get(fact) != now.get(fact):
            model, checked = str(then.get("id")), date.fromisoformat(str(now["checked"]))
            names = {"model": model, "then": _fact(then.get(fact)), "now": _fact(now.get(fact))}
            yield Changed(fact, (model,), then.get(fact), now.get(fact), since=checked, names=names)


def _fact(value: Any) -> Count | Named | Saying:
    if isinstance(value, int):
        return Count(value)
    return (
        Named("recommendation.words", str(value)) if value is not None else Saying("recommendation.unknown")
    )


def _more_recent(checked: date, before: object) -> bool:
    try:
        return before is None or checked > read.day(before, "checked")
    except Problem:
        return True


def _findings(shape: Mapping[str, Any]) -> dict[str, Any]:
    allowed = shape.get("permissions")
    permissions = allowed if isinstance(allowed, Mapping) else {}
    return {
        "model_id": loose_json.text(shape.get("id", shape.get("model"))),
        "model_licence": loose_json.text(shape.get("licence")),
        "model_use": loose_json.word(shape.get("commercial", permissions.get("use")), ALLOWED),
        "model_fine_tune": loose_json.word(permissions.get("fine_tune"), ALLOWED),
        "model_outputs_for_training": loose_json.word(permissions.get("train_on_outputs"), ALLOWED),
        "context_tokens": loose_json.number(shape.get("context_length")),
    }
