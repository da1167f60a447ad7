"""Preparing large tables: the exact checks to 200,000 rows, and near repeats of 100,000 in a job, with its memory.

python -m tests.benchmarks.preparation
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from advisor import jobs
from advisor.preparation import Columns, prepare
from baselines.duplicates import near_groups
from baselines.table import Table

SIZES = (50_000, 100_000, 200_000)
NEAR_ROWS = 100_000
PROMISED_SECONDS = 60
NOUNS = [
    "注文",
    "商品",
    "返品",
    "配送",
    "請求",
    "領収書",
    "会員",
    "解約",
    "修理",
    "保証",
    "在庫",
    "予約",
    "住所",
    "変更",
    "料金",
    "画面",
    "設定",
    "通知",
    "電話",
    "契約",
]
ENDINGS = ("について教えてください。", "ができません。", "はどうすればよいですか?", "を確認したいです。")


def texts(rows: int, words: int, seed: int = 42) -> list[str]:
    """Every tenth text repeats an earlier one but for a character."""
    draw = random.Random(seed)  # noqa: S311
    pairs = [one + other for one in NOUNS for other in NOUNS]
    found: list[str] = []
    for row in range(rows):
        text = "、".join(draw.choices(pairs, k=words)) + draw.choice(ENDINGS)
        if row % 10 == 9:
            earlier = found[draw.randrange(row)]
            place = draw.randrange(len(earlier))
            text = earlier[:place] + draw.choice("あいうえお") + earlier[place + 1 :]
        found.append(text)
    return found


def table(rows: int, words: int) -> Table:
    asked = texts(rows, words)
    return Table(("q", "a"), (tuple(asked), tuple(f"{text[:12]}の件です。" for text in asked)), "delimited")


def exact(rows: int) -> None:
    data = table(rows, 6)
    began = time.process_time()
    prepare(data, Columns("q", "a"), near=False)
    print(f"exact checks of {rows:,} rows: {time.process_time() - began:.1f} s CPU, peak {peak()} MB")


def near(words: int) -> None:
    data = texts(NEAR_ROWS, words)
    began = time.process_time()
    found = near_groups(data)
    repeats = sum(first != row for row, first in enumerate(found.first))
    length = sum(map(len, data)) // len(data)
    how = "every pair" if found.complete else "likely pairs"
    print(
        f"near repeats of {NEAR_ROWS:,} rows of {length} characters ({how}): {time.process_time() - began:.1f} s CPU, "
        f"{repeats:,} found, peak {peak()} MB"
    )


def in_a_job() -> None:
    """All checks of a large file as a page starts them: progress, seconds, and how soon a cancel ends it."""
    body = "q,a\n" + "".join(f"{text},はい。{n}\n" for n, text in enumerate(texts(NEAR_ROWS, 6)))
    params = {"columns": {"input": "q", "output": "a"}, "reading": {"name": "large.csv"}}
    with tempfile.TemporaryDirectory() as folder:
        began, steps = time.monotonic(), list[str]()
        job = jobs.start("prepare", params, {"table": body.encode()}, root=Path(folder))
        while not (now := jobs.wait(job, 0.2)).is_over:
            if (step := str(now.progress.get("step"))) not in steps:
                steps.append(step)
        took = time.monotonic() - began
        kept = "kept" if now.state == "done" and took < PROMISED_SECONDS else "BROKEN"
        print(
            f"job of {NEAR_ROWS:,} rows: {now.state} in {took:.1f} s ({kept}: under {PROMISED_SECONDS} s); {steps}"
        )
        job = jobs.start("prepare", {**params, "seed": 1}, {"table": body.encode()}, root=Path(folder))
        time.sleep(4)
        began = time.monotonic()
        jobs.cancel(job)
        print(f"cancelled in {time.monotonic() - began:.2f} s: {jobs.status(job).state}")


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


PARTS: dict[str, Callable[[], None]] = {
    **{f"exact-{rows}": partial(exact, rows) for rows in SIZES},
    **{f"near-{words}": partial(near, words) for words in (6, 30)},
    "job": in_a_job,
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        PARTS[sys.argv[1]]()
    else:
        for part in PARTS:
            told = subprocess.run([sys.executable, "-m", __spec__.name, part], capture_output=True, text=True)
            print((told.stdout or told.stderr).strip(), flush=True)
