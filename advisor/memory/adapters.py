"""Low-rank adapters: which layers a list of targets means, and exactly how many parameters that trains.

LoRA adds r·(in + out) for every targeted layer; DoRA one magnitude per output more; LoRA+ only changes a learning
rate. Names differ between families (`q_proj`, `query`, `c_attn`, `Wqkv`), so a plan may write `q,v` for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from advisor.models.anatomy import Linear, ModelShape, Place
from pricing import Problem

ALL_LINEAR = "all-linear"
# What each published module name stands for in our anatomy.
NAMES: Mapping[str, tuple[str, ...]] = {
    "q": ("q",), "q_proj": ("q",), "query": ("q",), "wq": ("q",), "q_a_proj": ("q_a",), "q_b_proj": ("q_b",),
    "k": ("k",), "k_proj": ("k",), "key": ("k",), "wk": ("k",),
    "v": ("v",), "v_proj": ("v",), "value": ("v",), "wv": ("v",),
    "o": ("o",), "o_proj": ("o",), "out_proj": ("o",), "dense": ("o",), "proj": ("o",),
    "qkv": ("qkv",), "query_key_value": ("qkv",), "qkv_proj": ("qkv",), "c_attn": ("qkv",), "wqkv": ("qkv",),
    "kv_a_proj_with_mqa": ("kv_a",), "kv_b_proj": ("kv_b",),
    "gate": ("gate",), "gate_proj": ("gate",), "wi_0": ("gate",), "w1": ("gate",),
    "up": ("up",), "up_proj": ("up",), "wi_1": ("up",), "wi": ("up",), "w3": ("up",), "fc1": ("up",),
    "c_fc": ("up",), "dense_h_to_4h": ("up",), "gate_up_proj": ("gate_up",),
    "down": ("down",), "down_proj": ("down",), "wo": ("down",), "w2": ("down",), "fc2": ("down",),
    "dense_4h_to_h": ("down",), "c_proj": ("o", "down"),
    "mlp": ("gate", "up", "down"), "head": ("head",), "lm_head": ("head",),
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One kind of layer that gets an adapter: widths, how many, and the rank it is given."""

    inputs: int
    outputs: int
    count: int
    rank: int
    place: Place

    @property
    def lora(self) -> int:
        """Parameters of both low-rank matrices over all layers of this kind."""
        return self.rank * (self.inputs + self.outputs) * self.count


def read_targets(text: str | Iterable[str]) -> tuple[str, ...]:
    """Target names out of what people write: `q,v`, `q_proj+v_proj`, `all linear`.

    >>> read_targets("q_proj + v_proj"), read_targets("all linear")
    (('q_proj', 'v_proj'), ('all-linear',))
    """
    written = text if isinstance(text, str) else ",".join(text)
    if re.fullmatch(r"\s*all[\s_-]linear\s*", written, re.IGNORECASE):
        return (ALL_LINEAR,)
    return tuple(part for part in re.split(r"[,+\s]+", written.strip().lower()) if part)


def targets(
    model: ModelShape, names: tuple[str, ...], rank: int, *, split_fused: bool = False
) -> tuple[Target, ...]:
    """The layers that `names` mean in this model, each with its rank.

    A part of a fused layer (`q` where queries, keys and values are one matrix) means the whole layer, as PEFT can
    adapt only that; with `split_fused`, as in litgpt, it means the part.
    """
    if rank < 1:
        raise Problem("rank_not_positive", rank=rank)
    linears = [*model.linears, Linear("head", model.hidden, model.vocab, 1, "head")]
    if ALL_LINEAR in names:
        return tuple(_target(linear, rank) for linear in linears if linear.place != "head")
    wanted = [_meanings(name) for name in names]
    chosen = {name for meaning in wanted for name in meaning}
    found = [target for linear in linears for target in _chosen(linear, chosen, rank, split_fused)]
    unknown = [name for name, meaning in zip(names, wanted, strict=True) if not _exists(meaning, linears)]
    if unknown or not found:
        raise Problem("unknown_targets", asked=list(names), found=sorted({linear.name for linear in linears}))
    return tuple(found)


def trainable_parameters(model: ModelShape, chosen: Iterable[Target], *, dora: bool = False) -> int:
    """Parameters that training changes: the adapters, plus PEFT's trainable copy of a classification head."""
    magnitudes = sum(target.outputs * target.count for target in chosen) if dora else 0
    return sum(target.lora for target in chosen) + magnitudes + model.classifier


def _meanings(name: str) -> tuple[str, ...]:
    return NAMES.get(name.lower(), (name.lower(),))


def _exists(meaning: tuple[str, ...], linears: Iterable[Linear]) -> bool:
    known = {name for linear in linears for name in (linear.name, *(part for part, _ in linear.parts))}
    return any(name in known for name in meaning)


def _chosen(linear: Linear, chosen: set[str], rank: int, split_fused: bool) -> list[Target]:
    if linear.name in chosen:
        return [_target(linear, rank)]
    parts = [(name, width) for name, width in linear.parts if name in chosen]
    if parts and not split_fused:
        return [_target(linear, rank)]
    return [Target(linear.inputs, width, linear.count, rank, linear.place) for _, width in parts]


def _target(linear: Linear, rank: int) -> Target:
    return Target(linear.inputs, linear.outputs, linear.count, rank * linear.rank_factor, linear.place)
