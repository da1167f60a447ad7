"""Memory that training or serving a model needs on one GPU, part by part.

The peak is a maximum over phases, not a sum: activations are at their height when the loss is computed, gradients when
the backward pass ends, and temporaries when the optimizer steps. The need never depends on the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from advisor.memory.activations import HALF, SINGLE, Attention, Pass, checkpoint_bytes, layer_bytes
from advisor.memory.adapters import Target, read_targets, targets, trainable_parameters
from advisor.memory.stacks import Loss, Stack, stack
from advisor.models.anatomy import ModelShape
from pricing import Problem

Method = Literal["full", "lora", "qlora", "dora", "lora+", "inference"]
Optimizer = Literal["adamw", "adamw8bit", "paged_adamw8bit"]
Quantization = Literal["none", "nf4", "nf4-dq", "int8"]
Precision = Literal["bf16", "mixed"]
Part = Literal[
    "weights", "adapters", "gradients", "optimizer", "activations", "logits", "kv_cache", "overhead"
]

METHODS: tuple[Method, ...] = get_args(Method)
PARTS: tuple[Part, ...] = get_args(Part)
GIB = 2**30
# Bytes per weight: NF4 keeps one fp32 scale per 64 weights; double quantization turns that scale into 8 bits and adds
# one fp32 per 256 of them (4.127 bits in all).
WEIGHT_BYTES: Mapping[Quantization, float] = {
    "none": HALF,
    "int8": 1.0,
    "nf4": 0.5 + 4 / 64,
    "nf4-dq": 0.5 + 1 / 64 + 4 / (64 * 256),
}
# What the allocator holds beyond what is in use, and how far measurements may lie above the estimate.
ALLOCATOR_SHARE = 0.03
UPPER_FACTOR = 1.25
PREFILL_CHUNK = 2048
CHOICES: Mapping[str, tuple[str, ...]] = {
    "method": METHODS,
    "optimizer": get_args(Optimizer),
    "attention": get_args(Attention),
    "loss": get_args(Loss),
    "quantization": get_args(Quantization),
    "precision": get_args(Precision),
}
LARGEST = {"batch": 65_536, "seq": 16_777_216, "rank": 65_536}


@dataclass(frozen=True)
class Setup:
    """How a model is to be trained or served."""

    method: Method = "lora"
    rank: int = 16
    targets: str = "all-linear"
    batch: int = 1
    seq: int = 2048
    optimizer: Optimizer = "adamw"
    checkpointing: bool = True
    attention: Attention = "sdpa"
    stack: str = "hf"
    loss: Loss | None = None
    quantization: Quantization | None = None
    precision: Precision | None = None
    accumulation: int = 1
    in_backward: bool = False

    def checked(self) -> Setup:
        """The same, or a Problem naming what cannot be."""
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise Problem("unknown_choice", name=name, asked=value, found=list(choices))
        for name, most in LARGEST.items():
            value = getattr(self, name)
            if not 1 <= value <= most:
                raise Problem("size_out_of_range", name=name, asked=value, least=1, most=most)
        if self.in_backward and (self.method != "full" or self.accumulation > 1):
            raise Problem("in_backward_impossible", method=self.method, accumulation=self.accumulation)
        stack(self.stack)
        return self

    @property
    def weights_as(self) -> Quantization:
        """How the frozen weights are held: QLoRA means NF4 with double quantization unless told otherwise."""
        return self.quantization or ("nf4-dq" if self.method == "qlora" else "none")


def usual_setup(model: ModelShape) -> Setup:
    """How a model of its kind is first trained: LoRA for a language model, all weights for an encoder.

    >>> from advisor.models.shapes import shape
    >>> bert = shape({"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    ...     "intermediate_size": 3072, "vocab_size": 30522, "type_vocab_size": 2})
    >>> round(estimate(bert, usual_setup(bert)).total_gib, 1)
    4.5
    """
    return Setup(method="full", batch=16, seq=512, checkpointing=False) if model.encoder else Setup()


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes by part at the peak, with an upper bound, and what is trained."""

    setup: Setup
    parts: Mapping[Part, float]
    phase: str
    trainable_parameters: int
    total_parameters: int

    @property
    def total_bytes(self) -> float:
        """The expected peak."""
        return sum(self.parts.values())

    @property
    def upper_bytes(self) -> float:
        """A bound that nine of ten measurements stay under."""
        return self.total_bytes * UPPER_FACTOR

    @property
    def total_gib(self) -> float:
        return self.total_bytes / GIB

    @property
    def upper_gib(self) -> float:
        return self.upper_bytes / GIB


def estimate(model: ModelShape, setup: Setup) -> MemoryEstimate:
    """Peak memory of `setup` on one GPU, in bytes.

    Without a stated precision a language model is trained in bf16 and an encoder, as it usually is, in mixed precision.

    Formulas: QLoRA (arXiv 2305.14314) for quantised weights, LoRA (2106.09685), DoRA (2402.09353), Korthikanti et al.
    (2205.05198) for activations; which tensors are kept was read in the code of each library.

    >>> from advisor.models.shapes import shape
    >>> llama = shape({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    ...     "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256})
    >>> need = estimate(llama, Setup(method="qlora", rank=16, batch=1, seq=2048))
    >>> need.trainable_parameters, round(need.total_bytes / GIB, 1)
    (41943040, 12.5)
    """
    setup = replace(setup.checked(), precision=setup.precision or ("mixed" if model.encoder else "bf16"))
    if setup.method == "inference":
        return _serving(model, setup)
    return _training(model, setup)


def _training(model: ModelShape, setup: Setup) -> MemoryEstimate:
    library = stack(setup.stack)
    full = setup.method == "full"
    chosen = _targets(model, setup, library)
    trained = (
        model.total_parameters if full else trainable_parameters(model, chosen, dora=setup.method == "dora")
    )
    run = Pass(
        model=model,
        stack=library,
        batch=setup.batch,
        tokens=setup.seq,
        attention=setup.attention,
        targets=chosen,
        full=full,
        dora=setup.method == "dora",
        quantized=setup.weights_as != "none",
        autocast=model.encoder and setup.precision == "mixed",
    )
    resident: dict[Part, float] = {
        "weights": _weights(model, setup, library),
        "adapters": 0 if full else trained * library.adapter_bytes,
        "optimizer": trained * _optimizer_bytes(setup, library),
    }
    phases = _phases(run, setup, trained)
    name, peak = max(phases.items(), key=lambda item: sum(item[1].values()))
    parts = dict.fromkeys(PARTS, 0.0) | resident | peak
    parts["overhead"] += ALLOCATOR_SHARE * sum(parts.values())
    total = model.total_parameters + (0 if full else trained)
    return MemoryEstimate(setup, parts, name, trained, total)


def _phases(run: Pass, setup: Setup, trained: int) -> dict[str, dict[Part, float]]:
    """What each phase of a training step needs on top of weights, adapters and optimizer states."""
    layer = layer_bytes(run)
    held = min(trained, _largest_tensor(run.model)) if setup.in_backward else trained
    gradient_bytes = held * _trained_bytes(setup, run.stack)
    carried = gradient_bytes if setup.accumulation > 1 else 0.0
    scratch = _dequantized(run, setup)
    head_logits, head_gradient = _logits(run, setup)
    if setup.checkpointing:
        kept = checkpoint_bytes(run, _residual_bytes(run, setup))
        working = layer
    else:
        kept = layer * run.model.layers
        working = 0.0
    return {
        "loss": {"gradients": carried, "activations": kept, "logits": head_logits},
        "head_backward": {
            "gradients": carried,
            "activations": kept,
            "logits": head_gradient,
            "overhead": scratch,
        },
        "backward_begins": {"gradients": carried, "activations": kept + working, "overhead": scratch},
        "backward_ends": {
            "gradients": gradient_bytes,
            "activations": max(working, layer),
            "overhead": scratch,
        },
        "step": {"gradients": gradient_bytes, "overhead": held * _step_bytes(setup, run.stack)},
    }


def _largest_tensor(model: ModelShape) -> int:
    """Elements of the largest weight: with the optimizer in the backward pass, no more gradients exist at once."""
    return max(model.embedding, *(linear.inputs * linear.outputs for linear in model.linears))


def _targets(model: ModelShape, setup: Setup, library: Stack) -> tuple[Target, ...]:
    if setup.method == "full":
        return ()
    names = read_targets(setup.targets)
    return targets(model, names, setup.rank, split_fused=library.fused_qkv_adapter)


def _weights(model: ModelShape, setup: Setup, library: Stack) -> float:
    """Linear layers as quantised; embeddings, head and norms stay 16-bit, or fp32 after PEFT's k-bit preparation.

    Weights that are released in fewer bits are served as they are and trained as 16-bit copies.
    """
    how = setup.weights_as
    head = model.head or (model.vocab * model.hidden if library.unties_head and not model.encoder else 0)
    rest = model.embedding + model.other + model.classifier
    if how == "none":
        if setup.method == "inference" and model.released is not None:
            few = model.expert_parameters if model.released.experts_only else model.linear_parameters
            return few * model.released.bytes_per_weight + (model.total_parameters - few) * HALF
        return (model.linear_parameters + head + rest) * _weight_bytes(setup)
    quantized = model.linear_parameters + (head if library.quantizes_head else 0)
    plain = rest + (0 if library.quantizes_head else head)
    return quantized * WEIGHT_BYTES[how] + plain * _plain_bytes(setup, library)


def _weight_bytes(setup: Setup) -> float:
    """Mixed precision trains fp32 weights and keeps a half-precision copy for the matrix products."""
    return SINGLE + HALF if setup.method == "full" and setup.precision == "mixed" else HALF


def _plain_bytes(setup: Setup, library: Stack) -> int:
    return HALF if setup.method == "inference" else library.kbit_norms_and_embeddings_bytes


def _residual_bytes(run: Pass, setup: Setup) -> int:
    """Hidden states follow the precision of the embeddings that they start from."""
    return run.stack.kbit_norms_and_embeddings_bytes if run.quantized else HALF


def _trained_bytes(setup: Setup, library: Stack) -> int:
    if setup.method != "full":
        return library.adapter_bytes
    return SINGLE if setup.precision == "mixed" else HALF


def _optimizer_bytes(setup: Setup, library: Stack) -> float:
    """Two moments: as wide as what they follow, one byte each in 8 bits, and in main memory when paged."""
    if setup.optimizer == "adamw":
        return 2 * _trained_bytes(setup, library)
    return 2.0 if setup.optimizer == "adamw8bit" else 0.0


def _step_bytes(setup: Setup, library: Stack) -> float:
    """PyTorch steps all tensors at once and holds the root of the second moment for all of them; 8-bit steps do not."""
    return _trained_bytes(setup, library) if setup.optimizer == "adamw" else 0.0


def _logits(run: Pass, setup: Setup) -> tuple[float, float]:
    """Bytes of the loss while it is computed, and while its gradient passes back through the head.

    A classification head has as many entries as classes, which is nothing beside a vocabulary.
    """
    each = run.stack.loss_bytes[setup.loss or run.stack.loss]
    entries = 0 if run.model.encoder else run.model.vocab * run.all_tokens
    return each * entries, each / 2 * entries


def _dequantized(run: Pass, setup: Setup) -> float:
    """A 4-bit layer is unpacked, one at a time, to be multiplied; the largest counts."""
    if setup.weights_as in {"none", "int8"}:
        return 0.0
    widths = [linear.inputs * linear.outputs for linear in run.model.linears]
    if run.stack.quantizes_head:
        widths.append(run.model.vocab * run.model.hidden)
    return HALF * run.stack.dequantized_copies * max(widths)


def _serving(model: ModelShape, setup: Setup) -> MemoryEstimate:
    """Weights, the KV cache of every sequence, the last logits, and one chunk of the prompt on its way through.

    An encoder takes a text as a whole and keeps nothing of it.
    """
    library = stack(setup.stack)
    run = Pass(
        model, library, setup.batch, setup.seq, setup.attention, (), full=False, dora=False,
        quantized=setup.weights_as != "none",
    )  # fmt: skip
    chunk = (setup.seq if model.encoder else min(setup.seq, PREFILL_CHUNK)) * setup.batch
    width = 3 * model.active_mlp_width if model.gated else model.active_mlp_width
    parts = dict.fromkeys(PARTS, 0.0)
    parts["weights"] = _weights(model, setup, library)
    parts["kv_cache"] = HALF * model.kv_elements(setup.seq) * setup.batch
    parts["activations"] = HALF * chunk * (2 * model.hidden + width)
    parts["logits"] = 0.0 if model.encoder else SINGLE * model.vocab * setup.batch
    parts["overhead"] = _dequantized(run, setup)
    parts["overhead"] += ALLOCATOR_SHARE * sum(parts.values())
    return MemoryEstimate(setup, parts, "serving", 0, model.total_parameters)
