"""Every sentence and number a person reads, in their language: catalogues and Babel formats."""

from __future__ import annotations

import datetime as dt
import math
import os
from functools import cache
from importlib.resources import files

LANGUAGES = ("ru", "en", "bg")
PLURALS = {"zero", "one", "two", "few", "many", "other"}  # an entry with only such keys is chosen by count
NNBSP, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"


@cache
def catalogue(lang: str, room: str) -> dict[str, str | dict[str, str]]:
    """Flat key → text of one room in one language; a key is `<room>.<path>.<inside>.<it>`."""
    import yaml

    file = files("audit").joinpath("locale", lang, f"{room}.yml")
    if not file.is_file():
        return {}
    flat: dict[str, str | dict[str, str]] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _flatten(room, yaml.load(file.read_text(encoding="utf-8"), Loader=loader) or {}, flat)
    return flat


def _flatten(prefix: str, node: object, flat: dict) -> None:
    if isinstance(node, dict) and not ("other" in node and node.keys() <= PLURALS):
        for key, child in node.items():
            _flatten(f"{prefix}.{key}", child, flat)
    else:
        flat[prefix] = node if isinstance(node, dict) else str(node)


def default_language() -> str:
    """The language of messages before a client is known: AUDIT_LANG, else the system's, else English."""
    for name in ("AUDIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            lang = os.environ[name][:2].lower()
            return lang if lang in LANGUAGES else "en"
    return "en"


@cache
def _locale(lang: str):
    from babel import Locale

    return Locale.parse(lang)


class Words:
    """Texts and formats of one language.

    >>> Words("en")("errors.label.next")
    'Next'
    >>> Words("ru").share(0.2347), Words("ru").points(-0.12)
    ('23,5\\xa0%', '−12\\xa0п.\\xa0п.')
    >>> Words("ru")("zones.tested", n=4296)[:22]
    'Проверено 4\\xa0296 срезов'
    """

    def __init__(self, lang: str = "en"):
        if lang not in LANGUAGES:
            raise ValueError(f"no language {lang!r}; known: {', '.join(LANGUAGES)}")
        self.lang = lang

    def has(self, key: str) -> bool:
        """Whether there is a text for `key`."""
        return self._find(key)[1] is not None

    def _find(self, key: str) -> tuple[str, str | dict[str, str] | None]:
        """(language, entry) of `key`: in this language, else in English, so that one gap never stops a report."""
        room = key.partition(".")[0]
        entry = catalogue(self.lang, room).get(key)
        return (self.lang, entry) if entry is not None else ("en", catalogue("en", room).get(key))

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of `key` with `values` filled in; a plural entry is chosen by `n`, which is then told with spaces between thousands."""
        lang, entry = self._find(key)
        if entry is None:
            raise KeyError(f"no text {key!r} in locale/{self.lang} or locale/en")
        if isinstance(entry, dict):
            count = values.get("n", 0)
            form = _locale(lang).plural_form(abs(count) if isinstance(count, int | float) else 0)
            entry = entry.get(form) or entry["other"]
            values |= {"n": self.number(count)} if isinstance(count, int) else {}
        return entry.format(**values) if values else entry

    # -- numbers -------------------------------------------------------------------------------------

    def number(self, value: float | None, digits: int = 0, *, signed: bool = False) -> str:
        """A plain number with `digits` decimals, a real minus and a non-breaking thousands space."""
        if value is None or not math.isfinite(value):
            return "–"
        from babel.numbers import format_decimal

        value = round(value, digits) + 0.0
        form = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(abs(value), format=form, locale=self.lang)
        text = text.replace(" ", NBSP).replace(NNBSP, NBSP)
        return (MINUS if value < 0 else "+" if signed and value > 0 else "") + text

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share 0…1 as a percentage."""
        if value is None or not math.isfinite(value):
            return "–"
        return self.number(100 * value, digits) + _locale(self.lang).percent_formats[None].suffix[0]

    def points(self, value: float | None, digits: int = 0) -> str:
        """A difference of shares in percentage points, signed."""
        if value is None or not math.isfinite(value):
            return "–"
        return self.number(100 * value, digits, signed=True) + NBSP + self("format.points")

    def money(self, value: float | None, currency: str, *, signed: bool = False, rounded: bool = True) -> str:
        """Money; `rounded` keeps three significant digits and names thousands and millions."""
        if value is None or not math.isfinite(value):
            return "–"
        from babel.numbers import get_currency_symbol

        symbol = get_currency_symbol(currency, locale=self.lang) if currency else ""
        size = abs(value)
        if rounded and size >= 999_500:
            text = self.number(value / 1e6, 2 if size < 9.995e6 else 1 if size < 99.95e6 else 0, signed=signed)
            text += NBSP + self("format.million")
        elif rounded and size >= 9_995:
            text = self.number(value / 1e3, 1 if size < 99_950 else 0, signed=signed) + NBSP + self("format.thousand")
        else:
            text = self.number(value, 0, signed=signed)
        if self.lang == "en" and len(symbol) == 1:
            sign = text[0] if text[:1] in (MINUS, "+") else ""
            return sign + symbol + text[len(sign):]
        return text + (NBSP + symbol if symbol else "")

    def between(self, low: str, high: str) -> str:
        """Two formatted ends of an interval: 'from … to …'."""
        return self("format.between", low=low, high=high)

    # -- dates ---------------------------------------------------------------------------------------

    def date(self, day: dt.date, form: str = "long") -> str:
        """A calendar date; `form` is a Babel form (`short`, `medium`, `long`)."""
        from babel.dates import format_date

        return format_date(day, form, locale=self.lang).replace("\u202f", NBSP)

    def day(self, day: dt.date, parts: str = "MMMd") -> str:
        """A day by the parts that are wanted (a Unicode skeleton: MMMd, yMMMd, MMMMd), in the order of the language; it does not break."""
        from babel.dates import format_skeleton

        return format_skeleton(parts, dt.datetime.combine(day, dt.time()), locale=self.lang).replace(" ", NBSP)

    def month(self, day: dt.date, form: str = "LLLL y") -> str:
        """The month of `day`, standalone form."""
        from babel.dates import format_date

        return format_date(day, form, locale=self.lang)
