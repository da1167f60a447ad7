"""A trial as it is ordered: what is asked of whom, for how much, and with whose consent. Page, shell and job read it alike.

Nothing is sent by `prepared`; `conduct` sends, once the cap covers what is expected and the host was named in consent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.masking import hide
from advisor.trial.addresses import Address, Listed, Policy, Resolve
from advisor.trial.budget import Budget
from advisor.trial.endpoint import Endpoint, Sleep
from advisor.trial.run import Outcome, Report, run
from advisor.trial.sending import Sending, Wish, sending
from baselines.dataset import LabelledTexts
from pricing import Problem
from pricing.book import PriceBook
from pricing.offers import Price

USUAL_CAP = Decimal("1.00")


@dataclass(frozen=True)
class Order:
    """What somebody asked for. It holds no key, so that it may be kept."""

    endpoint: str
    model: str
    wish: Wish = field(default_factory=Wish)
    policy: Policy = field(default_factory=Policy)
    cap_usd: Decimal = USUAL_CAP
    cap_requests: int | None = None
    consent: str | None = None
    concurrency: int = 4
    timeout: float = 60.0

    def as_json(self) -> dict[str, Any]:
        """As a job's parameters."""
        listed = [one.model_dump(mode="json") for one in self.policy.listed]
        # A proxy's address may hold a password; a job reads it from its own surroundings.
        policy = asdict(self.policy) | {"listed": listed, "proxy": None}
        return asdict(self) | {"cap_usd": str(self.cap_usd), "policy": policy}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Order:
        """From a job's parameters."""
        policy = dict(told["policy"])
        policy["listed"] = tuple(Listed.model_validate(one) for one in policy["listed"])
        wish = dict(told["wish"]) | {"arms": tuple(told["wish"]["arms"])}
        read = {"wish": Wish(**wish), "policy": Policy(**policy), "cap_usd": Decimal(told["cap_usd"])}
        return cls(**(dict(told) | read))


@dataclass(frozen=True)
class Prepared:
    """An order that was looked into: where it goes, all that it would send, and what holds its costs down."""

    order: Order
    address: Address
    sending: Sending = field(repr=False)

    @property
    def cap_usd(self) -> Decimal | None:
        """The cap in force: the order's or the administrator's, whichever is lower; None without a price."""
        if self.sending.price is None:
            return None
        allowed = self.address.max_usd
        return self.order.cap_usd if allowed is None else min(allowed, self.order.cap_usd)

    @property
    def cap_requests(self) -> int:
        """The most requests, repeated tries included."""
        return self.order.cap_requests or 2 * len(self.sending.questions)

    @property
    def texts(self) -> int:
        """How many different texts of the team would be sent, examples included."""
        talks = (one.body["messages"] for one in self.sending.questions)
        return len({turn["content"] for talk in talks for turn in talk if turn["role"] == "user"})

    def check_cap(self) -> None:
        """A Problem where the cap does not even cover what is expected."""
        expected, cap = self.sending.expected_usd, self.cap_usd
        if expected is not None and cap is not None and expected > cap:
            raise Problem("trial_estimate_above_cap", expected=expected, cap=cap)
        if len(self.sending.questions) > self.cap_requests:
            raise Problem(
                "trial_requests_above_cap", requests=len(self.sending.questions), cap=self.cap_requests
            )

    def check_consent(self) -> None:
        """A Problem unless this host was named; on this machine nothing leaves."""
        if self.address.place != "loopback" and self.order.consent != self.address.host:
            most = self.sending.most_usd
            raise Problem(
                "trial_no_consent",
                host=self.address.host,
                texts=self.texts,
                requests=len(self.sending.questions),
                most="?" if most is None else f"${most:.2f}",
            )

    def conduct(
        self,
        key: str | None,
        folder: Path | None = None,
        report: Report = lambda told: None,
        sleep: Sleep = asyncio.sleep,
    ) -> Outcome:
        """Send it, or what `folder`'s journal does not answer yet."""
        self.check_cap()
        self.check_consent()
        hide(key)
        endpoint = Endpoint(self.address, self.order.model, key, self.order.timeout, sleep=sleep)
        budget = Budget(self.cap_requests, self.sending.price, self.cap_usd)
        return run(
            self.sending, endpoint, budget, folder=folder, concurrency=self.order.concurrency, report=report
        )


def prepared(
    order: Order, data: LabelledTexts, book: PriceBook, on: date, resolve: Resolve | None = None
) -> Prepared:
    """The order with its address judged, its rows drawn and its price looked up."""
    address = order.policy.address(order.endpoint, resolve)
    order.policy.model(address, order.model)
    price = price_of(address, order.model, book, on)
    return Prepared(order, address, sending(data, order.wish, address, order.model, price))


def price_of(address: Address, model: str, book: PriceBook, on: date) -> Price | None:
    """What the price book says of a model at an address; None where it knows nothing."""
    if address.prices is None:
        return None
    try:
        return book.inference(f"{address.prices}/{model}", on)
    except Problem:
        return None
