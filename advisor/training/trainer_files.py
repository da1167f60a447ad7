"""Configuration files of Axolotl and LLaMA-Factory: plain YAML, written by a YAML writer and never pasted together."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from advisor.training.choice import Choice
from advisor.training.settings import Setting

Values = Mapping[str, Any]
COMMANDS: Mapping[str, list[str]] = {
    "axolotl": ["axolotl", "train", "axolotl.yml"],
    "llamafactory": ["llamafactory-cli", "train", "llamafactory.yml"],
}


def trainer_files(
    route: str, choice: Choice, model: str, settings: tuple[Setting, ...], validated: bool
) -> dict[str, str]:
    """The files that a trainer's own command reads; none for a route whose script sets the run up itself.

    >>> from advisor.training.settings import Setting
    >>> trainer_files("trl", Choice(), "Qwen/Qwen3-8B", (), True)
    {}
    """
    write = _WRITERS.get(route)
    return write(choice, model, {one.id: one.value for one in settings}, validated) if write else {}


def _axolotl(choice: Choice, model: str, value: Values, validated: bool) -> dict[str, str]:
    quantized = choice.method == "qlora"
    config: dict[str, Any] = {
        "base_model": model,
        "adapter": "qlora" if quantized else "lora",
        "load_in_4bit": quantized,
        "lora_r": value["rank"],
        "lora_alpha": value["alpha"],
        "lora_dropout": value["dropout"],
        **_axolotl_targets(str(value["targets"])),
        "datasets": [_axolotl_dataset("train")],
        "chat_template": "tokenizer_default",
        "train_on_inputs": False,
        "sequence_len": value["max_length"],
        "sample_packing": False,
        "micro_batch_size": value["micro_batch"],
        "gradient_accumulation_steps": value["accumulation"],
        "num_epochs": value["epochs"],
        "learning_rate": value["learning_rate"],
        "lr_scheduler": "linear",
        "optimizer": "adamw_torch",
        "bf16": "auto",
        "gradient_checkpointing": value["checkpointing"],
        "attn_implementation": "sdpa",
        "logging_steps": 1,
        "saves_per_epoch": 1,
        "save_total_limit": 2,
        "seed": value["seed"],
        "output_dir": "./output",
        "dataset_prepared_path": "./prepared",
    }
    if choice.method == "dora":
        config["peft_use_dora"] = True
    if choice.method == "lora+":
        config["loraplus_lr_ratio"] = value["ratio"]
    if validated:
        config |= {"test_datasets": [_axolotl_dataset("validation")], "evals_per_epoch": 1}
    return {"axolotl.yml": _yaml(config)}


def _axolotl_targets(targets: str) -> dict[str, Any]:
    if targets == "all-linear":
        return {"lora_target_linear": True}
    return {"lora_target_modules": targets.split(",")}


def _axolotl_dataset(part: str) -> dict[str, Any]:
    """Only what the assistant says is learned."""
    return {
        "path": f"data/{part}.jsonl",
        "ds_type": "json",
        "split": "train",
        "type": "chat_template",
        "field_messages": "messages",
        "roles_to_train": ["assistant"],
    }


def _llamafactory(choice: Choice, model: str, value: Values, validated: bool) -> dict[str, str]:
    """Without `template` the chat template of the model's own tokenizer is used."""
    config: dict[str, Any] = {
        "model_name_or_path": model,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "lora",
        "lora_rank": value["rank"],
        "lora_alpha": value["alpha"],
        "lora_dropout": value["dropout"],
        "lora_target": "all" if value["targets"] == "all-linear" else value["targets"],
        "dataset_dir": "data",
        "dataset": "kit_train",
        "cutoff_len": value["max_length"],
        "per_device_train_batch_size": value["micro_batch"],
        "gradient_accumulation_steps": value["accumulation"],
        "num_train_epochs": float(value["epochs"]),
        "learning_rate": value["learning_rate"],
        "lr_scheduler_type": "linear",
        "bf16": True,
        "disable_gradient_checkpointing": not value["checkpointing"],
        "flash_attn": "sdpa",
        "logging_steps": 1,
        "save_strategy": "epoch",
        "save_total_limit": 2,
        "seed": value["seed"],
        "report_to": "none",
        "output_dir": "output",
    }
    if choice.method == "qlora":
        config |= {"quantization_bit": 4, "quantization_method": "bnb", "double_quantization": True}
    if choice.method == "dora":
        config["use_dora"] = True
    if choice.method == "lora+":
        config["loraplus_lr_ratio"] = float(value["ratio"])
    if validated:
        config |= {
            "eval_dataset": "kit_validation",
            "eval_strategy": "epoch",
            "per_device_eval_batch_size": value["micro_batch"],
        }
    names = ["train", "validation"] if validated else ["train"]
    return {"llamafactory.yml": _yaml(config), "data/dataset_info.json": _dataset_info(names)}


def _dataset_info(names: Sequence[str]) -> str:
    """Where LLaMA-Factory finds the parts of the data, and what their fields are called."""
    tags = {"role_tag": "role", "content_tag": "content"} | {
        f"{role}_tag": role for role in ("user", "assistant", "system")
    }
    datasets = {
        f"kit_{name}": {
            "file_name": f"{name}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "messages"},
            "tags": tags,
        }
        for name in names
    }
    return json.dumps(datasets, ensure_ascii=False, indent=1) + "\n"


_WRITERS: Mapping[str, Callable[[Choice, str, Values, bool], dict[str, str]]] = {
    "axolotl": _axolotl,
    "llamafactory": _llamafactory,
}


def _yaml(config: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(config), allow_unicode=True, sort_keys=False, width=110)
