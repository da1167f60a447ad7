"""Many models looked up one after another, a few at a time, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from advisor.models import ModelReport, Trouble
from pricing import Problem

LookUp = Callable[[str], ModelReport]
MOST = 100
AT_ONCE = 4
# After one of these, asking for the next model would only repeat it, and a busy Hub should be left alone.
ENDING = {"hub_busy", "hub_unreachable"}


@dataclass(frozen=True)
class BulkAnswer:
    """What is known of each model, and why nothing is known of the others."""

    reports: Mapping[str, ModelReport]
    troubles: Mapping[str, Trouble]


def look_up_all(
    ids: Iterable[str], ask: LookUp, without_network: LookUp, progress: Callable[[dict[str, Any]], None]
) -> BulkAnswer:
    """`ask` for every id, in the order given; once the Hub turns away, `without_network` for the rest.

    `progress` is told `{"step": "look_up", "done": …, "total": …}` after every few. A Problem when there are too many.
    """
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > MOST:
        raise Problem("too_many_models", asked=len(wanted), most=MOST)
    reports: dict[str, ModelReport] = {}
    troubles: dict[str, Trouble] = {}
    ended: Trouble | None = None
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(wanted), AT_ONCE):
            few = wanted[start : start + AT_ONCE]
            for id, answer in zip(
                few, pool.map(_asking(without_network if ended else ask), few), strict=True
            ):
                if isinstance(answer, ModelReport):
                    reports[id] = answer
                else:
                    troubles[id] = ended or answer
                trouble = answer.facts.trouble if isinstance(answer, ModelReport) else answer
                ended = ended or (trouble if trouble and trouble.id in ENDING else None)
            progress({"step": "look_up", "done": start + len(few), "total": len(wanted)})
    return BulkAnswer(reports, troubles)


def _asking(look_up: LookUp) -> Callable[[str], ModelReport | Trouble]:
    def asked(id: str) -> ModelReport | Trouble:
        try:
            return look_up(id)
        except Problem as problem:
            return Trouble(id=problem.id, fields=problem.fields)

    return asked
