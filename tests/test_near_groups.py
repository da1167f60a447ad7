"""Near repeats in large tables: likely pairs by hashing, held against the full search."""

from __future__ import annotations

import random

import pytest

from baselines import duplicates
from baselines.duplicates import group_near, near_groups

WORDS = [
    "返品",
    "配送",
    "の方法を",
    "教えて",
    "ください",
    "知りたい",
    "です",
    "いつ",
    "届きますか",
    "支払い",
    "注文",
]


def varied(different: int, variants: int, seed: int) -> list[str]:
    """Texts with copies in which one character is another."""
    draw = random.Random(seed)  # noqa: S311
    found = []
    for _ in range(different):
        text = "".join(draw.choices(WORDS, k=12))
        found.append(text)
        for _ in range(variants):
            place = draw.randrange(len(text))
            found.append(text[:place] + draw.choice("あいうえお") + text[place + 1 :])
    draw.shuffle(found)
    return found


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "_MOST_NUMBERS", 0)


def test_small_tables_are_searched_in_full() -> None:
    texts = varied(40, 3, 1)
    found = near_groups(texts)
    assert found.complete
    assert found.first == group_near(texts)


@pytest.mark.usefixtures("hashing")
def test_hashing_joins_nothing_that_the_full_search_does_not_and_nearly_all_that_it_does() -> None:
    texts = varied(300, 3, 2)
    full, likely = group_near(texts), near_groups(texts)
    assert not likely.complete
    assert all(full[row] == full[first] for row, first in enumerate(likely.first))
    joined, of = (sum(first != row for row, first in enumerate(groups)) for groups in (likely.first, full))
    assert joined >= 0.95 * of > 400


@pytest.mark.usefixtures("hashing")
def test_hashing_says_how_far_it_is_and_gives_the_same_answer_twice() -> None:
    told: list[float] = []
    texts = varied(30, 2, 3)
    assert near_groups(texts, progress=told.append) == near_groups(texts)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.usefixtures("hashing")
@pytest.mark.parametrize("texts", [[], ["あ"], ["", ""], ["同じです", "同じです", "", "違います"]])
def test_hashing_bears_tables_with_next_to_nothing_in_them(texts: list[str]) -> None:
    assert near_groups(texts).first == group_near(texts)


def test_a_table_too_much_alike_for_the_full_search_is_searched_by_hashing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duplicates, "_PRODUCTS_A_ROW", 1)
    monkeypatch.setattr(duplicates, "_MOST_PRODUCTS", 10)
    texts = [f"お世話になっております。{name}です。" for name in ("山田", "鈴木", "佐藤", "高橋", "山田")]
    found = near_groups(texts)
    assert not found.complete
    assert found.first[4] == 0
