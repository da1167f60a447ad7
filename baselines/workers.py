"""Where folds and points of a learning curve are computed: here, one after the other, or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Task = tuple[Any, ...]


class Workers(Protocol):
    """Takes pieces of work that need nothing of each other; answers come in the order of the pieces."""

    def pieces(self, work: Callable[..., T], features: Any, tasks: Sequence[Task]) -> Iterable[T]:
        """`work(features, *task)` for every task."""
        ...

    def rungs(self, climb: Callable[[str], T], names: Sequence[str]) -> Iterable[T]:
        """`climb(name)` for every name; each hands its folds to `pieces`."""
        ...


class Here:
    """This process, where a piece begins when the one before has been taken."""

    def pieces(self, work: Callable[..., T], features: Any, tasks: Sequence[Task]) -> Iterable[T]:
        return (work(features, *task) for task in tasks)

    def rungs(self, climb: Callable[[str], T], names: Sequence[str]) -> Iterable[T]:
        return map(climb, names)


HERE = Here()
