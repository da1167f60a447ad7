"""One plan's question, ready to be weighed: every option with its bill, its chance and what came of it, and the terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from advisor.answers.baseline import Baseline
from advisor.quantities import Value
from advisor.recommend.bills import both
from advisor.recommend.cases import PROMPTS, Group, band_of, form_of
from advisor.recommend.chances import Chance, came_to, measured, published
from advisor.recommend.options import ZERO, Bill, Option, Terms, Unlock
from advisor.recommend.path import IMPLIED, First, Path, first_step, path
from advisor.recommend.rules import OPTION_PER_MONTH, RuleBook
from advisor.recommend.tried import Tried, of_baseline, prompting_of, tried
from advisor.shapes import Aim
from advisor.stated import Days, Stated, usual

LLMS = frozenset({"zero_shot", "few_shot", "rag", "fine_tuning_hosted", "fine_tuning_open"})
WAITS_FOR: Mapping[str, tuple[frozenset[str], ...]] = {
    "cascade": (frozenset({"classical_ml"}), LLMS),
    "rag_and_fine_tuning": (frozenset({"rag"}),),
}
SHARES_TRIAL = {"few_shot": "zero_shot"}
NOTHING_ELSE: Mapping[str, Value] = {}


@dataclass(frozen=True)
class Weighing:
    """What the order of trying is made from. `values`: all that the rules read; `excluded`: the rules against each
    approach; `without`: a cluster of published cases that must not be looked at.
    """

    book: RuleBook
    values: Mapping[str, Value]
    stated: Stated
    bills: Mapping[str, Bill]
    excluded: Mapping[str, frozenset[str]]
    terms: Terms
    baseline: Baseline | None = None
    rows: int | None = None
    extra: Mapping[str, Tried] = field(default_factory=dict)
    without: str | None = None

    @property
    def aim(self) -> Aim | None:
        """The target."""
        return self.terms.aim

    @cached_property
    def small(self) -> Baseline | None:
        """The small models' measurement against the target of today."""
        return self.baseline.judged(self.aim) if self.baseline else None

    @cached_property
    def came(self) -> Mapping[str, Tried]:
        """What came of each approach that was tried; an old result says nothing any more."""
        of_small = of_baseline(self.small)
        is_judged = of_small is not None and (self.aim is not None or of_small.reaches != "unclear")
        found = {**({"classical_ml": of_small} if of_small and is_judged else {}), **self.extra}
        return found | tried(self.stated.trials, self.aim, self.rows, self.bills)

    @property
    def results(self) -> Mapping[str, Tried]:
        """Those that still count; where examples fell short, instructions alone did."""
        found = {approach: one for approach, one in self.came.items() if not one.old}
        for with_examples, implied in IMPLIED.items():
            shown = found.get(with_examples)
            if shown and shown.reaches == "no" and implied not in found:
                found[implied] = Tried("no")
        return found

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every approach that is possible now or can be made so, and those that were tried."""
        found = [self._option(approach) for approach in self.book.commitment]
        return tuple(option for option in found if option is not None)

    @cached_property
    def tried(self) -> frozenset[str]:
        """The approaches that were tried."""
        return frozenset(self.results) | (
            {"classical_ml"} if self.baseline and self.baseline.best else frozenset()
        )

    @cached_property
    def come(self) -> tuple[float, ...]:
        """How far each approach that failed came."""
        target = self.aim.value if self.aim else None
        return tuple(came_to(found.mean, target) for found in self.results.values() if found.reaches == "no")

    @property
    def path(self) -> Path:
        """The order of trying."""
        return path(self.options, self.terms, self.tried, self.come)

    @property
    def first(self) -> First:
        """The first step alone."""
        return self.first_of(self.options)

    def first_of(self, options: Sequence[Option], terms: Terms | None = None) -> First:
        """The first step with other options, or under other terms that change no option."""
        return first_step(options, terms or self.terms, self.tried, self.come)

    def excluding(self, held: frozenset[str]) -> Weighing:
        """The same question with what these rules exclude, taken by themselves and as parts of what is built on them."""
        book = self.book
        against: dict[str, set[str]] = {approach: set() for approach in book.commitment}
        for id in held:
            for approach in book.by_id[id].rules_out:
                against[approach].add(id)
        for built in book.approaches:
            parts = [_against_part(book, against[part], built.id) for part in built.built_on]
            if parts and all(parts):
                against[built.id] |= set().union(*parts)
        for rule in book.per_option:
            for approach in rule.rules_out:
                month = self.bills.get(approach, Bill()).month(self.terms.requests)
                if rule.condition.holds({**self.values, OPTION_PER_MONTH: month}):
                    against[approach].add(rule.id)
        return replace(self, excluded={approach: frozenset(rules) for approach, rules in against.items()})

    def evaluated(self, approach: str, found: Tried) -> Weighing:
        """The same question once an approach was evaluated."""
        return replace(self, extra={approach: found})

    def at(
        self, terms: Terms | None = None, rows: int | None = None, facts: Mapping[str, Value] = NOTHING_ELSE
    ) -> Weighing:
        """The same question under other terms, with other rows, and with what the rules exclude on other facts."""
        rows = self.rows if rows is None else rows
        asked = replace(self, terms=terms or self.terms, rows=rows)
        values = {**self.values, **facts}
        if not self.came.keys().isdisjoint(PROMPTS):
            values.pop("prompting_tried", None)
            values |= {"prompting_tried": known} if (known := prompting_of(asked.came)) else {}
        held = frozenset(rule.id for rule in self.book.rules if rule.condition.holds(values))
        return replace(asked, values=values).excluding(held)

    def days(self, approach: str) -> Days:
        """Days of work, as stated or else as usual."""
        default = usual().days.of[approach]
        return self.stated.effort.days(approach).filled(default) if self.stated.effort else default

    def _option(self, approach: str) -> Option | None:
        came, more = self.results.get(approach), self._more_rows() if approach == "classical_ml" else None
        unlock = self._unlock(approach, came)
        if unlock is None and self.excluded[approach] and not self._overrides(approach, came):
            return None
        result = came.reaches if came else None
        if more and result == "no":
            unlock, result = more[0], None
        return Option(
            approach=approach,
            commitment=self.book.commitment[approach],
            chance=more[1] if more else self._chance(approach, came, unlock),
            days=self.days(approach),
            bill=self._bill(approach),
            trial_rows=usual().rows_to_try,
            result=result,
            mean=came.mean if came else None,
            unlock=unlock,
            waits_for=WAITS_FOR.get(approach, ()),
            again=result == "unclear"
            and came is not None
            and came.trial is not None
            and came.interval is None,
            shares_trial_with=SHARES_TRIAL.get(approach),
        )

    def _bill(self, approach: str) -> Bill:
        """What it costs; retrieval stands in front of open weights where none may be tuned at a provider."""
        bill, book = self.bills.get(approach, Bill()), self.book
        hosted, own = (
            _against_part(book, self.excluded[part], approach)
            for part in ("fine_tuning_hosted", "fine_tuning_open")
        )
        if approach == "rag_and_fine_tuning" and hosted and not own:
            return both(self.bills.get("rag", Bill()), self.bills.get("fine_tuning_open", Bill()))
        return bill

    def _overrides(self, approach: str, came: Tried | None) -> bool:
        """Whether it was measured to work, which no rule of thumb can deny."""
        against = (self.book.by_id[rule] for rule in self.excluded[approach])
        return came is not None and came.reaches == "yes" and all(rule.is_opinion for rule in against)

    def _unlock(self, approach: str, came: Tried | None) -> Unlock | None:
        """What would make an excluded approach possible; None where something excludes it for good, or nothing does."""
        against = [self.book.by_id[rule] for rule in sorted(self.excluded[approach])]
        ways = [rule.unlock for rule in against if rule.unlock]
        if not against or len(ways) < len(against) or self._overrides(approach, came):
            return None
        wanted = max((way.rows for way in ways if way.rows), default=None)
        missing = max(0, wanted - (self.rows or 0)) if wanted else 0
        days = sum((way.days for way in ways), ZERO) + usual().days_to_label(missing)
        return Unlock(tuple(rule.id for rule in against), days, wanted)

    def _more_rows(self) -> tuple[Unlock, Chance] | None:
        """Label as many rows as the learning curve asks for, with the chance that it promises there."""
        small, aim = self.small, self.aim
        if small is None or aim is None or small.curve is None or small.verdict != "enough_with_more_rows":
            return None
        wanted = small.curve.rows_to_reach(aim.value)
        ahead = small.curve.ahead
        if wanted is None or "classical_ml" in {trial.approach for trial in self.stated.trials}:
            return None
        at = ahead.sizes.index(wanted)
        chance = measured(ahead.predicted[at], ahead.low[at], ahead.high[at], aim.value)
        return Unlock((), usual().days_to_label(wanted - (small.rows or 0)), wanted), chance

    def _chance(self, approach: str, came: Tried | None, unlock: Unlock | None) -> Chance:
        if came and came.reaches == "unclear" and self.aim and came.interval:
            return measured(*came.interval, self.aim.value)
        rows = max(self.rows or 0, unlock.rows) if unlock and unlock.rows else self.rows
        return published(approach, Group(form_of(self.values), band_of(rows)), self.without)


def _against_part(book: RuleBook, rules: Collection[str], whole: str) -> set[str]:
    """The rules against a part that hold for what is built on it too."""
    return {rule for rule in rules if whole not in book.by_id[rule].favours}


def terms_of(values: Mapping[str, Value], stated: Stated, aim: Aim | None, in_hand: float) -> Terms:
    """What the options are weighed by, with what is usual where nothing is said."""
    rate_of_day = stated.effort.day_rate if stated.effort else None
    months, requests = values.get("months_of_service"), values.get("requests_per_month")
    return Terms(
        day_rate=rate_of_day or usual().day_rate,
        months=int(months) if isinstance(months, Decimal) and months >= 1 else usual().months,
        requests=requests if isinstance(requests, Decimal) else usual().requests_per_month,
        aim=aim,
        wrong_answer=_in_dollars(stated),
        in_hand=in_hand,
    )


def _in_dollars(stated: Stated) -> Decimal | None:
    """What a wrong answer costs; None where it is not said, or said in a currency whose rate nobody knows."""
    if stated.value is None or stated.value.wrong_answer is None:
        return None
    if stated.value.currency == "USD":
        return stated.value.wrong_answer
    same = stated.rate if stated.currency == stated.value.currency else None
    return stated.value.wrong_answer / same if same else None
