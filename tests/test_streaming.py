"""Tables larger than memory: chunks of CSV and Parquet, one pass, the same report."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor.answers.baseline import Baseline
from baselines import Problem
from baselines.chunks import are_large, encodings, mixed, read_chunks, scatter
from baselines.dataset import LabelledTexts, joined
from baselines.run import run_baseline
from baselines.streaming import SET_ASIDE, WIDEST_HASH, hashed, hashing, stream_baseline
from baselines.table import Limits
from baselines.verdict import Target
from tests.small_tables import inquiries

Write = Callable[..., Path]


def parts(rows: int, language: str = "ja", noise: float = 0.1, size: int = 1_500) -> list[LabelledTexts]:
    data = inquiries(rows, language, noise)
    return [data.take(range(at, min(at + size, rows))) for at in range(0, rows, size)]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(name: str, data: LabelledTexts, encoding: str = "utf-8", delimiter: str = ",") -> Path:
        path = tmp_path / name
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerows(
                [
                    ("text", "other", "label"),
                    *((a, 1, b) for a, b in zip(data.texts, data.labels, strict=True)),
                ]
            )
        return path

    return write


# What one pass reaches.


@pytest.mark.parametrize("language", ["ja", "en"])
def test_one_pass_reaches_what_the_rows_allow_and_draws_its_curve(language: str) -> None:
    chunks = parts(6_000, language)
    answer = Baseline.of(stream_baseline(lambda: chunks, Target("accuracy", 0.8))).as_json()
    accuracy = {row["baseline"]: row["mean"] for row in answer["scores"] if row["metric"] == "accuracy"}
    assert answer["rows"] == 6_000
    assert accuracy["hashed_linear"] > 0.88 > 0.4 > accuracy["majority"]
    assert (answer["verdict"], answer["lowered_by"]) == ("small_model_enough", ["streamed"])
    assert len(answer["curve"]["sizes"]) == 9
    assert answer["curve"]["sizes"][-1] == 6_000 - answer["set_aside"]
    assert answer["curve"]["predicted_sizes"] == [12_000, 24_000]


def test_the_report_has_the_keys_of_a_table_held_in_memory() -> None:
    data = inquiries(600)
    streamed, held = (
        Baseline.of(stream_baseline(lambda: [data])).as_json(),
        Baseline.of(run_baseline(data)).as_json(),
    )
    only_in_memory = {"differences", "suspicious_labels", "recipe", "selection_optimism", "people"}
    assert set(held) - set(streamed) <= only_in_memory
    assert streamed["scores"][0].keys() == held["scores"][0].keys()
    assert streamed["checks"]["streamed"]["set_aside"] == streamed["set_aside"]


def test_labels_in_runs_are_mixed_before_they_are_learned() -> None:
    data = inquiries(6_000, "en", noise=0.05)
    by_label = data.take(sorted(range(len(data)), key=lambda row: data.labels[row]))
    chunks = [by_label.take(range(at, at + 500)) for at in range(0, 6_000, 500)]
    answer = Baseline.of(stream_baseline(lambda: chunks)).as_json()
    score = next(
        row["mean"]
        for row in answer["scores"]
        if (row["baseline"], row["metric"]) == ("hashed_linear", "macro_f1")
    )
    assert score > 0.88
    assert answer["checks"]["rows_mixed"]["rows"] == 6_000
    assert (
        "rows_mixed" not in Baseline.of(stream_baseline(lambda: parts(1_500, size=500))).as_json()["checks"]
    )


def test_mixing_keeps_every_row(tmp_path: Path) -> None:
    data = LabelledTexts(tuple(f'"{n}",\n改行' for n in range(300)), tuple("ab"[n % 2] for n in range(300)))
    paths = scatter([data], 90_000, tmp_path, seed=1)
    again = joined(list(mixed(paths)))
    assert len(paths) == 5
    assert sorted(zip(again.texts, again.labels, strict=True)) == sorted(
        zip(data.texts, data.labels, strict=True)
    )
    assert again.texts != data.texts


def test_a_repeat_is_set_aside_with_its_twin() -> None:
    assert hashed("ＡＢＣ です") == hashed("abc です")
    aside = [hashed(f"text {n}") < WIDEST_HASH // SET_ASIDE for n in range(5_000)]
    assert 0.17 < sum(aside) / len(aside) < 0.23


def test_a_test_file_is_judged_by_when_there_is_one() -> None:
    chunks, held_out = parts(1_500), inquiries(300, seed=9)
    answer = Baseline.of(
        stream_baseline(lambda: chunks, Target("accuracy", 0.5), test=lambda: [held_out])
    ).as_json()
    assert {row["rows"] for row in answer["test_scores"]} == {300}
    assert "measured_on_test" in {reason["id"] for reason in answer["reasons"]}


def test_empty_rows_are_left_out_and_counted() -> None:
    data = inquiries(300)
    holes = joined([data, LabelledTexts(("", " \u200b", "text"), ("x", "y", ""))])
    answer = Baseline.of(stream_baseline(lambda: [holes])).as_json()
    assert (answer["rows"], answer["checks"]["empty_rows"]["rows"]) == (300, 3)


def test_many_classes_get_a_narrower_table_of_features() -> None:
    assert hashing(False, 2).n_features == 2**20
    assert hashing(False, 300).n_features * 300 <= 2**23


# How files are read.


def test_rows_are_read_from_csv_and_parquet_in_chunks(tmp_path: Path, write: Write) -> None:
    import pandas as pd

    data = inquiries(250)
    pd.DataFrame({"text": data.texts, "label": data.labels, "other": 1}).to_parquet(tmp_path / "b.parquet")
    chunks = list(read_chunks([write("a.csv", data), tmp_path / "b.parquet"], "text", "label", rows=100))
    assert [len(chunk) for chunk in chunks] == [100, 100, 50, 100, 100, 50]
    assert joined(chunks[:3]) == joined(chunks[3:]) == data


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [
        ("utf-8", ","),
        ("utf-8-sig", "\t"),
        ("cp932", ","),
        ("euc_jp", ";"),
        ("utf-16", "\t"),
        ("iso2022_jp", ","),
    ],
)
def test_encoding_and_delimiter_are_told_by_the_beginning(
    write: Write, encoding: str, delimiter: str
) -> None:
    data = inquiries(60)
    path = write("table.csv", data, encoding, delimiter)
    assert joined(list(read_chunks([path], "text", "label"))) == data
    assert encodings([path, path, Path("b.parquet")]) == [encoding]


def test_only_the_first_megabyte_tells_the_encoding(write: Write) -> None:
    data = LabelledTexts(tuple(f"返品したい {'長' * 200} {n}" for n in range(4_000)), ("x", "y") * 2_000)
    for encoding in ("utf-8", "utf-16-le", "cp932"):
        path = write("long.csv", data, encoding)
        assert path.stat().st_size > 2**20
        assert next(read_chunks([path], "text", "label", rows=10)).texts[0] == data.texts[0]


def test_a_file_that_changes_its_encoding_is_refused_with_the_row(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"text,label\n" + b"plain,x\n" * 200_000 + "返品,y\n".encode("cp932"))
    with pytest.raises(Problem) as caught:
        list(read_chunks([path], "text", "label"))
    assert caught.value.id == "file_changes_encoding"
    assert caught.value.fields["encoding"] == "utf-8"


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    import pandas as pd

    frame = pd.DataFrame({"body": ["x"], "label": ["y"]})
    frame.to_parquet(tmp_path / name) if name.endswith("parquet") else frame.to_csv(
        tmp_path / name, index=False
    )
    with pytest.raises(Problem) as caught:
        list(read_chunks([tmp_path / name], "text", "label"))
    assert caught.value.fields["column"] == "text"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"text,label\na,b,c\n", "row_too_wide"),
        (b'text,label\n"a,b\n', "quote_not_closed"),
        (b" \n", "file_empty"),
    ],
)
def test_a_file_that_does_not_fit_its_header_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        list(read_chunks([path], "text", "label"))
    assert caught.value.id == problem


def test_files_count_as_large_together(write: Write) -> None:
    paths = [write(f"{n}.csv", inquiries(60, seed=n)) for n in range(3)]
    assert not are_large(paths)
    assert not are_large(paths[:1], Limits(rows=100))
    assert are_large(paths, Limits(rows=100))
    assert are_large(paths, Limits(file_bytes=100))
    assert not are_large([write("a.json", inquiries(60))], Limits(rows=10))


@pytest.mark.parametrize(
    ("chunks", "metric", "problem"),
    [
        (parts(30), "accuracy", "too_few_rows"),
        ([LabelledTexts(("a",) * 60, ("x",) * 60)], "accuracy", "one_class"),
        ([LabelledTexts(("a",) * 60, ("x", "y") * 30)], "accuracy", "texts_hardly_differ"),
        (
            [LabelledTexts(tuple(map(str, range(1_200))), tuple(map(str, range(1_200))))],
            "accuracy",
            "too_many_classes_to_stream",
        ),
        (parts(90), "spearman", "metric_not_for_task"),
    ],
)
def test_what_cannot_be_streamed_is_a_problem(chunks: list[LabelledTexts], metric: str, problem: str) -> None:
    with pytest.raises(Problem) as caught:
        stream_baseline(lambda: chunks, Target(metric, 0.8))
    assert caught.value.id == problem
