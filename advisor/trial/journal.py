"""What was answered so far, one line of JSON for each request that is over: whoever is killed can go on from there.

A line is handed to the system as soon as its answer is read, so a killed process loses only what was under way; every
tenth is also forced onto the disk. Texts of rows are not in it, what models answered is.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from advisor.trial import Answered

FILE = "journal.jsonl"
SYNC_EVERY = 10
_ANSWERED = {one.name for one in fields(Answered)}


@dataclass(frozen=True)
class Entry:
    """One request that is over: `turn` 2 asked the same once more, `tries` counts what was sent for it."""

    key: str
    answered: Answered
    turn: int
    tries: int
    spent_usd: Decimal

    def line(self) -> str:
        about = {"key": self.key, "turn": self.turn, "tries": self.tries, "spent_usd": str(self.spent_usd)}
        return json.dumps(about | asdict(self.answered), ensure_ascii=False)

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Entry:
        answered = Answered(**{name: value for name, value in held.items() if name in _ANSWERED})
        return cls(held["key"], answered, held["turn"], held["tries"], Decimal(held["spent_usd"]))


def key_of(host: str, row: int, arm: str, turn: int, body: Mapping[str, Any]) -> str:
    """What makes a request this one and no other: who is asked what, for which row, for the how manieth time."""
    told = json.dumps([host, row, arm, turn, body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


class Journal:
    """The journal of one trial's folder; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / FILE if folder else None
        self._file: IO[str] | None = None
        self._added = 0

    def __enter__(self) -> Self:
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            torn = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
            self._file = self._path.open("a", encoding="utf-8")
            if torn:
                self._file.write("\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._sync()
            self._file.close()

    def add(self, entry: Entry) -> None:
        """Keep what is over."""
        if self._file is None:
            return
        self._file.write(entry.line() + "\n")
        self._file.flush()
        self._added += 1
        if self._added % SYNC_EVERY == 0:
            self._sync()

    def over(self) -> dict[str, Entry]:
        """What was answered, by key: the last word on each; an answer that never came is still to be asked for."""
        return {entry.key: entry for entry in self.entries() if not entry.answered.is_missing}

    def entries(self) -> Iterator[Entry]:
        """Every whole line; the one that was being written when the process was killed is none."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield Entry.of(json.loads(line))
            except (ValueError, TypeError, KeyError, ArithmeticError):
                continue

    def _sync(self) -> None:
        if self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
