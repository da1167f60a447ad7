"""Plans of earlier versions as this version has them; each kind of answer brings its own old shapes along itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pricing import Problem

SCHEMA_VERSION: Literal[2] = 2
KNOWN = (1, SCHEMA_VERSION)


def migrated(shape: Mapping[str, Any]) -> dict[str, Any]:
    """`shape` as the present version; a Problem where it names no version, or one that is not known."""
    found = shape.get("schema_version")
    try:
        version = int(str(found))
    except ValueError:
        raise Problem("plan_no_version", found=found) from None
    if version not in KNOWN:
        raise Problem("plan_other_version", found=version, known=SCHEMA_VERSION)
    return {**shape, "schema_version": SCHEMA_VERSION}
