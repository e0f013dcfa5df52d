"""How much of a plan's period is over: working days, weighed where the client's sales are not even."""

from __future__ import annotations

import datetime as dt

import numpy as np

from audit.metrics.bases import Bases
from audit.metrics.rows.plan.achieved import achieved, daily_facts

DAY = dt.timedelta(days=1)
_FEWEST = 12  # past months that tell the usual course of a month


def passed(bases: Bases, start: dt.date, end: dt.date, day: dt.date) -> float:
    """Share of the weight of [start, end) that is over by the end of `day`, 0…1.

    The weights of the table `calendar` where it has any; else, with rules.plan_weights "seasonal", of a plan of one month
    the usual course of a month; else every working day weighs the same.
    """
    even = bases.calendar().passed(start, end, day)
    given = bases.rows_of(_given)
    if given:
        days = bases.calendar().workdays_in(start, end)
        whole = sum(given.get(one, 1.0) for one in days)
        return sum(given.get(one, 1.0) for one in days if one <= day) / whole if whole > 0 else even
    month = start.day == 1 and end == _next(start)
    course = _course(bases, start) if bases.client.rules.plan_weights == "seasonal" and month else None
    return even if course is None else float(np.interp(even, np.linspace(0.0, 1.0, len(course)), course))


def _given(bases: Bases) -> dict[dt.date, float]:
    """Weights of days in the table `calendar`; a day that it does not weigh weighs 1."""
    if not bases.tables.has("calendar.date", "calendar.weight"):
        return {}
    rows = bases.rows(bases.full("calendar").select("date", "weight")).dropna()
    return {row.date: float(row.weight) for row in rows.itertuples() if row.weight >= 0}


def _next(month: dt.date) -> dt.date:
    return (month + 31 * DAY).replace(day=1)


_GRID = 101  # points of the course of a month


def _course(bases: Bases, start: dt.date) -> np.ndarray | None:
    """Mean share of a month's revenue reached by each part of its working days, over the months of sales before `start`;
    None of fewer than twelve. What is sold on a day off counts with the working day before it."""
    known: dict[dt.date, np.ndarray | None] = bases.rows_of(_courses)
    if start not in known:
        month, found = start, []
        while (month := (month - DAY).replace(day=1)) >= bases.first_day:
            own = _reached(bases, month)
            if own is not None:
                found.append(own)
        known[start] = np.mean(found, axis=0) if len(found) >= _FEWEST else None
    return known[start]


def _courses(_: Bases) -> dict[dt.date, np.ndarray | None]:
    """Courses reckoned so far, by the month they are for."""
    return {}


def _reached(bases: Bases, month: dt.date) -> np.ndarray | None:
    """The course of one month on the grid; None where nothing was sold in it."""
    end, facts = _next(month), bases.rows_of(daily_facts)
    whole = achieved(facts, "revenue", "", "", month, end)
    days = bases.calendar().workdays_in(month, end)
    if whole <= 0 or not days:
        return None
    upto = [*days[1:], end]  # the next working day ends what counts with this one
    share = [0.0, *(achieved(facts, "revenue", "", "", month, until) / whole for until in upto)]
    return np.interp(np.linspace(0.0, 1.0, _GRID), np.linspace(0.0, 1.0, len(share)), share)
