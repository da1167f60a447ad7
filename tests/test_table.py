"""Every file that enters is read as it was meant, or refused with its place."""

from __future__ import annotations

import csv
import io
import json
import pickle
import time
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines import Problem
from baselines.reading import read_table
from baselines.table import Limits
from tests.workbooks import shared_strings, workbook

JAPANESE = "text,label\n返品したいのですが、送料は?,返品\n髙島様の①番、㈱は～です,その他\n"
PLAIN = JAPANESE.replace("髙島", "高島").replace("①番、㈱は～", "一番")


def refused(content: bytes, name: str = "data.csv", **how: object) -> Problem:
    with pytest.raises(Problem) as caught:
        read_table(content, name, **how)  # type: ignore[arg-type]
    return caught.value


def parquet(**columns: object) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    return body.getvalue()


# Encodings


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp"]
)
def test_each_encoding_is_told_by_itself(encoding: str) -> None:
    written = JAPANESE if encoding.startswith(("utf", "cp932")) else PLAIN
    table = read_table(written.encode(encoding), "data.csv")
    assert table.encoding == encoding
    assert table.columns == ("text", "label")
    assert table.column("text") == [line.split(",")[0] for line in written.splitlines()[1:]]


def test_machine_dependent_characters_survive_cp932_where_shift_jis_would_fail() -> None:
    table = read_table(JAPANESE.encode("cp932"), "data.csv")
    assert table.column("text")[1] == "髙島様の①番、㈱は～です"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"text,label\n\xad\xa1\xc8\xd6\xc6\xfc\xcb\xdc,x\n", "euc_jp"),
        (b"text,label\n\x1b$B-!HVF|K\\\x1b(B,x\n", "iso2022_jp"),
    ],
)
def test_circled_numbers_as_windows_writes_them_in_other_encodings(content: bytes, encoding: str) -> None:
    table = read_table(content, "data.csv")
    assert (table.encoding, table.column("text")) == (encoding, ["①番日本"])


@pytest.mark.parametrize(
    "text", ["返品", "注文の品が届かない", "カード", "東京都千代田区", "ログインできません。"]
)
@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_short_japanese_is_not_misread(text: str, encoding: str) -> None:
    table = read_table(f"text,label\n{text},x\n".encode(encoding), "data.csv")
    assert (table.encoding, table.column("text")) == (encoding, [text])


def test_a_choice_by_hand_wins_over_the_guess() -> None:
    content = "text,label\nﾃｽﾄ,x\n".encode("cp932")
    assert read_table(content, "data.csv", encoding="Shift-JIS").column("text") == ["ﾃｽﾄ"]
    assert refused(content, encoding="utf-8").id == "invalid_bytes"
    assert refused(content, encoding="rot13").id == "encoding_unknown"


def test_two_encodings_in_one_file_are_refused_with_the_line() -> None:
    mixed = "text,label\n返品したい,返品\n".encode() + "配送が遅い,配送\n".encode("cp932")
    assert (refused(mixed).id, refused(mixed).fields["line"]) == ("mixed_encodings", 3)


def test_a_lone_surrogate_is_refused_with_its_byte() -> None:
    problem = refused(b"text,label\n\xed\xa0\x80,x\n")
    assert (problem.id, problem.fields["byte"], problem.fields["line"]) == ("invalid_bytes", 11, 2)


def test_a_nul_is_refused_with_its_row() -> None:
    assert refused(b"text,label\na,b\nc\x00d,e\n").fields == {"row": 3}


# Delimiters and rows


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_told_by_a_vote(delimiter: str) -> None:
    content = f"text{delimiter}label\nyes, and: no{delimiter}a\nhello; there{delimiter}b\n"
    quoted = (
        content
        if delimiter not in ",;"
        else content.replace("yes, and: no", '"yes, and: no"').replace("hello; there", '"hello; there"')
    )
    table = read_table(quoted.encode(), "data.txt")
    assert (table.delimiter, table.column("label")) == (delimiter, ["a", "b"])


def test_one_column_is_not_split_on_a_letter_or_a_comma() -> None:
    table = read_table(b"text\nattention, please\nthat is it\n", "data.csv")
    assert (table.delimiter, table.column("text")) == (None, ["attention, please", "that is it"])


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_any_line_break_will_do_also_inside_quotes(line_break: str) -> None:
    table = read_table(line_break.join(["text,label", '"one', 'two",a', "three,b", ""]).encode(), "data.csv")
    assert table.column("text") == [f"one{line_break}two", "three"]


def test_a_first_row_too_long_is_refused_where_pandas_would_shift_columns() -> None:
    assert refused(b"text,label\na,b,c\nd,e,f\n").fields == {"row": 2, "found": 3, "expected": 2}


def test_rows_too_short_are_filled_up_and_counted() -> None:
    table = read_table(b"text,label\na,b\nc\nd,e\n", "data.csv")
    assert table.column("label") == ["b", "", "e"]
    assert [(note.id, dict(note.fields)) for note in table.notes] == [
        ("rows_too_short", {"count": 1, "row": 3})
    ]


def test_a_quote_that_never_closes_is_refused_with_the_row_it_opens_on() -> None:
    assert refused(b'text,label\na,b\n"abc,d\ne,f').fields == {"row": 3}


def test_tab_separated_text_keeps_stray_quotes() -> None:
    table = read_table(b'text\tlabel\n"Well" he said\ta\nno\tb\n', "data.tsv")
    assert table.column("text") == ['"Well" he said', "no"]
    assert [note.id for note in table.notes] == ["quotes_kept_as_text"]


def test_words_that_pandas_takes_for_nothing_stay_words() -> None:
    words = ["NA", "None", "null", "nan", "-", "N/A", "1.0", " 1", "１"]
    table = read_table(("text,label\n" + "".join(f"x,{word}\n" for word in words)).encode(), "data.csv")
    assert table.column("label") == words


def test_headers_are_trimmed_and_repeated_ones_refused() -> None:
    assert read_table(" text ,　label\na,b\n".encode(), "data.csv").columns == ("text", "label")
    assert refused(b"text,label,text\na,b,c\n").fields == {"column": "text"}


def test_a_nameless_column_gets_a_name_and_an_empty_one_goes() -> None:
    assert read_table(b",text,label,\n0,a,b,\n", "data.csv").columns == ("column_1", "text", "label")


def test_a_full_width_comma_gets_a_hint() -> None:
    assert refused("text，label\nあ，い\n".encode()).fields == {"found": "，"}


def test_no_such_column_tells_the_names_there_are() -> None:
    with pytest.raises(Problem) as caught:
        read_table(b"text,label\na,b\n", "data.csv").column("category")
    assert caught.value.fields == {"column": "category", "found": ["text", "label"]}


def test_formulas_and_markup_stay_text() -> None:
    cells = [
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "+1",
        "-1",
        "\t=1",
        "＝1+1",
        "![x](http://evil/p.png)",
        "<img onerror=1>",
    ]
    body = io.StringIO()
    csv.writer(body).writerows([["text", "label"], *([cell, "a"] for cell in cells)])
    assert read_table(body.getvalue().encode(), "data.csv").column("text") == cells


# What is not a table


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b" \r\n\r\n", "file_empty"),
        (b"text,label\n", "header_only"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file_of_another_kind"),
        (b"MZ\x90\0\x03\0", "file_of_another_kind"),
        (b"%PDF-1.7\n", "file_of_another_kind"),
        (b"PK\x03\x04broken", "file_damaged"),
        (pickle.dumps(["text"]), "file_of_another_kind"),
        (bytes(range(1, 32)) * 50, "file_of_another_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "workbook_locked_or_old"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "file_is_web_page"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(content: bytes, id: str) -> None:
    assert refused(content).id == id


@pytest.mark.parametrize("name", ["model.pkl", "data.joblib", "weights.npy", "data.docx"])
def test_other_endings_are_refused_unread(name: str) -> None:
    assert refused(b"text,label\na,b\n", name).id == "file_type_unsupported"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read_table(tmp_path / "none.csv")
    assert caught.value.fields == {"file": "none.csv"}


# Limits


def test_limits_are_named_with_what_was_found() -> None:
    small = Limits(file_bytes=2**20, rows=3, columns=4, cell_characters=50, characters=200)
    assert refused(b"text\n" + b"a" * 2**20, limits=small).id == "file_too_large"
    assert refused(b"text,label\n" + b"a,b\n" * 4, limits=small).fields == {"limit": 3}
    assert refused(b"a,b,c,d,e\n1,2,3,4,5\n", limits=small).fields == {"limit": 4, "found": 5}
    long = refused(b"text,label\na,b\n" + b"c" * 51 + b",d\n", limits=small)
    assert long.fields == {"row": 3, "column": "text", "found": 51, "limit": 50}


def test_many_columns_are_refused_before_the_rows_are_parsed() -> None:
    content = b",".join(b"c%d" % i for i in range(200_000)) + b"\n" + b"," * 199_999 + b"\n"
    began = time.process_time()
    assert refused(content).fields == {"limit": 200, "found": 200_000}
    assert time.process_time() - began < 5


def test_a_long_text_is_welcome_and_an_endless_one_is_not() -> None:
    assert (
        len(read_table(b"text,label\n" + b"x" * 900_000 + b",a\n", "data.csv").column("text")[0]) == 900_000
    )
    assert refused(b"text,label\n" + b"x" * 2_000_000 + b",a\n").id == "cell_too_long"


# JSON


def test_json_lines_become_columns_in_order_of_appearance() -> None:
    table = read_table(
        '{"text": "あ", "n": 1}\n\n{"text": null, "ok": true, "n": 1.0, "tags": ["x"]}\n'.encode(), "d.jsonl"
    )
    assert table.head(2) == {"text": ["あ", ""], "n": ["1", "1.0"], "ok": ["", "true"], "tags": ["", '["x"]']}


def test_a_json_list_is_read_like_lines() -> None:
    assert read_table(b'[{"a": "x"}, {"a": "y"}]', "d.json").column("a") == ["x", "y"]


def test_chat_lines_show_who_said_what() -> None:
    turns = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "q\u2028"},
        {"role": "assistant", "content": "a"},
    ]
    table = read_table((json.dumps({"messages": turns}, ensure_ascii=False) + "\n").encode(), "chat.jsonl")
    assert (table.kind, table.head(1)["user"], table.head(1)["assistant"]) == ("chat", ["q\u2028"], ["a"])
    assert json.loads(table.column("messages")[0]) == turns


@pytest.mark.parametrize(
    ("content", "id", "place"),
    [
        (b'{"a": 1}\n{"a": \n', "json_unreadable", 2),
        (b'{"a": 1}\n[1]\n', "json_not_an_object", 2),
        (b'{"a": 1, "a": 2}\n', "json_key_repeated", 1),
        (b'{"a": "\\ud800"}\n', "json_half_a_character", 1),
        (b'{"a": ' + b"[" * 100_000 + b"\n", "json_unreadable", 1),
        (b'{"a": 1' + b"0" * 5_000 + b"}\n", "json_unreadable", 1),
    ],
)
def test_json_that_is_wrong_is_refused_with_its_line(content: bytes, id: str, place: int) -> None:
    problem = refused(content, "d.jsonl")
    assert (problem.id, problem.fields.get("line", problem.fields.get("row"))) == (id, place)


# XLSX


def test_a_workbook_shows_what_excel_shows() -> None:
    rows = [["text", "n", "ok"], ["あ", 1.0, True], ["い", 2.5, None]]
    table = read_table(workbook({"Sheet": rows}), "data.xlsx")
    assert table.head(2) == {"text": ["あ", "い"], "n": ["1", "2.5"], "ok": ["TRUE", ""]}


def test_the_first_visible_filled_sheet_is_read_and_another_can_be_chosen() -> None:
    rows = {"old": [["x"], ["1"]], "empty": [], "data": [["text"], ["a"]]}
    body = workbook(rows, hidden={"old"})
    assert (read_table(body, "b.xlsx").sheet, read_table(body, "b.xlsx").sheets) == (
        "data",
        ("empty", "data", "old"),
    )
    assert read_table(body, "b.xlsx", sheet="old").column("x") == ["1"]
    assert refused(body, "b.xlsx", sheet="new").fields == {"sheet": "new", "found": ["empty", "data", "old"]}


def test_merged_cells_are_mentioned() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row></sheetData>'
        '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    )
    table = read_table(workbook({"Sheet": sheet}, parts=shared_strings("text", "a")), "b.xlsx")
    assert [note.id for note in table.notes] == ["cells_merged"]


def test_a_workbook_that_unpacks_too_large_is_refused_before_it_is_read() -> None:
    body = workbook({"Sheet": [["text"], ["a" * 3_000_000]]})
    assert len(body) < 10_000
    assert refused(body, "b.xlsx", limits=Limits(unpacked_bytes=2**20)).id == "unpacks_too_large"


def test_an_entity_bomb_is_refused_at_once() -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    sheet = '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
    body = workbook({"Sheet": []}, parts={"xl/worksheets/sheet1.xml": entities + sheet})
    assert refused(body, "b.xlsx").id == "file_damaged"


# Parquet


def test_parquet_text_numbers_and_gaps() -> None:
    table = read_table(
        parquet(text=["あ", None], n=[1, 2], vector=[[1.0], [2.0]], image=[b"x", b"y"]), "d.parquet"
    )
    assert table.head(2) == {"text": ["あ", ""], "n": ["1", "2"]}
    assert [(note.id, note.fields["columns"]) for note in table.notes] == [
        ("columns_left_out", ["vector", "image"])
    ]


def test_parquet_chat_is_recognised() -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    table = read_table(parquet(messages=[turns]), "d.parquet")
    assert (table.kind, table.column("user"), table.column("assistant")) == ("chat", ["q"], ["a"])


def test_a_parquet_bomb_is_refused_by_its_metadata() -> None:
    body = parquet(n=pa.array([0] * 5_000_000, type=pa.int8()))
    assert len(body) < 20_000
    assert refused(body, "d.parquet").id == "rows_too_many"


def test_one_long_text_repeated_takes_the_room_of_one() -> None:
    text = "長い文。" * 20_000
    body = parquet(text=pa.DictionaryArray.from_arrays(pa.array([0] * 10_000), pa.array([text])))
    assert len(body) < 1_000_000
    tracemalloc.start()
    assert refused(body, "d.parquet").id == "text_too_much"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


# Any table, any bytes

CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r"), max_size=12)
# What all the Japanese encodings share.
JAPANESE_CELL = st.text(st.sampled_from('返品配送アカウントがとどかない。、?! abc12,;"\n'), max_size=12)


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    body = io.StringIO(newline="")
    csv.writer(body, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return body.getvalue()


def tables(cell: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6)
    )


@settings(max_examples=200, deadline=None)
@given(
    rows=tables(CELL),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    delimiter=st.sampled_from(",\t;|"),
)
def test_any_table_comes_back_as_it_was(rows: list[list[str]], encoding: str, delimiter: str) -> None:
    header = [f"c{i}" for i in range(len(rows[0]))]
    table = read_table(
        written([header, *rows], delimiter).encode(encoding),
        "data.csv",
        encoding=encoding,
        delimiter=delimiter,
    )
    assert [list(row) for row in zip(*table.values, strict=True)] == rows


@settings(max_examples=200, deadline=None)
@given(
    rows=tables(JAPANESE_CELL),
    encoding=st.sampled_from(["utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be"]),
)
def test_a_japanese_table_comes_back_from_any_encoding_unasked(rows: list[list[str]], encoding: str) -> None:
    header = [f"列{i}です" for i in range(len(rows[0]))]
    table = read_table(written([header, *rows]).encode(encoding), "data.csv")
    assert [list(row) for row in zip(*table.values, strict=True)] == rows


@settings(max_examples=300, deadline=None)
@given(
    content=st.binary(max_size=300),
    ending=st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".xlsx", ".parquet", ""]),
)
def test_any_bytes_are_read_or_refused(content: bytes, ending: str) -> None:
    try:
        assert read_table(content, f"data{ending}").rows > 0
    except Problem as problem:
        assert problem.id


PARQUET = parquet(text=["あ", "い"], label=[1, 2])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([PARQUET, JAPANESE.encode("utf-16")]))
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + data.draw(st.integers(0, 4)) :]
    try:
        read_table(damaged, "data.csv")
    except Problem as problem:
        assert problem.id


@settings(max_examples=100, deadline=None)
@given(rows=tables(CELL))
def test_a_table_survives_its_json_form(rows: list[list[str]]) -> None:
    table = read_table(written([[f"c{i}" for i in range(len(rows[0]))], *rows]).encode(), "data.csv")
    assert type(table).from_json(json.loads(json.dumps(table.as_json()))) == table
