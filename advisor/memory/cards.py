"""GPU cards: whether a need fits, what is the least that would make it fit, and the longest sequence that does."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from advisor.memory import GIB, LARGEST, MemoryEstimate, Setup, estimate
from advisor.models.anatomy import ModelShape
from pricing import Problem
from pricing.sources import Record, Source, read_records

FILE = Path(__file__).parent.parent / "data" / "cards.yaml"
# What the CUDA context takes before the first tensor (0.35 to 0.6 GB were seen).
CONTEXT_GIB = 0.5

Verdict = Literal["fits", "tight", "no"]


class Card(Record):
    """One card; memory in GiB as programs can use it, speed in dense 16-bit TFLOPS and GB/s of its memory."""

    id: str
    name: str
    kind: Literal["data_centre", "workstation", "consumer", "unified"]
    memory_gb: int
    memory_gib: float
    tflops: float | None
    bandwidth_gbs: float | None = None
    gpu: str | None = None
    source: Source

    @property
    def usable_bytes(self) -> float:
        """What is left for tensors."""
        return (self.memory_gib - CONTEXT_GIB) * GIB

    def verdict(self, need: MemoryEstimate) -> Verdict:
        """`fits` when even the upper bound does, `tight` when only the expected peak does.

        bitsandbytes needs CUDA, so 4- and 8-bit weights do not run in unified memory however large it is.
        """
        if self.kind == "unified" and need.setup.weights_as != "none":
            return "no"
        if need.upper_bytes <= self.usable_bytes:
            return "fits"
        return "tight" if need.total_bytes <= self.usable_bytes else "no"


@cache
def cards() -> Mapping[str, Card]:
    """Every card by id, small ones first within each kind."""
    return {card.id: card for card in read_records(FILE, Card)}


def card(card_id: str) -> Card:
    """The card called `card_id`; a Problem lists those that are known.

    >>> card("h100").gpu
    'H100 80GB'
    """
    found = cards().get(card_id.strip().lower())
    if found is None:
        raise Problem("unknown_card", asked=card_id, found=list(cards()))
    return found


def verdicts(need: MemoryEstimate, among: Iterable[Card] | None = None) -> dict[str, Verdict]:
    """The verdict for every card; the need itself never depends on the card."""
    return {one.id: one.verdict(need) for one in (among or cards().values())}


Step = Literal[
    "batch_of_one",
    "fused_loss",
    "checkpointing",
    "adam_8bit",
    "step_in_backward",
    "quantized_weights",
    "adapters_only",
    "half_length",
]


@dataclass(frozen=True)
class Change:
    """Steps that together make a plan fit, what it then needs, and the setup that results."""

    steps: tuple[Step, ...]
    setup: Setup
    need: MemoryEstimate
    verdict: Verdict

    @property
    def total_gib(self) -> float:
        return self.need.total_gib


# What each step costs the team, in no unit but their order: nothing, time, quality, content.
PRICES: Mapping[Step, int] = {
    "batch_of_one": 1,
    "fused_loss": 1,
    "checkpointing": 2,
    "adam_8bit": 2,
    "step_in_backward": 3,
    "quantized_weights": 4,
    "adapters_only": 6,
    "half_length": 8,
}


def cheapest_change(model: ModelShape, setup: Setup, on: Card) -> Change | None:
    """The cheapest steps after which the plan fits the card; None when no combination does or none is needed."""
    if on.verdict(estimate(model, setup)) == "fits" or setup.method == "inference":
        return None
    best: Change | None = None
    possible = [step for step in PRICES if _step(step, setup) != setup]
    for steps in sorted(_subsets(possible), key=lambda chosen: sum(PRICES[step] for step in chosen)):
        changed = setup
        for step in steps:
            changed = _step(step, changed)
        need = estimate(model, changed)
        verdict = on.verdict(need)
        if verdict == "fits":
            return Change(steps, changed, need, verdict)
        if verdict == "tight" and best is None:
            best = Change(steps, changed, need, verdict)
    return best


def longest_sequence(model: ModelShape, setup: Setup, on: Card) -> int:
    """Tokens per sequence up to which the expected peak stays on the card; 0 when not even one token does."""

    def too_long(tokens: int) -> bool:
        return estimate(model, replace(setup, seq=tokens)).total_bytes > on.usable_bytes

    return bisect(range(1, LARGEST["seq"] + 1), False, key=too_long)


def _subsets(steps: list[Step]) -> Iterable[tuple[Step, ...]]:
    return (chosen for size in range(1, len(steps) + 1) for chosen in combinations(steps, size))


def _step(step: Step, setup: Setup) -> Setup:
    """The setup after one step; the same where the step changes nothing."""
    full, served = setup.method == "full", setup.method == "inference"
    gathered = setup.accumulation * setup.batch
    changes: Mapping[Step, tuple[bool, Mapping[str, Any]]] = {
        "batch_of_one": (setup.batch > 1, {"batch": 1, "accumulation": gathered, "in_backward": False}),
        "fused_loss": (True, {"loss": "fused"}),
        "checkpointing": (True, {"checkpointing": True}),
        "adam_8bit": (setup.optimizer == "adamw", {"optimizer": "adamw8bit"}),
        "step_in_backward": (full and setup.accumulation == 1, {"in_backward": True}),
        "quantized_weights": (
            not full and not served and setup.weights_as == "none",
            {"quantization": "nf4-dq"},
        ),
        "adapters_only": (full, {"method": "lora", "in_backward": False}),
        "half_length": (setup.seq > 1, {"seq": setup.seq // 2}),
    }
    is_possible, changed = changes[step]
    return replace(setup, **changed) if is_possible else setup
