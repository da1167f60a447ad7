"""Usage logs: OpenAI-style JSONL and CSV become tokens per request and requests per month."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from pricing import Problem
from pricing.usage_log import read_usage_log


def test_chat_completions_with_cached_and_reasoning_tokens() -> None:
    row = {
        "created": 1_790_000_000,
        "usage": {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "prompt_tokens_details": {"cached_tokens": 1920},
            "completion_tokens_details": {"reasoning_tokens": 120},
        },
    }
    log = read_usage_log(json.dumps(row))
    assert (log.input_tokens, log.cached_tokens) == (2006, 1920)
    assert (log.output_tokens, log.reasoning_tokens) == (180, 120)
    assert log.requests_per_month is None


def test_lines_of_a_batch_are_found_inside_their_response() -> None:
    row = {"custom_id": "1", "response": {"body": {"usage": {"prompt_tokens": 10, "completion_tokens": 4}}}}
    assert read_usage_log(json.dumps(row)).output_tokens == 4


def test_buckets_of_the_usage_page_count_their_requests() -> None:
    text = "start_time,input_tokens,output_tokens,input_cached_tokens,num_model_requests\n0,1000,100,500,10\n86400,3000,300,0,10\n"
    log = read_usage_log(text.encode())
    assert (log.requests, log.input_tokens, log.cached_tokens) == (20, 200, 25)
    assert log.requests_per_month == Decimal(608)
    assert log.input_p10 < log.input_p90


def test_a_log_tells_what_was_used_on_average() -> None:
    log = read_usage_log("prompt_tokens,completion_tokens,cached_tokens\n1000,50,0\n3000,70,2000\n")
    assert (log.input_tokens, log.output_tokens, log.cached_tokens) == (2000, 60, 1000)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "usage_log_empty"),
        ("a,b\n", "usage_log_empty"),
        ("text,label\nhello,1\n", "usage_log_without_tokens"),
        ('{"id": 1}', "usage_log_without_tokens"),
        ('{"prompt_tokens": 1', "usage_log_line"),
        ("prompt_tokens,completion_tokens\n-1,5\n", "number_out_of_range"),
        ("prompt_tokens,completion_tokens\nmany,5\n", "number_expected"),
    ],
)
def test_a_log_that_cannot_be_used_says_why(text: str, problem: str) -> None:
    with pytest.raises(Problem) as raised:
        read_usage_log(text)
    assert raised.value.id == problem
