"""What a repository is called and says about itself, read out of the Hub's answer: licence, parents, size."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from advisor.models import Parent, Relation
from pricing import Problem

RELATIONS: Mapping[str, Relation] = {
    "finetune": "finetune",
    "adapter": "adapter",
    "quantized": "quantized",
    "merge": "merge",
}
# Number types that hold several quantised weights in one element, so that counting elements misleads.
PACKED = {"U8", "I8", "I16", "I32", "U4", "I4", "F4"}
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z]+)?")
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
NO_LANGUAGE = {
    "gpu",
    "cpu",
    "rl",
    "nlp",
    "moe",
    "rag",
    "vlm",
    "llm",
    "sft",
    "dpo",
    "ppo",
    "trl",
    "mlx",
    "vit",
}


def check_id(repository: str) -> str:
    """The id without surrounding space, or a Problem: only `owner/name` in letters, digits, `-`, `_` and `.`.

    >>> check_id(" Qwen/Qwen3-8B ")
    'Qwen/Qwen3-8B'
    """
    asked = repository.strip()
    name = asked.removeprefix("datasets/")
    fits = _ID.fullmatch(name) and "--" not in name and ".." not in name
    if not fits or name.endswith((".git", "-", ".")):
        raise Problem("hub_bad_id", asked=asked if len(asked) <= 80 else asked[:80] + "…")
    return asked


def card_fields(info: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `ModelFacts` that a card states, from one answer of the Hub's API.

    >>> card_fields({"cardData": {"license": ["llama3.1", "gemma"], "language": "ja"}})["licences"]
    ('llama3.1', 'gemma')
    """
    card = info.get("cardData")
    card = card if isinstance(card, Mapping) else {}
    tags = _texts(info.get("tags"))
    return {
        "licences": _texts(card.get("license")) or _tagged(tags, "license:"),
        "licence_name": _text(card.get("license_name")),
        "licence_link": _text(card.get("license_link")),
        "parents": tuple(_parents(card, tags)),
        "datasets": _texts(card.get("datasets")) or _tagged(tags, "dataset:"),
        "languages": _texts(card.get("language")) or _tagged(tags, "language:") or _bare_languages(tags),
    }


def stated_parameters(info: Mapping[str, Any]) -> int | None:
    """Parameters as the weights' own headers count them; None where packed weights make that count misleading."""
    weights, config = info.get("safetensors"), info.get("config")
    gguf = info.get("gguf")
    if isinstance(gguf, Mapping) and isinstance(gguf.get("total"), int):
        return int(gguf["total"])
    if not isinstance(weights, Mapping) or not isinstance(weights.get("total"), int):
        return None
    kinds = weights.get("parameters")
    packed = isinstance(kinds, Mapping) and bool(PACKED & set(kinds))
    quantized = isinstance(config, Mapping) and bool(config.get("quantization_config"))
    return None if packed or quantized else int(weights["total"])


def file_names(info: Mapping[str, Any]) -> frozenset[str]:
    """Names of the files in the repository."""
    siblings = info.get("siblings")
    entries = siblings if isinstance(siblings, list) else []
    return frozenset(str(entry.get("rfilename")) for entry in entries if isinstance(entry, Mapping))


def limit(part: Any, key: str) -> float | None:
    """A length out of one of the small files, as a number or not at all."""
    value = part.get(key) if isinstance(part, Mapping) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _parents(card: Mapping[str, Any], tags: tuple[str, ...]) -> Iterable[Parent]:
    """Parents with the relation that the Hub worked out, then those that only the card names."""
    seen: set[str] = set()
    for tag in _tagged(tags, "base_model:"):
        relation, _, name = tag.partition(":")
        if name and relation in RELATIONS and name not in seen:
            seen.add(name)
            yield Parent(id=name, relation=RELATIONS[relation])
    for name in _texts(card.get("base_model")):
        if name not in seen:
            seen.add(name)
            yield Parent(id=name)


def _tagged(tags: tuple[str, ...], prefix: str) -> tuple[str, ...]:
    return tuple(tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix))


def _bare_languages(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if LANGUAGE_TAG.fullmatch(tag) and tag not in NO_LANGUAGE)


def _texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them, as cards write both."""
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    if isinstance(value, list):
        return tuple(item.strip() for item in value if isinstance(item, str) and item.strip())
    return ()


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
