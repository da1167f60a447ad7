"""What a team chooses for its run: the way, the model, the method, and the few numbers it may set itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from advisor.answers.memory import Memory
from advisor.answers.model import Model
from advisor.memory import Method
from advisor.models.context import is_encoder
from advisor.plan import Plan
from advisor.training.routes import Route, routes
from pricing import Problem

FIRST_ROUTE = "trl"
METHODS: tuple[Method, ...] = ("lora", "qlora", "lora+", "dora")
MOST = {"epochs": 100, "rank": 1024, "micro_batch": 1024}
_MODEL = re.compile(r"[A-Za-z0-9][\w.:/+-]{0,199}")


@dataclass(frozen=True)
class OpenModel:
    """An open model as far as it is known: its shape from config.json, and its published size."""

    id: str
    config: Mapping[str, Any] | None = None
    parameters: int | None = None


@dataclass(frozen=True)
class Choice:
    """A choice of each kind; None where the plan's data or the method guide decide."""

    route: str = FIRST_ROUTE
    offer: str | None = None
    model: str | None = None
    method: Method = "lora"
    epochs: int | None = None
    rank: int | None = None
    learning_rate: float | None = None
    micro_batch: int | None = None

    def checked(self) -> Choice:
        """The same, or a Problem naming what cannot be."""
        if self.method not in METHODS:
            raise Problem("unknown_choice", name="method", asked=self.method, found=list(METHODS))
        if self.model is not None and not _MODEL.fullmatch(self.model):
            raise Problem("kit_model_name", asked=self.model[:200])
        for name, most in MOST.items():
            value = getattr(self, name)
            if value is not None and not 1 <= value <= most:
                raise Problem("size_out_of_range", name=name, asked=value, least=1, most=most)
        if self.learning_rate is not None and not 0 < self.learning_rate <= 1:
            raise Problem(
                "size_out_of_range", name="learning_rate", asked=self.learning_rate, least=0, most=1
            )
        return self


def chosen(plan: Plan, **given: Any) -> Choice:
    """The plan's own choice, with what is given set above it; the model is else the plan's.

    >>> from advisor.plan import example
    >>> chosen(example("why_bot"), route="trl").route
    'trl'
    """
    kept = {name: plan.get(f"inputs.training.{name}") for name in Choice.__dataclass_fields__}
    route = given.get("route") or kept["route"] or FIRST_ROUTE
    first = routes()[route].first_model if route in routes() else None
    kept["model"] = plan.get(f"inputs.training.{model_entry(route)}") or (
        first.say(plan.language) if first else model_of(plan)
    )
    kept["offer"] = plan.get(f"inputs.training.offer_{route}")
    known = kept | {name: value for name, value in given.items() if value is not None}
    return replace(Choice(), **{name: value for name, value in known.items() if value not in (None, "", 0)})


def model_entry(route: str) -> str:
    """Where the plan keeps the model of a route: a way that trains encoders has one of its own."""
    return f"model_{route}" if route in routes() and routes()[route].guide else "model"


def check_kind(route: Route, model: OpenModel) -> None:
    """A Problem where a language model is to be trained as an encoder, or an encoder as a language model."""
    if model.config and route.asks_model and is_encoder(model.config) is not bool(route.guide):
        first = route.first_model.say("en") if route.first_model else ""
        raise Problem("kit_wants_encoder" if route.guide else "kit_is_encoder", model=model.id, example=first)


def model_of(plan: Plan) -> str | None:
    """The open model that the plan looked up or sized last."""
    sized, looked_up = plan.answer(Memory), plan.answer(Model)
    return (sized and sized.model) or (looked_up and looked_up.id) or None
