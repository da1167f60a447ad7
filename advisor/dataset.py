"""What the team's table holds, with its tokens: the `dataset` evidence of a plan."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

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
class DatasetEvidence:
    """A profile joined with token counts: of whole examples, of what goes in, of what comes out.

    `instruction_tokens` are those of a chat's system turns, which are part of what goes in each time.
    """

    columns: Mapping[str, str | None]
    kind: str
    profile: DatasetProfile
    model: str
    tokens: TokenCount
    input_tokens: TokenCount
    output_tokens: TokenCount | None
    instruction_tokens: TokenCount | None = None

    @property
    def classes(self) -> Mapping[str, int]:
        """Rows of each label, where labels are classes; nothing where each row has its own answer."""
        labels = self.profile.labels
        are_classes = self.columns["label"] and self.kind != "chat" and len(labels) <= MOST_CLASSES
        return labels if are_classes and len(labels) * 2 <= self.profile.rows else {}

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What should be looked at before training, the gravest first: an id and the figures of its sentence."""
        found = self.profile
        spellings = [merge.into for merge in found.label_merges]
        rows = {
            "one_class": len(self.classes) == 1,
            "single_rows": found.single_labels if self.classes else [],
            "conflicts": found.conflicting_rows if self.classes else 0,
            "empty": found.empty_rows,
            "duplicates": found.repeated_normalised,
            "near_duplicates": max(0, (found.repeated_nearly or 0) - found.repeated_normalised),
            "label_spellings": spellings if self.classes else [],
            "invisible": sum(found.invisible.values()),
            "not_nfc": found.not_nfc,
            "long_texts": found.long_texts,
        }
        return [{"id": id, "found": value} for id, value in rows.items() if value]

    def as_json(self) -> dict[str, Any]:
        """Counts and figures only: no text of the team's data goes into a plan."""
        found = self.profile
        labelled = self.columns["label"] is not None
        return {
            "kind": self.kind,
            "columns": dict(self.columns),
            "rows": found.rows,
            "labels": dict(self.classes),
            "label_count": len(found.labels) if labelled else None,
            "single_labels": found.single_labels if self.classes else [],
            "label_merges": [asdict(merge) for merge in found.label_merges] if self.classes else [],
            "empty": {
                "rows": found.empty_rows,
                "texts": found.empty_texts,
                "labels": found.empty_labels if labelled else None,
            },
            "duplicates": {
                "rows": found.repeated_normalised,
                "exact": found.repeated_exactly,
                "near": found.repeated_nearly,
                "near_unknown": found.near_unknown,
            },
            "conflicts": {"rows": found.conflicting_rows if self.classes else 0},
            "characters": asdict(found.lengths),
            "long_texts": found.long_texts,
            "invisible": dict(found.invisible),
            "not_nfc": found.not_nfc,
            "findings": self.findings,
            "model": self.model,
            "tokens": _figures(self.tokens),
            "input_tokens": _figures(self.input_tokens),
            "output_tokens": _figures(self.output_tokens) if self.output_tokens else None,
            "instruction_tokens": _figures(self.instruction_tokens) if self.instruction_tokens else None,
            "histogram": histogram(self.tokens.lengths),
        }

    def examples(self) -> dict[str, list[dict[str, Any]]]:
        """Rows worth a look: what repeats most and what is labelled in two ways. For the screen alone."""
        repeated = self.profile.most_repeated.items()
        conflicts = self.profile.conflicts if self.classes else ()
        return {
            "repeated": [{"text": _shortened(text), "rows": rows} for text, rows in repeated],
            "conflicts": [
                {"text": _shortened(found.text), "labels": dict(found.labels)} for found in conflicts
            ],
        }


def describe(
    table: Table,
    text: str,
    label: str | None = None,
    text2: str | None = None,
    model: str = MODEL,
    *,
    near: bool = False,
    progress: Callable[[dict[str, Any]], None] | None = None,
) -> DatasetEvidence:
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
        inputs = count_chat(
            [[turn for turn in turns if not _is_answer(turn)] for turns in conversations], model
        )
        systems = [[turn for turn in turns if _is_instruction(turn)] for turns in conversations]
        instructions = count_chat(systems, model) if any(systems) else None
    else:
        tokens = inputs = count(data.whole_texts)
    columns = {"text": text, "label": label, "text2": text2}
    return DatasetEvidence(columns, table.kind, found, model, tokens, inputs, output, instructions)


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


def histogram(lengths: Sequence[int], bars: int = BARS) -> dict[str, list[int]]:
    """Bars of equal width over whole tokens: `edges` (one more than bars) and `counts`.

    >>> histogram([1, 2, 2, 9], bars=3)
    {'edges': [0, 4, 8, 12], 'counts': [3, 0, 1]}
    """
    width = max(1, -(-(max(lengths, default=0) + 1) // bars))
    places = [length // width for length in lengths]
    last = max(places, default=0)
    counts = [0] * (last + 1)
    for place in places:
        counts[place] += 1
    return {"edges": [width * place for place in range(last + 2)], "counts": counts}


def _figures(count: TokenCount) -> dict[str, Any]:
    names = ("total", "low", "high", "p10", "p50", "p90", "p95", "p99", "max", "tokenizer", "exact")
    mean = count.total / len(count.lengths) if count.lengths else 0.0
    return {name: getattr(count, name) for name in names} | {
        "mean": mean,
        "not_counted": dict(count.not_counted),
        "source": count.source.model_dump(mode="json"),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def _is_answer(turn: Any) -> bool:
    return isinstance(turn, dict) and turn.get("role") == "assistant"


def _is_instruction(turn: Any) -> bool:
    return isinstance(turn, dict) and turn.get("role") in INSTRUCTING
