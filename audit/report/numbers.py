"""Numbers as a report says them: in their unit and rounded to what their interval supports."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeGuard

from audit.words import Words

KINDS = {
    "share": "share", "money": "money", "days": "days", "day": "days", "count": "count", "number": "count",
    "points": "share", "hours": "hours", "minutes": "minutes", "index": "index", "ratio": "index",
    "money_a_day": "money", "money_a_unit": "money", "deals": "count", "sum": "money",
}


class Numbers:
    """Formats of one language and currency. Units: share (0…1), money, days, hours, minutes, count, index."""

    def __init__(self, words: Words, currency: str):
        self.words, self.currency = words, currency

    def value(self, unit: str, value: float | None, low: float | None = None, high: float | None = None) -> str:
        """`value` in its unit, with the digits that the interval `low … high` supports."""
        if not good(value):
            return "–"
        kind = KINDS.get(unit, "index")
        if kind == "share":
            return self.words.share(value, _share_digits(value, low, high))
        if kind == "money":
            step = _step(low, high, value)
            return self._money(value, _money_scale(round(value / step) * step), step)
        number = self.words.number(value, _digits(value, low, high))
        return self.words(f"report.unit.{kind}", value=number) if kind in {"days", "hours", "minutes"} else number

    def interval(self, unit: str, low: float | None, high: float | None) -> str:
        """'from … to …' with the unit once; '' when there is no interval."""
        if not good(low) or not good(high):
            return ""
        kind = KINDS.get(unit, "index")
        if kind == "share":
            digits = max(_share_digits(low, low, high), _share_digits(high, low, high))
            return self.words.between(self.words.number(100 * low, digits), self.words.share(high, digits))
        if kind == "money":
            scale, step = _money_scale((abs(low) + abs(high)) / 2), _step(low, high, max(abs(low), abs(high)))
            return self.words.between(self._bare(low, scale, step), self._money(high, scale, step))
        digits = _digits(high, low, high)
        ends = self.words.between(self.words.number(low, digits), self.words.number(high, digits))
        return self.words(f"report.unit.{kind}", value=ends) if kind in {"days", "hours", "minutes"} else ends

    def gap(self, unit: str, value: float | None, low: float | None = None, high: float | None = None) -> str:
        """A signed difference; of shares in percentage points."""
        if not good(value):
            return "–"
        if KINDS.get(unit) == "share":
            return self.words.points(value, _points_digits(value, low, high))
        sign = "+" if value > 0 else ""
        return sign + self.value(unit, value, low, high)

    def gap_interval(self, unit: str, low: float | None, high: float | None) -> str:
        """The interval of a difference; of shares in percentage points."""
        if not good(low) or not good(high):
            return ""
        if KINDS.get(unit) == "share":
            digits = _points_digits(high, low, high)
            return self.words.between(
                self.words.number(100 * low, digits), self.words.points(high, digits).lstrip("+")
            )
        return self.interval(unit, low, high)

    def money(self, value: float | None, low: float | None = None, high: float | None = None) -> str:
        """Money in the client's currency."""
        return self.value("money", value, low, high)

    def count(self, value: float | None) -> str:
        """A whole number."""
        return self.words.number(value, 0) if good(value) else "–"

    def tick(self, unit: str, value: float) -> str:
        """A short axis label."""
        if KINDS.get(unit) == "share":
            return self.words.share(value, 0 if abs(100 * value - round(100 * value)) < 1e-9 else 1)
        if KINDS.get(unit) == "money":
            scale = _money_scale(value)
            shown = value / scale
            return self._name(self.words.number(shown, 0 if abs(shown - round(shown)) < 1e-9 else 1), scale)
        return self.words.number(value, 0 if abs(value - round(value)) < 1e-9 else 1)

    def _bare(self, value: float, scale: float, step: float) -> str:
        shown = round(value / step) * step if step else value
        return self.words.number(shown / scale, _decimals(step / scale, shown / scale))

    def _name(self, number: str, scale: float) -> str:
        return number + ("\u00a0" + self.words("format." + {1e3: "thousand", 1e6: "million"}[scale]) if scale > 1 else "")

    def _money(self, value: float, scale: float, step: float) -> str:
        text = self._name(self._bare(value, scale, step), scale)
        if not self.currency:
            return text
        from babel.numbers import get_currency_symbol

        symbol = get_currency_symbol(self.currency, locale=self.words.lang)
        if self.words.lang == "en" and len(symbol) == 1:
            sign = text[0] if text[:1] in "−+" else ""
            return sign + symbol + text[len(sign):]
        return f"{text}\u00a0{symbol}"


def good(value: object) -> TypeGuard[float]:
    """Whether there is a finite number."""
    return isinstance(value, int | float) and math.isfinite(value)


def alike_digits(shares: Iterable[float]) -> int:
    """Decimals of shares told beside each other: none, or one where otherwise something short of whole would be told as whole."""
    return 1 if any(0.995 <= share < 1 for share in shares) else 0


def _step(low: float | None, high: float | None, value: float) -> float:
    """What a money figure is rounded to: two digits of its interval's width, else three digits of itself."""
    if good(low) and good(high) and high != low:
        return 10.0 ** (math.floor(math.log10(abs(high - low))) - 1)
    return 10.0 ** (math.floor(math.log10(abs(value))) - 2) if value else 1.0


def _money_scale(value: float) -> float:
    return 1e6 if abs(value) >= 999_500 else 1e3 if abs(value) >= 9_995 else 1.0


def _decimals(step: float, shown: float) -> int:
    needed = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return min(needed, 2 if abs(shown) < 10 else 1 if abs(shown) < 100 else 0)


def _share_digits(value: float, low: float | None, high: float | None) -> int:
    if good(low) and good(high):
        width = abs(high - low)
        return 0 if width >= 0.03 and value >= 0.01 else 1 if width >= 0.002 else 2
    return 1 if value == 0 or value >= 0.01 else 2


def _points_digits(value: float, low: float | None, high: float | None) -> int:
    if good(low) and good(high):
        return 0 if abs(high - low) >= 0.03 and abs(value) >= 0.01 else 1
    return 1


def _digits(value: float, low: float | None, high: float | None) -> int:
    if good(low) and good(high):
        return 0 if abs(high - low) >= 2 or abs(value) >= 10 else 1
    return 0 if abs(value) >= 10 or abs(value - round(value)) < 1e-9 else 1
