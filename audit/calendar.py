"""Working days and business time of a country, with the official transfers of days off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH_YEAR = 1970


class WorkCalendar:
    """When work is done: the country's calendar, weekly days, daily hours and exceptions of the client.

    `country` is an ISO 3166 code (one the `holidays` package does not know has only weekends);
    `hours` are ("HH:MM", "HH:MM"), `hours_on` those of single days; `days_off` and `working_days` win over everything else.

    >>> import datetime as dt
    >>> ru = WorkCalendar("RU")
    >>> ru.is_workday(dt.date(2024, 4, 27)), ru.is_workday(dt.date(2024, 4, 29))  # a moved Saturday, its Monday
    (True, False)
    >>> ru.workdays(dt.date(2024, 5, 1), dt.date(2024, 6, 1))
    20
    """

    def __init__(
        self,
        country: str = "RU",
        hours: tuple[str, str] = ("09:00", "18:00"),
        days_off: Collection[dt.date] = (),
        working_days: Collection[dt.date] = (),
        days: Collection[str] = WEEK[:5],
        hours_on: Mapping[dt.date, tuple[str, str]] | None = None,
    ):
        self.country, self.hours, self.days = country, hours, tuple(days)
        self._start, self._end = _span(hours)
        self._spans = {day: _span(clocks) for day, clocks in (hours_on or {}).items()}
        self._off, self._on = frozenset(days_off), frozenset(working_days)
        self._first = self._last = 0  # years known
        self._is = np.zeros(0, dtype=bool)
        self._before = np.zeros(1, dtype=np.int64)
        self._opens = self._open = self._worked = np.zeros(0)  # minute of opening, minutes open, minutes before the day
        self._origin = np.datetime64("1970-01-01", "D")

    @property
    def minutes_a_day(self) -> int:
        """Business minutes in a usual working day."""
        return self._end - self._start

    def is_workday(self, day: dt.date) -> bool:
        """Whether `day` is a working day."""
        at = self._index(np.array([day], dtype="datetime64[D]"))
        return bool(self._is[at[0]])

    def workdays(self, start: dt.date, end: dt.date) -> int:
        """Working days in [start, end); negative when end is earlier."""
        days = np.array([start, end], dtype="datetime64[D]")
        return int(self.workdays_between(days[:1], days[1:])[0])

    def workdays_between(self, starts: ArrayLike, ends: ArrayLike) -> np.ndarray:
        """Working days in each [start, end) of two arrays of dates; signed. Missing dates are refused."""
        first, last = np.asarray(starts, dtype="datetime64[D]"), np.asarray(ends, dtype="datetime64[D]")
        if np.isnat(first).any() or np.isnat(last).any():
            raise ValueError("a missing date has no working days")
        self._know(np.concatenate([first.ravel(), last.ravel()]))
        return self._before[self._index(last)] - self._before[self._index(first)]

    def workdays_in(self, start: dt.date, end: dt.date) -> list[dt.date]:
        """The working days in [start, end), in order."""
        span = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D"))
        at = self._index(span)  # before the table of days is read: it may grow
        return span[self._is[at]].astype(object).tolist()

    def last_workday(self, day: dt.date) -> dt.date:
        """The latest working day not after `day`."""
        while not self.is_workday(day):
            day -= dt.timedelta(days=1)
        return day

    def business_minutes(self, starts: ArrayLike, ends: ArrayLike) -> np.ndarray:
        """Working minutes from each start to each end (local times); signed, NaN where one is missing."""
        first, last = np.asarray(starts, dtype="datetime64[s]"), np.asarray(ends, dtype="datetime64[s]")
        known = ~(np.isnat(first) | np.isnat(last))
        minutes = np.full(known.shape, np.nan)
        minutes[known] = self._clock(last[known]) - self._clock(first[known])
        return minutes

    def passed(self, start: dt.date, end: dt.date, as_of: dt.date) -> float:
        """Share of the working days of [start, end) that are over by the end of `as_of`, 0…1."""
        whole = self.workdays(start, end)
        reached = min(max(as_of + dt.timedelta(days=1), start), end)
        return self.workdays(start, reached) / whole if whole else float(reached >= end)

    def ledger(self, start: dt.date, end: dt.date) -> dict[str, np.ndarray]:
        """Every day of [start, end) for joining by date, an array a column.

        `day`; `workdays` and `minutes`: working days and business minutes from `start` to the day's beginning;
        `opens`: minute of the day at which work begins; `lasts`: minutes of work on the day, 0 on a day off.
        """
        span = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D"))
        at = self._index(span)  # before the table of days is read: it may grow
        return {"day": span, "workdays": self._before[at] - self._before[at[:1]], "minutes": self._worked[at] - self._worked[at[:1]],
                "opens": self._opens[at], "lasts": self._open[at]}

    def _clock(self, times: np.ndarray) -> np.ndarray:
        """Working minutes from the origin to each time."""
        days = times.astype("datetime64[D]")
        at = self._index(days)
        today = (times - days).astype("timedelta64[s]").astype(float) / 60
        return self._worked[at] + np.clip(today - self._opens[at], 0, self._open[at])

    def _index(self, days: np.ndarray) -> np.ndarray:
        self._know(days)
        return (days - self._origin).astype(np.int64)

    def _know(self, days: np.ndarray) -> None:
        """Make the table of days cover `days`."""
        if not days.size:
            return
        years = days.astype("datetime64[Y]").astype(np.int64) + _EPOCH_YEAR
        first, last = int(years.min()), int(years.max()) + 1
        if self._last and self._first <= first and last <= self._last:
            return
        if self._last:
            first, last = min(first, self._first), max(last, self._last)
        self._first, self._last = first, last
        self._origin = np.datetime64(f"{first}-01-01", "D")
        span = np.arange(self._origin, np.datetime64(f"{last + 1}-01-01", "D"))
        mask = "".join("1" if day in self.days else "0" for day in WEEK)
        self._is = np.is_busday(span, weekmask=mask)
        for day, works in self._exceptions(first, last):
            at = self._place(day)
            if 0 <= at < len(span):
                self._is[at] = works
        self._before = np.concatenate([[0], np.cumsum(self._is)])
        self._opens, self._open = np.full(len(span), float(self._start)), np.full(len(span), float(self.minutes_a_day))
        for day, (opens, closes) in self._spans.items():
            at = self._place(day)
            if 0 <= at < len(span):
                self._opens[at], self._open[at] = opens, closes - opens
        self._open = self._open * self._is
        self._worked = np.concatenate([[0.0], np.cumsum(self._open)])

    def _place(self, day: dt.date) -> int:
        return int((np.datetime64(day, "D") - self._origin).astype(np.int64))

    def _exceptions(self, first: int, last: int) -> list[tuple[dt.date, bool]]:
        import holidays

        try:
            official = holidays.country_holidays(self.country, years=range(first, last + 1))
        except NotImplementedError:
            official = None
        moved = sorted(official.weekend_workdays) if official is not None else []
        found = [(day, False) for day in official or ()] + [(day, True) for day in moved]
        return found + [(day, False) for day in self._off] + [(day, True) for day in self._on]


def _span(hours: tuple[str, str]) -> tuple[int, int]:
    """Minutes of the day at which work begins and ends."""
    start, end = (_minute(clock) for clock in hours)
    if not start < end:
        raise ValueError(f"hours must end after they start, not {hours}")
    return start, end


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
