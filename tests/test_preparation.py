"""From a table to training files: nothing lost, nothing on two sides, everything odd named with its row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.answers.preparation import Preparation as Kept
from advisor.preparation import Columns, Preparation, prepare, read_examples
from advisor.preparation.findings import across_splits, check, group_inputs
from advisor.preparation.oddities import is_mojibake, is_placeholder, language_hint
from advisor.preparation.personal_data import personal_data
from advisor.preparation.splits import SplitSizes, joined, parse_split, split_rows
from advisor.preparation.training_formats import FORMATS, Example, write_lines
from baselines.reading import read_table
from pricing import Problem
from pricing.training_file import read_chat

EXAMPLES = Path(__file__).parent.parent / "advisor" / "data" / "examples"

texts = st.text(st.characters(codec="utf-8"), max_size=40)
# What a table may hold: files full of control characters are refused as no table.
printed = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
singles = st.builds(Example.of, texts, texts, st.just(""), st.just(None))


def table_of(rows: list[dict[str, str]], name: str = "rows.jsonl"):
    return read_table("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(), name)


def questions(count: int) -> list[dict[str, str]]:
    """Rows whose inputs have nothing in common."""
    return [
        {"q": chr(0x4E00 + 97 * n) * 3 + chr(0x5000 + 89 * n) * 4, "a": f"答え{n}。"} for n in range(count)
    ]


def made(rows: list[dict[str, str]], **asked: object) -> Preparation:
    return prepare(table_of(rows), Columns("q", "a"), **asked)  # type: ignore[arg-type]


def found(examples: list[Example], **asked: object) -> dict[str, tuple[int, ...]]:
    grouping = group_inputs([example.input for example in examples])
    return {finding.id: finding.rows for finding in check(examples, grouping, **asked)}  # type: ignore[arg-type]


# Formats.


def read_lines(text: str, format: str) -> list[Example]:
    """What a trainer reads in a file of this format."""
    # Not splitlines(): U+2028 and its kin are ordinary characters inside a JSON string.
    return [READ[format](json.loads(line)) for line in text.split("\n") if line]


def from_dpo(shape: dict) -> Example:
    return Example((*shape["prompt"], *shape["chosen"]), shape["rejected"][0]["content"])


def from_alpaca(shape: dict) -> Example:
    assert shape["input"] == ""
    return Example.of(shape["instruction"], shape["output"], shape.get("system", ""))


def from_sharegpt(shape: dict) -> Example:
    roles = {"human": "user", "gpt": "assistant"}
    turns = [(roles.get(turn["from"], turn["from"]), turn["value"]) for turn in shape["conversations"]]
    return Example(tuple({"role": role, "content": said} for role, said in turns))


READ = {
    "chat": lambda shape: Example(tuple(shape["messages"])),
    "completion": lambda shape: Example.of(shape["prompt"], shape["completion"]),
    "dpo": from_dpo,
    "alpaca": from_alpaca,
    "sharegpt": from_sharegpt,
}


@pytest.mark.parametrize("format", sorted(FORMATS))
@given(st.lists(singles, max_size=5))
@settings(deadline=None)
def test_a_training_file_reads_back_as_it_was_written(format: str, examples: list[Example]) -> None:
    if format == "dpo":
        examples = [Example(example.messages, rejected="") for example in examples]
    assert read_lines(write_lines(examples, format), format) == examples


@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4))
@settings(deadline=None)
def test_the_system_text_survives_the_formats_that_have_a_place_for_it(
    rows: list[tuple[str, str, str]],
) -> None:
    examples = [Example.of(asked, answered, system=f"s{system}") for asked, answered, system in rows]
    for format in ("chat", "alpaca", "sharegpt"):
        assert read_lines(write_lines(examples, format), format) == examples


@given(st.lists(st.tuples(printed.filter(str.strip), printed.filter(str.strip)), min_size=1, max_size=4))
@settings(deadline=None)
def test_a_table_comes_back_from_its_training_file(rows: list[tuple[str, str]]) -> None:
    table = table_of([{"q": asked, "a": answered} for asked, answered in rows])
    written = write_lines(read_examples(table, Columns("q", "a")), "chat")
    back = read_table(written.encode(), "train.jsonl")
    assert back.column("user") == table.column("q")
    assert back.column("assistant") == table.column("a")


def test_japanese_is_written_as_japanese() -> None:
    assert "空" in write_lines([Example.of("なんで空は青いの?", "光が散らばるから。")], "chat")


def test_a_conversation_of_several_turns_stays_one() -> None:
    turns = [{"role": role, "content": role * 3} for role in ("user", "assistant", "user", "assistant")]
    example = Example(tuple(turns))
    for format in ("chat", "sharegpt"):
        assert read_lines(write_lines([example], format), format) == [example]
    with pytest.raises(Problem, match="format_holds_one_turn"):
        write_lines([example], "alpaca")


def test_a_preference_file_needs_the_answers_not_wanted() -> None:
    with pytest.raises(Problem, match="rejected_column_needed"):
        made(questions(10), format="dpo")
    rows = [row | {"rejected": "だめな答え。"} for row in questions(10)]
    line = json.loads(made(rows, format="dpo").lines("train").split("\n")[0])
    assert line["rejected"] == [{"role": "assistant", "content": "だめな答え。"}]
    assert [message["role"] for message in line["prompt"]] == ["user"]


# Splitting.


def test_whole_numbers_are_rows_and_decimals_are_shares() -> None:
    assert parse_split("70/30/30", 130) == SplitSizes(70, 30, 30, 0, "rows")
    assert parse_split("70/30/30", 150).left_out == 20
    assert parse_split("0.7/0.15/0.15", 130) == SplitSizes(91, 20, 19)
    assert parse_split("０．７／０．１５／０．１５", 200).test == 30
    assert parse_split("80/10/10", 1000) == SplitSizes(800, 100, 100, 0, "percent")
    assert parse_split("80%/10%/10%", 100).by == "percent"


@pytest.mark.parametrize(
    ("split", "problem"),
    [
        ("70/30", "split_unreadable"),
        ("a/b/c", "split_unreadable"),
        ("-1/2/3", "split_unreadable"),
        ("nan/0.5/0.5", "split_unreadable"),
        ("0/5/5", "split_part_empty"),
        ("0.5/0.4/0.3", "split_does_not_add_up"),
        ("70/30/30", "split_needs_more_rows"),
        ("0.98/0.01/0.01", "split_part_empty"),
    ],
)
def test_a_split_that_cannot_be_is_refused_by_name(split: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_split(split, 20)
    assert caught.value.id == problem


@given(
    st.lists(st.integers(0, 30), min_size=30, max_size=120),
    st.tuples(st.integers(1, 10), st.integers(0, 10), st.integers(0, 10)),
    st.integers(0, 5),
)
@settings(deadline=None)
def test_what_belongs_together_stays_in_one_part(
    groups: list[int], sizes: tuple[int, int, int], seed: int
) -> None:
    wanted = SplitSizes(*sizes, len(groups) - sum(sizes))
    parts = split_rows(wanted, groups, None, seed)
    assert len({(group, part) for group, part in zip(groups, parts, strict=True)}) == len(set(groups))


@given(st.integers(3, 200), st.integers(0, 3))
@settings(deadline=None)
def test_single_rows_fill_each_part_exactly(rows: int, seed: int) -> None:
    wanted = SplitSizes(rows - 2 * (rows // 3), rows // 3, rows // 3)
    parts = split_rows(wanted, range(rows), None, seed)
    assert Counter(parts) == {part: size for part, size in wanted.wanted.items() if size}


def test_labels_keep_their_shares_in_every_part() -> None:
    labels = ["返品"] * 600 + ["配送"] * 300 + ["故障"] * 100
    parts = split_rows(parse_split("0.7/0.15/0.15", 1000), range(1000), labels, 42)
    for label, rows in Counter(labels).items():
        for part, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
            got = sum(a == label and b == part for a, b in zip(labels, parts, strict=True))
            assert abs(got - share * rows) <= 1.5


def test_a_label_with_too_few_rows_cannot_be_stratified() -> None:
    with pytest.raises(Problem) as caught:
        split_rows(parse_split("0.6/0.2/0.2", 12), range(12), ["a"] * 11 + ["b"], 1)
    assert caught.value.id == "stratum_too_small"
    assert caught.value.fields["labels"] == ["b"]


def test_the_seed_decides_and_nothing_else() -> None:
    rows = questions(60)
    assert made(rows, seed=7).lines("train") == made(rows, seed=7).lines("train")
    assert made(rows, seed=7).lines("train") != made(rows, seed=8).lines("train")


def test_chains_of_equal_rows_are_followed() -> None:
    assert joined([1, 1, 2, 3], ["a", "b", "b", "c"]) == [0, 0, 0, 3]


def test_repeats_stay_on_one_side() -> None:
    rows = questions(40) + [{"q": row["q"] + " ", "a": row["a"]} for row in questions(20)]
    result = made(rows, split="0.5/0.25/0.25")
    assert result.duplicates_across_splits == []
    assert result.near_duplicates_across_splits == []
    assert [result.count("train"), result.count("validation"), result.count("test")] == [30, 15, 15]


def test_a_chain_of_near_rows_longer_than_the_test_data_is_divided_and_told() -> None:
    rows = [{"q": f"注文番号{n}はどこですか", "a": f"答え{n}。"} for n in range(60)]
    result = made(rows)
    assert result.near_duplicates_across_splits
    assert result.duplicates_across_splits == []


def test_leaks_are_counted_on_the_later_side() -> None:
    assert across_splits(["test", "train", "validation", None], [0, 0, 0, 0]) == [0, 2]


# The whole door.


def test_the_worked_example_is_prepared_again(tmp_path: Path) -> None:
    lines = "".join(
        (EXAMPLES / f"why_bot_{part}.jsonl").read_text(encoding="utf-8")
        for part in ("train", "validation", "test")
    )
    table = read_table(lines.encode(), "why_bot.jsonl")
    result = prepare(table, Columns("user", "assistant"), split="70/30/30")
    answer = Kept.of(result, result.write(tmp_path)).as_json()
    assert [answer[part] for part in ("train", "validation", "test")] == [70, 30, 30]
    assert answer["duplicates_across_splits"] == 0
    assert answer["format_errors"] == {}
    written = "".join(Path(path).read_text(encoding="utf-8") for path in answer["files"].values())
    assert sorted(written.splitlines()) == sorted(lines.splitlines())
    assert read_chat((tmp_path / "train.jsonl").read_bytes()).errors == {}


def test_every_row_is_kept_and_what_is_wrong_is_named() -> None:
    rows = [*questions(29), {"q": "なんで海は塩からいの?", "a": ""}]
    answer = Kept.of(made(rows)).as_json()
    assert answer["train"] + answer["validation"] + answer["test"] == 30
    assert answer["format_errors"] == {"missing_content": 1}
    empty = next(finding for finding in answer["findings"] if finding["id"] == "empty_output")
    assert empty["rows"] == [30]


def test_rows_of_a_finding_are_left_out_when_asked() -> None:
    rows = [*questions(29), {"q": "なんで海は塩からいの?", "a": ""}]
    answer = Kept.of(made(rows, drop=["empty_output"])).as_json()
    assert answer["dropped"] == 1
    assert answer["train"] + answer["validation"] + answer["test"] == 29
    assert answer["format_errors"] == {}


def test_rows_of_a_csv_are_numbered_as_a_spreadsheet_shows_them() -> None:
    body = "q,a\n" + "".join(f"{row['q']},{row['a']}\n" for row in questions(11)) + "なんで海は塩からいの?,\n"
    answer = Kept.of(prepare(read_table(body.encode(), "x.csv"), Columns("q", "a"))).as_json()
    assert next(finding for finding in answer["findings"] if finding["id"] == "empty_output")["rows"] == [13]


def test_a_missing_column_is_named_with_those_there_are() -> None:
    with pytest.raises(Exception, match="no_such_column") as caught:
        prepare(table_of(questions(12)), Columns("question", "a"))
    assert caught.value.fields["found"] == ["q", "a"]  # type: ignore[attr-defined]


# Findings.


def test_conflicting_answers_and_repeats_are_told_apart() -> None:
    examples = [Example.of(row["q"], row["a"]) for row in questions(12)]
    examples += [examples[0], Example.of(examples[1].input, "別の答え。")]
    rows = found(examples)
    assert rows["exact_duplicates"] == (12,)
    assert rows["conflicting_answers"] == (1, 13)


def test_sums_with_other_numbers_do_not_conflict() -> None:
    examples = [Example.of(f"{n}たす{n}は?", f"{2 * n}だよ。") for n in range(12)]
    assert "conflicting_answers" not in found(examples)


def test_examples_over_the_cap_are_named() -> None:
    examples = [Example.of(row["q"], row["a"]) for row in questions(12)]
    examples[3] = Example.of("長い" * 3000, "はい。")
    assert found(examples, model="openai/gpt-4o-mini-2024-07-18", token_limit=4096)["over_token_cap"] == (3,)


def test_labels_are_judged_as_labels() -> None:
    examples = [Example.of(row["q"], "返品" if n < 55 else "配送") for n, row in enumerate(questions(60))]
    rows = found(examples)
    assert rows["label_imbalance"] == (55, 56, 57, 58, 59)
    assert "output_length_outliers" not in rows


def test_odd_texts_are_named() -> None:
    examples = [
        Example.of(f"{row['q']}はなぜですか", f"それは{row['q']}だからです。") for row in questions(30)
    ]
    examples[2] = Example.of("縺ゅ＞縺�縺医♀", "それは光だからです。")
    examples[4] = Example.of("TODO", "それは水だからです。")
    examples[6] = Example.of(examples[6].input, "AI言語モデルとして、お答えします。")
    examples[8] = Example.of("Please tell me why the sky is blue", "それは風だからです。")
    examples[9] = Example.of("担当 taro@example.co.jp まで連絡していいですか", "はい、どうぞ。")
    examples[11] = Example.of(examples[11].input, examples[11].input)
    examples[13] = Example.of(examples[13].input, "それは土のなかにいる虫たちが")
    rows = found(examples)
    assert rows["mojibake"] == (2,)
    assert rows["placeholders"] == (4,)
    assert rows["boilerplate"] == (6,)
    assert rows["input_language_mix"] == (8,)
    assert rows["personal_data"] == (9,)
    assert rows["output_repeats_input"] == (11,)
    assert 13 in rows["cut_off"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("携帯は０９０ー１２３４ー５６７８です", {"phone"}),
        ("代表03(1234)5678", {"phone"}),
        ("フリーダイヤル0120-123-456", set()),
        ("〒100-0001 東京都千代田区千代田1-1", {"postal_code", "address"}),
        ("番号は1234 5678 9018", {"my_number"}),
        ("番号は1234 5678 9012", set()),
        ("カードは4111 1111 1111 1111", {"card"}),
        ("注文は2026-11-22、1,200-1,500円", set()),
        ("鍵はsk-abcdefghijklmnopqrstuv", {"secret"}),
        ("連絡先taro.y@example.co.jpまで", {"email"}),
    ],
)
def test_personal_data_is_found_as_it_is_written_in_japan(text: str, kinds: set[str]) -> None:
    assert set(personal_data(text)) == kinds


def test_mojibake_is_told_from_text() -> None:
    assert is_mojibake("日本語のテキスト".encode().decode("cp932", "replace"))
    assert is_mojibake("crème brûlée – déjà vu".encode().decode("latin-1"))
    assert not any(map(is_mojibake, ("crème brûlée déjà vu", "本当ですか??", "繧繝彩色", "ﾃｽﾄ")))


def test_languages_are_told_by_their_letters() -> None:
    assert language_hint("USBケーブルのType-C対応について") == "ja"
    assert language_hint("请问我的订单什么时候可以送到") == "han"
    assert language_hint("주문한 상품이 아직 안 왔어요") == "hangul"
    assert language_hint("OK") is None


def test_emoji_and_short_answers_are_not_placeholders() -> None:
    assert not any(map(is_placeholder, ("🙂", "はい", "A", "3")))
    assert all(map(is_placeholder, ("ー", "TODO", "未記入", "ｘｘｘ", "...")))


def test_doubtful_labels_are_looked_for_only_when_asked() -> None:
    words = {"fruit": "ripe sweet apple", "animal": "grey swift horse"}
    examples = [
        Example.of(f"{chr(97 + n)} {text}", label) for n in range(20) for label, text in words.items()
    ]
    examples[0] = Example.of(examples[0].input, "animal")
    assert "doubtful_labels" not in found(examples)
    assert found(examples, doubt_labels=True)["doubtful_labels"] == (0,)


@pytest.mark.parametrize("piece", ["1-", "a.", "a@b.", "0123-4567-", "県"])
def test_long_texts_of_nearly_personal_data_are_read_to_their_end(piece: str) -> None:
    assert personal_data(piece * 100_000) == {}
