"""Memory and cards: exact counts, published peaks, and how the estimate must move."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.answers.memory import Memory
from advisor.memory import GIB, METHODS, PARTS, Method, Setup, estimate
from advisor.memory.adapters import read_targets, targets, trainable_parameters
from advisor.memory.cards import card, cards, cheapest_change, longest_sequence
from advisor.memory.methods import methods
from advisor.memory.stacks import stacks
from advisor.models.anatomy import ModelShape
from advisor.models.released import released_as
from advisor.models.shapes import count_parameters, shape
from advisor.models.snapshot import shipped
from advisor.training.routes import routes
from pricing import Problem
from pricing.book import price_book
from tests.published_runs import CONFIGS, LLAMA, MEASURED, SHAPES, TRAINABLE, setup_of

ON = date(2026, 11, 22)
# This published total was counted when transformers still gave mT5 an output head of its own.
UNTIED_HEAD = {("bigscience/mt0-large", "1231940608"): 250_112 * 1024}


@pytest.mark.parametrize("row", TRAINABLE, ids=lambda row: f"{row['model']} {row['method']} r{row['rank']}")
def test_trainable_and_total_parameters_are_exact(row: dict[str, str]) -> None:
    model = shape(CONFIGS[row["model"]])
    chosen = targets(model, read_targets(row["targets"]), int(row["rank"]))
    trained = trainable_parameters(model, chosen, dora=row["method"] == "DoRA")
    assert trained == int(row["trainable"])
    if row["total"]:
        extra = UNTIED_HEAD.get((row["model"], row["total"]), 0)
        assert model.total_parameters + trained + extra == int(row["total"])


@pytest.mark.parametrize(
    ("model", "billions"),
    [
        ("Qwen/Qwen3-30B-A3B-Instruct-2507", 30.53),
        ("openai/gpt-oss-20b", 20.91),
        ("openai/gpt-oss-120b", 116.83),
        ("deepseek-ai/DeepSeek-V3.1", 671.03),
        ("google/gemma-3-27b-it", 27.01),
        ("EleutherAI/gpt-neox-20b", 20.55),
        ("Qwen/Qwen3-8B", 8.19),
    ],
)
def test_parameters_are_counted_from_the_settings(model: str, billions: float) -> None:
    facts = shipped(model)
    assert facts
    assert facts.config
    assert (count_parameters(facts.config) or 0) / 1e9 == pytest.approx(billions, abs=0.006)


@pytest.mark.parametrize(
    ("model", "tokens", "gib"),
    [
        ("google/gemma-3-27b-it", 131_072, 10.41),
        ("deepseek-ai/DeepSeek-V3.1", 163_840, 10.72),
        ("moonshotai/Kimi-K2.5", 262_144, 17.16),
        ("Qwen/Qwen3-0.6B", 40_960, 4.38),
    ],
)
def test_the_kv_cache_of_windows_and_latent_attention_is_right(model: str, tokens: int, gib: float) -> None:
    facts = shipped(model)
    assert facts
    assert facts.config
    need = estimate(shape(facts.config), Setup(method="inference", seq=tokens))
    assert need.parts["kv_cache"] / GIB == pytest.approx(gib, abs=0.006)


def measured(row: dict[str, str]) -> tuple[float, float, float]:
    """Expected peak, upper bound and published peak of one row, in bytes."""
    need = estimate(shape(SHAPES[row["model"]]), setup_of(row))
    return need.total_bytes, need.upper_bytes, float(row["peak"]) * (GIB if row["unit"] == "GiB" else 1e9)


def test_the_estimate_holds_on_published_peaks() -> None:
    """Median error at most 6%, nine of ten within 25%, and at least nine of ten under the upper bound."""
    found = [measured(row) for row in MEASURED]
    errors = sorted(abs(expected / peak - 1) for expected, _, peak in found)
    assert len(errors) >= 60
    assert median(errors) <= 0.06
    assert errors[int(len(errors) * 0.9)] <= 0.25
    assert sum(peak <= upper for _, upper, peak in found) >= 0.9 * len(found)


@pytest.mark.parametrize("stack_id", ["litgpt", "hf"])
@pytest.mark.parametrize("method", ["lora", "qlora", "full", "dora", "inference"])
def test_no_stack_and_method_is_far_off_as_a_group(stack_id: str, method: str) -> None:
    group = [row for row in MEASURED if (row["stack"], row["method"]) == (stack_id, method)]
    errors = [abs(expected / peak - 1) for expected, _, peak in map(measured, group)]
    assert median(errors or [0]) <= 0.18


@pytest.mark.parametrize(
    ("model", "checkpoint_gib"), [("openai/gpt-oss-20b", 12.8), ("openai/gpt-oss-120b", 60.8)]
)
def test_experts_released_in_four_bits_are_served_as_released_and_trained_in_sixteen(
    model: str, checkpoint_gib: float
) -> None:
    """Sizes of the checkpoints: gpt-oss model card, arXiv 2508.10925, table 1."""
    found = shipped(model)
    assert found and found.config
    anatomy = shape(found.config)
    served = estimate(anatomy, Setup(method="inference")).parts["weights"] / GIB
    assert served == pytest.approx(checkpoint_gib, abs=0.1)
    trained = estimate(anatomy, Setup(method="lora")).parts["weights"]
    assert trained == 2 * anatomy.total_parameters
    plain = shape({key: value for key, value in found.config.items() if key != "quantization_config"})
    assert estimate(plain, Setup(method="inference")).parts["weights"] == 2 * plain.total_parameters


@pytest.mark.parametrize(
    ("said", "bytes_per_weight"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, 1 + 4 / 128**2),
        ({"quant_method": "fp8"}, 1.0),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, 1.0),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 0.5 + 2.5 / 128),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 8}}},
            },
            1.0,
        ),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_release_in_fewer_bits_is_served_as_released_and_trained_in_sixteen(
    said: dict[str, Any], bytes_per_weight: float, nested: bool
) -> None:
    config = CONFIGS["meta-llama/Meta-Llama-3-8B"]
    plain = shape(config)
    packed = shape(
        {"text_config": config, "quantization_config": said}
        if nested
        else config | {"quantization_config": said}
    )
    served = estimate(packed, Setup(method="inference")).parts["weights"]
    rest = plain.total_parameters - plain.linear_parameters
    assert served == pytest.approx(plain.linear_parameters * bytes_per_weight + rest * 2)
    trained = estimate(packed, Setup(method="lora")).parts["weights"]
    assert trained == estimate(plain, Setup(method="lora")).parts["weights"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just("gptq") | st.just(4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "quant_method",
                        "bits",
                        "group_size",
                        "weight_block_size",
                        "config_groups",
                        "weights",
                        "num_bits",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_words_of_a_config_break_the_reading_of_how_it_was_released(said: Any) -> None:
    found = released_as({"quantization_config": said}, {})
    assert found is None or 0.25 <= found.bytes_per_weight < 8


MODELS = [shape(config) for config in CONFIGS.values()] + [
    shape(found.config)
    for name in (
        "Qwen/Qwen3.5-9B",
        "openai/gpt-oss-20b",
        "deepseek-ai/DeepSeek-V3.1",
        "google/gemma-3-27b-it",
    )
    if (found := shipped(name)) and found.config
]
SETUPS = st.builds(
    Setup,
    method=st.sampled_from(METHODS),
    rank=st.integers(1, 256),
    batch=st.integers(1, 64),
    seq=st.integers(1, 32_768),
    optimizer=st.sampled_from(["adamw", "adamw8bit", "paged_adamw8bit"]),
    checkpointing=st.booleans(),
    attention=st.sampled_from(["sdpa", "eager"]),
    stack=st.sampled_from(sorted(stacks())),
    loss=st.sampled_from([None, "stock", "chunked", "fused"]),
    precision=st.sampled_from(["bf16", "mixed"]),
    accumulation=st.sampled_from([1, 8]),
)


@given(model=st.sampled_from(MODELS), setup=SETUPS)
def test_no_part_is_negative_and_the_parts_make_the_whole(model: ModelShape, setup: Setup) -> None:
    need = estimate(model, setup)
    assert set(need.parts) == set(PARTS)
    assert all(size >= 0 for size in need.parts.values())
    assert need.upper_bytes >= need.total_bytes > 0


@given(model=st.sampled_from(MODELS), setup=SETUPS, more=st.integers(1, 64))
def test_memory_never_shrinks_with_batch_sequence_or_rank(model: ModelShape, setup: Setup, more: int) -> None:
    need = estimate(model, setup).total_bytes
    for name in ("batch", "seq", "rank"):
        grown = replace(setup, **{name: getattr(setup, name) + more})
        assert estimate(model, grown).total_bytes >= need


@pytest.mark.parametrize("method", METHODS)
def test_memory_grows_with_the_size_of_the_model(method: Method) -> None:
    sizes = [
        "Qwen/Qwen3-0.6B",
        "Qwen/Qwen3-1.7B",
        "Qwen/Qwen3-4B",
        "Qwen/Qwen3-8B",
        "Qwen/Qwen3-14B",
        "Qwen/Qwen3-32B",
    ]
    found = [shipped(name) for name in sizes]
    needs = [
        estimate(shape(one.config), Setup(method=method)).total_bytes for one in found if one and one.config
    ]
    assert len(needs) == len(sizes)
    assert needs == sorted(needs)


def test_checkpointing_quantization_and_a_fused_loss_each_save_memory() -> None:
    plain = Setup(method="lora", batch=4, checkpointing=False)
    need = estimate(LLAMA, plain).total_bytes
    assert estimate(LLAMA, replace(plain, checkpointing=True)).total_bytes < need
    assert estimate(LLAMA, replace(plain, method="qlora")).total_bytes < need
    assert estimate(LLAMA, replace(plain, loss="fused")).total_bytes < need


def test_stepping_inside_the_backward_pass_spares_the_gradients() -> None:
    plain = estimate(LLAMA, Setup(method="full"))
    spared = estimate(LLAMA, Setup(method="full", in_backward=True))
    assert spared.total_bytes < plain.total_bytes - 0.8 * 2 * LLAMA.total_parameters
    for impossible in (
        Setup(method="lora", in_backward=True),
        Setup(method="full", in_backward=True, accumulation=8),
    ):
        with pytest.raises(Problem) as error:
            estimate(LLAMA, impossible)
        assert error.value.id == "in_backward_impossible"


def test_single_precision_masters_cost_what_they_are_known_to() -> None:
    """18 bytes a parameter: 4 + 2 of weights, 4 of gradients, 8 of Adam's moments."""
    mixed = estimate(LLAMA, Setup(method="full", precision="mixed", seq=1))
    kept = sum(mixed.parts[part] for part in ("weights", "gradients", "optimizer"))
    assert kept / LLAMA.total_parameters == pytest.approx(18, rel=0.01)


def test_peft_raises_embeddings_to_single_precision_and_that_outweighs_the_4_bit_layers() -> None:
    weights = estimate(LLAMA, Setup(method="qlora")).parts["weights"]
    embeddings = 2 * 128_256 * 4096
    assert weights > 4 * embeddings
    assert 4 * embeddings > LLAMA.linear_parameters * 4.127 / 8


def test_lora_plus_costs_what_lora_costs() -> None:
    assert estimate(LLAMA, Setup(method="lora+")).parts == estimate(LLAMA, Setup(method="lora")).parts


def test_the_need_does_not_depend_on_the_card() -> None:
    one, other = (
        Memory.estimated(CONFIGS["meta-llama/Meta-Llama-3-8B"], Setup(), card=card(name))
        for name in ("t4", "h200")
    )
    assert (one.parts, one.upper_gib) == (other.parts, other.upper_gib)
    assert one.fits == other.fits
    assert (one.fits_card, other.fits_card) == (False, True)


def test_full_fine_tuning_is_made_to_fit_by_stepping_inside_the_backward_pass() -> None:
    change = cheapest_change(LLAMA, Setup(method="full", optimizer="adamw8bit"), card("l40s"))
    assert change
    assert change.steps == ("step_in_backward",)
    batched = Setup(method="full", batch=8, in_backward=True)
    assert cheapest_change(LLAMA, batched, card("h100"))


@pytest.mark.parametrize("name", ["t4", "l4", "a100-40", "rtx4090"])
def test_the_cheapest_change_makes_the_plan_fit(name: str) -> None:
    setup = Setup(method="lora", batch=8, seq=2048, checkpointing=False)
    change = cheapest_change(LLAMA, setup, card(name))
    assert change
    assert change.verdict == card(name).verdict(change.need) != "no"
    assert estimate(LLAMA, change.setup).parts == change.need.parts


def test_what_already_fits_needs_no_change() -> None:
    assert cheapest_change(LLAMA, Setup(method="qlora"), card("h200")) is None


def test_the_longest_sequence_is_the_last_that_stays_on_the_card() -> None:
    setup = Setup(method="qlora")
    longest = longest_sequence(LLAMA, setup, card("l4"))
    usable = card("l4").usable_bytes
    assert estimate(LLAMA, replace(setup, seq=longest)).total_bytes <= usable
    assert estimate(LLAMA, replace(setup, seq=longest + 1)).total_bytes > usable
    assert longest_sequence(LLAMA, Setup(method="full"), card("t4")) == 0


def test_4_bit_weights_do_not_run_in_unified_memory() -> None:
    need = estimate(LLAMA, Setup(method="qlora"))
    assert card("m3ultra-256").verdict(need) == "no"
    assert card("m3ultra-256").verdict(estimate(LLAMA, Setup(method="lora"))) == "fits"


def test_the_answer_has_the_promised_keys() -> None:
    found = Memory.estimated(
        CONFIGS["meta-llama/Meta-Llama-3-8B"],
        Setup(method="qlora"),
        model="meta-llama/Meta-Llama-3-8B",
        card=card("l4"),
        tokens=100_000,
        epochs=3,
        gpus=price_book().gpus,
        on=ON,
    )
    answer = found.as_json()
    assert set(answer["parts"]) == set(PARTS)
    assert sum(answer["parts"].values()) == pytest.approx(answer["total_gib"], abs=0.01)
    assert set(answer["fits"]) == set(cards())
    assert set(answer["fits"].values()) <= {"fits", "tight", "no"}
    assert set(answer["hours"]) == {"low", "typical", "high"}
    assert (
        Decimal(answer["cost"]["low"])
        <= Decimal(answer["cost"]["typical"])
        <= Decimal(answer["cost"]["high"])
    )
    assert json.loads(json.dumps(answer)) == answer


def test_without_a_card_the_cheapest_that_fits_is_taken() -> None:
    found = Memory.estimated(
        CONFIGS["meta-llama/Meta-Llama-3-8B"],
        Setup(method="qlora"),
        tokens=10**6,
        gpus=price_book().gpus,
        on=ON,
    )
    assert found.card
    assert found.fits[found.card] != "no"
    assert found.cost


def test_a_vision_part_counts_as_weights() -> None:
    bare = shape(CONFIGS["meta-llama/Llama-3.2-3B"])
    assert (
        bare.with_published_total(bare.total_parameters + 10).total_parameters == bare.total_parameters + 10
    )
    assert bare.with_published_total(None) == bare


@pytest.mark.parametrize(
    ("setup", "problem"),
    [
        (Setup(targets="query_key_value"), "unknown_targets"),
        (Setup(rank=0), "size_out_of_range"),
        (Setup(batch=0), "size_out_of_range"),
        (Setup(seq=-5), "size_out_of_range"),
        (Setup(stack="megatron"), "unknown_stack"),
        (Setup(method="prefix"), "unknown_choice"),  # type: ignore[arg-type]
        (Setup(loss="none"), "unknown_choice"),  # type: ignore[arg-type]
    ],
)
def test_a_setup_that_cannot_be_says_why(setup: Setup, problem: str) -> None:
    with pytest.raises(Problem) as error:
        estimate(LLAMA, setup)
    assert error.value.id == problem


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({}, "config_incomplete"),
        ({"model_type": "llama", "hidden_size": 64}, "config_incomplete"),
        ([1, 2], "config_not_an_object"),
        ({"model_type": "t5", "d_model": 8}, "config_incomplete"),
    ],
)
def test_a_config_that_does_not_describe_a_model_says_what_is_missing(config: Any, problem: str) -> None:
    with pytest.raises(Problem) as error:
        Memory.estimated(config, Setup())
    assert error.value.id == problem


def test_an_unknown_card_lists_the_known_ones() -> None:
    with pytest.raises(Problem) as error:
        card("h9000")
    assert "h100" in str(error.value.fields["found"])


def test_every_card_says_where_its_memory_and_its_speed_come_from() -> None:
    for one in cards().values():
        note = one.source.note or ""
        assert "memory" in note, one.id
        assert one.tflops is None or "TFLOPS: " in note, one.id
        assert one.bandwidth_gbs is None or "bandwidth: " in note, one.id
        assert one.memory_gib < one.memory_gb, one.id


def test_every_training_method_has_a_guide_with_its_paper() -> None:
    assert {id for id, guide in methods().items() if not guide.encoder} == set(METHODS) - {"inference"}
    assert {route.guide for route in routes().values()} - {None} == {
        id for id, guide in methods().items() if guide.encoder
    }
    for guide in methods().values():
        assert guide.paper.url.startswith("https://arxiv.org/abs/"), guide.id
        # A paper that was not read again is not passed off as one that was.
        assert guide.paper.kind == "paper" or guide.paper.note, guide.id
