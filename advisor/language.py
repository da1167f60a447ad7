"""Two languages, always both: texts, phrases, and numbers, money, dates and problems put into words.

Every caller says which language it wants; nothing here remembers one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_decimal, format_currency, format_decimal

from advisor.masking import mask
from pricing import Problem
from pricing.sources import Record, read_yaml

Language = Literal["ja", "en"]
LANGUAGES: tuple[Language, ...] = ("ja", "en")
PHRASES = Path(__file__).parent / "data" / "phrases"
PROBLEMS = "problems"

Scalar = int | float | Decimal
# A break-even of 58,011,817 requests rests on prices and token counts that nobody knows to eight digits.
SAID_EXACTLY_BELOW = 100_000
SMALLEST_P = 0.001


class Text(Record):
    """One thing said in both languages, each written natively."""

    ja: str
    en: str

    def say(self, language: Language, **values: object) -> str:
        """The sentence in `language`, its `{names}` filled from `values`; without values as it is written, since
        a team's own title may hold any brace. `{n:row|rows}` is the word that goes with the number said at `{n}`.

        >>> rows = Text(ja="{n}件", en="{n} {n:row|rows}")
        >>> rows.say("ja", n=70), rows.say("en", n=1), rows.say("en", n="1,300")
        ('70件', '1 row', '1,300 rows')
        """
        text = self.ja if language == "ja" else self.en
        if not values:
            return text
        return _PLURALS.vformat(text, (), values) if "|" in text else text.format(**values)

    @property
    def places(self) -> set[str]:
        """The names that `say` fills, of both halves."""
        return {name for _, name, _, _ in Formatter().parse(self.ja + self.en) if name}


class _Plurals(Formatter):
    """Chooses by what the reader sees: `1` is one, `1.0`, `about 58 million` and `$1` are not."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, other = format_spec.partition("|")
        if not bar:
            return format(value, format_spec)
        return one if _plural_form(str(value)) == "one" else other


_PLURALS = _Plurals()


@lru_cache(1000)
def _plural_form(said: str) -> str:
    try:
        amount = Decimal(said.replace(",", ""))
    except InvalidOperation:
        return "other"
    return Locale.parse("en").plural_form(amount) if amount.is_finite() else "other"


def language_of(locale: str | None) -> Language:
    """The language to start in for a browser's or a shell's locale, such as `ja-JP` or `en_GB.UTF-8`."""
    return "ja" if (locale or "").lower().startswith("ja") else "en"


@cache
def _area(area: str) -> Mapping[str, Text]:
    """The phrases of one area by their dotted keys, read when the first of them is asked for.

    Files named `problems_*` share the one area `problems`, so that each part of the product keeps its own.
    """
    found: dict[str, Text] = {}
    for path in sorted(PHRASES.glob("problems*.yaml" if area == PROBLEMS else f"{area}.yaml")):
        for key, text in _leaves(area, read_yaml(path) or {}):
            if key in found:
                raise Problem("phrase_twice", key=key, file=path.name)
            found[key] = text
    return found


@cache
def _phrases() -> Mapping[str, Text]:
    """Every phrase by its dotted key: the file's name, then the keys inside it."""
    names = {path.stem for path in PHRASES.glob("*.yaml")}
    areas = {PROBLEMS if name.startswith(PROBLEMS) else name for name in names}
    return {key: text for area in sorted(areas) for key, text in _area(area).items()}


def _leaves(prefix: str, tree: Mapping[str, Any]) -> list[tuple[str, Text]]:
    if set(tree) == {"ja", "en"} and all(isinstance(half, str) for half in tree.values()):
        return [(prefix, Text.model_validate(tree))]
    leaves = []
    for key, branch in tree.items():
        if not isinstance(branch, Mapping):
            raise Problem("phrase_incomplete", key=f"{prefix}.{key}")
        leaves += _leaves(f"{prefix}.{key}", branch)
    return leaves


def phrase_keys() -> frozenset[str]:
    """The dotted keys that `phrase` knows."""
    return frozenset(_phrases())


def phrase(key: str, language: Language, **values: object) -> str:
    """The phrase `area.key` from `data/phrases/area.yaml`, filled with `values`; unknown keys are a KeyError."""
    return _area(key.partition(".")[0])[key].say(language, **values)


def number(value: Scalar, language: Language, digits: int | None = None) -> str:
    """A number with the reader's separators; `digits` after the point, else as many as it has (at most 6).

    >>> number(Decimal("10719"), "en"), number(0.8137, "ja", 2)
    ('10,719', '0.81')
    """
    pattern = "#,##0.######" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=language)


def about(value: Scalar, language: Language) -> str:
    """A large count as people say it; below a hundred thousand it is written out.

    >>> about(58_011_817, "ja"), about(58_011_817, "en"), about(556_628, "en"), about(1_899, "en")
    ('約5800万', 'about 58 million', 'about 557,000', '1,899')
    """
    if abs(Decimal(value)) < SAID_EXACTLY_BELOW:
        return number(value, language)
    said = _to_figures(value, 3)
    if language == "ja":
        return "約" + format_compact_decimal(said, format_type="short", locale="ja", fraction_digits=2)
    if abs(said) < 1_000_000:
        return "about " + number(said, "en")
    return "about " + format_compact_decimal(said, format_type="long", locale="en", fraction_digits=2)


def rough(value: Scalar, language: Language) -> str:
    """A count that was predicted or timed, to two figures.

    >>> rough(30_597, "en"), rough(132, "ja"), rough(7, "en")
    ('31,000', '130', '7')
    """
    return number(_to_figures(value, 2), language)


def _to_figures(value: Scalar, figures: int) -> Decimal:
    """So many figures of a count; none below the unit."""
    amount = Decimal(str(value))
    return round(amount, min(0, figures - 1 - amount.adjusted()))


def percent(share: Scalar, language: Language, digits: int = 0) -> str:
    """A share of one as a percentage.

    >>> percent(0.8137, "en", 1)
    '81.4%'
    """
    return number(Decimal(str(share)) * 100, language, digits) + "%"


def p_value(p: float, language: Language) -> str:
    """Three digits of a p-value; what is smaller is said to be so.

    >>> p_value(0.04219, "en"), p_value(0.00002, "en")
    ('0.042', '<0.001')
    """
    return f"<{number(SMALLEST_P, language, 3)}" if p < SMALLEST_P else number(p, language, 3)


def money(amount: Decimal, language: Language, currency: str = "USD", digits: int | None = None) -> str:
    """An amount in its currency; below one unit it keeps up to three significant digits instead of vanishing.

    >>> money(Decimal("0.085752"), "en"), money(Decimal("0.05"), "en"), money(Decimal("1422"), "ja")
    ('$0.0858', '$0.05', '$1,422.00')
    """
    needed = _money_digits(amount, currency) if digits is None else digits
    always = min(needed, 2) if digits is None else digits
    places = "0" * always + "#" * (needed - always)
    symbol_pattern = "¤#,##0" + ("." + places if places else "")
    text = format_currency(amount, currency, format=symbol_pattern, locale=language, currency_digits=False)
    return text.replace("￥", "¥")


def _money_digits(amount: Decimal, currency: str) -> int:
    usual = 0 if currency in {"JPY", "KRW"} else 2
    size = abs(amount)
    if size == 0 or size >= 1:
        return usual
    return max(usual, 2 - size.adjusted())


def day(on: date, language: Language) -> str:
    """A day as the reader writes it.

    >>> day(date(2026, 11, 22), "ja"), day(date(2026, 11, 22), "en")
    ('2026年11月22日', '22 Nov 2026')
    """
    return format_date(on, "y年M月d日" if language == "ja" else "d MMM y", locale=language)


def duration(seconds: float, language: Language) -> str:
    """A time span in the largest unit that reads well.

    >>> duration(95, "en"), duration(5400, "ja")
    ('1.6 min', '1.5時間')
    """
    units = ((3600.0, "h", "時間"), (60.0, "min", "分"), (0.0, "s", "秒"))
    floor, en, ja = next(unit for unit in units if seconds >= unit[0])
    shown = number(seconds / (floor or 1.0), language, 1 if seconds < 10 * (floor or 1.0) else 0)
    return f"{shown}{ja}" if language == "ja" else f"{shown} {en}"


def listing(items: list[str] | tuple[str, ...], language: Language) -> str:
    """Several names in one breath: `text、label` or `text, label`."""
    return ("、" if language == "ja" else ", ").join(items)


def span(low: str, high: str, language: Language) -> str:
    """From one figure to another, in the sign that the language has for it.

    >>> span("-2", "3", "en")
    '-2 to 3'
    """
    if language == "ja":
        return f"{low}〜{high}"
    return f"{low} to {high}" if "-" in low + high else f"{low}–{high}"


def problem(error: Exception, language: Language, quote: Callable[[str], str] = str) -> str:
    """What went wrong, in the reader's language: what was asked, what was found, what would do.

    An error that is not ours gets one honest general sentence and no inner detail. `quote` makes what the error
    quotes of others safe for the place where the sentence is shown. The field it is about comes first where the
    sentence itself does not name it.
    """
    if not isinstance(error, Problem):
        return phrase("problems.unexpected", language, kind=type(error).__name__)
    fields: Mapping[str, object] = error.fields
    text = _area(PROBLEMS).get(f"problems.{error.id}")
    if text is None:
        return phrase("problems.unexpected", language, kind=quote(mask(str(error))))
    shown = {name: _said(value, language, quote) for name, value in fields.items()}
    wanted = text.places
    said = text.say(language, **dict.fromkeys(wanted, "—") | shown)
    return (
        phrase("problems.in_field", language, field=shown["field"], said=said)
        if "field" in shown.keys() - wanted
        else said
    )


def _said(value: object, language: Language, quote: Callable[[str], str]) -> str:
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, bool) or value is None:
        return "—" if value is None else str(value).lower()
    if isinstance(value, int | float | Decimal):
        return number(value, language)
    if isinstance(value, list | tuple | set | frozenset):
        return listing([_said(item, language, quote) for item in value], language)
    return quote(mask(str(value)))
