"""The label that a model's free text names: exactly, loosely inside prose, or not at all."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

Read = Literal["answered", "loose", "unparseable", "refused", "empty"]
KEYS = (
    "label",
    "category",
    "class",
    "answer",
    "prediction",
    "ラベル",
    "分類",
    "カテゴリ",
    "カテゴリー",
    "回答",
    "答え",
)
AROUND = " \t\r\n\"'`´“”„‘’«»「」『』【】〈〉《》()[]{}<>*_~|.,:;!?。、・…"
SHORT = 3
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A\s*```\w*\s*(.*?)\s*```\s*\Z", re.DOTALL)
_OBJECT = re.compile(r"\{[^{}]*\}")
_KEYED = re.compile(
    rf"\A\W*(?:the\s+)?(?:{'|'.join(KEYS)})\W*(?:\bis\b|は|[:=\s])(.+)\Z", re.DOTALL | re.IGNORECASE
)
_REFUSAL = re.compile(
    r"\b(?:can(?:no|['’])?t|unable to|not able to|won['’]t|will not)\s+(?:\w+\s+){0,2}?"
    r"(?:help|assist|answer|comply|provide|fulfil\w*|engage|discuss|respond|classify|continue|do (?:that|this))\b"
    r"|(?:お答え|回答|対応|お手伝い|分類|提供|お応え|協力|お力になること)\S{0,4}?(?:でき(?:ません|かねます|ない)|いたしかねます|控え)",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(r"(?:\bnot|\bnever|n['’]t|\bno)\s+(?:an?\s+|the\s+)?\W?\Z", re.IGNORECASE)
_DENIED_AFTER = re.compile(r"\A\W{0,2}(?:では(?:ない|なく|ありません)|じゃない|以外)")


class Reading(NamedTuple):
    """The label, None where none can be told, and how it was told."""

    label: str | None
    status: Read


def read_label(raw: str | None, labels: Sequence[str] | Mapping[str, str]) -> Reading:
    """The one of `labels` that an answer names; a mapping gives for each id that was offered the label behind it.

    Width, case, quotes and punctuation around it do not matter, nor does the JSON it comes in. One label inside
    prose is `loose`; two different ones, or one that is denied, name nothing.

    >>> read_label('{"label": "Spam"}', ["spam", "ham"])
    Reading(label='spam', status='answered')
    >>> read_label("これは「苦情」に当たると思います。", ["苦情", "質問"])
    Reading(label='苦情', status='loose')
    >>> read_label("spam or ham", ["spam", "ham"]).status
    'unparseable'
    """
    text = _THOUGHT.sub("", raw or "").strip()
    if not text.strip(AROUND):
        exact = text if text in labels else None
        return Reading(exact, "answered" if exact else "empty")
    names = _names(labels)
    for said in _whole_answers(text):
        if label := _named(said, names):
            return Reading(label, "answered")
    if _REFUSAL.search(unicodedata.normalize("NFKC", text)):
        return Reading(None, "refused")
    label = _inside(text, names)
    return Reading(label, "loose" if label else "unparseable")


def _names(labels: Sequence[str] | Mapping[str, str]) -> Mapping[str, str]:
    """What may be said -> the label meant by it."""
    given = labels if isinstance(labels, Mapping) else {}
    return {**given, **{label: label for label in (given.values() or labels)}}


def _whole_answers(text: str) -> Iterable[str]:
    """What the whole text may stand for: itself, what its JSON holds, what follows `label:`."""
    fenced = _FENCE.match(text)
    plain = fenced[1] if fenced else text
    yield plain
    found = _OBJECT.findall(plain)
    for source in (plain, *(found if len(found) == 1 else ())):
        yield from _from_json(source)
    if keyed := _KEYED.match(unicodedata.normalize("NFKC", plain)):
        yield keyed[1]


def _from_json(source: str) -> Iterable[str]:
    try:
        held: Any = json.loads(source)
    except (ValueError, RecursionError):
        return
    if isinstance(held, list) and len(held) == 1:
        held = held[0]
    if isinstance(held, dict):
        by_key = {str(key).casefold(): value for key, value in held.items()}
        named = [by_key[key] for key in KEYS if key in by_key]
        held = named[0] if named else next(iter(held.values())) if len(held) == 1 else None
    if isinstance(held, str | int) and not isinstance(held, bool):
        yield str(held)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _folded(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", _plain(text).casefold()).strip()


def _bare(text: str) -> str:
    return _folded(_plain(text).strip(AROUND))


FORMS: tuple[Callable[[str], str], ...] = (str, _plain, _folded, _bare)


def _named(said: str, names: Mapping[str, str]) -> str | None:
    """The label that is all that was said, by the strictest form in which just one fits."""
    for form in FORMS:
        meant = {label for name, label in names.items() if form(name) and form(name) == form(said)}
        if meant:
            return meant.pop() if len(meant) == 1 else None
    return None


def _inside(text: str, names: Mapping[str, str]) -> str | None:
    """The one label that prose mentions; a longer name hides the shorter ones in it."""
    plain = _plain(text)
    known = {_plain(label) for name, label in names.items() if name == label and _bare(label)}
    patterns = [_as_word(name) for name in sorted(known, key=len, reverse=True)]
    meant = set()
    for mention in re.finditer("|".join(patterns), plain, re.IGNORECASE) if patterns else ():
        if _DENIED_BEFORE.search(plain[: mention.start()]) or _DENIED_AFTER.match(plain[mention.end() :]):
            return None
        meant.add(_named(mention[0], names))
    return meant.pop() if len(meant) == 1 else None


def _as_word(name: str) -> str:
    """A name as a pattern: no part of a longer Latin word, and a short one (`no`, `us`, `1`) only beside a mark."""
    before = r"(?<![A-Za-z0-9])" if name[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if name[-1].isascii() else ""
    whole = before + re.escape(name) + after
    if len(name) > SHORT or not name.isascii():
        return whole
    return rf"(?<=[^\w\s]){whole}|{whole}(?=[^\w\s]|\Z)"
