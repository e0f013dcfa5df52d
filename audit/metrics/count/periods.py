"""Calendar periods as whole numbers: cells are keyed by the finest grain and rolled up to the others."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import ibis.expr.types as ir
import numpy as np

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAYS = {"day": 1, "week": 7}
UNITS: dict[str, Literal["D", "W", "M", "Q", "Y"]] = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}  # as engines cut times down


def finest(periods: tuple[str, ...]) -> str:
    """`day`, `month` or `all`: the grain whose cells give all of `periods`."""
    if any(name in DAYS for name in periods):
        return "day"
    return "month" if any(name in MONTHS for name in periods) else "all"


def key(time: ir.Value, grain: str) -> ir.Value:
    """Number of the day since 1970 or of the month since year 0; empty where `time` is."""
    if grain == "day":
        return (time.cast("timestamp(6)").epoch_seconds() / 86_400).floor().cast("int64")
    return (time.year().cast("int64") * 12 + time.month().cast("int64")) - 1


def rolled(keys: np.ndarray, grain: str, period: str) -> np.ndarray:
    """Number of the `period` that holds each key of `grain`; a year is named by the number of its January."""
    if period == "day":
        return keys
    if period == "week":
        return (keys + 3) // 7 * 7 - 3  # 1970-01-01 was a Thursday; a week starts on Monday
    if grain == "day":
        keys = keys.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return keys // MONTHS[period] * MONTHS[period]


def start(number: int, period: str) -> dt.date:
    """First day of a period."""
    if period in DAYS:
        return dt.date(1970, 1, 1) + dt.timedelta(days=int(number))
    return dt.date(int(number) // 12, int(number) % 12 + 1, 1)


def end(number: int, period: str) -> dt.date:
    """Day after the last of a period."""
    step = DAYS.get(period) or MONTHS[period]
    return start(int(number) + step, period)


def number(day: dt.date, period: str) -> int:
    """Number of the period that holds `day`."""
    if period in DAYS:
        days = (day - dt.date(1970, 1, 1)).days
        return days if period == "day" else (days + 3) // 7 * 7 - 3  # as in `rolled`
    return (day.year * 12 + day.month - 1) // MONTHS[period] * MONTHS[period]


def step(period: str) -> int:
    """Difference of the numbers of neighbouring periods."""
    return DAYS.get(period) or MONTHS[period]
