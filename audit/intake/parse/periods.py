"""Months and quarters that stand in headers and titles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from audit.intake.parse.units import header_scale, money_words
from audit.intake.text import lexicon, norm, words

_QUARTER = re.compile(r"^(?:q|кв\.?|квартал|тримесечие|quarter)?\s*(iv|i{1,3}|[1-4])(?:-?(?:й|ый|ой|ий|st|nd|rd|th|во|ро|то))?\s*"
                      r"(?:q|кв\.?|квартал|тримесечие|quarter)?[ .,/'-]*(20\d{2}|\d{2})?\s*(?:г\.?|год|года)?$")
_QUARTER_WORD = re.compile(r"q|кв|тримесечие")
_NAMED = re.compile(r"^([^\W\d_]+)\.?[ .,/'-]*(20\d{2}|\d{2})?\s*(?:г\.?|год|года)?$")
_NUMBERED = re.compile(r"^(?:(20\d{2})[-./](\d{1,2})(?:[-./]01(?: 00:00:00)?)?|(?:01[.])?(\d{1,2})[./](20\d{2}))$")
_YEAR = re.compile(r"(?<!\d)(20[0-9]{2})(?!\d)")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True)
class PeriodHeader:
    """A month or a quarter named by a header; the year only where the header says it."""

    grain: str  # month or quarter
    number: int
    year: int | None

    def text(self, year: int | None) -> str:
        """The period as a cell that names it in full."""
        year = self.year or year
        return f"{year or '?'}-{self.number:02d}" if self.grain == "month" else f"{self.number} кв {year or '?'}"


@lru_cache(maxsize=20_000)
def period_header(header: str) -> PeriodHeader | None:
    """The period that a header names, None when it names none or when it is of the actual figures, not of the plan.

    >>> period_header("Янв"), period_header("план, март 2026"), period_header("Q3'26"), period_header("Маржа"), period_header("Май / Факт")
    (PeriodHeader(grain='month', number=1, year=None), PeriodHeader(grain='month', number=3, year=2026), \
PeriodHeader(grain='quarter', number=3, year=2026), None, None)
    """
    parts = [part for part in re.split(r"[\s,/:()]+", norm(header)) if part and part not in words("plan")]
    if len(parts) > 1 and header_scale(header) is not None:  # the month or the quarter stands before its unit
        parts = [part for part in parts if part not in money_words()]
    plain = " ".join(parts)
    if not plain or len(plain) > 30:
        return None
    if found := _NUMBERED.match(re.sub(r" (?=\d{4}$)", ".", plain)):
        y1, m1, m2, y2 = found.groups()
        number = int(m1 or m2)
        return PeriodHeader("month", number, int(y1 or y2)) if 1 <= number <= 12 else None
    if _QUARTER_WORD.search(plain) and (found := _QUARTER.match(plain)):
        return PeriodHeader("quarter", _ROMAN.get(found.group(1)) or int(found.group(1)), _year(found.group(2)))
    found = _NAMED.match(plain)
    month = _names().get(found.group(1)) if found else None
    return PeriodHeader("month", month, _year(found.group(2))) if found and month else None


def years(text: str) -> set[int]:
    """The years that a title names.

    >>> years("План продаж на 2026 год")
    {2026}
    """
    return {int(year) for year in _YEAR.findall(text)}


def _year(text: str | None) -> int | None:
    return None if not text else int(text) if len(text) == 4 else 2000 + int(text)


@cache
def _names() -> dict[str, int]:
    return {norm(word): int(month) for part in ("months", "month_names") for month, group in lexicon()[part].items() for word in group}
