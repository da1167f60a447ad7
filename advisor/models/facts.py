"""What is published about one repository, before anything is concluded from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from advisor.models.shapes import count_parameters
from pricing import Problem
from pricing.sources import Record, Source

Origin = Literal["hub", "cache", "snapshot", "manual"]
Part = Literal["parents", "languages", "parameters", "shape", "context", "tokenizer_limit", "gated"]
Relation = Literal["finetune", "adapter", "quantized", "merge", "parent", "dataset"]


def _typed(value: Any) -> Any:
    """Numbers and truth values out of the plain strings that YAML was read as."""
    if isinstance(value, Mapping):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if not isinstance(value, str):
        return value
    if value in {"true", "false"}:
        return value == "true"
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


class Parent(Record):
    """A model that this one was made from, and how."""

    id: str
    relation: Relation = "parent"


class Trouble(Record):
    """Why something could not be asked; `id` and `fields` are those of the Problem that says so."""

    id: str
    fields: Mapping[str, Any] = {}

    def problem(self) -> Problem:
        """The same as a Problem, to be put into words."""
        return Problem(self.id, **self.fields)


class ModelFacts(Record):
    """What the Hub, the snapshot or the user says about one repository. None and empty mean: not stated.

    `source` is where the record was read; `licence_source` and `figures_source` are where the licence and the figures
    were read when that is elsewhere (a gated model has its card on the Hub and its settings from the snapshot).
    `from_memory` names what none of them vouches for.
    """

    id: str
    kind: Literal["model", "dataset"] = "model"
    licences: tuple[str, ...] = ()
    licence_name: str | None = None
    licence_link: str | None = None
    parents: tuple[Parent, ...] = ()
    datasets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    parameters: int | None = None
    config: Annotated[Mapping[str, Any] | None, BeforeValidator(_typed)] = None
    tokenizer_limit: float | None = None
    sentence_limit: int | None = None
    gguf_limit: int | None = None
    gated: Literal["no", "auto", "manual"] | None = None
    task: str | None = None
    sha: str | None = None
    source: Source
    licence_source: Source | None = None
    figures_source: Source | None = None
    from_memory: tuple[Part, ...] = ()
    origin: Origin = "snapshot"
    missing: tuple[str, ...] = ()
    trouble: Trouble | None = None

    def parameter_count(self) -> int | None:
        """Parameters as published, else counted from the architecture in config.json."""
        return self.parameters or (count_parameters(self.config) if self.config else None)

    @property
    def licence_read_in(self) -> Source:
        """Where its licence was read."""
        return self.licence_source or self.source

    @property
    def figures_read_in(self) -> Source:
        """Where its sizes and lengths were read."""
        return self.figures_source or self.source


LookUp = Callable[[str], ModelFacts | None]
"""Facts of another repository by id (`datasets/…` for a data set); None when it cannot be had."""


def manual(
    model_id: str,
    *,
    on: date,
    licence: str | None = None,
    parents: Iterable[str] = (),
    config: Mapping[str, Any] | None = None,
    context_tokens: int | None = None,
    parameters: int | None = None,
    languages: Iterable[str] = (),
) -> ModelFacts:
    """Facts typed in by the user, for a model that is not on the Hub or cannot be asked for."""
    stated = {"max_position_embeddings": context_tokens} if context_tokens else None
    return ModelFacts(
        id=model_id,
        licences=(licence,) if licence else (),
        parents=tuple(Parent(id=parent) for parent in parents),
        languages=tuple(languages),
        parameters=parameters,
        config=config or stated,
        source=Source(url="", checked=on, kind="judgement"),
        origin="manual",
    )
