"""Counting 20 MB of mixed Japanese and English against a bare tiktoken loop in the same run.

Run by hand: `python -m tests.benchmarks.tokens`. Prints the speed ratio with and without repeated texts, and the
memory taken by texts that come as a stream: as a list of long and of short ones, and as a chat file on disk.
"""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from advisor.answers.tokens import Tokens
from pricing.tokens import count_texts, encoding
from pricing.training_file import read_chat, token_report

MODEL = "openai/gpt-4o-mini-2024-07-18"
BYTES = 20_000_000
ROUNDS = 3
JAPANESE = [
    "空が青いのは",
    "太陽の光が",
    "空気の粒にぶつかって",
    "広がるからです。",
    "海の水は",
    "塩をふくんでいます。",
    "なぜでしょうか。",
]
ENGLISH = [
    "the sky is blue because ",
    "sunlight scatters ",
    "in the air, ",
    "and short waves ",
    "scatter most. ",
]


def texts(seed: int = 42, words: int = 30) -> Iterator[str]:
    """Distinct texts, half in each language; 30 words are a few hundred characters."""
    choose = random.Random(seed)  # noqa: S311 - texts to count, no secrets
    number = size = 0
    while size < BYTES:
        text = f"{number} " + "".join(choose.choices(JAPANESE if number % 2 else ENGLISH, k=words))
        number += 1
        size += len(text.encode())
        yield text


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def peak(run: Callable[[], object]) -> float:
    """The most memory a run holds, as a multiple of the text."""
    tracemalloc.start()
    run()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held / BYTES


def speed(made: list[str], what: str) -> None:
    bare = encoding("o200k_base").encode_ordinary
    ours = min(seconds(lambda: count_texts(made, MODEL, lambda done: None)) for _ in range(ROUNDS))
    theirs = min(seconds(lambda: [len(bare(text)) for text in made]) for _ in range(ROUNDS))
    print(
        f"{what}: {len(made):,} texts, ours {ours:.2f} s, bare tiktoken loop {theirs:.2f} s: {theirs / ours:.2f}x"
    )


def chat_lines(made: Iterable[str]) -> Iterator[bytes]:
    questions = iter(made)
    for question, answer in zip(questions, questions, strict=False):
        turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        yield json.dumps({"messages": turns}, ensure_ascii=False).encode() + b"\n"


def count_file(path: Path) -> None:
    with path.open("rb") as lines:
        Tokens.of(token_report(read_chat(lines), MODEL)).as_json()


def main() -> None:
    encoding("o200k_base").encode_ordinary("warm")
    made = list(texts())
    speed(made, "distinct texts")
    speed(made[: len(made) // 2] * 2, "every text twice")
    del made
    print(f"memory, a stream of long texts: {peak(lambda: count_texts(texts(), MODEL)):.2f} times the text")
    print(
        f"memory, a stream of short texts: {peak(lambda: count_texts(texts(words=3), MODEL)):.2f} times the text"
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        path.write_bytes(b"".join(chat_lines(texts())))
        print(f"memory, a chat file: {peak(lambda: count_file(path)):.2f} times the text")


if __name__ == "__main__":
    main()
