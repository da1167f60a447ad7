"""XLSX files made by hand, also such as no honest program writes."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

Cell = str | float | bool | None


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]] | str],
    hidden: Collection[str] = (),
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """A workbook of these sheets, each given as rows of cells or as the XML inside its `worksheet` element."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"{HIDDEN if name in hidden else ""}/>'
        for i, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    office = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    files = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{office}</Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
    }
    for i, content in enumerate(sheets.values(), 1):
        inside = content if isinstance(content, str) else _rows(content)
        files[f"xl/worksheets/sheet{i}.xml"] = f'{HEAD}<worksheet xmlns="{MAIN}">{inside}</worksheet>'
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**files, **(parts or {})}.items():
            archive.writestr(name, text)
    return body.getvalue()


HIDDEN = ' state="hidden"'


def shared_strings(*texts: str) -> dict[str, str]:
    """The part that holds texts which many cells share; a cell names one by `t="s"` and its place."""
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return {"xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{items}</sst>'}


def _rows(rows: Sequence[Sequence[Cell]]) -> str:
    lines = (
        f'<row r="{r}">'
        + "".join(_cell(f"{chr(64 + c)}{r}", value) for c, value in enumerate(row, 1))
        + "</row>"
        for r, row in enumerate(rows, 1)
    )
    return "<sheetData>" + "".join(lines) + "</sheetData>"


def _cell(place: str, value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
