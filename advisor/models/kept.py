"""Facts of earlier look-ups, kept for days without a network: one file for each repository and endpoint."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from advisor.models.facts import ModelFacts


@dataclass(frozen=True)
class Kept:
    """A folder of facts as one endpoint gave them; without a folder, nothing is kept."""

    folder: Path | None
    endpoint: str

    def read(self, repository: str) -> ModelFacts | None:
        """What an earlier look-up kept; unreadable files count as none."""
        if self.folder is None:
            return None
        try:
            text = self._file(self.folder, repository).read_text(encoding="utf-8")
            kept = ModelFacts.model_validate_json(text)
        except (OSError, ValueError):
            return None
        return kept.model_copy(update={"origin": "cache"})

    def write(self, facts: ModelFacts) -> ModelFacts:
        """The same facts, kept unless something is missing; a full disk is no reason to fail."""
        if self.folder is not None and (facts.trouble is None or facts.trouble.id == "hub_gated"):
            prefix = "datasets/" if facts.kind == "dataset" else ""
            file = self._file(self.folder, prefix + facts.id)
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                draft = file.with_suffix(f".{time.monotonic_ns()}")
                draft.write_text(facts.model_dump_json(), encoding="utf-8")
                draft.replace(file)
            except OSError:
                return facts
        return facts

    def _file(self, folder: Path, repository: str) -> Path:
        host = re.sub(r"\W+", "-", self.endpoint)
        return folder / host / (repository.lower().replace("/", "--") + ".json")
