"""One piece of work in tokens, and the arms that could do it: the same question and answer, sent in different ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from pricing import Problem
from pricing.book import PriceBook
from pricing.cost import Cost
from pricing.scenario import Scenario, compare_costs
from pricing.sources import DATA, Record, read_records, read_yaml

Choice = Mapping[str, Any]
# Fields of a choice that an arm of the scenario takes over as they are.
_OWN_FIELDS = (
    "model", "offer", "gpu_offer", "gpus", "training_hours", "hours_per_month", "retrain_every_months", "cache_hit_rate",
    "batch", "reasoning_tokens", "retrieved_tokens", "embedding_model", "index_tokens", "store_month", "cpu_hour",
    "requests_per_second", "first", "rest", "share_answered", "labour_hours_once", "labour_hours_month", "labour_rate", "prices",
)  # fmt: skip


# Role words and separators around a question and its answer: twice three tokens and a role.
CHAT_OVERHEAD = Decimal(8)


class Workload(Record):
    """What one request and one training run consist of. A tuned model still gets the instruction, not the examples."""

    instruction_tokens: Decimal
    question_tokens: Decimal
    answer_tokens: Decimal
    example_tokens: Decimal
    training_tokens: Decimal
    epochs: Decimal

    def arm(self, choice: Choice) -> dict[str, Any]:
        """A choice such as `{id, kind: few_shot, model, examples: 30}` as an arm of a scenario.

        All of a prompt but its question is the same every time, so that it can be read from the cache.
        """
        kind = choice["kind"]
        given = {name: choice[name] for name in _OWN_FIELDS if choice.get(name) not in (None, "", {})}
        arm = {"id": choice["id"], "kind": "prompt" if kind == "few_shot" else kind, **given}
        if kind in ("few_shot", "rag", "fine_tuned"):
            same = self.instruction_tokens + self._examples(choice) * self.example_tokens
            arm |= {"input_tokens": same + self.question_tokens, "output_tokens": self.answer_tokens}
            arm["cacheable_tokens"] = same
        if kind == "fine_tuned" and "training_hours" not in given:
            arm |= {"training_tokens": self.training_tokens, "epochs": self.epochs}
        return arm

    def _examples(self, choice: Choice) -> Decimal:
        return Decimal(choice.get("examples") or 0) if choice["kind"] == "few_shot" else Decimal(0)


class Preset(Record):
    """A comparison to begin with; `on` left out means today."""

    id: str
    on: date | None = None
    months: int
    requests_per_month: int
    workload: Workload
    arms: tuple[dict[str, str], ...]


@cache
def presets() -> Mapping[str, Preset]:
    """The presets by id, as the data file gives them."""
    return {preset.id: preset for preset in read_records(DATA / "presets.yaml", Preset)}


@cache
def new_arms() -> Mapping[str, Mapping[str, str]]:
    """What an arm of each kind starts with when it is added."""
    return {row["kind"]: row for row in read_yaml(DATA / "new_arms.yaml")}


def new_arm(kind: str, beside: Sequence[Choice], book: PriceBook, on: date) -> dict[str, str]:
    """A new arm of that kind beside others, with an id of its own and with something whose price is known on `on`."""
    taken = {choice["id"] for choice in beside}
    ids = [kind, *(f"{kind}_{number}" for number in range(2, len(beside) + 3))]
    arm = {"id": next(id for id in ids if id not in taken), **new_arms()[kind]}
    for field, priced in _PRICED.items():
        if field in arm:
            used = [str(choice[field]) for choice in beside if choice.get(field)]
            listed = _listed(field, book, on)
            arm[field] = next((id for id in [arm[field], *used, *listed] if priced(book, id, on)), arm[field])
    if kind == "cascade":
        others = [str(choice["id"]) for choice in beside if choice["kind"] != "cascade"]
        small = [str(choice["id"]) for choice in beside if choice["kind"] == "small_model"]
        arm |= dict(zip(("first", "rest"), dict.fromkeys([*small, *others]), strict=False))
    return arm


def _listed(field: str, book: PriceBook, on: date) -> list[str]:
    if field == "model":
        return book.models(on, "openai")
    return [listed.id for listed in (book.offers if field == "offer" else book.gpus)]


def _known(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Problem:
        return False
    return True


_PRICED: Mapping[str, Callable[[PriceBook, str, date], bool]] = {
    "model": lambda book, id, on: _known(lambda: book.inference(id, on)),
    "offer": lambda book, id, on: _known(lambda: book.offer(id).price_on(on)),
    "gpu_offer": lambda book, id, on: _known(lambda: book.gpu(id).price_on(on)),
}


@dataclass(frozen=True)
class Grid:
    """The cheapest arm, and what it costs over the horizon, by examples in a prompt (rows) and requests a month."""

    examples: tuple[int, ...]
    volumes: tuple[int, ...]
    cheapest: tuple[tuple[str | None, ...], ...]
    totals: tuple[tuple[Decimal | None, ...], ...]


def cheapest_grid(
    workload: Workload,
    choices: Sequence[Choice],
    top: Mapping[str, Any],
    examples: Sequence[int],
    volumes: Sequence[int],
    book: PriceBook,
    on: date,
) -> Grid:
    """Which arm is cheapest, were every few-shot prompt to carry that many examples and that many requests to come.

    Only arms that can be had, last the whole horizon and do all the work compete; a cell is None where none does.
    A prompt without examples does not, where others carry some: the question is what to do if examples are needed.
    """
    fixed, moved = _fixed_and_moved(choices)
    partial = Scenario.parse({**top, "requests_per_month": 1, "arms": [*map(workload.arm, choices)]}).partial
    prompts = [choice for choice in choices if choice["kind"] == "few_shot" and moved]
    left_out = partial | {choice["id"] for choice in prompts if not _carries_examples(choice)}

    def priced(chosen: Sequence[Choice], volume: int) -> list[Cost]:
        if not chosen:
            return []
        arms = [workload.arm(choice) for choice in chosen]
        values = {**top, "requests_per_month": volume, "arms": arms, "compare": []}
        return [
            cost for cost in compare_costs(Scenario.parse(values), book, on).costs if cost.arm not in left_out
        ]

    others = {volume: priced(fixed, volume) for volume in volumes}
    rows = []
    for number in examples:
        carrying = [
            {**choice, "examples": number} if _carries_examples(choice) else choice for choice in moved
        ]
        rows.append([_cheapest([*priced(carrying, volume), *others[volume]]) for volume in volumes])
    return Grid(
        tuple(examples),
        tuple(volumes),
        cheapest=tuple(tuple(best.arm if best else None for best in row) for row in rows),
        totals=tuple(tuple(best.total if best else None for best in row) for row in rows),
    )


def _carries_examples(choice: Choice) -> bool:
    return choice["kind"] == "few_shot" and bool(int(choice.get("examples") or 0))


def _fixed_and_moved(choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
    """The choices that cost the same whatever the examples, and those that do not, with all that a cascade names."""
    carrying = {choice["id"] for choice in choices if _carries_examples(choice)}
    cascades = [choice for choice in choices if choice["kind"] == "cascade" and carrying & _named_by(choice)]
    moved = carrying.union(*({choice["id"], *_named_by(choice)} for choice in cascades))
    ids = carrying | {choice["id"] for choice in cascades}
    return (
        [choice for choice in choices if choice["id"] not in ids],
        [choice for choice in choices if choice["id"] in moved],
    )


def _named_by(cascade: Choice) -> set[Any]:
    return {cascade.get("first"), cascade.get("rest")}


def _cheapest(costs: Sequence[Cost]) -> Cost | None:
    lasting = [cost for cost in costs if cost.not_recommended is None]
    return min(lasting, key=lambda cost: cost.total, default=None)


def measured_workload(
    usual: Workload,
    *,
    rows: int,
    tokens: int,
    input_tokens: int = 0,
    output_tokens: int = 0,
    instruction_tokens: int | None = None,
) -> Workload:
    """A workload with what was measured on a table in place of the usual questions, answers and examples.

    Tokens are those of all rows; 0 is not known and stays as usual. `instruction_tokens` are given for chat data
    alone, where the instruction is part of every example, so that it is taken off again.
    """
    if not rows or not tokens:
        return usual
    whole, given, written, of_chat = map(
        Decimal, (tokens, input_tokens, output_tokens, instruction_tokens or 0)
    )
    chat = instruction_tokens is not None
    instruction = of_chat / rows if chat else usual.instruction_tokens
    question = (given or whole) / rows - (instruction if chat else 0)
    answer = written / rows or usual.answer_tokens
    overhead = (whole - given - written) / rows if chat else CHAT_OVERHEAD
    example = question + answer + max(overhead, Decimal(0))
    measured = {
        "instruction_tokens": instruction,
        "question_tokens": question,
        "answer_tokens": answer,
        "example_tokens": example,
        "training_tokens": whole if chat else (instruction + example) * rows,
    }
    return usual.model_copy(update={name: found.quantize(Decimal(1)) for name, found in measured.items()})
