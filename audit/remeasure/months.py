"""Calendar of the re-measurement: months, the number of a look, periods counted from the day of a change."""

from __future__ import annotations

import calendar
import datetime as dt
import re

import numpy as np

from audit.errors import UsageError

EPOCH = dt.date(1970, 1, 1)
WEEK, MONTH = "week", "month"
_GIVEN = re.compile(r"([0-9]{4})-([0-9]{2})")


def first_of(month: dt.date | str) -> dt.date:
    """The first day of a month given as YYYY-MM or as any of its days; UsageError for what is no month of 1900–2199.

    >>> first_of("2026-10")
    datetime.date(2026, 10, 1)
    """
    if isinstance(month, dt.date):
        return dt.date(month.year, month.month, 1)
    found = _GIVEN.fullmatch(str(month))
    if not found or not 1900 <= int(found[1]) < 2200 or not 1 <= int(found[2]) <= 12:
        raise UsageError("remeasure.bad_month", value=str(month)[:40])
    return dt.date(int(found[1]), int(found[2]), 1)


def last_of(first: dt.date) -> dt.date:
    """The last day of the month that begins on `first`."""
    return dt.date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])


def moved(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of a shorter month.

    >>> moved(dt.date(2026, 1, 31), 1), moved(dt.date(2026, 3, 1), -1)
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 1))
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def look_of(horizon: dt.date, end: dt.date) -> int:
    """Which look the month that ends on `end` is: 1 for the month in which the horizon falls, 0 or less before."""
    return (end.year - horizon.year) * 12 + end.month - horizon.month + 1


def look_end(horizon: dt.date, look: int) -> dt.date:
    """The day of the look of that number: the end of its month."""
    return last_of(moved(dt.date(horizon.year, horizon.month, 1), look - 1))


def number(day: dt.date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def day_of(days: float) -> dt.date:
    """The day of so many days since 1970."""
    return EPOCH + dt.timedelta(days=int(days))


def bounds(start: dt.date, first: float, end: float, grain: str) -> np.ndarray:
    """Days since 1970 on which whole periods between `first` and `end` begin, and the end of the last; `start` begins one of them.

    Periods are counted from the start of the change, so that none lies on both sides of it.
    """
    if grain == WEEK:
        at = number(start)
        before, after = int((at - first) // 7), int((end - at) // 7)
        return at + 7 * np.arange(-before, after + 1)
    reach = int((end - first) // 28) + 2
    every = np.array([number(moved(start, step)) for step in range(-reach, reach + 1)])
    return every[(every >= first) & (every <= end)]


def placed(at: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the period of each day, −1 outside of all."""
    place = np.searchsorted(edges, at, side="right") - 1
    return np.where((place >= 0) & (place < len(edges) - 1), place, -1)
