"""What the team's table holds, with its tokens: a profile joined with token counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from advisor.answers.dataset import Dataset, Histogram
from pricing.tokens import TokenCount, count_chat, count_texts

if TYPE_CHECKING:
    from baselines.dataset import DatasetProfile
    from baselines.table import Table

MODEL = "openai/gpt-4o-mini-2024-07-18"
CHAT_COLUMNS = ("user", "assistant")
INSTRUCTING = ("system", "developer")
# More labels than this, or fewer than two rows a label, and they are answers rather than classes.
MOST_CLASSES = 200
BARS = 30
SHOWN_CHARACTERS = 200


@dataclass(frozen=True)
class Described:
    """What a plan keeps of a table, and rows worth a look, which are for the screen alone.

    Those are the texts that `repeated` most, and those whose labels are in `conflicts`.
    """

    dataset: Dataset
    examples: dict[str, list[dict[str, Any]]]


def describe(
    table: Table,
    text: str,
    label: str | None = None,
    text2: str | None = None,
    model: str = MODEL,
    *,
    near: bool = False,
    progress: Callable[[dict[str, Any]], None] | None = None,
) -> Described:
    """Profile the named columns and count their tokens as `model` would.

    A chat file counts whole conversations with their overhead. `near` also searches near duplicates (seconds).
    Raises Problem `no_such_column`.
    """
    from baselines.dataset import LabelledTexts, profile

    tell = progress or (lambda step: None)
    data = LabelledTexts.from_table(table, text, label or text, text2)
    tell({"step": "profile"})
    found = profile(data, near=near)

    def count(texts: Sequence[str]) -> TokenCount:
        return count_texts(
            texts, model, lambda done: tell({"step": "tokens", "done": done, "total": len(data)})
        )

    output = count(data.labels) if label else None
    instructions = None
    if table.kind == "chat" and text == CHAT_COLUMNS[0]:
        conversations = [json.loads(cell) if cell else [] for cell in table.column("messages")]
        tokens = count_chat(conversations, model)
        asked = [[turn for turn in turns if _role(turn) != "assistant"] for turns in conversations]
        inputs = count_chat(asked, model)
        systems = [[turn for turn in turns if _role(turn) in INSTRUCTING] for turns in conversations]
        instructions = count_chat(systems, model) if any(systems) else None
    else:
        tokens = inputs = count(data.whole_texts)
    classes = found.labels if label and _are_classes(found, table.kind) else {}
    conflicts = found.conflicts if classes else ()
    described = Dataset(
        kind=table.kind,
        columns={"text": text, "label": label, "text2": text2},
        rows=found.rows,
        labels=classes,
        label_count=len(found.labels) if label else None,
        single_labels=found.single_labels if classes else [],
        label_merges=found.label_merges if classes else [],
        empty=found.empty if label else found.empty.model_copy(update={"labels": None}),
        duplicates=found.duplicates,
        conflicts={"rows": found.conflicting_rows if classes else 0},
        characters=found.characters,
        long_texts=found.long_texts,
        invisible=found.invisible,
        not_nfc=found.not_nfc,
        to_mend=_to_mend(found, classes),
        model=model,
        tokens=tokens,
        input_tokens=inputs,
        output_tokens=output,
        instruction_tokens=instructions,
        histogram=histogram(tokens.lengths),
    )
    examples: dict[str, list[dict[str, Any]]] = {
        "repeated": [{"text": _shortened(one), "rows": rows} for one, rows in found.most_repeated.items()],
        "conflicts": [{"text": _shortened(one.text), "labels": dict(one.labels)} for one in conflicts],
    }
    return Described(described, examples)


def _are_classes(found: DatasetProfile, kind: str) -> bool:
    return kind != "chat" and len(found.labels) <= MOST_CLASSES and len(found.labels) * 2 <= found.rows


def _to_mend(found: DatasetProfile, classes: Mapping[str, int]) -> list[dict[str, Any]]:
    """What should be looked at before training, the gravest first."""
    same, nearly = found.duplicates.rows, found.duplicates.near
    rows = {
        "one_class": len(classes) == 1,
        "single_rows": found.single_labels if classes else [],
        "conflicts": found.conflicting_rows if classes else 0,
        "empty": found.empty.rows,
        "duplicates": same,
        "near_duplicates": max(0, (nearly or 0) - (same or 0)),
        "label_spellings": [merge.into for merge in found.label_merges] if classes else [],
        "invisible": sum(found.invisible.values()),
        "not_nfc": found.not_nfc,
        "long_texts": found.long_texts,
    }
    return [{"id": id, "found": value} for id, value in rows.items() if value]


# What ships to try things on; several files of one example are read as one.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "why_bot": ("why_bot_train.jsonl", "why_bot_validation.jsonl", "why_bot_test.jsonl"),
    "inquiries": ("inquiries.csv",),
    "inquiries_en": ("inquiries_en.csv",),
}


def example_file(name: str) -> tuple[str, bytes]:
    """File name and content of a shipped example."""
    folder = files("advisor") / "data" / "examples"
    parts = [(folder / part).read_bytes() for part in EXAMPLES[name]]
    return f"{name}.{EXAMPLES[name][0].rpartition('.')[2]}", b"".join(parts)


def columns_of(table: Table) -> dict[str, str | None]:
    """The columns that are most likely text, label and second text; the reader can choose others.

    By name first, then by length: texts are long, labels few.
    """
    names = table.columns
    if table.kind == "chat":
        return {"text": CHAT_COLUMNS[0], "label": CHAT_COLUMNS[1], "text2": None}
    lowered = {name.casefold(): name for name in names}
    text = _named(lowered, TEXT_NAMES) or max(names, key=lambda name: _mean_length(table, name))
    label = _named(lowered, LABEL_NAMES) or _fewest_values(table, [name for name in names if name != text])
    text2 = _named(lowered, TEXT2_NAMES)
    return {
        "text": text,
        "label": label if label != text else None,
        "text2": text2 if text2 != text else None,
    }


TEXT_NAMES = ("text", "本文", "テキスト", "文章", "内容", "問い合わせ", "質問", "input", "sentence", "text1", "sentence1",
              "question", "prompt", "message", "body", "utterance", "premise")  # fmt: skip
TEXT2_NAMES = ("text2", "sentence2", "hypothesis", "テキスト2", "文2")
LABEL_NAMES = ("label", "ラベル", "category", "カテゴリ", "カテゴリー", "分類", "class", "intent", "target", "output",
               "answer", "completion", "score", "y")  # fmt: skip
_SAMPLE = 2_000


def _named(names: Mapping[str, str], usual: Sequence[str]) -> str | None:
    return next((names[name] for name in usual if name in names), None)


def _mean_length(table: Table, name: str) -> float:
    cells = table.column(name)[:_SAMPLE]
    return sum(map(len, cells)) / max(1, len(cells))


def _fewest_values(table: Table, names: Sequence[str]) -> str | None:
    """The column with the fewest different values, if they repeat at all."""
    rows = min(table.rows, _SAMPLE)
    different = {name: len(set(table.column(name)[:rows])) for name in names}
    best = min(different, key=different.__getitem__, default=None)
    return best if best is not None and 1 < different[best] <= rows / 2 else None


def histogram(lengths: Sequence[int], bars: int = BARS) -> Histogram:
    """Bars of equal width over whole tokens.

    >>> histogram([1, 2, 2, 9], bars=3)
    Histogram(edges=(0, 4, 8, 12), counts=(3, 0, 1))
    """
    width = max(1, -(-(max(lengths, default=0) + 1) // bars))
    held = Counter(length // width for length in lengths)
    places = range(max(held, default=0) + 1)
    edges = (width * place for place in range(len(places) + 1))
    return Histogram(edges=tuple(edges), counts=tuple(held[place] for place in places))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _role(turn: Any) -> Any:
    return turn.get("role") if isinstance(turn, dict) else None
