"""The run of a trial: every question asked once, a few at a time, until all are answered or it is no use to go on.

No score is made before the end, and nothing stops a run early but its cap, its circuit breaker or who started it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.trial import MISSING, USABLE, Answered
from advisor.trial.budget import ZERO, Budget, Most
from advisor.trial.endpoint import Endpoint, finished
from advisor.trial.journal import Entry, Journal
from advisor.trial.reading import read_label
from advisor.trial.refusals import LONGEST_QUOTE, Reply
from advisor.trial.sending import Question, Sending
from advisor.trial.usage import Usage
from pricing import Problem

MOST_AT_ONCE = 8
FIRST_ANSWERS = 10
ERRORS_IN_A_ROW = 8
LONGEST_RAW = 2_000

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the answers so far, in the order asked, and why it stopped where it did."""

    entries: tuple[Entry, ...]
    dropped: tuple[str, ...]
    spent_usd: Decimal | None
    requests: int
    stopped: Problem | None = None

    @property
    def answers(self) -> tuple[Answered, ...]:
        """One answer for each row and option."""
        return tuple(one.answered for one in self.entries if one.turn == 1)

    @property
    def stability(self) -> dict[str, int]:
        """How many rows were asked twice, and how many got another answer the second time."""
        first = {(one.answered.row, one.answered.arm): one.answered for one in self.entries if one.turn == 1}
        pairs = [
            (first[place].prediction, one.answered.prediction)
            for one in self.entries
            if one.turn == 2 and (place := (one.answered.row, one.answered.arm)) in first
        ]
        return {"asked_twice": len(pairs), "changed": sum(once != again for once, again in pairs)}


@dataclass
class _Purse:
    """The budget as one request sees it."""

    budget: Budget
    most: Most

    async def reserve(self) -> Decimal:
        return await self.budget.reserve(self.most)

    def settle(self, bound: Decimal, usage: Usage | None) -> Decimal:
        return self.budget.settle(bound, usage)

    def release(self, bound: Decimal) -> None:
        self.budget.release(bound)


@dataclass
class _Progress:
    """What is counted while it runs; a row of errors or a start without one usable answer ends it."""

    total: int
    answered: int = 0
    unusable: int = 0
    errors: int = 0
    in_a_row: int = 0

    def count(self, answered: Answered) -> None:
        missing, usable = answered.status in MISSING, answered.status in USABLE
        self.errors += missing
        self.answered += usable
        self.unusable += not missing and not usable
        self.in_a_row = self.in_a_row + 1 if missing else 0

    def check(self, answered: Answered, said: str) -> None:
        """A Problem where going on would only cost."""
        if self.in_a_row >= ERRORS_IN_A_ROW:
            raise Problem(
                "trial_errors_in_a_row", errors=self.in_a_row, status=answered.status, said=said or "—"
            )
        if not self.answered and self.unusable >= FIRST_ANSWERS:
            shown = " ".join(answered.raw.split())[:LONGEST_QUOTE] or said or "—"
            raise Problem("trial_nothing_usable", answers=self.unusable, status=answered.status, said=shown)


@dataclass
class _Run:
    sending: Sending
    endpoint: Endpoint
    budget: Budget
    journal: Journal
    report: Report
    over: dict[str, Entry] = field(default_factory=dict)
    stopped: Problem | None = None

    async def all(self, concurrency: int) -> Outcome:
        """Ask what is missing: the first question alone, since what it meets the others would meet too."""
        self.over = self.journal.over()
        self.budget.spent_usd += sum((one.spent_usd for one in self.journal.entries()), ZERO)
        missing = [one for one in self.sending.questions if one.key not in self.over]
        self.progress = _Progress(len(self.sending.questions))
        for entry in self.over.values():
            self.progress.count(entry.answered)
        # What an earlier run met says nothing about this one.
        self.fresh = _Progress(len(missing))
        self.endpoint.paused = self._tell
        self._tell()
        waiting = iter(missing)
        async with self.endpoint:
            for first in missing[:1]:
                await self._ask(first)
                next(waiting)
            await asyncio.gather(*(self._ask_on(waiting) for _ in range(concurrency)))
        return self._outcome()

    async def _ask_on(self, waiting: Any) -> None:
        for question in waiting:
            if self.stopped:
                return
            await self._ask(question)

    async def _ask(self, question: Question) -> None:
        try:
            reply = await self.endpoint.ask(question.body, _Purse(self.budget, question.most))
            entry = Entry(
                question.key, _answered(question, reply, self.sending.labels), question.turn, reply.sent, reply.spent_usd
            )  # fmt: skip
            self.journal.add(entry)
            self.over[question.key] = entry
            self.progress.count(entry.answered)
            self.fresh.count(entry.answered)
            self._tell()
            self.fresh.check(entry.answered, reply.said)
        except Problem as problem:
            self.stopped = self.stopped or problem

    def _tell(self) -> None:
        counted, spent = self.progress, self.budget.spent_usd
        self.report(
            {
                "step": "asking",
                "done": counted.answered + counted.unusable + counted.errors,
                "total": counted.total,
                "answered": counted.answered,
                "unusable": counted.unusable,
                "errors": counted.errors,
                "waiting": self.endpoint.waits,
                "requests": self.budget.requests,
                "spent_usd": None if self.budget.price is None else str(spent),
            }
        )

    def _outcome(self) -> Outcome:
        keys = (one.key for one in self.sending.questions)
        entries = tuple(self.over[key] for key in keys if key in self.over)
        spent = None if self.budget.price is None else self.budget.spent_usd
        return Outcome(entries, tuple(self.endpoint.dropped), spent, self.budget.requests, self.stopped)


def run(
    sending: Sending,
    endpoint: Endpoint,
    budget: Budget,
    *,
    folder: Path | None = None,
    concurrency: int = 4,
    report: Report = lambda told: None,
) -> Outcome:
    """Ask all that `folder`'s journal does not answer yet, at most `concurrency` questions at a time."""
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise Problem(
            "number_out_of_range", field="concurrency", found=concurrency, least=1, most=MOST_AT_ONCE
        )
    with Journal(folder) as journal:
        return finished(_Run(sending, endpoint, budget, journal, report).all(concurrency))


def _answered(question: Question, reply: Reply, labels: Sequence[str]) -> Answered:
    """The answer as it is kept: the label that its text names, or why there is none."""
    label, status = None, reply.status
    if status == "answered":
        label, status = read_label(reply.text, labels)
    usage = reply.usage
    counts: dict[str, Any] = (
        {
            "input_tokens": usage.input,
            "cached_tokens": usage.cached,
            "written_tokens": usage.written,
            "output_tokens": usage.output,
            "reasoning_tokens": usage.reasoning,
        }
        if usage.reported
        else {}
    )
    return Answered(
        row=question.row,
        arm=question.arm,
        prediction=label or "",
        status=status,
        raw=reply.text[:LONGEST_RAW],
        seconds=round(reply.seconds, 3),
        model=reply.model,
        **counts,
    )
