"""What would leave, before anything does: the rows, the requests, and what they are expected to cost at most.

Asked by page, shell and Python alike, so that consent means the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from advisor.preparation.personal_data import personal_data
from advisor.trial import ARMS
from advisor.trial.addresses import Address
from advisor.trial.budget import Most, expected_usd, most_usd
from advisor.trial.journal import key_of
from advisor.trial.prompts import (
    Prompt,
    ShotsBy,
    answer_of,
    examples_of,
    language_of_texts,
    nearest_of,
    schema,
    usual_instruction,
)
from baselines.dataset import LabelledTexts, has_content
from pricing import Problem
from pricing.offers import Price
from pricing.tokens import count_chat, count_texts

Reasoning = Literal["none", "low", "medium", "high"]
USUAL_ROWS = 200
ASKED_TWICE = 20
LONGEST_TEXT = 30_000
# Tokens beside the label itself; reasoning is output too, and a model that thinks too long is cut off.
ROOM = 32
THOUGHT: Mapping[str | None, tuple[int, int]] = {
    None: (256, 0),
    "none": (0, 0),
    "low": (1_024, 300),
    "medium": (4_096, 1_000),
    "high": (16_384, 4_000),
}


@dataclass(frozen=True)
class Wish:
    """How the trial is to be done; what is left out is as usual."""

    rows: int | None = USUAL_ROWS
    arms: tuple[str, ...] = ARMS
    shots: int | None = None
    shots_by: ShotsBy = "class"
    instruction: str | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)
    reasoning: Reasoning | None = None
    keep_personal_data: bool = False
    seed: int = 42


@dataclass(frozen=True)
class Question:
    """One request: `row` counts the table's rows from 1, `turn` 2 asks the same once more."""

    key: str
    row: int
    arm: str
    turn: int
    body: Mapping[str, Any]
    most: Most


@dataclass(frozen=True)
class Sending:
    """All that a trial would send, to whom, and what was left out of it and why."""

    host: str
    questions: tuple[Question, ...] = field(repr=False)
    prompts: tuple[Prompt, ...] = field(repr=False)
    labels: tuple[str, ...]
    sampled: int
    left_out: Mapping[str, int]
    price: Price | None = None

    @property
    def expected_usd(self) -> Decimal | None:
        """What the requests should cost; None where no price is known."""
        return self._sum(expected_usd)

    @property
    def most_usd(self) -> Decimal | None:
        """What they may cost at most, without tries that have to be repeated."""
        return self._sum(most_usd)

    def _sum(self, cost: Any) -> Decimal | None:
        if self.price is None:
            return None
        return sum((cost(self.price, one.most) for one in self.questions), Decimal(0))


def sending(
    data: LabelledTexts, wish: Wish, address: Address, model: str, price: Price | None = None
) -> Sending:
    """The trial of `model` at `address` on rows of `data`, one of each group of repeats; examples are none of them."""
    rows, left_out = _may_leave(data, wish)
    labels = tuple(sorted({data.labels[row] for row in rows}))
    if len(labels) < 2:
        raise Problem("trial_one_label", labels=list(labels), rows=len(rows))
    chosen, pool, repeats = _sampled(data, rows, labels, wish)
    prompts = _prompts(data, rows, labels, pool, wish)
    questions = _questions(data, chosen, prompts, wish, address, model)
    found = left_out | {"duplicates": repeats}
    return Sending(address.host, questions, prompts, labels, len(chosen), found, price)


def _may_leave(data: LabelledTexts, wish: Wish) -> tuple[list[int], dict[str, int]]:
    """The rows that can be asked about, and how many are not for what reason."""
    texts = data.whole_texts
    rows, left = [], {"personal_data": 0, "too_long": 0, "empty": 0}
    for row, text in enumerate(texts):
        if not has_content(text) or not has_content(data.labels[row]):
            left["empty"] += 1
        elif len(text) > LONGEST_TEXT:
            left["too_long"] += 1
        elif not wish.keep_personal_data and personal_data(text):
            left["personal_data"] += 1
        else:
            rows.append(row)
    return rows, left


def _sampled(
    data: LabelledTexts, rows: Sequence[int], labels: Sequence[str], wish: Wish
) -> tuple[list[int], list[int], int]:
    """The rows to ask about, those that examples may be taken from, and how many repeat another."""
    import numpy as np

    from baselines.answers import sample
    from baselines.duplicates import near_groups

    texts = data.whole_texts
    groups = np.array(near_groups([texts[row] for row in rows]).first)
    place = {label: at for at, label in enumerate(labels)}
    codes = np.array([place[data.labels[row]] for row in rows])
    different = len(np.unique(groups))
    # Few-shot needs rows that are not asked about.
    kept = min(len(labels), different // 4) if "few_shot" in wish.arms else 0
    drawn = sample(codes, groups, min(wish.rows or different, different - kept), wish.seed)
    return [rows[at] for at in drawn.rows], [rows[at] for at in drawn.free], len(rows) - different


def _prompts(
    data: LabelledTexts, rows: Sequence[int], labels: tuple[str, ...], pool: Sequence[int], wish: Wish
) -> tuple[Prompt, ...]:
    texts = data.whole_texts
    language = language_of_texts([texts[row] for row in rows])
    instruction = wish.instruction or usual_instruction(language)
    free = [(texts[row], data.labels[row]) for row in pool]
    prompts = []
    for arm in wish.arms:
        if arm not in ARMS:
            raise Problem("trial_arm_unknown", found=arm, known=list(ARMS))
        shown: dict[str, Any] = {}
        if arm == "few_shot":
            if not free:
                raise Problem("trial_no_examples", rows=len(rows))
            similar = wish.shots_by == "similar"
            shown = {"near": nearest_of(free, wish.shots)} if similar else {
                "examples": examples_of(free, wish.shots_by, wish.shots, wish.seed)
            }  # fmt: skip
        prompts.append(Prompt(arm, instruction, labels, language, wish.descriptions, **shown))
    if not prompts:
        raise Problem("trial_arm_unknown", found="", known=list(ARMS))
    return tuple(prompts)


def _questions(
    data: LabelledTexts,
    rows: Sequence[int],
    prompts: tuple[Prompt, ...],
    wish: Wish,
    address: Address,
    model: str,
) -> tuple[Question, ...]:
    """Row by row every option, so that a run that ends early has asked the same of each; some rows once more at the end."""
    texts = data.whole_texts
    turns = [(row, prompt, 1) for row in rows for prompt in prompts]
    turns += [(row, prompts[0], 2) for row in rows[:ASKED_TWICE]]
    named = f"{address.prices or 'openai'}/{model}"
    fixed = _fixed(prompts[0].labels, wish, model, named)
    beside = count_texts([str(fixed.get("response_format", ""))], named).total
    talks = [prompt.messages(texts[row]) for row, prompt, _ in turns]
    counted = count_chat(talks, named)
    stretch = counted.high / max(1, counted.total)
    expected = max(count_texts(map(answer_of, prompts[0].labels), named).lengths) + THOUGHT[wish.reasoning][1]
    questions = []
    for (row, prompt, turn), messages, length in zip(turns, talks, counted.lengths, strict=True):
        body = {"model": model, "messages": messages, **fixed}
        most = Most.of(round(length * stretch) + beside, fixed["max_tokens"], expected)
        key = key_of(address.host, row + 1, prompt.arm, turn, body)
        questions.append(Question(key, row + 1, prompt.arm, turn, body, most))
    return tuple(questions)


def _fixed(labels: Sequence[str], wish: Wish, model: str, named: str) -> dict[str, Any]:
    """What is the same in every request."""
    longest = max(count_texts(labels, named).lengths)
    fixed: dict[str, Any] = {
        "temperature": 0,
        "seed": wish.seed,
        "max_tokens": 2 * longest + ROOM + THOUGHT[wish.reasoning][0],
    }
    if (shape := schema(labels)) is not None:
        fixed["response_format"] = shape
    if wish.reasoning is not None:
        fixed["reasoning_effort"] = wish.reasoning
    return fixed
