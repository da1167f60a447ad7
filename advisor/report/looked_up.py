"""What was looked up about a model, and what memory it was estimated to need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from advisor.memory.cards import cards
from advisor.models.licences import licence_book
from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice
from pricing.sources import Source

Answer = Mapping[str, Any]
QUESTIONS = ("use", "fine_tune", "share", "train_on_outputs")


def model(answer: Answer, voice: Voice) -> Iterable[Block]:
    """Licence, conditions, context and chain of one model; `answer` is that of the command `model`."""
    yield _facts(answer, voice)
    yield _permissions(answer, voice)
    conditions = tuple(Item(_condition(one, voice)) for one in answer.get("conditions") or ())
    if conditions:
        yield Items(conditions, voice.say("report.model.conditions"))
    notes = tuple(
        Item(Line(str(note.get(voice.language, note["id"])))) for note in answer.get("context_notes") or ()
    )
    if notes:
        yield Items(notes, voice.say("report.model.context_notes"))
    if answer.get("lineage"):
        yield _lineage(answer["lineage"], voice)
    if answer.get("from_memory"):
        parts = voice.listing(voice.name("models.unread", part) for part in answer["from_memory"])
        yield voice.paragraph("models.from_memory", parts=parts)
    if answer.get("missing"):
        missing = voice.listing(map(str, answer["missing"]))
        yield voice.paragraph("report.model.missing_parts", "warning", missing=missing)


def _facts(answer: Answer, voice: Voice) -> Table:
    cited = voice.cite([_page(answer)])
    rows = [
        ("id", Line(str(answer["id"]), cited)),
        ("licence", _licence(answer, voice)),
        ("context_length", Line(context(answer.get("context_length"), voice), _figures(answer, voice))),
        ("parameters", voice.figure(voice.number(answer.get("parameters")), answer.get("parameters"))),
        ("languages", Line(voice.listing(map(str, answer.get("languages") or ())) or NOTHING)),
        ("gated", Line(voice.name("models.gate", answer.get("gated") or "unknown"))),
        ("fit", Line(voice.name("models.fit", answer.get("fit") or "unknown"))),
        ("source", Line(voice.name("report.model.from", answer.get("source") or "unknown"))),
        ("checked", Line(voice.day(answer["checked"]))),
    ]
    columns = (Column(voice.say("report.what")), Column(voice.say("report.found")))
    lines = tuple((voice.line(f"report.model.{name}"), line) for name, line in rows)
    return Table(voice.say("report.model.facts"), columns, lines)


def _page(answer: Answer) -> Source:
    """The model's own page; a record that does not say how it was read is worth no more than a judgement."""
    url = str(answer.get("url") or f"https://huggingface.co/{answer['id']}")
    return Source.model_validate(
        {
            "url": "" if answer.get("source") == "manual" else url,
            "checked": answer["checked"],
            "kind": answer.get("kind_of_source") or "judgement",
        }
    )


def _figures(answer: Answer, voice: Voice) -> tuple[int, ...]:
    """The citation of sizes and lengths where the model's own page does not vouch for them."""
    source = answer.get("figures_source")
    elsewhere = source and source["url"] != _page(answer).url
    return voice.cite([Source.model_validate(source)]) if elsewhere else ()


def _licence(answer: Answer, voice: Voice) -> Line:
    source = answer.get("licence_source")
    cited = voice.cite([Source.model_validate(source)]) if source else ()
    return Line(str(answer.get("licence") or voice.say("models.unknown")), cited)


def context(length: Any, voice: Voice) -> str:
    """A context length in words: tokens, no limit, or unknown."""
    if length is None:
        return voice.say("models.unknown")
    if length == "unbounded":
        return voice.say("models.unbounded")
    return voice.say("models.tokens", n=voice.number(length))


def _permissions(answer: Answer, voice: Voice) -> Table:
    permissions = answer.get("permissions") or {}
    rows = tuple(
        (
            voice.line(f"models.question.{name}"),
            Line(voice.name("models.answer", permissions.get(name, "unknown"))),
        )
        for name in QUESTIONS
    )
    columns = (Column(voice.say("report.what")), Column(voice.say("report.model.allowed")))
    return Table(voice.say("report.model.permissions"), columns, rows)


def _condition(condition: Answer, voice: Voice) -> Line:
    """A condition with the licence and the repository that bring it in, cited where it was read."""
    said = str(condition.get(voice.language) or condition["id"])
    of = " / ".join(str(part) for part in (condition.get("licence"), condition.get("of")) if part)
    return Line(f"{said} ({of})" if of else said, voice.cite(_read_in(condition)))


def _read_in(condition: Answer) -> list[Source]:
    """Where a condition was read: the licence, or the card that declares it; older answers name the licence only."""
    if condition.get("source"):
        return [Source.model_validate(condition["source"])]
    licence = licence_book().find(str(condition["licence"])) if condition.get("licence") else None
    return [licence.source] if licence else []


def _lineage(lineage: Iterable[Answer], voice: Voice) -> Table:
    columns = tuple(Column(voice.say(f"report.model.{name}")) for name in ("id", "relation", "licence"))
    rows = tuple(
        (
            Line(str(one["id"])),
            Line(voice.name("models.relation", one.get("relation") or "parent")),
            Line(str(one.get("licence") or voice.say("models.unknown"))),
        )
        for one in lineage
    )
    return Table(voice.say("report.model.lineage"), columns, rows)


def memory(answer: Answer, voice: Voice) -> Iterable[Block]:
    """What a training or serving setup takes on a GPU, part by part; `answer` is that of the command `memory`."""
    total = voice.number(answer["total_gib"], 1)
    upper = voice.number(answer.get("upper_gib"), 1)
    yield Paragraph(voice.line("report.memory.total", total=total, upper=upper))
    yield from (Paragraph(line) for line in _run(answer, voice))
    parts = {name: float(size) for name, size in (answer.get("parts") or {}).items() if float(size) > 0}
    named = {voice.name("models.part", name): size for name, size in parts.items()}
    columns = (Column(voice.say("report.memory.of")), Column("GiB", figures=True))
    rows = tuple((Line(name), voice.figure(voice.number(size, 2), size)) for name, size in named.items())
    caption = voice.say("report.memory.parts")
    if rows:
        yield Table(caption, columns, rows)
        yield BarChart(
            caption, "GiB", tuple(Bar(name, size, voice.number(size, 2)) for name, size in named.items())
        )
    fits = answer.get("fits")
    if isinstance(fits, Mapping) and fits:
        heads = (Column(voice.say("report.memory.card")), Column(voice.say("report.memory.fits")))
        lines = tuple(
            (Line(_card(card)), Line(voice.name("models.verdict", word))) for card, word in fits.items()
        )
        yield Table(voice.say("report.memory.cards"), heads, lines)


def _card(id: object) -> str:
    """A GPU by its full name; its id where an older answer names one that is not listed."""
    known = cards().get(str(id))
    return known.name if known else str(id)


def _run(answer: Answer, voice: Voice) -> Iterable[Line]:
    """What is known about the run itself: the card's limit, what would make it fit, hours and rent."""
    if answer.get("longest_sequence"):
        tokens = voice.number(answer["longest_sequence"])
        yield voice.line("report.memory.longest", card=_card(answer["card"]), tokens=tokens)
    change = answer.get("change")
    if change:
        steps = voice.listing(voice.name("models.step", step) for step in change["steps"])
        verdict = voice.name("models.verdict", change["verdict"])
        total = voice.number(change["total_gib"], 1)
        yield voice.line("report.memory.change", steps=steps, total=total, verdict=verdict)
    if answer.get("hours"):
        yield _range("hours", answer["hours"], voice.hours, voice)
    if answer.get("cost"):
        yield _range("cost", answer["cost"], voice.money, voice)


def _range(name: str, figures: Answer, say: Callable[[Any], str], voice: Voice) -> Line:
    low, typical, high = (say(figures[case]) for case in ("low", "typical", "high"))
    return voice.line(f"report.memory.run.{name}", low=low, typical=typical, high=high)
