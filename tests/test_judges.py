"""LLM judges and blinded sheets: prompts that hold what they should, and nothing that gives a system away."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from advisor.evaluation import evaluate
from advisor.evaluation.blinding import Answer, BlindSheet, answers_from_table, blind_sheet, read_key
from advisor.evaluation.judges import (
    ItemTokens,
    JudgePlan,
    Wins,
    count_wins,
    designs,
    fill,
    judging_cost,
    prompt,
    rubric_for,
    rubrics,
    safeguards,
    with_people,
)
from advisor.evaluation.scoresheets import can_name_a_criterion, read_score_sheet
from advisor.language import LANGUAGES, Language
from advisor.tasks import tasks
from baselines.cells import FORMULA_STARTS
from baselines.reading import read_table
from pricing import Problem
from pricing.book import price_book
from pricing.tokens import count_texts

ON = date(2026, 11, 22)
MODEL = "openai/gpt-4o-mini-2024-07-18"
CRITERIA = [("口調", "やさしい言葉だけを使う。"), ("簡潔さ", "一文で答える。")]


# Prompts.


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reference", [True, False])
@pytest.mark.parametrize("id", sorted(designs()))
def test_a_prompt_holds_the_criteria_and_leaves_only_the_items_places(
    id: str, reference: bool, language: Language
) -> None:
    design = designs()[id]
    text = prompt(design, CRITERIA, language, reference)
    places = {"question"} | ({"answer"} if design.answers == 1 else {"answer_a", "answer_b"})
    assert all(f"{name}: {passes}" in text for name, passes in CRITERIA)
    assert {
        place
        for place in ("question", "answer", "answer_a", "answer_b", "reference")
        if f"{{{place}}}" in text
    } == (places | ({"reference"} if reference else set()))
    assert "{criteria}" not in text and "{reference_part}" not in text
    assert "JSON" in text


def test_what_an_answer_says_is_never_read_as_a_place() -> None:
    text = fill("{question}|{answer}", question="見て {answer} {x}", answer="{question}")
    assert text == "見て {answer} {x}|{question}"


def test_a_judge_needs_something_to_judge_by() -> None:
    with pytest.raises(Problem, match="judge_without_criteria"):
        prompt(designs()["binary"], [], "ja", False)


def test_rubrics_name_known_tasks_and_usable_criteria() -> None:
    known = set(tasks())
    for rubric in rubrics().values():
        assert set(rubric.tasks) <= known | {"other"}
        for criterion in rubric.criteria:
            assert can_name_a_criterion(criterion.name.ja) and can_name_a_criterion(criterion.name.en)
    assert rubric_for("machine_translation").id == "translation"


def test_every_safeguard_concerns_a_design_and_every_design_has_some() -> None:
    concerned = Counter(design for safeguard in safeguards() for design in safeguard.designs)
    assert set(concerned) == set(designs())


# Cost.


def test_judging_costs_calls_times_tokens_times_price() -> None:
    template = prompt(designs()["binary"], CRITERIA, "ja", False)
    plan = JudgePlan(designs()["binary"], (MODEL,), items=30, systems=2)
    (cost,) = judging_cost(plan, template, ItemTokens(20, 60, output=100), price_book(), ON)
    price = price_book().inference(MODEL, ON)
    bare = template.replace("{question}", "").replace("{answer}", "")
    per_call = count_texts([bare], MODEL).total + 80
    assert (cost.calls, cost.input_tokens) == (60, 60 * per_call)
    assert price.input_mtok is not None and price.output_mtok is not None
    assert cost.amount == 60 * (per_call * price.input_mtok + 100 * price.output_mtok) / Decimal(1_000_000)


def test_pairs_are_asked_in_both_orders() -> None:
    pairwise = designs()["pairwise"]
    assert JudgePlan(pairwise, (MODEL,), items=30, systems=2).calls_per_judge == 60
    assert JudgePlan(pairwise, (MODEL,), items=30, systems=3, repeats=2).calls_per_judge == 360
    with pytest.raises(Problem, match="pairwise_needs_two_systems"):
        judging_cost(JudgePlan(pairwise, (MODEL,), 30), "x", ItemTokens(1, 1), price_book(), ON)


def test_a_panel_costs_the_sum_of_its_judges() -> None:
    plan = JudgePlan(designs()["binary"], (MODEL, "openai/gpt-4o-2024-08-06"), items=10)
    costs = judging_cost(plan, "{question}", ItemTokens(100, 100), price_book(), ON)
    assert [cost.model for cost in costs] == list(plan.judges)
    assert costs[0].amount < costs[1].amount


# A judge against people.


def test_a_judge_is_held_against_the_majority_of_people() -> None:
    people = {
        "佐藤": [1, 1, 0, 0, 1, 1, 0, 1],
        "鈴木": [1, 1, 0, 1, 1, 0, 0, 1],
        "田中": [1, 0, 0, 0, 1, 1, 0, 1],
    }
    judge = [1, 1, 0, 0, 1, 0, 1, 1]
    rows = "item_id,rater,口調\n" + "".join(
        f"{item},{rater},{score}\n"
        for rater, scores in {**people, "llm": judge}.items()
        for item, score in enumerate(scores)
    )
    sheet = read_score_sheet(read_table(rows.encode(), "s.csv"))
    majority = [int(sum(votes) >= 2) for votes in zip(*people.values(), strict=True)]
    found = with_people(sheet, "llm")["口調"]
    assert found.answers == 8
    assert found.cohen_kappa == pytest.approx(cohen_kappa_score(judge, majority), abs=1e-9)
    with pytest.raises(Problem, match="no_such_rater"):
        with_people(sheet, "gpt")


def test_a_win_needs_both_orders() -> None:
    wins = count_wins(["A", "A", "B", "tie", "B", "A"], ["B", "A", "A", "tie", "B", "tie"])
    assert wins == Wins(first=1, second=1, ties=4, swayed=2)
    assert wins.p == 1.0
    assert Wins(0, 0, 5, 0).p == 1.0
    assert Wins(9, 1, 0, 0).p == pytest.approx(0.021484375)


# Blinded sheets.


def answers(items: int = 12, systems: tuple[str, ...] = ("base", "tuned")) -> list[Answer]:
    return [
        Answer(f"q{n}", system, f"質問{n}", f"{system}の答え{n}") for n in range(items) for system in systems
    ]


def filled(sheet: BlindSheet, score: dict[str, str]) -> bytes:
    """The sheet as a rater sends it back who passes exactly what `score` says of each system."""
    rows = list(csv.reader(io.StringIO(sheet.csv().decode("utf-8-sig"))))
    place = {name: rows[0].index(name) for name in ("item_id", "system", "rater", "口調")}
    for row in rows[1:]:
        row[place["rater"]] = "佐藤"
        row[place["口調"]] = score[sheet.key[row[place["item_id"]]][row[place["system"]]]]
    body = io.StringIO()
    csv.writer(body).writerows(rows)
    return body.getvalue().encode("cp932")


def test_a_blinded_sheet_comes_back_with_the_systems_named() -> None:
    sheet = blind_sheet(answers(), ["口調"])
    back = read_score_sheet(read_table(filled(sheet, {"base": "0", "tuned": "1"}), "back.csv"))
    named = back.unblinded(read_key(sheet.key_json()))
    results = evaluate(named, system="tuned").results
    assert results["tuned"]["口調"].passed == 12
    assert results["base"]["口調"].passed == 0


@pytest.mark.parametrize("highest", [1, 2, 100])
def test_the_excel_sheet_allows_only_scores_and_reads_back(highest: int) -> None:
    sheet = blind_sheet([Answer("q1", "base", "=1+1", "https://example.com")], ["口調"], rater="佐藤")
    book = zipfile.ZipFile(io.BytesIO(sheet.xlsx(highest)))
    page = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page and "<hyperlink" not in page
    assert "1,0" in page if highest == 1 else f"<formula2>{highest}</formula2>" in page
    table = read_table(sheet.xlsx(highest), "s.xlsx")
    assert table.columns == sheet.columns
    assert table.column("question") == ["=1+1"]


def test_neither_letter_nor_order_gives_a_system_away() -> None:
    sheet = blind_sheet(answers(200), ["口調"])
    letters = Counter(systems["A"] for systems in sheet.key.values())
    assert abs(letters["base"] - 100) < 30
    assert [row[0] for row in sheet.rows[::2]] != [f"q{n}" for n in range(200)]
    assert "tuned" not in "".join(row[1] for row in sheet.rows)


def test_the_same_seed_draws_the_same_sheet() -> None:
    assert blind_sheet(answers(), ["口調"], seed=3) == blind_sheet(answers()[::-1], ["口調"], seed=3)
    assert blind_sheet(answers(), ["口調"], seed=3) != blind_sheet(answers(), ["口調"], seed=4)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
@settings(deadline=None)
def test_no_cell_of_a_sheet_is_a_formula(texts: list[str]) -> None:
    given_ = [Answer(f"q{n}", "base", text, f"={text}") for n, text in enumerate(texts)]
    body = blind_sheet(given_, ["口調"]).csv()
    assert body.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")) for cell in row]
    assert not any(cell.startswith(FORMULA_STARTS) for cell in cells)


def test_an_id_that_looks_like_a_formula_comes_back_as_it_was() -> None:
    sheet = blind_sheet([Answer("-3", "base", "q", "a")], ["口調"])
    rows = sheet.csv().decode("utf-8-sig").replace(",A,,", ",A,佐藤,").replace("a,,", "a,1,")
    (rating,) = read_score_sheet(read_table(rows.encode(), "s.csv")).unblinded(sheet.key).ratings
    assert (rating.item, rating.system, rating.score) == ("-3", "base", 1.0)


def test_a_sheet_that_could_not_be_read_back_is_refused() -> None:
    for name in ("rater", "コメント", "item_id", ""):
        with pytest.raises(Problem, match="criterion_name_taken"):
            blind_sheet(answers(), [name])
    with pytest.raises(Problem, match="blinding_twice"):
        blind_sheet([*answers(), answers()[0]], ["口調"])
    with pytest.raises(Problem, match="blinding_without_answers"):
        blind_sheet([], ["口調"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": 3}', '{"key": {"q1": "A"}}', "[" * 100_000])
def test_a_key_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="key_unreadable"):
        read_key(text)


def test_answers_are_read_from_one_column_a_system() -> None:
    table = read_table("id,q,base,tuned,right\n1,なんで?,はい,いいえ,見本\n".encode(), "a.csv")
    assert answers_from_table(table, "id", "q", ["base", "tuned"], "right") == [
        Answer("1", "base", "なんで?", "はい", "見本"),
        Answer("1", "tuned", "なんで?", "いいえ", "見本"),
    ]
