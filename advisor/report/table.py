"""What an evaluation sheet shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from advisor.language import p_value
from advisor.show.blocks import Block, Column, Item, Items, Line, Paragraph, Table
from advisor.show.voice import NOTHING, Voice

Answer = Mapping[str, Any]


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
