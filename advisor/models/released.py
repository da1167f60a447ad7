"""How the weights of a release are stored, where that is in fewer than 16 bits, read from its config.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from advisor.models.context import Config

# Four bits, and one scale of eight for every 32 of them (gpt-oss model card, arXiv 2508.10925: 4.25 bits a parameter).
MXFP4_BYTES = 0.5 + 1 / 32
# One byte, and an FP32 scale for each block (huggingface.co/docs/transformers, "Fine-grained FP8"; DeepSeek-V3).
FP8_BYTES, BLOCK_SCALE_BYTES = 1.0, 4
# GPTQ and AWQ keep a 16-bit scale and a zero point as wide as a weight for each group of weights.
GROUP_SCALE_BYTES = 2
BITS = (2, 3, 4, 8)


@dataclass(frozen=True)
class Released:
    """Bytes per weight of the linear layers, or with `experts_only` of the experts alone; the rest is 16-bit."""

    bytes_per_weight: float
    experts_only: bool = False


def released_as(config: Config, text: Config) -> Released | None:
    """What `quantization_config` says, of the whole model or of its language part; None where 16 bits must do.

    >>> released_as({"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 128}}, {}).bytes_per_weight
    0.51953125
    """
    said = text.get("quantization_config") or config.get("quantization_config")
    if not isinstance(said, Mapping):
        return None
    method = said.get("quant_method")
    if method == "mxfp4":
        return Released(MXFP4_BYTES, experts_only=True)
    if method in ("fp8", "fbgemm_fp8"):
        return Released(FP8_BYTES + _block_scale(said.get("weight_block_size")))
    if method in ("gptq", "awq"):
        return _grouped(said.get("bits"), said.get("group_size"))
    if method == "compressed-tensors":
        return _grouped(*_of_first_group(said))
    return None


def _block_scale(block: Any) -> float:
    """What the scale of a block adds to each weight; a scale for a whole row or tensor adds next to nothing."""
    sides = [side for side in block if _is_count(side)] if isinstance(block, list) else []
    return BLOCK_SCALE_BYTES / (sides[0] * sides[1]) if len(sides) == 2 else 0.0


def _grouped(bits: Any, size: Any) -> Released | None:
    if bits not in BITS:
        return None
    width = bits / 8
    return Released(width + ((GROUP_SCALE_BYTES + width) / size if _is_count(size) else 0.0))


def _of_first_group(said: Mapping[str, Any]) -> tuple[Any, Any]:
    groups = said.get("config_groups")
    first = next(iter(groups.values()), None) if isinstance(groups, Mapping) else None
    weights = first.get("weights") if isinstance(first, Mapping) else None
    return (
        (weights.get("num_bits"), weights.get("group_size")) if isinstance(weights, Mapping) else (None, None)
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
