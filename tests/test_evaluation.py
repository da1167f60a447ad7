"""What a sheet of scores proves, held against published figures, other libraries and simulation."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from advisor.answers.evaluation import Evaluation
from advisor.evaluation import Targets, before_and_after, evaluate, judge, majority
from advisor.evaluation.sample_size import items_for_difference, items_to_show, labels_for_agreement, provable
from advisor.evaluation.scoresheets import ScoreSheet, read_score_sheet
from advisor.language import Language
from advisor.show.blocks import Items
from advisor.show.voice import Voice
from baselines.agreement import krippendorff_alpha
from baselines.ratings import (
    alpha_interval,
    holm,
    paired_rates,
)
from baselines.reading import read_table
from baselines.statistics import wilson
from pricing import Problem

EXACT = 1e-9


def of(text: str, **asked: object) -> Evaluation:
    return evaluate(read_score_sheet(read_table(text.encode(), "scores.csv")), **asked)  # type: ignore[arg-type]


def binary_sheet(passes: dict[str, list[int]], system: str = "tuned", rater: str = "佐藤") -> str:
    """A long sheet of one system and rater; criterion -> a score for every item."""
    rows = [
        f"q{item},{system},{rater},{criterion},{score}\n"
        for criterion, scores in passes.items()
        for item, score in enumerate(scores)
    ]
    return "".join(rows)


HEADER = "item_id,system,rater,criterion,score\n"


def with_failures(*items: int) -> list[int]:
    return [int(item not in items) for item in range(30)]


WORKED = {
    "consistent": with_failures(4),
    "facts": with_failures(4, 9),
    "tone": with_failures(),
    "concise": with_failures(20),
}


def test_the_worked_example() -> None:
    """30 children's questions: 29, 28, 30 and 29 of 30 pass."""
    answer = of(HEADER + binary_sheet(WORKED)).as_json()
    found = {
        name: (row["passed"], row["n"], round(row["low"], 3), round(row["high"], 3))
        for name, row in answer["criteria"].items()
    }
    assert found == {
        "consistent": (29, 30, 0.833, 0.994),
        "facts": (28, 30, 0.787, 0.982),
        "tone": (30, 30, 0.886, 1.0),
        "concise": (29, 30, 0.833, 0.994),
    }
    assert [row["rate"] for row in answer["criteria"].values()] == [29 / 30, 28 / 30, 1.0, 29 / 30]
    assert (answer["overall"]["passed"], answer["overall"]["n"]) == (27, 30)
    assert answer["agreement"] == {}
    assert answer["comparisons"] == []


def test_the_worked_example_against_targets() -> None:
    def verdicts(target: str) -> list[str | None]:
        return [
            row.verdict
            for row in of(HEADER + binary_sheet(WORKED), targets=Targets.parse(target)).criteria.values()
        ]

    assert verdicts("0.8") == ["shown", "not_shown", "shown", "shown"]
    assert verdicts("90%") == ["not_shown"] * 4
    assert verdicts("0.995") == ["refuted", "refuted", "not_shown", "refuted"]
    assert of(HEADER + binary_sheet(WORKED), targets=Targets.parse("0.8")).verdict == "not_shown"


def test_the_wide_sheet_gives_the_same_answer() -> None:
    rows = "".join(
        f"q{n}," + ",".join(str(scores[n]) for scores in WORKED.values()) + "\n" for n in range(30)
    )
    wide = of("item_id," + ",".join(WORKED) + "\n" + rows).as_json()
    assert wide["criteria"] == of(HEADER + binary_sheet(WORKED)).as_json()["criteria"]


def test_the_answer_is_plain_json() -> None:
    points = "item_id,system,rater,quality\n" + "".join(
        f"{n},{s},佐藤,{80 + n}\n" for n in range(3) for s in "ab"
    )
    for text in (HEADER + binary_sheet(WORKED), points, "item_id,quality\n1,85\n"):
        assert json.loads(json.dumps(of(text).as_json(), allow_nan=False))


def test_several_raters_of_one_answer_are_one_observation() -> None:
    votes = {"佐藤": [1, 1, 0, 0], "鈴木": [1, 1, 1, 0], "田中": [1, 0, 0, 0]}
    text = HEADER + "".join(binary_sheet({"tone": scores}, rater=rater) for rater, scores in votes.items())
    result = of(text).criteria["tone"]
    assert (result.passed, result.n, result.ratings, result.ties) == (2, 4, 12, 0)
    two = HEADER + "".join(binary_sheet({"tone": votes[rater]}, rater=rater) for rater in ("佐藤", "鈴木"))
    assert (of(two).criteria["tone"].passed, of(two).criteria["tone"].ties) == (2, 1)


def test_a_tie_does_not_pass() -> None:
    assert [majority(votes) for votes in ([1, 0], [1, 1, 0], [0], [1])] == [False, True, False, True]


def test_other_scales_are_judged_by_their_mean() -> None:
    scores = [70, 85, 90, 80, 95, 88]
    text = "item_id,quality\n" + "".join(f"{n},{score}\n" for n, score in enumerate(scores))
    result = of(text, targets=Targets.parse("0.9, quality=60")).criteria["quality"]
    assert (result.passed, result.rate, result.scale, result.verdict) == (None, None, "points", "shown")
    marked = of(text, pass_mark=85).criteria["quality"]
    assert (marked.passed, marked.n) == (4, 6)


def test_a_target_for_every_criterion_does_not_bind_other_scales() -> None:
    assert (
        of("item_id,quality\n1,70\n2,80\n", targets=Targets.parse("0.9")).criteria["quality"].verdict is None
    )


@pytest.mark.parametrize("text", ["", "abc", "tone=", "-1", "nan", "1e400=2e"])
def test_a_target_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="target_unreadable"):
        Targets.parse(text)


def test_what_the_sheet_does_not_have_is_refused_with_what_it_has() -> None:
    text = HEADER + binary_sheet(WORKED)
    with pytest.raises(Problem, match="no_such_criterion"):
        of(text, targets=Targets.parse("speed=0.9"))
    with pytest.raises(Problem, match="no_such_system"):
        of(text, system="base")


# Systems against each other.


def test_two_systems_are_compared_on_the_items_both_answered() -> None:
    better, worse = [1] * 30, [1] * 15 + [0] * 15
    text = HEADER + binary_sheet({"tone": better}) + binary_sheet({"tone": worse[:29]}, system="base")
    (found,) = of(text).comparisons
    assert (found.a, found.b, found.n, found.only_a, found.only_b) == ("tuned", "base", 29, 14, 0)
    assert found.p == pytest.approx(stats.binomtest(14, 14).pvalue, abs=EXACT)
    assert found.outcome == "better"


def test_equal_systems_are_not_called_equal_for_certain() -> None:
    text = HEADER + binary_sheet({"tone": [1] * 30}) + binary_sheet({"tone": [1] * 30}, system="base")
    (found,) = of(text).comparisons
    assert found.outcome == "cannot_tell"
    assert found.low < -0.05 and found.high > 0.05


def test_asking_many_questions_raises_the_bar() -> None:
    first = {f"c{n}": [1] * 6 + [1, 0] * 12 for n in range(5)}
    second = {f"c{n}": [0] * 6 + [1, 0] * 12 for n in range(5)}
    found = of(HEADER + binary_sheet(first) + binary_sheet(second, system="base")).comparisons
    assert all(comparison.p < 0.05 <= comparison.p_adjusted for comparison in found)
    assert {comparison.outcome for comparison in found} == {"cannot_tell"}


@pytest.mark.parametrize(
    ("language", "holm_said", "points"),
    [("ja", "5通りの比較", "ポイント"), ("en", "5 comparisons", "points")],
)
def test_a_range_beside_zero_that_proves_nothing_says_why(
    language: Language, holm_said: str, points: str
) -> None:
    first = {f"c{n}": [1] * 6 + [1, 0] * 12 for n in range(5)}
    second = {f"c{n}": [0] * 6 + [1, 0] * 12 for n in range(5)}
    several = of(HEADER + binary_sheet(first) + binary_sheet(second, system="base"))
    assert {comparison.doubt for comparison in several.comparisons} == {"several_questions"}
    assert holm_said in compared(several, language)[0]
    alone = of(
        HEADER + binary_sheet({"c": [1] * 7 + [0]}) + binary_sheet({"c": [0] * 7 + [1]}, system="base")
    )
    (found,) = alone.comparisons
    assert (found.low > 0, found.p > 0.05, found.doubt) == (True, True, "test_decides")
    assert "0.070" in compared(alone, language)[0] and points in compared(alone, language)[0]
    clear = of(HEADER + binary_sheet({"c": [1] * 30}) + binary_sheet({"c": [0] * 30}, system="base"))
    assert clear.comparisons[0].doubt is None


def test_a_gap_on_a_scale_is_told_in_its_unit_and_not_in_percent() -> None:
    points = of(
        HEADER
        + binary_sheet({"likert": [5, 4, 5, 4] * 5})
        + binary_sheet({"likert": [3, 3, 4, 4] * 5}, system="base")
    )
    (line,) = compared(points, "en")
    assert "tuned minus base is 1.00 (95% range" in line and "points" not in line


def compared(found: Evaluation, language: Language) -> list[str]:
    blocks = found.blocks(Voice(language, date(2026, 11, 22)))
    caption = Voice(language, date(2026, 11, 22)).say("report.evaluation.comparisons")
    (block,) = (block for block in blocks if isinstance(block, Items) and block.caption == caption)
    return [item.line.text for item in block.items]


def test_a_regression_is_kept_shown_or_refuted_within_a_margin() -> None:
    before, after = [1] * 190 + [0] * 10, [1] * 188 + [0] * 12
    text = (
        HEADER + binary_sheet({"ok": after}, system="after") + binary_sheet({"ok": before}, system="before")
    )
    (found,) = of(text).comparisons
    assert (found.margin, found.kept, found.as_json()["kept"]) == (0.05, "shown", "shown")
    assert of(text, margin=0.005).comparisons[0].kept == "not_shown"
    lost = (
        HEADER
        + binary_sheet({"ok": [0] * 200}, system="after")
        + binary_sheet({"ok": before}, system="before")
    )
    assert of(lost).comparisons[0].kept == "refuted"


def test_two_sheets_of_the_same_items_are_compared_as_before_and_after() -> None:
    def sheet(scores: list[int]) -> ScoreSheet:
        rows = "".join(f"q{n},{score}\n" for n, score in enumerate(scores))
        return read_score_sheet(read_table(f"item_id,ok\n{rows}".encode(), "s.csv"))

    both = before_and_after(sheet([1] * 100), sheet([1] * 99 + [0]))
    (found,) = evaluate(both).comparisons
    assert (found.a, found.b, found.n, found.kept) == ("after", "before", 100, "shown")
    other = read_score_sheet(read_table(b"item_id,ok\nx1,1\n", "s.csv"))
    with pytest.raises(Problem, match="regression_other_items"):
        before_and_after(sheet([1]), other)
    both_systems = HEADER + binary_sheet(WORKED) + binary_sheet(WORKED, system="base")
    two = read_score_sheet(read_table(both_systems.encode(), "s.csv"))
    with pytest.raises(Problem, match="regression_one_system"):
        before_and_after(two, two)


def test_a_paired_range_is_that_of_agresti_and_min() -> None:
    """As R's PropCIs gives it: diffpropci.mp(b = 40, c = 20, n = 160) is -0.2160 to -0.0309."""
    gap = paired_rates([1] * 20 + [0] * 40 + [1] * 100, [0] * 20 + [1] * 40 + [1] * 100)
    assert (gap.low, gap.high) == pytest.approx((-0.216017, -0.030896), abs=5e-7)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(deadline=None)
def test_a_paired_range_holds_its_gap_and_turns_with_the_pair(pairs: list[tuple[bool, bool]]) -> None:
    first, second = zip(*pairs, strict=True)
    gap, back = paired_rates(first, second), paired_rates(second, first)
    assert -1 <= gap.low <= gap.mean <= gap.high <= 1
    assert (gap.low, gap.high, gap.p) == pytest.approx((-back.high, -back.low, back.p), abs=EXACT)


def test_holm_agrees_with_its_definition() -> None:
    assert holm([0.01, 0.02, 0.5]) == pytest.approx([0.03, 0.04, 0.5], abs=EXACT)
    assert holm([]) == []


# Agreement.


def two_raters(first: list[int], second: list[int]) -> str:
    return HEADER + binary_sheet({"tone": first}, rater="佐藤") + binary_sheet({"tone": second}, rater="鈴木")


def test_agreement_is_what_scikit_learn_says() -> None:
    random = np.random.default_rng(3)
    first = random.integers(0, 2, 60)
    second = np.where(random.random(60) < 0.8, first, 1 - first)
    found = of(two_raters(first.tolist(), second.tolist())).agreement["tone"]
    assert found.cohen_kappa == pytest.approx(cohen_kappa_score(first, second), abs=EXACT)
    assert found.percent == pytest.approx((first == second).mean(), abs=EXACT)
    assert found.krippendorff_alpha == pytest.approx(
        krippendorff_alpha([first.tolist(), second.tolist()]), abs=EXACT
    )
    assert found.low < found.krippendorff_alpha < found.high


def test_raters_who_always_say_the_same_cannot_be_told_from_chance() -> None:
    found = of(two_raters([1] * 20, [1] * 20)).agreement["tone"]
    assert (found.percent, found.cohen_kappa, found.fleiss_kappa, found.krippendorff_alpha) == (
        1.0,
        None,
        None,
        None,
    )


def test_answers_with_one_rating_say_nothing_of_agreement() -> None:
    text = two_raters([1, 0, 1, 0], [1, 0, 1, 0]) + "q9,tuned,佐藤,tone,1\n"
    assert of(text).agreement["tone"].answers == 4


def test_krippendorffs_own_example_and_its_range() -> None:
    """Krippendorff 2011, four observers with gaps: nominal 0.743, ordinal 0.815, interval 0.849."""
    gap = None
    ratings = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        assert krippendorff_alpha(ratings, level) == pytest.approx(alpha, abs=5e-4)  # type: ignore[arg-type]
        found = alpha_interval(ratings, level)  # type: ignore[arg-type]
        assert found is not None and found.low < alpha < found.high


# Sample size.


@given(st.integers(1, 300), st.floats(0.01, 1.0))
@settings(deadline=None)
def test_what_is_provable_is_what_the_range_proves(items: int, target: float) -> None:
    found = provable(items, target, expected=0.9)
    verdicts = [judge(wilson(passed, items), target) for passed in range(items + 1)]
    shown = [passed for passed, verdict in enumerate(verdicts) if verdict == "shown"]
    refuted = [passed for passed, verdict in enumerate(verdicts) if verdict == "refuted"]
    assert found.shown_from == (shown[0] if shown else None)
    assert found.refuted_to == (refuted[-1] if refuted else None)


def test_thirty_items_prove_little() -> None:
    found = provable(30, 0.9, expected=29 / 30)
    assert found.shown_from is None
    assert [round(end, 2) for end in found.at_expected] == [0.83, 0.99]


@pytest.mark.parametrize(
    ("target", "expected"), [(0.8, 0.9), (0.9, 0.95), (0.9, 0.97), (0.5, 0.9), (0.95, 0.99)]
)
def test_the_number_of_items_needed_is_enough_and_no_more(target: float, expected: float) -> None:
    needed = items_to_show(target, expected)
    assert needed is not None
    assert provable(needed, target, expected).chance >= 0.8
    assert needed == 1 or provable(needed - 1, target, expected).chance < 0.8
    assert all(provable(needed + more, target, expected).chance >= 0.8 for more in range(1, 60))


def test_an_expected_rate_at_the_target_is_never_shown() -> None:
    assert items_to_show(0.9, 0.9) is None
    assert items_to_show(0.9, 0.9001) is None


def test_items_for_a_difference_are_enough_in_simulation() -> None:
    gap, differing = 0.1, 0.2
    items = items_for_difference(gap, differing)
    assert items is not None
    only_a, only_b = (differing + gap) / 2, (differing - gap) / 2
    drawn = np.random.default_rng(5).multinomial(items, [only_a, only_b, 1 - differing], size=4000)
    found = np.mean([stats.binomtest(int(a), int(a + b)).pvalue < 0.05 for a, b, _ in drawn if a + b])
    assert 0.72 < found < 0.86


def test_labels_for_agreement_give_the_width_in_simulation() -> None:
    kappa, rate, width = 0.6, 0.7, 0.12
    labels = labels_for_agreement(kappa, rate, width)
    both = rate**2 + kappa * rate * (1 - rate)
    drawn = np.random.default_rng(7).multinomial(
        labels, [both, rate - both, rate - both, 1 - 2 * rate + both], size=3000
    )
    observed = (drawn[:, 0] + drawn[:, 3]) / labels
    a, b = (drawn[:, 0] + drawn[:, 1]) / labels, (drawn[:, 0] + drawn[:, 2]) / labels
    chance = a * b + (1 - a) * (1 - b)
    found = (observed - chance) / (1 - chance)
    assert 1.96 * found.std() == pytest.approx(width, rel=0.1)


@pytest.mark.parametrize("asked", [{"target": 1.2, "expected": 0.9}, {"target": 0.9, "expected": -0.1}])
def test_shares_outside_one_are_refused(asked: dict[str, float]) -> None:
    with pytest.raises(Problem, match="rate_outside"):
        provable(30, **asked)
    with pytest.raises(Problem, match="items_too_few"):
        provable(0, 0.9, 0.9)
