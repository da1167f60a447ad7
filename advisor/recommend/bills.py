"""What each approach costs besides people's time: as the plan's own comparison has it, else as a usual request would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from advisor.answers.cost import Cost
from advisor.answers.cost.findings import NO_ARM, arms_by_kind
from advisor.answers.cost.shape import Arm
from advisor.answers.dataset import Dataset
from advisor.memory.cards import card
from advisor.memory.encoder_run import encoder_run
from advisor.models.shapes import shape
from advisor.models.snapshot import from_snapshot
from advisor.quantities import Value
from advisor.recommend.cases import PROMPTS
from advisor.recommend.options import OWN_MACHINES, ZERO, Bill
from advisor.shapes import Answer
from advisor.stated import usual
from pricing import Problem
from pricing.book import PriceBook
from pricing.kept import compared
from pricing.workload import Workload, new_arms, presets

# The kind of arm that carries each approach out.
KIND_OF = {
    "classical_ml": "small_model",
    "fine_tuned_encoder": "encoder",
    "zero_shot": "zero_shot",
    "few_shot": "few_shot",
    "rag": "rag",
    "fine_tuning_hosted": "fine_tuned",
    "fine_tuning_open": "self_hosted",
    "cascade": "cascade",
}
IN_HOUSE = ("on_premises", "device")


def stays_in_house(values: Mapping[str, Value]) -> bool:
    """Whether no request may go to somebody else."""
    return values.get("data_may_leave") == "not_at_all" or values.get("serving_place") in IN_HOUSE


def bills(
    evidence: Mapping[str, Answer], values: Mapping[str, Value], book: PriceBook, on: date
) -> dict[str, Bill]:
    """A bill for every approach; where data stay in house, prompts are answered by open weights on a machine of one's own."""
    cost = evidence.get("cost")
    own = _compared(cost) if isinstance(cost, Cost) else {}
    known = _usual(evidence, values, book, on) | own
    found = {approach: known.get(kind, Bill()) for approach, kind in KIND_OF.items()}
    served, house = found["fine_tuning_open"], stays_in_house(values)
    if house:
        served = replace(served, buys=OWN_MACHINES)
        found |= {approach: replace(served, once=ZERO) for approach in PROMPTS} | {"fine_tuning_open": served}
    if house or "cascade" not in own:
        found["cascade"] = _cascade(found["classical_ml"], found["zero_shot"], values.get("cascade_share"))
    pretrained = known.get("pretraining", Bill())
    return found | {
        "rag_and_fine_tuning": both(found["rag"], served if house else found["fine_tuning_hosted"]),
        "continued_pretraining": replace(served, once=pretrained.once, assumed=True),
    }


def both(rag: Bill, tuned: Bill) -> Bill:
    """Retrieval in front of a tuned model: both are built and paid for, and a request goes through the dearer one."""
    return Bill(
        tuned.buys,
        tuned.once + rag.once,
        tuned.month_fee + rag.month_fee,
        max(tuned.per_request, rag.per_request),
        tuned.assumed or rag.assumed,
        tuned.known and rag.known,
    )


def _cascade(small: Bill, prompt: Bill, share: Value | None) -> Bill:
    """The small model's bill, and the prompt's for what it does not answer."""
    share = new_arms()["cascade"]["share_answered"] if share is None else share
    rest = 1 - Decimal(str(share))
    each = small.per_request + prompt.per_request * rest
    return Bill(prompt.buys, ZERO, small.month_fee + prompt.month_fee, each, prompt.assumed, prompt.known)


def _compared(cost: Cost) -> dict[str, Bill]:
    """The arms of the plan's comparison that can be had, by kind."""
    requests = cost.requests_per_month or ZERO
    return {
        kind: _bill(arm, requests)
        for kind, arm in arms_by_kind(cost).items()
        if arm is not NO_ARM and arm.serves and not arm.not_recommended_because
    }


def _bill(arm: Arm, requests: Decimal, *, assumed: bool = False) -> Bill:
    """People's hours of an arm are left out: the decision counts people's time by itself."""
    labour = {per: sum((part.amount or ZERO for part in arm.parts if part.id == "labour" and part.per == per), ZERO)
              for per in ("once", "month")}  # fmt: skip
    each = arm.per_request
    if each is None:
        each = (arm.per_month or ZERO) / requests if requests else ZERO
    fee = (arm.month_fee or ZERO) - labour["month"]
    return Bill(arm.asked, (arm.once or ZERO) - labour["once"], fee, each, assumed, known=True)


def _usual(
    evidence: Mapping[str, Answer], values: Mapping[str, Value], book: PriceBook, on: date
) -> dict[str, Bill]:
    """Each kind as a new arm of the Cost page would have it, with the tokens of the plan's own data where counted."""
    dataset, work, arms, stand = evidence.get("dataset"), presets()["today"].workload, new_arms(), usual()
    work = dataset.workload(work) if isinstance(dataset, Dataset) else work
    requests = Decimal(str(values.get("requests_per_month") or stand.requests_per_month))
    choices: dict[str, dict[str, Any]] = {
        "zero_shot": {**arms["few_shot"], "examples": 0},
        "few_shot": {**arms["few_shot"], "examples": stand.examples_to_show},
        **{kind: dict(arms[kind]) for kind in ("rag", "fine_tuned", "self_hosted", "small_model")},
        **_encoder(values, work, arms["self_hosted"]),
        "pretraining": {**arms["self_hosted"], **stand.pretraining},
    }
    priced = {kind: _priced(kind, choice, work, requests, book, on) for kind, choice in choices.items()}
    encoder = replace(priced["encoder"], buys=encoder_for(values), once=priced["encoder_training"].once)
    return priced | {"encoder": encoder}


def _priced(
    kind: str, choice: Mapping[str, Any], work: Workload, requests: Decimal, book: PriceBook, on: date
) -> Bill:
    """Nothing where no price is known on the day."""
    arm = work.arm({"id": kind, **choice})
    try:
        found = compared({"arms": [arm], "requests_per_month": str(requests), "compare": []}, book, on)
    except Problem:
        return Bill()
    return _bill(Arm.of(found.costs[0]), requests, assumed=True)


def encoder_for(values: Mapping[str, Value]) -> str:
    """The encoder to begin with, by the language of the data."""
    named = usual().encoder
    return named.get(str(values.get("main_language")), named["other"])


def _encoder(
    values: Mapping[str, Value], work: Workload, own: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """An encoder's training on a small GPU and its serving on CPUs, each as an arm of the Cost page."""
    stand, rows = usual().encoder, values.get("rows_available")
    tokens = max(1, int(work.question_tokens))
    hours, per_second = _run(
        encoder_for(values),
        stand["card"],
        int(rows) if isinstance(rows, Decimal) and rows >= 1 else int(stand["rows"]),
        tokens,
    )
    training = {
        **own,
        "gpu_offer": stand["gpu_offer"],
        "training_hours": f"{max(hours, float(stand['least_hours'])):.4f}",
    }
    serving = {
        "kind": "small_model",
        "cpu_hour": stand["cpu_hour"],
        "requests_per_second": f"{per_second:.3f}",
    }
    return {"encoder": serving, "encoder_training": training}


@cache
def _run(model: str, on: str, rows: int, tokens: int) -> tuple[float, float]:
    """Hours to train an encoder, and the requests that it answers in a second."""
    report = from_snapshot(model)
    found = encoder_run(
        shape(report.facts.config or {} if report else {}), card(on), rows=rows, tokens=tokens
    )
    return (found.training.typical if found.training else 1.0), found.on_cpu.typical
