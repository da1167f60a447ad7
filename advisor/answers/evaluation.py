"""What a sheet of scores shows of each criterion, how far raters agree, and which system is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal

from advisor.language import p_value
from advisor.quantities import Count
from advisor.shapes import Aim, Answer, Kind, MaybeInfinite, Shape
from advisor.show.blocks import Block, Column, Item, Items, Line, Table
from advisor.show.voice import NOTHING, Voice

VERDICTS = ("refuted", "not_shown", "shown")
SIGNIFICANT = 0.05


class Criterion(Shape):
    """One system by one criterion. `rate` is the share of items that pass; on other scales only `mean` is known."""

    passed: int | None = None
    n: int | None = None
    rate: float | None = None
    low: MaybeInfinite = None
    high: MaybeInfinite = None
    verdict: str | None = None
    scale: str | None = None
    mean: float | None = None
    target: float | None = None
    ratings: int | None = None
    ties: int | None = None

    def row(self, name: str, voice: Voice) -> tuple[Line, ...]:
        """The line of a table: passed of all, the average, its range, and the verdict."""
        share = self.rate is not None
        said = voice.percent if share else voice.number
        average = self.rate if share else self.mean
        of = f"{voice.number(self.passed)} / {voice.number(self.n)}" if share else voice.number(self.n)
        return (
            Line(name),
            Line(of),
            voice.figure(said(average, 1), average),
            Line(_range(self, said, voice)),
            Line(voice.name("evaluation.verdict", self.verdict) if self.verdict else NOTHING),
        )


class Agreement(Shape):
    """How far the raters of one criterion agree; a coefficient is None where it cannot be told."""

    raters: tuple[str, ...] = ()
    answers: int | None = None
    percent: float | None = None
    cohen_kappa: float | None = None
    fleiss_kappa: float | None = None
    krippendorff_alpha: float | None = None
    level: str | None = None
    low: float | None = None
    high: float | None = None


class Comparison(Shape):
    """System `a` against `b` on the items that both were scored on; `p_adjusted` counts all questions asked."""

    criterion: str = NOTHING
    a: str = NOTHING
    b: str = NOTHING
    n: int | None = None
    difference: float | None = None
    low: MaybeInfinite = None
    high: MaybeInfinite = None
    bootstrap_low: MaybeInfinite = None
    bootstrap_high: MaybeInfinite = None
    test: str | None = None
    p: float = 1.0
    p_adjusted: float = 1.0
    only_a: int | None = None
    only_b: int | None = None
    outcome: Literal["better", "worse", "cannot_tell"] = "cannot_tell"
    margin: float | None = None
    kept: str | None = None

    @property
    def doubt(self) -> Literal["several_questions", "test_decides"] | None:
        """Why nothing may be concluded although the range, which counts one question only, leaves zero out."""
        beside_zero = self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)
        if self.p_adjusted < SIGNIFICANT or not beside_zero:
            return None
        return "several_questions" if self.p < SIGNIFICANT else "test_decides"

    def line(self, voice: Voice, questions: int) -> Line:
        """The gap in points of a share, or in the unit of the scale, and why a range beside zero is not enough."""
        share = self.test == "mcnemar"

        def figure(value: float | None, digits: int) -> str:
            return voice.number(100 * value, 1) if share and value is not None else voice.number(value, 2)

        gap = figure(self.difference, 1)
        outcome = voice.say(f"evaluation.outcome.{self.outcome}", a=self.a, b=self.b)
        if self.doubt:
            ps = {name: p_value(getattr(self, name), voice.language) for name in ("p", "p_adjusted")}
            outcome += voice.say(f"evaluation.doubt.{self.doubt}", questions=voice.number(questions), **ps)
        return voice.line(
            "report.evaluation.compared",
            criterion=self.criterion,
            a=self.a,
            b=self.b,
            n=voice.number(self.n),
            gap=voice.say("report.evaluation.points", points=gap) if share else gap,
            range=_range(self, figure, voice),
            outcome=outcome,
        )

    def kept_line(self, voice: Voice) -> Line:
        """Whether ability was kept: that `a` is not worse than `b` by more than the margin, in points."""
        key, margin = f"evaluation.results.kept_{self.kept}", voice.number(100 * (self.margin or 0), 1)
        return voice.line(key, criterion=self.criterion, a=self.a, b=self.b, margin=margin)


class Note(Shape):
    """Something to know about the sheet; what fills its sentence stands beside the id."""

    id: str | None = None


class Evaluation(Answer):
    """From the Evaluation page or the command `evaluate`; targets are held against `system`."""

    NAME = "evaluation"
    PAGE = "evaluation"
    SECTION = "evaluation"
    PLACE = 70
    FINDINGS: ClassVar[Mapping[str, Kind]] = {"evaluation_verdict": VERDICTS, "evaluation_items": Count}

    items: int | None = None
    system: str | None = None
    criteria: Mapping[str, Criterion] = {}
    overall: Criterion | None = None
    verdict: str | None = None
    agreement: Mapping[str, Agreement] = {}
    comparisons: tuple[Comparison, ...] = ()
    systems: Mapping[str, Mapping[str, Criterion]] = {}
    notes: tuple[Note, ...] = ()

    @property
    def results(self) -> Mapping[str, Mapping[str, Criterion]]:
        """Every system by every criterion; a sheet about one system need not name it."""
        return self.systems or {self.system or "": self.criteria}

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        return {
            "evaluation_verdict": gravest(self.criteria),
            "evaluation_items": max(
                (row.n for row in self.criteria.values() if row.n is not None), default=None
            ),
        }

    def blocks(self, voice: Voice) -> Iterable[Block]:
        yield table({"": self.criteria}, voice)
        questions = len(self.comparisons)
        listed = {
            "agreement": [_agreed(name, row, voice) for name, row in self.agreement.items()],
            "comparisons": [row.line(voice, questions) for row in self.comparisons],
            "regression": [row.kept_line(voice) for row in self.comparisons if row.kept],
            "notes": self.noted(voice),
        }
        for name, lines in listed.items():
            if lines:
                yield Items(tuple(map(Item, lines)), voice.say(f"report.evaluation.{name}"))

    def noted(self, voice: Voice) -> list[Line]:
        """What to know about the sheet."""
        return [Line(voice.told("evaluation.note", note.as_json())) for note in self.notes if note.id]


def gravest(criteria: Mapping[str, Criterion]) -> str | None:
    """One refuted criterion refutes; only all shown is shown."""
    judged = {row.verdict for row in criteria.values()}
    return next((word for word in VERDICTS if word in judged), None)


def table(results: Mapping[str, Mapping[str, Criterion]], voice: Voice) -> Table:
    """A line for every criterion of every system, which is named where there are several."""
    named = slice(0 if len(results) > 1 else 1, None)
    labels = ("criterion", "passed", "rate", "interval", "verdict")
    columns = (
        Column(voice.say("evaluation.table.system")),
        *(
            Column(voice.say(f"report.evaluation.{label}"), label not in {"criterion", "verdict"})
            for label in labels
        ),
    )
    rows = tuple(
        (Line(system), *row.row(name, voice))[named]
        for system, criteria in results.items()
        for name, row in criteria.items()
    )
    return Table(voice.say("report.evaluation.caption"), columns[named], rows)


def _range(row: Criterion | Comparison, say: Callable[[Any, int], str], voice: Voice) -> str:
    known = row.low is not None and row.high is not None
    return voice.span(say(row.low, 1), say(row.high, 1)) if known else NOTHING


def _agreed(name: str, row: Agreement, voice: Voice) -> Line:
    alpha = voice.number(row.krippendorff_alpha, 2)
    return voice.line(
        "report.evaluation.agree", criterion=name, raters=voice.listing(row.raters), alpha=alpha
    )
