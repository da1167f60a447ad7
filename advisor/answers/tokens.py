"""The tokens of a training file, and what of them a job bills, as the command `tokens` counts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, PlainSerializer

from advisor.answers.dataset import FINDINGS, Figures, data_table
from advisor.shapes import Aim, Answer, Exact, Shape
from advisor.show.blocks import Block, Column, Line, Table
from advisor.show.voice import Voice
from baselines.counted import Length

if TYPE_CHECKING:
    from pricing.per_text import CostPerText
    from pricing.training_file import TokenReport

Two = Annotated[Decimal, AfterValidator(lambda value: round(value, 2)), PlainSerializer(float)]
SixFigures = Annotated[Exact, AfterValidator(lambda value: Decimal(f"{value:.6g}"))]


def _unasked(value: object) -> bool:
    return value is None


class PerText(Shape):
    """What one text costs as the input of a model; a cheap token is no cheap text where a text takes more of them."""

    model: str
    tokens_per_text: Two
    exact: bool
    input_mtok: Exact
    usd_per_text: SixFigures

    def told(self, voice: Voice) -> tuple[Line, ...]:
        """Its row in the table of models."""
        estimate = "" if self.exact else voice.say("cost.per_text.estimate")
        tokens = voice.number(self.tokens_per_text, 1) + estimate
        return tuple(
            map(Line, (self.model, tokens, voice.money(self.input_mtok), voice.money(self.usd_per_text)))
        )


class Tokens(Answer):
    """From the shell; a described table says more."""

    NAME = "tokens"
    PAGE = "data"
    SECTION = "data"
    PLACE = 25
    FINDINGS = FINDINGS

    model: str | None = None
    examples: int | None = None
    tokens: int | None = None
    tokens_low: int | None = None
    tokens_high: int | None = None
    p50: Length | None = None
    p95: Length | None = None
    p99: Length | None = None
    max: int | None = None
    example_limit: int | None = None
    over_limit: int | None = None
    n_epochs: int | None = None
    epochs_by: str | None = None
    tokens_per_epoch: int | None = None
    billed_tokens: int | None = None
    tokenizer: str | None = None
    exact: bool | None = None
    not_counted: Mapping[str, int] = {}
    format_errors: Mapping[str, int] = {}
    warnings: Mapping[str, int] = {}
    lengths: tuple[int, ...] | None = Field(None, exclude_if=_unasked)
    cost_per_text: tuple[PerText, ...] | None = Field(None, exclude_if=_unasked)

    @classmethod
    def of(cls, report: TokenReport, beside: Sequence[CostPerText] = (), *, lengths: bool = False) -> Tokens:
        """What a report found; `beside` compares models, `lengths` keeps every example's own length."""
        count = report.count
        return cls(
            model=report.model,
            examples=len(count.lengths),
            tokens=count.total,
            tokens_low=count.low,
            tokens_high=count.high,
            **{name: getattr(count, name) for name in ("p50", "p95", "p99", "max", "tokenizer", "exact")},
            example_limit=report.example_limit.tokens if report.example_limit else None,
            **{name: getattr(report, name) for name in _OF_REPORT},
            not_counted=count.not_counted,
            format_errors=report.errors,
            warnings=report.warnings,
            lengths=count.lengths if lengths else None,
            cost_per_text=sorted(beside, key=lambda cost: cost.usd_per_text) or None,
        )

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return {"rows": self.examples, "data_tokens": self.tokens, "longest_tokens": self.max}

    def blocks(self, voice: Voice) -> Iterable[Block]:
        same = {name: getattr(self, name) for name in ("p50", "p95", "p99", "max", "tokenizer", "exact")}
        counted = Figures(total=self.tokens, low=self.tokens_low, high=self.tokens_high, **same)
        billed = [(name, getattr(self, name)) for name in ("over_limit", "n_epochs", "billed_tokens")]
        figures = [("rows", self.examples), *counted.told(), *billed]
        yield data_table(figures, counted.counted(voice), voice, self.model)
        times = (Column(voice.say("report.what")), Column(voice.say("report.data.times"), figures=True))
        for name in ("format_errors", "warnings", "not_counted"):
            found: Mapping[str, int] = getattr(self, name)
            rows = tuple(
                (Line(key), voice.figure(voice.number(count), count)) for key, count in found.items()
            )
            if rows:
                yield Table(voice.say(f"report.data.{name}"), times, rows)
        if self.cost_per_text:
            names = ("model", "tokens_per_text", "input_mtok", "usd_per_text")
            columns = tuple(Column(voice.say(f"cost.per_text.{name}"), name != "model") for name in names)
            texts = tuple(one.told(voice) for one in self.cost_per_text)
            yield Table(voice.say("cost.per_text.caption"), columns, texts)


_OF_REPORT = ("over_limit", "n_epochs", "epochs_by", "tokens_per_epoch", "billed_tokens")
