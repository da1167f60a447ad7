"""A scripted OpenAI-compatible LLM on loopback, for tests: the model's name says how it behaves.

Every behaviour is one function of a `Call`; `calls` counts what each of them got, `keys` what it was shown. A second
server stands beside it at `other_url`: redirects point there, and `other_calls` must stay 0.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PIECE_SECONDS = 0.03
HUGE = 3_000_000
DIES_AT = 37
CREDIT_FOR = 10
USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 40,
    "total_tokens": 1240,
    "prompt_tokens_details": {"cached_tokens": 1024},
    "completion_tokens_details": {"reasoning_tokens": 32},
}


@dataclass(frozen=True)
class Answer:
    """What goes back: `how` says whether it goes back whole."""

    status: int = 200
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"
    how: str = "whole"

    @property
    def raw(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Call:
    """One request as it arrived; `nth` counts those for the same model, from 1."""

    body: Mapping[str, Any]
    path: str
    nth: int
    llm: LLM

    @property
    def text(self) -> str:
        """What the last turn says."""
        return str(self.body["messages"][-1]["content"])


@dataclass
class LLM:
    """The stand-in as a test sees it; `label_of` decides what well-behaved models answer to a text."""

    label_of: Callable[[str], str] = lambda text: "ham"
    calls: Counter[str] = field(default_factory=Counter)
    keys: list[tuple[str | None, str | None]] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    other_calls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    url: str = ""
    other_url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


def chat(text: str | None = '{"label": "ham"}', finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion; `usage=None` leaves the usage out, other names go into the message."""
    usage, model = more.pop("usage", USAGE), more.pop("model", "fake-2026-11-01")
    message = {"role": "assistant", "content": text, **more}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
    return answer if usage is None else answer | {"usage": usage}


def error(message: str, type: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": type, "code": code, "param": param}}


def says(text: str | None = '{"label": "ham"}', finish: str | None = "stop", **more: Any) -> Behaviour:
    """Always the same completion."""
    return lambda call: Answer(body=chat(text, finish, **more))


def refuses(status: int, body: Any, *headers: tuple[str, str], kind: str = "application/json") -> Behaviour:
    """Always the same refusal."""
    return lambda call: Answer(status, body, headers, kind)


def well_behaved(call: Call) -> Answer:
    return Answer(body=chat(json.dumps({"label": call.llm.label_of(call.text)}, ensure_ascii=False)))


def at_first(times: int, first: Behaviour) -> Behaviour:
    """The first few calls go wrong, the rest go well."""
    return lambda call: first(call) if call.nth <= times else well_behaved(call)


def busy(*headers: tuple[str, str]) -> Behaviour:
    return refuses(429, error("Rate limit reached", "requests", "rate_limit_exceeded"), *headers)


def busy_until_a_date(call: Call) -> Answer:
    soon = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
    return busy(("Retry-After", soon))(call)


def refuses_parameters(*names: str) -> Behaviour:
    """OpenAI's way to refuse one parameter after the other."""

    def behave(call: Call) -> Answer:
        for name in names:
            if name in call.body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                refused = error(message, "invalid_request_error", "unsupported_parameter", name)
                return Answer(400, refused)
        return well_behaved(call)

    return behave


def refuses_seed_as_gemini(call: Call) -> Answer:
    message = 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'
    refused = [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]
    return Answer(400, refused) if "seed" in call.body else well_behaved(call)


def refuses_schema_as_llama_cpp(call: Call) -> Answer:
    message = "Unable to generate parser for this template."
    refused = {"error": {"code": 400, "message": message, "type": "invalid_request_error"}}
    return Answer(400, refused) if "response_format" in call.body else well_behaved(call)


def refuses_schema_as_lm_studio(call: Call) -> Answer:
    refused = {"error": "'response_format.type' must be 'json_schema' or 'text'"}
    return Answer(400, refused) if "response_format" in call.body else well_behaved(call)


def filtered_by_azure(call: Call) -> Answer:
    message = "The response was filtered due to the prompt triggering content management policy"
    inner = {
        "code": "ResponsibleAIPolicyViolation",
        "content_filter_result": {"violence": {"filtered": True, "severity": "medium"}},
    }
    refused = error(message, "", "content_filter", "prompt")
    refused["error"] |= {"type": None, "status": 400, "innererror": inner}
    return Answer(400, refused)


def needs_api_version(call: Call) -> Answer:
    """Azure's older addresses answer 404 where the version is lost on the way."""
    asked = parse_qs(urlsplit(call.path).query)
    lost = error("Resource not found", "", "404")
    return well_behaved(call) if asked.get("api-version") == ["2024-10-21"] else Answer(404, lost)


def changes_its_model(call: Call) -> Answer:
    label = json.dumps({"label": call.llm.label_of(call.text)}, ensure_ascii=False)
    return Answer(body=chat(label, model="fake-2026-11-01" if call.nth <= 10 else "fake-2026-12-01"))


def slow_to_begin(call: Call) -> Answer:
    call.llm.closing.wait(PIECE_SECONDS)
    return well_behaved(call)


def dies(call: Call) -> Answer:
    return well_behaved(call) if call.nth < DIES_AT else Answer(how="reset")


def runs_out_of_credit(call: Call) -> Answer:
    return well_behaved(call) if call.nth <= CREDIT_FOR else BEHAVIOURS["429_quota"](call)


def redirects_to(path: str, status: int) -> Behaviour:
    return lambda call: Answer(status, {}, (("Location", f"{call.llm.other_url}{path}"),))


Behaviour = Callable[[Call], Answer]
LLAMA_TOO_LONG = "request (6030 tokens) exceeds the available context size (4096 tokens), try increasing it"
THINKS = '<think>The text is about a prize, so spam? No.</think>\n```json\n{"label": "ham"}\n```'
ANTHROPIC = {
    "input_tokens": 176,
    "cache_read_input_tokens": 1024,
    "cache_creation_input_tokens": 0,
    "output_tokens": 8,
}
AS_STRINGS = {"prompt_tokens": "1200", "completion_tokens": "40"}
NEGATIVE = {"prompt_tokens": -1, "completion_tokens": 40}
GEMINI = {"prompt_tokens": 100, "completion_tokens": 8, "total_tokens": 408}

BEHAVIOURS: Mapping[str, Behaviour] = {
    "ok": well_behaved,
    "429_ra": at_first(2, busy(("Retry-After", "1"), ("x-ratelimit-remaining-requests", "0"))),
    "429_date": at_first(1, busy_until_a_date),
    "429_day": busy(("Retry-After", "86400")),
    "429_quota": refuses(
        429, error("You exceeded your current quota", "insufficient_quota", "insufficient_quota")
    ),
    "500x2": at_first(2, refuses(500, error("The server had an error", "server_error"))),
    "503_html": refuses(503, b"<html><body>Service Unavailable</body></html>", kind="text/html"),
    "timeout": lambda call: Answer(how="silent"),
    "trickle": lambda call: Answer(body=chat(), how="trickle"),
    "malformed": refuses(200, b'{"choices": [{"mess'),
    "cut": lambda call: Answer(body=b'{"choices": [', how="cut"),
    "reset": lambda call: Answer(how="reset"),
    "html200": refuses(200, b"<html>Sign in to the guest network</html>", kind="text/html"),
    "error200": refuses(200, error("upstream failed", "server_error")),
    "azure_filter": filtered_by_azure,
    "finish_filter": says(None, "content_filter"),
    "refusal": says(None, refusal="I'm sorry, I can't help with that."),
    "length": says('{"label": "ha', "length"),
    "reason_length": says("", "length"),
    "empty": says(""),
    "nousage": says(usage=None),
    "nochoices": refuses(200, chat() | {"choices": []}),
    "think": says(THINKS),
    "anthropic_usage": says(usage=ANTHROPIC),
    "401": refuses(401, error("Incorrect API key provided: sk-abc***", "", "invalid_api_key")),
    "404": refuses(404, error("The model `404` does not exist.", "", "model_not_found")),
    "400_param": refuses_parameters("temperature", "max_tokens", "seed", "logprobs"),
    "gemini_400": refuses_seed_as_gemini,
    "schema_400": refuses_schema_as_llama_cpp,
    "schema_string": refuses_schema_as_lm_studio,
    "llamacpp_long": refuses(
        400, {"error": {"code": 400, "message": LLAMA_TOO_LONG, "type": "exceed_context_size_error"}}
    ),
    "context": refuses(400, error("Maximum context length is 4096", "", "context_length_exceeded", "messages")),
    "redirect": redirects_to("/v1/chat/completions", 307),
    "redirect_get": redirects_to("/stolen", 302),
    "huge": says("x" * HUGE),
    # Added to the list that the field's faults gave.
    "azure_version": needs_api_version,
    "error_string": refuses(400, {"error": "this is not how I am asked"}),
    "usage_strings": says(usage=AS_STRINGS),
    "usage_negative": says(usage=NEGATIVE),
    "usage_gemini": says(usage=GEMINI),
    "two_retry_after": at_first(1, busy(("Retry-After", "1"), ("Retry-After", "30"))),
    "finish_null": says(finish=None),
    "model_changes": changes_its_model,
    "slow_start": slow_to_begin,
    "dies": dies,
    "credit_ends": runs_out_of_credit,
    "nonsense": says("I would rather talk about the weather."),
}  # fmt: skip


@contextmanager
def serving(llm: LLM) -> Iterator[LLM]:
    """The stand-in and the other server at their own addresses until the block ends."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for handler in (_handler(llm), _other(llm))]
    llm.url, llm.other_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    for server in servers:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(PIECE_SECONDS,), daemon=True).start()
    try:
        yield llm
    finally:
        llm.closing.set()
        for server in servers:
            server.shutdown()
            server.server_close()


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; the second would wait 40 ms for the first to be acknowledged.
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


def _other(llm: LLM) -> type[BaseHTTPRequestHandler]:
    class Other(_Quiet):
        def do_POST(self) -> None:
            llm.other_calls += 1
            self.send_error(403)

        def do_GET(self) -> None:
            self.do_POST()

    return Other


def _handler(llm: LLM) -> type[BaseHTTPRequestHandler]:
    class Handler(_Quiet):
        def do_POST(self) -> None:
            read = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(read or b"{}")
            with llm.lock:
                llm.calls[body["model"]] += 1
                nth = llm.calls[body["model"]]
                llm.keys.append((self.headers.get("Authorization"), self.headers.get("api-key")))
                llm.bodies.append(body)
                llm.paths.append(self.path)
                llm.at_once += 1
                llm.most_at_once = max(llm.most_at_once, llm.at_once)
            try:
                self._give(BEHAVIOURS[body["model"]](Call(body, self.path, nth, llm)))
            finally:
                with llm.lock:
                    llm.at_once -= 1

        def _give(self, answer: Answer) -> None:
            self.close_connection = answer.how != "whole"
            if answer.how == "reset":
                return
            if answer.how == "silent":
                llm.closing.wait(5)
                return
            raw = answer.raw
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", "5000" if answer.how == "cut" else str(len(raw)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            step = 40 if answer.how == "trickle" else len(raw)
            for start in range(0, len(raw), step):
                self.wfile.write(raw[start : start + step])
                if answer.how == "trickle" and llm.closing.wait(PIECE_SECONDS):
                    return

    return Handler


def main() -> None:
    """`python -m tests.llm_standin`: serve until interrupted, and say where."""
    with serving(LLM()) as llm:
        print(f"{llm.url}/v1", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
