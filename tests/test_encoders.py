"""Encoders of the BERT class: exact sizes, published memory and speed, and what sets them apart from an LLM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from advisor.answers.memory import Memory
from advisor.answers.model import Model
from advisor.memory import PARTS, Method, Setup, estimate, usual_setup
from advisor.memory.cards import card
from advisor.memory.encoder_run import encoder_run
from advisor.memory.training_time import training_flops, training_hours
from advisor.models.comparison import lightest_verdict
from advisor.models.shapes import shape
from advisor.models.snapshot import from_snapshot, snapshot

BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
LARGE = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096}
ROBERTA = {"model_type": "roberta", "vocab_size": 50265, "type_vocab_size": 1, "max_position_embeddings": 514}
BERT = {"model_type": "bert", "vocab_size": 30522, "type_vocab_size": 2, "max_position_embeddings": 512}
DISTILBERT = {"model_type": "distilbert", "dim": 768, "n_layers": 6, "n_heads": 12, "hidden_dim": 3072}
DEBERTA = {
    "model_type": "deberta-v2",
    "relative_attention": True,
    "position_buckets": 256,
    "type_vocab_size": 0,
}
MODERNBERT = {
    "model_type": "modernbert", "vocab_size": 50368, "local_attention": 128, "global_attn_every_n_layers": 3,
    "hidden_size": 768, "num_hidden_layers": 22, "num_attention_heads": 12, "intermediate_size": 1152,
}  # fmt: skip
MODERNBERT_LARGE = MODERNBERT | LARGE | {"num_hidden_layers": 28, "intermediate_size": 2624}
XLM = {
    "model_type": "xlm-roberta",
    "vocab_size": 250002,
    "type_vocab_size": 1,
    "max_position_embeddings": 514,
}
LUKE = ROBERTA | {
    "model_type": "luke",
    "vocab_size": 50267,
    "entity_vocab_size": 500000,
    "entity_emb_size": 256,
}
BERT_LARGE = shape(BERT | LARGE)


@pytest.mark.parametrize(
    ("config", "published"),
    [
        (BERT | BASE, 109_482_240),
        (BERT | LARGE, 335_141_888),
        (BERT | BASE | {"vocab_size": 32000}, 110_617_344),
        (ROBERTA | BASE, 124_645_632),
        (ROBERTA | LARGE, 355_359_744),
        (XLM | BASE, 278_043_648),
        (DISTILBERT | {"vocab_size": 30522, "max_position_embeddings": 512}, 66_362_880),
        (DEBERTA | BASE | {"vocab_size": 128100, "max_position_embeddings": 512}, 183_831_552),
        (MODERNBERT, 149_014_272),
        (MODERNBERT_LARGE, 394_781_696),
    ],
)
def test_every_parameter_of_an_encoder_is_counted(config: dict[str, Any], published: int) -> None:
    assert shape(config).total_parameters == published


def test_luke_has_its_entities_beside_roberta() -> None:
    """The paper says 253M for the base model, without the queries that its fine-tuning adds."""
    assert shape(LUKE | BASE).total_parameters == pytest.approx(253e6, rel=0.005)


def test_a_classification_head_has_a_dense_layer_and_one_output_a_class() -> None:
    head = {"architectures": ["DebertaV2ForSequenceClassification"], "num_labels": 2}
    deberta = DEBERTA | BASE | {"vocab_size": 128100}
    assert shape(deberta | head).total_parameters == 184_423_682
    roberta = ROBERTA | BASE | {"architectures": ["RobertaForSequenceClassification"], "num_labels": 2}
    assert shape(roberta).total_parameters == 124_647_170


@pytest.mark.parametrize("method", ["full", "inference"])
def test_an_encoder_has_no_logits_over_its_vocabulary_and_keeps_no_cache(method: Method) -> None:
    need = estimate(BERT_LARGE, Setup(method=method, batch=8, seq=512))
    assert need.parts["logits"] == need.parts["kv_cache"] == 0
    more_words = shape(BERT | LARGE | {"vocab_size": 300_000})
    wider = estimate(more_words, Setup(method=method, batch=8, seq=512))
    assert wider.parts["activations"] == need.parts["activations"]


def test_published_memory_of_bert_large_lies_between_the_estimate_and_its_bound() -> None:
    """transformers' guide perf_train_gpu_one, V100, nvidia-smi without the 1288 MiB of an empty card: fp16, batch 4.

    PyTorch 1 kept the gradients between steps, as accumulation does; its AdamW stepped one tensor at a time.
    """
    run = Setup(method="full", batch=4, seq=512, checkpointing=False, attention="eager", accumulation=2)
    need = estimate(BERT_LARGE, run)
    assert need.total_bytes <= (13_939 - 1_288) * 2**20 <= need.upper_bytes
    frugal = estimate(BERT_LARGE, replace(run, batch=1, checkpointing=True))
    resident = sum(frugal.parts[part] for part in PARTS if part not in {"overhead", "activations"})
    assert resident == pytest.approx((7_275 - 1_288) * 2**20, rel=0.05)


@pytest.mark.parametrize(
    ("gpu", "tokens", "rows_per_second"),
    [("v100-16", 512, 18.64), ("v100-32", 384, 36.04), ("v100-32", 384, 47.4), ("a100-40", 384, 116)],
)
def test_published_speeds_of_bert_large_lie_within_the_range(
    gpu: str, tokens: int, rows_per_second: float
) -> None:
    """transformers' guide perf_train_gpu_one, and NVIDIA's DeepLearningExamples on SQuAD; one GPU, mixed precision."""
    run = Setup(method="full", batch=8, seq=tokens, checkpointing=False)
    hours = training_hours(BERT_LARGE, run, card(gpu), tokens=tokens * 1000)
    assert hours
    assert hours.low <= 1000 / rows_per_second / 3600 <= hours.high


def test_looking_words_up_costs_no_work_and_windows_save_some() -> None:
    run = Setup(method="full", seq=512, checkpointing=False)
    few, many = (shape(XLM | BASE | {"vocab_size": size}) for size in (32_000, 250_002))
    assert training_flops(few, run, 1000) == training_flops(many, run, 1000)
    modern = shape(MODERNBERT)
    assert (modern.full_layers, modern.sliding_layers, modern.window) == (8, 14, 128)
    everywhere = shape(MODERNBERT | {"local_attention": None})
    assert training_flops(modern, run, 1000) < training_flops(everywhere, run, 1000)


def test_an_encoder_is_first_trained_as_a_whole_and_an_llm_by_lora() -> None:
    assert usual_setup(BERT_LARGE).method == "full"
    need = estimate(BERT_LARGE, usual_setup(BERT_LARGE))
    assert need.setup.precision == "mixed"
    assert need.trainable_parameters == need.total_parameters


def test_no_sequence_is_longer_than_the_encoder_reads() -> None:
    found = Memory.estimated(BERT | BASE, usual_setup(BERT_LARGE), card=card("h100"))
    assert found.longest_sequence == 512


def test_a_small_card_trains_every_shipped_base_encoder() -> None:
    known = [facts for facts in snapshot().values() if facts.task == "fill-mask" and facts.config]
    judged = {facts.id: lightest_verdict(facts, card("t4")) for facts in known}
    assert judged["google-bert/bert-base-uncased"] == "fits"
    assert "no" not in judged.values()


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("sbintuitions/modernbert-ja-30m", 37e6),
        ("sbintuitions/modernbert-ja-130m", 132e6),
        ("sbintuitions/modernbert-ja-310m", 315e6),
        ("line-corporation/line-distilbert-base-japanese", 68e6),
        ("tohoku-nlp/bert-base-japanese-v3", 111e6),
    ],
)
def test_shipped_japanese_encoders_have_the_size_that_their_makers_state(
    model: str, published: float
) -> None:
    assert snapshot()[model].parameter_count() == pytest.approx(published, rel=0.01)


def test_hours_grow_with_rows_and_epochs_and_speed_falls_with_length() -> None:
    short = encoder_run(BERT_LARGE, card("t4"), rows=1000, tokens=64, epochs=3)
    longer = encoder_run(BERT_LARGE, card("t4"), rows=1000, tokens=512, epochs=3)
    more = encoder_run(BERT_LARGE, card("t4"), rows=4000, tokens=64, epochs=3)
    assert short.training and more.training and short.on_gpu and longer.on_gpu
    assert more.training.typical == pytest.approx(4 * short.training.typical)
    assert longer.on_gpu.typical < short.on_gpu.typical / 8
    assert short.on_cpu.low < short.on_cpu.typical < short.on_cpu.high < short.on_gpu.typical


def test_published_serving_of_bert_large_lies_within_the_range() -> None:
    """NVIDIA's DeepLearningExamples: 119.76 texts of 384 tokens a second on a V100, four at a time."""
    served = encoder_run(BERT_LARGE, card("v100-16"), rows=1, tokens=384).on_gpu
    assert served and served.low <= 119.76 <= served.high


def test_an_unknown_card_still_leaves_the_cpu() -> None:
    found = encoder_run(BERT_LARGE, card("m4max-64"), rows=1000, tokens=128)
    assert found.training is None and found.on_gpu is None and found.on_cpu.typical > 0


def test_an_encoder_is_no_evidence_about_tuning_or_prompting_an_llm() -> None:
    """Its 512 tokens and its small need would speak for or against a model that nobody looked up."""
    report = from_snapshot("tohoku-nlp/bert-base-japanese-v3")
    assert report and not Model.of(report).findings(None)
    assert not Memory.estimated(BERT | BASE, usual_setup(BERT_LARGE)).findings(None)
    llm = from_snapshot("Qwen/Qwen3-8B")
    assert llm and Model.of(llm).findings(None)["context_tokens"]
