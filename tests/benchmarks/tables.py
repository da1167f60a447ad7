"""Reading and profiling tables, against pandas.read_csv and a plain sparse product, with the memory each takes.

python -m tests.benchmarks.tables
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from baselines.dataset import LabelledTexts, profile
from baselines.duplicates import group_near
from baselines.reading import read_table

ROWS = 180_000
NEAR_ROWS = 8_000
WORDS = 2_000
LETTERS = "返品配送お問い合わせの件ですが商品が届きませんので確認をお願いいたします。"
ROUNDS = 3


def texts(rows: int) -> list[str]:
    draw = random.Random(42)  # noqa: S311
    words = ["".join(draw.choices(LETTERS, k=3)) for _ in range(WORDS)]
    return ["".join(draw.choices(words, k=10)) for _ in range(rows)]


def cpu_seconds(work: Callable[[], Any]) -> float:
    """The best of a few rounds, in this process's own time, so that a busy machine counts less."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        rounds.append(time.process_time() - begun)
    return min(rounds)


def say(name: str, ours: float, peer: float, of: str) -> None:
    print(f"{name}: {ours:.2f} s against {peer:.2f} s for {of}: {ours / peer:.2f}x")


def near_by_product(rows: list[str]) -> int:
    """What a near-duplicate search costs without the short cut: every pair's cosine."""
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), dtype=np.float32).fit_transform(rows)
    return int(((vectors @ vectors.T).data >= 0.8).sum())


def reading() -> None:
    rows = texts(ROWS)
    text = "text,label,id\n" + "".join(f"{row},{'abc'[i % 3]},{i}\n" for i, row in enumerate(rows))
    body = text.encode()
    pandas = cpu_seconds(lambda: pd.read_csv(BytesIO(body), dtype=str, keep_default_na=False))
    peer = "pandas.read_csv of text columns"
    say(f"read {len(body) / 1e6:.0f} MB of CSV", cpu_seconds(lambda: read_table(body, "a.csv")), pandas, peer)
    cp932 = text.encode("cp932")
    say(
        "the same in CP932, untold",
        cpu_seconds(lambda: read_table(cp932, "a.csv")),
        pandas,
        f"{peer} in UTF-8",
    )
    data = LabelledTexts.from_table(read_table(body, "a.csv"), "text", "label")
    say(f"profile {ROWS:,} rows", cpu_seconds(lambda: profile(data)), pandas, peer)


def near() -> None:
    rows = texts(NEAR_ROWS)
    ours = cpu_seconds(lambda: group_near(rows))
    say(
        f"near duplicates of {NEAR_ROWS:,} rows",
        ours,
        cpu_seconds(lambda: near_by_product(rows)),
        "every pair",
    )


def memory() -> None:
    """Peak memory of one read in a process of its own."""
    for name in HOSTILE:
        told = subprocess.run(
            [sys.executable, "-m", __spec__.name, name], capture_output=True, text=True, check=True
        )
        print(told.stdout.strip())


MB = 2**20
HOSTILE: dict[str, Callable[[], tuple[bytes, str]]] = {
    "25 MB of commas": lambda: (b"," * (25 * MB), "a.csv"),
    "25 MB in one cell": lambda: (b"a,b\n" + b"x" * (25 * MB - 4), "a.csv"),
    "25 MB of quotes": lambda: (b"a,b\n" + b'"' * (25 * MB - 4), "a.csv"),
    "25 MB of empty objects": lambda: (b"{}\n" * (25 * MB // 3), "a.jsonl"),
    "25 MB of open brackets": lambda: (b"[" * (25 * MB), "a.json"),
    "18 MB of vendor characters in EUC-JP": lambda: (
        b"a,b\n" + b"\xad\xa1\xad\xa2,\xad\xa1\n" * 2 * MB,
        "a.csv",
    ),
}


def read_hostile(name: str) -> None:
    body, file = HOSTILE[name]()
    begun = time.process_time()
    try:
        answer = f"{read_table(body, file).rows} rows"
    except ValueError as problem:
        answer = str(problem)[:60]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}: {time.process_time() - begun:.2f} s, peak {peak} MB, {answer}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        read_hostile(sys.argv[1])
    else:
        memory()
        reading()
        near()
