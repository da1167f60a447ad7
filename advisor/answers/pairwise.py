"""What pairwise choices prove: the answer of the command `pairwise`, which no plan keeps."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.language import p_value
from advisor.shapes import Shape
from advisor.show.blocks import Block, Column, Line, Paragraph, Table
from advisor.show.voice import Voice

# A judge that follows the position this often should not decide anything.
OFTEN_SWAYED = 0.2


class Pair(Shape):
    """Two systems on the items that were shown in both orders; `low` and `high` are Wilson's, of how often `a` wins."""

    a: str
    b: str
    items: int
    wins_a: int
    wins_b: int
    ties: int
    swayed: int
    one_order_only: int
    low: float
    high: float
    p: float
    outcome: str

    def conclusion(self, voice: Voice) -> str:
        """Which system is better, as Markdown, to which the names of the systems were made safe."""
        counted = {name: voice.number(getattr(self, name)) for name in ("wins_a", "wins_b", "ties", "items")}
        return voice.say(f"evaluation.pairwise.{self.outcome}", a=self.a, b=self.b, **counted)

    def doubts(self, voice: Voice) -> Iterable[Paragraph]:
        """That the position decided too often, and that some choices are of one order only."""
        share = self.swayed / self.items
        if share >= OFTEN_SWAYED:
            swayed = voice.number(self.swayed)
            yield voice.paragraph(
                "evaluation.pairwise.swayed", "warning", share=voice.percent(share), items=swayed
            )
        if self.one_order_only:
            yield voice.paragraph("evaluation.pairwise.one_order", items=voice.number(self.one_order_only))


class Pairwise(Shape):
    """Every pair of systems of one table of choices."""

    pairs: tuple[Pair, ...]

    def blocks(self, voice: Voice) -> Iterable[Block]:
        """What may be concluded of each pair, and the figures beside each other."""
        for pair in self.pairs:
            yield Paragraph(Line(pair.conclusion(voice).replace("**", "")))
            yield from pair.doubts(voice)
        yield self.table(voice)
        yield voice.paragraph("evaluation.pairwise.note", "note")

    def table(self, voice: Voice) -> Table:
        """Wins, ties, choices that the position swayed, the range of the win rate, and p."""
        labels = ("wins", "ties", "swayed", "rate", "p")
        columns = (
            Column(voice.say("evaluation.table.pair")),
            *(Column(voice.say(f"evaluation.pairwise.column.{label}"), figures=True) for label in labels),
        )
        rows = tuple(
            (
                Line(f"{pair.a} / {pair.b}"),
                Line(f"{pair.wins_a} / {pair.wins_b}"),
                Line(voice.number(pair.ties)),
                Line(voice.number(pair.swayed)),
                Line(voice.span(voice.percent(pair.low), voice.percent(pair.high))),
                Line(p_value(pair.p, voice.language)),
            )
            for pair in self.pairs
        )
        return Table(voice.say("evaluation.pairwise.title"), columns, rows)
