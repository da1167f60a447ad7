"""One look for every chart: colours that the colour-blind can tell apart, labelled axes, no toolbar, a table beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from advisor.pages.frame import View

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

# Okabe and Ito's palette: https://jfly.uni-koeln.de/color/
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7F7F7F")
FONT = "Noto Sans JP, Hiragino Sans, Yu Gothic UI, Meiryo, Noto Sans CJK JP, IPAexGothic, sans-serif"


def show(
    figure: Figure, view: View, key: str, alt: str, table: pd.DataFrame | None = None, height: int = 340
) -> None:
    """Draw a Plotly figure as wide as its place; `alt` says in words what it shows, `table` gives its numbers."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        font={"family": FONT, "size": 13},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        hoverlabel={"font": {"family": FONT}},
    )
    config = {"displayModeBar": False, "scrollZoom": False}
    st.plotly_chart(figure, width="stretch", key=key, config=config, alt=alt)
    if table is not None:
        with st.expander(view.say("common.as_table")):
            st.dataframe(table, width="stretch", hide_index=True)
