"""The one file that speaks to the Hugging Face Hub; it answers in `ModelFacts`.

One deadline covers all requests of a look-up, its parents included: what came in time is kept, the rest is said to be
missing. A day's cache and the shipped snapshot stand behind it, so a known model has an answer without any network.
Headers are our own: huggingface_hub would add a token it finds on the machine and ask a second server about itself.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack
from urllib.parse import quote

from pydantic import ValidationError

from advisor.deadlines import Begun
from advisor.models import LookUp, ModelFacts, ModelReport, Part, TextLengths, Trouble, assess
from advisor.models.kept import Kept
from advisor.models.model_card import card_fields, check_id, file_names, limit, stated_parameters
from advisor.models.snapshot import Wanted, search_shipped, shipped, snapshot
from pricing import Problem
from pricing.sources import Source

__all__ = ["Wanted", "check_id", "look_up", "report", "reports", "search", "shipped", "snapshot"]

PUBLIC_HUB = "https://huggingface.co"
DEADLINE = 6.0
# A look-up that ends at its own deadline still has to say so.
GRACE = 0.5
REQUEST_TIMEOUT = 5.0
MOST_ASKED = 100
LARGEST_ANSWER = 8 * 2**20
FILES = ("config.json", "tokenizer_config.json")
SENTENCE_FILE = "sentence_bert_config.json"
EXPAND = (
    "cardData", "config", "safetensors", "gguf", "gated", "tags", "pipeline_tag", "library_name", "baseModels",
    "lastModified", "sha", "siblings", "disabled",
)  # fmt: skip
Params = list[tuple[str, str | int | float | bool | None]]


class Access(TypedDict, total=False):
    """How the Hub is reached, what is kept, and how long all of it may take; what is left out is as usual."""

    cache: Path | None
    endpoint: str | None
    token: str | None
    offline: bool
    deadline: float


def look_up(model_id: str, *, on: date, **access: Unpack[Access]) -> ModelFacts:
    """What the Hub says about one repository (`datasets/…` for a data set), else what the cache or snapshot says.

    A Problem says why nothing is known; `trouble` in the facts says why an older answer had to do.
    """
    return _Enquiry(on, **access).facts(model_id)


def report(
    model_id: str, *, on: date, lengths: TextLengths | None = None, **access: Unpack[Access]
) -> ModelReport:
    """`look_up` and `assess` in one go, under one deadline for the model, its parents and its data sets."""
    enquiry = _Enquiry(on, **access)
    facts = enquiry.facts(model_id)
    return assess(facts, enquiry.relatives(facts), lengths=lengths)


def reports(
    model_ids: Iterable[str], *, on: date, **access: Unpack[Access]
) -> dict[str, ModelReport | Trouble]:
    """`report` for several models side by side, all under one deadline; a Trouble where nothing is known."""
    every = _Enquiry(on, **access)
    asked = partial(report, on=on, **access)
    begun = {id: Begun(partial(asked, id), every.until + GRACE, every.late) for id in model_ids}
    return {model_id: _answer(wait) for model_id, wait in begun.items()}


def search(
    wanted: Wanted, *, on: date, limit: int = 20, **access: Unpack[Access]
) -> tuple[list[ModelFacts], Trouble | None]:
    """Models that match: the Hub's most downloaded, else the shipped ones together with why it could not be asked."""
    known = search_shipped(wanted)
    try:
        found = _Enquiry(on, **access).search(wanted, limit)
    except Problem as problem:
        return known[:limit], _trouble(problem)
    matching = [facts for facts in found if wanted.matches(facts)]
    seen = {facts.id for facts in matching}
    return (matching + [facts for facts in known if facts.id not in seen])[:limit], None


@dataclass
class _Enquiry:
    """One look-up with its patience: everything it asks for shares the deadline."""

    on: date
    cache: Path | None = None
    endpoint: str | None = None
    token: str | None = field(default=None, repr=False)
    offline: bool = False
    deadline: float = DEADLINE
    asked: dict[str, Callable[[], Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.hub = self.endpoint or PUBLIC_HUB
        self.until = time.monotonic() + self.deadline
        self.late = Problem("hub_timeout", endpoint=self.hub, seconds=self.deadline)
        self.kept = Kept(self.cache, self.hub)

    def facts(self, repository: str, *, files: bool = True) -> ModelFacts:
        """Facts of one repository; without `files`, only what its card says, as a parent needs."""
        asked = check_id(repository)
        kept = self.kept.read(asked)
        if kept and kept.source.checked == self.on and (not files or self._is_whole(kept)):
            return kept
        try:
            return self.kept.write(self._fetch(asked, files, kept))
        except Problem as problem:
            older = kept or shipped(asked.removeprefix("datasets/"))
            if older is None:
                raise
            return older.model_copy(update={"trouble": _trouble(problem)})

    def _is_whole(self, kept: ModelFacts) -> bool:
        """Whether asking again today would bring nothing new: files are there, or gated and we still have no token."""
        gated = kept.trouble is not None and kept.trouble.id == "hub_gated" and self.token is None
        return "config" not in kept.missing or gated

    def relatives(self, facts: ModelFacts) -> LookUp:
        """Looks parents and data sets up, all at once, and answers None for what did not come in time."""
        first = [*(parent.id for parent in facts.parents), *(f"datasets/{name}" for name in facts.datasets)]
        for repository in first:
            self._start(repository, partial(self.facts, repository, files=False))

        def relative(repository: str) -> ModelFacts | None:
            try:
                self._start(repository, partial(self.facts, repository, files=False))
                found: ModelFacts = self.asked[repository]()
            except Problem:
                return None
            return found

        return relative

    def search(self, wanted: Wanted, limit: int) -> list[ModelFacts]:
        """The Hub's own search, most downloaded first."""
        # Classes of licences are ours, not the Hub's, so finds of other classes are left out after the answer came.
        asked_for = MOST_ASKED if wanted.licence_class else limit
        bounds = {"min": wanted.smallest, "max": wanted.largest}
        named = {
            "search": wanted.words,
            "filter": wanted.language,
            "pipeline_tag": wanted.task,
            "num_parameters": ",".join(f"{end}:{size}" for end, size in bounds.items() if size),
        }
        params: Params = [("sort", "downloads"), ("limit", str(asked_for))]
        params += [(name, value) for name, value in named.items() if value]
        params += [("expand", name) for name in ("cardData", "safetensors", "gated", "tags", "pipeline_tag")]
        self._start("search", partial(self._get, "/api/models", params))
        answers = self.asked["search"]()
        if not isinstance(answers, list):
            raise Problem("hub_not_json", endpoint=self.hub)
        return [
            self._read(item["id"], item, {}) for item in answers if isinstance(item, dict) and "id" in item
        ]

    def _fetch(self, repository: str, files: bool, kept: ModelFacts | None) -> ModelFacts:
        """Card and files side by side; the files are optional, the card is not. An unchanged repository needs no files."""
        if self.offline:
            raise Problem("hub_offline")
        kind, name = _kind(repository)
        names = FILES if files and kind == "models" else ()
        expand: Params = [("expand", one) for one in _expand(kind)]
        key = f"{repository} card"
        self._start(key, partial(self._get, f"/api/{kind}/{name}", expand))
        known = kept if kept and kept.sha and self._is_whole(kept) else None
        if known is None:
            self._start_files(repository, names)
        info = self.asked[key]()
        if not isinstance(info, dict):
            raise Problem("hub_not_json", endpoint=self.hub)
        if known and known.sha == info.get("sha"):
            return known.model_copy(
                update={"source": self._source(repository), "origin": "hub", "trouble": None}
            )
        if files and SENTENCE_FILE in file_names(info):
            names = (*names, SENTENCE_FILE)
        self._start_files(repository, names)
        try:
            return self._read(repository, info, {file: self.asked[f"{repository} {file}"] for file in names})
        except ValidationError:
            raise Problem("hub_not_json", endpoint=self.hub) from None

    def _start_files(self, repository: str, names: Iterable[str]) -> None:
        for file in names:
            self._start(f"{repository} {file}", partial(self._file, repository, file))

    def _read(
        self, repository: str, info: Mapping[str, Any], files: Mapping[str, Callable[[], Any]]
    ) -> ModelFacts:
        """Facts out of a card and of those files that came; what did not come is named."""
        read: dict[str, Mapping[str, Any] | None] = {}
        troubles: list[Problem] = []
        for file, wait in files.items():
            try:
                answer = wait()
            except Problem as problem:
                troubles.append(problem)
                continue
            read[file] = answer if isinstance(answer, dict) else None
        kind, name = _kind(repository)
        older = shipped(name) if troubles else None
        config = read.get("config.json") or (older.config if older else None)
        stated = stated_parameters(info)
        tokenizer_limit = limit(read.get("tokenizer_config.json"), "model_max_length")
        borrowed = _borrowed(older, config, stated, tokenizer_limit) if older else ()
        gated = info.get("gated")
        return ModelFacts(
            id=name,
            kind="dataset" if kind == "datasets" else "model",
            **card_fields(info),
            parameters=stated or (older.parameters if older else None),
            config=config,
            tokenizer_limit=tokenizer_limit or (older.tokenizer_limit if older else None),
            sentence_limit=_whole(limit(read.get(SENTENCE_FILE), "max_seq_length")),
            gguf_limit=_whole(limit(info.get("gguf"), "context_length")),
            gated=gated if gated in {"auto", "manual"} else ("no" if gated is False else None),
            task=info.get("pipeline_tag"),
            sha=info.get("sha"),
            source=self._source(repository),
            figures_source=older.figures_read_in if older and borrowed else None,
            from_memory=tuple(part for part in borrowed if older and part in older.from_memory),
            origin="hub",
            missing=("config",) if config is None and "config.json" not in read else (),
            trouble=_trouble(troubles[0]) if troubles else None,
        )

    def _source(self, repository: str) -> Source:
        return Source(url=f"{self.hub}/{repository}", checked=self.on, kind="official")

    def _file(self, name: str, file: str) -> Any:
        """A small file of the main branch; None where the repository has none."""
        return self._get(f"/{name}/resolve/main/{file}", [], absent_is_none=True)

    def _start(self, key: str, work: Callable[[], Any]) -> None:
        """Begin `work` in the background; `asked[key]` waits for it until the deadline. Begun work is not repeated."""
        if key not in self.asked:
            self.asked[key] = Begun(work, self.until, self.late)

    def _get(self, path: str, params: Params, *, absent_is_none: bool = False) -> Any:
        import httpx2
        from huggingface_hub.errors import EntryNotFoundError
        from huggingface_hub.utils import get_session, hf_raise_for_status  # type: ignore[attr-defined]

        headers = {"user-agent": "fine-tuning-advisor"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        url = self.hub + quote(path)
        patience = max(0.05, min(REQUEST_TIMEOUT, self.until - time.monotonic()))
        try:
            with get_session().stream(
                "GET", url, params=params, headers=headers, timeout=patience
            ) as response:
                if response.is_error:
                    response.read()
                hf_raise_for_status(response)
                return json.loads(_body(response))
        except Problem:
            raise
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RecursionError) as error:
            if absent_is_none and isinstance(error, EntryNotFoundError):
                return None
            # None of it is shown: a message of the transport may quote an address or a header.
            raise _problem(error, path, self.hub, patience) from None


def _borrowed(
    older: ModelFacts, config: Mapping[str, Any] | None, stated: int | None, tokenizer_limit: float | None
) -> tuple[Part, ...]:
    """The parts that an answer of the Hub had to take from the snapshot."""
    parts: list[Part] = ["shape", "context"] if config is not None and config is older.config else []
    parts += ["parameters"] if stated is None and older.parameters else []
    parts += ["tokenizer_limit"] if tokenizer_limit is None and older.tokenizer_limit else []
    return tuple(parts)


def _kind(repository: str) -> tuple[str, str]:
    """The Hub's word for what a repository is, and its id without the prefix that says so."""
    if repository.startswith("datasets/"):
        return "datasets", repository.removeprefix("datasets/")
    return "models", repository


def _expand(kind: str) -> tuple[str, ...]:
    return EXPAND if kind == "models" else ("cardData", "gated", "tags", "lastModified", "sha", "disabled")


def _body(response: Any) -> bytes:
    """The whole answer, as long as it is small; metadata of a model is."""
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Problem("hub_answer_too_large", most=LARGEST_ANSWER)
    return bytes(body)


def _problem(error: Exception, path: str, endpoint: str, patience: float) -> Problem:
    """Why the Hub did not answer, told apart by what the user can do about it."""
    import httpx2
    from huggingface_hub import errors
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    asked = re.sub(r"^/(api/(models|datasets)/)?|/resolve/main/.*$", "", path)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return Problem("hub_offline")
    if isinstance(error, errors.GatedRepoError):
        return Problem("hub_gated", asked=asked, url=f"{endpoint}/{asked}")
    if isinstance(error, errors.DisabledRepoError):
        return Problem("hub_disabled", asked=asked)
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return Problem("hub_not_found", asked=asked)
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if status == 429:
            left = parse_ratelimit_headers(error.response.headers)
            wait = left.reset_in_seconds if left else error.response.headers.get("retry-after", "300")
            return Problem("hub_busy", seconds=int(wait) if str(wait).isdigit() else 300)
        known = {401: "hub_unauthorized", 403: "hub_forbidden", 404: "hub_not_found"}
        return Problem(known.get(status, "hub_down"), asked=asked, status=status)
    if isinstance(error, httpx2.TimeoutException):
        return Problem("hub_timeout", endpoint=endpoint, seconds=round(patience, 1))
    if isinstance(error, httpx2.HTTPError | OSError):
        return Problem("hub_unreachable", endpoint=endpoint)
    return Problem("hub_not_json", endpoint=endpoint)


def _answer(wait: Begun[ModelReport]) -> ModelReport | Trouble:
    try:
        return wait()
    except Problem as problem:
        return _trouble(problem)


def _trouble(problem: Problem) -> Trouble:
    return Trouble(id=problem.id, fields=problem.fields)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
