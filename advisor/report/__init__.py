"""The decision as a document: one model, and a module for each format that it is written in."""

from __future__ import annotations

from advisor.report.content import build
from advisor.show.blocks import ReportModel

__all__ = ["ReportModel", "build"]
