"""What each arm is billed for, on one day, from one book."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from pricing import Problem
from pricing.arms import (
    SECONDS_PER_HOUR,
    Arm,
    Cascade,
    FineTuned,
    Prompt,
    Rag,
    SelfHosted,
    SmallModel,
    Volume,
)  # fmt: skip
from pricing.book import PriceBook
from pricing.cost import Cost, Note, Part, Rate, month_later, months_until, tokens_part, units_part
from pricing.inference import ends_on
from pricing.offers import CachingRule, Customer, Offer, Price, Status
from pricing.tariff import (
    ONE,
    Tariff,
    labour_lines,
    offer_notes,
    request_lines,
    standing_lines,
    training_lines,
)


@dataclass(frozen=True)
class Biller:
    """Writes the bills of arms, on one day, from one book, for a new or an existing customer."""

    book: PriceBook
    on: date
    customer: Customer
    arms: tuple[Arm, ...]
    volume: Volume

    def cost_of(self, arm: Arm, volume: Volume | None = None) -> Cost:
        """The cost of one arm at the usual volume or another; a Problem names the field whose rate is not known."""
        try:
            return self._bill(arm, volume or self.volume)
        except Problem as problem:
            raise _in_field(problem, arm) from problem

    def _bill(self, arm: Arm, volume: Volume) -> Cost:
        match arm:
            case Rag():
                return self._rag(arm, volume)
            case Prompt():
                return self._prompt(arm, volume)
            case FineTuned():
                return self._fine_tuned(arm, volume)
            case SelfHosted():
                return self._self_hosted(arm, volume)
            case SmallModel():
                return self._small_model(arm, volume)
            case Cascade():
                return self._cascade(arm, volume)
        raise TypeError(f"no bill is written for {type(arm).__name__}")

    def _prompt(self, arm: Prompt, volume: Volume) -> Cost:
        tariff = self._model_tariff(arm, arm.model)
        parts, notes = request_lines(arm, tariff, caching_rule(arm, self.book), volume)
        return self._finished(arm, arm.model, volume, parts, notes)

    def _rag(self, arm: Rag, volume: Volume) -> Cost:
        tariff = self._model_tariff(arm, arm.model)
        asked = arm.model_copy(update={"input_tokens": arm.input_tokens + arm.retrieved_tokens})
        parts, notes = request_lines(asked, tariff, caching_rule(arm, self.book), volume)
        parts += self._embedding_lines(arm)
        if arm.store_month:
            parts.append(units_part("store", "month", ONE, "months", Rate("store_month", arm.store_month)))
        if arm.embedding_model and not arm.query_tokens:
            notes.append(Note("query_embedding_not_counted"))
        return self._finished(arm, arm.model, volume, parts, notes)

    def _embedding_lines(self, arm: Rag) -> list[Part]:
        if not arm.embedding_model:
            if arm.index_tokens or arm.query_tokens:
                raise Problem("field_missing", field=f"arms.{arm.id}.embedding_model")
            return []
        price = self.book.inference(arm.embedding_model, self.on)
        rate = Tariff(arm.id, arm.embedding_model, price, {}).need("input_mtok")
        lines = [tokens_part("index_embedding", "once", arm.index_tokens, rate)]
        return [*lines, tokens_part("query_embedding", "request", arm.query_tokens, rate)]

    def _fine_tuned(self, arm: FineTuned, volume: Volume) -> Cost:
        offer = None if arm.offer == "custom" else self.book.offer(arm.offer)
        rule = caching_rule(arm, self.book)
        tariff = self._offer_tariff(arm, offer, rule)
        training, notes = training_lines(arm, offer, tariff)
        status = offer.lifecycle.status(self.on, self.customer) if offer else None
        ends = offer.lifecycle.inference_until if offer else None
        parts = training
        if offer is None or offer.serving == "per_token" or "input_mtok" in arm.prices:
            lines, more = request_lines(arm, tariff, rule, volume)
            parts, notes = parts + lines, notes + more
        parts += standing_lines(arm, offer, tariff)
        notes += offer_notes(arm, offer, status, tariff)
        cost = self._finished(arm, arm.offer, volume, parts, notes, ends=ends, status=status)
        return self._retrained(cost, arm, training, offer.lifecycle.training_until if offer else None)

    def _self_hosted(self, arm: SelfHosted, volume: Volume) -> Cost:
        listed = self._gpu_price(arm)
        rate = Tariff(arm.id, arm.gpu_offer or "custom", listed, arm.prices).need("gpu_hour")
        training = [units_part("training", "once", arm.training_hours * arm.gpus, "gpu_hours", rate)]
        hosting = units_part("hosting", "month", arm.hours_per_month * arm.gpus, "gpu_hours", rate)
        notes = [Note("capacity_not_checked")]
        cost = self._finished(arm, arm.gpu_offer, volume, [*training, hosting], notes)
        return self._retrained(cost, arm, training, None)

    def _gpu_price(self, arm: SelfHosted) -> Price | None:
        if arm.gpu_offer is None:
            return None
        gpu = self.book.gpu(arm.gpu_offer)
        return None if "gpu_hour" in arm.prices else gpu.price_on(self.on)

    def _small_model(self, arm: SmallModel, volume: Volume) -> Cost:
        rate = Rate("cpu_hour", arm.cpu_hour)
        if arm.hours_per_month is not None:
            part = units_part("computing", "month", arm.hours_per_month, "cpu_hours", rate)
        else:
            hours = ONE / (arm.requests_per_second * SECONDS_PER_HOUR)
            # One division at the end, so that a rate which divides evenly stays exact.
            amount = rate.amount / (arm.requests_per_second * SECONDS_PER_HOUR)
            part = Part("computing", "request", hours, "cpu_hours", rate, amount)
        return self._finished(arm, None, volume, [part], [])

    def _cascade(self, arm: Cascade, volume: Volume) -> Cost:
        arms = {other.id: other for other in self.arms}
        first = self.cost_of(arms[arm.first], volume)
        rest_share = ONE - arm.share_answered
        rest = self.cost_of(arms[arm.rest], volume.share(rest_share))
        months = min(first.months_served, rest.months_served)
        parts = [replace(part, of=arm.first).within(months) for part in first.parts]
        for part in rest.parts:
            part = replace(part, of=arm.rest).within(months)
            parts.append(part.scaled(rest_share) if part.per == "request" else part)
        cost = self._finished(arm, None, volume, parts, [*first.notes, *rest.notes])
        weaker = first if first.not_recommended else rest
        return replace(
            cost,
            months_served=months,
            ends=min((cost.ends for cost in (first, rest) if cost.ends), default=None),
            standing=weaker.standing,
            since=weaker.since,
            not_recommended=weaker.not_recommended,
        )

    def _model_tariff(self, arm: Prompt | Rag, model: str | None) -> Tariff:
        asked = model or "custom"
        complete = {"input_mtok", "output_mtok"} <= arm.prices.keys()
        if model in (None, "custom"):
            return Tariff(arm.id, asked, None, arm.prices)
        try:
            listed = self.book.inference(asked, self.on, arm.batch)
        except Problem:
            if not complete:
                raise
            listed = None
        return Tariff(arm.id, asked, listed, arm.prices)

    def _offer_tariff(self, arm: FineTuned, offer: Offer | None, rule: CachingRule) -> Tariff:
        if offer is None:
            return Tariff(arm.id, "custom", None, arm.prices)
        try:
            listed = offer.price_on(self.on)
            batch = arm.batch and not {"input_mtok", "output_mtok"} <= arm.prices.keys()
            return Tariff(arm.id, offer.id, listed.in_batch(rule, offer.id) if batch else listed, arm.prices)
        except Problem:
            if {"input_mtok", "output_mtok"} <= arm.prices.keys():
                return Tariff(arm.id, offer.id, None, arm.prices)
            raise

    def _finished(
        self, arm: Arm, asked: str | None, volume: Volume, parts: list[Part], notes: list[Note],
        *, ends: date | None = None, status: Status | None = None,
    ) -> Cost:  # fmt: skip
        life = ends_on(asked) if arm.kind in ("prompt", "rag") and asked and "/" in asked else None
        ends = life.inference_until if life else ends
        if life and self.on >= life.inference_until:
            status = Status(id="ended", since=life.inference_until, can_train=False, can_serve=False)
        served = min(volume.months, months_until(self.on, ends)) if ends else volume.months
        served = 0 if status and not status.can_serve else served
        if ends and served < volume.months and served:
            notes = [*notes, Note("service_ends", {"day": ends})]
        cost = Cost(
            arm=arm.id,
            kind=arm.kind,
            asked=asked,
            volume=volume,
            parts=(*parts, *labour_lines(arm)),
            months_served=served,
            ends=ends,
            standing=status.id if status else "open",
            since=status.since if status else None,
            notes=tuple(notes),
        )
        return replace(cost, not_recommended=_not_recommended(cost, arm, status))

    def _retrained(
        self, cost: Cost, arm: FineTuned | SelfHosted, training: list[Part], until: date | None
    ) -> Cost:
        every = arm.retrain_every_months
        if not every or not training:
            return cost
        wanted = max(0, (cost.months_served - 1) // every)
        possible = [n for n in range(1, wanted + 1) if not until or month_later(self.on, n * every) < until]
        notes = cost.notes
        if len(possible) < wanted:
            notes += (Note("retraining_ends", {"day": until}),)
        times = len(possible)
        again = (replace(part, per="retraining", every=every, times=times) for part in training if times)
        return replace(cost, parts=(*cost.parts, *again), notes=notes)


def _in_field(problem: Problem, arm: Arm) -> Problem:
    """The same problem with the field of the arm that it is about, where it does not say so itself."""
    fields = problem.fields
    if {"field", "arm"} & fields.keys():
        return problem
    named = (name for name in ("model", "offer", "gpu_offer", "embedding_model") if getattr(arm, name, None))
    about = {fields.get(name) for name in ("asked", "model", "offer")}
    provider = f"{fields.get('provider')}/"
    places = [
        name
        for name in named
        if getattr(arm, name) in about or str(getattr(arm, name)).lower().startswith(provider)
    ] or ["id"]
    return Problem(problem.id, field=f"arms.{arm.id}.{places[0]}", **fields)


def caching_rule(arm: Arm, book: PriceBook) -> CachingRule:
    """The rule by which an arm's prefixes are cached: its provider's, or the one that most share."""
    asked = getattr(arm, "model", None) or getattr(arm, "offer", None)
    return book.caching(None if asked == "custom" else asked)


def _not_recommended(cost: Cost, arm: Arm, status: Status | None) -> str | None:
    trains = isinstance(arm, FineTuned) and arm.trains
    if status and (not status.can_serve or (trains and not status.can_train)):
        return status.id
    if cost.months_served < cost.volume.months:
        return "service_ends"
    if status and status.id in ("unknown", "deprecated"):
        return status.id
    return "low_confidence" if cost.confidence == "low" else None
