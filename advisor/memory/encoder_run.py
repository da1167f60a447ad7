"""What a fine-tuned encoder takes: hours to train it on one card, and requests a second from a card or a CPU.

Multiplied by an hourly rate it becomes money: `SelfHosted` takes the hours, `SmallModel` the requests a second.
"""

from __future__ import annotations

from dataclasses import replace

from advisor.memory import usual_setup
from advisor.memory.cards import Card
from advisor.memory.training_time import Hours, Rounded, forward_flops, training_hours
from advisor.models.anatomy import ModelShape
from advisor.shapes import Shape
from pricing import Problem

# Share of a card's peak that serving reaches (slow, typical, fast), ours: NVIDIA's tuned code reached 0.24 of a V100
# with four texts of 384 tokens at a time (DeepLearningExamples, PyTorch/LanguageModeling/BERT); single short texts
# leave most of a card idle.
SERVING_SHARE = (0.05, 0.15, 0.25)
# Operations a second of one virtual core, ours: PyTorch 2.13 reached 72 to 117 GFLOPS in fp32 on a whole core of a
# recent Xeon (BERT-base, 32 to 512 tokens, one text at a time); a rented vCPU is usually half a core.
CORE_GFLOPS = (20.0, 50.0, 100.0)


class PerSecond(Shape):
    """Requests a second in the slow case, the expected one and the fast one: our estimate, to be measured."""

    low: Rounded = 0
    typical: Rounded = 0
    high: Rounded = 0


class EncoderRun(Shape):
    """Hours to train an encoder and requests a second to serve it; None where the card's speed is not known."""

    training: Hours | None = None
    on_gpu: PerSecond | None = None
    on_cpu: PerSecond = PerSecond()


def encoder_run(
    model: ModelShape, on: Card, *, rows: int, tokens: int, epochs: float = 3, cores: int = 2
) -> EncoderRun:
    """Training on `rows` texts of `tokens` tokens each, then serving such texts from one card or from `cores` vCPUs.

    >>> from advisor.memory.cards import card
    >>> from advisor.models.shapes import shape
    >>> bert = shape({"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    ...     "intermediate_size": 3072, "vocab_size": 32768, "type_vocab_size": 2})
    >>> found = encoder_run(bert, card("t4"), rows=10_000, tokens=128)
    >>> round(found.training.typical * 60, 1), round(found.on_gpu.typical), round(found.on_cpu.typical, 1)
    (2.6, 433, 4.4)
    """
    if min(rows, tokens, cores) < 1 or epochs <= 0:
        raise Problem(
            "size_out_of_range", name="rows", asked=min(rows, tokens, cores, epochs), least=1, most="—"
        )
    work = forward_flops(model, tokens) * tokens
    run = replace(usual_setup(model), seq=tokens)
    return EncoderRun(
        training=training_hours(model, run, on, rows * tokens, epochs),
        on_gpu=_per_second(work, [on.tflops * 1e12 * share for share in SERVING_SHARE])
        if on.tflops
        else None,
        on_cpu=_per_second(work, [cores * gflops * 1e9 for gflops in CORE_GFLOPS]),
    )


def _per_second(work: float, speeds: list[float]) -> PerSecond:
    low, typical, high = (speed / work for speed in speeds)
    return PerSecond(low=low, typical=typical, high=high)
