"""The report says the same in every format and both languages, and shows whatever a user typed as it was typed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers import read_answer
from advisor.language import LANGUAGES, Language, money, number, percent, phrase
from advisor.plan import Plan, example, from_yaml, new_plan
from advisor.references import references as cited
from advisor.report import ReportModel, build, charts, html, markdown
from advisor.shapes import Unread
from advisor.show.blocks import (
    Bar,
    BarChart,
    Column,
    Item,
    Items,
    Line,
    LineChart,
    Paragraph,
    Point,
    Reference,
    References,
    Section,
    Table,
    shown,
)
from tests.test_drift import priced

HERE = Path(__file__).parent
ON = date(2026, 11, 22)
FULL = from_yaml((HERE / "samples" / "full_plan.yaml").read_text(encoding="utf-8"))
RENDERERS = {"md": markdown.render, "html": html.render}
MEASURED = {"costs", "data", "preparation", "baseline", "model", "memory", "evaluation"}
UNFRIENDLY = (
    "=1+1", "@SUM(A1)", "<script>alert(1)</script>", "![x](http://example.com/p.png)", "[a](javascript:alert(1))",
    "| a | b |", "$x$ costs $5", "&lt;b&gt;", "# no heading", "1. no list", "---", "`code`", "𠮷 😀 👩‍👩‍👧", "a\nb", "\\", "~~x~~",
)  # fmt: skip


@pytest.fixture(scope="module", params=LANGUAGES)
def full(request: pytest.FixtureRequest) -> ReportModel:
    return build(FULL, request.param, ON)


def lines(value: Any) -> Iterator[str]:
    """Every string of a model that a reader must find, figures of charts excepted: they stand in tables."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from lines(part)
    elif isinstance(value, Paragraph):
        yield value.line.text
    elif isinstance(value, BarChart | LineChart):
        return
    elif is_dataclass(value):
        for name in (one.name for one in fields(value)):
            if not (isinstance(value, Section) and name == "id") and not (
                isinstance(value, ReportModel) and name == "language"
            ):
                yield from lines(getattr(value, name))


class Page(HTMLParser):
    """The text of a page, and every tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read_markdown(text: str) -> str:
    """Markdown as a reader sees it: line breaks as such, backslashes before punctuation gone."""
    broken = re.sub(r"\\\n *(> )?|<br>", "\n", text)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", broken)


def read(form: str, report: ReportModel) -> str:
    text = RENDERERS[form](report)
    return read_markdown(text) if form == "md" else Page(text).text


def as_shown(text: str) -> str:
    """What stays of a text's white space on a page: each line without its ends."""
    return "\n".join(part.strip() for part in text.strip().split("\n"))


@pytest.mark.parametrize("form", RENDERERS)
def test_every_line_of_the_model_is_in_every_format(full: ReportModel, form: str) -> None:
    seen = as_shown(read(form, full))
    missing = [text for text in lines(full) if as_shown(text) not in seen]
    if form == "md":
        missing = [text for text in missing if text != full.contents]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", RENDERERS)
def test_the_full_report_is_the_golden_one(form: str, language: Language) -> None:
    """After a wanted change: UPDATE_GOLDEN=1 pytest tests/test_report.py, then read the difference."""
    golden = HERE / "golden" / f"report.{language}.{form}"
    text = RENDERERS[form](build(FULL, language, ON))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_both_languages_have_the_same_shape() -> None:
    def shape(report: ReportModel) -> list[tuple[str, list[tuple[str, int]]]]:
        return [
            (
                section.id,
                [(type(block).__name__, len(getattr(block, "rows", ()))) for block in section.blocks],
            )
            for section in report.all_sections()
        ]

    assert shape(build(FULL, "ja", ON)) == shape(build(FULL, "en", ON))


def test_no_section_of_the_full_plan_is_missing_or_unreadable(full: ReportModel) -> None:
    excuses = {phrase("report.unreadable", full.language)}
    excuses |= {phrase(f"report.{id}.missing", full.language) for id in MEASURED}
    assert not [line for line in lines(full) if any(excuse in line for excuse in excuses)]
    assert {section.id for section in full.sections} >= MEASURED


def test_the_first_page_holds_the_decision(full: ReportModel) -> None:
    told = [
        block
        for block in full.decision.blocks
        if not (isinstance(block, Paragraph) and block.tone in ("warning", "note"))
    ]
    kinds = [type(block) for block in told]
    assert kinds == [Paragraph, Paragraph, Paragraph, Items, Items, Items, Items, Items, Items]
    lead = told[0]
    assert isinstance(lead, Paragraph) and lead.tone == "lead"
    names = ("path.following", "path.change.caption", "path.aside", "report.figures.caption", "path.provisional",
             "report.open.caption")  # fmt: skip
    lists = {block.caption: block for block in full.decision.blocks if isinstance(block, Items)}
    assert list(lists) == [phrase(name, full.language) for name in names]
    following, changes, aside, key, provisional, open_questions = lists.values()
    assert following.numbered and 0 < len(following.items) <= 3
    assert changes.items and aside.items and provisional.items
    assert "$2.25" in "".join(lines(key))
    assert any("鈴木 & Co." in item.line.text for item in open_questions.items)


def test_every_answer_note_owner_and_override_is_in_the_report(full: ReportModel) -> None:
    everything = "\n".join(lines(full))
    notes = [note[key] for note in FULL.notes.values() for key in ("text", "by", "owner") if key in note]
    for said in [*notes, "0.14", "openai/gpt-4o-mini-2024-07-18.input_mtok"]:
        assert str(said) in everything


def test_every_figure_of_the_evidence_is_in_the_report(full: ReportModel) -> None:
    everything = set(lines(full))
    words = "\n".join(everything)
    assert [figure for figure in figures(full.language) if figure not in words] == []


def figures(language: Language) -> Iterator[str]:
    """Figures of the full plan's evidence, as its reader writes them."""
    evidence = FULL.to_json()["evidence"]
    for arm in evidence["cost"]["arms"]:
        yield from (
            money(Decimal(arm[name]), language) for name in ("once", "per_request", "per_month", "total")
        )
        yield from (money(Decimal(part["rate"]), language) for part in arm["parts"])
    yield from (number(pair["requests"], language) for pair in evidence["cost"]["break_even"])
    for score in (*evidence["baseline"]["scores"], *evidence["baseline"]["test_scores"]):
        yield from (number(score[name], language, 3) for name in ("mean", "low", "high"))
    yield from (number(size, language) for size in evidence["baseline"]["curve"]["predicted_sizes"])
    yield from (number(count, language) for count in evidence["dataset"]["labels"].values())
    yield from (number(evidence["dataset"]["tokens"][name], language) for name in ("total", "p95", "max"))
    yield number(evidence["model"]["context_length"], language)
    yield number(evidence["model"]["parameters"], language)
    yield number(evidence["memory"]["upper_gib"], language, 1)
    yield from (money(Decimal(evidence["memory"]["cost"][case]), language) for case in ("low", "high"))
    yield from (percent(row["rate"], language, 1) for row in evidence["evaluation"]["criteria"].values())


def test_every_cited_number_is_in_the_list_of_sources(full: ReportModel) -> None:
    listed = {row.number for row in references(full).rows}
    cited = set(citations(full))
    assert cited
    assert cited == listed


def citations(value: Any) -> Iterator[int]:
    if isinstance(value, Line):
        yield from value.sources
    elif isinstance(value, tuple):
        for part in value:
            yield from citations(part)
    elif is_dataclass(value):
        for one in fields(value):
            yield from citations(getattr(value, one.name))


def references(report: ReportModel) -> References:
    return next(
        block for section in report.sections for block in section.blocks if isinstance(block, References)
    )


def test_old_sources_are_said_to_be_stale(full: ReportModel) -> None:
    rows = references(full).rows
    later = references(build(FULL, full.language, date(2027, 12, 1))).rows
    assert any(row.stale for row in rows) and not all(row.stale for row in rows)
    assert all(row.stale for row in later)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_plan_has_a_report_that_says_what_would_fill_it(language: Language) -> None:
    report = build(new_plan(ON, language), language, ON)
    everything = set(lines(report))
    assert phrase("path.assumed.no_target", language) in everything
    missing = phrase("report.costs.missing", language)
    assert (
        phrase("report.missing.one", language, what=phrase("report.costs.heading", language), how=missing)
        in everything
    )


@pytest.mark.parametrize(
    "evidence",
    [
        {"cost": {"arms": "none"}},
        {"baseline": {"verdict": "llm_trial", "scores": 3}},
        {"model": {"id": "a/b", "checked": "yesterday"}},
        {"memory": {"total_gib": "much"}},
        {"dataset": {"tokens": {"p50": "x"}}},
        {"evaluation": {"criteria": {"a": 1}}},
        {"cost": {"arms": [{"ends": "soon", "id": "a"}]}},
    ],
)
def test_broken_evidence_costs_its_own_section_and_nothing_else(evidence: dict[str, Any]) -> None:
    report = build(replace(FULL, evidence={**FULL.evidence, **evidence}), "en", ON)
    (kind, shape), *_ = evidence.items()
    answer = read_answer(kind, shape)
    assert isinstance(answer, Unread)
    said = phrase("report.unreadable", "en", field=answer.field, found=answer.found)
    assert said in set(lines(report))
    assert report.decision.blocks


@pytest.mark.parametrize("text", UNFRIENDLY)
@pytest.mark.parametrize("form", RENDERERS)
def test_unfriendly_text_is_shown_as_it_is(form: str, text: str) -> None:
    report = build(unfriendly_plan(text), "ja", ON)
    assert read(form, report).count(as_shown(text)) >= 3


def unfriendly_plan(text: str) -> Plan:
    title = FULL.title.model_copy(update={"ja": f"題{text}"})
    notes = {"purpose": {"text": text, "by": text}}
    return replace(FULL, title=title, notes=notes, overrides={"facts": {"note": text}})


def test_nothing_a_user_types_becomes_a_tag_or_a_request() -> None:
    calm = Page(html.render(build(FULL, "ja", ON)))
    for text in UNFRIENDLY:
        page = Page(html.render(build(unfriendly_plan(text), "ja", ON)))
        assert {tag for tag, _ in page.tags} == {tag for tag, _ in calm.tags}


def test_the_page_asks_nothing_of_the_network(full: ReportModel) -> None:
    page = Page(html.render(full))
    assert {"script", "img", "iframe", "object", "form"}.isdisjoint(tag for tag, _ in page.tags)
    for tag, attributes in page.tags:
        assert "src" not in attributes and "style" not in attributes
        address = attributes.get("href") or ""
        assert tag in {"a", "link"} or not address
        assert address.startswith("data:") if tag == "link" else True
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'")
    assert "@import" not in html.render(full) and "url(" not in html.render(full)


def test_only_web_addresses_become_links() -> None:
    rows = (
        Reference(1, "https://example.com/a?b=1&c=2", "official", "2026-11-22"),
        Reference(2, "javascript:alert(1)", "judgement", "2026-11-22"),
    )
    section = Section("sources", "Sources", (References("c", ("n", "u", "k", "d", "m"), rows),))
    report = ReportModel("t", "s", "en", ON, "c", Section("decision", "d", ()), (section,))
    hrefs = [a["href"] for tag, a in Page(html.render(report)).tags if tag == "a"]
    assert hrefs == ["#sources", "https://example.com/a?b=1&c=2"]


@given(st.text(max_size=40))
def test_markdown_shows_any_text(text: str) -> None:
    safe = shown(text)
    assert read_markdown(markdown.escape(safe)) == safe


@given(st.text(max_size=40))
def test_any_text_survives_in_a_table_cell(text: str) -> None:
    table = Table("c", (Column("a"), Column("b")), ((Line(text), Line("end")),))
    report = ReportModel("t", "s", "en", ON, "c", Section("decision", "d", (table,)), ())
    row = markdown.render(report).splitlines()[-1]
    assert row.startswith("| ") and row.endswith(" | end |")
    assert as_shown(shown(text)) in as_shown(Page(html.render(report)).text)


def test_hidden_characters_are_written_out() -> None:
    assert Line("a\u202eb\x00\ud800").text == "a<U+202E>b<U+0000><U+D800>"
    assert Line("a\r\nb\u2028c").text == "a\nb\nc"


def test_half_characters_anywhere_do_not_break_the_file() -> None:
    title = FULL.title.model_copy(update={"ja": "題\ud800"})
    labels = FULL.evidence["dataset"].as_json() | {"labels": {"返品\ud800": 3}}
    plan = replace(FULL, title=title, notes={"purpose": {"text": "\udfff"}}, evidence={"dataset": labels})
    for render in RENDERERS.values():
        assert b"U+D800" in render(build(plan, "ja", ON)).encode("utf-8")


def test_a_table_refuses_a_row_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Table("c", (Column("a"),), ((Line("1"), Line("2")),))


BARS = BarChart(
    "c <b>",
    "F1 & co",
    (Bar("<script>", 0.8, "0.8", 0.7, 0.9), Bar("長い名前" * 20, 0.2, "0.2"), Bar("0", 0, "0")),
)
CURVE = LineChart(
    "c", "rows", "F1", (Point(10, 0.5), Point(40, 0.6), Point(80, 0.7, 0.6, 0.8, predicted=True))
)


@pytest.mark.parametrize(
    "chart", [BARS, CURVE, LineChart("c", "x", "y", (Point(5, 0.3),)), BarChart("c", "x", ())]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_is_well_formed_and_stays_inside_its_frame(
    chart: BarChart | LineChart, language: Language
) -> None:
    drawn = ElementTree.fromstring(charts.draw(chart, language))  # noqa: S314 - our own output
    width, height = (float(side) for side in drawn.attrib["viewBox"].split()[2:])
    for node in drawn.iter():
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", node.attrib.get("points", "")):
            assert 0 <= float(x) <= width and 0 <= float(y) <= height


def test_a_chart_shows_labels_as_text() -> None:
    drawn = ElementTree.fromstring(charts.draw(BARS, "en"))  # noqa: S314 - our own output
    assert "<script>" in [node.text for node in drawn.iter()]


def test_a_report_is_built_from_items_without_details_too() -> None:
    items = Items((Item(Line("a", (1, 2))),), "caption", numbered=True)
    report = ReportModel("t", "s", "en", ON, "c", Section("decision", "d", (items,)), ())
    assert "### caption\n\n1. a \\[1\\] \\[2\\]" in markdown.render(report)


# A plan of an earlier day.


@pytest.mark.parametrize(
    ("language", "headline", "closed"),
    [
        ("ja", "結論に響く変化がありました", "2026年5月7日から申し込めません"),
        ("en", "something changed that bears on it", "closed since 7 May 2026"),
    ],
)
def test_a_plan_of_2024_is_reported_on_today_s_facts_and_says_what_changed(
    language: Language, headline: str, closed: str
) -> None:
    plan = example("why_bot_2024")
    report = build(plan, language, ON)
    first = "\n".join(lines(report.decision))
    changed = next(section for section in report.sections if section.id == "since")
    assert headline in first and closed in "\n".join(lines(changed))
    other = {"ja": "先に「提供の続くモデルを選ぶ」", "en": "First choose a model that is still served"}
    assert other[language] in first
    assert "since" not in {section.id for section in build(plan, language, plan.on).sections}


def test_a_scenario_that_cannot_be_read_leaves_the_report_with_its_own_figures() -> None:
    plan = example("why_bot_2024")
    cost = plan.evidence["cost"].as_json() | {"scenario": {"months": "soon"}}
    report = build(plan.put("evidence.cost", cost), "en", ON)
    told = next(section for section in report.sections if section.id == "since")
    assert "could not be computed again" in "\n".join(lines(told))
    assert "$5.46" in "\n".join(lines(report))


def test_how_a_source_was_read_is_told_in_the_reader_s_language() -> None:
    read = [reference.read for reference in cited().values() if reference.read]
    assert len(read) > 50
    assert all(re.search("[ぁ-んァ-ヶ一-龠]", text.ja) and text.en.isascii() for text in read)
    notes = [
        row.note
        for block in build(FULL, "ja", ON).all_blocks()
        if isinstance(block, References)
        for row in block.rows
    ]
    assert any("公開の写しで確認" in note for note in notes)
    assert not [note for note in notes if "read in" in note or "abstract" in note]


@pytest.mark.parametrize("language", LANGUAGES)
def test_costs_call_arms_as_people_do_and_tell_two_of_a_kind_apart(language: Language) -> None:
    report = build(example("why_bot").put("evidence.cost", priced("today", ON)), language, ON)
    costs = "\n".join(lines(next(section for section in report.sections if section.id == "costs")))
    assert "fine_tuned" not in costs and "few_shot" not in costs
    opening, closing = ("（", "）") if language == "ja" else ("(", ")")
    assert (
        f"{opening}tinker/qwen3-8b{closing}" in costs
        and f"{opening}aws-bedrock/nova-2-lite{closing}" in costs
    )
    share = phrase("report.costs.odds.caption", language)
    assert share in costs and phrase("report.costs.bands.caption", language) in costs


def test_an_arm_at_the_teams_own_rates_says_so_wherever_it_is_named() -> None:
    cost = FULL.evidence["cost"].as_json()
    first, *others = cost["arms"]
    mine = {**cost, "arms": [{**first, "own_rates": {"input_mtok": "0.1"}}, *others]}
    plan = replace(FULL, on=ON, evidence={**FULL.evidence, "cost": {**mine, "scenario": None}})
    said = markdown.render(build(plan, "en", ON))
    before = markdown.render(
        build(replace(plan, evidence={**FULL.evidence, "cost": {**cost, "scenario": None}}), "en", ON)
    )
    assert "(your rates)" not in before
    assert said.count("(your rates)") >= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_arm_called_like_a_line_of_a_bill_or_a_standing_renames_nothing_else(language: Language) -> None:
    cost = FULL.evidence["cost"].as_json()
    first, *others = cost["arms"]
    called = {first["id"]: "input", others[0]["id"]: "open"}
    arms = [{**arm, "id": called.get(arm["id"], arm["id"]), "own_rates": {"x": "1"}} for arm in cost["arms"]]
    mine = {**cost, "arms": arms, "break_even": [], "uncertainty": None, "scenario": None}
    plan = replace(FULL, on=ON, evidence={"cost": mine})
    costs = next(section for section in build(plan, language, ON).sections if section.id == "costs")
    totals, bill = (block for block in costs.blocks if isinstance(block, Table))
    assert {row[0].text.split("\n")[0] for row in totals.rows} >= {
        phrase("cost.arms.own_rates", language, arm=id) for id in called.values()
    }
    parts = {part["id"] for arm in cost["arms"] for part in arm["parts"]}
    assert {row[1].text for row in bill.rows} == {phrase(f"cost.part.{id}", language) for id in parts}
    mark = phrase("cost.arms.own_rates", language, arm="")
    assert not [row[-1].text for row in totals.rows if mark in row[-1].text]
