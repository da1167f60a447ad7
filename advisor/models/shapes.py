"""The anatomy of a model, read from its config.json.

Families name their widths differently and leave different ones out; what they have in common is read here, what sets
them apart stands in `families`. Counts are held to published totals by tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from advisor.models.anatomy import Experts, Linear, ModelShape, Place
from advisor.models.context import Config, is_encoder, text_config
from advisor.models.families import FAMILIES, Family
from advisor.models.released import released_as
from pricing import Problem

# The key by which DeepSeek's latent attention is recognised.
LATENT_RANK = "kv_lora_rank"


def shape(config: Config) -> ModelShape:
    """The anatomy that a config.json describes; a Problem names the keys that are missing.

    >>> shape({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    ...     "intermediate_size": 11008, "vocab_size": 32000}).total_parameters
    6738415616
    """
    text = text_config(config)
    if text.get("model_type") in {"t5", "mt5", "umt5", "byt5"}:
        return _encoder_decoder(text)
    return replace(_decoder(text, _labels(config)), released=released_as(config, text))


def count_parameters(config: Config) -> int | None:
    """All parameters that a config.json describes; None when it does not describe a model that we can count."""
    try:
        return shape(config).total_parameters
    except Problem:
        return None


class _Keys:
    """Reads widths under the several names that families give them, and remembers which are missing."""

    def __init__(self, text: Config) -> None:
        self.text = text
        self.missing: list[str] = []

    def need(self, *names: str) -> int:
        value = self.maybe(*names)
        if value is None:
            self.missing.append(names[0])
        return value or 1

    def maybe(self, *names: str) -> int | None:
        for name in names:
            value = self.text.get(name)
            if isinstance(value, list) and value:
                value = max(item for item in value if isinstance(item, int))
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
        return None


@dataclass(frozen=True)
class _Widths:
    """The sizes that every decoder states, under whichever names."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp: int
    vocab: int
    gated: bool


def _widths(keys: _Keys, family: Family) -> _Widths:
    text = keys.text
    hidden = keys.need("hidden_size", "n_embd", "d_model", "n_embed", "dim")
    heads = keys.need("num_attention_heads", "n_head", "n_heads", "num_heads")
    mlp = (
        keys.maybe("intermediate_size", "n_inner", "ffn_dim", "d_ff", "ffn_hidden_size", "hidden_dim")
        or 4 * hidden
    )
    one_for_all = text.get("multi_query") and not text.get("new_decoder_architecture")
    found = _Widths(
        hidden=hidden,
        layers=keys.need("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
        heads=heads,
        kv_heads=keys.maybe("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num")
        or (1 if one_for_all else heads),
        head_dim=keys.maybe("head_dim") or hidden // heads,
        mlp=mlp // 2 if family.joint_mlp_width else mlp,
        vocab=keys.need("vocab_size", "padded_vocab_size"),
        gated=bool(text.get("gated_mlp", family.gated)),
    )
    if keys.missing:
        raise Problem("config_incomplete", missing=keys.missing)
    return found


def _decoder(text: Config, labels: int) -> ModelShape:
    keys = _Keys(text)
    family = FAMILIES.get(str(text.get("model_type")), Family())
    widths = _widths(keys, family)
    hidden, layers, vocab = widths.hidden, widths.layers, widths.vocab
    recurrent = _recurrent_layers(text, layers)
    experts = _experts(keys, text, layers, widths.mlp)
    dense = layers - (experts.layers if experts else 0)
    linears = [
        *_attention(text, family, widths, layers - recurrent),
        *_entity_queries(text, hidden, layers),
        *_recurrent(text, hidden, recurrent),
        *_mlp(family, widths.gated, hidden, widths.mlp, dense),
        *_expert_mlp(experts, widths.gated, hidden),
    ]
    full, sliding, window = _windows(text, layers - recurrent)
    encoder = is_encoder(text)
    tied = encoder or bool(text.get("tie_word_embeddings", family.tied))
    norms = _norms(family, widths, layers - recurrent)
    pooler = [Linear("pooler", hidden, hidden, 1, "mlp_in")] if family.pooled else []
    return ModelShape(
        hidden=hidden,
        layers=layers,
        heads=widths.heads,
        kv_heads=widths.kv_heads,
        head_dim=widths.head_dim,
        mlp_width=widths.mlp,
        gated=widths.gated,
        vocab=vocab,
        linears=(*linears, *pooler),
        embedding=_embedding(keys, family, hidden, vocab),
        head=0 if tied else vocab * hidden,
        other=norms + _biases(text, family, [*linears, *pooler]),
        classifier=(labels + (hidden if labels and encoder and not family.pooled else 0)) * (hidden + 1),
        norms_per_layer=family.norms_per_layer,
        rms_norm=not family.layer_norm,
        qk_norm=family.qk_norm,
        softcap=bool(text.get("attn_logit_softcapping")),
        experts=experts,
        full_layers=full,
        sliding_layers=sliding,
        window=window,
        latent_kv=_latent(keys),
        encoder=encoder,
    )


def _embedding(keys: _Keys, family: Family, hidden: int, vocab: int) -> int:
    """Parameters before the first layer: tokens, positions, types, and what single encoders have beside them."""
    positions, types = _positions(keys, family), keys.maybe("type_vocab_size") or 0
    width = keys.maybe("embedding_size") or hidden
    found = (vocab + positions + types) * width + ((width + 1) * hidden if width != hidden else 0)
    if keys.text.get(
        "relative_attention"
    ):  # DeBERTa: one table of distances, and in large ones a convolution
        buckets = keys.maybe("position_buckets", "max_relative_positions", "max_position_embeddings") or 0
        kernel = keys.maybe("conv_kernel_size") or 0
        found += 2 * buckets * hidden + ((kernel * hidden + 3) * hidden if kernel else 0)
    entities, entity_width = keys.maybe("entity_vocab_size"), keys.maybe("entity_emb_size")
    if entities and entity_width:  # LUKE: entities are embedded as words are
        found += entities * entity_width + (entity_width + positions + types + 2) * hidden
    return found


def _positions(keys: _Keys, family: Family) -> int:
    """Learned positions, which only older families have."""
    if not family.positions:
        return 0
    return keys.maybe("max_position_embeddings", "n_positions") or family.positions


def _labels(config: Config) -> int:
    """Outputs of a classification head, 0 for a model without one."""
    named = any(str(name).endswith("ForSequenceClassification") for name in config.get("architectures") or ())
    labels = config.get("num_labels") or len(config.get("id2label") or {}) or 2
    return int(labels) if named else 0


def _attention(text: Config, family: Family, widths: _Widths, layers: int) -> list[Linear]:
    hidden = widths.hidden
    if text.get(LATENT_RANK):
        return _latent_attention(text, hidden, widths.heads, layers)
    query, kv = widths.heads * widths.head_dim, widths.kv_heads * widths.head_dim
    out = Linear("o", query, hidden, layers, "attention_out")
    if "qkv" in family.fused:
        parts = (("q", query), ("k", kv), ("v", kv))
        return [Linear("qkv", hidden, query + 2 * kv, layers, "attention_in", parts), out]
    return [
        Linear("q", hidden, query * (2 if family.attention_gate else 1), layers, "attention_in"),
        Linear("k", hidden, kv, layers, "attention_in"),
        Linear("v", hidden, kv, layers, "attention_in"),
        out,
    ]


def _entity_queries(text: Config, hidden: int, layers: int) -> list[Linear]:
    """LUKE's attention has further queries for each pairing of words and entities."""
    aware = text.get("use_entity_aware_attention")
    names = ("w2e_query", "e2w_query", "e2e_query") if aware else ()
    return [Linear(name, hidden, hidden, layers, "attention_in") for name in names]


def _latent_attention(text: Config, hidden: int, heads: int, layers: int) -> list[Linear]:
    """DeepSeek's attention: queries and keys go through small latent vectors."""
    keys = _Keys(text)
    rank, rope = keys.need("kv_lora_rank"), keys.need("qk_rope_head_dim")
    nope, value = keys.need("qk_nope_head_dim"), keys.need("v_head_dim")
    q_rank = keys.maybe("q_lora_rank")
    q_out = heads * (nope + rope)
    queries = (
        [
            Linear("q_a", hidden, q_rank, layers, "attention_in"),
            Linear("q_b", q_rank, q_out, layers, "attention_in"),
        ]
        if q_rank
        else [Linear("q", hidden, q_out, layers, "attention_in")]
    )
    return [
        *queries,
        Linear("kv_a", hidden, rank + rope, layers, "attention_in"),
        Linear("kv_b", rank, heads * (nope + value), layers, "attention_in"),
        Linear("o", heads * value, hidden, layers, "attention_out"),
    ]


def _recurrent_layers(text: Config, layers: int) -> int:
    """Layers that keep a fixed state instead of a KV cache."""
    kinds = text.get("layer_types")
    if isinstance(kinds, list):
        return sum(kind in {"linear_attention", "mamba", "conv"} for kind in kinds)
    interval = text.get("full_attention_interval")
    return layers - layers // interval if isinstance(interval, int) and interval > 1 else 0


def _recurrent(text: Config, hidden: int, layers: int) -> list[Linear]:
    """Gated DeltaNet layers as in Qwen3-Next and Qwen3.5."""
    keys = _Keys(text)
    key_heads, value_heads = keys.maybe("linear_num_key_heads"), keys.maybe("linear_num_value_heads")
    if not layers or not key_heads or not value_heads:
        return []
    key = key_heads * keys.need("linear_key_head_dim")
    value = value_heads * keys.need("linear_value_head_dim")
    return [
        Linear("in_proj_qkv", hidden, 2 * key + value, layers, "attention_in"),
        Linear("in_proj_z", hidden, value, layers, "attention_in"),
        Linear("in_proj_ba", hidden, 2 * value_heads, layers, "attention_in"),
        Linear("out_proj", value, hidden, layers, "attention_out"),
    ]


def _mlp(family: Family, gated: bool, hidden: int, width: int, layers: int) -> list[Linear]:
    if not layers:
        return []
    down = Linear("down", width, hidden, layers, "mlp_out")
    up = Linear("up", hidden, width, layers, "mlp_in")
    if not gated:
        return [up, down]
    if "gate_up" in family.fused:
        parts = (("gate", width), ("up", width))
        return [Linear("gate_up", hidden, 2 * width, layers, "mlp_in", parts), down]
    return [Linear("gate", hidden, width, layers, "mlp_in"), up, down]


def _experts(keys: _Keys, text: Config, layers: int, mlp: int) -> Experts | None:
    count = keys.maybe("num_local_experts", "num_experts", "n_routed_experts")
    active = keys.maybe("num_experts_per_tok", "num_experts_per_token", "top_k_experts")
    if not count or not active or count < 2 or text.get("enable_moe_block") is False:
        return None
    width = keys.maybe("moe_intermediate_size") or mlp
    shared = keys.maybe("shared_expert_intermediate_size") or width * (keys.maybe("n_shared_experts") or 0)
    dense = keys.maybe("first_k_dense_replace") or len(text.get("mlp_only_layers") or ())
    step = keys.maybe("decoder_sparse_step") or 1
    return Experts(count, active, width, shared, (layers - dense) // step)


def _expert_mlp(experts: Experts | None, gated: bool, hidden: int) -> list[Linear]:
    """Experts as transformers 5 holds them: gate and up fused, one slice an expert, and a router."""
    if experts is None:
        return []
    many = experts.layers * experts.count
    double = 2 if gated else 1
    linears = [
        Linear("router", hidden, experts.count, experts.layers, "mlp_in"),
        Linear(
            "expert_gate_up", hidden, double * experts.width, many, "mlp_in", rank_factor=double, expert=True
        ),
        Linear("expert_down", experts.width, hidden, many, "mlp_out", expert=True),
    ]
    if experts.shared_width:
        linears += [
            Linear("gate", hidden, experts.shared_width, experts.layers, "mlp_in"),
            Linear("up", hidden, experts.shared_width, experts.layers, "mlp_in"),
            Linear("down", experts.shared_width, hidden, experts.layers, "mlp_out"),
        ]
    return linears


def _norms(family: Family, widths: _Widths, attention_layers: int) -> int:
    """Scales (and shifts, for LayerNorm) of all norms: those of the layers and the outer ones."""
    wide = widths.hidden * (2 if family.layer_norm else 1)
    query_key = 2 * widths.head_dim * attention_layers if family.qk_norm else 0
    return (widths.layers * family.norms_per_layer + family.outer_norms) * wide + query_key


def _biases(text: Config, family: Family, linears: Iterable[Linear]) -> int:
    with_bias: set[Place] = set()
    if family.bias == "all":
        with_bias = {"attention_in", "attention_out", "mlp_in", "mlp_out"}
    elif family.bias == "qkv" or text.get("qkv_bias") or text.get("use_qkv_bias"):
        with_bias = {"attention_in"}
    if text.get("attention_bias") is True:
        with_bias |= {"attention_in", "attention_out"}
    elif text.get("attention_bias") is False and family.bias == "all":
        with_bias -= {"attention_in", "attention_out"}
    if text.get("mlp_bias") is True:
        with_bias |= {"mlp_in", "mlp_out"}
    return sum(linear.outputs * linear.count for linear in linears if linear.place in with_bias)


def _windows(text: Config, layers: int) -> tuple[int, int, int | None]:
    """How many layers attend to everything, how many through a sliding window, and how wide that is."""
    window = _Keys(text).maybe("sliding_window", "attention_window_size", "local_attention")
    if window is None or text.get("use_sliding_window") is False:
        return layers, 0, None
    kinds = text.get("layer_types")
    if isinstance(kinds, list):
        sliding = sum(kind == "sliding_attention" for kind in kinds)
        return layers - sliding, sliding, window
    pattern = _Keys(text).maybe("sliding_window_pattern", "_sliding_window_pattern")
    if pattern is None:
        pattern = 2 if text.get("model_type") == "gemma2" else None
    full = layers // pattern if pattern else 0
    every = _Keys(text).maybe("global_attn_every_n_layers")
    if every:  # ModernBERT: the first layer and every n-th after it
        full = -(-layers // every)
    return full, layers - full, window


def _latent(keys: _Keys) -> int | None:
    rank = keys.maybe(LATENT_RANK)
    return rank + (keys.maybe("qk_rope_head_dim") or 0) if rank else None


def _encoder_decoder(text: Config) -> ModelShape:
    """T5 and its kin: an encoder, a decoder that also looks at the encoder, relative positions, one embedding."""
    keys = _Keys(text)
    hidden, width = keys.need("d_model"), keys.need("d_ff")
    encoder = keys.need("num_layers")
    decoder = keys.maybe("num_decoder_layers") or encoder
    heads, head_dim, vocab = keys.need("num_heads"), keys.need("d_kv"), keys.need("vocab_size")
    if keys.missing:
        raise Problem("config_incomplete", missing=keys.missing)
    gated = bool(text.get("is_gated_act")) or str(text.get("feed_forward_proj", "")).startswith("gated")
    inner = heads * head_dim
    attentions = encoder + 2 * decoder
    linears = [Linear(name, hidden, inner, attentions, "attention_in") for name in ("q", "k", "v")]
    linears.append(Linear("o", inner, hidden, attentions, "attention_out"))
    linears += _mlp(Family(), gated, hidden, width, encoder + decoder)
    buckets = keys.maybe("relative_attention_num_buckets") or 32
    norms = (2 * encoder + 3 * decoder + 2) * hidden
    tied = bool(text.get("tie_word_embeddings", True))
    return ModelShape(
        hidden=hidden, layers=encoder + decoder, heads=heads, kv_heads=heads, head_dim=head_dim, mlp_width=width,
        gated=gated, vocab=vocab, linears=tuple(linears), embedding=vocab * hidden,
        head=0 if tied else vocab * hidden, other=norms + 2 * buckets * heads, full_layers=2 * decoder,
    )  # fmt: skip


def as_mapping(config: Any) -> Mapping[str, Any]:
    """A config.json as it must be: an object; a Problem otherwise."""
    if not isinstance(config, Mapping):
        raise Problem("config_not_an_object", found=type(config).__name__)
    return config
