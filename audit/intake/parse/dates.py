"""Dates and times in every form that exports use, to the client's time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from audit.intake.parse import clock, column
from audit.intake.parse.plain import Parsed, clean, each, is_empty
from audit.intake.text import lexicon, norm, words

_TIME = r"(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_DIGITS = re.compile(rf"^(\d{{1,4}})[./-](\d{{1,2}})[./-](\d{{1,4}})(?:\s*г\.?(?=[ ,]))?{_TIME}{_ZONE}\s*(?:г\.?)?$")
_COMPACT = re.compile(r"^(19|20)(\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_DAY_NAME = re.compile(rf"^(\d{{1,2}})(?:st|nd|rd|th)?[ .-]+([^\W\d_]{{3,}})\.?,?[ .-]+(\d{{4}}|\d{{2}})(?:\s*(?:г\.?|года))?{_TIME}{_ZONE}$")
_NAME_DAY = re.compile(rf"^([^\W\d_]{{3,}})\.? +(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}}){_TIME}{_ZONE}$")
_MONTH = re.compile(r"^([^\W\d_]{3,})\.?[ ,.-]+(\d{4})(?:\s*(?:г\.?|года))?$")
_YEAR_MONTH = re.compile(r"^(?:(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4}))$")
_NUMBER = re.compile(r"^\d{5}(?:\.\d+)?$|^\d{10}(?:\.\d+)?$|^\d{13}$")
_EPOCH = dt.datetime(1899, 12, 30)


@dataclass(frozen=True)
class Stamp:
    """A date taken apart. `order` is '' when the first two numbers may be day and month either way."""

    first: int = 0
    second: int = 0
    year: int = 0
    clock: tuple[int, int, int] = (0, 0, 0)
    zone: int | None = None  # minutes east of UTC
    order: str = ""
    numeric: bool = False  # day and month are numbers whose order the column decides
    dotted: bool = False
    ready: dt.datetime | None = None
    empty: bool = False
    placeholder: bool = False


BAD = Stamp(order="bad")


@lru_cache(maxsize=400_000)
def take_apart(text: str) -> Stamp:
    """The parts of a date cell, `BAD` when it is none."""
    plain = clean(text)
    # most cells begin with a digit, and words need not be looked up for them
    if plain in words("empty_date") or (not plain[:1].isdigit() and (is_empty(plain) or norm(plain) in words("empty_date"))):
        return Stamp(empty=True, placeholder=bool(plain))
    if found := _DIGITS.match(plain):
        a, b, c, *rest = found.groups()
        clock, zone = _clock(rest[:4]), _zone(rest[4])
        if clock is None:
            return BAD
        if "9999" in (a, c):  # "never" of systems that cannot leave a date empty
            return Stamp(empty=True, placeholder=True)
        if len(a) == 4:
            return Stamp(int(c), int(b), _year(int(a)), clock, zone, "dmy") if len(c) <= 2 else BAD
        if len(c) not in (2, 4) or len(a) > 2:
            return BAD
        first, second = int(a), int(b)
        order = "dmy" if first > 12 else "mdy" if second > 12 else "" if first != second else "dmy"
        return Stamp(first, second, _year(int(c)), clock, zone, order, numeric=True, dotted="." in plain[:3])
    if found := _COMPACT.match(plain):
        century, year, month, day = found.groups()
        return Stamp(int(day), int(month), int(century + year), order="dmy")
    if _NUMBER.match(plain):
        return _from_number(float(plain))
    if found := _DAY_NAME.match(plain):
        day, name, year, *rest = found.groups()
        return _named(name, int(day), int(year), rest)
    if found := _NAME_DAY.match(plain):
        name, day, year, *rest = found.groups()
        return _named(name, int(day), int(year), rest)
    if found := _MONTH.match(plain):
        return _named(found.group(1), 1, int(found.group(2)), [None] * 5)
    if found := _YEAR_MONTH.match(plain):
        y1, m1, m2, y2 = found.groups()
        return Stamp(1, int(m1 or m2), int(y1 or y2), order="dmy") if 1 <= int(m1 or m2) <= 12 else BAD
    return BAD


def _named(name: str, day: int, year: int, rest: list) -> Stamp:
    month, clock = _months().get(norm(name)[:3]), _clock(rest[:4])
    return Stamp(day, month, _year(year), clock, _zone(rest[4]), "dmy") if month and clock else BAD


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {word[:3]: int(month) for month, group in lexicon()["months"].items() for word in group}


def _year(year: int) -> int:
    if year < 100:
        return 2000 + year
    # databases of 1C keep dates two thousand years ahead
    return year - 2000 if 3990 <= year < 4200 else year


def _clock(parts: list) -> tuple[int, int, int] | None:
    hour, minute, second = (int(part or 0) for part in parts[:3])
    half = (parts[3] or "").lower()[:1]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _zone(text: str | None) -> int | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return 0
    digits = text[1:].replace(":", "")
    return (int(digits[:2]) * 60 + int(digits[2:] or 0)) * (-1 if text[0] == "-" else 1)


def _from_number(number: float) -> Stamp:
    """A spreadsheet's day number, or Unix seconds or milliseconds."""
    if number < 100_000:
        return Stamp(ready=_EPOCH + dt.timedelta(seconds=round(number * 86400)), order="dmy") if number > 20_000 else BAD
    seconds = number / 1000 if number > 1e11 else number
    return Stamp(ready=dt.datetime(1970, 1, 1) + dt.timedelta(seconds=int(seconds)), zone=0, order="dmy")


def moment(stamp: Stamp, order: str | None, zone: str) -> dt.datetime | None:
    """The naive time of `stamp` in time zone `zone`; None when there is no such day."""
    if stamp.empty or stamp is BAD:
        return None
    when = stamp.ready
    if when is None:
        month_first = stamp.numeric and (order or stamp.order) == "mdy"
        day, month = (stamp.second, stamp.first) if month_first else (stamp.first, stamp.second)
        try:
            when = dt.datetime(stamp.year, month, day, *stamp.clock)
        except ValueError:
            return None
    if stamp.zone is not None:
        aware = when.replace(tzinfo=dt.timezone(dt.timedelta(minutes=stamp.zone)))
        when = aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return when if 1900 <= when.year < 2200 else None


@dataclass(frozen=True)
class DateStyle:
    """The order of day and month in a column; `asks` when only a person can tell."""

    order: str | None
    why: str
    asks: bool = False
    examples: tuple[str, ...] = field(default=())


def date_style(cells: pd.Series) -> DateStyle:
    """Day first or month first, decided by all cells of a column together."""
    votes, unclear, dotted = {"dmy": 0, "mdy": 0}, [], 0
    shown: dict[str, list[str]] = {"dmy": [], "mdy": []}
    for text, n in _distinct_days(cells):
        stamp = take_apart(text)
        if not stamp.numeric:
            continue
        dotted += stamp.dotted * n
        if stamp.order and stamp.first != stamp.second:
            votes[stamp.order] += n
            shown[stamp.order].append(text)
        elif not stamp.order:
            unclear.append(text)
    day_first, month_first = votes["dmy"], votes["mdy"]
    if day_first and month_first:
        order = "dmy" if day_first >= month_first else "mdy"
        small = min(day_first, month_first) * 20 <= max(day_first, month_first)
        return DateStyle(order, "majority" if small else "mixed", not small, (*shown["dmy"][:2], *shown["mdy"][:2]))
    if day_first or month_first:
        return DateStyle("dmy" if day_first else "mdy", "proved")
    if not unclear:
        return DateStyle(None, "none")
    if dotted:
        return DateStyle("dmy", "dots")
    return DateStyle("dmy", "unclear", True, tuple(unclear[:4]))


def _distinct_days(cells: pd.Series) -> Iterator[tuple[str, int]]:
    """(a day as written, number of cells): of turned dates one for every pair of numbers, in the order in which they are met."""
    cells, codes = column.once(cells)
    times = np.ones(len(cells), dtype="int64") if codes is None else np.bincount(codes, minlength=len(cells))
    left = np.ones(len(cells), dtype=bool)
    found: list[tuple[int, str, int]] = []
    for form in clock.forms(cells):
        left[form.rows] = False
        if form.turned and len(form.rows):
            counts = np.bincount(form.day, weights=times[form.rows], minlength=len(form.texts))
            met = np.zeros(len(form.texts), dtype="int64")
            met[form.day[::-1]] = form.rows[::-1]
            pairs: dict[tuple[int, int, bool], list] = {}
            for day in np.flatnonzero(counts).tolist():
                pair = pairs.setdefault((int(form.first[day]), int(form.second[day]), bool(form.dotted[day])), [int(met[day]), form.texts[day], 0])
                pair[2] += int(counts[day])
            found.extend((row, text, n) for row, text, n in pairs.values())
    rest = pd.DataFrame({"text": cells[left].str.replace(r"[ T].*$", "", regex=True), "n": times[left]})
    yield from ((text, n) for _, text, n in sorted(found))
    yield from ((str(text), int(n)) for text, n in rest.groupby("text", sort=False)["n"].sum().sort_values(ascending=False, kind="stable").items())


def parse_dates(cells: pd.Series, order: str | None, zone: str) -> Parsed:
    """Times in `zone` without an offset, whole seconds; a filled cell that is no date (31.02) is bad."""
    cells, spread = column.once(cells)
    values = np.full(len(cells), clock.NAT, dtype="datetime64[us]")
    for form in clock.forms(cells):
        found = clock.moments(form, order == "mdy")
        if len(found) == len(cells):
            values = found
        else:
            values[form.rows] = found
    left = np.flatnonzero(np.isnat(values))
    bad, placeholders = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    if len(left):
        codes, _, stamps = each(cells.iloc[left], take_apart)
        moments = [moment(stamp, order, zone) for stamp in stamps]
        found = np.array([clock.NAT if when is None else np.datetime64(when, "us") for when in moments], dtype="datetime64[us]")
        values[left] = found[codes].astype("datetime64[s]")
        wrong = np.array([when is None and not stamp.empty for when, stamp in zip(moments, stamps, strict=True)], dtype=bool)
        bad[left] = wrong[codes]
        placeholders[left] = np.array([stamp.placeholder for stamp in stamps], dtype=bool)[codes]
    if spread is not None:
        values, bad, placeholders = values[spread], bad[spread], placeholders[spread]
    return Parsed(pd.Series(values), bad, int(placeholders.sum()))
