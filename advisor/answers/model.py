"""What was looked up about one model: licence through its chain, context length, size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from advisor import models
from advisor.language import LANGUAGES, Language, phrase
from advisor.language import number as said_number
from advisor.models.licences import QUESTIONS, licence_book
from advisor.quantities import Count, Named, Saying
from advisor.shapes import Aim, Answer, Changed, Day, Kind, Shape
from advisor.show.blocks import Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice
from pricing.sources import Source

ALLOWED = ("yes", "conditional", "no")
WRITE_NO_TEXT = ("fill-mask", "sentence-similarity", "feature-extraction", "text-classification")
FACTS = ("licence", "commercial", "context_length")


def _in_full(found: Any) -> Any:
    lacks = isinstance(found, Mapping) and not {"url", "checked", "kind"} <= found.keys()
    return None if lacks else found


# A source that an older or half-filled record does not give in full cannot be cited.
Read = Annotated[Source | None, BeforeValidator(_in_full)]
Length = int | Literal["unbounded"] | None


class Permissions(Shape):
    """The answers to the four questions; None where an older record lacks one."""

    use: str | None = None
    fine_tune: str | None = None
    share: str | None = None
    train_on_outputs: str | None = None


class Sentence(Shape):
    """A sentence kept with its id in both languages, so that it can be read without our files."""

    id: str
    ja: str | None = None
    en: str | None = None

    def said(self, language: Language) -> str:
        """In one language; the id where the sentence was not kept."""
        return (self.ja if language == "ja" else self.en) or self.id


class Condition(Sentence):
    """A duty or limit, the licence that asks for it, and the repository that brings it in."""

    of: str | None = None
    licence: str | None = None
    url: str | None = None
    source: Read = None

    def line(self, voice: Voice) -> Line:
        """With licence and repository, cited where it was read; older answers name the licence only."""
        listed = licence_book().find(self.licence) if self.licence and not self.source else None
        read_in = self.source or (listed.source if listed else None)
        of = " / ".join(part for part in (self.licence, self.of) if part)
        said = self.said(voice.language)
        return Line(f"{said} ({of})" if of else said, voice.cite([read_in] if read_in else []))


class Note(Sentence):
    """Something to know beside the context length."""

    tokens: int | None = None


class Ancestor(Shape):
    """A repository in the model's chain, and what its licences allow."""

    id: str = NOTHING
    licence: str | None = None
    relation: str | None = None
    permissions: Permissions | None = None


class Lengths(Shape):
    """The plan's own texts in tokens."""

    p99: int | None = None
    max: int | None = Field(None, validation_alias=AliasChoices("max", "longest"))
    output: int | None = None


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

    id: str = Field(validation_alias=AliasChoices("id", "model"))
    kind: str | None = None
    licence: str | None = None
    licence_name: str | None = None
    licence_url: str | None = None
    permissions: Permissions = Permissions()
    commercial: str | None = None
    conditions: tuple[Condition, ...] = ()
    lineage: tuple[Ancestor, ...] = ()
    context_length: Length = None
    context_kind: str | None = None
    context_basis: str | None = None
    context_notes: tuple[Note, ...] = ()
    parameters: int | None = None
    languages: tuple[str, ...] = ()
    gated: str | None = None
    task: str | None = None
    source: str | None = None
    kind_of_source: str | None = None
    kind_of_verdict: str | None = None
    checked: date | None = None
    url: str | None = None
    licence_source: Read = None
    figures_source: Read = None
    from_memory: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fit: str | None = None
    lengths: Lengths | None = None

    @classmethod
    def of(cls, report: models.ModelReport) -> Model:
        """What was read of a model and what follows from it."""
        facts, own, context = report.facts, report.own, report.context
        return cls.model_validate(
            {
                "id": facts.id,
                "kind": facts.kind,
                "licence": own.licence,
                "licence_name": facts.licence_name,
                "licence_url": own.licences[0].source.url if own.licences else own.link,
                "permissions": report.permissions,
                "commercial": report.permissions.use,
                "conditions": [_condition(one) for one in report.conditions],
                "lineage": report.lineage,
                "context_length": context.limit,
                "context_kind": context.kind,
                "context_basis": context.basis,
                "context_notes": [_note(note.id, note.tokens) for note in context.notes],
                "parameters": report.parameters,
                "languages": facts.languages,
                "gated": facts.gated,
                "task": facts.task,
                "source": facts.origin,
                "kind_of_source": facts.source.kind,
                "kind_of_verdict": report.kind_of_verdict,
                "checked": facts.source.checked,
                "url": facts.source.url,
                "licence_source": facts.licence_read_in,
                "figures_source": facts.figures_read_in,
                "from_memory": facts.from_memory,
                "missing": [*facts.missing, *(one.id for one in report.lineage if not one.found)],
                "fit": report.fit,
                "lengths": report.lengths,
            }
        )

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        """What the rules on LLMs ask; the length and licence of a model that writes no text say nothing of that."""
        if self.task in WRITE_NO_TEXT:
            return {}
        allowed = self.permissions
        return {
            "model_id": self.id or None,
            "model_licence": self.licence or None,
            "model_use": _known(self.commercial or allowed.use),
            "model_fine_tune": _known(allowed.fine_tune),
            "model_outputs_for_training": _known(allowed.train_on_outputs),
            "context_tokens": None if self.context_length == "unbounded" else self.context_length,
        }

    def asked_again(self, day: Day) -> Model:
        """As it is known now; facts typed by hand, and facts at least as recent, stay as they are."""
        report = None if self.source == "manual" else day.look_up(self.id)
        if report is None or (self.checked and report.facts.source.checked <= self.checked):
            return self
        kept = {"fit": self.fit, "lengths": self.lengths} | (self.model_extra or {})
        return Model.of(report).model_copy(update=kept)

    def changes(self, now: Model, recommended: str | None, day: Day) -> Iterable[Changed]:
        for fact in FACTS:
            then_is, now_is = getattr(self, fact), getattr(now, fact)
            if then_is != now_is:
                names = {"model": self.id, "then": _fact(then_is), "now": _fact(now_is)}
                yield Changed(fact, (self.id,), then_is, now_is, since=now.checked, names=names)

    def blocks(self, voice: Voice) -> Iterable[Block]:
        """Licence, conditions, context and chain."""
        yield self._facts(voice)
        yield self._permissions(voice)
        if self.conditions:
            conditions = tuple(Item(one.line(voice)) for one in self.conditions)
            yield Items(conditions, voice.say("report.model.conditions"))
        if self.context_notes:
            notes = tuple(Item(Line(note.said(voice.language))) for note in self.context_notes)
            yield Items(notes, voice.say("report.model.context_notes"))
        if self.lineage:
            yield self._lineage(voice)
        if self.from_memory:
            yield Paragraph(Line(self.unread(voice)))
        if self.missing:
            yield Paragraph(Line(self.not_read(voice)), "warning")

    def unread(self, voice: Voice) -> str:
        """What nobody re-read."""
        parts = voice.listing(voice.name("models.unread", part) for part in self.from_memory)
        return voice.say("models.from_memory", parts=parts)

    def not_read(self, voice: Voice) -> str:
        """What did not come in time: parts of its own, and repositories of its chain."""
        missing = voice.listing(voice.name("models.parts_name", part) for part in self.missing)
        return voice.say("report.model.missing_parts", missing=missing)

    def _facts(self, voice: Voice) -> Table:
        page = self._page()
        cited = voice.cite([page] if page else [])
        licence = voice.cite([self.licence_source] if self.licence_source else [])
        # Cited only where the model's own page does not vouch for them.
        elsewhere = [one for one in [self.figures_source] if one and (not page or one.url != page.url)]
        context = Line(context_said(self.context_length, voice), voice.cite(elsewhere))
        rows = [
            ("id", Line(self.id, cited)),
            ("licence", Line(self.licence or voice.say("models.unknown"), licence)),
            ("context_length", context),
            ("parameters", voice.figure(voice.number(self.parameters), self.parameters)),
            ("languages", Line(voice.listing(self.languages) or NOTHING)),
            ("gated", Line(voice.name("models.gate", self.gated or "unknown"))),
            ("fit", Line(voice.name("models.fit", self.fit or "unknown"))),
            ("source", Line(voice.name("report.model.from", self.source or "unknown"))),
            ("checked", Line(voice.day(self.checked) if self.checked else NOTHING)),
        ]
        columns = (Column(voice.say("report.what")), Column(voice.say("report.found")))
        lines = tuple((voice.line(f"report.model.{name}"), line) for name, line in rows)
        return Table(voice.say("report.model.facts"), columns, lines)

    def _page(self) -> Source | None:
        """The model's own page; a record that does not say how it was read is worth no more than a judgement."""
        if self.checked is None:
            return None
        url = "" if self.source == "manual" else self.url or f"https://huggingface.co/{self.id}"
        kind = self.kind_of_source or "judgement"
        return Source.model_validate({"url": url, "checked": self.checked, "kind": kind})

    def _permissions(self, voice: Voice) -> Table:
        rows = tuple(
            (
                voice.line(f"models.question.{question}"),
                Line(voice.name("models.answer", getattr(self.permissions, question) or "unknown")),
            )
            for question in QUESTIONS
        )
        columns = (Column(voice.say("report.what")), Column(voice.say("report.model.allowed")))
        return Table(voice.say("report.model.permissions"), columns, rows)

    def _lineage(self, voice: Voice) -> Table:
        columns = tuple(Column(voice.say(f"report.model.{name}")) for name in ("id", "relation", "licence"))
        rows = tuple(
            (
                Line(one.id),
                Line(voice.name("models.relation", one.relation or "parent")),
                Line(one.licence or voice.say("models.unknown")),
            )
            for one in self.lineage
        )
        return Table(voice.say("report.model.lineage"), columns, rows)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        use = Named("recommendation.words", str(self.commercial)).say(voice.language)
        yield voice.line("report.figures.model", model=self.id, use=use)

    def risks(self, voice: Voice) -> Iterable[Line]:
        if self.commercial in {"no", "unknown", "conditional"}:
            licence = self.licence or NOTHING
            yield voice.line(f"report.risks.licence.{self.commercial}", model=self.id, licence=licence)
        if self.fit in {"no", "longest_cut"}:
            yield voice.line(f"report.risks.fit.{self.fit}", model=self.id)


def context_said(length: Length, voice: Voice) -> str:
    """A context length in words: tokens, no limit, or unknown."""
    if length is None:
        return voice.say("models.unknown")
    return (
        voice.say("models.unbounded")
        if length == "unbounded"
        else voice.say("models.tokens", n=voice.number(length))
    )


def _condition(found: models.Condition) -> dict[str, Any]:
    text = licence_book().conditions[found.id]
    url = found.source.url if found.source else None
    return vars(found) | {"url": url, "ja": text.ja, "en": text.en}


def _note(id: str, tokens: int | None) -> dict[str, Any]:
    def said(language: Language) -> str:
        count = said_number(tokens, language) if tokens else ""
        return phrase(f"models.context_note.{id}", language, tokens=count)

    return {"id": id, "tokens": tokens} | {language: said(language) for language in LANGUAGES}


def _known(word: str | None) -> str | None:
    return word if word in ALLOWED else None


def _fact(value: int | str | None) -> Count | Named | Saying:
    if isinstance(value, int):
        return Count(value)
    return Named("recommendation.words", value) if value is not None else Saying("recommendation.unknown")
