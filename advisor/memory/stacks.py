"""Training libraries as the memory estimate sees them: the few properties in which their code differs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from advisor.language import Text
from pricing import Problem
from pricing.sources import Record, Source, read_records

FILE = Path(__file__).parent.parent / "data" / "stacks.yaml"

Loss = Literal["stock", "chunked", "fused"]


class Stack(Record):
    """One library's habits; bytes are per element, loss bytes per vocabulary entry and token."""

    id: str
    name: str
    adapter_bytes: int
    adapter_input_bytes: int
    adapter_dropout: bool
    fused_qkv_adapter: bool
    kbit_norms_and_embeddings_bytes: int
    quantizes_head: bool
    dequantized_copies: int
    keeps_quantized_inputs: bool
    unties_head: bool
    offloads_checkpoints: bool
    loss: Loss
    loss_bytes: Mapping[Loss, int]
    note: Text
    source: Source


@cache
def stacks() -> Mapping[str, Stack]:
    """Every library by id."""
    return {record.id: record for record in read_records(FILE, Stack)}


def stack(stack_id: str) -> Stack:
    """The library called `stack_id`; a Problem lists those that are known."""
    found = stacks().get(stack_id)
    if found is None:
        raise Problem("unknown_stack", asked=stack_id, found=list(stacks()))
    return found
