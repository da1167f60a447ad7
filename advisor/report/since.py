"""What has changed since the plan was made: the plan's own day against the day of the report."""

from __future__ import annotations

from collections.abc import Iterable

from advisor.plan.drift import Drift
from advisor.plan.drift_in_words import headline, told
from advisor.show.blocks import Block, Item, Items, Line, Paragraph
from advisor.show.voice import Voice


def since(found: Drift, voice: Voice) -> Iterable[Block]:
    """Whether the decision still stands, what bears on it, and what else changed."""
    yield Paragraph(Line(headline(found, voice.language)), "lead" if found.affects_decision else "plain")
    for caption, bearing in (("bears", True), ("besides", False)):
        sentences = told(found, voice.language, bearing=bearing)
        if sentences:
            items = tuple(Item(Line(sentence)) for sentence in sentences)
            yield Items(items, voice.say(f"drift.{caption}"))
