"""What the Training page shows of a kit: what it is expected to take, its settings with reasons, and what is in it."""

from __future__ import annotations

import streamlit as st

from advisor.memory.cards import card
from advisor.pages import charts
from advisor.pages.frame import View, md_safe
from advisor.training import Kit
from advisor.training.readme import expected_lines, why, written
from advisor.training.settings import Setting

NAME = "launch_kit.zip"
LANGUAGES = {"py": "python", "yml": "yaml", "json": "json", "jsonl": "json", "md": "markdown"}
CHARACTERS_SHOWN = 20_000


def expected(view: View, kit: Kit) -> None:
    """Cards, the reason where money is not known, sources, and the money at other numbers of epochs."""
    st.header(view.say("training.expected_title"), anchor=False)
    found = kit.expected
    unknown = view.say("training.card.unknown")
    cards = st.columns(4)
    about = "" if found.exact else "≈ "
    cards[0].metric(view.say("training.card.tokens"), about + view.number(found.tokens), border=True)
    money = unknown if found.money is None else view.money(found.money).replace("$", r"\$")
    kind = "money" if found.memory_gib is None else "computing_money"
    cards[1].metric(view.say(f"training.card.{kind}"), money, border=True)
    if kit.route.is_hosted:
        hosting = (
            unknown if found.hosting_hour is None else view.money(found.hosting_hour).replace("$", r"\$")
        )
        cards[2].metric(view.say("training.card.hosting"), hosting, border=True)
        cards[3].metric(view.say("training.card.hours"), unknown, border=True)
    else:
        hours = view.voice.hours(found.hours.typical) if found.hours else unknown
        gib = found.memory_gib
        size = unknown if gib is None else view.say("training.card.gib", n=view.number(gib, 1))
        cards[2].metric(view.say("training.card.computing_hours"), hours, border=True)
        cards[3].metric(view.say("training.card.memory"), size, border=True)
    _lines(view, kit)
    _by_epochs(view, kit)


def _lines(view: View, kit: Kit) -> None:
    """The figures as sentences, with what is behind them."""
    if kit.ends:
        st.warning(view.say("training.ends", day=view.day(kit.ends)))
    st.markdown("\n".join(f"- {md_safe(line)}" for line in expected_lines(kit.expected, view.language)))
    sources = [kit.expected.source] if kit.expected.source else []
    if kit.offer:
        sources.append(kit.offer.lifecycle.source)
    if kit.expected.card:
        sources.append(card(kit.expected.card).source)
    for source in dict.fromkeys(sources):
        st.caption(view.source(source))


def _by_epochs(view: View, kit: Kit) -> None:
    import pandas as pd
    import plotly.graph_objects as go

    found = kit.expected
    if not found.by_epochs:
        return
    bars = []
    for name, is_now, colour in (("others", False, charts.PALETTE[4]), ("now", True, charts.PALETTE[0])):
        counts = [count for count in found.by_epochs if (count == found.epochs) is is_now]
        amounts = [float(found.by_epochs[count]) for count in counts]
        said = [view.money(found.by_epochs[count]) for count in counts]
        bars.append(
            go.Bar(
                name=view.say(f"training.chart.{name}"),
                x=counts,
                y=amounts,
                marker_color=colour,
                customdata=said,
                hovertemplate="%{x}: %{customdata}<extra></extra>",
            )
        )
    table = pd.DataFrame(
        {
            view.say("training.chart.epochs"): list(found.by_epochs),
            view.say("training.chart.usd"): [view.money(amount) for amount in found.by_epochs.values()],
        }
    )
    st.markdown(f"**{view.say('training.chart.by_epochs')}**")
    alt = view.say("training.chart.alt", epochs=view.number(found.epochs))
    across = {"title": view.say("training.chart.epochs"), "dtick": 1}
    up = {"title": view.say("training.chart.usd"), "rangemode": "tozero", "tickprefix": "$"}
    charts.show(view, "training_epochs", bars, alt, table, x=across, y=up, height=300)


def settings(view: View, kit: Kit) -> None:
    """Every setting with its value and why; the sources in full below."""
    import pandas as pd

    st.header(view.say("training.settings_title"), anchor=False)
    name, reason = view.say("training.column.setting"), view.say("training.column.why")
    rows = [
        {name: f"`{one.id}` **{md_safe(written(one))}**", reason: _reason(view, one)} for one in kit.settings
    ]
    # A table that wraps: a reason that is cut off is none.
    alt = view.say("training.settings_title")
    st.table(pd.DataFrame(rows), border="horizontal", hide_index=True, alt=alt)
    sources = dict.fromkeys([one.source for one in kit.settings if one.source] + [kit.route.source])
    with st.expander(view.say("training.column.source")):
        for source in sources:
            note = f" — {md_safe(source.note)}" if source.note and view.language == "en" else ""
            st.markdown(f"- {view.source(source)}{note}")


def _reason(view: View, setting: Setting) -> str:
    said = md_safe(why(setting, view.language))
    return f"{said} {view.source(setting.source)}" if setting.source else said


def take(view: View, kit: Kit) -> None:
    """The archive, what it needs to run, and a look inside."""
    st.header(view.say("training.kit_title"), anchor=False)
    missing = kit.warnings.get("missing_system", 0)
    if missing:
        st.info(view.say("training.no_missing_system", rows=view.number(missing)))
    files = kit.files
    st.download_button(
        view.say("training.download"),
        kit.zip(),
        file_name=NAME,
        mime="application/zip",
        type="primary",
        on_click="ignore",
    )
    counts = {part: view.number(rows) for part, rows in kit.rows.items()}
    st.caption(view.say("training.contents", files=view.number(len(files)), **counts))
    if kit.route.needs:
        st.markdown(view.say("training.needs", names=" ".join(f"`{name}`" for name in kit.route.needs)))
    st.markdown(view.say("training.after"))
    with st.expander(view.say("training.preview")):
        name = st.selectbox(view.say("training.preview_file"), list(files), key="training_file")
        ending = name.rpartition(".")[2]
        st.code(files[name][:CHARACTERS_SHOWN], language=LANGUAGES.get(ending), wrap_lines=True)
