"""A Hugging Face Hub of our own on the loopback interface, for tests: it answers, gates, stalls and breaks on demand.

Repositories are plain dictionaries. What an id begins with decides how its request goes wrong (`slow/…`, `down/…`,
`busy/…`), so a test reads like the trouble it is about. Every request is kept in `requests`, headers included.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SHA = "a" * 40
PAGE = 20
STALL_SECONDS = 8.0
PORTAL = b"<!doctype html><title>Sign in to the network</title>"

Answer = tuple[int, bytes, dict[str, str]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]


@dataclass
class StandIn:
    """What the Hub holds: cards by id, and small files by id and name."""

    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    url: str = ""

    def add(self, repository: str, files: Mapping[str, Any] | None = None, **card: Any) -> None:
        """A model repository: `card` is its card data, keys starting with `_` belong to the API answer itself."""
        top = {key[1:]: card.pop(key) for key in [key for key in card if key.startswith("_")]}
        names = [{"rfilename": name} for name in files or {}]
        self.models[repository] = {
            "id": repository, "sha": SHA, "gated": False, "cardData": card, "tags": [], "siblings": names, **top,
        }  # fmt: skip
        self.files[repository] = dict(files or {})

    def asked_for(self, text: str) -> list[Asked]:
        """Requests whose path contains `text`."""
        return [one for one in self.requests if text in one.path]


@contextmanager
def serving(hub: StandIn) -> Iterator[StandIn]:
    """The stand-in at its own address until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _handler(hub: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            hub.requests.append(Asked(self.command, self.path, headers))
            self._send(*_answer(hub, self.path, headers))

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def _answer(hub: StandIn, address: str, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(address)
    path, query = unquote(parts.path), parse_qs(parts.query)
    if path in {"/api/models", "/api/datasets"}:
        return _search(hub, path, query)
    if "/resolve/" in path:
        return _file(hub, path, headers)
    for kind, cards in (("models", hub.models), ("datasets", hub.datasets)):
        if path.startswith(f"/api/{kind}/"):
            return _card(hub, path.removeprefix(f"/api/{kind}/").split("/revision/")[0], cards, query)
    return _json(404, {"error": "Sorry, we can't find the page you are looking for."})


def _card(
    hub: StandIn, repository: str, cards: Mapping[str, dict[str, Any]], query: Mapping[str, list[str]]
) -> Answer:
    trouble = _trouble(repository)
    if trouble:
        return trouble
    if repository in hub.moved:
        return 307, b"", {"Location": hub.moved[repository]}
    card = cards.get(repository)
    if card is None:
        return _refused(401, "RepoNotFound", "Repository not found")
    if "expand" in query:
        wanted = {*query["expand"], "id"}
        card = {key: value for key, value in card.items() if key in wanted}
    return _json(200, card)


def _trouble(repository: str) -> Answer | None:
    """What goes wrong for ids of a certain beginning."""
    kind = repository.split("/")[0]
    if kind == "slow":
        time.sleep(STALL_SECONDS)
    if kind == "busy":
        limits = {"RateLimit": '"api";r=0;t=55', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
        return _json(429, {"error": "rate limited"}, limits)
    if kind == "down":
        return _json(503, {"error": "down"})
    if kind == "portal":
        return 200, PORTAL, {"Content-Type": "text/html"}
    if kind == "forbidden":
        return _json(403, {"error": "forbidden"})
    if kind == "denied":
        return _json(401, {"error": "Invalid username or password."})
    if kind == "disabled":
        return _refused(403, "DisabledRepo", "Access to this resource is disabled.")
    if kind == "huge":
        return 200, b" " * (9 * 2**20) + b"{}", {}
    if kind == "odd":
        return 200, b"[1, 2, 3]", {}
    return None


def _file(hub: StandIn, path: str, headers: Mapping[str, str]) -> Answer:
    repository, rest = path.lstrip("/").split("/resolve/", 1)
    revision, name = rest.split("/", 1)
    if repository in hub.gated:
        return _refused(401, "GatedRepo", f"Access to model {repository} is restricted.")
    if revision not in {"main", SHA}:
        return _refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    held = hub.files.get(repository)
    if held is None:
        return _refused(401, "RepoNotFound", "Repository not found")
    if name not in held:
        return _refused(404, "EntryNotFound", "Entry not found")
    content = held[name]
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    about = {"X-Repo-Commit": SHA, "ETag": f'"{hashlib.sha256(body).hexdigest()}"', "Accept-Ranges": "bytes"}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", headers.get("range", ""))
    if wanted:
        first, last = int(wanted[1]), int(wanted[2])
        piece = body[first : last + 1]
        return 206, piece, about | {"Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(body)}"}
    return 200, body, about


def _search(hub: StandIn, path: str, query: Mapping[str, list[str]]) -> Answer:
    cards = hub.models if path == "/api/models" else hub.datasets
    found = [card for card in cards.values() if _matches(card, query)]
    start, size = int(query.get("cursor", ["0"])[0]), int(query.get("limit", [str(PAGE)])[0])
    more = start + size < len(found)
    following = f'<{hub.url}{path}?cursor={start + size}&limit={size}>; rel="next"'
    return _json(200, found[start : start + size], {"Link": following} if more else {})


def _matches(card: Mapping[str, Any], query: Mapping[str, list[str]]) -> bool:
    tags = {*card.get("tags", []), *_listed(card["cardData"].get("language"))}
    tags |= {f"license:{name}" for name in _listed(card["cardData"].get("license"))}
    task = query.get("pipeline_tag", [None])[0]
    words = query.get("search", [""])[0].lower().split()
    return (
        all(word in card["id"].lower() for word in words)
        and all(wanted in tags for wanted in query.get("filter", []))
        and (task is None or card.get("pipeline_tag") == task)
        and _within(card.get("safetensors", {}).get("total"), query.get("num_parameters", [""])[0])
    )


def _within(size: int | None, bounds: str) -> bool:
    limits = dict(bound.split(":") for bound in bounds.split(",") if bound)
    if not limits:
        return True
    return size is not None and float(limits.get("min", 0)) <= size <= float(limits.get("max", "inf"))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _refused(status: int, code: str, message: str) -> Answer:
    return _json(status, {"error": message}, {"X-Error-Code": code, "X-Error-Message": message})


def _json(status: int, value: Any, headers: dict[str, str] | None = None) -> Answer:
    return status, json.dumps(value).encode(), headers or {}
