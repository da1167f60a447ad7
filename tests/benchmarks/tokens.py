"""Counting 20 MB of mixed Japanese and English against a bare tiktoken loop in the same run.

Run by hand: `python -m tests.benchmarks.tokens`. Prints the speed ratio and the memory used beside the text.
"""

from __future__ import annotations

import random
import time
import tracemalloc

from pricing.tokens import count_texts, encoding

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


def texts(seed: int = 42) -> list[str]:
    """Distinct texts of a few hundred characters, half in each language."""
    choose = random.Random(seed)  # noqa: S311 - texts to count, no secrets
    made, size = [], 0
    while size < BYTES:
        words = JAPANESE if len(made) % 2 else ENGLISH
        text = f"{len(made)} " + "".join(choose.choices(words, k=30))
        made.append(text)
        size += len(text.encode())
    return made


def seconds(run: object) -> float:
    start = time.process_time()
    run()  # type: ignore[operator]
    return time.process_time() - start


def main() -> None:
    made = texts()
    bare = encoding("o200k_base").encode_ordinary
    bare("warm")
    ours = min(seconds(lambda: count_texts(made, MODEL, lambda done: None)) for _ in range(ROUNDS))
    theirs = min(seconds(lambda: [len(bare(text)) for text in made]) for _ in range(ROUNDS))
    tracemalloc.start()
    total = count_texts(made, MODEL).total
    peak = tracemalloc.get_traced_memory()[1]
    print(f"{len(made):,} texts, {total:,} tokens")
    print(f"ours {ours:.2f} s, bare tiktoken loop {theirs:.2f} s: {theirs / ours:.2f} times its speed")
    print(f"memory beside the texts: {peak / BYTES:.2f} times the text")


if __name__ == "__main__":
    main()
