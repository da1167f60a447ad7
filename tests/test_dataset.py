"""What is in a labelled table is counted as a reader would count it."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from advisor.answers import read_answer
from advisor.dataset import columns_of, describe, histogram
from advisor.shapes import Unread
from baselines import Problem
from baselines.dataset import Empty, LabelledTexts, has_content, label_merges, profile
from baselines.duplicates import group_equal, group_near, normalise
from baselines.reading import read_table
from baselines.table import Table


def table(*rows: tuple[str, ...], header: tuple[str, ...] = ("text", "label")) -> Table:
    return Table(header, tuple(tuple(row[i] for row in rows) for i in range(len(header))), "delimited")


def data(*rows: tuple[str, str]) -> LabelledTexts:
    return LabelledTexts.from_table(table(*rows), "text", "label")


# Rows


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(Problem) as caught:
        LabelledTexts(("a", "b"), ("x",))
    assert caught.value.id == "columns_differ_in_length"


def test_rows_without_text_or_label_go_only_when_asked() -> None:
    rows = data(("a", "x"), (" \u3000", "x"), ("\u200b", "y"), ("b", ""), ("🙂", "y"))
    assert len(rows) == 5
    assert rows.without_empty_rows().texts == ("a", "🙂")


def test_a_label_is_replaced_only_as_the_reader_said() -> None:
    rows = data(("a", "１"), ("b", "1"), ("c", "2")).with_labels_merged({"１": "1"})
    assert rows.label_counts == {"1": 2, "2": 1}


@pytest.mark.parametrize("text", ["", " ", "\u3000\n", "\u200b\ufeff", "\u202e "])
def test_invisible_is_empty(text: str) -> None:
    assert not has_content(text)


# Duplicates


def test_texts_that_differ_in_width_case_numbers_and_marks_are_one() -> None:
    assert normalise("注文番号１２の件、ＨＥＬＰ！") == normalise("注文番号99の件help")
    assert normalise("ガ") == normalise("ガ")
    assert normalise("!?") == "!?"


def test_equal_texts_point_to_the_first() -> None:
    assert group_equal(["a", "b", "a", "a"]) == [0, 1, 0, 0]


def brute_force(texts: list[str], threshold: float) -> list[int]:
    """Connected components over every pair, with no short cut."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), dtype=np.float32).fit_transform(texts)
    near = (vectors @ vectors.T).toarray() >= threshold - 1e-6
    group = list(range(len(texts)))
    for i, j in zip(*np.nonzero(near), strict=True):
        old, new = max(group[i], group[j]), min(group[i], group[j])
        group = [new if member == old else member for member in group]
    return group


@pytest.mark.parametrize("seed", range(4))
def test_the_quick_search_finds_what_the_slow_one_finds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)  # noqa: S311
    words = ["返品", "配送", "の方法を", "教えて", "ください", "知りたい", "です", "いつ", "届きますか"]
    texts = list(dict.fromkeys("".join(draw.choices(words, k=draw.randint(2, 6))) for _ in range(150)))
    # So little work a row that nearly every n-gram counts as common, and both ways of finding pairs are used.
    monkeypatch.setattr("baselines.duplicates._PRODUCTS_A_ROW", [2, 20, 200, 20_000][seed])
    expected = brute_force(texts, 0.8)
    assert group_near(texts) == expected
    assert len(set(expected)) < len(texts)


def test_a_search_that_would_take_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baselines.duplicates._PRODUCTS_A_ROW", 1)
    monkeypatch.setattr("baselines.duplicates._MOST_PRODUCTS", 10)
    rows = data(
        *((f"お世話になっております。{name}です。", "x") for name in ("山田", "鈴木", "佐藤", "高橋"))
    )
    found = profile(rows, near=True)
    assert (found.duplicates.near, found.duplicates.near_unknown) == (None, "too_much_alike")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=8), max_size=8))
def test_groups_point_to_their_first_member(texts: list[str]) -> None:
    groups = group_near(texts)
    assert len(groups) == len(texts)
    assert all(groups[first] == first <= place for place, first in enumerate(groups))


# The profile


def test_a_profile_counts_repeats_conflicts_and_empty_rows() -> None:
    found = profile(
        data(
            ("返品したい", "返品"),
            ("返品したい", "返品"),
            ("返品したい!", "配送"),
            ("", "返品"),
            ("届かない", ""),
            ("別の話", "他"),
        )
    )
    assert (found.rows, found.empty) == (6, Empty(rows=2, texts=1, labels=1))
    assert (found.duplicates.exact, found.duplicates.rows) == (1, 2)
    assert (found.conflicting_rows, found.conflicts[0].labels) == (3, {"返品": 2, "配送": 1})
    assert found.most_repeated == {"返品したい": 2}
    assert found.single_labels == ["配送", "他"]
    assert (found.duplicates.near, found.duplicates.near_unknown) == (None, "not_asked")


def test_spellings_of_one_label_are_suggested_not_merged() -> None:
    found = profile(data(("a", "1"), ("b", "1.0"), ("c", " 1"), ("d", "１"), ("e", "2"), ("f", "1")))
    assert found.labels == {"1": 2, "1.0": 1, " 1": 1, "１": 1, "2": 1}
    assert [(merge.into, set(merge.spellings)) for merge in found.label_merges] == [
        ("1", {"1", "1.0", " 1", "１"})
    ]
    assert label_merges({"1.5": 1, "15": 1}) == ()


def test_invisible_characters_are_counted_by_code_point() -> None:
    found = profile(data(("a\u200bb\u200b", "x"), ("\u202egnp.exe", "x"), ("か\u3099", "y")))
    assert found.invisible == {"U+200B": 1, "U+202E": 1}
    assert found.not_nfc == 1


def test_pairs_repeat_only_when_both_texts_do() -> None:
    rows = LabelledTexts(("a", "a", "a"), ("x", "x", "y"), texts2=("b", "c", "b"))
    found = profile(rows)
    assert (found.duplicates.exact, found.conflicting_rows) == (1, 2)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=3)), max_size=8))
def test_any_table_has_a_profile(rows: list[tuple[str, str]]) -> None:
    found = profile(LabelledTexts(tuple(text for text, _ in rows), tuple(label for _, label in rows)))
    assert sum(found.labels.values()) + found.empty.labels == found.rows


# The evidence of a plan


def test_the_evidence_joins_profile_and_tokens_and_holds_no_text() -> None:
    private = "山田太郎さんの電話番号は"
    answer = describe(
        table((private, "個人"), (private, "他"), ("hello world", "他"), ("hi", "個人")), "text", "label"
    ).dataset.as_json()
    assert answer["rows"] == 4
    assert answer["duplicates"]["rows"] == 1
    assert answer["conflicts"] == {"rows": 2}
    assert answer["tokens"]["exact"] is True
    assert answer["tokens"]["total"] == answer["input_tokens"]["total"] > 2
    assert private not in json.dumps(answer, ensure_ascii=False)


def test_answers_in_free_words_are_not_classes() -> None:
    answer = describe(
        table(*((f"質問{i}", f"答え{i}") for i in range(20))), "text", "label"
    ).dataset.as_json()
    assert (answer["labels"], answer["label_count"]) == ({}, 20)


def test_a_chat_file_counts_conversations_with_their_overhead() -> None:
    turns = [{"role": "user", "content": "hello world"}, {"role": "assistant", "content": "hello"}]
    chat = read_table((json.dumps({"messages": turns}) + "\n").encode() * 2, "chat.jsonl")
    answer = describe(chat, **columns_of(chat)).dataset.as_json()  # type: ignore[arg-type]
    # 3 a message, the role's own token, the text's, and 3 that prime the reply.
    assert answer["tokens"]["max"] == (3 + 1 + 2) + (3 + 1 + 1) + 3
    assert answer["input_tokens"]["max"] == (3 + 1 + 2) + 3
    assert answer["output_tokens"]["max"] == 1
    assert answer["instruction_tokens"] is None
    assert answer["labels"] == {}


def test_the_instruction_that_every_chat_repeats_is_counted_apart() -> None:
    turns = [{"role": role, "content": "hello world"} for role in ("system", "user", "assistant")]
    chat = read_table((json.dumps({"messages": turns}) + "\n").encode() * 2, "chat.jsonl")
    answer = describe(chat, **columns_of(chat)).dataset.as_json()  # type: ignore[arg-type]
    assert answer["instruction_tokens"]["total"] == 2 * ((3 + 1 + 2) + 3)
    assert answer["input_tokens"]["total"] - answer["instruction_tokens"]["total"] == 2 * (3 + 1 + 2)


def test_likely_columns_are_found_by_name_then_by_shape() -> None:
    rows = [(str(i), "ラベル" + "AB"[i % 2], f"とても長い本文がここに入ります {i}") for i in range(6)]
    assert columns_of(table(*rows, header=("id", "種別", "コメント"))) == {
        "text": "コメント",
        "label": "種別",
        "text2": None,
    }
    assert columns_of(table(*rows, header=("id", "Label", "Text")))["text"] == "Text"
    assert columns_of(table(("a",), ("b",), header=("text",))) == {
        "text": "text",
        "label": None,
        "text2": None,
    }


@given(st.lists(st.integers(0, 10_000), max_size=50))
def test_every_length_is_in_one_bar(lengths: list[int]) -> None:
    found = histogram(lengths)
    assert sum(found.counts) == len(lengths)
    assert len(found.edges) == len(found.counts) + 1 <= 31
    assert found.edges[-1] > max(lengths, default=0)


# What earlier plans hold of a table.


@pytest.mark.parametrize(
    ("kept", "rows", "tokens", "repeated", "largest"),
    [
        ({"rows": 4, "tokens": 12, "duplicates": 1, "labels": {"a": 3, "b": 1}}, 4, 12, 1, "0.75"),
        ({"rows": "4", "tokens": {"total": 12}, "duplicates": [3], "labels": [["a", 3], ["b", 1]]}, 4, 12, 1, "0.75"),
        ({"examples": 4, "tokens": 12, "labels": [{"label": "a", "count": 3}, {"label": "b", "rows": 1}]}, 4, 12, None, "0.75"),
        ({"rows": None, "tokens": None, "duplicates": {"count": 2}, "labels": None}, None, None, 2, None),
    ],
)  # fmt: skip
def test_every_form_that_counts_once_had_says_the_same(
    kept: dict[str, object], rows: int | None, tokens: int | None, repeated: int | None, largest: str | None
) -> None:
    answer = read_answer("dataset", kept)
    found = answer.findings(None)
    assert (found["rows"], found["data_tokens"], found["duplicate_rows"]) == (rows, tokens, repeated)
    assert found["largest_class_share"] == (None if largest is None else Decimal(largest))
    assert read_answer("dataset", answer.as_json()) == answer


def test_labels_that_are_no_counts_leave_the_answer_unread_and_name_the_place() -> None:
    answer = read_answer("dataset", {"rows": 4, "labels": [["a"], {"no": 1}]})
    assert isinstance(answer, Unread)
    assert (answer.field, answer.findings(None)) == ("labels", {})


def test_half_a_character_in_a_label_is_kept() -> None:
    answer = describe(table(*((f"本文{n}", "返品\ud800") for n in range(4))), "text", "label").dataset
    assert answer.labels == {"返品\ud800": 4}
