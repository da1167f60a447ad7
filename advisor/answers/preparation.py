"""Training files made of the team's rows: how many rows each holds, and what was found in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from advisor.language import phrase_keys
from advisor.quantities import say
from advisor.shapes import Answer, AnyText, Told
from advisor.show.blocks import Block, Column, Item, Items, Line, Table
from advisor.show.voice import NOTHING, Voice

if TYPE_CHECKING:
    from advisor.preparation import Preparation as Prepared

PARTS = ("train", "validation", "test", "left_out")


class Finding(Told):
    """One thing found: how grave it is, how often it was met, and the first of its rows by their numbers."""

    weight: str | None = None
    count: int | None = None
    rows: tuple[int, ...] = ()

    def sentence(self, voice: Voice) -> str:
        """What it is, with its figures and what it quotes."""
        key = f"preparation.finding.{self.id}"
        said = {name: _said(name, value, voice) for name, value in self.fields.items()}
        return voice.say(key, **said) if key in phrase_keys() else self.id

    def told(self, voice: Voice) -> Line:
        """The sentence with its weight and its rows."""
        weight = voice.name("preparation.weight", self.weight or NOTHING)
        rows, said = voice.number(self.count), self.sentence(voice)
        return voice.line("report.preparation.finding", weight=weight, count=rows, told=said)


def _said(name: str, value: Any, voice: Voice) -> str:
    if isinstance(value, Mapping):
        kinds = value.items()
        return voice.listing(f"{voice.name('preparation.kind', one)} {voice.number(n)}" for one, n in kinds)
    return voice.percent(value, 1) if name == "share" else say(value, voice.language)


class Preparation(Answer):
    """From the Preparation page or the command `prepare`."""

    NAME = "preparation"
    PAGE = "preparation"
    SECTION = "preparation"
    PLACE = 30

    format: str | None = None
    seed: int | None = None
    rows: int | None = None
    train: int | None = None
    validation: int | None = None
    test: int | None = None
    left_out: int | None = None
    dropped: int | None = None
    left_out_findings: tuple[str, ...] = ()
    split_by: str | None = None
    files: Mapping[str, AnyText] = {}
    duplicates_across_splits: int | None = None
    near_duplicates_across_splits: int | None = None
    near_search: str | None = None
    first_row: int | None = None
    format_errors: Mapping[str, int] = {}
    found: tuple[Finding, ...] = Field((), alias="findings")

    @classmethod
    def of(cls, made: Prepared, files: Mapping[str, Path] | None = None) -> Preparation:
        """Counts of what was prepared; `files` are those written."""
        near = made.near_duplicates_across_splits
        return cls(
            format=made.format,
            seed=made.seed,
            rows=len(made.parts),
            train=made.count("train"),
            validation=made.count("validation"),
            test=made.count("test"),
            left_out=made.parts.count(None) - len(made.dropped),
            dropped=len(made.dropped),
            left_out_findings=made.drop,
            split_by=made.sizes.by,
            files=files or {},
            duplicates_across_splits=len(made.duplicates_across_splits),
            near_duplicates_across_splits=None if near is None else len(near),
            near_search=made.near_search,
            first_row=made.first_row,
            format_errors=made.format_errors,
            found=[
                Finding(
                    id=one.id,
                    weight=one.weight,
                    count=len(one.rows),
                    rows=[row + made.first_row for row in one.named],
                    **one.fields,
                )
                for one in made.findings
            ],
        )

    @property
    def remaining(self) -> tuple[Finding, ...]:
        """What was found in rows that were not left out."""
        return tuple(one for one in self.found if one.id not in self.left_out_findings)

    def blocks(self, voice: Voice) -> Iterable[Block]:
        """How many rows each file holds, what stands on two sides, and what was found."""
        labels = ("report.preparation.part", "report.data.rows", "report.preparation.file")
        columns = tuple(Column(voice.say(label), figures=label == "report.data.rows") for label in labels)
        width = 3 if self.files else 2
        rows = tuple(self._part(part, voice)[:width] for part in PARTS)
        yield Table(voice.say("report.preparation.caption"), columns[:width], rows)
        repeated, near = self.duplicates_across_splits, self.near_duplicates_across_splits
        if repeated is not None:
            yield voice.paragraph("report.preparation.repeats", count=voice.number(repeated))
        if near is not None:
            yield voice.paragraph("report.preparation.near", count=voice.number(near))
        if self.found:
            told = tuple(Item(one.told(voice)) for one in self.found)
            yield Items(told, voice.say("report.preparation.findings"))

    def _part(self, part: str, voice: Voice) -> tuple[Line, ...]:
        rows = getattr(self, part)
        file = Line(self.files.get(part, NOTHING))
        return voice.line(f"report.preparation.{part}"), voice.figure(voice.number(rows), rows), file
