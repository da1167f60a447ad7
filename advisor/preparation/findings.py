"""What is wrong or odd in training data, found before money is spent: each finding by name, with its rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal, TypeVar

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
from baselines.dataset import LabelledTexts, has_content
from pricing.training_file import format_errors

T = TypeVar("T")
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
    pairs = list(zip(inputs, outputs, strict=True))
    rows, labels = range(len(examples)), are_labels(outputs)
    written = [(text,) for text in inputs] if labels else pairs
    found = [
        *_format(examples),
        _finding("too_few_examples", "error", rows if len(rows) < FEW_EXAMPLES else (), fewest=FEW_EXAMPLES),
        *_over_cap(examples, model, token_limit),
        # White space only: the format check lets it pass, and nothing can be learnt from it.
        _where("empty_input", "error", inputs, _is_empty),
        _where("empty_output", "error", outputs, _is_empty),
        _exact(grouping, outputs),
        _conflicts(grouping, outputs),
        _near(grouping),
        _where("mojibake", "error", pairs, lambda pair: any(map(is_mojibake, pair))),
        _personal(pairs),
        _where("invisible_characters", "hint", pairs, lambda pair: any(map(invisible_characters, pair))),
        _where("placeholders", "risk", written, lambda texts: any(map(_stands_in, texts))),
        _where("output_repeats_input", "risk", pairs, _repeats),
        _language_mix("input_language_mix", inputs),
        None if labels else _language_mix("output_language_mix", outputs),
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


def _where(id: str, weight: Weight, rows: Iterable[T], odd: Callable[[T], bool]) -> Finding | None:
    return _finding(id, weight, (place for place, row in enumerate(rows) if odd(row)))


def _is_empty(text: str) -> bool:
    return not has_content(text)


def _stands_in(text: str) -> bool:
    return bool(text.strip()) and is_placeholder(text)


def _repeats(pair: tuple[str, str]) -> bool:
    asked, answered = pair
    return bool(asked.strip()) and same_text(asked) == same_text(answered)


def _format(examples: Sequence[Example]) -> list[Finding]:
    """What a provider's own check would refuse, under the names of that check."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(examples):
        for name in format_errors({"messages": list(example.messages)}):
            rows[name].append(row)
        if example.rejected is not None and not example.rejected.strip():
            rows["missing_rejected"].append(row)
    return [Finding(name, "error", tuple(dict.fromkeys(where))) for name, where in rows.items()]


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
    rows = [row for row, near in enumerate(grouping.near) if near != row == grouping.same[row]]
    return _finding("near_duplicates", "risk", rows, groups=len({grouping.near[row] for row in rows}))


def _personal(pairs: Iterable[tuple[str, str]]) -> Finding | None:
    found = [{kind for text in pair for kind in personal_data(text)} for pair in pairs]
    counts = Counter(kind for kinds in found for kind in kinds)
    rows = (row for row, kinds in enumerate(found) if kinds)
    return _finding("personal_data", "risk", rows, kinds=dict(counts))


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
    from baselines.label_noise import suspicious_labels

    found = suspicious_labels(LabelledTexts(tuple(inputs), tuple(labels)))
    likely = [doubt.likely for doubt in found[:MOST_ROWS_NAMED]]
    return _finding("doubtful_labels", "hint", (doubt.row for doubt in found), likely=likely)


def _writing(outputs: Sequence[str]) -> list[Finding | None]:
    """Signs that written answers were copied, translated, cut off or made from one pattern."""
    openly = [row for row, text in enumerate(outputs) if text.strip() and ends_openly(text)]
    return [
        _where("boilerplate", "risk", outputs, is_boilerplate),
        _where("sounds_translated", "hint", outputs, sounds_translated),
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
