"""What is in the team's data, and what an evaluation sheet shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from advisor.language import p_value
from advisor.show.blocks import Bar, BarChart, Block, Column, Item, Items, Line, Paragraph, Table
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


def evaluation(answer: Answer, voice: Voice) -> Iterable[Block]:
    """What a sheet of scores shows for every criterion, how far raters agree, and which system is better."""
    labels = ("criterion", "passed", "rate", "interval", "verdict")
    columns = tuple(
        Column(voice.say(f"report.evaluation.{label}"), label not in {"criterion", "verdict"})
        for label in labels
    )
    rows = tuple(_criterion(str(name), row, voice) for name, row in answer["criteria"].items())
    yield Table(voice.say("report.evaluation.caption"), columns, rows)
    agreement = tuple(
        Item(_agreement(str(name), row, voice)) for name, row in (answer.get("agreement") or {}).items()
    )
    if agreement:
        yield Items(agreement, voice.say("report.evaluation.agreement"))
    pairs = answer.get("comparisons") or ()
    compared = tuple(Item(_comparison(row, voice, len(pairs))) for row in pairs)
    if compared:
        yield Items(compared, voice.say("report.evaluation.comparisons"))
    kept = tuple(Item(_kept(row, voice)) for row in answer.get("comparisons") or () if row.get("kept"))
    if kept:
        yield Items(kept, voice.say("report.evaluation.regression"))
    notes = tuple(Item(Line(voice.told("evaluation.note", note))) for note in answer.get("notes") or ())
    if notes:
        yield Items(notes, voice.say("report.evaluation.notes"))


def pairwise(answer: Answer, voice: Voice) -> Iterable[Block]:
    """Which system of each pair is better, and how often the judge followed the position; of the command `pairwise`."""
    from advisor.evaluation.pairwise import OFTEN_SWAYED

    labels = ("wins", "ties", "swayed", "rate", "p")
    columns = (
        Column(voice.say("evaluation.table.pair")),
        *(Column(voice.say(f"evaluation.pairwise.column.{label}"), figures=True) for label in labels),
    )
    for pair in answer["pairs"]:
        counted = {name: voice.number(pair[name]) for name in ("wins_a", "wins_b", "ties", "items")}
        said = voice.say(f"evaluation.pairwise.{pair['outcome']}", a=pair["a"], b=pair["b"], **counted)
        yield Paragraph(Line(said.replace("**", "")))
        share = pair["swayed"] / pair["items"] if pair["items"] else 0
        if share >= OFTEN_SWAYED:
            items = voice.number(pair["swayed"])
            yield voice.paragraph(
                "evaluation.pairwise.swayed", "warning", share=voice.percent(share), items=items
            )
        if pair["one_order_only"]:
            yield voice.paragraph("evaluation.pairwise.one_order", items=voice.number(pair["one_order_only"]))
    rows = tuple(
        (
            Line(f"{pair['a']} / {pair['b']}"),
            Line(f"{pair['wins_a']} / {pair['wins_b']}"),
            Line(voice.number(pair["ties"])),
            Line(voice.number(pair["swayed"])),
            Line(voice.span(voice.percent(pair["low"]), voice.percent(pair["high"]))),
            Line(p_value(pair["p"], voice.language)),
        )
        for pair in answer["pairs"]
    )
    yield Table(voice.say("evaluation.pairwise.title"), columns, rows)
    yield voice.paragraph("evaluation.pairwise.note", "note")


def _kept(row: Answer, voice: Voice) -> Line:
    """Whether ability was kept: that the one is not worse than the other by more than the margin, in points."""
    key, margin = f"evaluation.results.kept_{row['kept']}", voice.number(100 * float(row["margin"]), 1)
    return voice.line(key, criterion=str(row["criterion"]), a=str(row["a"]), b=str(row["b"]), margin=margin)


def _criterion(name: str, row: Answer, voice: Voice) -> tuple[Line, ...]:
    share = row.get("rate") is not None
    said = voice.percent if share else voice.number
    average = row["rate"] if share else row.get("mean")
    return (
        Line(name),
        Line(
            f"{voice.number(row['passed'])} / {voice.number(row['n'])}" if share else voice.number(row["n"])
        ),
        voice.figure(said(average, 1), average),
        Line(_range(row, said, voice)),
        Line(voice.name("evaluation.verdict", row["verdict"]) if row.get("verdict") else NOTHING),
    )


def _range(row: Answer, say: Callable[[Any, int], str], voice: Voice) -> str:
    known = row.get("low") is not None and row.get("high") is not None
    return voice.span(say(row["low"], 1), say(row["high"], 1)) if known else NOTHING


def _agreement(name: str, row: Answer, voice: Voice) -> Line:
    alpha = voice.number(row.get("krippendorff_alpha"), 2)
    raters = voice.listing(map(str, row["raters"]))
    return voice.line("report.evaluation.agree", criterion=name, raters=raters, alpha=alpha)


def _comparison(row: Answer, voice: Voice, questions: int) -> Line:
    """The gap in points of a share, or in the unit of the scale, and why a range beside zero may not be enough."""
    from advisor.evaluation import doubt

    outcome = voice.say(f"evaluation.outcome.{row['outcome']}", a=row["a"], b=row["b"])
    said = {"criterion": row["criterion"], "a": row["a"], "b": row["b"], "n": voice.number(row["n"])}

    share = row["test"] == "mcnemar"

    def figure(value: Any, digits: int) -> str:
        return voice.number(100 * float(value), 1) if share else voice.number(value, 2)

    gap = figure(row["difference"], 1)
    gap = voice.say("report.evaluation.points", points=gap) if share else gap
    why = doubt(row["p"], row["p_adjusted"], row["low"], row["high"])
    if why:
        numbers = {name: voice.number(row[name], 3) for name in ("p", "p_adjusted")}
        outcome += voice.say(f"evaluation.doubt.{why}", questions=voice.number(questions), **numbers)
    return voice.line(
        "report.evaluation.compared", gap=gap, range=_range(row, figure, voice), outcome=outcome, **said
    )
