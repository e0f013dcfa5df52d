"""Metrics that no single unit tells (totals, ratios, states of a day, reckoned ones): their values of whole periods, a row a group and period."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from audit.remeasure import months

if TYPE_CHECKING:
    from audit.metrics.bases import Bases
    from audit.metrics.declare.metric import Metric

_BACK = 12  # months of states that are looked at before the first change
_FINAL = ("ok", "too_few")  # values of few units are noisy, not wrong
COLUMNS = ("by", "group", "period", "begin", "end", "y")


def read(metric: Metric, bases: Bases, slices: set[str], start: dt.date) -> pd.DataFrame:
    """by, group, period (week, month), begin, end (days since 1970) and value `y` of every whole and final period.

    A metric without a day of its own says how things stand on one: it is measured at the end of each month since a year before `start`.
    """
    return _states(metric, bases, slices, start) if not metric.at else _periods(metric, bases, slices)


def _periods(metric: Metric, bases: Bases, slices: set[str]) -> pd.DataFrame:
    from audit.metrics.measure import measured

    frame = measured(bases, metric.id, sorted(slices), (months.WEEK, months.MONTH)).frame
    frame = frame[frame["by"].isin(["", *slices]) & frame["period"].isin([months.WEEK, months.MONTH]) & frame["status"].isin(_FINAL)]
    return _laid_out(frame.rename(columns={"period_start": "begin", "period_end": "end"}))


def _states(metric: Metric, bases: Bases, slices: set[str], start: dt.date) -> pd.DataFrame:
    from audit.metrics.bases import Bases as Opened
    from audit.metrics.measure import measured

    first, parts = max(months.moved(months.first_of(start), -_BACK), months.first_of(bases.first_day)), []
    while first <= bases.as_of:
        last = months.last_of(first)
        if last <= bases.as_of:
            then = bases if last == bases.as_of else Opened(bases.tables, last, bases.client)
            frame = measured(then, metric.id, sorted(slices), ()).frame
            frame = frame[(frame["period"] == "all") & frame["by"].isin(["", *slices]) & frame["status"].isin(_FINAL)]
            parts.append(frame.assign(period=months.MONTH, begin=first, end=last + dt.timedelta(days=1)))
        first = months.moved(first, 1)
    return _laid_out(pd.concat(parts, ignore_index=True)) if parts else pd.DataFrame(columns=list(COLUMNS))


def _laid_out(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame[frame["value"].notna()].rename(columns={"value": "y"})
    for name in ("begin", "end"):
        frame[name] = [float(months.number(pd.Timestamp(day).date())) for day in frame[name]]
    return frame[list(COLUMNS)].sort_values(["by", "group", "period", "begin"], kind="stable").reset_index(drop=True)
