"""The order of trying: always the option with the smallest index, until something works that no other is worth trying after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from advisor.recommend.options import Option, Terms

Decision = Literal["adopt", "try", "unlock", "give_up"]
# Within a quarter of a day's work two options cost the same, and the one that commits the team less comes first.
TIE = Decimal("0.25")
# Where examples did not help, instructions alone will not.
IMPLIED = {"few_shot": "zero_shot"}
First = tuple[str, str] | None
Aside = tuple[Option, Literal["too_dear", "dominated"]]


@dataclass(frozen=True)
class Step:
    """One step of the path, with the index it had when its turn came."""

    option: Option
    action: Literal["try", "unlock", "adopt"]
    index: Decimal


@dataclass(frozen=True)
class Path:
    """Every step in the order of trying, each as if all before it had failed; and what is not worth a step.

    `too_dear`: its index exceeds what missing the target costs. `dominated`: what works costs less.
    """

    steps: tuple[Step, ...]
    too_dear: tuple[Option, ...] = ()
    dominated: tuple[Option, ...] = ()

    @property
    def decision(self) -> Decision:
        """What to do now."""
        return self.steps[0].action if self.steps else "give_up"

    @property
    def first(self) -> First:
        """The first step in two words."""
        return (self.steps[0].action, self.steps[0].option.approach) if self.steps else None


def path(options: Iterable[Option], terms: Terms, tried: frozenset[str], come: Sequence[float] = ()) -> Path:
    """The path through `options`; `tried` are the approaches tried so far, `come` how far those that failed came."""
    walked = list(_walk(list(options), terms, tried, list(come)))
    steps = tuple(found for found in walked if isinstance(found, Step))
    aside = [found for found in walked if not isinstance(found, Step)]
    return Path(
        steps,
        too_dear=tuple(option for option, why in aside if why == "too_dear"),
        dominated=tuple(option for option, why in aside if why == "dominated"),
    )


def first_step(
    options: Iterable[Option], terms: Terms, tried: frozenset[str], come: Sequence[float]
) -> First:
    """The first step of `path` alone, which many changes are tried on."""
    walked = _walk(list(options), terms, tried, list(come))
    step = next((found for found in walked if isinstance(found, Step)), None)
    return (step.action, step.option.approach) if step else None


def _walk(
    options: list[Option], terms: Terms, tried: frozenset[str], come: list[float]
) -> Iterator[Step | Aside]:
    """One option after another, as if each step before had failed, and at the end what works already."""
    works = [(option.index(terms), option.commitment, option) for option in options if option.result == "yes"]
    best = min(works, key=lambda one: one[:2], default=None)
    missing = terms.cost_of_missing
    left = [option for option in options if option.result not in ("yes", "no")]
    while ready := [option for option in left if option.is_possible(tried)]:
        option, index = pick([one.after(tried, come) for one in ready], terms)
        left = [one for one in left if one.approach != option.approach]
        if best and (option.again or index + terms.day_rate >= best[0]):
            yield option, "dominated"
        elif best is None and missing is not None and index > missing:
            yield option, "too_dear"
        else:
            yield Step(option, "unlock" if option.unlock else "try", index)
            tried, come = tried | {option.approach}, [*come, 0.0]
            left = [one for one in left if one.approach != IMPLIED.get(option.approach)]
    if best:
        yield Step(best[2], "unlock" if best[2].unlock else "adopt", best[0])


def pick(options: Sequence[Option], terms: Terms) -> tuple[Option, Decimal]:
    """The option to try first, and its index; those whose trial decided nothing come after all others."""
    fresh = [option for option in options if not option.again] or list(options)
    placed = [(option, option.index(terms)) for option in fresh]
    least = min(index for _, index in placed)
    near = [one for one in placed if one[1] <= least + TIE * terms.day_rate]
    return min(near, key=lambda one: (one[0].commitment, one[1]))
