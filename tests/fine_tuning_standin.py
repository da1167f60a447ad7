"""A fine-tuning service of our own on the loopback interface: files, jobs, events and answers as OpenAI's API has them.

What the training file's job does is set by `ends`: it succeeds, fails or goes on until it is cancelled.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-right"
RESULTS = "step,train_loss,train_accuracy,valid_loss\n1,2.0,0.4,2.1\n2,1.5,0.5,1.7\n3,1.1,0.6,1.4\n"
TUNED = "ft:gpt-4.1-mini-2025-04-14:team::abc"


@dataclass
class Service:
    """What the service holds, and every request as method and path."""

    ends: str = "succeeded"
    lost_answers: int = 0
    prefix: str = "/v1"
    url: str = ""
    requests: list[str] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def created(self) -> list[str]:
        """Requests that cost money or send data."""
        return [one for one in self.requests if one.startswith("POST")]


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service at its own address until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

        def do_GET(self) -> None:
            self._answer("GET", b"")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, method: str, body: bytes) -> None:
            path = self.path.split("?", 1)[0].removeprefix(service.prefix)
            service.requests.append(f"{method} {path}")
            status, answer = _refused() if not self._is_known() else _found(service, method, path, body)
            sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def _is_known(self) -> bool:
            return self.headers.get("Authorization") == f"Bearer {KEY}"

    return Handler


def _refused() -> tuple[int, Any]:
    return 401, {
        "error": {
            "message": "Incorrect API key provided",
            "type": "invalid_request_error",
            "code": "invalid_api_key",
        }
    }


def _found(service: Service, method: str, path: str, body: bytes) -> tuple[int, Any]:
    match method, path.strip("/").split("/"):
        case "POST", ["files"]:
            id = f"file-{len(service.uploads) + 1}"
            service.uploads[id] = _uploaded(body)
            return 200, _file(id)
        case "GET", ["files", id]:
            return 200, _file(id)
        case "GET", ["files", _, "content"]:
            return 200, base64.b64encode(RESULTS.encode())
        case "GET", ["fine_tuning", "jobs"]:
            return 200, {"object": "list", "data": list(service.jobs.values()), "has_more": False}
        case "POST", ["fine_tuning", "jobs"]:
            return _create(service, json.loads(body))
        case "GET", ["fine_tuning", "jobs", id]:
            return 200, _advanced(service, service.jobs[id])
        case "POST", ["fine_tuning", "jobs", id, "cancel"]:
            service.jobs[id]["status"] = "cancelled"
            return 200, service.jobs[id]
        case "GET", ["fine_tuning", "jobs", _, "events"]:
            return 200, {"object": "list", "data": _events(), "has_more": False}
        case "POST", ["chat", "completions"]:
            asked = json.loads(body)
            service.asked.append(asked)
            return 200, _completion(asked["model"], f"={asked['messages'][-1]['content']}")
    return 404, {"error": {"message": f"no {path}", "type": "invalid_request_error", "code": None}}


def _uploaded(body: bytes) -> bytes:
    found = re.search(rb'filename="[^"]*".*?\r\n\r\n(.*?)\r\n--', body, re.DOTALL)
    assert found is not None
    return found[1]


def _file(id: str) -> dict[str, Any]:
    return {
        "id": id, "object": "file", "bytes": 1, "created_at": 1, "filename": f"{id}.jsonl", "purpose": "fine-tune",
        "status": "processed",
    }  # fmt: skip


def _create(service: Service, asked: dict[str, Any]) -> tuple[int, Any]:
    """A job; while `lost_answers` lasts it is made but the answer is an error, as when a gateway gives up."""
    id = f"ftjob-{len(service.jobs) + 1}"
    service.jobs[id] = {
        "id": id, "object": "fine_tuning.job", "created_at": 1, "model": asked["model"], "status": "running",
        "training_file": asked["training_file"], "validation_file": asked.get("validation_file"), "seed": asked["seed"],
        "organization_id": "org", "hyperparameters": asked["method"]["supervised"]["hyperparameters"],
        "result_files": [], "fine_tuned_model": None, "trained_tokens": None, "error": None, "finished_at": None,
        "asked": asked,
    }  # fmt: skip
    if service.lost_answers:
        service.lost_answers -= 1
        return 400, {"error": {"message": "the answer was lost", "type": "server_error", "code": None}}
    return 200, service.jobs[id]


def _advanced(service: Service, job: dict[str, Any]) -> dict[str, Any]:
    """The job one look later: the first finds it running, the next at its end."""
    if job["status"] == "running":
        if not job.setdefault("seen", 0):
            job["seen"] = 1
            return job
        ends: dict[str, dict[str, Any]] = {
            "succeeded": {
                "fine_tuned_model": TUNED,
                "trained_tokens": 29475,
                "result_files": ["file-results"],
            },
            "failed": {
                "error": {"code": "invalid_training_file", "message": "line 3 is wrong", "param": None}
            },
        }
        if service.ends in ends:
            job |= {"status": service.ends} | ends[service.ends]
    return job


def _events() -> list[dict[str, Any]]:
    def event(at: int, **more: Any) -> dict[str, Any]:
        return {
            "id": f"ev-{at}",
            "object": "fine_tuning.job.event",
            "created_at": at,
            "level": "info",
            **more,
        }

    measured = {"step": 1, "train_loss": 2.0, "valid_loss": 2.1}
    return [
        event(2, message="Step 1/3", type="metrics", data=measured),
        event(1, message="Created", type="message", data={}),
    ]


def _completion(model: str, text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}
