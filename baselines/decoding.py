"""Bytes of a text file into text, by a fixed order of tests instead of statistics.

Byte-order mark, UTF-16 by its NULs, ISO-2022-JP by its escapes, strict UTF-8, then the better of CP932 and
EUC-JP. Statistical detectors misread short Japanese; this order does not, and every answer can be overridden.
"""

from __future__ import annotations

import codecs
import re
import threading
import unicodedata
from typing import NamedTuple

from baselines import Problem

# What a reader may choose by hand. The last five are never guessed.
ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932", "euc_jp", "iso2022_jp",
    "cp1252", "gb18030", "big5", "cp949", "koi8-r",
)  # fmt: skip
_SPELLINGS = {
    "shift_jis": "cp932",
    "sjis": "cp932",
    "windows_31j": "cp932",
    "ms932": "cp932",
    "x_sjis": "cp932",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_JIS_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([IJ])")
_JIS_RUN = re.compile(rb"\x1b(\$[@B]|\(I|\([BJ])([^\x1b]*)")
_HIGH_BIT = bytes(byte | 0x80 if 0x20 < byte < 0x80 else byte for byte in range(256))
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_HALF_WIDTH_KANA = re.compile("[｡-ﾟ]")
# cp932 decodes stray bytes to these instead of failing.
_NOT_CP932 = re.compile("[\x80\xa0\uf8f0-\uf8f3]")


class Decoded(NamedTuple):
    text: str
    encoding: str


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """The text without its byte-order mark, and the encoding it was in.

    Raises Problem: `invalid_bytes`, `mixed_encodings` (each with the line) or `encoding_unknown`.

    >>> decode("返品,①".encode("cp932"))
    Decoded(text='返品,①', encoding='cp932')
    """
    _vendor.left = _MOST_VENDOR_KANJI
    if encoding is not None:
        return Decoded(_decode_as(data, known_encoding(encoding)), known_encoding(encoding))
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(_decode_as(data, name), name)
    if (found := _unmarked_utf_16(data)) or (found := _iso_2022_jp(data)):
        return found
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _legacy_japanese(data, error)


def known_encoding(name: str) -> str:
    """One of ENCODINGS for any usual spelling of it."""
    plain = name.strip().lower().replace("-", "_")
    for known in ENCODINGS:
        if plain in (known.replace("-", "_"), known.replace("-", "").replace("_", "")):
            return known
    if plain in _SPELLINGS:
        return _SPELLINGS[plain]
    raise Problem("encoding_unknown", found=name, supported=list(ENCODINGS))


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, ERRORS.get(encoding, "strict")).removeprefix("\ufeff")
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        raise Problem(
            "invalid_bytes", encoding=encoding, byte=at, line=data.count(b"\n", 0, at) + 1
        ) from error


def _unmarked_utf_16(data: bytes) -> Decoded | None:
    """UTF-16 shows in NULs beside ASCII, all on one side, and in line breaks that are two bytes long."""
    nuls = data.count(0)
    if not nuls or len(data) % 2:
        return None
    odd = data[1::2].count(0)
    encoding = "utf-16-le" if odd * 2 > nuls else "utf-16-be"
    if max(odd, nuls - odd) < 0.95 * nuls:
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    breaks = text.count("\n") + text.count("\r")
    stray = sum(unicodedata.category(c) in ("Cn", "Co") for c in text[:10_000])
    one_byte_breaks = data.count(b"\n") + data.count(b"\r")
    if "\0" in text or stray > len(text[:10_000]) // 100 or breaks * 10 < one_byte_breaks or not breaks:
        return None
    return Decoded(text, encoding)


def _iso_2022_jp(data: bytes) -> Decoded | None:
    """Read by way of EUC-JP, whose double bytes are the same ones with the high bit set."""
    if not _JIS_ESCAPE.search(data) or not data.isascii():
        return None
    euc = _JIS_RUN.sub(_run_as_euc, data)
    text = _try(euc, "euc_jp")
    return None if text is None else Decoded(text, "iso2022_jp")


def _run_as_euc(run: re.Match[bytes]) -> bytes:
    escape, body = run[1], run[2]
    if escape in (b"(B", b"(J"):
        return body
    high = body.translate(_HIGH_BIT)
    return _HIGH_BYTE.sub(b"\x8e\\g<0>", high) if escape == b"(I" else high


def _legacy_japanese(data: bytes, utf_8_error: UnicodeDecodeError) -> Decoded:
    if line := _line_in_another_encoding(data):
        raise Problem("mixed_encodings", line=line)
    cp932, euc_jp = _try(data, "cp932"), _try(data, "euc_jp")
    if cp932 is None and euc_jp is None:
        at = utf_8_error.start
        raise Problem("invalid_bytes", encoding="utf-8", byte=at, line=data.count(b"\n", 0, at) + 1)
    # EUC-JP read as CP932 turns every hiragana and katakana into two half-width ones.
    if euc_jp is None or (cp932 is not None and _half_width_kana(cp932) <= _half_width_kana(euc_jp)):
        return Decoded(cp932 or "", "cp932")
    return Decoded(euc_jp, "euc_jp")


def _half_width_kana(text: str) -> int:
    return len(_HALF_WIDTH_KANA.findall(text))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding, ERRORS.get(encoding, "strict"))
    except UnicodeDecodeError:
        return None
    return None if _NOT_CP932.search(text) else text


def _line_in_another_encoding(data: bytes) -> int | None:
    """The first line that is not in the encoding of the lines before, where some are UTF-8 and some are not."""
    first: bool | None = None
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        kind = _is_japanese_utf_8(line)
        if first is None:
            first = kind
        elif kind != first:
            return number
    return None


def _is_japanese_utf_8(line: bytes) -> bool:
    # Two-byte UTF-8 sequences can be EUC-JP kanji by accident; whole lines of three-byte ones cannot.
    try:
        return max(line.decode("utf-8")) >= "\u2000"
    except UnicodeDecodeError:
        return False


def _vendor_kanji(error: UnicodeError) -> tuple[str, int]:
    """EUC-JP as Windows writes it: ①, ㈱ and 髙 sit in rows that Python's codec leaves empty and cp932 has."""
    if not isinstance(error, UnicodeDecodeError) or _vendor.left == 0:
        raise error
    _vendor.left -= 1
    pair = error.object[error.start : error.start + 2]
    if len(pair) < 2 or min(pair) < 0xA1:
        raise error
    row, cell = pair[0] - 0x80, pair[1] - 0x80
    lead = ((row - 0x21) >> 1) + 0x81
    trail = cell + (0x7E if row % 2 == 0 else 0x1F + (cell >= 0x60))
    try:
        return bytes((lead + 0x40 * (lead > 0x9F), trail)).decode("cp932"), error.start + 2
    except UnicodeDecodeError:
        raise error from None


class _Vendor(threading.local):
    """How many more of them this thread reads in one file; they are rare in honest text and slow in bulk."""

    left = 0


_vendor = _Vendor()
_MOST_VENDOR_KANJI = 500_000
codecs.register_error("advisor.vendor_kanji", _vendor_kanji)
ERRORS = {"euc_jp": "advisor.vendor_kanji"}
