"""Which stand-ins of ours the path of a plan rests on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from advisor.answers.advise import Assumption
from advisor.recommend.path import Path
from advisor.recommend.weighing import Weighing
from advisor.stated import usual

DAYS = ("trial", "build", "upkeep")


def assumptions(weighing: Weighing, path: Path) -> tuple[Assumption, ...]:
    """Every default that was used, those of all options before those of single ones."""
    return (*_shared(weighing), *_of_steps(weighing, path))


def _shared(weighing: Weighing) -> Iterator[Assumption]:
    effort, values, terms = weighing.stated.effort, weighing.values, weighing.terms
    if "task" not in values:
        yield Assumption(variable="no_task")
    if weighing.aim is None:
        yield Assumption(variable="no_target")
    elif weighing.stated.target_of_measurement:
        yield Assumption(variable="target_of_measurement", value=weighing.aim.value)
    if effort is None or effort.day_rate is None:
        yield Assumption(variable="day_rate", value=terms.day_rate)
    if "months_of_service" not in values:
        yield Assumption(variable="months", value=terms.months)
    if "requests_per_month" not in values:
        yield Assumption(variable="requests_per_month", value=terms.requests)
    if weighing.rows is None:
        yield Assumption(variable="rows")


def _of_steps(weighing: Weighing, path: Path) -> Iterator[Assumption]:
    """What each step costs by a stand-in: its days of work, and the model and tokens behind its running cost."""
    effort = weighing.stated.effort
    for step in path.steps:
        approach, usual_days = step.option.approach, usual().days.of[step.option.approach]
        own = effort.days(approach) if effort else None
        for part in DAYS:
            if own is None or getattr(own, part) is None:
                yield Assumption(variable=f"{part}_days", value=getattr(usual_days, part), approach=approach)
        if not (bill := step.option.bill).known:
            yield Assumption(variable="no_price", approach=approach)
        elif bill.assumed and bill.buys:
            yield Assumption(variable="bill", value=bill.buys, approach=approach)
        elif bill.assumed:
            yield Assumption(
                variable="machine", value=Decimal(usual().encoder["cpu_hour"]), approach=approach
            )
