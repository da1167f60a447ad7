"""Marks of personal data in a text, as they are written in Japan: hints for a person to look at.

Names are not looked for: no pattern tells 森さん from 森. Nothing found here leaves the machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

_PREFECTURE = r"(?:東京都|北海道|京都府|大阪府|[一-龥]{2,3}県)"
_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "email": re.compile(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}"
    ),
    "phone": re.compile(
        r"(?<![\d-])(?:0\d{1,4}[-(]\d{1,4}[-)]\d{3,4}|0[5-9]0\d{8}|\+\d{1,3}[- ]?\d{1,4}(?:[- ]\d{2,4}){2,3})(?![\d-])"
    ),
    "postal_code": re.compile(rf"〒\s?\d{{3}}-?\d{{4}}|(?<![\d-])\d{{3}}-\d{{4}}(?=\s*{_PREFECTURE})"),
    "address": re.compile(
        rf"{_PREFECTURE}[^\s、。,]{{1,12}}?[市区町村郡][^\s、。,]{{0,20}}?\d+(?:丁目|番|号|-\d)"
    ),
    "my_number": re.compile(r"(?<![\d-])(?<!\d )\d{4}[- ]?\d{4}[- ]?\d{4}(?![\d-]| \d)"),
    "card": re.compile(r"(?<![\d-])[3-6]\d{3}(?:[- ]?\d{4}){2}[- ]?\d{2,4}(?![\d-])"),
    "secret": re.compile(
        r"(?<![A-Za-z0-9_-])(?:sk-[\w-]{16,}|hf_\w{16,}|gh[pousr]_\w{20,}|AKIA[A-Z0-9]{16})"
    ),
}
_MAY_HOLD = re.compile(r"[@\d]|sk-|hf_|gh[pousr]_")
# Numbers that anyone may call: free dial and information lines.
_PUBLIC_LINES = ("0120", "0570", "0800", "0990")
_MY_NUMBER_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def personal_data(text: str) -> dict[str, list[str]]:
    """What looks like personal data, by kind: email, phone, postal_code, address, my_number, card, secret.

    >>> personal_data("連絡先は０９０-１２３４-５６７８、taro@example.co.jp です")
    {'email': ['taro@example.co.jp'], 'phone': ['090-1234-5678']}
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES)
    if not _MAY_HOLD.search(plain):
        return {}
    found = {
        kind: [match for match in pattern.findall(plain) if kind not in _HOLDS or _HOLDS[kind](match)]
        for kind, pattern in _PATTERNS.items()
    }
    return {kind: matches for kind, matches in found.items() if matches}


_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー－", "-"))


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdigit()]


def _is_phone(match: str) -> bool:
    digits = "".join(map(str, _digits(match)))
    domestic = 10 <= len(digits) <= 11 and not digits.startswith(_PUBLIC_LINES)
    return 9 <= len(digits) <= 15 if match.startswith("+") else domestic


def _is_my_number(match: str) -> bool:
    """Whether the last of twelve digits is the check digit that the law's ordinance prescribes."""
    *body, check = _digits(match)
    rest = sum(digit * weight for digit, weight in zip(body, _MY_NUMBER_WEIGHTS, strict=True)) % 11
    return len(set(body)) > 1 and check == (0 if rest <= 1 else 11 - rest)


def _is_card(match: str) -> bool:
    """Whether Luhn's sum fits."""
    digits = _digits(match)[::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


_HOLDS: Mapping[str, Callable[[str], bool]] = {
    "phone": _is_phone,
    "my_number": _is_my_number,
    "card": _is_card,
}
