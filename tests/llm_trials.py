"""A small table, and its trial against the scripted LLM, for several tests."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from advisor.trial.addresses import Policy
from advisor.trial.budget import Budget
from advisor.trial.endpoint import Endpoint
from advisor.trial.run import Outcome, run
from advisor.trial.sending import Sending, Wish, sending
from baselines.dataset import LabelledTexts
from pricing.book import price_book
from pricing.offers import Price
from tests.llm_standin import LLM

KEY = "key-of-nobody-else-4711"
LETTERS = str.maketrans("0123456789", "ghijklmnop")
# Texts of which none is like another.
ROWS = [
    (hashlib.sha256(bytes([at])).hexdigest()[:24].translate(LETTERS), "spam" if at % 3 == 0 else "ham")
    for at in range(120)
]
DATA = LabelledTexts(tuple(text for text, _ in ROWS), tuple(label for _, label in ROWS))
TRUTH = dict(ROWS)
PRICE = price_book().inference("openai/gpt-5.4", date(2026, 11, 22))
ZERO_SHOT = Wish(rows=60, arms=("zero_shot",))
FEW_ROWS = Wish(rows=10, arms=("zero_shot",))


async def no_pause(seconds: float) -> None:
    return None


def asked_of(llm: LLM, model: str = "ok", wish: Wish = ZERO_SHOT, price: Price | None = PRICE) -> Sending:
    return sending(DATA, wish, Policy().address(f"{llm.url}/v1"), model, price)


def trial(llm: LLM, model: str = "ok", wish: Wish = ZERO_SHOT, **how: Any) -> Outcome:
    asked = asked_of(llm, model, wish)
    budget = how.pop("budget", None) or Budget(cap_requests=1000, price=PRICE)
    endpoint = Endpoint(Policy().address(f"{llm.url}/v1"), model, KEY, sleep=no_pause)
    return run(asked, endpoint, budget, **how)
