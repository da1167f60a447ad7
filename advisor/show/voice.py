"""How a report speaks: one language, one day, and a register in which every source gets its number once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from advisor import language as words
from advisor.language import Language, Text
from advisor.references import Reference as Cited
from advisor.show.blocks import Line, Paragraph, Reference, References, Tone
from pricing.sources import Source

NOTHING = "—"
# How the figures of notes and reasons are said, by the name of the field; any other figure is a plain number.
SHARES = {"share", "test_share", "rate", "ceiling", "precision", "reached"}
SCORES = {
    "mean",
    "low",
    "high",
    "target",
    "floor",
    "predicted",
    "auc",
    "by_folds",
    "on_test",
    "without",
    "kappa",
}
ROUGH = {"wanted", "rows_per_second"}
MONEY = {"amount", "saved_per_million", "error_cost", "per_million", "llm_per_million", "cpu_hour"}


@dataclass(frozen=True)
class Speech:
    """What is said to one reader on one day."""

    language: Language
    on: date

    def say(self, key: str, **values: object) -> str:
        """The phrase `area.key`."""
        return words.phrase(key, self.language, **values)

    def text(self, text: Text, **values: object) -> str:
        """A bilingual text."""
        return text.say(self.language, **values)

    def number(self, value: Any, digits: int | None = None) -> str:
        """A number, given as one or as its decimal string; a dash for none."""
        return NOTHING if value is None else words.number(Decimal(str(value)), self.language, digits)

    def about(self, value: Any) -> str:
        """A large count, given as a number or its string, as people say it."""
        return words.about(Decimal(str(value)), self.language)

    def rough(self, value: words.Scalar) -> str:
        """A count that was predicted or timed, to two figures."""
        return words.rough(value, self.language)

    def percent(self, share: Any, digits: int = 0) -> str:
        """A share of one as a percentage; a dash for none."""
        return NOTHING if share is None else words.percent(Decimal(str(share)), self.language, digits)

    def span(self, low: str, high: str) -> str:
        """From one figure to another, with the sign that the language has for it."""
        return words.span(low, high, self.language)

    def money(self, amount: Any, currency: str = "USD", digits: int | None = None) -> str:
        """An amount, given as a Decimal or its exact string; a dash for none."""
        return (
            NOTHING if amount is None else words.money(Decimal(str(amount)), self.language, currency, digits)
        )

    def day(self, on: date | str) -> str:
        """A day, given as one or in ISO form."""
        return words.day(on if isinstance(on, date) else date.fromisoformat(on), self.language)

    @property
    def voice(self) -> Voice:
        """The same language and day for what a report says too."""
        return Voice(self.language, self.on)


@dataclass(frozen=True)
class Voice(Speech):
    """Puts ids and figures into words, and remembers the sources that were cited on the way."""

    _cited: list[Source] = field(default_factory=list)

    def name(self, area: str, id: object, **values: object) -> str:
        """What an id of `area` is called, or the id itself after its values when no phrase names it."""
        key = f"{area}.{id}"
        known = key in words.phrase_keys()
        return self.say(key, **values) if known else " ".join(map(str, [*values.values(), id]))

    def line(self, key: str, sources: Iterable[Source] = (), **values: object) -> Line:
        """The phrase `area.key` with its sources cited."""
        return Line(self.say(key, **values), self.cite(sources))

    def paragraph(
        self, key: str, tone: Tone = "plain", sources: Iterable[Source] = (), **values: object
    ) -> Paragraph:
        """The phrase `area.key` as a paragraph."""
        return Paragraph(self.line(key, sources, **values), tone)

    def hours(self, amount: Any) -> str:
        """A time given in hours, in the unit that reads best; a dash for none."""
        return NOTHING if amount is None else words.duration(float(amount) * 3600, self.language)

    def figure(self, said: str, value: Any) -> Line:
        """`said` together with the exact number that it says, for a format that calculates; none for a dash."""
        return Line(said, figures=() if value is None else (Decimal(str(value)),))

    def listing(self, names: Iterable[str]) -> str:
        """Several names in one breath."""
        return words.listing(list(names), self.language)

    def told(self, area: str, note: Mapping[str, Any]) -> str:
        """The phrase `area.<id>` filled with the fields beside the id; the bare id and fields when it has none."""
        fields = {name: self._field(name, value) for name, value in note.items() if name != "id"}
        key = f"{area}.{note['id']}"
        if key in words.phrase_keys():
            with suppress(KeyError):  # a note of an old file may lack what its sentence names
                return self.say(key, **fields)
        return " ".join([str(note["id"]), *(f"{name}={value}" for name, value in fields.items())])

    def _field(self, name: str, value: Any) -> str:
        if isinstance(value, list | tuple):
            return self.listing(map(str, value))
        try:
            figure = Decimal(str(value))
        except ArithmeticError:
            return self._day_or_text(str(value))
        if not figure.is_finite():
            return NOTHING
        if name in MONEY:
            return self.money(figure)
        if name in SHARES:
            return self.percent(figure, 1)
        if name in ROUGH:
            return words.rough(figure, self.language)
        return self.number(round(figure, 3) if name in SCORES else figure)

    def _day_or_text(self, text: str) -> str:
        try:
            return self.day(text)
        except ValueError:
            return text

    def cite(self, sources: Iterable[Source]) -> tuple[int, ...]:
        """The numbers of `sources` in the list at the end; a source met again keeps its number."""
        return tuple(self._number_of(source) for source in sources)

    def _number_of(self, source: Source) -> int:
        keys = [(known.url, known.checked, known.kind) for known in self._cited]
        key = (source.url, source.checked, source.kind)
        if key not in keys:
            self._cited.append(source)
            return len(self._cited)
        return keys.index(key) + 1

    @property
    def stale(self) -> Sequence[Source]:
        """The cited sources that were last checked more than 90 days before the report's day."""
        return [source for source in self._cited if source.is_stale(self.on)]

    def references(self) -> References | None:
        """The list of what was cited, or None when nothing was."""
        if not self._cited:
            return None
        columns = ("number", "place", "kind", "checked", "note")
        number, place, kind, checked, note = (self.say(f"report.sources.{column}") for column in columns)
        rows = tuple(self._reference(place, source) for place, source in enumerate(self._cited, 1))
        return References(self.say("report.sources.caption"), (number, place, kind, checked, note), rows)

    def _about(self, source: Source) -> str:
        """What a source is called and how it was read; a bare note is written for editors, in English only."""
        if isinstance(source, Cited):
            read = self.text(source.read) if source.read else ""
            return (
                self.say("report.sources.about", title=source.named(self.language), read=read)
                if read
                else source.named(self.language)
            )
        return (source.note or "") if self.language == "en" else ""

    def _reference(self, place: int, source: Source) -> Reference:
        return Reference(
            number=place,
            url=source.url or NOTHING,
            kind=self.say(f"common.kinds.{source.kind}"),
            checked=self.day(source.checked),
            stale=self.say("report.sources.stale") if source.is_stale(self.on) else "",
            note=self._about(source),
        )
