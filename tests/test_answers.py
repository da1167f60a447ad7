"""Each kind of answer is one module and its phrases; what a new one lacks is named here."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from advisor.answers import FINDINGS, KINDS, findings_of, read_answer
from advisor.language import LANGUAGES, Language, phrase, phrase_keys
from advisor.pages import PAGES
from advisor.plan import example, example_names, new_plan
from advisor.recommend.reasons import with_unit
from advisor.report import build
from advisor.shapes import Answer, Unread
from advisor.show.blocks import Block, Paragraph

ON = date(2026, 11, 22)
ANSWERS = [
    (name, kind, answer) for name in example_names() for kind, answer in example(name).evidence.items()
]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_says_what_it_is_called_and_which_page_gives_it(name: str) -> None:
    kind = KINDS[name]
    assert name == kind.NAME
    assert kind.PAGE in {page.name for page in PAGES}, f"{name}: PAGE is none of the pages"
    assert kind.__doc__, f"{name}: its docstring says which page or command gives it"
    places = [other.PLACE for other in KINDS.values()]
    assert places.count(kind.PLACE) == 1, f"{name}: another kind has the same PLACE"


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_with_a_section_has_its_heading_and_what_would_fill_it(name: str) -> None:
    section = KINDS[name].SECTION
    wanted = {f"report.{section}.heading", f"report.{section}.missing"} if section else set()
    assert wanted <= phrase_keys(), f"{name}: phrases are missing"


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_finding_belongs_to_one_family_of_kinds_and_its_words_are_said(finding: str) -> None:
    of = [kind for kind in KINDS.values() if finding in kind.FINDINGS]
    assert len({repr(kind.FINDINGS[finding]) for kind in of}) == 1
    words = FINDINGS[finding] if isinstance(FINDINGS[finding], tuple) else ()
    for word in words if isinstance(words, tuple) else ():
        assert all(with_unit(finding, word, language) for language in LANGUAGES), f"{finding}: {word}"


@pytest.mark.parametrize(
    ("plan", "kind", "answer"), ANSWERS, ids=[f"{plan}-{kind}" for plan, kind, _ in ANSWERS]
)
def test_an_answer_comes_back_from_its_json_as_it_was(plan: str, kind: str, answer: Answer) -> None:
    assert read_answer(kind, answer.as_json()) == answer
    assert set(findings_of({kind: answer})) <= set(KINDS[kind].FINDINGS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [{}, {"on": []}, {"arms": 3}, {"scores": {"a": 1}}, {"criteria": "x"}])
def test_no_json_at_all_breaks_the_door(kind: str, shape: dict[str, Any]) -> None:
    found = read_answer(kind, shape)
    assert found.as_json().items() >= shape.items() or not isinstance(found, Unread)
    assert isinstance(findings_of({kind: found}), dict)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_of_ours_in_a_section_is_logged_and_called_ours(
    language: Language, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Answer, voice: object) -> Iterable[Block]:
        raise KeyError("scores")

    plan = example("inquiries")
    monkeypatch.setattr(type(plan.evidence["baseline"]), "blocks", broken)
    with caplog.at_level(logging.ERROR, "advisor.report"):
        report = build(plan, language, plan.on)
    (section,) = [section for section in report.sections if section.id == "baseline"]
    (told,) = section.blocks
    assert isinstance(told, Paragraph) and told.line.text == phrase("report.our_fault", language)
    assert [record.exc_info is not None for record in caplog.records] == [True]
    assert len(report.sections) > 5


def test_the_newest_word_on_a_kind_that_is_not_known_is_kept() -> None:
    plan = replace(new_plan(ON), evidence={"of_tomorrow": {"a": 1}})
    assert plan.to_json()["evidence"] == {"of_tomorrow": {"a": 1}}
    assert build(plan, "en", ON).sections
