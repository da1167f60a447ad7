"""The blocks of an answer on the screen: the same sentences as in the shell and in the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from advisor.pages.frame import View, md_safe
from advisor.show.blocks import Block, Items, Paragraph, Table


def draw(found: Iterable[Block]) -> None:
    """Paragraphs, lists and tables one under the other; charts are the pages' own."""
    for block in found:
        match block:
            case Paragraph(line, tone):
                said = f"**{md_safe(line.text)}**" if tone == "lead" else md_safe(line.text)
                (st.warning if tone == "warning" else st.caption if tone == "note" else st.markdown)(said)
            case Items():
                draw_items(block, captioned=True)
            case Table():
                draw_table(block)
            case _:
                pass


def draw_items(found: Items, *, captioned: bool = False) -> None:
    """A list, with what lies under each point."""
    caption = [f"**{md_safe(found.caption)}**\n"] if captioned and found.caption else []
    mark = "1." if found.numbered else "-"
    points = [
        "\n".join(
            [f"{mark} {md_safe(item.line.text)}", *(f"    - {md_safe(one.text)}" for one in item.details)]
        )
        for item in found.items
    ]
    st.markdown("\n".join([*caption, *points]))


def draw_table(found: Table) -> None:
    """Rows under their header, as wide as the place."""
    _show([column.label for column in found.columns], _texts(found), found.caption or None)


def draw_rows(view: View, alt: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows of values under their heads; these and `alt`, which says what they are, are keys of phrases."""
    _show([view.say(head) for head in heads], rows, view.say(alt))


def _texts(found: Table) -> Iterable[Sequence[str]]:
    return ([line.text for line in row] for row in found.rows)


def _show(heads: Sequence[str], rows: Iterable[Sequence[Any]], alt: str | None) -> None:
    table = [dict(zip(heads, row, strict=True)) for row in rows]
    st.dataframe(table, hide_index=True, width="stretch", alt=alt)
