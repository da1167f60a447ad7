"""What is in the team's table, drawn: counts, what to mend, labels, lengths, repeats and odd characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import streamlit as st

from advisor.answers.dataset import Dataset, ToMend
from advisor.language import listing
from advisor.pages import charts
from advisor.pages.frame import View, md_safe

BARS_SHOWN = 30
NAMES_SHOWN = 8

Examples = Mapping[str, Any]


def draw(view: View, answer: Dataset, examples: Examples) -> None:
    """Counts at a glance, what to mend, then the details."""
    st.header(view.say("data.what_is_in_it"), anchor=False)
    figures(view, answer)
    if answer.to_mend:
        st.warning("\n".join(f"- {finding_in_words(view, finding)}" for finding in answer.to_mend))
    else:
        st.success(view.say("data.nothing_to_mend"))
    parts = {"labels": labels, "tokens": tokens, "repeats": repeats, "characters": characters}
    if not answer.labels:
        del parts["labels"]
    tabs = st.tabs([view.say(f"data.tabs.{name}") for name in parts])
    for tab, part in zip(tabs, parts.values(), strict=True):
        with tab:
            part(view, answer, examples)


def finding_in_words(view: View, finding: ToMend) -> str:
    """One thing to mend, as a sentence."""
    return view.say(f"data.findings.{finding.id}", found=said(view, finding.found))


def figures(view: View, answer: Dataset) -> None:
    """The numbers that people ask for first."""
    near = answer.duplicates.near
    values = {
        "rows": answer.rows,
        "labels": len(answer.labels) or None,
        "longest": answer.tokens.max,
        "repeated": near if near is not None else answer.duplicates.rows,
        "empty": answer.empty.rows,
    }
    with st.container(horizontal=True):
        for name, value in values.items():
            st.metric(
                view.say(f"data.figures.{name}"),
                view.voice.number(value),
                border=True,
                help=view.say(f"data.figures_help.{name}"),
            )


def labels(view: View, answer: Dataset, examples: Examples) -> None:
    """Rows of each class, the commonest on top."""
    import pandas as pd
    import plotly.graph_objects as go

    counts = list(answer.labels.items())
    rest = sum(count for _, count in counts[BARS_SHOWN:])
    shown = counts[:BARS_SHOWN] + ([(view.say("data.other_labels"), rest)] if rest else [])
    names = [escaped(name)[:40] for name, _ in shown]
    bars = go.Bar(
        x=[count for _, count in shown],
        y=[f"{place}. {name}" for place, name in enumerate(names, 1)],
        orientation="h",
        marker_color=charts.PALETTE[0],
        text=[view.number(count) for _, count in shown],
        textangle=0,
    )
    columns = [view.say("data.label_column"), view.say("data.rows_column"), view.say("data.share_column")]
    total = sum(count for _, count in counts)
    table = pd.DataFrame(
        [(escaped(name), count, view.percent(count / total, 1)) for name, count in counts], columns=columns
    )
    largest = view.percent(counts[0][1] / total)
    alt = view.say("data.labels_alt", classes=len(counts), largest=escaped(counts[0][0]), share=largest)
    charts.show(
        view, "data_labels", [bars], alt, table, height=120 + 26 * len(shown),
        x={"title": view.say("data.rows_axis")},
        y={"title": view.say("data.label_column"), "type": "category", "autorange": "reversed", "automargin": True},
    )  # fmt: skip
    st.markdown(view.say("data.largest_share", share=largest))


def tokens(view: View, answer: Dataset, examples: Examples) -> None:
    """How long the texts are in tokens, with the median and the 95th percentile marked."""
    import pandas as pd
    import plotly.graph_objects as go

    if answer.histogram is None or not answer.histogram.counts:
        return
    lengths = answer.tokens
    edges, counts = answer.histogram.edges, answer.histogram.counts
    width = edges[1] - edges[0]
    bars = go.Bar(
        x=[edge + width / 2 for edge in edges[:-1]],
        y=counts,
        width=width * 0.92,
        marker_color=charts.PALETTE[0],
    )
    marks = (("p50", lengths.p50, "dash", "right"), ("p95", lengths.p95, "dot", "left"))
    # Above the bars, away from each other, so that neither is written over.
    notes = [
        {
            "text": view.say(f"data.marks.{name}", tokens=view.voice.number(length, 0)),
            **{"x": length, "xanchor": side, "yref": "paper", "y": 1, "yanchor": "bottom"},
        }
        for name, length, _, side in marks
    ]
    ranges = [view.span(view.number(low), view.number(high - 1)) for low, high in pairwise(edges)]
    table = pd.DataFrame({view.say("data.tokens_axis"): ranges, view.say("data.rows_column"): counts})
    figures = {name: view.voice.number(getattr(lengths, name), 0) for name in ("p50", "p95", "max")}
    charts.show(
        view,
        "data_tokens",
        [bars],
        view.say("data.tokens_alt", **figures),
        table,
        x={"title": view.say("data.tokens_axis"), "rangemode": "tozero"},
        y={"title": view.say("data.rows_axis")},
        notes=notes,
        shapes=[charts.upright(length or 0.0, dash=dash, color=charts.MARK) for _, length, dash, _ in marks],
    )
    st.dataframe(_token_rows(view, answer), width="stretch", hide_index=True)
    counted = "data.counted_exactly" if lengths.exact else "data.counted_about"
    names = {"tokenizer": lengths.tokenizer, "model": answer.model}
    st.caption(view.say(counted, **{name: md_safe(str(named)) for name, named in names.items()}))
    if lengths.source:
        st.caption(view.source(lengths.source))


def _token_rows(view: View, answer: Dataset) -> list[dict[str, str]]:
    parts = {
        "tokens": answer.tokens,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
    }
    if answer.tokens == answer.input_tokens:
        del parts["tokens"]
    names = ("mean", "p50", "p95", "p99", "max", "total")
    what = view.say("data.what_column")
    return [
        {what: view.say(f"data.counted.{part}")}
        | {view.say(f"data.lengths.{name}"): view.voice.number(getattr(count, name), 0) for name in names}
        for part, count in parts.items()
        if count
    ]


def repeats(view: View, answer: Dataset, examples: Examples) -> None:
    """Repeated rows at three strengths, the commonest ones, and texts with two labels."""
    found = answer.duplicates
    unknown = view.say(f"data.near_unknown.{found.near_unknown or 'not_asked'}")
    near = unknown if found.near is None else view.voice.number(found.near)
    how, rows = view.say("data.how_column"), view.say("data.rows_column")
    counts = {
        "exact": view.voice.number(found.exact),
        "normalised": view.voice.number(found.rows),
        "near": near,
    }
    st.dataframe(
        [{how: view.say(f"data.repeated.{name}"), rows: value} for name, value in counts.items()],
        width="stretch",
        hide_index=True,
    )
    st.markdown(view.say("data.why_repeats_matter"))
    text = view.say("data.text_column")
    if examples["repeated"]:
        st.markdown(f"**{view.say('data.most_repeated')}**")
        st.dataframe(
            [{text: escaped(row["text"]), rows: row["rows"]} for row in examples["repeated"]],
            hide_index=True,
        )
    if examples["conflicts"]:
        st.markdown(f"**{view.say('data.conflicting')}**")
        labelled = view.say("data.label_column")
        st.dataframe(
            [
                {text: escaped(row["text"]), labelled: _counts(view, row["labels"])}
                for row in examples["conflicts"]
            ],
            hide_index=True,
        )


def characters(view: View, answer: Dataset, examples: Examples) -> None:
    """Invisible characters by name, and labels that differ only in how they are written."""
    if not answer.invisible and not answer.label_merges:
        st.markdown(view.say("data.no_oddities"))
    rows = view.say("data.rows_column")
    if answer.invisible:
        st.markdown(f"**{view.say('data.invisible_characters')}**")
        code, name = view.say("data.code_column"), view.say("data.name_column")
        found = answer.invisible.items()
        st.dataframe(
            [{code: point, name: _name(point), rows: count} for point, count in found], hide_index=True
        )
    if answer.label_merges:
        st.markdown(f"**{view.say('data.spellings')}**")
        into, spellings = view.say("data.label_column"), view.say("data.spellings_column")
        st.dataframe(
            [
                {into: escaped(row.into), spellings: _counts(view, row.spellings)}
                for row in answer.label_merges
            ],
            hide_index=True,
        )
        st.caption(view.say("data.spellings_note"))


def _name(point: str) -> str:
    return unicodedata.name(chr(int(point[2:], 16)), "—")


def escaped(text: str) -> str:
    """Text with its invisible characters written out, so that two labels that differ can be seen to differ."""
    return "".join(
        f"\\u{ord(c):04x}" if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t" else c for c in text
    )


def _counts(view: View, counts: Mapping[str, int]) -> str:
    return " / ".join(f"{escaped(label)}: {view.number(count)}" for label, count in counts.items())


def said(view: View, found: Any) -> str:
    """A figure or some names, for a sentence in Markdown."""
    if not isinstance(found, list | tuple):
        return view.number(int(found)) if isinstance(found, int) else md_safe(str(found))
    names = [md_safe(escaped(name)) for name in found[:NAMES_SHOWN]]
    more = view.say("data.and_more", count=len(found) - NAMES_SHOWN) if len(found) > NAMES_SHOWN else ""
    return listing(names, view.language) + more
