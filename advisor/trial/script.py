"""The same questions as a script for another machine: the openai package, the key from the environment, one CSV out.

What a team wrote goes in as JSON data only, never as code; the script writes what `trial score` reads.
"""

from __future__ import annotations

import json
from typing import Any

from advisor.trial.order import Prepared

USUAL_KEY = "OPENAI_API_KEY"


def script_of(ready: Prepared, file: str, key_env: str | None) -> str:
    """The script for an order; `file` is the table's name."""
    questions = [
        {"row": one.row, "arm": one.arm, "messages": one.body["messages"]}
        for one in ready.sending.questions
        if one.turn == 1
    ]
    fixed = {
        name: value
        for name, value in ready.sending.questions[0].body.items()
        if name not in ("messages", "model")
    }
    address, _, query = ready.address.url.partition("?")
    asked: dict[str, Any] = {
        "file": file,
        "base_url": address.removesuffix("/chat/completions"),
        "query": query,
        "model": ready.order.model,
        "key_env": key_env or USUAL_KEY,
        "fixed": fixed,
        "labels": list(ready.sending.labels),
        "questions": questions,
    }
    # A JSON text inside a raw string could end it; as a string literal of JSON it cannot.
    literal = json.dumps(json.dumps(asked, ensure_ascii=True))
    return _SCRIPT.replace("@ASKED@", literal)


_SCRIPT = '''\
"""Asks an LLM the questions of a trial and writes answers.csv, which `advisor trial score` reads.

pip install "openai>=3.50,<4", set the key's variable, then: python ask.py [answers.csv]
Whatever is there already is not asked again.
"""

import csv
import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl

import openai

ASKED = json.loads(@ASKED@)
COLUMNS = ["row", "arm", "prediction", "status", "raw", "input_tokens", "cached_tokens", "output_tokens",
           "reasoning_tokens", "seconds", "model"]


def cell(text):
    """Text that no spreadsheet takes for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\\t", "\\r") else text


def label_in(text):
    try:
        held = json.loads(text)
        return str(held["label"]) if isinstance(held, dict) and "label" in held else text
    except ValueError:
        return text


def ask(client, fixed, messages):
    """One answer; a parameter that is refused is left out from then on."""
    while True:
        try:
            return client.chat.completions.create(model=ASKED["model"], messages=messages, **fixed)
        except openai.BadRequestError as error:
            said = str(error)
            refused = next((name for name in fixed if name in said), None)
            if refused is None:
                raise
            value = fixed.pop(refused)
            if refused == "max_tokens":
                fixed["max_completion_tokens"] = value


def line(question, answer, seconds):
    choice, usage = answer.choices[0], answer.usage
    text, status = choice.message.content or "", ""
    if choice.finish_reason == "length":
        status = "cut"
    elif choice.finish_reason == "content_filter":
        status = "filtered"
    elif getattr(choice.message, "refusal", None):
        text, status = choice.message.refusal, "refused"
    elif not text.strip():
        status = "empty"
    into = getattr(usage, "prompt_tokens_details", None)
    out = getattr(usage, "completion_tokens_details", None)
    return {
        "row": question["row"], "arm": question["arm"], "prediction": "" if status else cell(label_in(text)),
        "status": status, "raw": cell(text), "seconds": round(seconds, 3), "model": answer.model,
        "input_tokens": getattr(usage, "prompt_tokens", ""), "output_tokens": getattr(usage, "completion_tokens", ""),
        "cached_tokens": getattr(into, "cached_tokens", None) or 0,
        "reasoning_tokens": getattr(out, "reasoning_tokens", None) or 0,
    }


def main():
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "answers.csv")
    done = set()
    if out.exists():
        with out.open(encoding="utf-8", newline="") as file:
            done = {(int(one["row"]), one["arm"]) for one in csv.DictReader(file)}
    key = os.environ.get(ASKED["key_env"]) or sys.exit("set " + ASKED["key_env"])
    client = openai.OpenAI(
        api_key=key, base_url=ASKED["base_url"], default_query=dict(parse_qsl(ASKED["query"])) or None,
        default_headers={"api-key": key} if ".azure.com" in ASKED["base_url"] else None, timeout=60, max_retries=4,
    )
    fixed = dict(ASKED["fixed"])
    with out.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if not done and not out.stat().st_size:
            writer.writeheader()
        for number, question in enumerate(ASKED["questions"], start=1):
            if (question["row"], question["arm"]) in done:
                continue
            begun = time.monotonic()
            answer = ask(client, fixed, question["messages"])
            writer.writerow(line(question, answer, time.monotonic() - begun))
            file.flush()
            print(number, "/", len(ASKED["questions"]), file=sys.stderr)


if __name__ == "__main__":
    main()
'''
