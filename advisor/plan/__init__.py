"""The plan: what a team answered, measured and decided, as of one day.

A plan is a value. Changing it gives a new one; keeping it is `advisor.store`'s work. As a file it is YAML
that people can read and keep in git; nothing is lost on the way out and back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field, fields, replace
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BeforeValidator, ConfigDict, SerializeAsAny, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from advisor.answers import findings_of, read_answer
from advisor.language import Language, Text
from advisor.plan.migrate import SCHEMA_VERSION, migrated
from advisor.quantities import Value, as_json
from advisor.shapes import Aim, Answer, aim_of
from advisor.stated import Effort, Stated, Target, Trial, Worth
from pricing import Problem
from pricing.sources import MOST_DEPTH, parse_yaml
from pricing.typed import amount, plain

MOST_CHARACTERS = 20_000_000
# Beyond the basic plane of Unicode, and halves of what is there.
BEYOND_C = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
EXAMPLES = Path(__file__).parent.parent / "data" / "examples" / "plans"
TEMPLATES = Path(__file__).parent.parent / "data" / "templates"
A = TypeVar("A", bound=Answer)


def _answers(found: Any) -> Any:
    """Answers as people wrote them: whatever stands there is kept as text."""
    if not isinstance(found, Mapping):
        return found
    return {str(key): str(value) if isinstance(value, int | float) else value for key, value in found.items()}


def _evidence(found: Any) -> Any:
    """Each answer as its kind; what is no answer at all is refused by its own type."""
    if not isinstance(found, Mapping):
        return found
    shapes = {str(kind): shape for kind, shape in found.items()}
    return {
        kind: read_answer(kind, shape) if isinstance(shape, Mapping | Answer) else shape
        for kind, shape in shapes.items()
    }


def _title(found: Any) -> Any:
    return {"ja": found, "en": found} if isinstance(found, str) else found


Part = Annotated[Mapping[str, Any], BeforeValidator(lambda found: {} if found is None else found)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Plan:
    """Everything a plan holds.

    `answers`: question id -> choice id or value. `notes`: question id -> who said what, when, owner, due.
    `evidence`: kind -> the answer of that kind. `overrides`: prices and facts the team knows better. `inputs`: what
    was typed on the pages, by field name. `target`, `value`, `effort`, `trials`: what the team states about the
    decision itself.
    """

    title: Annotated[Text, BeforeValidator(_title)]
    on: date
    language: Language = "ja"
    customer: Part = field(default_factory=dict)
    answers: Annotated[Mapping[str, str], BeforeValidator(_answers), Part] = field(default_factory=dict)
    notes: Annotated[Mapping[str, Mapping[str, Any]], Part] = field(default_factory=dict)
    target: Target | None = None
    value: Worth | None = None
    effort: Effort | None = None
    trials: tuple[Trial, ...] = ()
    evidence: Annotated[Mapping[str, SerializeAsAny[Answer]], BeforeValidator(_evidence)] = field(
        default_factory=dict
    )
    overrides: Part = field(default_factory=dict)
    inputs: Part = field(default_factory=dict)
    schema_version: Literal[2] = SCHEMA_VERSION

    @cached_property
    def findings(self) -> Mapping[str, Value]:
        """What the plan's answers say to the rules, against its target."""
        return findings_of(self.evidence, self.aim)

    @property
    def aim(self) -> Aim | None:
        """The target: as stated for itself, else as the checklist has it."""
        if self.target is None:
            return aim_of(self.answers)
        return None if self.target.value is None else Aim(float(self.target.value), self.target.metric)

    @property
    def stated(self) -> Stated:
        """What the decision is weighed by, and the reader's currency with the rate that was typed for it."""
        currency, rate = self.own_currency
        none_yet = self.target is not None and self.target.basis == "none"
        return Stated(
            self.aim,
            self.value,
            self.effort,
            self.trials,
            has_none_yet=none_yet,
            currency=currency,
            rate=rate,
        )

    @property
    def own_currency(self) -> tuple[str, Decimal | None]:
        """The currency that amounts are told in, and its rate to the dollar; dollars where none can be read."""
        place = f"inputs.cost.{self.get('inputs.cost.preset') or 'today'}"
        typed = (self.get(f"{place}.currency") or "JPY", self.get(f"{place}.rate"))
        cost = self.evidence.get("cost")
        for code, said in (typed, (getattr(cost, "currency", None), getattr(cost, "rate", None))):
            try:
                rate = amount(str(said), "rate") if said else None
            except Problem:
                rate = None
            if rate and re.fullmatch("[A-Z]{3}", str(code).strip().upper()):
                return str(code).strip().upper(), rate
        return "USD", None

    def answer(self, kind: type[A]) -> A | None:
        """The plan's answer of a kind, if it holds one that can be read."""
        found = self.evidence.get(kind.NAME)
        return found if isinstance(found, kind) else None

    def get(self, path: str, default: Any = None) -> Any:
        """What stands under `part.name`, such as `answers.purpose` or `inputs.cost.months`."""
        part, name = path.split(".", 1)
        return getattr(self, part).get(name, default)

    def put(self, path: str, value: Any) -> Plan:
        """This plan with `value` under `part.name`; None takes the entry out.

        >>> new_plan(date(2026, 11, 22)).put("answers.purpose", "format_and_tone").answers["purpose"]
        'format_and_tone'
        """
        part, name = path.split(".", 1)
        if path == "answers.target_score" and self.target is not None:
            return replace(self, target=None).put(path, value)
        kept = {key: old for key, old in getattr(self, part).items() if key != name}
        changed = kept if value is None else kept | {name: value}
        plan: Plan = replace(self, **{part: changed})  # type: ignore[arg-type]
        return plan._with_trials_of(plan.evidence[name]) if part == "evidence" and value is not None else plan

    def having(self, entries: Mapping[str, Any]) -> Plan:
        """This plan with every one of the `entries` put."""
        plan = self
        for path, value in entries.items():
            plan = plan.put(path, value)
        return self if plan == self else plan

    def stating(self, **parts: Any) -> Plan:
        """This plan with another `value`, `effort` or `trials`."""
        return replace(self, **parts)

    def aiming(self, target: Target | None) -> Plan:
        """This plan with another target, which answers the checklist's question too."""
        value = None if target is None or target.value is None else plain(target.value)
        return replace(self.put("answers.target_score", value), target=target)

    def trial(self, shape: Mapping[str, Any], on: date) -> Trial:
        """A trial as it was reported or measured on a day, under the rows and the target of that day."""
        rows = self.findings.get("rows") or self.answers.get("rows_available", "")
        known = str(rows).replace(",", "")
        now = {
            "rows": int(known) if known.isdecimal() else None,
            "target": None if self.aim is None else Decimal(str(self.aim.value)),
        }
        return Trial.model_validate({"source": "reported", "on": on, **now, **shape})

    def _with_trials_of(self, answer: Answer) -> Plan:
        """This plan with what an answer measured among its trials, in place of what was measured there before."""
        found = tuple(self.trial(shape, self.on) for shape in answer.trials())
        again = {trial.approach for trial in found}
        kept = (one for one in self.trials if one.source != "measured" or one.approach not in again)
        return self.stating(trials=(*kept, *found)) if found else self

    def retitled(self, title: Text) -> Plan:
        """This plan under another title."""
        return replace(self, title=title)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON values."""
        shape = as_json(_SHAPE.dump_python(self, by_alias=True))
        unsaid = {name for name in STATED if not shape[name]}
        return {"schema_version": shape.pop("schema_version")} | {
            name: value for name, value in shape.items() if name not in unsaid
        }

    def to_yaml(self) -> str:
        """The plan as YAML, in the order a reader wants."""
        return _written(self.to_json())


_SHAPE = TypeAdapter(Plan)
STATED = ("target", "value", "effort", "trials")


def new_plan(on: date, language: Language = "ja") -> Plan:
    """An empty plan of the day `on`."""
    return Plan(title=Text(ja="新しい計画", en="New plan"), on=on, language=language)


def from_yaml(text: str) -> Plan:
    """A plan from its YAML (or JSON) text; a Problem names the place that is wrong."""
    if len(text) > MOST_CHARACTERS:
        raise Problem("plan_too_large", found=len(text), most=MOST_CHARACTERS)
    if text.lstrip().startswith("{"):
        return from_json(_json(text))
    shape = parse_yaml(text, typed=True)
    if isinstance(shape, dict):
        as_written = parse_yaml(text)
        shape |= {part: as_written[part] for part in ("answers", "customer", "title") if part in shape}
    return from_json(shape)


def from_json(shape: Any) -> Plan:
    """A plan from plain values of this or an earlier version; a Problem names the place that is wrong."""
    if not isinstance(shape, Mapping):
        raise Problem("plan_not_a_mapping", found=type(shape).__name__)
    try:
        return _SHAPE.validate_python(migrated(shape))
    except ValidationError as error:
        raise _wrong(error.errors()[0]) from error


def _wrong(error: ErrorDetails) -> Problem:
    """The first thing that is wrong with a plan, said as people know it."""
    place = ".".join(str(part) for part in error["loc"] if not str(part).startswith("function-"))
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden") and "." not in place:
        return Problem("plan_unknown_key", key=place, known=[one.name for one in fields(Plan)])
    if place == "on":
        return Problem("plan_no_day", found=error["input"] if error["type"] != "missing" else None)
    found = error["input"]
    return Problem(
        "plan_wrong_type", key=place, found=found if isinstance(found, str) else type(found).__name__
    )


@cache
def example(name: str) -> Plan:
    """One of the worked examples that ship with the product, by its file name without ending."""
    return from_yaml((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))


def example_names() -> list[str]:
    """The worked examples that ship with the product."""
    return sorted(path.stem for path in EXAMPLES.glob("*.yaml"))


def template_names() -> list[str]:
    """The templates a new plan can start from."""
    return sorted(path.stem for path in TEMPLATES.glob("*.yaml"))


@cache
def template(name: str) -> Plan:
    """One of the templates, by its file name without ending."""
    return from_yaml((TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8"))


def starts() -> dict[tuple[str, str], Plan]:
    """Every plan that a new one can start from, under `example` or `template` and its name."""
    examples = {("example", name): example(name) for name in example_names()}
    return examples | {("template", name): template(name) for name in template_names()}


def start(kind: str, name: str, on: date) -> Plan:
    """A fresh plan from one of `starts`; a template is dated `on`."""
    return example(name) if kind == "example" else replace(template(name), on=on)


def _json(text: str) -> Any:
    def no_constant(name: str) -> None:
        raise Problem("plan_not_finite", found=name)

    try:
        return json.loads(text, parse_constant=no_constant, object_pairs_hook=_no_twice)
    except json.JSONDecodeError as error:
        raise Problem("yaml_unreadable", line=error.lineno) from error
    except RecursionError as error:
        raise Problem("yaml_too_deep", most=MOST_DEPTH) from error


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Problem("yaml_duplicate_key", key=key, line=1)
        found[key] = value
    return found


def _written(shape: Any) -> str:
    """As YAML, by the C emitter (four times as fast) where it writes what the slow one does.

    It writes 𠮷 and 😀 as escapes and fails on lone surrogates; a plan with any of these goes the slow way.
    """
    beyond = BEYOND_C.search(json.dumps(shape, ensure_ascii=False, default=str))
    dumper = yaml.SafeDumper if beyond else yaml.CSafeDumper
    return yaml.dump(shape, Dumper=dumper, allow_unicode=True, sort_keys=False, width=110)
