"""How model types depart from the Llama-like decoder that most of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

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
    outer_norms: int = 1
    attention_gate: bool = False
    joint_mlp_width: bool = False
    pooled: bool = False


QKV = frozenset({"qkv"})
# Encoders as they are published, without the head that pretraining used; `pooled` where a dense layer belongs to them.
BERT = Family(gated=False, layer_norm=True, bias="all", tied=True, positions=512, pooled=True)
FAMILIES: Mapping[str, Family] = {
    "gpt2": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True, positions=1024),
    "gpt_neox": Family(gated=False, fused=QKV, layer_norm=True, bias="all"),
    "gpt_bigcode": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True, positions=2048),
    "gptj": Family(gated=False, layer_norm=True, norms_per_layer=1),
    "bloom": Family(gated=False, fused=QKV, layer_norm=True, bias="all", tied=True, outer_norms=2),
    "opt": Family(gated=False, layer_norm=True, bias="all", tied=True, positions=2050),
    "mpt": Family(gated=False, fused=QKV, tied=True),
    "falcon": Family(gated=False, fused=QKV, layer_norm=True, norms_per_layer=1, tied=True),
    "phi": Family(gated=False, layer_norm=True, norms_per_layer=1, bias="all"),
    "phi3": Family(fused=frozenset({"qkv", "gate_up"})),
    "glm4": Family(fused=frozenset({"gate_up"}), norms_per_layer=4, bias="qkv"),
    "starcoder2": Family(gated=False, layer_norm=True, bias="all"),
    "stablelm": Family(layer_norm=True),
    "qwen": Family(fused=QKV, bias="qkv", joint_mlp_width=True),
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
    "bert": BERT,
    "roberta": replace(BERT, positions=514),
    "xlm-roberta": replace(BERT, positions=514),
    "camembert": replace(BERT, positions=514),
    "luke": replace(BERT, positions=514),
    "distilbert": replace(BERT, pooled=False),
    "electra": replace(BERT, pooled=False),
    "deberta-v2": replace(BERT, positions=0, pooled=False, outer_norms=2),
    "modernbert": Family(fused=frozenset({"qkv", "gate_up"}), tied=True),
    "smollm3": Family(tied=True),
    "lfm2": Family(tied=True),
}
