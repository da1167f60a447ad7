"""The content that ships: worked examples, templates and glossary, every line of them."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from unicodedata import normalize

import pytest

from advisor import plan
from advisor.checklist import checklist, read_answers
from advisor.dataset import example_file
from advisor.recommend import recommend
from pricing.sources import read_yaml

DATA = plan.EXAMPLES.parent.parent
EXAMPLES = DATA / "examples"
SPLITS = {"train": 70, "validation": 30, "test": 30}
LANGUAGES = ("ja", "en")

QUESTION = re.compile(r"なんで[^。、??]+の\?")
ONE_CHILD_FRIENDLY_SENTENCE = re.compile(r"[^。!?!?\n]+よ。")
KANA = re.compile(r"[ぁ-んァ-ヶ]")
PERSONAL = {
    "e-mail": re.compile(r"[\w.+-]+@[\w-]+\.\w"),
    "phone": re.compile(r"(?<!\d)(?:0\d{1,4}[-( ]\d{1,4}[-) ]\d{3,4}|0\d{9,10}|\+\d{8,})(?!\d)"),
    "postcode": re.compile(r"〒|(?<!\d)\d{3}-\d{4}(?!\d)"),
    "card": re.compile(r"(?:\d[ -]?){13,16}"),
    "link": re.compile(r"https?://|www\."),
}
INQUIRIES = {
    "inquiries.csv": (400, {"配送", "返品・交換", "支払い", "商品について", "アカウント", "不具合・故障"}),
    "inquiries_en.csv": (
        200,
        {"Delivery", "Returns & exchanges", "Payment", "Product question", "Account", "Fault or defect"},
    ),
}


def chat_lines(split: str) -> list[dict[str, Any]]:
    text = (EXAMPLES / f"why_bot_{split}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def pairs() -> Iterator[tuple[str, str]]:
    for split in SPLITS:
        for line in chat_lines(split):
            _, question, answer = (message["content"] for message in line["messages"])
            yield question, answer


def inquiries(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def repeated(texts: Iterator[str] | list[str]) -> list[str]:
    counts = Counter(re.sub(r"\s+", "", normalize("NFKC", text)).casefold() for text in texts)
    return [text for text, count in counts.items() if count > 1]


def likeness(one: str, other: str) -> float:
    """Shared character trigrams as a share of all of both, 0 to 1."""
    a, b = ({text[i : i + 3] for i in range(len(text) - 2)} for text in (one, other))
    return len(a & b) / max(1, len(a | b))


@pytest.mark.parametrize("split", SPLITS)
def test_each_chat_file_holds_the_published_number_of_rows(split: str) -> None:
    assert len(chat_lines(split)) == SPLITS[split]


@pytest.mark.parametrize("split", SPLITS)
def test_each_chat_line_is_plain_chat_format_with_one_system_prompt(split: str) -> None:
    lines = chat_lines(split)
    assert all(list(line) == ["messages"] for line in lines)
    assert {tuple(message["role"] for message in line["messages"]) for line in lines} == {
        ("system", "user", "assistant")
    }
    assert len({line["messages"][0]["content"] for line in lines}) == 1


def test_the_three_chat_files_share_the_system_prompt() -> None:
    assert len({line["messages"][0]["content"] for split in SPLITS for line in chat_lines(split)}) == 1


def test_a_child_asks_why_and_gets_one_short_friendly_sentence() -> None:
    for question, answer in pairs():
        assert QUESTION.fullmatch(question), question
        assert ONE_CHILD_FRIENDLY_SENTENCE.fullmatch(answer), answer
        assert KANA.search(answer), answer
        assert 20 <= len(answer) <= 60, answer


def test_no_question_or_answer_comes_twice_within_or_across_splits() -> None:
    questions, answers = zip(*pairs(), strict=True)
    assert len(questions) == 130
    assert repeated(list(questions)) == []
    assert repeated(list(answers)) == []


def test_no_pair_of_questions_or_answers_is_nearly_the_same() -> None:
    near = [
        (one, other)
        for column in zip(*pairs(), strict=True)
        for one, other in combinations(column, 2)
        if likeness(one, other) > 0.5
    ]
    assert near == []


@pytest.mark.parametrize("name", INQUIRIES)
def test_inquiries_have_the_rows_and_labels_they_promise(name: str) -> None:
    rows, labels = INQUIRIES[name]
    found = inquiries(name)
    assert len(found) == rows
    assert list(found[0]) == ["text", "label"]
    assert {row["label"] for row in found} == labels


@pytest.mark.parametrize("name", INQUIRIES)
def test_inquiry_classes_are_uneven_but_none_is_rare(name: str) -> None:
    counts = sorted(Counter(row["label"] for row in inquiries(name)).values())
    assert counts[0] >= 20
    assert 2 <= counts[-1] / counts[0] <= 3


@pytest.mark.parametrize("name", INQUIRIES)
def test_no_inquiry_comes_twice_and_none_is_empty(name: str) -> None:
    texts = [row["text"] for row in inquiries(name)]
    assert repeated(texts) == []
    assert all(text == text.strip() and len(text) > 2 for text in texts)


@pytest.mark.parametrize("name", INQUIRIES)
def test_inquiries_are_each_written_not_filled_into_a_template(name: str) -> None:
    texts = [row["text"] for row in inquiries(name)]
    near = [pair for pair in combinations(texts, 2) if likeness(*pair) > 0.5]
    assert len(near) <= 5


def test_inquiries_are_written_in_the_language_they_are_meant_for() -> None:
    japanese = [row["text"] for row in inquiries("inquiries.csv")]
    assert sum(bool(KANA.search(text)) for text in japanese) >= 395
    assert all(row["text"].isascii() for row in inquiries("inquiries_en.csv"))


@pytest.mark.parametrize("kind", PERSONAL)
def test_no_example_holds_personal_data(kind: str) -> None:
    texts = [text for pair in pairs() for text in pair]
    texts += [row["text"] for name in INQUIRIES for row in inquiries(name)]
    assert [text for text in texts if PERSONAL[kind].search(text)] == []


def test_the_personal_data_patterns_find_what_they_are_for() -> None:
    samples = {
        "e-mail": "連絡先は someone@example.com です",
        "phone": "電話は 03-0000-0000 まで",
        "postcode": "〒000-0000",
        "card": "4000 0000 0000 0000",
        "link": "https://example.com を見てください",
    }
    assert [kind for kind, text in samples.items() if not PERSONAL[kind].search(text)] == []


def test_every_example_file_ends_its_lines_in_the_same_way_and_has_no_byte_order_mark() -> None:
    for path in EXAMPLES.glob("*.*"):
        body = path.read_bytes()
        assert b"\r" not in body, path.name
        assert not body.startswith(b"\xef\xbb\xbf"), path.name
        assert body.endswith(b"\n"), path.name


def plans() -> Iterator[tuple[str, plan.Plan]]:
    for name in plan.example_names():
        yield f"example {name}", plan.example(name)
    for name in plan.template_names():
        yield f"template {name}", plan.template(name)


def test_the_examples_and_templates_are_all_there() -> None:
    assert plan.example_names() == ["inquiries", "why_bot", "why_bot_2024"]
    assert plan.template_names() == [
        "childrens_question_bot",
        "inquiry_classification",
        "minutes_summary",
        "product_chatbot",
    ]


@pytest.mark.parametrize(("name", "made"), list(plans()))
def test_every_shipped_plan_answers_questions_that_the_checklist_asks(name: str, made: plan.Plan) -> None:
    answers = read_answers(made.answers)
    assert "purpose" in answers.values
    assert set(made.answers) <= set(checklist().by_id)


@pytest.mark.parametrize("name", plan.template_names())
def test_no_template_claims_a_measurement(name: str) -> None:
    assert plan.template(name).evidence == {}


@pytest.mark.parametrize(("name", "made"), list(plans()))
def test_every_shipped_plan_has_a_title_in_each_language(name: str, made: plan.Plan) -> None:
    assert made.title.ja != made.title.en


@pytest.mark.parametrize(("name", "made"), list(plans()))
def test_every_shipped_plan_survives_being_written_and_read(name: str, made: plan.Plan) -> None:
    assert plan.from_yaml(made.to_yaml()) == made


def test_each_template_leads_where_such_a_team_would_begin() -> None:
    recommended = {
        name: recommend(made.answers, made.evidence, made.on, stated=made.stated).recommended
        for name in plan.template_names()
        for made in [plan.template(name)]
    }
    assert recommended["product_chatbot"] == "rag"
    assert recommended["inquiry_classification"] == "classical_ml"
    assert recommended["childrens_question_bot"] == "zero_shot"
    assert recommended["minutes_summary"] == "zero_shot"


@pytest.mark.parametrize("name", plan.example_names())
def test_every_worked_example_opens_a_file_that_ships(name: str) -> None:
    chosen = plan.example(name).inputs["data.file"]["example"]
    file, body = example_file(chosen)
    assert name in {chosen, f"{chosen}_2024"}
    assert file.startswith(chosen)
    assert body


def terms() -> list[dict[str, Any]]:
    return read_yaml(DATA / "glossary" / "terms.yaml")  # type: ignore[no-any-return]


def test_every_term_is_named_and_explained_in_both_languages() -> None:
    for term in terms():
        assert set(term) == {"id", "term", "means"}, term
        assert set(term["term"]) == set(term["means"]) == set(LANGUAGES), term
        assert re.fullmatch(r"(?:[^。]+。){1,2}", term["means"]["ja"]), term
        assert re.fullmatch(r"[A-Z].+\.", term["means"]["en"]), term


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_terms_share_an_id_or_a_name(language: str) -> None:
    assert repeated([term["id"] for term in terms()]) == []
    assert repeated([term["term"][language] for term in terms()]) == []
