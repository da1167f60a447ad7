"""Multiple choice: the right one by text, number or letter, and rungs that show a leak in the choices."""

from __future__ import annotations

import random

import pytest

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.run import run_baseline
from baselines.tasks import metrics_of
from baselines.verdict import Target

THINGS = ["犬", "猫", "魚", "鳥", "馬", "牛", "羊", "猿"]


def quiz(rows: int, seed: int = 1, leak: bool = False) -> LabelledTexts:
    """The right choice repeats the thing that was asked for; with `leak` it is also always the longest."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    texts, choices, labels = [], [], []
    for row in range(rows):
        held = draw.sample(THINGS, 4)
        asked = draw.randrange(4)
        texts.append(f"{row}番: {held[asked]}の絵はどれですか" if not leak else f"{row}番: どれですか")
        choices.append(
            " | ".join(
                f"{thing}の絵" + ("のような長い答え" if leak and at == asked else "")
                for at, thing in enumerate(held)
            )
        )
        labels.append(str(asked + 1))
    return LabelledTexts(tuple(texts), tuple(labels), tuple(choices))


def accuracies(data: LabelledTexts) -> dict[str, float]:
    answer = Baseline.of(run_baseline(data, task="multiple_choice", target=Target("accuracy", 0.6))).as_json()
    return {row["baseline"]: row["mean"] for row in answer["scores"]}


def test_overlap_with_the_question_is_found_without_learning() -> None:
    found = accuracies(quiz(120))
    assert found["overlap"] > 0.9
    assert found["choice_trees"] > 0.9
    assert found["place"] < 0.5
    assert found["choices_only"] < 0.5


def test_a_leak_in_the_choices_shows_in_the_rung_that_sees_nothing_else() -> None:
    assert accuracies(quiz(120, leak=True))["choices_only"] > 0.9


def test_a_test_file_is_answered_too() -> None:
    answer = Baseline.of(run_baseline(quiz(80), task="multiple_choice", test=quiz(30, seed=4))).as_json()
    assert {row["rows"] for row in answer["test_scores"]} == {30}
    assert metrics_of("multiple_choice", 2) == ("accuracy",)


@pytest.mark.parametrize("label", ["5", "z", "象の絵"])
def test_a_right_answer_that_is_no_choice_is_named_with_its_row(label: str) -> None:
    data = quiz(20)
    wrong = LabelledTexts(data.texts, (*data.labels[:7], label, *data.labels[8:]), data.texts2)
    with pytest.raises(Problem) as caught:
        run_baseline(wrong, task="multiple_choice")
    assert (caught.value.id, caught.value.fields["row"]) == ("choice_not_found", 8)


def test_choices_are_needed() -> None:
    with pytest.raises(Problem) as caught:
        run_baseline(LabelledTexts(("q",) * 12, ("1",) * 12), task="multiple_choice")
    assert caught.value.id == "choices_missing"
