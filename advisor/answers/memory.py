"""What training or serving a model takes on a GPU, which cards have it, and what the hours cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from advisor.memory import GIB, Setup, estimate
from advisor.memory.cards import Card, card, cards, cheapest_change, longest_sequence, verdicts
from advisor.memory.training_time import Finite, Hours, Rent, cheapest_run
from advisor.models.anatomy import ModelShape
from advisor.models.context import context_length
from advisor.models.shapes import as_mapping, shape
from advisor.quantities import Gib, Money, Named
from advisor.shapes import Aim, Answer, Changed, Day, Kind, Shape
from advisor.show.blocks import Bar, BarChart, Block, Column, Line, Paragraph, Table
from advisor.show.voice import Voice
from pricing import Problem
from pricing.offers import GpuOffer

FITS = ("fits", "tight", "no")
Three = Annotated[Finite, AfterValidator(lambda value: round(value, 3))]


class Change(Shape):
    """The least that would make it fit, and the memory that leads to."""

    steps: tuple[str, ...] = ()
    total_gib: Three | None = None
    verdict: str | None = None


class Memory(Answer):
    """From the Models page or the command `memory`; sizes by part in GiB, a verdict by card."""

    NAME = "memory"
    PAGE = "models"
    SECTION = "memory"
    PLACE = 60
    FINDINGS: ClassVar[Mapping[str, Kind]] = {"memory_gib": Gib, "memory_fit": FITS}

    model: str | None = None
    method: str | None = None
    total_gib: Three | None = None
    upper_gib: Three | None = None
    parts: Mapping[str, Three] = {}
    phase: str | None = None
    trainable_parameters: int | None = None
    total_parameters: int | None = None
    encoder: bool = False
    setup: Mapping[str, Any] = {}
    fits: Mapping[str, str] = {}
    card: str | None = None
    card_gib: float | None = None
    longest_sequence: int | None = None
    change: Change | None = None
    tokens: int | None = None
    epochs: int | float | None = None
    hours: Hours | None = None
    cost: Rent | None = None

    @classmethod
    def estimated(
        cls,
        config: Mapping[str, Any],
        setup: Setup,
        *,
        model: str | None = None,
        parameters: int | None = None,
        card: Card | None = None,
        tokens: int | None = None,
        epochs: float = 1,
        gpus: Iterable[GpuOffer] = (),
        on: date | None = None,
    ) -> Memory:
        """Peak memory of one setup, the verdict of every card, and with `tokens` (of one epoch) the time and the rent.

        Without a `card`, time and rent are those of the cheapest listed card that it fits. A Problem says what is
        missing.
        """
        anatomy = shape(as_mapping(config)).with_published_total(parameters)
        need = estimate(anatomy, setup)
        fits = verdicts(need)
        run = None
        if tokens is not None and on is not None:
            among = [card] if card else [one for one in cards().values() if fits[one.id] != "no" and one.gpu]
            run = cheapest_run(anatomy, setup, among, tokens, epochs, gpus, on)
        chosen, hours, cost = run or (card, None, None)
        return cls(
            model=model,
            method=setup.method,
            total_gib=need.total_gib,
            upper_gib=need.upper_gib,
            parts={part: size / GIB for part, size in need.parts.items()},
            phase=need.phase,
            trainable_parameters=need.trainable_parameters,
            total_parameters=need.total_parameters,
            encoder=anatomy.encoder,
            setup={name: value for name, value in vars(need.setup).items() if value is not None},
            fits=fits,
            card=chosen.id if chosen else None,
            card_gib=chosen.memory_gib if chosen else None,
            longest_sequence=_longest(config, anatomy, setup, card) if card else None,
            change=cheapest_change(anatomy, setup, card) if card else None,
            tokens=tokens,
            epochs=epochs,
            hours=hours,
            cost=cost,
        )

    @property
    def fits_card(self) -> bool:
        """False only when a card was chosen and the need does not fit it."""
        return self.card is None or self.fits.get(self.card) != "no"

    def of_its_card(self) -> Memory:
        """The same as it is kept, without the verdicts on other cards."""
        fits = {id: fit for id, fit in self.fits.items() if id == self.card}
        return Memory.model_validate(self.as_json() | {"fits": fits})

    def findings(self, aim: Aim | None) -> Mapping[str, Any]:
        """What the rules on tuning an LLM ask; an encoder's need says nothing of that."""
        if self.encoder:
            return {}
        best = next((word for word in FITS if word in self.fits.values()), None)
        return {
            "memory_gib": self.total_gib if self.upper_gib is None else self.upper_gib,
            "memory_fit": best,
        }

    def asked_again(self, day: Day) -> Memory:
        """Estimated again, with rents of the day; of a model whose shape is not known it stays as it is."""
        report = day.look_up(self.model) if self.model else None
        if report is None or not report.facts.config or not self.setup:
            return self
        known = {field.name for field in fields(Setup)}
        try:
            again = Memory.estimated(
                report.facts.config,
                Setup(**{name: value for name, value in self.setup.items() if name in known}),
                model=report.facts.id,
                parameters=report.facts.parameters,
                card=card(self.card) if self.card else None,
                tokens=self.tokens,
                epochs=self.epochs or 1,
                gpus=day.book.gpus,
                on=day.on,
            )
        except Problem:
            return self
        unasked = {name: None for name in Memory.model_fields if getattr(self, name) is None}
        fits = {id: again.fits.get(id, fit) for id, fit in self.fits.items()}
        return again.model_copy(update=unasked | {"fits": fits or again.fits})

    def changes(self, now: Memory, recommended: str | None, day: Day) -> Iterable[Changed]:
        """What training needs, whether that fits, and what renting the card for it costs."""
        model = str(self.model)
        if _differ(self.total_gib, now.total_gib):
            yield Changed("memory", (model,), Gib(self.total_gib), Gib(now.total_gib), names={"model": model})
        for id, verdict in self.fits.items():
            fit = now.fits.get(id)
            if verdict != fit:
                said = {
                    side: Named("models.verdict", str(w)) for side, w in (("then", verdict), ("now", fit))
                }
                yield Changed("fit", (model, id), verdict, fit, names={"model": model, "card": id, **said})
        then_rent, now_rent = (side.cost.typical if side.cost else None for side in (self, now))
        if _differ(then_rent, now_rent):
            rents = (Money(then_rent), Money(now_rent))
            yield Changed("rent", (model, str(now.card)), *rents, names={"model": model})

    def blocks(self, voice: Voice) -> Iterable[Block]:
        """Total and upper bound, the run, the memory part by part, and the verdict of each card."""
        total, upper = voice.number(self.total_gib, 1), voice.number(self.upper_gib, 1)
        yield voice.paragraph("report.memory.total", total=total, upper=upper)
        yield from map(Paragraph, self._run(voice))
        parts = {voice.name("models.part", name): size for name, size in self.parts.items() if size > 0}
        caption = voice.say("report.memory.parts")
        if parts:
            columns = (Column(voice.say("report.memory.of")), Column("GiB", figures=True))
            said = {name: voice.number(size, 2) for name, size in parts.items()}
            rows = tuple((Line(name), voice.figure(said[name], size)) for name, size in parts.items())
            yield Table(caption, columns, rows)
            bars = tuple(Bar(name, size, said[name]) for name, size in parts.items())
            yield BarChart(caption, "GiB", bars)
        if self.fits:
            heads = (Column(voice.say("report.memory.card")), Column(voice.say("report.memory.fits")))
            lines = tuple(
                (Line(card_name(id)), Line(voice.name("models.verdict", word)))
                for id, word in self.fits.items()
            )
            yield Table(voice.say("report.memory.cards"), heads, lines)

    def _run(self, voice: Voice) -> Iterable[Line]:
        """What is known about the run itself: the card's limit, what would make it fit, hours and rent."""
        if self.longest_sequence:
            tokens = voice.number(self.longest_sequence)
            yield voice.line("report.memory.longest", card=card_name(self.card), tokens=tokens)
        if self.change:
            steps = voice.listing(voice.name("models.step", step) for step in self.change.steps)
            total = voice.number(self.change.total_gib, 1)
            verdict = voice.name("models.verdict", self.change.verdict)
            yield voice.line("report.memory.change", steps=steps, total=total, verdict=verdict)
        if self.hours:
            yield _range("hours", self.hours, voice.hours, voice)
        if self.cost:
            yield _range("cost", self.cost, voice.money, voice)

    def figures(self, voice: Voice, aim: Aim | None) -> Iterable[Line]:
        gib = self.total_gib if self.upper_gib is None else self.upper_gib
        if gib is not None:
            yield voice.line("report.figures.memory", gib=voice.number(gib, 1))

    def risks(self, voice: Voice) -> Iterable[Line]:
        tight = [id for id, word in self.fits.items() if word == "tight"]
        if tight:
            yield voice.line("report.risks.tight", cards=voice.listing(tight))


def _longest(config: Mapping[str, Any], anatomy: ModelShape, setup: Setup, card: Card) -> int:
    """The longest sequence that fits the card; an encoder takes none beyond its own limit, however large the card."""
    fitting = longest_sequence(anatomy, setup, card)
    limit = context_length(config).tokens if anatomy.encoder else None
    return min(fitting, limit or fitting)


def card_name(id: str | None) -> str:
    """A GPU by its full name; its id where an older answer names one that is not listed."""
    known = cards().get(str(id))
    return known.name if known else str(id)


def _range(name: str, figures: Hours | Rent, say: Callable[[Any], str], voice: Voice) -> Line:
    low, typical, high = (say(case) for case in (figures.low, figures.typical, figures.high))
    return voice.line(f"report.memory.run.{name}", low=low, typical=typical, high=high)


def _differ(old: float | Decimal | None, new: float | Decimal | None) -> bool:
    return old is not None and new is not None and old != new
