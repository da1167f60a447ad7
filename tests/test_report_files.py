"""PDF, Word and Excel hold what the model says, in both languages, and whatever a user typed stays text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from advisor.cli import main
from advisor.language import LANGUAGES, Language, _phrases, money, number, percent
from advisor.report import ReportModel, build, excel, pdf, word
from advisor.report.formats import MEDIA_TYPES, write
from advisor.show.blocks import (
    BarChart,
    Column,
    Items,
    Line,
    LineChart,
    Paragraph,
    Reference,
    References,
    Section,
    Table,
    shown,
)
from tests.test_report import FULL, HERE, ON, UNFRIENDLY, as_shown, figures, lines, unfriendly_plan

TYPST_MARKUP = (
    "#let x = 1",
    "$x$",
    "@ref <label>",
    '#image("/etc/passwd")',
    "_a_ *b* = c",
    "\\u{41}",
    "]#panic()[",
)


@pytest.fixture(scope="module", params=LANGUAGES)
def full(request: pytest.FixtureRequest) -> ReportModel:
    return build(FULL, request.param, ON)


def read_word(file: bytes) -> str:
    """Every paragraph of the body and of its tables, line breaks as such."""
    signs = {qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:tab"): "\t"}
    paragraphs = Document(BytesIO(file)).element.body.iter(qn("w:p"))
    return "\n".join(
        "".join(signs.get(node.tag, node.text or "") for node in one.iter(qn("w:t"), *signs))
        for one in paragraphs
    )


def read_excel(file: bytes) -> list[Any]:
    """Every cell of every sheet."""
    book = CalamineWorkbook.from_filelike(BytesIO(file))
    return [
        cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row
    ]


def read_pdf(report: ReportModel) -> str:
    """What the template is given, which is all that it shows."""
    printable, lacking = pdf.printed(report)
    return "\n".join(texts(pdf.data(printable, lacking)))


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def figured(report: ReportModel) -> Iterator[Line]:
    for block in report.all_blocks():
        if isinstance(block, Table):
            yield from (line for row in block.rows for line in row if line.figures)


def test_every_line_of_the_model_is_in_the_word_file(full: ReportModel) -> None:
    seen = as_shown(read_word(word.render(full)))
    assert [text for text in lines(full) if as_shown(text) not in seen] == [full.contents]


def test_every_line_of_the_model_is_in_the_workbook_and_every_figure_as_a_number(full: ReportModel) -> None:
    cells = read_excel(excel.render(full))
    said = as_shown("\n".join(cell for cell in cells if isinstance(cell, str)))
    numbers = {cell for cell in cells if isinstance(cell, float)}
    counted = {line.text for line in figured(full) if {float(figure) for figure in line.figures} <= numbers}
    missing = [text for text in lines(full) if text not in counted and as_shown(text) not in said]
    assert missing == [full.contents]


def test_every_line_of_the_model_is_set_in_the_pdf(full: ReportModel) -> None:
    printable, _ = pdf.printed(full)
    seen = read_pdf(full)
    assert [text for text in lines(printable) if text not in seen] == []
    assert [figure for figure in figures(full.language) if figure not in seen] == []


def test_costs_are_numbers_that_excel_shows_as_the_report_says_them(full: ReportModel) -> None:
    numbers = {cell for cell in read_excel(excel.render(full)) if isinstance(cell, float)}
    for arm in FULL.evidence["cost"].as_json()["arms"]:
        for name in ("once", "per_request", "per_month", "total"):
            assert float(arm[name]) in numbers
    for line in figured(full):
        for text, figure in zip(line.text.split("\n"), line.figures, strict=True):
            assert excel.number_format(text, figure) is not None


@given(st.decimals(0, 10**9, places=6), st.sampled_from(LANGUAGES))
def test_every_figure_has_a_number_format(value: Decimal, language: Language) -> None:
    said = [money(value, language), money(value, language, "JPY"), number(value, language, 2)]
    assert all(excel.number_format(text, value) for text in said)
    assert excel.number_format(percent(value, language, 1), value)


def test_a_figure_that_the_text_does_not_say_stays_text() -> None:
    line = Line("about 3", figures=(Decimal(5),))
    assert "about 3" in read_excel(excel.render(small(Table("c", (Column("a"),), ((line,),)))))


def small(*blocks: Any) -> ReportModel:
    return ReportModel("t", "s", "en", ON, "c", Section("decision", "d", blocks), ())


def test_unfriendly_text_is_text_in_every_file() -> None:
    unfriendly = (*UNFRIENDLY, *TYPST_MARKUP)
    report = build(unfriendly_plan("\n".join(unfriendly)), "ja", ON)
    said = [cell for cell in read_excel(excel.render(report)) if isinstance(cell, str)]
    seen = (as_shown("\n".join(said)), as_shown(read_word(word.render(report))), as_shown(read_pdf(report)))
    for text in unfriendly:
        printable = pdf.printed(small(Paragraph(Line(text))))[0].decision.blocks[0].line.text
        assert [one.count(as_shown(text)) >= 3 for one in seen[:2]] == [True, True], text
        assert seen[2].count(as_shown(printable)) >= 3, text
    assert is_accessible(pdf.render(report).content)


def is_accessible(file: bytes) -> bool:
    return file.startswith(b"%PDF-") and b"pdfuaid" in file


@pytest.mark.parametrize("text", ["{0}", "{", "{name}", "}"])
def test_braces_in_a_title_are_text(text: str) -> None:
    assert build(unfriendly_plan(text), "ja", ON).title == f"題{text}"


def test_nothing_a_user_types_becomes_a_formula_or_a_link() -> None:
    for text in ("=1+1", "http://example.com", "+1", '=HYPERLINK("http://example.com")', "1e5"):
        plan = unfriendly_plan(text)
        with ZipFile(BytesIO(excel.render(build(plan, "ja", ON)))) as book:
            sheets = [
                book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/")
            ]
        assert sheets
        assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)


def test_only_web_addresses_become_links_in_word() -> None:
    rows = (
        Reference(1, "https://example.com/a?b=1&c=2", "official", "2026-11-22"),
        Reference(2, "javascript:alert(1)", "judgement", "2026-11-22"),
    )
    file = word.render(small(References("c", ("n", "u", "k", "d", "m"), rows)))
    links = [one.target_ref for one in Document(BytesIO(file)).part.rels.values() if one.is_external]
    assert links == ["https://example.com/a?b=1&c=2"]
    assert "javascript:alert(1)" in read_word(file)


def test_the_pdf_marks_and_lists_what_its_fonts_lack(full: ReportModel) -> None:
    file = pdf.render(replace(full, title="𠮷田と😀と한"))
    assert {"𠮷", "😀", "한"} <= set(file.lacking)
    printable, lacking = pdf.printed(replace(full, title="𠮷田と😀と한"))
    assert printable.title == "〓田と〓と〓"
    note = pdf.data(printable, lacking)["lacking"]
    for code in ("U+20BB7", "U+1F600 GRINNING FACE", "U+D55C"):
        assert code in note


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\ufe0f", "\u3000", "\n"])
def test_a_text_that_shows_nothing_makes_an_accessible_pdf_too(text: str) -> None:
    table = Table(text, (Column(text),), ((Line(text),),))
    assert is_accessible(pdf.render(replace(small(table, BarChart(text, text, ())), title=text)).content)


@pytest.mark.parametrize(
    "url", ["https://", "http://a b<c>\n", "https://" + "x" * 9000, "https://例え.jp/𠮷"]
)
def test_no_address_breaks_the_pdf(url: str) -> None:
    sources = References("c", ("n", "u", "k", "d", "m"), (Reference(1, url, "official", "2026-11-22"),))
    assert is_accessible(pdf.render(small(sources)).content)


def test_a_report_without_such_characters_has_no_such_note() -> None:
    calm = small(Paragraph(Line("髙﨑①㈱~¥ “é” – か\u3099 葛\U000e0100 a\u200db")))
    printable, lacking = pdf.printed(calm)
    assert lacking == ()
    assert pdf.data(printable, lacking)["lacking"] == ""
    assert "が" in read_pdf(calm)


def test_the_fonts_have_every_character_that_the_product_itself_says() -> None:
    phrases = "\n".join(text.ja + text.en for text in _phrases().values())
    said = re.sub(r":[a-z]+\[.\]", "", phrases)
    assert pdf.printed(small(Paragraph(Line(said))))[1] == ()


def test_our_own_look_up_agrees_with_the_compiler() -> None:
    """PDF/UA refuses a text with a character that no font has, so setting them all is the proof."""
    latin = "".join(mark for code in range(0x2027) if re.match(pdf.LATIN, mark := chr(code)))
    japanese = "".join(map(chr, sorted(pdf._gothic())))
    for language in LANGUAGES:
        report = replace(small(Paragraph(Line(latin)), Paragraph(Line(japanese))), language=language)
        file = pdf.render(report)
        assert file.lacking == ()
        assert is_accessible(file.content)


def test_the_pdf_has_pages_bookmarks_and_its_title(full: ReportModel) -> None:
    file = pdf.render(full).content
    assert len(re.findall(rb"/Type\s*/Page\b", file)) > 3
    assert file.count(b"/Title") > len(full.all_sections())
    assert b"/Outlines" in file and b"/StructTreeRoot" in file
    assert file == pdf.render(full).content


def test_word_has_headings_repeated_headers_pictures_and_a_japanese_font(full: ReportModel) -> None:
    draft = Document(BytesIO(word.render(full)))
    headings = [one.text for one in draft.paragraphs if one.style.name == "Heading 1"]
    assert headings == [section.heading for section in full.all_sections()]
    assert draft.tables
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in draft.tables)
    charts = [block for block in full.all_blocks() if isinstance(block, BarChart | LineChart)]
    assert len(draft.inline_shapes) == len(charts) > 0
    for style in ("Normal", "Heading 1", "Heading 2", "Title"):
        fonts = draft.styles[style].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "Yu Gothic"
        assert not any("heme" in attribute for attribute in fonts.attrib)


def test_every_citation_in_word_leads_to_its_source(full: ReportModel) -> None:
    body = Document(BytesIO(word.render(full))).element.body
    places = {one.get(qn("w:name")) for one in body.iter(qn("w:bookmarkStart"))}
    aims = {one.get(qn("w:anchor")) for one in body.iter(qn("w:hyperlink"))} - {None}
    assert aims and aims <= places


def test_a_workbook_has_a_sheet_for_each_section_and_native_charts(full: ReportModel) -> None:
    file = excel.render(full)
    names = CalamineWorkbook.from_filelike(BytesIO(file)).sheet_names
    assert names == [section.heading for section in full.all_sections()]
    with ZipFile(BytesIO(file)) as book:
        drawn = [name for name in book.namelist() if name.startswith("xl/charts/chart")]
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/s")]
    assert len(drawn) == sum(isinstance(block, BarChart | LineChart) for block in full.all_blocks())
    assert all('state="frozen"' in sheet for sheet in sheets)


def test_sheets_take_any_heading() -> None:
    heads = ["a/b:c*d?[e]", "A b c d  e", "'quoted'", "長" * 40, "長" * 50, ""]
    report = replace(small(), sections=tuple(Section("s", head, ()) for head in heads))
    names = CalamineWorkbook.from_filelike(BytesIO(excel.render(report))).sheet_names
    assert len({name.casefold() for name in names}) == len(heads) + 1
    assert all(len(name) <= 31 for name in names)


def test_a_text_longer_than_a_cell_loses_nothing() -> None:
    long = "字" * 70_000
    report = small(Paragraph(Line(long)), Table("c", (Column("a"), Column("b")), ((Line(long), Line("b")),)))
    cells = [cell for cell in read_excel(excel.render(report)) if isinstance(cell, str)]
    assert sum(cell.count("字") for cell in cells) == 140_000
    assert read_word(word.render(report)).count("字") == 140_000


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_survives_in_every_file(text: str) -> None:
    table = Table(text, (Column(text), Column("b", True)), ((Line(text, (1,)), Line(text)),))
    report = replace(small(Paragraph(Line(text)), Items((), text), table), title=text)
    assert as_shown(shown(text)) in as_shown(read_word(word.render(report)))
    assert as_shown(shown(text)) in as_shown("\n".join(map(str, read_excel(excel.render(report)))))
    assert is_accessible(pdf.render(report).content)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_the_command_line_writes_every_format(
    form: str, language: Language, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = HERE / "samples" / "full_plan.yaml"
    out = tmp_path / f"report.{form}"
    asked = ["report", str(plan), "--format", form, "--out", str(out), "--on", ON.isoformat()]
    assert main([*asked, "--lang", language, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["file"], answer["format"]) == (str(out), form)
    assert (set(answer["lacking"]) == {"😀", "𠮷"}) is (form == "pdf")
    if form != "docx":
        assert out.read_bytes() == write(build(FULL, language, ON), form).content


@pytest.mark.parametrize("form", ["pdf", "docx", "xlsx"])
def test_a_file_that_is_no_text_needs_a_place(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(HERE / "samples" / "full_plan.yaml"), "--format", form, "--lang", "en"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and "--out" in said.err


def test_a_format_is_loaded_when_it_is_asked_for_and_matplotlib_never() -> None:
    code = (
        "import sys, datetime, advisor.report.formats as f, advisor.__main__\n"
        "from advisor.show.blocks import ReportModel, Section\n"
        "heavy = {'typst', 'docx', 'xlsxwriter', 'fontTools', 'matplotlib'}\n"
        "early = heavy & set(sys.modules)\n"
        "report = ReportModel('t', 's', 'ja', datetime.date(2026, 11, 22), 'c', Section('d', 'd', ()), ())\n"
        "[f.write(report, form) for form in f.MEDIA_TYPES]\n"
        "print(sorted(early), 'matplotlib' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[0] == "[] False"
