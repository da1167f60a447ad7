"""Tokens are counted as tiktoken counts them, without its network, and an estimate says that it is one."""

from __future__ import annotations

import inspect
import re
from datetime import date
from decimal import Decimal

import pytest
import tiktoken.model
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken_ext import openai_public

from pricing.book import price_book
from pricing.per_text import cost_per_text
from pricing.sources import Source
from pricing.tokens import (
    TokenCount,
    count_chat,
    count_texts,
    encoding,
    percentile,
    tokenizer_for,
    tokenizers,
)

MINI = "openai/gpt-4o-mini-2024-07-18"
# Known ids of tiktoken itself, from its own published tests and README.
KNOWN_IDS = {"cl100k_base": [15339, 1917], "o200k_base": [24912, 2375]}


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base"])
def test_ids_are_those_of_tiktoken(name: str) -> None:
    assert encoding(name).encode_ordinary("hello world") == KNOWN_IDS[name]


@pytest.mark.parametrize("name", ["cl100k_base", "o200k_base"])
def test_the_definition_is_tiktokens_own(name: str) -> None:
    source = inspect.getsource(getattr(openai_public, name))
    assert "load_tiktoken_bpe(" in source
    assert encoding(name).name == name
    assert encoding(name).eot_token in (100257, 199999)


def test_special_tokens_in_a_text_are_plain_text() -> None:
    assert count_texts(["<|endoftext|>"], MINI).lengths == [7]


def test_a_lone_surrogate_does_not_break_the_count() -> None:
    assert count_texts(["\ud800abc"], MINI).total > 0


def test_japanese_is_not_divided_by_four() -> None:
    text = "なんで空は青いの?太陽の光が空気にぶつかって、青い光だけが広がるからだよ。"
    assert count_texts([text], "openai/gpt-3.5-turbo-0125").total > 2 * len(text) / 4


@pytest.mark.parametrize(
    ("model", "name"),
    [*tiktoken.model.MODEL_TO_ENCODING.items(), *tiktoken.model.MODEL_PREFIX_TO_ENCODING.items()],
)
def test_exact_models_use_the_vocabulary_that_tiktoken_names(model: str, name: str) -> None:
    row = tokenizer_for(model)
    expected = "o200k_base" if name == "o200k_harmony" else name
    assert not row.exact or row.encoding == expected


def test_models_we_offer_are_counted_exactly() -> None:
    for model in (MINI, "azure/gpt-4.1-mini", "openai/o4-mini-2025-04-16", "openai/gpt-3.5-turbo-0125"):
        assert tokenizer_for(model).exact


@pytest.mark.parametrize(
    "model", ["anthropic/claude-sonnet-5", "google/gemini-2.5-flash", "acme/unheard-of", "openai/gpt-6-luna"]
)
def test_without_a_public_vocabulary_a_count_is_an_estimate_with_a_band(model: str) -> None:
    count = count_texts(["なんで空は青いの?"] * 50, model)
    assert not count.exact
    assert count.low < count.total < count.high
    assert count.tokenizer not in ("cl100k_base", "o200k_base")


def test_names_that_only_resemble_a_family_are_not_taken_for_it() -> None:
    assert tokenizer_for("rinna/japanese-gpt-neox-3.6b").family == "other"
    assert tokenizer_for("openai-community/gpt2").family == "other"


def test_every_tokenizer_has_a_pattern_that_compiles_and_an_honest_band() -> None:
    for row in tokenizers():
        assert re.compile(row.match)
        assert isinstance(row.source, Source)
        assert (row.low, row.high) == (1, 1) if row.exact else row.low < 1 < row.high


def test_chat_overhead_is_three_a_message_one_a_name_and_three_for_the_reply() -> None:
    plain = [{"role": "user", "content": "hello world"}]
    named = [{"role": "user", "name": "hello", "content": "hello world"}]
    assert count_chat([plain], MINI).lengths == [3 + 1 + 2 + 3]
    assert count_chat([named], MINI).lengths == [3 + 1 + 2 + 3 + 1 + 1]


def test_the_oldest_chat_model_had_another_overhead() -> None:
    named = [{"role": "user", "name": "hello", "content": "hello world"}]
    assert count_chat([named], "openai/gpt-3.5-turbo-0301").lengths == [4 + 1 + 2 + 3 - 1 + 1]


def test_tools_calls_and_images_are_named_as_not_counted() -> None:
    example = {
        "tools": [{"type": "function"}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "hello world"}, {"type": "image_url"}]},
            {"role": "assistant", "tool_calls": [{"id": "1"}]},
        ],
    }
    count = count_chat([example], MINI)
    assert count.not_counted == {"tools": 1, "image_url": 1, "tool_calls": 1}
    assert count.lengths == [3 + (3 + 1 + 2) + (3 + 1)]


def test_progress_is_told_and_ends_at_the_number_of_texts() -> None:
    seen: list[int] = []
    count_texts(["a"] * 2500, MINI, seen.append)
    assert seen == [1000, 2000, 2500]


def test_no_texts_are_no_tokens() -> None:
    count = count_texts([], MINI)
    assert (count.total, count.max, count.p50, count.p95) == (0, 0, 0, 0)


@given(st.lists(st.integers(0, 10_000), min_size=1), st.floats(0, 1))
def test_a_percentile_lies_between_the_shortest_and_the_longest(lengths: list[int], share: float) -> None:
    assert min(lengths) <= percentile(lengths, share) <= max(lengths)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_duplicates_count_each_time_but_the_total_is_the_same(texts: list[str]) -> None:
    count: TokenCount = count_texts(texts * 2, MINI)
    assert count.total == 2 * count_texts(texts, MINI).total
    assert len(count.lengths) == 2 * len(texts)


def test_models_are_compared_by_the_text_and_not_by_the_token() -> None:
    """At an equal price a token, what a text costs follows from how many tokens it takes."""
    texts, book, day = ["なんで空は青いの?"] * 3, price_book(), date(2026, 11, 22)
    models = (MINI, "mistral/mistral-nemo")
    mini, nemo = (cost_per_text(count_texts(texts, model), model, book, day) for model in models)
    assert mini.input_mtok == nemo.input_mtok
    assert (mini.exact, nemo.exact) == (True, False)
    assert mini.usd_per_text == Decimal("8") * Decimal("0.15") / 1_000_000
    assert mini.usd_per_text / nemo.usd_per_text == mini.tokens_per_text / nemo.tokens_per_text
