"""The screens, one file a page, in the order of the work.

Adding a page is one file here, one line in PAGES, its name under `pages` in `advisor/data/phrases/common.yaml`, and
its other words in `advisor/data/phrases/<name>.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
    """A page's file name without ending, the menu section it stands in, and its icon."""

    name: str
    section: str
    icon: str

    @property
    def file(self) -> str:
        return f"advisor/pages/{self.name}.py"


PAGES = (
    PageEntry("overview", "plan", ":material/explore:"),
    PageEntry("checklist", "plan", ":material/checklist:"),
    PageEntry("history", "plan", ":material/history:"),
    PageEntry("privacy", "plan", ":material/lock:"),
    PageEntry("data", "measure", ":material/table_rows:"),
    PageEntry("baseline", "measure", ":material/speed:"),
    PageEntry("trial", "measure", ":material/experiment:"),
    PageEntry("cost", "measure", ":material/payments:"),
    PageEntry("models", "measure", ":material/deployed_code:"),
    PageEntry("evaluation", "measure", ":material/fact_check:"),
    PageEntry("recommendation", "decide", ":material/signpost:"),
    PageEntry("report", "decide", ":material/description:"),
    PageEntry("methods", "decide", ":material/functions:"),
    PageEntry("preparation", "carry_out", ":material/inventory_2:"),
    PageEntry("training", "carry_out", ":material/rocket_launch:"),
    PageEntry("improve", "carry_out", ":material/trending_up:"),
)
