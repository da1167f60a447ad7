"""Work in the background, waited for no longer than a deadline allows."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread
from typing import Generic, TypeVar

from pricing import Problem

T = TypeVar("T")


class Begun(Generic[T]):
    """Work that has begun in a daemon thread; calling it waits for the answer, at most until the deadline."""

    def __init__(self, work: Callable[[], T], until: float, late: Problem) -> None:
        self._answers: Queue[tuple[T | None, Problem | None]] = Queue()
        self._settled: tuple[T | None, Problem | None] | None = None
        self._until = until
        self._late = late
        Thread(target=self._run, args=(work,), daemon=True).start()

    def __call__(self) -> T:
        """The answer, or the Problem that the work met; the `late` one when the deadline passed first."""
        if self._settled is None:
            try:
                self._settled = self._answers.get(timeout=max(0.0, self._until - time.monotonic()))
            except Empty:
                self._settled = (None, self._late)
        answer, problem = self._settled
        if problem:
            raise problem
        return answer  # type: ignore[return-value]

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._answers.put((work(), None))
        except Problem as problem:
            self._answers.put((None, problem))
