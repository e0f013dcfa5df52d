"""Which day a pack is for, and what is known on its morning."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from audit.calendar import WorkCalendar

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """The morning of a stand-up: everything up to the evening before counts, `since` is the working day that is looked back on.

    >>> from audit.calendar import WorkCalendar
    >>> Day.of(dt.date(2026, 10, 19), WorkCalendar())  # a Monday
    Day(date=datetime.date(2026, 10, 19), as_of=datetime.date(2026, 10, 18), since=datetime.date(2026, 10, 16))
    """

    date: dt.date
    as_of: dt.date
    since: dt.date

    @classmethod
    def of(cls, date: dt.date, calendar: WorkCalendar) -> Day:
        """The morning of `date`."""
        as_of = date - DAY
        return cls(date, as_of, calendar.last_workday(as_of))


def next_standup(last: dt.date, today: dt.date, calendar: WorkCalendar) -> dt.date:
    """The day whose stand-up is next: today where the data already reach into it, else the first working day after their last one."""
    if last >= today:
        return today
    day = last + DAY
    while not calendar.is_workday(day):
        day += DAY
    return day
