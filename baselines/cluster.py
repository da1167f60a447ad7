"""Folds, candidates and curve points on an existing Dask cluster, with the same report as in one process.

Texts go to each worker once and are counted there. The tree rung is trained by LightGBM across all workers;
everything else is many small fits, one fold a task, since that is what text baselines are made of.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline

from baselines import Problem
from baselines.workers import HERE, Task

T = TypeVar("T")
TREES = "lightgbm"  # the rung that is trained across all workers
CONNECT_SECONDS = 10


class Cluster:
    """Workers of a Dask cluster; one table's features are kept there between calls."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sent: dict[int, tuple[Any, Any]] = {}

    def pieces(self, work: Callable[..., T], features: Any, tasks: Sequence[Task]) -> Iterable[T]:
        """As in one process; all tasks are handed over at once, and answers come in their order."""
        if tasks and is_trees(tasks[0][0]):
            return HERE.pieces(
                work, features, [(distributed(task[0]), *task[1:], self._clock) for task in tasks]
            )
        held = self._at_workers(features)
        futures = [self._client.submit(work, held, *task, pure=False) for task in tasks]
        return (future.result() for future in futures)

    def rungs(self, climb: Callable[[str], T], names: Sequence[str]) -> Iterable[T]:
        """All rungs at once, but the trees after the others: their parts have to run side by side."""
        with ThreadPoolExecutor(len(names)) as threads:
            climbing = {name: threads.submit(climb, name) for name in names if name != TREES}
            for name in names:
                if name in climbing:
                    yield climbing[name].result()
                else:
                    for other in climbing.values():
                        other.exception()
                    yield climb(name)

    def _at_workers(self, features: Any) -> Any:
        if id(features) not in self._sent:
            future = self._client.scatter(features, broadcast=True, hash=False)
            self._sent[id(features)] = (features, future)  # the object is kept, so that its id stays its own
        return self._sent[id(features)][1]

    def _clock(self) -> float:
        """CPU seconds spent here and by all workers."""
        return time.process_time() + float(sum(self._client.run(time.process_time).values()))


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A cluster by the address of its scheduler, for as long as the block lasts.

    Raises Problem where Dask is not installed, nobody answers, there is no worker, or a worker lacks this package.
    """
    if importlib.util.find_spec("distributed") is None:
        raise Problem("dask_missing")
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise Problem("cluster_unreachable", address=address, why=str(error)[:200]) from error
    with client:
        refuse_unfit(address, client.run(importlib.util.find_spec, "baselines"))
        yield Cluster(client)


def refuse_unfit(address: str, package: Mapping[str, object]) -> None:
    """A Problem where there is no worker, or one that did not find our package."""
    if not package:
        raise Problem("cluster_without_workers", address=address)
    lacking = sorted(worker for worker, found in package.items() if found is None)
    if lacking:
        raise Problem("cluster_lacks_package", workers=lacking[:5])


def is_trees(pipeline: Any) -> bool:
    """Whether this is the rung of boosted trees on n-grams."""
    model = pipeline.steps[-1][1]
    return isinstance(model, Pipeline) and [name for name, _ in model.steps] == ["telling", "trees"]


def distributed(pipeline: Pipeline) -> Pipeline:
    """The same rung, its trees trained by all workers together."""
    own = clone(pipeline)
    model = own.steps[-1][1]
    model.steps[-1] = ("trees", DistributedTrees(model.steps[-1][1]))
    return own


class DistributedTrees(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """`trees` with the same parameters, fitted by the workers of the current Dask client on a part of the rows each."""

    def __init__(self, trees: BaseEstimator) -> None:
        self.trees = trees

    def fit(self, matrix: sparse.csr_matrix, labels: NDArray[np.int64]) -> Self:
        from distributed import default_client
        from lightgbm.dask import DaskLGBMClassifier

        workers = default_client().ncores()  # type: ignore[no-untyped-call]
        self.classes_, codes = np.unique(labels, return_inverse=True)
        whole = sparse.csr_matrix(matrix)
        parts = [_part(whole, codes, rows) for rows in _shares(codes, len(workers))]
        settings = {name: value for name, value in self.trees.get_params().items() if name != "n_jobs"}
        across = DaskLGBMClassifier(**settings)
        features, answers, weights = (_stacked(blocks) for blocks in zip(*parts, strict=True))
        with redirect_stdout(StringIO()):  # it prints which ports it looks for
            self.trees_ = across.fit(features, answers, sample_weight=weights).to_local()
        return self

    def predict_proba(self, matrix: sparse.csr_matrix) -> NDArray[np.float64]:
        return np.asarray(self.trees_.predict_proba(matrix))

    def predict(self, matrix: sparse.csr_matrix) -> NDArray[np.int64]:
        return np.asarray(self.classes_[self.predict_proba(matrix).argmax(axis=1)])


def _shares(codes: NDArray[np.int64], parts: int) -> list[NDArray[np.int64]]:
    """The rows of each part, every class spread over all of them."""
    order = np.argsort(codes, kind="stable")
    return [order[at::parts] for at in range(min(parts, len(order)))]


def _part(
    matrix: sparse.csr_matrix, codes: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[Any, NDArray[np.int64], NDArray[np.float32]]:
    """A part's rows with their weights, and a row of no weight for each class it lacks.

    LightGBM numbers the classes by what a part holds, so that a part without a class would learn others' numbers.
    """
    _, first = np.unique(codes, return_index=True)
    lent = first[~np.isin(codes[first], codes[rows])]
    own = np.concatenate([rows, lent])
    weights = np.concatenate([np.ones(len(rows)), np.zeros(len(lent))]).astype(np.float32)
    return matrix[own], codes[own], weights


def _stacked(blocks: Sequence[Any]) -> Any:
    """Blocks of rows as one Dask array of known chunks."""
    import dask.array
    from dask.delayed import delayed

    array: Any = dask.array
    parts = [
        array.from_delayed(
            delayed(block),
            shape=block.shape,
            dtype=block.dtype,
            meta=block[:0] if sparse.issparse(block) else None,
        )
        for block in blocks
    ]
    return array.concatenate(parts)
