"""What one forward pass must keep for the backward pass, in bytes, derived layer by layer.

A frozen linear layer keeps nothing: only its weight is needed to pass gradients on. What is kept are the inputs of
norms (in fp32), of attention and of the activation function, and the inputs of whatever is trained.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from advisor.memory.adapters import Target
from advisor.memory.stacks import Stack
from advisor.models.anatomy import ModelShape

HALF = 2
SINGLE = 4
DROPOUT_MASK = 1
LOG_SUM_EXP = 4
# Scores, softmax in fp32 and its half-precision copy, per head and pair of tokens.
EAGER_SCORES = 8
# Base output in half precision and low-rank output in fp32, both kept for the gradient of DoRA's magnitude.
DORA_OUTPUTS = HALF + SINGLE

Attention = Literal["sdpa", "eager"]


@dataclass(frozen=True)
class Pass:
    """One micro-batch through one model: sizes and what is trained in it."""

    model: ModelShape
    stack: Stack
    batch: int
    tokens: int
    attention: Attention
    targets: tuple[Target, ...]
    full: bool
    dora: bool
    quantized: bool
    autocast: bool = False

    @property
    def all_tokens(self) -> int:
        """Tokens of the whole micro-batch."""
        return self.batch * self.tokens


def layer_bytes(run: Pass) -> float:
    """Bytes that one layer keeps for a micro-batch when nothing is recomputed."""
    per_token = _norms(run) + _attention(run) + _mlp(run) + _adapters(run) + _quantized_inputs(run)
    return per_token * run.all_tokens


def _norms(run: Pass) -> float:
    """RMSNorm works on an fp32 copy of its input; LayerNorm keeps the input itself. Training it keeps one more.

    An encoder's norms follow a dropout, whose mask is kept; under autocast they work in fp32.
    """
    model = run.model
    kept = SINGLE if model.rms_norm or run.autocast else HALF
    if model.encoder and run.full:
        kept += DROPOUT_MASK
    trained = HALF if run.full and model.rms_norm else 0
    query_key = SINGLE * (model.query_width + model.kv_width) if model.qk_norm else 0
    return model.norms_per_layer * (kept + trained) * model.hidden + query_key


def _attention(run: Pass) -> float:
    """Queries, keys, values and output for the attention kernel; eager attention keeps the scores as well."""
    model = run.model
    query, kv = model.query_width, model.kv_width
    if run.stack.fused_qkv_adapter:
        # Values stay a view into the joint matrix where every head has its own; shared ones are written out.
        keys_values = 2 * query if kv < query else query + 3 * query
    else:
        # A padded batch brings a mask, and with a mask shared keys and values are written out for every head.
        keys_values = 2 * query if run.batch > 1 else 2 * kv
    kept = HALF * (2 * query + keys_values) + LOG_SUM_EXP * model.heads
    # Under autocast queries, keys and values each keep a copy of their own of the fp32 input.
    trained = HALF * model.hidden * (3 if run.autocast else 1) if run.full else 0
    return kept + trained + _scores(run)


def _scores(run: Pass) -> float:
    eager = run.attention == "eager" or run.model.softcap
    return EAGER_SCORES * run.model.heads * run.tokens if eager else 0


def _mlp(run: Pass) -> float:
    """Input of the activation, its output and the other half of a gated MLP; the product only when it is trained on."""
    width = run.model.active_mlp_width
    kept = HALF * width * (3 if run.model.gated else 1)
    trained = HALF * (width + run.model.hidden) if run.full else 0
    return kept + trained


def _adapters(run: Pass) -> float:
    """The input of each adapter: one for queries, keys and values together where they are one layer."""
    if run.full or not run.targets:
        return 0
    return _adapter_inputs(run, run.targets) + _magnitudes(run)


def _adapter_inputs(run: Pass, targets: Iterable[Target]) -> float:
    each = run.stack.adapter_input_bytes + (DROPOUT_MASK if run.stack.adapter_dropout else 0)
    if not run.stack.fused_qkv_adapter:
        return each * sum(target.inputs * _share(run, target) for target in targets)
    joint = [target for target in targets if target.place == "attention_in"]
    alone = [target for target in targets if target.place not in {"attention_in", "head"}]
    kept = each * sum(target.inputs * _share(run, target) for target in alone)
    if joint:
        scattered = sum(target.outputs for target in joint) if len(joint) < 3 else 0
        kept += each * run.model.hidden + HALF * scattered
    return kept


def _magnitudes(run: Pass) -> float:
    return (
        DORA_OUTPUTS * sum(target.outputs * _share(run, target) for target in run.targets) if run.dora else 0
    )


def _share(run: Pass, target: Target) -> float:
    """How often a layer meets this kind of target: experts only as often as they are chosen."""
    if target.place == "head":
        return 0
    per_layer = target.count / run.model.layers
    experts = run.model.experts
    if experts and per_layer > experts.count / 2:
        return per_layer * experts.active / experts.count
    return min(per_layer, 1)


def _quantized_inputs(run: Pass) -> float:
    """Old bitsandbytes kept the input of every 4-bit layer for the backward pass."""
    if not (run.quantized and run.stack.keeps_quantized_inputs):
        return 0
    return HALF * (2 * run.model.hidden + run.model.active_mlp_width)


def checkpoint_bytes(run: Pass, residual_bytes: int) -> float:
    """What gradient checkpointing keeps: the input of every layer, or nothing where it goes to the CPU."""
    if run.stack.offloads_checkpoints:
        return 0
    return residual_bytes * run.model.hidden * run.model.layers * run.all_tokens
