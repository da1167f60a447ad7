"""Plans of earlier versions as this version has them; each kind of answer brings its own old shapes along itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from advisor.shapes import aim_of
from pricing import Problem

SCHEMA_VERSION: Literal[2] = 2
KNOWN = (1, SCHEMA_VERSION)


def migrated(shape: Mapping[str, Any]) -> dict[str, Any]:
    """`shape` as the present version; a Problem where it names no version, or one that is not known."""
    named = shape.get("schema_version")
    try:
        version = int(str(named))
    except ValueError:
        raise Problem("plan_no_version", found=named) from None
    if version not in KNOWN:
        raise Problem("plan_other_version", found=version, known=SCHEMA_VERSION)
    found = {**_with_target_answered(_with_one_target(shape)), "schema_version": SCHEMA_VERSION}
    if version == 1 and isinstance(inputs := found.get("inputs"), Mapping):
        found["inputs"] = {_renamed(str(name)): value for name, value in inputs.items()}
    return found


def _renamed(entry: str) -> str:
    """The Models page kept its entries as `models_rank` once, all others theirs as `cost.preset`."""
    return f"models.{entry.removeprefix('models_')}" if entry.startswith("models_") else entry


def _with_one_target(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """The Baseline page kept a target of its own: it is the plan's, where the checklist holds none."""
    inputs, answers = shape.get("inputs"), shape.get("answers") or {}
    if not isinstance(inputs, Mapping) or "baseline.target" not in inputs or not isinstance(answers, Mapping):
        return shape
    rest = {name: value for name, value in inputs.items() if name != "baseline.target"}
    own = {"target_score": str(inputs["baseline.target"])}
    meant = inputs.get("baseline.has_target", True) and aim_of(own)
    return {**shape, "inputs": rest, "answers": {**(own if meant else {}), **answers}}


def _with_target_answered(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """A target that is stated for itself answers the checklist's question too."""
    target, answers = shape.get("target"), shape.get("answers") or {}
    value = target.get("value") if isinstance(target, Mapping) else None
    if value is None or not isinstance(answers, Mapping):
        return shape
    return {**shape, "answers": {**answers, "target_score": str(value)}}
