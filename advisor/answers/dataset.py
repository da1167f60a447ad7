"""What is in the team's table: rows, labels, repeats and token counts, as the Data page finds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, NonNegativeInt

from advisor.quantities import Count, Share
from advisor.shapes import Aim, Answer, AnyText, Kind, Shape
from advisor.show.blocks import Bar, BarChart, Block, Column, Line, Table
from advisor.show.voice import NOTHING, Voice
from baselines.counted import Empty, LabelMerge, Length, Lengths, Repeats, Tally
from pricing.sources import Source
from pricing.workload import Workload, measured_workload

FINDINGS: Mapping[str, Kind] = {
    "rows": Count,
    "data_tokens": Count,
    "longest_tokens": Count,
    "duplicate_rows": Count,
    "conflicting_rows": Count,
    "largest_class_share": Share,
}
LABELS_SHOWN = 30


class ToMend(Shape):
    """What should be looked at before training: the id of its sentence, and how many rows or which labels."""

    id: str
    found: Any = None


class Histogram(Shape):
    """Bars of equal width; there is one edge more than there are bars."""

    edges: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()


class Figures(Shape):
    """Tokens of some texts and how they were counted; `low` and `high` are the band that the total lies in."""

    total: int | None = None
    low: int | None = None
    high: int | None = None
    p10: Length | None = None
    p50: Length | None = None
    p90: Length | None = None
    p95: Length | None = None
    p99: Length | None = None
    max: int | None = None
    tokenizer: str | None = None
    exact: bool | None = None
    mean: Length | None = None
    not_counted: Mapping[str, int] = {}
    source: Source | None = None

    def told(self) -> Iterable[tuple[str, float | None]]:
        """The figures that a table of what is in the data tells, each with its id."""
        return ("tokens", self.total), *((name, getattr(self, name)) for name in ("p50", "p95", "p99", "max"))

    def counted(self, voice: Voice) -> Line | None:
        """By whose vocabulary they were counted, and the band where that is an estimate."""
        if not self.tokenizer:
            return None
        said = voice.say(
            "report.data.exact" if self.exact else "report.data.estimated", tokenizer=self.tokenizer
        )
        if not self.exact and self.low is not None and self.high is not None:
            said += f" ({voice.span(voice.number(self.low), voice.number(self.high))})"
        return Line(said, voice.cite([self.source]) if self.source else ())


class Dataset(Answer):
    """From the Data page. Counts and figures only: no text of the team's data is in it."""

    NAME = "dataset"
    PAGE = "data"
    SECTION = "data"
    PLACE = 20
    FINDINGS = FINDINGS

    file: Mapping[str, Any] | None = None
    kind: str | None = None
    columns: Mapping[str, Any] = {}
    rows: int | None = None
    labels: Mapping[AnyText, NonNegativeInt] = {}
    label_count: int | None = None
    single_labels: tuple[AnyText, ...] = ()
    label_merges: tuple[LabelMerge, ...] = ()
    empty: Empty = Empty()
    duplicates: Repeats = Repeats()
    conflicts: Tally = Tally()
    characters: Lengths | None = None
    long_texts: int | None = None
    invisible: Mapping[str, int] = {}
    not_nfc: int | None = None
    to_mend: tuple[ToMend, ...] = Field((), alias="findings")
    model: str | None = None
    tokens: Figures = Figures()
    input_tokens: Figures | None = None
    output_tokens: Figures | None = None
    instruction_tokens: Figures | None = None
    histogram: Histogram | None = None

    def workload(self, usual: Workload) -> Workload:
        """One request of `usual`, with what was counted here in place of its tokens."""
        parts = (self.tokens, self.input_tokens, self.output_tokens, self.instruction_tokens)
        whole, given, written, instruction = (part.total or 0 if part else 0 for part in parts)
        return measured_workload(
            usual,
            rows=self.rows or 0,
            tokens=whole,
            input_tokens=given,
            output_tokens=written,
            instruction_tokens=instruction if self.kind == "chat" else None,
        )

    @classmethod
    def migrated(cls, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """Counts stood by themselves, labels were pairs, and the answer of `tokens` could stand here too."""
        found = dict(shape)
        for name in ("empty", "duplicates", "conflicts"):
            if found.get(name) is not None:
                found[name] = _tally(found[name])
        if isinstance(found.get("labels"), list):
            found["labels"] = _pairs(found["labels"])
        if not isinstance(tokens := found.get("tokens"), Mapping):
            flat = {name: found[name] for name in Figures.model_fields if name in found}
            found["tokens"] = flat if tokens is None else {"total": tokens, **flat}
        return {"rows": found.get("examples"), **found}

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        counts = self.labels.values()
        return {
            "rows": self.rows,
            "data_tokens": self.tokens.total,
            "longest_tokens": self.tokens.max,
            "duplicate_rows": self.duplicates.rows,
            "conflicting_rows": self.conflicts.rows,
            "largest_class_share": Share(max(counts)) / sum(counts) if sum(counts) else None,
        }

    def blocks(self, voice: Voice) -> Iterable[Block]:
        tallies = {name: getattr(self, name).rows for name in ("empty", "duplicates", "conflicts")}
        figures = [("rows", self.rows), *tallies.items(), *self.tokens.told()]
        yield data_table(figures, self.tokens.counted(voice), voice)
        yield from self._labels(voice)

    def _labels(self, voice: Voice) -> Iterable[Block]:
        """Rows of each label, the commonest first."""
        if not self.labels:
            return
        counts = sorted(self.labels.items(), key=lambda pair: -pair[1])
        shown = counts[:LABELS_SHOWN]
        rows = [(Line(name), voice.figure(voice.number(count), count)) for name, count in shown]
        if more := len(counts) - len(shown):
            rows.append((voice.line("report.data.more_labels", count=more), Line(NOTHING)))
        caption = voice.say("report.data.labels", count=voice.number(len(counts)))
        of_rows = voice.say("report.data.rows")
        columns = (Column(voice.say("report.data.label")), Column(of_rows, figures=True))
        yield Table(caption, columns, tuple(rows))
        bars = (Bar(name, float(count), voice.number(count)) for name, count in shown)
        yield BarChart(caption, of_rows, tuple(bars))


def data_table(
    figures: Iterable[tuple[str, float | None]], counted: Line | None, voice: Voice, model: str | None = None
) -> Table:
    """What is in the data, as far as it is known: of a table or of a training file, whose `model` counts."""
    rows = [(voice.line("report.data.model"), Line(model))] if model else []
    rows += [
        (voice.line(f"report.data.{name}"), voice.figure(voice.number(value), value))
        for name, value in figures
        if value is not None
    ]
    if counted:
        rows.append((voice.line("report.data.counted"), counted))
    columns = (Column(voice.say("report.what")), Column(voice.say("report.found"), figures=True))
    return Table(voice.say("report.data.caption"), columns, tuple(rows))


def _tally(found: Any) -> Any:
    if isinstance(found, list):
        return {"rows": len(found)}
    if isinstance(found, Mapping):
        return {"rows": found.get("count"), **found}
    return {"rows": found}


def _pairs(labels: list[Any]) -> Any:
    """Labels as `{label: count}`, from `[{label, count}]` or `[[label, count]]`; as they are where they are neither."""
    pairs = [
        (one.get("label"), one.get("count", one.get("rows"))) if isinstance(one, Mapping) else one
        for one in labels
    ]
    well_formed = all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs)
    return {str(name): count for name, count in pairs} if well_formed else labels
