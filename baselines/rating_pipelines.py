"""The ladder for ordered ratings of single texts: stars, grades, degrees of satisfaction."""

from __future__ import annotations

from collections.abc import Callable

from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from baselines.pipelines import Setting, both_blocks, one_block
from baselines.stacking import SHAPE, StackedNumbers, shape


def mean(setting: Setting) -> Pipeline:
    """Always the mean: the floor of numbers."""
    return Pipeline([("features", one_block(setting)), ("model", DummyRegressor())])


def ridge(setting: Setting) -> Pipeline:
    model = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3)
    return Pipeline([("features", both_blocks(setting)), ("model", model)])


def rating_trees(setting: Setting) -> Pipeline:
    """Boosted trees over a ridge's out-of-fold answers and the outward look of the text."""
    from lightgbm import LGBMRegressor

    trees = LGBMRegressor(num_leaves=15, min_child_samples=20, learning_rate=0.06, n_jobs=1, verbose=-1,
                          random_state=setting.seed)  # fmt: skip
    parts = [("texts", both_blocks(setting)), ("shape", FunctionTransformer(shape))]
    own = StackedNumbers(
        Ridge(alpha=1.0, solver="sparse_cg", tol=1e-3), trees, dense=len(SHAPE), seed=setting.seed
    )
    return Pipeline([("features", FeatureUnion(parts)), ("model", own)])


RATINGS: dict[str, Callable[[Setting], Pipeline]] = {
    "mean": mean,
    "ridge": ridge,
    "rating_trees": rating_trees,
}
