"""The report as a PDF with bookmarks and page numbers, set by the Typst compiler that its wheel brings along.

What is written travels to the template as JSON, so nothing that a user types is ever read as markup. The page
has no other fonts than the ones named here: a character that they lack is shown as a mark and listed.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from advisor.language import Language, listing, phrase
from advisor.report import charts
from advisor.show.blocks import (
    BarChart,
    Block,
    File,
    Line,
    LineChart,
    References,
    ReportModel,
    Section,
    shown,
    with_texts,
)

# The compiler's own Latin face has all of these; a test sets every one of them.
LATIN = "[ -~\u00a0-\u017f\u2010-\u2026]"
LACKING = "〓"
LISTED = 40
PIXELS_PER_INCH = 144
# Marks without a look of their own: joiners, soft hyphens, and the selectors of a character's variant.
_INVISIBLE = re.compile("[\n\t\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_COMPOSED = re.compile("[^\u0300-\u036f\u3099\u309a][\u0300-\u036f\u3099\u309a]+")
# A byte order mark has no place inside a text, and the font has this cross under one code point only.
_STAND_INS = str.maketrans({"\ufeff": "", "✕": "×"})


def render(report: ReportModel) -> File:
    """The whole report as PDF/UA, tagged for screen readers; the same bytes for the same report."""
    printable, lacking = printed(report)
    compiler = _compiler(data(printable, lacking))
    template, day = _template("report.typ"), datetime.combine(report.on, time(), UTC)
    compiled = compiler.compile(template, format="pdf", pdf_standards=["ua-1"], timestamp=day)
    return File(_pages(compiled)[0], lacking)


def pictures(report: ReportModel) -> list[bytes]:
    """Every chart of the report in reading order, as PNG."""
    printable, _ = printed(report)
    drawn = [
        _chart(block, report.language)["svg"]
        for block in printable.all_blocks()
        if isinstance(block, BarChart | LineChart)
    ]
    compiler = _compiler({"charts": drawn})
    compiled = compiler.compile(_template("charts.typ"), format="png", ppi=PIXELS_PER_INCH)
    return _pages(compiled) if drawn else []


def _pages(compiled: bytes | list[bytes] | None) -> list[bytes]:
    return compiled if isinstance(compiled, list) else [compiled or b""]


def printed(report: ReportModel) -> tuple[ReportModel, tuple[str, ...]]:
    """The report with a mark for every character that the fonts lack, and those characters, each once.

    >>> from datetime import date
    >>> from advisor.show.blocks import Section
    >>> empty = ReportModel("𠮷田", "", "ja", date(2026, 11, 22), "", Section("decision", "", ()), ())
    >>> printed(empty)[0].title, printed(empty)[1]
    ('〓田', ('𠮷',))
    """
    lacking: dict[str, None] = {}

    def printable(text: str) -> str:
        whole = _COMPOSED.sub(_composed, shown(text).translate(_STAND_INS))
        lacking.update(dict.fromkeys(mark for mark in whole if not _has(mark)))
        return "".join(mark if _has(mark) else LACKING for mark in whole)

    return with_texts(report, printable), tuple(lacking)


def data(report: ReportModel, lacking: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the template is given: the blocks as they are, and a picture in place of a chart's figures."""
    sections = [_section(section, report.language) for section in report.all_sections()]
    return {
        "title": report.title if report.title.strip() else "—",
        "subtitle": report.subtitle,
        "language": report.language,
        "contents": report.contents,
        "lacking": _note(lacking, report.language),
        "numbers": [
            row.number for block in report.all_blocks() if isinstance(block, References) for row in block.rows
        ],
        "decision": sections[0],
        "sections": sections[1:],
    }


def _composed(found: re.Match[str]) -> str:
    """A letter and its accent as one character, where there is one; fonts have few accents of their own."""
    return unicodedata.normalize("NFC", found.group())


def _has(mark: str) -> bool:
    return ord(mark) in _gothic() or re.match(LATIN, mark) is not None or _INVISIBLE.match(mark) is not None


def _note(lacking: tuple[str, ...], language: Language) -> str:
    if not lacking:
        return ""
    named = [f"U+{ord(mark):04X} {unicodedata.name(mark, '')}".strip() for mark in lacking[:LISTED]]
    note = phrase("report.lacking.note", language, mark=LACKING, listed=listing(named, language))
    more = len(lacking) - len(named)
    return note + phrase("report.lacking.more", language, more=more) if more else note


def _section(section: Section, language: Language) -> dict[str, Any]:
    blocks = [_block(block, language) for block in section.blocks]
    return {"heading": section.heading, "blocks": blocks}


def _block(block: Block, language: Language) -> dict[str, Any]:
    shape = (
        _chart(block, language)
        if isinstance(block, BarChart | LineChart)
        else {name: _plain(value) for name, value in vars(block).items()}
    )
    return {"is": "Chart" if "svg" in shape else type(block).__name__, **shape}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Line):
        return {"text": value.text, "sources": list(value.sources)}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(one) for name, one in vars(value).items()}
    return value


def _chart(chart: BarChart | LineChart, language: Language) -> dict[str, str]:
    return {"caption": chart.caption, "svg": charts.draw(chart, language, charts.PRINTED)}


def _template(name: str) -> bytes:
    return (Path(__file__).parent / name).read_bytes()


def _compiler(content: dict[str, Any]) -> typst.Compiler:
    """A compiler that knows what to write and has our fonts only, so that every machine sets the same page."""
    inputs = {"report": json.dumps(content, ensure_ascii=False), "latin": LATIN}
    return typst.Compiler(font_paths=_fonts(), sys_inputs=inputs)


def _font_folder() -> Path:
    """Where the font lies; the package itself would load matplotlib."""
    found = find_spec("matplotlib_fontja")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("matplotlib_fontja")
    return Path(found.submodule_search_locations[0]) / "fonts"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_font_folder())]
    )


@cache
def _gothic() -> frozenset[int]:
    """The code points that the Japanese font has a glyph for."""
    with TTFont(_font_folder() / "ipaexg.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())
