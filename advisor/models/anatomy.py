"""What a language model is made of: every linear layer, every parameter, every number kept for a token.

Memory, time and adapter sizes all follow from this. No width is inferred from another where a family sets them apart:
a head is not hidden/heads wide in Gemma or Qwen3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from advisor.models.released import Released

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
    """Widths and counts of a language model; sizes in numbers of elements.

    `released`: how the weights are stored where the model comes in fewer than 16 bits. `encoder`: a model of the BERT
    class, which reads a text as a whole and is given a classification head: no logits over the vocabulary, no KV cache.
    """

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
    released: Released | None = None
    encoder: bool = False

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
    def expert_parameters(self) -> int:
        """Weights of all experts, whichever are chosen."""
        return sum(linear.parameters for linear in self.linears if linear.expert)

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
        return round(self.total_parameters - self.expert_parameters * idle)

    @property
    def active_mlp_width(self) -> int:
        """MLP width that one token passes through in a layer."""
        if self.experts is None:
            return self.mlp_width
        return self.experts.active * self.experts.width + self.experts.shared_width

    def with_published_total(self, parameters: int | None) -> ModelShape:
        """The same with parameters that its config does not describe, a vision part say, as 16-bit weights."""
        beyond = (parameters or 0) - self.total_parameters
        return replace(self, other=self.other + beyond) if beyond > 0 else self

    def kv_elements(self, tokens: int) -> int:
        """Numbers a KV cache holds for one sequence: windows cap it, latent attention keeps one small vector.

        >>> from advisor.models.shapes import shape
        >>> shape({"model_type": "qwen3", "hidden_size": 1024, "num_hidden_layers": 28, "num_attention_heads": 16,
        ...     "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 3072, "vocab_size": 151936,
        ...     "tie_word_embeddings": True}).kv_elements(40_960) * 2 / 2**30
        4.375
        """
        if self.encoder:
            return 0
        per_token = self.latent_kv if self.latent_kv is not None else 2 * self.kv_width
        windowed = min(tokens, self.window or tokens)
        return per_token * (self.full_layers * tokens + self.sliding_layers * windowed)
