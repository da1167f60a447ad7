"""What may be wrong with one text: read with the wrong encoding, of another language, empty talk, cut off."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# Kana in UTF-8 begin with E3 81, E3 82 or E3 83; a Windows program of old shows these bytes as 縺, 繧, 繝.
_UTF_8_AS_CP932 = re.compile("[縺繧繝]")
_UTF_8_AS_LATIN = re.compile("[ÂÃâãåæçèéäïð][\u0080-¿€™œ‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜š›žŸ]")
_REPLACED = re.compile("\ufffd|(?:&#\\d+;){2,}")
_INVISIBLE = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]|[\x00-\x08\x0b\x0e-\x1f\x7f]"
)

_SCRIPTS = (
    ("kana", re.compile("[ぁ-ヿｦ-ﾝ]")),
    ("hangul", re.compile("[가-힣ᄀ-ᇿ]")),
    ("han", re.compile("[一-鿿々〆]")),
    ("latin", re.compile("[A-Za-zÀ-ɏ]")),
    ("cyrillic", re.compile("[Ѐ-ӿ]")),
    ("arabic", re.compile("[؀-ۿ]")),
    ("thai", re.compile("[฀-๿]")),
    ("devanagari", re.compile("[ऀ-ॿ]")),
)
_SURE_OF_SCRIPT = 8
_PLACEHOLDERS = {
    "na", "n/a", "none", "null", "nan", "todo", "tbd", "test", "xxx", "dummy", "sample", "lorem ipsum",
    "テスト", "てすと", "ダミー", "サンプル", "未記入", "未入力", "同上", "ああああ", "ー",
}  # fmt: skip
_REPEATED = re.compile(r"(.{1,4}?)\1{7,}", re.DOTALL)
_BOILERPLATE = re.compile(
    r"as an ai(?: language)? model|i(?:'m| am) (?:just )?an ai\b|i cannot (?:assist|help) with|my knowledge cutoff"
    r"|AI(?:言語)?モデルとして|AIアシスタントとして|言語モデルである私|私はAIで|お手伝いできることはありますか",
    re.IGNORECASE,
)
_TRANSLATED = re.compile(
    r"することができ|であることができ|彼らは|彼女らは|それらは|それらの|あなたは|あなたの|私たちは|一つの重要な|のうちの一つ|のためのより"
)
_ENDS = re.compile(r"[。．.!?！？…」』)）\]】♪〜~♡★☆⭐]\s*$|\W$")


def is_mojibake(text: str) -> bool:
    """Whether the text was read with the wrong encoding, or lost characters in one.

    >>> is_mojibake("縺ゅ＞縺\ufffd"), is_mojibake("ã\\x81\\x82ã\\x81\\x84"), is_mojibake("あいう")
    (True, True, False)
    """
    if _REPLACED.search(text) or text.count("?") >= max(4, 0.5 * len(text)):
        return True
    kana_bytes = len(_UTF_8_AS_CP932.findall(text))
    return (kana_bytes >= 3 and kana_bytes >= 0.1 * len(text)) or len(_UTF_8_AS_LATIN.findall(text)) >= 2


def invisible_characters(text: str) -> int:
    """Characters that no reader sees: zero-width marks, text direction, control codes."""
    return len(_INVISIBLE.findall(text))


def language_hint(text: str) -> str | None:
    """The language or script most of the letters belong to; None where too few letters say.

    Kana make a text Japanese. Chinese characters alone may be either: `han`.

    >>> language_hint("返品したいです。よろしくお願いします"), language_hint("Where is my order?")
    ('ja', 'latin')
    """
    counts = Counter({name: len(pattern.findall(text)) for name, pattern in _SCRIPTS})
    if counts.total() < _SURE_OF_SCRIPT:
        return None
    # Half-Latin product talk in Japanese is still Japanese.
    if counts["kana"] >= 0.15 * counts.total():
        return "ja"
    return counts.most_common(1)[0][0]


def is_placeholder(text: str) -> bool:
    """Whether the text stands in for one: `N/A`, `テスト`, only symbols, or one piece repeated.

    >>> [is_placeholder(text) for text in ("TODO", "???", "ああああああああああ", "返品")]
    [True, True, True, False]
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    has_word = any(unicodedata.category(character)[0] in "LN" for character in plain)
    is_emoji = any(unicodedata.category(character) == "So" for character in plain)
    repeated = _REPEATED.search(plain)
    return (
        plain in _PLACEHOLDERS
        or not (has_word or is_emoji)
        or (repeated is not None and len(repeated[0]) >= 0.8 * len(plain))
    )


def is_boilerplate(text: str) -> bool:
    """Whether an assistant speaks of itself, as outputs copied from a chat do."""
    return bool(_BOILERPLATE.search(text))


def sounds_translated(text: str) -> bool:
    """Two or more turns of phrase that Japanese uses mostly when it is translated: a hint, not a proof."""
    return len(_TRANSLATED.findall(text)) >= 2


def ends_openly(text: str) -> bool:
    """Whether the text stops without any mark that ends a sentence."""
    return not _ENDS.search(text)
