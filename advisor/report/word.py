"""The report as a Word document: real headings, tables whose header repeats, and a Japanese font wherever text stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Draft
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as Written

from advisor.report import pdf
from advisor.show.blocks import (
    BarChart,
    Block,
    Items,
    Line,
    LineChart,
    Paragraph,
    References,
    ReportModel,
    Section,
    Table,
    shown,
    wide,
    with_texts,
)

LATIN, JAPANESE = "Calibri", "Yu Gothic"
STYLES = (
    "Normal",
    "Title",
    "Subtitle",
    "Heading 1",
    "Heading 2",
    "List Bullet",
    "List Bullet 2",
    "List Number",
)
INK, QUIET, LINK, WARNING = (
    RGBColor(0x1D, 0x24, 0x30), RGBColor(0x44, 0x44, 0x44), RGBColor(0x0B, 0x3D, 0x75), RGBColor(0x8A, 0x4B, 0x00),
)  # fmt: skip
MARGIN = Mm(18)
PICTURE = Mm(150)
TINT, RULE = "F3F5F8", "B8BEC8"
# Widths of columns: in characters, and what one character takes.
NARROWEST, WIDEST, CHARACTER = 7, 60, Mm(1.95)
TEXT_WIDTH = Mm(210) - 2 * MARGIN


def render(report: ReportModel) -> bytes:
    """The whole report as .docx, its charts as pictures."""
    safe = with_texts(report, shown)
    draft = Document()
    _set_up(draft, safe)
    writer = _Writer(draft, pdf.pictures(safe), _numbers(safe))
    writer.text(draft.add_paragraph(style="Title"), safe.title)
    writer.text(draft.add_paragraph(style="Subtitle"), safe.subtitle)
    writer.section(safe.decision)
    for place, section in enumerate(safe.sections):
        writer.section(section, on_new_page=place == 0)
    file = BytesIO()
    draft.save(file)
    return file.getvalue()


def _numbers(report: ReportModel) -> frozenset[int]:
    return frozenset(
        row.number for block in report.all_blocks() if isinstance(block, References) for row in block.rows
    )


def _set_up(draft: Draft, report: ReportModel) -> None:
    draft.core_properties.title = report.title[:255]
    draft.core_properties.author = ""
    draft.core_properties.comments = ""
    draft.core_properties.language = report.language
    draft.core_properties.created = draft.core_properties.modified = datetime.combine(report.on, time())
    page = draft.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = MARGIN
    for name in STYLES:
        _set_font(draft.styles[name], report.language)
    sizes = {"Normal": 10, "Title": 18, "Subtitle": 10, "Heading 1": 14, "Heading 2": 11}
    for name, size in sizes.items():
        style: Any = draft.styles[name]
        style.font.size, style.font.color.rgb, style.font.italic = Pt(size), INK, False
        style.paragraph_format.space_after = Pt(4)
        for spacing in style.element.rPr.findall(qn("w:spacing")):
            style.element.rPr.remove(spacing)
    draft.styles["Subtitle"].font.color.rgb = QUIET
    _number_pages(page.footer.paragraphs[0])


def _set_font(style: Any, language: str) -> None:
    """A style's fonts by name for every script: Word takes a theme's font before a named one."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    latin = JAPANESE if language == "ja" else LATIN
    for script, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", JAPANESE)):
        fonts.set(qn(f"w:{script}"), font)
    spoken = _element("w:lang", {"w:val": "en-US", "w:eastAsia": "ja-JP"})
    style.element.rPr.append(spoken)


def _number_pages(footer: Written) -> None:
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for field in ("PAGE", "NUMPAGES"):
        if field == "NUMPAGES":
            footer.add_run(" / ")
        footer._p.append(_field(field))


def _field(code: str) -> Any:
    field = _element("w:fldSimple", {"w:instr": code})
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    return field


def _element(name: str, attributes: dict[str, str]) -> Any:
    element = OxmlElement(name)
    for attribute, value in attributes.items():
        element.set(qn(attribute), value)
    return element


@dataclass
class _Writer:
    """Puts blocks at the end of a draft, in reading order."""

    draft: Draft
    pictures: list[bytes]
    numbers: frozenset[int]

    def section(self, section: Section, on_new_page: bool = False) -> None:
        heading = self.draft.add_paragraph(style="Heading 1")
        heading.paragraph_format.page_break_before = on_new_page or None
        self.text(heading, section.heading)
        for block in section.blocks:
            self._block(block)

    def text(self, paragraph: Written, text: str, bold: bool = False) -> None:
        """A text whose line breaks are kept as such."""
        run = paragraph.add_run(text)
        run.bold = bold or None

    def _line(self, paragraph: Written, line: Line, bold: bool = False) -> None:
        self.text(paragraph, line.text, bold)
        for number in line.sources:
            self._cite(paragraph, number)

    def _cite(self, paragraph: Written, number: int) -> None:
        run = paragraph.add_run(f" [{number}]")
        run.font.size = Pt(7.5)
        run.font.color.rgb = LINK
        if number in self.numbers:
            link = _element("w:hyperlink", {"w:anchor": f"source-{number}"})
            paragraph._p.append(link)
            link.append(run._r)

    def _caption(self, caption: str) -> None:
        if caption:
            self.text(self.draft.add_paragraph(style="Heading 2"), caption)

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._paragraph(block)
            case Items():
                self._items(block)
            case Table():
                self._table(block)
            case References():
                self._references(block)
            case BarChart() | LineChart():
                self._caption(block.caption)
                shape = self.draft.add_picture(BytesIO(self.pictures.pop(0)), width=PICTURE)
                shape._inline.docPr.set("descr", block.caption)

    def _paragraph(self, block: Paragraph) -> None:
        paragraph = self.draft.add_paragraph()
        self._line(paragraph, block.line, bold=block.tone == "lead")
        if block.tone in {"note", "warning"}:
            paragraph.paragraph_format.left_indent = Mm(3)
            _bar(paragraph, WARNING if block.tone == "warning" else QUIET)

    def _items(self, block: Items) -> None:
        self._caption(block.caption)
        for place, item in enumerate(block.items, 1):
            # Word counts numbered lists on through a document, so that a second one would not begin with 1.
            paragraph = self.draft.add_paragraph(style=None if block.numbered else "List Bullet")
            if block.numbered:
                paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = (
                    Mm(6),
                    Mm(-6),
                )
                self.text(paragraph, f"{place}. ")
            self._line(paragraph, item.line)
            for detail in item.details:
                self._line(self.draft.add_paragraph(style="List Bullet 2"), detail)

    def _table(self, block: Table) -> list[list[_Cell]]:
        """The table under its header, as wide as its texts want it; the cells of its rows."""
        rows = self._grid(block)
        for cells, lines in zip(rows, block.rows, strict=True):
            for cell, line, column in zip(cells, lines, block.columns, strict=True):
                paragraph = cell.paragraphs[0]
                self._line(paragraph, line)
                if column.figures:
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        return rows

    def _references(self, block: References) -> None:
        for cells, row in zip(self._table(block.as_table()), block.rows, strict=True):
            _bookmark(cells[0].paragraphs[0], f"source-{row.number}", row.number)
            if row.url.startswith(("https://", "http://")):
                _link(cells[1].paragraphs[0], row.url)

    def _grid(self, block: Table) -> list[list[_Cell]]:
        """An empty table under its header, and the cells to fill."""
        self._caption(block.caption)
        header = [column.label for column in block.columns]
        texts = [header, *([line.text for line in row] for row in block.rows)]
        table = self.draft.add_table(len(texts), len(header))
        table.autofit = False
        _rule(table)
        cells = _cells(table)
        for cell, label in zip(cells[0], header, strict=True):
            self.text(cell.paragraphs[0], label, bold=True)
            cell._tc.get_or_add_tcPr().append(_element("w:shd", {"w:val": "clear", "w:fill": TINT}))
        for place, row in enumerate(table.rows):
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader" if place == 0 else "w:cantSplit"))
        for column, width in enumerate(_widths(texts)):
            table.columns[column].width = width
            for row in cells:
                row[column].width = width
                row[column].paragraphs[0].paragraph_format.space_after = Pt(0)
        return cells[1:]


def _cells(table: Any) -> list[list[_Cell]]:
    """All cells by row; python-docx would count them anew for each row that is asked for."""
    width, cells = len(table.columns), table._cells
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def _widths(texts: list[list[str]]) -> list[Length]:
    """The width of each column by the longest line in it; on a full page the widest column gives way."""
    wants = [min(WIDEST, max(map(wide, column)) + 3) for column in zip(*texts, strict=True)]
    while sum(wants) > TEXT_WIDTH // CHARACTER and max(wants) > NARROWEST:
        wants[wants.index(max(wants))] -= 1
    return [Emu(int(want * CHARACTER)) for want in wants]


def _rule(table: Any) -> None:
    """A grey line under each row and no other."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(
            _element(f"w:{side}", {"w:val": "single", "w:sz": "4", "w:space": "0", "w:color": RULE})
        )
    table._tbl.tblPr.append(borders)


def _bar(paragraph: Written, colour: RGBColor) -> None:
    """A coloured line along the left of a paragraph."""
    borders = OxmlElement("w:pBdr")
    borders.append(
        _element("w:left", {"w:val": "single", "w:sz": "24", "w:space": "6", "w:color": str(colour)})
    )
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _bookmark(paragraph: Written, name: str, id: int) -> None:
    paragraph.runs[0]._r.addprevious(_element("w:bookmarkStart", {"w:id": str(id), "w:name": name}))
    paragraph._p.append(_element("w:bookmarkEnd", {"w:id": str(id)}))


def _link(paragraph: Written, url: str) -> None:
    """The paragraph's text as a link to a web address."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    link = _element("w:hyperlink", {"r:id": paragraph.part.relate_to(url, kind, is_external=True)})
    for run in paragraph.runs:
        run.font.color.rgb = LINK
        link.append(run._r)
    paragraph._p.append(link)
