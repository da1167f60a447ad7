"""What was looked up about a model, and what memory it was estimated to need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from advisor.report.model import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
from advisor.report.voice import NOTHING, Voice
from pricing.sources import Source

Answer = Mapping[str, Any]
QUESTIONS = ("use", "fine_tune", "share", "train_on_outputs")


def model(answer: Answer, voice: Voice) -> Iterable[Block]:
    """Licence, conditions, context and chain of one model; `answer` is that of the command `model`."""
    yield _facts(answer, voice)
    yield _permissions(answer, voice)
    conditions = tuple(Item(_condition(one, answer, voice)) for one in answer.get("conditions") or ())
    if conditions:
        yield Items(conditions, voice.say("report.model.conditions"))
    notes = tuple(
        Item(Line(str(note.get(voice.language, note["id"])))) for note in answer.get("context_notes") or ()
    )
    if notes:
        yield Items(notes, voice.say("report.model.context_notes"))
    if answer.get("lineage"):
        yield _lineage(answer["lineage"], voice)
    if answer.get("missing"):
        missing = voice.listing(map(str, answer["missing"]))
        yield voice.paragraph("report.model.missing_parts", "warning", missing=missing)


def _facts(answer: Answer, voice: Voice) -> Table:
    cited = voice.cite([_page(answer)])
    rows = [
        ("id", Line(str(answer["id"]), cited)),
        ("licence", Line(str(answer.get("licence") or voice.say("report.unknown")))),
        ("context_length", Line(context(answer.get("context_length"), voice))),
        ("parameters", Line(voice.number(answer.get("parameters")))),
        ("languages", Line(voice.listing(map(str, answer.get("languages") or ())) or NOTHING)),
        ("gated", Line(voice.name("report.model.gate", answer.get("gated") or "unknown"))),
        ("fit", Line(voice.name("report.model.fits", answer.get("fit") or "unknown"))),
        ("source", Line(voice.name("report.model.from", answer.get("source") or "unknown"))),
        ("checked", Line(voice.day(answer["checked"]))),
    ]
    columns = (Column(voice.say("report.what")), Column(voice.say("report.found")))
    lines = tuple((voice.line(f"report.model.{name}"), line) for name, line in rows)
    return Table(voice.say("report.model.facts"), columns, lines)


def _page(answer: Answer) -> Source:
    typed = answer.get("source") == "manual"
    url = str(answer.get("url") or f"https://huggingface.co/{answer['id']}")
    return Source(
        url="" if typed else url,
        checked=date.fromisoformat(str(answer["checked"])),
        kind="judgement" if typed else "official",
    )


def context(length: Any, voice: Voice) -> str:
    """A context length in words: tokens, no limit, or unknown."""
    if length is None:
        return voice.say("report.unknown")
    if length == "unbounded":
        return voice.say("report.model.unbounded")
    return voice.say("report.model.tokens", tokens=voice.number(length))


def _permissions(answer: Answer, voice: Voice) -> Table:
    permissions = answer.get("permissions") or {}
    rows = tuple(
        (
            voice.line(f"report.model.permission.{name}"),
            Line(voice.name("report.answer", permissions.get(name, "unknown"))),
        )
        for name in QUESTIONS
    )
    columns = (Column(voice.say("report.what")), Column(voice.say("report.model.allowed")))
    return Table(voice.say("report.model.permissions"), columns, rows)


def _condition(condition: Answer, answer: Answer, voice: Voice) -> Line:
    said = str(condition.get(voice.language) or condition["id"])
    of = " / ".join(str(part) for part in (condition.get("licence"), condition.get("of")) if part)
    url = condition.get("url")
    cited = voice.cite([_page(answer).model_copy(update={"url": str(url)})]) if url else ()
    return Line(f"{said} ({of})" if of else said, cited)


def _lineage(lineage: Iterable[Answer], voice: Voice) -> Table:
    columns = tuple(Column(voice.say(f"report.model.{name}")) for name in ("id", "relation", "licence"))
    rows = tuple(
        (
            Line(str(one["id"])),
            Line(voice.name("report.model.relations", one.get("relation") or "parent")),
            Line(str(one.get("licence") or voice.say("report.unknown"))),
        )
        for one in lineage
    )
    return Table(voice.say("report.model.lineage"), columns, rows)


def memory(answer: Answer, voice: Voice) -> Iterable[Block]:
    """What a training or serving setup takes on a GPU, part by part; `answer` is that of the command `memory`."""
    total = voice.number(answer["total_gib"], 1)
    upper = voice.number(answer.get("upper_gib"), 1)
    yield Paragraph(voice.line("report.memory.total", total=total, upper=upper))
    parts = {name: float(size) for name, size in (answer.get("parts") or {}).items() if float(size) > 0}
    named = {voice.name("report.memory.part", name): size for name, size in parts.items()}
    columns = (Column(voice.say("report.memory.of")), Column("GiB", figures=True))
    rows = tuple((Line(name), Line(voice.number(size, 2))) for name, size in named.items())
    caption = voice.say("report.memory.parts")
    if rows:
        yield Table(caption, columns, rows)
        yield BarChart(
            caption, "GiB", tuple(Bar(name, size, voice.number(size, 2)) for name, size in named.items())
        )
    fits = answer.get("fits")
    if isinstance(fits, Mapping) and fits:
        cards = (Column(voice.say("report.memory.card")), Column(voice.say("report.memory.fits")))
        lines = tuple(
            (Line(str(card)), Line(voice.name("report.memory.fit", word))) for card, word in fits.items()
        )
        yield Table(voice.say("report.memory.cards"), cards, lines)
