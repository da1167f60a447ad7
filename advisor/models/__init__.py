"""One model (or data set) from the Hub, read with a planner's questions: may we use it, does our text fit.

`ModelFacts` is what was published; `assess` is what follows from it. A licence binds through the whole chain of
parents, so the chain travels with the verdict and every condition says which licence of which parent asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from advisor.models.context import ContextLength, context_length
from advisor.models.facts import LookUp, ModelFacts, Origin, Parent, Part, Relation, Trouble, manual
from advisor.models.licences import (
    UNKNOWN,
    Licence,
    Permissions,
    licence_book,
    strictest,
    strictest_permissions,
)
from pricing.sources import Kind, Source

__all__ = [
    "Ancestor", "Condition", "Fit", "LookUp", "ModelFacts", "ModelReport", "Origin", "Parent", "Part", "Relation",
    "TextLengths", "Trouble", "assess", "fit_texts", "manual",
]  # fmt: skip

DEEPEST_CHAIN = 6
DOUBTS = {"parent_unchecked", "no_licence", "unlisted", "declared_from_memory"}
WEAKNESS: Mapping[Kind, int] = {"official": 0, "measured": 1, "copy": 2, "paper": 3, "judgement": 4}


@dataclass(frozen=True)
class Ancestor:
    """One repository in a model's chain: how it was used, what it declares and where, what its licences allow."""

    id: str
    relation: Relation | None
    licence: str | None
    licences: tuple[Licence, ...]
    permissions: Permissions
    found: bool
    link: str | None = None
    read_in: Source | None = None
    stated_by_user: bool = False

    @property
    def is_from_memory(self) -> bool:
        """Whether nobody re-read what this repository declares; what the user states is the user's to vouch for."""
        return self.read_in is not None and self.read_in.kind == "judgement" and not self.stated_by_user


@dataclass(frozen=True)
class Condition:
    """One duty or limit, the licence that asks for it, and the repository that brought it in."""

    id: str
    of: str
    licence: str | None
    source: Source | None


@dataclass(frozen=True)
class TextLengths:
    """The plan's own texts in tokens: the 99th percentile, the longest, and the answer written after them."""

    p99: int
    longest: int
    output: int = 0


Fit = Literal["fits", "longest_cut", "no", "unknown"]


@dataclass(frozen=True)
class ModelReport:
    """What a plan needs to know about one model, each answer with its basis."""

    facts: ModelFacts
    permissions: Permissions
    own: Ancestor
    lineage: tuple[Ancestor, ...]
    conditions: tuple[Condition, ...]
    context: ContextLength
    parameters: int | None
    lengths: TextLengths | None

    @property
    def fit(self) -> Fit:
        """Whether the plan's texts and answers fit the context: all, all but the longest, or not."""
        return fit_texts(self.context, self.lengths)

    def with_lengths(self, lengths: TextLengths | None) -> ModelReport:
        """The same model held against other texts."""
        return replace(self, lengths=lengths)

    @property
    def kind_of_verdict(self) -> Kind | None:
        """The weakest kind of source that the permissions rest on, over the whole chain; None when nothing was read."""
        chain = (self.own, *(one for one in self.lineage if one.relation != "dataset"))
        declared = [one.read_in.kind for one in chain if one.read_in and not one.stated_by_user]
        texts = [licence.source.kind for one in chain for licence in one.licences]
        return max((*declared, *texts), key=WEAKNESS.__getitem__, default=None)


def assess(
    facts: ModelFacts, look_up: LookUp | None = None, *, lengths: TextLengths | None = None
) -> ModelReport:
    """Licence through the whole chain, context length and fit of one model.

    `look_up` gives the facts of its parents and data sets; a parent that cannot be had makes the verdict unknown,
    because its terms bind whether we could read them or not.

    >>> from datetime import date
    >>> child = manual("me/child", licence="apache-2.0", on=date(2026, 11, 22), parents=("meta/llama",))
    >>> parent = manual("meta/llama", licence="llama3", on=date(2026, 11, 22))
    >>> report = assess(child, {"meta/llama": parent}.get)
    >>> report.permissions.use, report.permissions.train_on_outputs
    ('conditional', 'no')
    """
    own = _read_licence(facts, None)
    lineage = tuple(_ancestors(facts, look_up or (lambda _: None)))
    parents = [one for one in lineage if one.relation != "dataset"]
    data = [one for one in lineage if one.relation == "dataset"]
    permissions = _limited_by_data(strictest_permissions(one.permissions for one in (own, *parents)), data)
    return ModelReport(
        facts=facts,
        permissions=permissions,
        own=own,
        lineage=lineage,
        conditions=tuple(_conditions((own, *parents), data)),
        context=context_length(
            facts.config,
            tokenizer_limit=facts.tokenizer_limit,
            sentence_limit=facts.sentence_limit,
            gguf_limit=facts.gguf_limit,
        ),
        parameters=facts.parameter_count(),
        lengths=lengths,
    )


def fit_texts(context: ContextLength, lengths: TextLengths | None) -> Fit:
    """Whether texts and their answers fit a context length.

    >>> fit_texts(ContextLength(4096, "hard"), TextLengths(p99=3000, longest=5000, output=500))
    'longest_cut'
    """
    if lengths is None or context.kind == "unknown":
        return "unknown"
    if context.tokens is None or lengths.longest + lengths.output <= context.tokens:
        return "fits"
    return "longest_cut" if lengths.p99 + lengths.output <= context.tokens else "no"


def _ancestors(facts: ModelFacts, look_up: LookUp) -> Iterable[Ancestor]:
    """Every parent up to the root, nearest first, then the data sets of the model itself."""
    seen = {facts.id}
    queue = [(parent, 1) for parent in facts.parents]
    while queue:
        parent, depth = queue.pop(0)
        if parent.id in seen:
            continue
        seen.add(parent.id)
        found = look_up(parent.id)
        yield _read_licence(found, parent.relation) if found else _not_found(parent.id, parent.relation)
        if found and depth < DEEPEST_CHAIN:
            queue += [(grandparent, depth + 1) for grandparent in found.parents]
    for dataset in facts.datasets:
        found = look_up(f"datasets/{dataset}")
        yield _read_licence(found, "dataset") if found else _not_found(dataset, "dataset")


def _not_found(repository: str, relation: Relation) -> Ancestor:
    return Ancestor(repository, relation, None, (), UNKNOWN, found=False)


def _read_licence(facts: ModelFacts, relation: Relation | None) -> Ancestor:
    """The licences a repository declares; one that we do not know counts as unknown."""
    book = licence_book()
    read = [book.find(declared, facts.licence_name) for declared in facts.licences]
    if relation == "dataset" or facts.kind == "dataset":
        read += [one for one in book.named if one.covers_data(facts.id)]
    answers = [one.permissions if one else UNKNOWN for one in read]
    return Ancestor(
        id=facts.id,
        relation=relation,
        licence=" + ".join(facts.licences) or None,
        licences=tuple(one for one in read if one),
        permissions=strictest_permissions(answers),
        found=True,
        link=facts.licence_link,
        read_in=facts.licence_read_in,
        stated_by_user=facts.origin == "manual",
    )


def _limited_by_data(permissions: Permissions, data: list[Ancestor]) -> Permissions:
    """Restrictive or unknown training data never forbids by itself, but it turns a plain yes into a conditional."""
    if all(one.permissions.use == "yes" for one in data):
        return permissions
    limited = {name: strictest([answer, "conditional"]) for name, answer in permissions.model_dump().items()}
    return Permissions.model_validate(limited)


def _conditions(chain: Iterable[Ancestor], data: list[Ancestor]) -> Iterable[Condition]:
    """Every condition once: a licence's under the nearest repository that brings it in, doubts under each of theirs."""
    seen: set[tuple[str, str | None]] = set()
    for ancestor in chain:
        for condition in _conditions_of(ancestor):
            key = (condition.id, condition.of if condition.id in DOUBTS else condition.licence)
            if key not in seen:
                seen.add(key)
                yield condition
    for ancestor in data:
        if ancestor.permissions.use != "yes":
            yield Condition("data_limits", ancestor.id, ancestor.licence, None)


def _conditions_of(ancestor: Ancestor) -> Iterable[Condition]:
    if not ancestor.found:
        yield Condition("parent_unchecked", ancestor.id, None, None)
    elif ancestor.licence is None:
        yield Condition("no_licence", ancestor.id, None, None)
    elif not ancestor.licences:
        yield Condition("unlisted", ancestor.id, ancestor.licence, None)
    for licence in ancestor.licences:
        if licence.source.kind == "judgement":
            yield Condition("text_from_memory", ancestor.id, licence.id, licence.source)
        for condition in licence.conditions:
            yield Condition(condition, ancestor.id, licence.id, licence.source)
    if ancestor.is_from_memory and ancestor.licence:
        yield Condition("declared_from_memory", ancestor.id, ancestor.licence, ancestor.read_in)
