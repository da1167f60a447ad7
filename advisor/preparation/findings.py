"""What is wrong or odd in training data, found before money is spent: each finding by name, with its rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

from advisor.preparation.oddities import (
    ends_openly,
    invisible_characters,
    is_boilerplate,
    is_mojibake,
    is_placeholder,
    language_hint,
    sounds_translated,
)
from advisor.preparation.personal_data import personal_data
from advisor.preparation.training_formats import Example
from baselines.checks import same_text
from pricing.training_file import format_errors

Weight = Literal["error", "risk", "hint"]
WEIGHTS: tuple[Weight, ...] = ("error", "risk", "hint")
# All that can be found, the names of a provider's own format check among them.
FINDINGS = frozenset({
    "data_type", "missing_messages_list", "message_missing_key", "message_unrecognized_key", "unrecognized_role",
    "missing_content", "weight_not_0_or_1", "example_missing_assistant_message", "missing_rejected",
    "too_few_examples", "over_token_cap", "empty_input", "empty_output", "exact_duplicates", "near_duplicates",
    "across_splits", "conflicting_answers", "mojibake", "invisible_characters", "personal_data", "placeholders",
    "output_repeats_input", "input_language_mix", "output_language_mix", "label_imbalance", "doubtful_labels",
    "boilerplate", "sounds_translated", "cut_off", "same_opening", "input_length_outliers",
    "output_length_outliers",
})  # fmt: skip
MOST_ROWS_NAMED = 100
FEW_EXAMPLES = 10
# Whose tokens a limit counts where no model is named.
COUNTED_AS = "openai/gpt-4o-mini-2024-07-18"
LONGEST_LABEL = 60
MOST_LABELS = 200
# An outlier's log-length lies this many robust standard deviations from the median (Iglewicz and Hoaglin 1993).
OUTLYING = 3.5
ROWS_FOR_OUTLIERS = 20
OPENING = 12
COMMON_OPENING = 0.3
CUT_OFF = 0.1


@dataclass(frozen=True)
class Finding:
    """One thing found. `rows` are positions from 0; `error` stops a job, `risk` weakens it, `hint` asks for a look."""

    id: str
    weight: Weight
    rows: tuple[int, ...]
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> tuple[int, ...]:
        """The first hundred of its rows."""
        return self.rows[:MOST_ROWS_NAMED]


@dataclass(frozen=True)
class Grouping:
    """Rows whose inputs are the same in a reader's eyes, and rows whose inputs are nearly the same.

    Each holds, for every row, the first row of its group; `near` is None where it was not searched, and
    `complete` False where only likely pairs were compared, as in a large table.
    """

    same: tuple[int, ...]
    near: tuple[int, ...] | None
    complete: bool = True


def group_inputs(
    inputs: Sequence[str], near: bool = True, progress: Callable[[float], None] | None = None
) -> Grouping:
    """Same after width, case and spacing; nearly the same by character n-grams."""
    from baselines.duplicates import group_equal, near_groups

    same = tuple(group_equal([same_text(text) for text in inputs]))
    if not near:
        return Grouping(same, None)
    alike = near_groups(inputs, progress=progress)
    return Grouping(same, tuple(alike.first), alike.complete)


def check(
    examples: Sequence[Example],
    grouping: Grouping,
    *,
    model: str | None = None,
    token_limit: int | None = None,
    doubt_labels: bool = False,
) -> tuple[Finding, ...]:
    """All findings, the gravest first. With `model`, rows over its token cap (or `token_limit`) are among them.

    `doubt_labels` trains a small model to find labels that look wrong, where outputs are labels.

    >>> twice = [Example.of("なんで空は青いの?", "青い光が散らばるから。")] * 2
    >>> [found.id for found in check(twice, group_inputs([example.input for example in twice]))]
    ['too_few_examples', 'exact_duplicates']
    """
    inputs = [example.input for example in examples]
    outputs = [example.output for example in examples]
    labels = are_labels(outputs)
    found = [
        *_format(examples),
        _too_few(examples),
        *_over_cap(examples, model, token_limit),
        *_empty(inputs, outputs),
        _exact(grouping, outputs),
        _conflicts(grouping, outputs),
        _near(grouping),
        _where("mojibake", "error", inputs, outputs, is_mojibake),
        _personal(inputs, outputs),
        _where("invisible_characters", "hint", inputs, outputs, lambda text: invisible_characters(text) > 0),
        _placeholders(inputs, outputs, labels),
        _echoes(inputs, outputs),
        *_languages(inputs, outputs, labels),
        *([_balance(outputs)] if labels else _writing(outputs)),
        _outliers("input_length_outliers", inputs),
        None if labels else _outliers("output_length_outliers", outputs),
        _doubtful(inputs, outputs) if labels and doubt_labels else None,
    ]
    return gravest_first(finding for finding in found if finding is not None)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: WEIGHTS.index(finding.weight)))


def are_labels(outputs: Sequence[str]) -> bool:
    """Whether the outputs are a few short names that come again and again, as labels do."""
    different = {output for output in outputs if output.strip()}
    few = 2 <= len(different) <= min(MOST_LABELS, 0.2 * len(outputs))
    return few and max(map(len, different)) <= LONGEST_LABEL


def across_splits(parts: Sequence[str | None], groups: Sequence[int]) -> list[int]:
    """Rows of a part whose group is also in an earlier part (training before validation before test).

    >>> across_splits(["train", "test", "test", None], [0, 0, 2, 2])
    [1]
    """
    order = ("train", "validation", "test")
    earliest: dict[int, int] = {}
    for part, group in zip(parts, groups, strict=True):
        if part in order:
            earliest[group] = min(earliest.get(group, len(order)), order.index(part))
    return [
        row
        for row, (part, group) in enumerate(zip(parts, groups, strict=True))
        if part in order and order.index(part) > earliest[group]
    ]


def _finding(id: str, weight: Weight, rows: Iterable[int], **fields: Any) -> Finding | None:
    named = tuple(rows)
    return Finding(id, weight, named, fields) if named else None


def _where(
    id: str, weight: Weight, inputs: Sequence[str], outputs: Sequence[str], odd: Callable[[str], bool]
) -> Finding | None:
    pairs = enumerate(zip(inputs, outputs, strict=True))
    return _finding(id, weight, (row for row, pair in pairs if any(map(odd, pair))))


def _format(examples: Sequence[Example]) -> list[Finding]:
    """What a provider's own check would refuse, under the names of that check."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        for name in format_errors({"messages": list(example.messages)}):
            rows[name].append(row)
        if example.rejected is not None and not example.rejected.strip():
            rows["missing_rejected"].append(row)
    return [Finding(name, "error", tuple(dict.fromkeys(where))) for name, where in rows.items()]


def _too_few(examples: Sequence[Example]) -> Finding | None:
    if len(examples) >= FEW_EXAMPLES:
        return None
    return _finding("too_few_examples", "error", range(len(examples)), fewest=FEW_EXAMPLES)


def _over_cap(examples: Sequence[Example], model: str | None, limit: int | None) -> list[Finding | None]:
    if model is None and limit is None:
        return []
    model = model or COUNTED_AS
    from pricing.tokens import count_chat
    from pricing.training_file import training_rules

    known = training_rules().example_limit(model)
    cap = limit or (known.tokens if known else None)
    if cap is None:
        return []
    count = count_chat([list(example.messages) for example in examples], model)
    long = (row for row, length in enumerate(count.lengths) if length > cap)
    return [_finding("over_token_cap", "error", long, limit=cap, longest=count.max, exact=count.exact)]


def _empty(inputs: Sequence[str], outputs: Sequence[str]) -> list[Finding | None]:
    """White space only: the format check lets it pass, and nothing can be learnt from it."""
    from baselines.dataset import has_content

    return [
        _finding("empty_input", "error", (row for row, text in enumerate(inputs) if not has_content(text))),
        _finding("empty_output", "error", (row for row, text in enumerate(outputs) if not has_content(text))),
    ]


def _exact(grouping: Grouping, outputs: Sequence[str]) -> Finding | None:
    """Rows that repeat an earlier row, input and output."""
    first: dict[tuple[int, str], int] = {}
    pairs = [(group, same_text(output)) for group, output in zip(grouping.same, outputs, strict=True)]
    repeats = [row for row, pair in enumerate(pairs) if first.setdefault(pair, row) != row]
    return _finding("exact_duplicates", "risk", repeats, groups=len({pairs[row] for row in repeats}))


def _conflicts(grouping: Grouping, outputs: Sequence[str]) -> Finding | None:
    """One input, different outputs."""
    answers: dict[int, set[str]] = defaultdict(set)
    for group, output in zip(grouping.same, outputs, strict=True):
        answers[group].add(same_text(output))
    rows = [row for row, group in enumerate(grouping.same) if len(answers[group]) > 1]
    return _finding(
        "conflicting_answers", "risk", rows, groups=sum(len(different) > 1 for different in answers.values())
    )


def _near(grouping: Grouping) -> Finding | None:
    """Rows whose input nearly repeats an earlier one that is not the same."""
    if grouping.near is None:
        return None
    rows = [
        row
        for row, (near, same) in enumerate(zip(grouping.near, grouping.same, strict=True))
        if near != row and same == row
    ]
    return _finding("near_duplicates", "risk", rows, groups=len({grouping.near[row] for row in rows}))


def _personal(inputs: Sequence[str], outputs: Sequence[str]) -> Finding | None:
    kinds: Counter[str] = Counter()
    rows = []
    for row, pair in enumerate(zip(inputs, outputs, strict=True)):
        found = {kind for text in pair for kind in personal_data(text)}
        kinds.update(found)
        if found:
            rows.append(row)
    return _finding("personal_data", "risk", rows, kinds=dict(kinds))


def _placeholders(inputs: Sequence[str], outputs: Sequence[str], labels: bool) -> Finding | None:
    looked_at = inputs if labels else None
    rows = (
        row
        for row, (asked, answered) in enumerate(zip(inputs, outputs, strict=True))
        if (asked.strip() and is_placeholder(asked))
        or (looked_at is None and answered.strip() and is_placeholder(answered))
    )
    return _finding("placeholders", "risk", rows)


def _echoes(inputs: Sequence[str], outputs: Sequence[str]) -> Finding | None:
    pairs = enumerate(zip(inputs, outputs, strict=True))
    return _finding(
        "output_repeats_input",
        "risk",
        (row for row, (a, b) in pairs if a.strip() and same_text(a) == same_text(b)),
    )


def _languages(inputs: Sequence[str], outputs: Sequence[str], labels: bool) -> list[Finding | None]:
    sides = (
        [("input_language_mix", inputs)]
        if labels
        else [("input_language_mix", inputs), ("output_language_mix", outputs)]
    )
    return [_language_mix(id, texts) for id, texts in sides]


def _language_mix(id: str, texts: Sequence[str]) -> Finding | None:
    """Texts in another language than most of their column."""
    hints = [language_hint(text) for text in texts]
    counts = Counter(hint for hint in hints if hint)
    if len(counts) < 2:
        return None
    main = counts.most_common(1)[0][0]
    rows = (row for row, hint in enumerate(hints) if hint not in (None, main))
    return _finding(id, "hint", rows, main=main, languages=dict(counts.most_common()))


def _balance(labels: Sequence[str]) -> Finding | None:
    """Labels with too few rows to be learnt, or one that outweighs all others."""
    counts = Counter(labels)
    name, most = counts.most_common(1)[0]
    rare = {label for label, rows in counts.items() if rows < FEW_EXAMPLES}
    if not rare and most <= len(labels) / 2:
        return None
    rows = tuple(row for row, label in enumerate(labels) if label in rare)
    fields = {
        "labels": len(counts),
        "largest": name,
        "share": round(most / len(labels), 4),
        "rare": len(rare),
    }
    return Finding("label_imbalance", "risk", rows, fields)


def _doubtful(inputs: Sequence[str], labels: Sequence[str]) -> Finding | None:
    """Labels that a model trained on the other rows takes for another, the most doubtful first."""
    from baselines.dataset import LabelledTexts
    from baselines.label_noise import suspicious_labels

    found = suspicious_labels(LabelledTexts(tuple(inputs), tuple(labels)))
    likely = [doubt.likely for doubt in found[:MOST_ROWS_NAMED]]
    return _finding("doubtful_labels", "hint", (doubt.row for doubt in found), likely=likely)


def _writing(outputs: Sequence[str]) -> list[Finding | None]:
    """Signs that written answers were copied, translated, cut off or made from one pattern."""
    openly = [row for row, text in enumerate(outputs) if text.strip() and ends_openly(text)]
    return [
        _finding("boilerplate", "risk", (row for row, text in enumerate(outputs) if is_boilerplate(text))),
        _finding(
            "sounds_translated", "hint", (row for row, text in enumerate(outputs) if sounds_translated(text))
        ),
        _finding("cut_off", "hint", openly) if len(openly) <= CUT_OFF * len(outputs) else None,
        _template(outputs),
    ]


def _template(outputs: Sequence[str]) -> Finding | None:
    """Answers that begin with the same words, where many do."""
    openings = [text[:OPENING] if len(text) > 2 * OPENING else None for text in outputs]
    counts = Counter(opening for opening in openings if opening)
    if not counts or len(outputs) < ROWS_FOR_OUTLIERS:
        return None
    opening, times = counts.most_common(1)[0]
    if times < COMMON_OPENING * len(outputs):
        return None
    return _finding(
        "same_opening", "hint", (row for row, text in enumerate(openings) if text == opening), opening=opening
    )


def _outliers(id: str, texts: Sequence[str]) -> Finding | None:
    """Texts far longer or shorter than the rest, on the scale of logarithms."""
    logs = [math.log1p(len(text)) for text in texts]
    if len(logs) < ROWS_FOR_OUTLIERS:
        return None
    middle = median(logs)
    spread = 1.4826 * median(abs(length - middle) for length in logs)
    if spread == 0:
        return None
    rows = (row for row, length in enumerate(logs) if abs(length - middle) > OUTLYING * spread and texts[row])
    return _finding(id, "hint", rows, typical=round(math.expm1(middle)))
