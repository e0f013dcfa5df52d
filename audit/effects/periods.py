"""Rows → a series with even steps, or a panel of units by periods."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from audit.effects.case import DAY, MONTH, QUARTER, STEP, WEEK, Case, Series
from audit.stats.panel import Panel
from audit.stats.serial import MOST

LENT = 10  # rows that a unit borrows of all units to tell the variance of its own
WHOLE = 0.5  # a last period with fewer of its usual rows than this share is not whole
_LENGTH = {DAY: 1, WEEK: 7, MONTH: 30.44, QUARTER: 91.3}
_CODE = {DAY: "D", WEEK: "W", MONTH: "M", QUARTER: "Q"}


def _once(make: Callable[[Case], Any]) -> Callable[[Case], Any]:
    """Made at the first call and kept with the case: methods and checks ask for the same."""
    name = f"_{make.__name__}"

    @wraps(make)
    def kept(case: Case) -> Any:
        if name not in case.__dict__:
            case.__dict__[name] = make(case)
        return case.__dict__[name]

    return kept


@_once
def series(case: Case) -> Series:
    """Means a period; the step is that of the rows where there is one a period, else the finest that has rows enough in nearly every period.

    Weeks are counted from the day of the change, so that no week is half changed; a month in which the change falls on a later day is left out.
    """
    step = _step(case)
    if step == STEP:
        place = np.unique(case.time, return_inverse=True)[1]
        starts = np.unique(case.time)
        return _told(case, place, starts, int((starts < case.at).sum()), step)
    days = case.time.astype("datetime64[D]")
    first = np.datetime64(case.at, "D")
    if step in (DAY, WEEK):
        number = (days - first).astype(int) // (1 if step == DAY else 7)
        starts = first + np.arange(number.min(), number.max() + 1) * (1 if step == DAY else 7)
        return _told(case, number - number.min(), starts, int(-number.min()), step)
    size = 1 if step == MONTH else 3
    number = (days.astype("datetime64[M]").astype(int)) // size
    at = int(first.astype("datetime64[M]").astype(int)) // size
    begins = (np.arange(number.min(), number.max() + 1) * size).astype("datetime64[M]").astype("datetime64[D]")
    torn = begins[at - number.min()] < first if number.min() <= at <= number.max() else False
    partly = number == at if torn and case.time[number == at].size and (case.time[number == at] < case.at).any() else np.zeros(len(number), bool)
    return _told(case, np.where(partly, -1, number - number.min()), begins, int(at - number.min()), step)


def _told(case: Case, place: np.ndarray, starts: np.ndarray, cut: int, step: str) -> Series:
    kept = place >= 0
    n = len(starts)
    behind = np.bincount(place[kept], minlength=n).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.bincount(place[kept], case.y[kept], n) / behind
        controls = None if case.controls is None else np.column_stack([np.bincount(place[kept], one[kept], n) / behind for one in case.controls.T])
    full = behind > 0
    last = n - 1
    usual = float(np.median(behind[full])) if full.any() else 0.0
    dropped = int(usual >= 4 and last > cut and behind[last] < WHOLE * usual)
    full[last] &= not dropped
    return Series(y[full], starts[full], behind[full], int(full[:cut].sum()), step, controls[full] if controls is not None else np.zeros((int(full.sum()), 0)), dropped)


def _step(case: Case) -> str:
    """The step of a calendar: that of the rows, or the finest with five rows in the usual period."""
    if not case.dated:
        return STEP
    days = np.unique(case.time.astype("datetime64[D]"))
    if len(days) < 2:
        return DAY
    span = float((days[-1] - days[0]).astype(int)) + 1
    if len(days) == len(case.y):  # one row a period
        gap = float(np.median(np.diff(days).astype(int)))
        finest = DAY if gap < 4 else WEEK if gap < 20 else MONTH if gap < 60 else QUARTER
        return WEEK if finest == DAY and span > MOST else finest
    per_day = len(case.y) / span
    return next((step for step in (WEEK, MONTH) if per_day * _LENGTH[step] >= 5 and span / _LENGTH[step] >= 12), MONTH if span > 180 else WEEK)


@_once
def panel(case: Case) -> tuple[Panel, np.ndarray]:
    """(cells of units by periods, starts of the periods). Rows of one day of many are put into months, or weeks where less than half a year is seen.

    Cells in which some rows are changed and others not are left out.
    """
    place, starts = pd.factorize(case.time, sort=True)
    if case.dated and len(starts) > 60:
        days = case.time.astype("datetime64[D]")
        span = float((days.max() - days.min()).astype(int))
        bins = days.astype("datetime64[M]" if span > 183 else "datetime64[W]")
        place, starts = pd.factorize(bins.astype("datetime64[s]"), sort=True)
        starts = starts.astype("datetime64[D]")
    g, t = len(case.units), len(starts)
    cell = case.unit * t + place
    rows = np.bincount(cell, minlength=g * t).astype(float)
    treated = case.treated if case.treated is not None else np.zeros(len(case.y), int)
    if case.at is not None and _constant(treated, case.unit, g):
        treated = treated * (case.time >= case.at)
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.bincount(cell, case.y, g * t) / rows
        share = np.bincount(cell, treated, g * t) / rows
    y[(share > 0) & (share < 1)] = np.nan
    share = share.reshape(g, t)
    on = np.nan_to_num(share) >= 1
    first = np.where(on.any(1), on.argmax(1), t)
    held = np.isnan(share) & (np.arange(t)[None, :] > first[:, None])  # empty cells after the start
    return Panel(y.reshape(g, t), rows.reshape(g, t), (on | held).astype(int), _noise(case, y[cell], rows[cell])), starts


def _noise(case: Case, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Variance of a row of each unit around the mean of its cell, a unit's own as far as it has rows, else that of all."""
    inside = np.isfinite(mean) & (size > 1)
    unit, g = case.unit[inside], len(case.units)
    squares = np.bincount(unit, (case.y - mean)[inside] ** 2, g)
    free = np.bincount(unit, 1 - 1 / size[inside], g)  # rows less cells
    if free.sum() < LENT:
        return np.zeros(g)
    return (squares + LENT * squares.sum() / free.sum()) / (free + LENT)


def _constant(treated: np.ndarray, unit: np.ndarray, g: int) -> bool:
    """Whether `treated` marks units, not the rows since their start."""
    most, least = np.zeros(g), np.ones(g)
    np.maximum.at(most, unit, treated)
    np.minimum.at(least, unit, treated)
    return bool((most == least).all())


def label(starts: np.ndarray) -> list:
    """Period starts as dates, or as the numbers they are."""
    return [pd.Timestamp(one).date() for one in starts] if np.issubdtype(starts.dtype, np.datetime64) else list(starts)
