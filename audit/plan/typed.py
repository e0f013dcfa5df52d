"""What a person typed into a cell, as the day, number, word or text that was meant; `Wrong` says what it cannot be."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

from audit.plan.columns import folded, meanings, plain
from audit.plan.rows import MOST

_FIRST, _LAST = 2000, 2200  # years
_DAY = re.compile(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4}|\d{2})(?: г\.?)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?")
_MOST = 1e15
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_SPELLED = re.compile(r"(?:[^\w\s.,+\-%]\s*)?([-+]?[\d\s.,']*\d[.,]?)\s*(?:%|[^\W\d_]{1,4}\.?|[^\w\s.,])?")  # $ 1 200,50 · 24 % · 240 000 руб.
_EPOCH, _SERIAL = dt.date(1899, 12, 30), (36_526, 109_575)  # 2000 … 2199 as days of a spreadsheet


class Wrong(ValueError):
    """A cell that cannot be what its column needs; `kind` names the text of the catalogue."""

    def __init__(self, kind: str):
        super().__init__(kind)
        self.kind = kind


def day(cell: Any) -> dt.date | None:
    """A date: of a date cell, of text such as 1.12.2026 or 2026-12-01, of a bare number of a spreadsheet."""
    if cell is None:
        return None
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if not isinstance(cell, dt.date):
        cell = _written(cell)
    if not _FIRST <= cell.year < _LAST:
        raise Wrong("date")
    return cell


def _written(cell: Any) -> dt.date:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if _SERIAL[0] <= cell < _SERIAL[1]:
            return _EPOCH + dt.timedelta(days=int(cell))
        raise Wrong("date")
    text = plain(cell).lower()
    if found := _ISO.fullmatch(text):
        year, month, number = map(int, found.groups())
    elif found := _DAY.fullmatch(text):
        number, month, year = map(int, found.groups())
    else:
        raise Wrong("date")
    try:
        return dt.date(year + (2000 if year < 100 else 0), month, number)
    except ValueError:
        raise Wrong("no_day") from None


def number(cell: Any, unit: str | None = None) -> float | None:
    """A finite number; text may have a comma, spaces between thousands, a currency sign; of a share "24 %" is 0.24."""
    if cell is None:
        return None
    value = float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else _spelled(plain(cell), unit)
    if not abs(value) <= _MOST:  # nor what is no number at all
        raise Wrong("number")
    if unit == "share" and not 0 <= value <= 1:
        raise Wrong("share")
    if value < 0:
        raise Wrong("number")
    return value


def _spelled(text: str, unit: str | None) -> float:
    found = _SPELLED.fullmatch(text.replace("\u2212", "-"))
    if not found:
        raise Wrong("number")
    bare = re.sub(r"[\s']", "", found[1])
    marks = bare.count(",") + bare.count(".")
    if marks > 1 or (unit == "money" and re.search(r"[.,]\d{3}$", bare)):  # 1.234.567,50 and 1,200
        whole, mark, rest = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", bare).groups()  # type: ignore[union-attr]
        bare = re.sub(r"[.,]", "", whole) + (f".{rest}" if mark else "")
    bare = bare.replace(",", ".")
    if not _NUMBER.fullmatch(bare):
        raise Wrong("number")
    return float(bare) / (100 if text.endswith("%") and unit == "share" else 1)


def priority(cell: Any) -> int | None:
    """A priority 1 … 5, also as "2 " or "2.0"."""
    try:
        value = number(cell)
    except Wrong:
        raise Wrong("priority") from None
    if value is None:
        return None
    if value != int(value) or not 1 <= value <= MOST:
        raise Wrong("priority")
    return int(value)


def word(name: str, cell: Any) -> str:
    """The code of a word of a list, in any of the languages; empty for an empty cell."""
    if cell is None:
        return ""
    code = meanings(name).get(folded(cell))
    if code is None:
        raise Wrong(name)
    return code


def same(cell: Any, shown: Any) -> bool:
    """Whether a cell still says what the book said."""
    if isinstance(cell, dt.datetime):
        cell = cell.date()
    if cell in (None, "") or shown in (None, ""):
        return cell in (None, "") and shown in (None, "")
    if isinstance(shown, int | float) and isinstance(cell, int | float):
        return math.isclose(cell, shown, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(shown, dt.date) and not isinstance(cell, dt.date):
        try:
            return day(cell) == shown
        except Wrong:
            return False
    return cell == shown or (isinstance(shown, str) and plain(cell) == plain(shown))
