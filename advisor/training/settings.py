"""The settings of a run: each with its value, what it rests on, and where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from advisor.memory.methods import Recipe, methods
from advisor.shapes import Shape
from advisor.training.choice import Choice
from advisor.training.routes import Route, SettingRule
from pricing.sources import Source
from pricing.training_file import TokenReport, training_rules

Value = int | float | str | bool
Basis = Literal["chosen", "rule", "offer", "guide", "default", "data", "plan"]
# Sequences are padded to whole steps, and no kit cuts below the smaller of these.
STEP = 128
SHORTEST = 512


class Setting(Shape):
    """One value with its basis; `source` is None where the plan itself is the reason."""

    id: str
    value: Value
    basis: Basis
    source: Source | None = None


@dataclass(frozen=True)
class Facts:
    """What settings are worked out from: the tokens of the training file, the split's seed, who is checked.

    `limit`: tokens that an encoder reads at most.
    """

    tokens: TokenReport
    seed: int
    validation_rows: int
    checkpointing: bool = True
    limit: int | None = None


def settings_of(route: Route, choice: Choice, facts: Facts) -> tuple[Setting, ...]:
    """The settings of a route in the order they are written; one that the method has no use for is left out."""
    recipe = methods()[route.guide or (choice.method if not route.is_hosted else "lora")].recipe
    made = (_setting(rule, choice, facts, recipe) for rule in route.settings)
    return tuple(setting for setting in made if setting is not None)


def _setting(rule: SettingRule, choice: Choice, facts: Facts, recipe: Recipe) -> Setting | None:
    if rule.origin:
        value, basis, source = _ORIGINS[rule.origin](choice, facts, recipe)
        return Setting(id=rule.id, value=value, basis=basis, source=source)
    if rule.recipe:
        own = getattr(choice, rule.recipe, None)
        if own is not None:
            return Setting(id=rule.id, value=own, basis="chosen")
        value = getattr(recipe, rule.recipe)
        if rule.recipe == "alpha" and choice.rank is not None and recipe.rank:
            value = round(recipe.alpha * choice.rank / recipe.rank) if recipe.alpha else value
        found = {"id": rule.id, "value": value, "basis": "guide", "source": recipe.source}
        return None if value is None else Setting.model_validate(found)
    return Setting(id=rule.id, value=_typed(rule.value or ""), basis="default", source=rule.source)


Found = tuple[Value, Basis, Source | None]


def _epochs(choice: Choice, facts: Facts, recipe: Recipe) -> Found:
    if choice.epochs is not None:
        return choice.epochs, "chosen", None
    by: Mapping[str, Found] = {
        "automatic": (facts.tokens.n_epochs, "rule", training_rules().epochs.source),
        "offer": (facts.tokens.n_epochs, "offer", None),
    }
    return by.get(facts.tokens.epochs_by, (recipe.epochs, "guide", recipe.source))


def _evaluations(choice: Choice, facts: Facts, recipe: Recipe) -> Found:
    """One evaluation an epoch, none without validation rows: providers may bill each."""
    return (int(_epochs(choice, facts, recipe)[0]) if facts.validation_rows else 0), "data", None


def _micro_batch(choice: Choice, facts: Facts, recipe: Recipe) -> Found:
    return (choice.micro_batch, "chosen", None) if choice.micro_batch else (1, "plan", None)


def _accumulation(choice: Choice, facts: Facts, recipe: Recipe) -> Found:
    """Steps gathered before each update, so that the guide's batch is reached whatever fits the card at once."""
    return max(1, round(recipe.batch / (choice.micro_batch or 1))), "guide", recipe.source


def _max_length(choice: Choice, facts: Facts, recipe: Recipe) -> Found:
    """Room for the longest example; an estimated count gets its upper end."""
    count = facts.tokens.count
    share = count.high / count.total if count.high and count.total else 1.0
    room = max(SHORTEST, -(-round(count.max * share) // STEP) * STEP)
    return min(room, facts.limit or room), "data", None


_ORIGINS: Mapping[str, Callable[[Choice, Facts, Recipe], Found]] = {
    "epochs": _epochs,
    "evaluations": _evaluations,
    "seed": lambda choice, facts, recipe: (facts.seed, "plan", None),
    "micro_batch": _micro_batch,
    "accumulation": _accumulation,
    "max_length": _max_length,
    "checkpointing": lambda choice, facts, recipe: (facts.checkpointing, "plan", None),
}


def _typed(text: str) -> Value:
    """A written value as the number it is, else as it stands."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
