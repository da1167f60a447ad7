"""How many tokens a model takes at once, read from its published files.

Public tools disagree on several well-known models, because the same keys mean different things in different
families. So the answer is never a bare number: it carries the key it rests on and notes on what to know.
Nothing found means unknown, never a customary 2,048.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pricing.sources import Record, Source, read_records

CLASS_DEFAULTS = Path(__file__).parent.parent / "data" / "class_defaults.yaml"

Config = Mapping[str, Any]
Kind = Literal["hard", "soft", "unbounded", "unknown"]

TEXT_PARTS = ("text_config", "llm_config", "language_config")
LENGTH_KEYS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "max_target_positions",
    "max_sequence_length",
    "max_seq_length",
    "seq_len",
)
# Tokenizers without a limit write 1e30; a real limit is far below this.
NO_LIMIT = 1_000_000_000

STATE_SPACE = {"mamba", "mamba2", "falcon_mamba", "rwkv", "rwkv5", "rwkv6", "rwkv7", "xlstm"}
T5_FAMILY = {"t5": 512, "mt5": 1024, "umt5": 1024, "byt5": 1024, "longt5": 1024, "switch_transformers": 512}
OFFSET_POSITIONS = {
    "roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "longformer", "mpnet", "luke",
    "mluke", "esm", "xmod", "ibert", "data2vec-text",
}  # fmt: skip
ENCODERS = OFFSET_POSITIONS | {
    "bert", "distilbert", "albert", "electra", "deberta", "deberta-v2", "modernbert", "nomic_bert", "eurobert",
    "mobilebert", "megatron-bert", "convbert", "big_bird", "funnel", "fnet", "rembert", "squeezebert", "new",
}  # fmt: skip
# Types of rope scaling whose published length already includes the scaling.
LENGTH_INCLUDES_ROPE = {"default", "llama3", "longrope", "su", "mrope", "proportional"}


@dataclass(frozen=True)
class Note:
    """Something to know beside the number; `id` names its sentence, `tokens` fills it in."""

    id: str
    tokens: int | None = None


@dataclass(frozen=True)
class ContextLength:
    """Tokens a model takes at once: a hard end, a soft one, none at all, or not known."""

    tokens: int | None
    kind: Kind
    basis: str | None = None
    notes: tuple[Note, ...] = ()

    @property
    def limit(self) -> int | Literal["unbounded"] | None:
        """A number, `unbounded`, or None when it is not known."""
        return "unbounded" if self.kind == "unbounded" else self.tokens


UNKNOWN = ContextLength(None, "unknown")


class ClassDefaults(Record):
    """What the class of a model type fills in when config.json leaves a key out."""

    model_type: str
    values: Mapping[str, int | bool]
    source: Source


@cache
def class_defaults() -> Mapping[str, Mapping[str, int | bool]]:
    """Values by model type, for the types whose own repositories leave keys out."""
    return {record.model_type: record.values for record in read_records(CLASS_DEFAULTS, ClassDefaults)}


def is_encoder(config: Config) -> bool:
    """Whether a config.json is that of a model of the BERT class, which reads a text but writes none.

    >>> is_encoder({"model_type": "modernbert"}), is_encoder({"model_type": "qwen3"})
    (True, False)
    """
    return str(text_config(config).get("model_type")) in ENCODERS


def text_config(config: Config) -> dict[str, Any]:
    """The part of a config that describes the language model, completed with its class's defaults.

    >>> text_config({"model_type": "gemma3", "text_config": {"hidden_size": 2560}})["max_position_embeddings"]
    131072
    """
    part = next((config[name] for name in TEXT_PARTS if isinstance(config.get(name), Mapping)), None)
    thinker = config.get("thinker_config")
    if part is None and isinstance(thinker, Mapping):
        return text_config(thinker)
    if part is None:
        return _completed(dict(config))
    outer_type = str(config.get("model_type", ""))
    return _completed({"model_type": f"{outer_type}_text" if outer_type else ""} | dict(part))


def _completed(config: dict[str, Any]) -> dict[str, Any]:
    return dict(class_defaults().get(str(config.get("model_type")), {})) | config


def context_length(
    config: Config | None,
    *,
    tokenizer_limit: float | None = None,
    sentence_limit: int | None = None,
    gguf_limit: int | None = None,
) -> ContextLength:
    """The context length in tokens, from config.json and what the tokenizer and sentence-transformers files say.

    >>> context_length({"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}).tokens
    512
    >>> context_length({"model_type": "falcon"}).kind
    'unknown'
    """
    if not config:
        return ContextLength(gguf_limit, "hard", "gguf.context_length") if gguf_limit else UNKNOWN
    text = text_config(config)
    found = _from_architecture(text)
    if found.tokens is None:
        return found
    tokenizer = _whole(tokenizer_limit)
    found = _with_rope(found, text, tokenizer)
    found = _with_window_note(found, text)
    found = _with_tokenizer(found, text, tokenizer)
    if sentence_limit and found.tokens and sentence_limit < found.tokens:
        return ContextLength(sentence_limit, "hard", "sentence_bert_config.max_seq_length", found.notes)
    return found


def _from_architecture(text: Config) -> ContextLength:
    """The length before rope scaling and tokenizer: the family decides how its keys are read."""
    family = str(text.get("model_type", ""))
    if family in STATE_SPACE:
        return ContextLength(None, "unbounded", "state_space")
    if family in T5_FAMILY:
        bytes_as_tokens = text.get("tokenizer_class") == "ByT5Tokenizer"
        default = T5_FAMILY["byt5" if bytes_as_tokens else family]
        stated = _whole(text.get("n_positions"))
        return ContextLength(
            stated or default, "soft", "relative_positions", (Note("soft_relative_positions"),)
        )
    tokens, key = _stated_length(text)
    if tokens is None:
        return UNKNOWN
    if _has_alibi(text):
        return ContextLength(tokens, "soft", f"config.{key}", (Note("soft_alibi"),))
    if family in OFFSET_POSITIONS:
        padding = _whole(text.get("pad_token_id")) or 1
        return ContextLength(tokens - padding - 1, "hard", f"config.{key} − pad_token_id − 1")
    return ContextLength(tokens, "hard", f"config.{key}")


def _stated_length(text: Config) -> tuple[int | None, str]:
    """`model_max_length` in config.json wins (Command R writes its true length there); else the smallest key."""
    own = _whole(text.get("model_max_length"))
    if own:
        return own, "model_max_length"
    stated = {key: tokens for key in LENGTH_KEYS if (tokens := _whole(text.get(key)))}
    if not stated:
        return None, ""
    key = min(stated, key=stated.__getitem__)
    return stated[key], key


def _has_alibi(text: Config) -> bool:
    attention = text.get("attn_config")
    return (
        text.get("model_type") == "bloom"
        or text.get("alibi") is True
        or text.get("use_alibi") is True
        or text.get("position_embedding_type") == "alibi"
        or (isinstance(attention, Mapping) and attention.get("alibi") is True)
    )


def _with_rope(found: ContextLength, text: Config, tokenizer: int | None) -> ContextLength:
    """Rope scaling: YaRN stretches the original length; linear and dynamic only when something confirms it."""
    rope = _rope(text)
    kind = str(rope.get("rope_type") or rope.get("type") or "default")
    factor = _number(rope.get("factor"))
    original = _whole(
        rope.get("original_max_position_embeddings") or text.get("original_max_position_embeddings")
    )
    base = found.tokens or 0
    if original and original < base:
        found = _noted(found, Note("trained_at", original))
    gemma3 = "gemma3" in str(text.get("model_type", ""))
    if kind in LENGTH_INCLUDES_ROPE or gemma3 or factor is None or factor <= 1:
        return found
    stretched = round((original or base) * factor)
    if original and kind == "yarn":
        agrees = abs(stretched - base) <= base * 0.01
        if agrees or base <= original:
            return ContextLength(stretched, found.kind, f"rope.{kind}", found.notes)
        return _noted(found, Note("yarn_says_otherwise", stretched))
    if original and stretched >= base:
        return ContextLength(stretched, found.kind, f"rope.{kind}", found.notes)
    if tokenizer and tokenizer >= stretched > base:
        return ContextLength(stretched, found.kind, f"rope.{kind}, tokenizer", found.notes)
    return _noted(found, Note("rope_unconfirmed", stretched)) if stretched > base else found


def _rope(text: Config) -> Mapping[str, Any]:
    """The rope settings: transformers 5 nests them per kind of layer, older files call them `rope_scaling`."""
    for name in ("rope_scaling", "rope_parameters"):
        rope = text.get(name)
        if isinstance(rope, Mapping):
            nested = rope.get("full_attention")
            return nested if isinstance(nested, Mapping) else rope
    return {}


def _with_window_note(found: ContextLength, text: Config) -> ContextLength:
    """A sliding window or attention chunk never shortens the context; it caps what the KV cache must hold."""
    window = _whole(text.get("sliding_window")) or _whole(text.get("attention_chunk_size"))
    used = text.get("use_sliding_window") is not False
    if window and used and found.tokens and window < found.tokens:
        return _noted(found, Note("sliding_window", window))
    return found


def _with_tokenizer(found: ContextLength, text: Config, tokenizer: int | None) -> ContextLength:
    """A smaller tokenizer limit binds encoders, which cut there; for language models it is only worth a note."""
    if tokenizer is None or found.tokens is None or tokenizer == found.tokens:
        return found
    if tokenizer < found.tokens:
        if is_encoder(text):
            return ContextLength(tokenizer, found.kind, "tokenizer_config.model_max_length", found.notes)
        return _noted(found, Note("tokenizer_smaller", tokenizer))
    return found if is_encoder(text) else _noted(found, Note("needs_yarn", tokenizer))


def _noted(found: ContextLength, note: Note) -> ContextLength:
    return ContextLength(found.tokens, found.kind, found.basis, (*found.notes, note))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    """A usable count of tokens: positive, and below the sentinel that means `not set`."""
    number = _number(value)
    return int(number) if number is not None and 0 < number < NO_LIMIT else None
