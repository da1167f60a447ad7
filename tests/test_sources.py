"""Facts are read as they were written, and a file that could mislead or harm is refused with its place."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pricing import Problem
from pricing.sources import Record, Source, parse_yaml, read_records


class Rate(Record):
    usd: Decimal


def test_a_price_stays_exact_and_no_stays_a_word() -> None:
    assert parse_yaml("{rate: 0.40, country: no, on: 2026-11-22, none: }") == {
        "rate": "0.40",
        "country": "no",
        "on": "2026-11-22",
        "none": None,
    }


def test_a_question_may_stand_unquoted_between_braces() -> None:
    said = parse_yaml("title: {ja: 子ども向け「なんで?」ボット, en: Children's why-bot}")
    assert said == {"title": {"ja": "子ども向け「なんで?」ボット", "en": "Children's why-bot"}}


@pytest.mark.parametrize(
    ("text", "problem", "fields"),
    [
        ("a: 1\nb: 2\na: 3\n", "yaml_duplicate_key", {"key": "a", "line": 3}),
        ("x: {a: 1, a: 2}\n", "yaml_duplicate_key", {"key": "a", "line": 1}),
        ("a: &a {x: 1}\nb: {<<: *a}\n", "yaml_merge_key", {"line": 2}),
        ("a: &a [1]\nb: [" + "*a, " * 101 + "]", "yaml_too_many_aliases", {"most": 100}),
        ("a: !!python/object/apply:os.system [ls]", "yaml_unreadable", {"line": 1}),
        ("a: [1,\nb: 2", "yaml_unreadable", {}),
        ("a: " + "[" * 50_000, "yaml_too_deep", {}),
        ("a: \x00", "yaml_unreadable", {}),
    ],
)
def test_a_file_that_misleads_is_refused_with_its_place(
    text: str, problem: str, fields: dict[str, object]
) -> None:
    with pytest.raises(Problem) as caught:
        parse_yaml(text)
    assert caught.value.id == problem
    assert fields.items() <= caught.value.fields.items()


def test_a_wrong_record_is_named_with_its_field(tmp_path: Path) -> None:
    path = tmp_path / "rates.yaml"
    path.write_text("- {usd: 0.40}\n- {usd: cheap}\n", encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_records(path, Rate)
    assert (caught.value.fields["place"], caught.value.fields["field"]) == ("rates.yaml[1]", "usd")
    path.write_text("- {usd: 0.40}\n", encoding="utf-8")
    assert read_records(path, Rate)[0].usd == Decimal("0.40")


def test_a_source_grows_stale_after_ninety_days() -> None:
    source = Source(url="https://example.com", checked=date(2026, 8, 1), kind="official")
    assert not source.is_stale(source.checked + timedelta(days=90))
    assert source.is_stale(source.checked + timedelta(days=91))
