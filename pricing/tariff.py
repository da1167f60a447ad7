"""What an arm pays for: the rates in force for it, and the lines of its bill one kind at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from pricing import Problem
from pricing.arms import HOURS_PER_MONTH, SECONDS_PER_HOUR, Arm, FineTuned, Rates, Volume
from pricing.cost import Note, Part, Rate, tokens_part, units_part
from pricing.offers import CachingRule, Offer, Price, Status

PROBABILITY = Decimal("0.000001")
HUNDREDTH = Decimal("0.01")
ONE = Decimal(1)


@dataclass(frozen=True)
class Tariff:
    """The rates an arm pays: the user's own where given, else the listed ones of the day."""

    arm: str
    asked: str
    listed: Price | None
    own: Rates

    def rate(self, name: str, input_tokens: Decimal = Decimal(0)) -> Rate | None:
        """A rate, that of a long request where the input is long; None where nobody gives it."""
        if name in self.own:
            return Rate(name, self.own[name])
        if self.listed is None:
            return None
        amount = getattr(self.listed.for_request(input_tokens), name)
        if amount is None:
            return None
        listed = self.listed
        return Rate(name, amount, listed.source, listed.confidence, listed.added, listed.tiers_of(name))

    def need(self, name: str, input_tokens: Decimal = Decimal(0)) -> Rate:
        """A rate that the bill cannot be written without; a Problem naming it where nobody gives it."""
        rate = self.rate(name, input_tokens)
        if rate is None:
            raise Problem("rate_unknown", arm=self.arm, asked=self.asked, rate=name)
        return rate


def request_lines(
    arm: Arm, tariff: Tariff, rule: CachingRule, volume: Volume
) -> tuple[list[Part], list[Note]]:
    """One request: fresh input, cached input and cache writes as expected at the hit rate, output, reasoning."""
    cached_rate = tariff.rate("cached_input_mtok", arm.input_tokens)
    cached = rule.cached_tokens(arm.cacheable_tokens) if cached_rate else Decimal(0)
    fresh = tariff.need("input_mtok", arm.input_tokens)
    hits = _hits_by_month(arm, rule, volume)
    lines = [tokens_part("input", "request", arm.input_tokens - cached, fresh)]
    if cached and cached_rate:
        write = tariff.rate("cache_write_mtok", arm.input_tokens) or fresh
        lines.append(_expected("cached_input", cached, hits, cached_rate))
        lines.append(_expected("cache_write", cached, [ONE - hit for hit in hits], write))
    lines += _output_lines(arm, tariff)
    return lines, _caching_notes(arm, tariff, rule, lines, hits)


def _hits_by_month(arm: Arm, rule: CachingRule, volume: Volume) -> list[Decimal]:
    """The hit rate of every month; one alone where it is given or the volume stays as it is."""
    if arm.cache_hit_rate is not None:
        return [arm.cache_hit_rate]
    months = volume.by_month if volume.growth else volume.by_month[:1]
    return [hit_rate(requests, rule.ttl_seconds) for requests in months]


def _expected(id: str, tokens: Decimal, shares: list[Decimal], rate: Rate) -> Part:
    """A line of tokens that only a share of the requests is billed for."""
    first, *later = (tokens_part(id, "request", tokens * share, rate) for share in shares)
    return replace(first, by_month=tuple(part.amount for part in (first, *later))) if later else first


@lru_cache(maxsize=16_384)
def hit_rate(requests_per_month: Decimal, ttl_seconds: int) -> Decimal:
    """The share of requests that find the prefix still cached: 1 − exp(−rate × TTL), requests coming at random.

    >>> hit_rate(Decimal(10_000), 300)
    Decimal('0.680677')
    """
    gap = requests_per_month * ttl_seconds / (HOURS_PER_MONTH * SECONDS_PER_HOUR)
    return ONE if gap > 100 else (ONE - (-gap).exp()).quantize(PROBABILITY)


def _output_lines(arm: Arm, tariff: Tariff) -> Iterator[Part]:
    if not arm.output_tokens and not arm.reasoning_tokens:
        return
    rate = tariff.need("output_mtok", arm.input_tokens)
    yield tokens_part("output", "request", arm.output_tokens, rate)
    if arm.reasoning_tokens:
        yield tokens_part("reasoning", "request", arm.reasoning_tokens, rate)


def _caching_notes(
    arm: Arm, tariff: Tariff, rule: CachingRule, lines: list[Part], hits: list[Decimal]
) -> list[Note]:
    notes = [Note(name) for name in (tariff.listed.notes if tariff.listed else ())]
    if not arm.cacheable_tokens:
        return notes
    cached = {line.id: line for line in lines}
    if "cached_input" not in cached:
        below = arm.cacheable_tokens < rule.min_prefix
        reason = Note("prefix_too_short", {"least": rule.min_prefix}) if below else Note("no_cached_price")
        return [*notes, reason]
    if arm.cache_hit_rate is None:
        notes.append(_hit_rate_note(hits, rule))
    held = cached["cached_input"].amount + cached["cache_write"].amount
    tokens = cached["cached_input"].quantity + cached["cache_write"].quantity
    if held > tokens_part("input", "request", tokens, cached["input"].rate).amount:
        notes.append(Note("caching_costs_more"))
    return notes


def _hit_rate_note(hits: list[Decimal], rule: CachingRule) -> Note:
    first, last = hits[0], hits[-1]
    if first == last:
        return Note("hit_rate_from_volume", {"rate": first, "seconds": rule.ttl_seconds})
    return Note("hit_rate_follows_volume", {"rate": first, "last": last, "seconds": rule.ttl_seconds})


def training_lines(arm: FineTuned, offer: Offer | None, tariff: Tariff) -> tuple[list[Part], list[Note]]:
    if not arm.trains:
        return [], [Note("already_trained")]
    lines: list[Part] = []
    notes: list[Note] = []
    if arm.training_hours is not None:
        hours = arm.training_hours.quantize(HUNDREDTH, ROUND_HALF_UP)
        lines.append(units_part("training", "once", hours, "hours", tariff.need("train_hour")))
    else:
        if tariff.rate("train_mtok") is None and tariff.rate("train_hour") is not None:
            raise Problem("training_hours_needed", arm=arm.id, offer=tariff.asked)
        epochs = _epochs(arm, offer, notes)
        rate = tariff.need("train_mtok")
        once_through = (arm.training_tokens or Decimal(0)) if arm.packing else arm.rows * arm.max_length
        lines.append(tokens_part("training", "once", epochs * once_through, rate))
        lines += _validation_lines(arm, offer, rate, notes)
    lines += _minimum_line(lines, tariff)
    if offer and offer.job_cap and sum(line.amount for line in lines) > offer.job_cap:
        notes.append(Note("job_cap", {"amount": offer.job_cap}))
    return lines, notes


def _epochs(arm: FineTuned, offer: Offer | None, notes: list[Note]) -> Decimal:
    if arm.epochs is not None:
        return arm.epochs
    epochs = Decimal(offer.default_epochs) if offer and offer.default_epochs else Decimal(3)
    notes.append(Note("epochs_assumed", {"epochs": epochs}))
    return epochs


def _validation_lines(arm: FineTuned, offer: Offer | None, rate: Rate, notes: list[Note]) -> Iterator[Part]:
    if not arm.validation_tokens:
        return
    rule = offer.validation if offer else "as_given"
    if rule in ("free", "unknown"):
        notes.append(Note("validation_free" if rule == "free" else "validation_unknown"))
        return
    times = ONE if rule == "once" or arm.evaluations is None else arm.evaluations
    yield tokens_part("validation", "once", times * arm.validation_tokens, rate)


def _minimum_line(lines: list[Part], tariff: Tariff) -> Iterator[Part]:
    minimum = tariff.rate("minimum_charge")
    metered = sum((line.amount for line in lines), Decimal(0))
    if minimum and minimum.amount:
        yield Part("minimum_charge", "once", ONE, "jobs", minimum, max(Decimal(0), minimum.amount - metered))


def standing_lines(arm: FineTuned, offer: Offer | None, tariff: Tariff) -> Iterator[Part]:
    dedicated = offer is not None and offer.serving == "dedicated" and "input_mtok" not in arm.prices
    hosting = tariff.need("hosting_hour") if dedicated else tariff.rate("hosting_hour")
    if hosting and hosting.amount:
        yield units_part("hosting", "month", arm.hours_per_month, "hours", hosting)
    storage = tariff.rate("storage_month")
    if storage and storage.amount:
        yield units_part("storage", "month", ONE, "months", storage)


def offer_notes(arm: FineTuned, offer: Offer | None, status: Status | None, tariff: Tariff) -> Iterator[Note]:
    if offer is None or status is None:
        return
    if status.id not in ("open", "closing") and (arm.trains or not status.can_serve):
        yield Note(status.id, {"since": status.since}) if status.since else Note(f"{status.id}_undated")
    if status.id == "closing" and offer.lifecycle.existing_means:
        yield Note(offer.lifecycle.existing_means)
    if tariff.rate("storage_gb_month"):
        yield Note("storage_by_size_not_counted")
    elif tariff.rate("storage_month") is None:
        yield Note("storage_unknown")
    if offer.lifecycle.added:
        yield Note("added_lifecycle")
    yield from (Note(name) for name in offer.notes)


def labour_lines(arm: Arm) -> Iterator[Part]:
    rate = Rate("labour_rate", arm.labour_rate)
    if arm.labour_hours_once:
        yield units_part("labour", "once", arm.labour_hours_once, "hours", rate)
    if arm.labour_hours_month:
        yield units_part("labour", "month", arm.labour_hours_month, "hours", rate)
