"""Published models and runs that the estimates are held to: settings, shapes, peaks and speeds."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from advisor.memory import Setup
from advisor.models.shapes import shape

SAMPLES = Path(__file__).parent / "samples/models"
CONFIGS: dict[str, dict[str, Any]] = json.loads((SAMPLES / "model_configs.json").read_text("utf-8"))
SHAPES: dict[str, dict[str, Any]] = json.loads((SAMPLES / "measured_model_shapes.json").read_text("utf-8"))
LLAMA = shape(CONFIGS["meta-llama/Meta-Llama-3-8B"])


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


TRAINABLE = rows("trainable_parameters.csv")
MEASURED = rows("measured_memory.csv")


def setup_of(row: dict[str, str]) -> Setup:
    """The setup of one published run."""
    method: Any = row["method"]
    quantization: Any = row["quantization"] or "none"
    return Setup(
        method=method,
        rank=int(row["rank"] or 16),
        targets=row["targets"] or "all-linear",
        batch=int(row["batch"]),
        seq=int(row["seq"]),
        checkpointing=False,
        stack=row["stack"],
        quantization=quantization,
    )
