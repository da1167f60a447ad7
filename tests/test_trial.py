"""An LLM's answers: the label in them, the rows they belong to, and what the plan, the report and the shell make of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers import FINDINGS, findings_of, read_answer
from advisor.answers.trial import LlmTrial
from advisor.checklist import read_answers as checklist_answers
from advisor.cli import main
from advisor.language import LANGUAGES, Language, phrase_keys
from advisor.plan import from_yaml, new_plan
from advisor.recommend import recommend
from advisor.recommend.tried import same_model
from advisor.report import build
from advisor.shapes import Aim
from advisor.show.voice import Voice
from advisor.stated import Target
from advisor.trial import STATUSES, Answered, written
from advisor.trial.importing import Asked, read_answers
from advisor.trial.reading import read_label
from advisor.trial.scoring import score
from baselines.dataset import LabelledTexts
from baselines.reading import read_table
from baselines.table import Table
from pricing import Problem

ON = date(2026, 12, 1)
SIB = Path(__file__).parent / "samples" / "sib200" / "answers.csv"
TOPICS = ["science/technology", "travel", "politics", "sports", "health", "entertainment", "geography"]


# ------------------------------------------------------------------------------------------------ reading
@pytest.mark.parametrize(
    ("raw", "label", "status"),
    [
        ("sports", "sports", "answered"),
        (" **Sports**. ", "sports", "answered"),
        ("「ＳＰＯＲＴＳ」", "sports", "answered"),
        ('{"label": "Sports"}', "sports", "answered"),
        ('```json\n{"category": "sports"}\n```', "sports", "answered"),
        ('Here it is: {"label": "sports"}', "sports", "answered"),
        ('["sports"]', "sports", "answered"),
        ("Label: sports", "sports", "answered"),
        ("<think>travel? no, sports</think>health", "health", "answered"),
        ("It is about science/technology, I think.", "science/technology", "loose"),
        ("この文章はsportsについてです", "sports", "loose"),
        ("sports or travel", None, "unparseable"),
        ("This is not sports.", None, "unparseable"),
        ("sportswear", None, "unparseable"),
        ("none", None, "unparseable"),
        ('{"label": "weather"}', None, "unparseable"),
        ("I'm sorry, but I can't help with that.", None, "refused"),
        ("申し訳ありませんが、お答えできません。", None, "refused"),
        ("", None, "empty"),
        (None, None, "empty"),
        ("<think>it never ends", None, "empty"),
    ],
)
def test_an_answer_names_one_label_or_none(raw: str | None, label: str | None, status: str) -> None:
    assert read_label(raw, TOPICS) == (label, status)


@pytest.mark.parametrize(
    ("raw", "labels", "label"),
    [
        ("b", {"A": "spam", "B": "ham"}, "ham"),
        ("spam", {"A": "spam", "B": "ham"}, "spam"),
        ('{"label": 1}', ["0", "1"], "1"),
        ("C++.", ["C", "C++"], "C++"),
        ("us", ["US", "us"], "us"),
        ("card arrival", ["card_arrival", "card_swallowed"], "card_arrival"),
        ("I have no idea", ["yes", "no"], None),
        ("No, it is late.", ["yes", "no"], "no"),
        ("苦情ではありません", ["苦情", "質問"], None),
    ],
)
def test_ids_look_alikes_and_short_labels_are_told_apart(raw: str, labels: Any, label: str | None) -> None:
    assert read_label(raw, labels).label == label


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4, unique=True))
def test_nothing_a_model_writes_breaks_the_reader_or_invents_a_label(raw: str, labels: list[str]) -> None:
    found = read_label(raw, labels)
    assert found.label is None or found.label in labels
    assert (found.label is not None) == (found.status in ("answered", "loose"))


@pytest.mark.parametrize("label", TOPICS)
def test_every_label_is_read_as_itself(label: str) -> None:
    assert read_label(label, TOPICS) == (label, "answered")


# ------------------------------------------------------------------------------------------------ importing
def table(text: str) -> Table:
    return read_table(text.encode(), "answers.csv")


DATA = Asked(("a red apple", "a blue whale", "the whale"), ("animal", "fruit"), ("k1", "k2", "k3"))


def test_answers_are_joined_by_id_in_any_order() -> None:
    found = read_answers(table("id,prediction\nk3,animal\nk1,Fruit\n"), DATA)
    assert found.joined_by == "id"
    assert [(one.row, one.id, one.prediction) for one in found.answers] == [
        (3, "k3", "animal"),
        (1, "k1", "fruit"),
    ]


def test_without_ids_the_row_number_counts_and_texts_may_differ_in_quotes_and_blanks() -> None:
    found = read_answers(
        table('text,pred\n"a ""red"" apple",fruit\nａ blue  whale,none\nthe whale,\n'),
        replace(DATA, ids=None),
    )
    assert [(one.row, one.prediction, one.status) for one in found.answers] == [
        (1, "fruit", "answered"), (2, "", "unparseable"), (3, "", "empty")]  # fmt: skip


def test_all_published_rows_join_although_six_texts_are_quoted_otherwise() -> None:
    texts = [f'He said "text {row}" once' for row in range(204)]
    theirs = [text.replace('"', "“") if row % 34 == 0 else text for row, text in enumerate(texts)]
    with SIB.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == "en"]
    lines = "\n".join(
        f'"{text.replace(chr(34), chr(34) * 2)}",{row["gpt_3_5"]}'
        for text, row in zip(theirs, rows, strict=True)
    )
    found = read_answers(table("text,pred\n" + lines), Asked(texts, TOPICS))
    assert len({one.row for one in found.answers}) == 204
    assert sum(one.status == "unparseable" for one in found.answers) == 24
    assert found.texts_differ == 0


@pytest.mark.parametrize(
    ("sheet", "problem"),
    [
        ("text,pred\nthe whale,animal\na red apple,fruit\n", "answers_of_other_rows"),
        ("id,prediction\nk9,animal\n", "answer_id_unknown"),
        ("row,prediction\n4,animal\n", "answer_row_unknown"),
        ("row,prediction\n1,animal\n1,fruit\n", "answer_twice"),
        ("row,prediction,status\n1,animal,lost\n", "answer_status_unknown"),
        ("row,prediction,input_tokens\n1,animal,-3\n", "answer_number_unreadable"),
        ("row,label\n1,animal\n", "answers_without_prediction"),
        ("prediction\n" + "fruit\n" * 4, "answers_without_row"),
        ("prediction\n" + "fruit\n" * 2, "answers_without_row"),
        ("id_of_theirs,prediction\nk1,fruit\n", "no_such_column"),
    ],
)
def test_what_cannot_be_joined_is_refused_by_name(sheet: str, problem: str) -> None:
    asked = DATA if sheet.startswith("id") else replace(DATA, ids=None)
    with pytest.raises(Problem) as refused:
        read_answers(table(sheet), asked)
    assert refused.value.id == problem


@pytest.mark.parametrize("raw", ["=1+1", "-", "@x", "'tis", "two\nlines", '"quoted"', "＝全角"])
def test_what_is_written_is_read_back_and_no_spreadsheet_runs_it(raw: str) -> None:
    one = Answered(2, "few_shot", "", "refused", raw, None, 10, 4, 0, 3, 1, 0.25, "gpt-x")
    sheet = written([one])
    assert not any(
        cell.startswith(("=", "-", "@", "＝")) for row in csv.reader(sheet.splitlines()) for cell in row
    )
    assert read_answers(table(sheet), replace(DATA, ids=None)).answers == (one,)


# ------------------------------------------------------------------------------------------------ what is made of them
WORDS = {"fruit": ("apple", "pear", "plum", "cherry"), "animal": ("whale", "wolf", "bear", "fox")}
ROWS = LabelledTexts(
    tuple(f"{adjective} {WORDS[label][place % 4]} number {place}" for place, (adjective, label) in enumerate(
        [("red", "fruit"), ("big", "animal")] * 60)),
    ("fruit", "animal") * 60,
)  # fmt: skip


def answered(arm: str, right: int, **more: Any) -> list[Answered]:
    other = {"fruit": "animal", "animal": "fruit"}
    return [
        Answered(row, arm, label if row <= right else other[label], "answered", **more)
        for row, label in enumerate(ROWS.labels, 1)
    ]


@pytest.fixture(scope="module")
def reached() -> LlmTrial:
    usage = {
        "input_tokens": 40,
        "cached_tokens": 10,
        "output_tokens": 5,
        "seconds": 0.5,
        "model": "openai/gpt-x",
    }
    return score(
        [*answered("zero_shot", 90, **usage), *answered("few_shot", 118, **usage)],
        ROWS,
        metric="accuracy",
        on=ON,
    )


def test_the_answer_comes_back_from_its_json_and_keeps_what_a_newer_version_adds(reached: LlmTrial) -> None:
    shape = json.loads(json.dumps(reached.as_json()))
    assert read_answer("trial", shape) == reached
    assert read_answer("trial", {**shape, "of_tomorrow": 1}).as_json()["of_tomorrow"] == 1


@pytest.mark.parametrize(
    ("target", "outcome"),
    [(0.6, "zero_shot_reaches"), (0.9, "few_shot_reaches"), (0.999, "falls_short"), (0.96, None)],
)
def test_the_ranges_answer_the_question_about_prompting(
    reached: LlmTrial, target: float, outcome: str | None
) -> None:
    found = findings_of({"trial": reached}, Aim(target))
    assert found.get("trial_outcome") == outcome
    assert set(found) <= set(FINDINGS)
    known = checklist_answers({}, found).values.get("prompting_tried")
    assert known == outcome


def test_without_a_target_nothing_is_said_to_be_reached(reached: LlmTrial) -> None:
    assert reached.outcome(None) is None
    assert reached.judged(Aim(0.9, "spearman")).target == reached.judged(Aim(0.5, "spearman")).target.model_copy(  # type: ignore[union-attr]
        update={"value": 0.9})  # fmt: skip


def test_a_plan_lists_what_was_measured_once_and_goes_on_from_it(reached: LlmTrial) -> None:
    plan = (
        new_plan(ON, "en")
        .aiming(Target(metric="accuracy", value="0.9"))
        .put("answers.task", "text_classification")
    )
    plan = plan.put("evidence.trial", reached)
    assert [(one.approach, one.source, one.n, one.option) for one in plan.trials] == [
        ("zero_shot", "measured", 120, "openai/gpt-x"), ("few_shot", "measured", 120, "openai/gpt-x")]  # fmt: skip
    assert plan.put("evidence.trial", reached).trials == plan.trials
    assert from_yaml(plan.to_yaml()) == plan
    found = recommend(plan.answers, plan.evidence, ON, stated=plan.stated)
    assert found.answers.values["prompting_tried"] == "few_shot_reaches"
    came = {approach: one.reaches for approach, one in found.weighing.results.items()}
    assert came == {"zero_shot": "no", "few_shot": "yes"}


@pytest.mark.parametrize(
    ("answered", "bought", "same"),
    [
        ("gpt-4o-2024-08-06", "openai/gpt-4o-2024-08-06", True),
        ("gpt-4o", "openai/gpt-4o-2024-08-06", True),
        ("gpt-4o-2024-05-13", "openai/gpt-4o-2024-08-06", False),
        ("gpt-4", "openai/gpt-4o", False),
    ],
)
def test_a_model_is_the_same_with_or_without_its_provider_and_its_date(
    answered: str, bought: str, same: bool
) -> None:
    assert same_model(answered, bought) == same_model(bought, answered) == same


def test_what_people_say_stands_and_is_shown_beside_what_was_measured(reached: LlmTrial) -> None:
    found = checklist_answers({"prompting_tried": "falls_short"}, findings_of({"trial": reached}, Aim(0.9)))
    assert found.values["prompting_tried"] == "falls_short"
    assert found.against == {"prompting_tried": "few_shot_reaches"}
    assert (
        checklist_answers(
            {"prompting_tried": "few_shot_reaches"}, {"trial_outcome": "few_shot_reaches"}
        ).against
        == {}
    )


def test_it_is_said_how_much_the_small_model_had_to_learn_from(reached: LlmTrial) -> None:
    told = {one.id: one.fields for one in reached.reasons}
    assert told["small_model_learned_from"] == {"rows": 96}, (
        "four fifths of 120, where no other rows were given"
    )


def test_every_reason_has_its_words_in_both_languages(reached: LlmTrial) -> None:
    assert {
        one.id for one in (*reached.reasons, *reached.flips) if f"trial.reason.{one.id}" not in phrase_keys()
    } == set()


def test_rows_that_one_option_was_not_asked_are_missing_there_and_never_dropped() -> None:
    found = score([*answered("zero_shot", 120), *answered("few_shot", 120)[:100]], ROWS, metric="accuracy")
    few = found.arm("few_shot")
    assert few is not None and (few.asked, few.statuses) == (120, {"answered": 100, "error": 20})
    assert not few.is_complete and [one["approach"] for one in found.trials()] == ["zero_shot"]
    assert [one.decision for one in found.comparisons if one.a == "few_shot"] == ["incomplete"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_shell_and_report_say_it_in_words(reached: LlmTrial, language: Language) -> None:
    plan = (
        new_plan(ON, language).aiming(Target(metric="accuracy", value="0.9")).put("evidence.trial", reached)
    )
    (section,) = [one for one in build(plan, language, ON).sections if one.id == "trial"]
    assert len(section.blocks) >= 6
    said = repr(section.blocks)
    assert "zero_shot" not in said and "{" not in said
    assert (
        any("0.75" in line.text for line in reached.figures(Voice(language, ON), None))
        or reached.best is not None
    )


def test_every_status_and_every_decision_has_its_words() -> None:
    shown = {"error" if status in ("server_error", "timeout", "no_connection", "not_json", "rate_limit") else status
             for status in STATUSES}  # fmt: skip
    ids = {f"status.{status}" for status in shown}
    decisions = ("better", "worth_it", "not_worth_it", "worse", "undecided", "incomplete")
    ids |= {f"{area}.{one}" for one in decisions for area in ("verdict", "decision")}
    assert {id for id in ids if f"trial.{id}" not in phrase_keys()} == set()


# ------------------------------------------------------------------------------------------------ the command
@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    data, answers = tmp_path / "data.csv", tmp_path / "answers.csv"
    lines = zip(ROWS.texts, ROWS.labels, strict=True)
    data.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in lines), encoding="utf-8")
    answers.write_text(written(answered("zero_shot", 60)), encoding="utf-8")
    return data, answers


@pytest.mark.parametrize(("more", "code"), [([], 0), (["--target", "0.5"], 0), (["--target", "0.95"], 10),
                                            (["--target", "7"], 2), (["--worth", "0"], 2), (["--id", "nowhere"], 2)])  # fmt: skip
def test_the_exit_code_says_whether_the_target_is_refuted(
    files: tuple[Path, Path], more: list[str], code: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data, answers = map(str, files)
    home = {"ADVISOR_HOME": str(tmp_path), "LANG": "en_GB.UTF-8"}
    columns = ["--data", data, "--text", "text", "--label", "label", "--metric", "accuracy"]
    assert main(["trial", "score", answers, *columns, "--json", *more], home) == code
    printed = capsys.readouterr()
    assert bool(printed.out) == (code != 2) and bool(printed.err) == (code == 2)
    if code != 2:
        shape = json.loads(printed.out)
        assert shape["arms"][0]["scores"][0]["mean"] == 0.5
        assert shape["file"]["name"] == "data.csv" and len(shape["file"]["sha256"]) == 64
        assert shape["verdict"] == "worse"
