"""Context lengths: every published case right, and nothing invented where nothing is stated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.models.context import Note, context_length, text_config

CASES = yaml.safe_load((Path(__file__).parent / "samples/models/context_length.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_published_length_of_a_model_is_found(case: dict[str, Any]) -> None:
    found = context_length(
        case["config"],
        tokenizer_limit=case.get("tokenizer_limit"),
        sentence_limit=case.get("sentence_limit"),
    )
    assert (found.tokens, found.kind) == (case["expected"], case["kind"])
    assert found.basis or found.kind == "unknown"


def test_nothing_stated_is_unknown_and_never_a_customary_number() -> None:
    for config in (None, {}, {"model_type": "llama"}, {"model_type": "falcon", "alibi": False}):
        found = context_length(config)
        assert found.tokens is None
        assert found.limit is None


def test_a_tokenizer_that_says_not_set_sets_nothing() -> None:
    llama = {"model_type": "llama", "max_position_embeddings": 4096}
    assert context_length(llama, tokenizer_limit=1e30) == context_length(llama)


def test_a_smaller_tokenizer_binds_an_encoder_but_only_notes_a_language_model() -> None:
    encoder = {"model_type": "bert", "max_position_embeddings": 512}
    assert context_length(encoder, tokenizer_limit=128).tokens == 128
    model = {"model_type": "llama", "max_position_embeddings": 8192}
    found = context_length(model, tokenizer_limit=4096)
    assert found.tokens == 8192
    assert Note("tokenizer_smaller", 4096) in found.notes


def test_yarn_multiplies_and_llama3_scaling_does_not() -> None:
    def scaled(kind: str) -> int | None:
        rope = {"rope_type": kind, "factor": 4.0, "original_max_position_embeddings": 32768}
        return context_length(
            {"model_type": "qwen2", "max_position_embeddings": 32768, "rope_scaling": rope}
        ).tokens

    assert scaled("yarn") == 131072
    assert scaled("llama3") == scaled("longrope") == scaled("mrope") == 32768


def test_linear_scaling_counts_only_when_the_tokenizer_confirms_it() -> None:
    config = {
        "model_type": "llama",
        "max_position_embeddings": 4096,
        "rope_scaling": {"type": "linear", "factor": 4.0},
    }
    assert context_length(config, tokenizer_limit=16384).tokens == 16384
    unconfirmed = context_length(config)
    assert unconfirmed.tokens == 4096
    assert unconfirmed.notes == (Note("rope_unconfirmed", 16384),)


def test_rope_settings_nested_by_kind_of_layer_are_read() -> None:
    rope = {
        "full_attention": {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 8192},
        "sliding_attention": {"rope_type": "default"},
    }
    config = {"model_type": "olmo3", "max_position_embeddings": 8192, "rope_parameters": rope}
    assert context_length(config).tokens == 16384


def test_a_sliding_window_is_noted_and_never_shortens() -> None:
    config = {"model_type": "mistral", "max_position_embeddings": 32768, "sliding_window": 4096}
    found = context_length(config)
    assert found.tokens == 32768
    assert found.notes == (Note("sliding_window", 4096),)
    assert context_length(config | {"use_sliding_window": False}).notes == ()


def test_a_state_space_model_has_no_end() -> None:
    assert context_length({"model_type": "mamba2"}).limit == "unbounded"


def test_a_gguf_file_answers_when_there_is_no_config() -> None:
    assert context_length(None, gguf_limit=32768).tokens == 32768


def test_gemma3_leaves_keys_to_its_class() -> None:
    text = text_config({"model_type": "gemma3", "text_config": {"hidden_size": 2560}})
    assert (text["num_attention_heads"], text["head_dim"], text["vocab_size"]) == (8, 256, 262208)


@pytest.mark.parametrize(
    "odd",
    [
        {"max_position_embeddings": "4096"},
        {"max_position_embeddings": -1},
        {"max_position_embeddings": True},
        {"rope_scaling": [1, 2], "max_position_embeddings": None},
        {"text_config": "no"},
        {"model_type": 7, "attn_config": None},
    ],
)
def test_odd_values_in_a_config_are_unknown_not_a_crash(odd: dict[str, Any]) -> None:
    assert context_length(odd).tokens is None
