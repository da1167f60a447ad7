"""What is in the team's data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Table
from advisor.show.voice import NOTHING, Voice
from pricing.sources import Source

Answer = Mapping[str, Any]
LABELS_SHOWN = 30


def dataset(answer: Answer, voice: Voice) -> Iterable[Block]:
    """Rows, tokens, repeats and labels; `answer` is that of the data page or of the command `tokens`."""
    lengths = answer["tokens"] if isinstance(answer.get("tokens"), Mapping) else answer
    total = lengths.get("total", answer.get("tokens"))
    figures = [
        ("rows", answer.get("rows", answer.get("examples"))),
        ("empty", _count(answer.get("empty"))),
        ("duplicates", _count(answer.get("duplicates"))),
        ("conflicts", _count(answer.get("conflicts"))),
        ("tokens", total),
        ("p50", lengths.get("p50")),
        ("p95", lengths.get("p95")),
        ("p99", lengths.get("p99")),
        ("max", lengths.get("max")),
        ("over_limit", answer.get("over_limit")),
        ("n_epochs", answer.get("n_epochs")),
        ("billed_tokens", answer.get("billed_tokens")),
    ]
    rows = [
        (voice.line(f"report.data.{name}"), voice.figure(voice.number(value), value))
        for name, value in figures
        if value is not None
    ]
    tokenizer = lengths.get("tokenizer", answer.get("tokenizer"))
    if tokenizer:
        exact = str(lengths.get("exact", answer.get("exact"))).lower() == "true"
        counted = voice.say("report.data.exact" if exact else "report.data.estimated", tokenizer=tokenizer)
        rows.append((voice.line("report.data.counted"), Line(counted, _cited(lengths.get("source"), voice))))
    columns = (Column(voice.say("report.what")), Column(voice.say("report.found"), figures=True))
    yield Table(voice.say("report.data.caption"), columns, tuple(rows))
    yield from _labels(answer.get("labels"), voice)
    yield from _findings(answer, voice)


def _cited(source: Any, voice: Voice) -> tuple[int, ...]:
    return voice.cite([Source.model_validate(source)]) if isinstance(source, Mapping) else ()


def _count(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("rows", value.get("count"))
    return len(value) if isinstance(value, list) else value


def _labels(labels: Any, voice: Voice) -> Iterable[Block]:
    counts = label_counts(labels)
    if counts:
        shown = counts[:LABELS_SHOWN]
        columns = (
            Column(voice.say("report.data.label")),
            Column(voice.say("report.data.rows"), figures=True),
        )
        more = len(counts) - len(shown)
        caption = voice.say("report.data.labels", count=voice.number(len(counts)))
        rest = [(voice.line("report.data.more_labels", count=more), Line(NOTHING))] if more else []
        yield Table(
            caption,
            columns,
            (*((Line(name), voice.figure(voice.number(count), count)) for name, count in shown), *rest),
        )
        yield BarChart(
            caption,
            voice.say("report.data.rows"),
            tuple(Bar(name, float(count), voice.number(count)) for name, count in shown),
        )


def label_counts(labels: Any) -> list[tuple[str, int]]:
    """Rows of each label, the commonest first, from `{label: count}` or `[{label, count}]`."""
    if isinstance(labels, Mapping):
        pairs = [(str(name), int(count)) for name, count in labels.items()]
    elif isinstance(labels, list):
        pairs = [(str(one.get("label")), int(one.get("count", one.get("rows", 0)))) for one in labels]
    else:
        pairs = []
    return sorted(pairs, key=lambda pair: -pair[1])


def _findings(answer: Answer, voice: Voice) -> Iterable[Block]:
    for name in ("format_errors", "warnings", "not_counted"):
        found = answer.get(name)
        if isinstance(found, Mapping) and found:
            columns = (Column(voice.say("report.what")), Column(voice.say("report.data.times"), figures=True))
            rows = tuple(
                (Line(str(key)), voice.figure(voice.number(count), count)) for key, count in found.items()
            )
            yield Table(voice.say(f"report.data.{name}"), columns, rows)


def preparation(answer: Answer, voice: Voice) -> Iterable[Block]:
    """How many rows each file holds, and what was found in them; `answer` is that of the command `prepare`."""
    files = answer.get("files") or {}
    labels = ("report.preparation.part", "report.data.rows", "report.preparation.file")[: 3 if files else 2]
    columns = tuple(Column(voice.say(label), figures=label == "report.data.rows") for label in labels)
    rows = tuple(
        (
            voice.line(f"report.preparation.{part}"),
            voice.figure(voice.number(answer[part]), answer[part]),
            Line(files.get(part, NOTHING)),
        )[: len(columns)]
        for part in ("train", "validation", "test", "left_out")
    )
    yield Table(voice.say("report.preparation.caption"), columns, rows)
    yield voice.paragraph(
        "report.preparation.repeats", count=voice.number(answer["duplicates_across_splits"])
    )
    near = answer.get("near_duplicates_across_splits")
    if near is not None:
        yield voice.paragraph("report.preparation.near", count=voice.number(near))
    found = tuple(Item(Line(_finding(one, voice))) for one in answer.get("findings") or ())
    if found:
        yield Items(found, voice.say("report.preparation.findings"))


def _finding(found: Answer, voice: Voice) -> str:
    weight = voice.name("preparation.weight", found["weight"])
    fields = {name: value for name, value in found.items() if name not in {"weight", "rows", "count"}}
    kinds = fields.get("kinds")
    if kinds:
        fields["kinds"] = [voice.name("preparation.kind", kind) for kind in kinds]
    told = voice.told("preparation.finding", fields)
    return voice.say(
        "report.preparation.finding", weight=weight, count=voice.number(found["count"]), told=told
    )
