"""Training files: format errors in the notebook's own names, limits, epochs, billed tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor.answers.tokens import Tokens
from pricing import Problem
from pricing.sources import read_yaml
from pricing.training_file import (
    ChatFile,
    format_errors,
    looks_like_chat,
    read_chat,
    token_report,
    training_rules,
)

MINI = "openai/gpt-4o-mini-2024-07-18"
CASES = read_yaml(Path(__file__).parent / "samples" / "pricing_cases.yaml")
GOOD = {
    "messages": [
        {"role": "system", "content": "Answer a child in one sentence."},
        {"role": "user", "content": "なんで空は青いの?"},
        {"role": "assistant", "content": "青い光がいちばん広がりやすいからだよ。"},
    ]
}


def lines(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def file_of(count: int, row: Any = GOOD) -> ChatFile:
    return read_chat(lines(*[row] * count))


def test_a_clean_file_has_no_errors() -> None:
    chat = file_of(12)
    assert len(list(chat)) == 12
    assert (chat.errors, chat.warnings, chat.places) == ({}, {}, ())


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("just a text", "data_type"),
        ({"prompt": "a"}, "missing_messages_list"),
        ({"messages": []}, "missing_messages_list"),
        ({"messages": [{"role": "assistant"}]}, "message_missing_key"),
        ({"messages": [{"role": "assistant", "content": "a", "mood": "b"}]}, "message_unrecognized_key"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "unrecognized_role"),
        ({"messages": [{"role": "assistant", "content": None}]}, "missing_content"),
        ({"messages": [{"role": "assistant", "content": []}]}, "missing_content"),
        ({"messages": [{"role": "user", "content": "a"}]}, "example_missing_assistant_message"),
        ({"messages": [{"role": "assistant", "content": "a", "weight": 0.5}]}, "weight_not_0_or_1"),
        ({"messages": ["a text"]}, "data_type"),
    ],
)
def test_each_error_is_named_as_in_the_notebook(row: Any, name: str) -> None:
    assert name in format_errors(row)


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "developer", "content": "Be brief."}, {"role": "assistant", "content": "Yes."}],
        [
            {"role": "assistant", "tool_calls": [{"id": "1"}]},
            {"role": "tool", "tool_call_id": "1", "content": "4"},
        ],
        [{"role": "assistant", "content": None, "function_call": {"name": "f"}}],
        [
            {"role": "assistant", "content": "a", "weight": 0},
            {"role": "assistant", "content": "b", "weight": 1},
        ],
        [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": "b"}],
    ],
)
def test_todays_roles_calls_weights_and_parts_are_welcome(messages: list[Any]) -> None:
    assert format_errors({"messages": messages}) == []


def test_a_line_that_is_not_json_is_named_with_its_line() -> None:
    chat = read_chat(lines(*[GOOD] * 10) + "\n{broken\n")
    assert len(list(chat)) == 10
    assert chat.errors == {"invalid_json": 1}
    assert (chat.places[0].name, chat.places[0].line) == ("invalid_json", 11)


def test_fewer_than_ten_examples_are_an_error() -> None:
    assert file_of(9).errors == {"too_few_examples": 1}
    assert file_of(10).errors == {}


def test_a_missing_system_or_user_message_is_only_a_warning() -> None:
    chat = file_of(10, {"messages": [{"role": "assistant", "content": "a"}]})
    assert chat.errors == {}
    assert chat.warnings == {"missing_system": 10, "missing_user": 10}


def test_lines_are_read_one_by_one_and_none_is_held() -> None:
    read: list[int] = []

    def stream() -> Iterator[bytes]:
        for number in range(12):
            read.append(number)
            yield lines(GOOD).encode() + b"\n"

    chat = iter(read_chat(stream()))
    next(chat)
    assert read == [0]
    assert (
        token_report(read_chat(stream()), MINI).count.lengths
        == [token_report(file_of(1), MINI).count.max] * 12
    )


def test_a_byte_order_mark_and_blank_lines_do_no_harm() -> None:
    chat = read_chat(b"\xef\xbb\xbf" + lines(*[GOOD] * 10).encode() + b"\r\n\r\n")
    assert len(list(chat)) == 10


def test_a_line_separator_inside_a_text_does_not_end_the_line() -> None:
    row = {"messages": [{"role": "assistant", "content": "a\u2028b"}]}
    assert len(list(file_of(10, row))) == 10


def test_an_empty_file_and_another_encoding_are_problems() -> None:
    with pytest.raises(Problem) as empty:
        list(read_chat(b"\n \n"))
    assert empty.value.id == "chat_file_empty"
    with pytest.raises(Problem) as encoded:
        list(read_chat(b"{}\n" + "なんで".encode("cp932")))
    assert (encoded.value.id, encoded.value.fields["line"]) == ("chat_file_not_utf8", 2)


def test_chat_is_told_from_other_lines() -> None:
    assert looks_like_chat(b"\xef\xbb\xbf" + lines(GOOD).encode())
    assert not looks_like_chat("text,label")
    assert not looks_like_chat('{"text": "a"}')
    assert not looks_like_chat("12")


@pytest.mark.parametrize(
    ("examples", "epochs"), [(int(n), int(e)) for n, e in CASES["epochs"]["by_examples"].items()]
)
def test_automatic_epochs_are_those_of_the_notebook(examples: int, epochs: int) -> None:
    assert training_rules().epochs.epochs(examples) == epochs


def test_billed_tokens_are_epochs_times_tokens_cut_at_the_limit() -> None:
    long = {"messages": [*GOOD["messages"], {"role": "assistant", "content": "hello " * 5000}]}
    chat = read_chat(lines(*[GOOD] * 9, long))
    report = token_report(chat, "openai/gpt-3.5-turbo-0613")
    short = report.count.lengths[0]
    assert report.over_limit == 1
    assert report.tokens_per_epoch == 9 * short + 4096
    assert report.n_epochs == 10
    assert report.billed_tokens == 10 * report.tokens_per_epoch
    assert report.count.total > report.tokens_per_epoch


def test_limits_are_those_documented_for_each_model() -> None:
    rules = training_rules()
    limits = {
        "openai/gpt-4o-mini-2024-07-18": 65_536,
        "openai/gpt-4.1-mini-2025-04-14": 65_536,
        "azure/gpt-4.1-nano": 32_768,
        "openai/gpt-3.5-turbo-0125": 16_385,
        "openai/gpt-3.5-turbo-0613": 4_096,
    }
    for model, tokens in limits.items():
        limit = rules.example_limit(model)
        assert limit is not None
        assert limit.tokens == tokens
    assert rules.example_limit("together/lora-up-to-16b") is None


def test_epochs_are_given_or_automatic_or_the_offers_own_or_three() -> None:
    automatic, nova = token_report(file_of(20), MINI), token_report(file_of(20), "aws-bedrock/nova-2-lite")
    assert (automatic.n_epochs, automatic.epochs_by) == (5, "automatic")
    assert (nova.n_epochs, nova.epochs_by) == (2, "offer")
    assert token_report(file_of(20), "together/lora-up-to-16b").n_epochs == 3
    assert token_report(file_of(20), MINI, n_epochs=7).n_epochs == 7
    with pytest.raises(Problem, match="epochs_out_of_range"):
        token_report(file_of(20), MINI, n_epochs=0)


def test_the_report_of_plain_texts_has_no_overhead() -> None:
    answer = Tokens.of(token_report(["hello world"] * 4, MINI), lengths=True).as_json()
    assert (answer["examples"], answer["tokens"], answer["lengths"]) == (4, 8, [2, 2, 2, 2])
    assert answer["format_errors"] == {}


def test_the_report_has_the_promised_keys() -> None:
    answer = Tokens.of(token_report(file_of(10), MINI)).as_json()
    promised = "examples tokens over_limit n_epochs billed_tokens tokenizer exact p50 p95 max format_errors"
    assert set(promised.split()) <= answer.keys()
    assert "lengths" not in answer
