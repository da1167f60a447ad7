"""The anatomy of a model, read from its config.json: every linear layer, every parameter, every cached number.

Memory, time and adapter sizes all follow from this. Widths are read, never inferred from one another where a family
sets them apart (a head is not hidden/heads wide in Gemma or Qwen3). Counts are held to published totals by tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from advisor.context import Config, text_config
from pricing import Problem

Place = Literal["attention_in", "attention_out", "mlp_in", "mlp_out", "head"]


@dataclass(frozen=True)
class Linear:
    """One kind of linear layer: its widths and how many of it the model has.

    `parts` names what a fused layer joins. `rank_factor` is 2 for a fused pair of experts, where PEFT doubles the
    rank.
    """

    name: str
    inputs: int
    outputs: int
    count: int
    place: Place
    parts: tuple[tuple[str, int], ...] = ()
    rank_factor: int = 1
    expert: bool = False

    @property
    def parameters(self) -> int:
        """Weights over all layers of this kind, without biases."""
        return self.inputs * self.outputs * self.count


@dataclass(frozen=True)
class Experts:
    """A mixture of experts: how many there are, how many work on one token, and their layers."""

    count: int
    active: int
    width: int
    shared_width: int
    layers: int


@dataclass(frozen=True)
class ModelShape:
    """Widths and counts of a language model; all sizes in numbers of elements, not bytes."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    mlp_width: int
    gated: bool
    vocab: int
    linears: tuple[Linear, ...]
    embedding: int
    head: int
    other: int
    classifier: int = 0
    norms_per_layer: int = 2
    rms_norm: bool = True
    qk_norm: bool = False
    softcap: bool = False
    experts: Experts | None = None
    full_layers: int = 0
    sliding_layers: int = 0
    window: int | None = None
    latent_kv: int | None = None

    @property
    def query_width(self) -> int:
        """Elements of all query heads for one token."""
        return self.heads * self.head_dim

    @property
    def kv_width(self) -> int:
        """Elements of all key heads for one token; values take the same again."""
        return self.kv_heads * self.head_dim

    @property
    def linear_parameters(self) -> int:
        """Weights that quantization reaches: the linear layers without the output head."""
        return sum(linear.parameters for linear in self.linears if linear.place != "head")

    @property
    def total_parameters(self) -> int:
        """All parameters, tied ones once."""
        return self.linear_parameters + self.embedding + self.head + self.other + self.classifier

    @property
    def active_parameters(self) -> int:
        """Parameters that work on one token: with experts, only the chosen ones."""
        if self.experts is None:
            return self.total_parameters
        idle = 1 - self.experts.active / self.experts.count
        experts = sum(linear.parameters for linear in self.linears if linear.expert)
        return round(self.total_parameters - experts * idle)

    @property
    def active_mlp_width(self) -> int:
        """MLP width that one token passes through in a layer."""
        if self.experts is None:
            return self.mlp_width
        return self.experts.active * self.experts.width + self.experts.shared_width

    def kv_elements(self, tokens: int) -> int:
        """Numbers a KV cache holds for one sequence: windows cap it, latent attention keeps one small vector.

        >>> shape({"model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 28, "num_attention_heads": 16,
        ...     "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072, "vocab_size": 151936,
        ...     "tie_word_embeddings": True}).kv_elements(40_960) * 2 / 2**30
        4.375
        """
        per_token = self.latent_kv if self.latent_kv is not None else 2 * self.kv_width
        windowed = min(tokens, self.window or tokens)
        return per_token * (self.full_layers * tokens + self.sliding_layers * windowed)


Bias = Literal["none", "qkv", "all"]


@dataclass(frozen=True)
class Family:
    """How one model type departs from the Llama-like decoder that most models are."""

    gated: bool = True
    fused: frozenset[str] = field(default_factory=frozenset)
    layer_norm: bool = False
    norms_per_layer: int = 2
    bias: Bias = "none"
    qk_norm: bool = False
    tied: bool = False
    positions: int = 0
    attention_gate: bool = False


QKV = frozenset({"qkv"})
FAMILIES: Mapping[str, Family] = {
    "gpt2": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True, positions=1024),
    "gpt_neox": Family(gated=False, fused=QKV, layer_norm=True, bias="all"),
    "gpt_bigcode": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True, positions=2048),
    "gptj": Family(gated=False, layer_norm=True, norms_per_layer=1),
    "bloom": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True),
    "opt": Family(gated=False, layer_norm=True, bias="all", tied=True, positions=2050),
    "mpt": Family(gated=False, fused=QKV, tied=True),
    "falcon": Family(gated=False, fused=QKV, layer_norm=True, norms_per_layer=1, tied=True),
    "phi": Family(gated=False, layer_norm=True, norms_per_layer=1, bias="all"),
    "phi3": Family(fused=frozenset({"qkv", "gate_up"})),
    "glm4": Family(fused=frozenset({"gate_up"}), norms_per_layer=4, bias="qkv"),
    "starcoder2": Family(gated=False, layer_norm=True, bias="all"),
    "stablelm": Family(layer_norm=True),
    "qwen": Family(fused=QKV, bias="qkv"),
    "qwen2": Family(bias="qkv"),
    "qwen2_moe": Family(bias="qkv"),
    "qwen2_vl_text": Family(bias="qkv"),
    "qwen2_5_vl_text": Family(bias="qkv"),
    "qwen3": Family(qk_norm=True),
    "qwen3_moe": Family(qk_norm=True),
    "qwen3_next": Family(qk_norm=True, attention_gate=True),
    "qwen3_5_text": Family(qk_norm=True, attention_gate=True),
    "qwen3_5_moe_text": Family(qk_norm=True, attention_gate=True),
    "gemma": Family(tied=True),
    "gemma2": Family(norms_per_layer=4, tied=True),
    "gemma3_text": Family(norms_per_layer=4, qk_norm=True, tied=True),
    "gemma4_text": Family(norms_per_layer=4, qk_norm=True, tied=True),
    "cohere": Family(norms_per_layer=1, tied=True),
    "cohere2": Family(norms_per_layer=1, tied=True),
    "gpt_oss": Family(bias="all"),
    "bert": Family(gated=False, layer_norm=True, bias="all", tied=True, positions=512),
    "smollm3": Family(tied=True),
    "lfm2": Family(tied=True),
}
DEEPSEEK_LATENT = "kv_lora_rank"


def shape(config: Config) -> ModelShape:
    """The anatomy that a config.json describes; a Problem names the keys that are missing.

    >>> shape({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    ...     "intermediate_size": 11008, "vocab_size": 32000}).total_parameters
    6738415616
    """
    text = text_config(config)
    if text.get("model_type") in {"t5", "mt5", "umt5", "byt5"}:
        return _encoder_decoder(text)
    return _decoder(text, str(config.get("model_type", "")), _labels(config))


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


def _decoder(text: Config, outer_type: str, labels: int) -> ModelShape:
    keys = _Keys(text)
    family = FAMILIES.get(str(text.get("model_type")), Family())
    hidden = keys.need("hidden_size", "n_embd", "d_model", "n_embed")
    layers = keys.need("num_hidden_layers", "n_layer", "n_layers", "num_layers")
    heads = keys.need("num_attention_heads", "n_head", "n_heads", "num_heads")
    vocab = keys.need("vocab_size", "padded_vocab_size")
    mlp = keys.maybe("intermediate_size", "n_inner", "ffn_dim", "d_ff", "ffn_hidden_size") or 4 * hidden
    if text.get("model_type") == "qwen":
        mlp //= 2
    if keys.missing:
        raise Problem("config_incomplete", missing=keys.missing)
    kv_heads = keys.maybe("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num") or (
        1 if text.get("multi_query") and not text.get("new_decoder_architecture") else heads
    )
    head_dim = keys.maybe("head_dim") or hidden // heads
    gated = bool(text.get("gated_mlp", family.gated))
    recurrent = _recurrent_layers(text, layers)
    attention_layers = layers - recurrent
    linears = [
        *_attention(text, family, hidden, heads, kv_heads, head_dim, attention_layers),
        *_recurrent(text, hidden, recurrent),
    ]
    experts = _experts(keys, text, layers, mlp)
    dense_layers = layers - (experts.layers if experts else 0)
    linears += _mlp(family, gated, hidden, mlp, dense_layers)
    linears += _expert_mlp(experts, gated, hidden)
    tied = bool(text.get("tie_word_embeddings", family.tied))
    positions = (
        (keys.maybe("max_position_embeddings", "n_positions") or family.positions) if family.positions else 0
    )
    types = (keys.maybe("type_vocab_size") or 0) * hidden
    pooler = Linear("pooler", hidden, hidden, 1, "mlp_in")
    is_bert = text.get("model_type") == "bert"
    full, sliding, window = _windows(text, attention_layers)
    return ModelShape(
        hidden=hidden,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        mlp_width=mlp,
        gated=gated,
        vocab=vocab,
        linears=(*linears, *([pooler] if is_bert else [])),
        embedding=vocab * hidden + positions * hidden + types,
        head=0 if tied else vocab * hidden,
        other=_norms(family, hidden, layers, head_dim, attention_layers)
        + _biases(text, family, linears, hidden, gated)
        + (hidden if is_bert else 0)
        + (hidden * 2 if text.get("model_type") == "bloom" else 0),
        classifier=labels * (hidden + 1),
        norms_per_layer=family.norms_per_layer,
        rms_norm=not family.layer_norm,
        qk_norm=family.qk_norm,
        softcap=bool(text.get("attn_logit_softcapping")),
        experts=experts,
        full_layers=full,
        sliding_layers=sliding,
        window=window,
        latent_kv=_latent(keys, text),
    )


def _labels(config: Config) -> int:
    """Outputs of a classification head, 0 for a model without one."""
    named = any(str(name).endswith("ForSequenceClassification") for name in config.get("architectures") or ())
    labels = config.get("num_labels") or len(config.get("id2label") or {}) or 2
    return int(labels) if named else 0


def _attention(
    text: Config, family: Family, hidden: int, heads: int, kv_heads: int, head_dim: int, layers: int
) -> list[Linear]:
    if text.get(DEEPSEEK_LATENT):
        return _latent_attention(text, hidden, heads, layers)
    query, kv = heads * head_dim, kv_heads * head_dim
    asked = query * (2 if family.attention_gate else 1)
    out = Linear("o", query, hidden, layers, "attention_out")
    if "qkv" in family.fused:
        parts = (("q", query), ("k", kv), ("v", kv))
        return [Linear("qkv", hidden, query + 2 * kv, layers, "attention_in", parts), out]
    return [
        Linear("q", hidden, asked, layers, "attention_in"),
        Linear("k", hidden, kv, layers, "attention_in"),
        Linear("v", hidden, kv, layers, "attention_in"),
        out,
    ]


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


def _norms(family: Family, hidden: int, layers: int, head_dim: int, attention_layers: int) -> int:
    """Scales (and shifts, for LayerNorm) of all norms; the last one after the layers, before them for BERT."""
    wide = hidden * (2 if family.layer_norm else 1)
    query_key = 2 * head_dim * attention_layers if family.qk_norm else 0
    return (layers * family.norms_per_layer + 1) * wide + query_key


def _biases(text: Config, family: Family, linears: Iterable[Linear], hidden: int, gated: bool) -> int:
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
    window = _Keys(text).maybe("sliding_window", "attention_window_size")
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
    return full, layers - full, window


def _latent(keys: _Keys, text: Config) -> int | None:
    rank = keys.maybe(DEEPSEEK_LATENT)
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
