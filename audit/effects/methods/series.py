"""One series before and after, alone (interrupted series) or beside series that the change does not touch (structural series)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.effects.case import DAY, STEP, Case, Found, Series
from audit.effects.periods import label, series
from audit.errors import Phrase
from audit.stats import serial
from audit.stats.ahead import foretold, misfit

ALONE, BESIDE = "interrupted_series", "structural_series"
NAMES = (BESIDE, ALONE)
BEFORE, AFTER = 8, 3  # points needed on each side
RAMPS = 0.3  # prior weight of effects that grow, against a step
NO_COURSE = 0.01  # p below which the effect is no step and no ramp
_WEEK = 7.0


def fits(case: Case) -> bool:
    """Whether rows have a time and a point of change, and no units of their own."""
    return case.kind != "duration" and case.time is not None and case.at is not None and case.group is None and case.treated is None


def choose(case: Case) -> str:
    """By whether there are series that the change does not touch."""
    return BESIDE if case.controls is not None else ALONE


def found(case: Case, name: str) -> Found:
    """The mean effect a period after the change, against trend, season and controls."""
    told = series(case)
    needs = lacking(told, case)
    before, value = (float(part.mean()) if len(part) else float("nan") for part in (told.y[: told.cut], told.y[told.cut:]))
    if needs is not None:
        return Found(None, before, value, _points(told, None), needs)
    fit = fitted(told, case)
    return Found(fit.effect, before, value, _points(told, fit), free=fit.free) if np.isfinite(fit.effect.value) else Found(None, before, value, needs=Phrase("effects.needs.spread"))


def lacking(told: Series, case: Case) -> Phrase | None:
    """What a series needs before it can be judged; None when nothing."""
    if told.cut < BEFORE or len(told.y) - told.cut < AFTER:
        short, side = (BEFORE - told.cut, "before") if told.cut < BEFORE else (AFTER - len(told.y) + told.cut, "after")
        return Phrase("effects.needs.points", {"n": short, "side": Phrase(f"effects.side.{side}"), "step": Phrase(f"effects.step.{told.step}")})
    if float(np.ptp(told.y)) <= 0:
        return Phrase("effects.needs.spread")
    year = told.season
    if case.controls is None and year is not None and told.cut < year:
        return Phrase("effects.needs.year", {"n": int(np.ceil(year - told.cut)), "step": Phrase(f"effects.step.{told.step}")})
    return None


def fitted(told: Series, case: Case) -> serial.Fit:
    """The effect as a step or a ramp; where what was seen after is neither, as the gap to what the time before foretells."""
    scale = max(float(told.y.std()), 1e-12)
    y, parts = (told.y - told.y.mean()) / scale, (_lines(told), _season(told, case), told.behind if np.ptp(told.behind) > 0 else None)
    courses, prior = shapes(len(y), told.cut)
    free = told.cut > parts[0].shape[1] + 2 and misfit(y, told.cut, courses, *parts) < NO_COURSE
    fit = foretold(y, told.cut, *parts) if free else serial.changed(y, courses, prior, *parts)
    return serial.Fit(fit.effect.times(scale), fit.expected * scale + told.y.mean(), fit.error * scale, fit.df, free)


def _lines(told: Series) -> np.ndarray:
    """A level with a trend, or with the controls in its place."""
    n, at = len(told.y), np.arange(len(told.y), dtype=float)
    lines = [np.ones(n)] if told.controls.shape[1] else [np.ones(n), (at - at.mean()) / n]
    for one in told.controls.T:
        spread = np.nanstd(one)
        if spread > 1e-12:
            lines.append(np.nan_to_num((one - np.nanmean(one)) / spread))
    fixed = np.column_stack(lines)
    return fixed[:, : _independent(fixed)]


def _independent(fixed: np.ndarray) -> int:
    """How many leading columns say something new."""
    width = fixed.shape[1]
    while width > 1 and np.linalg.matrix_rank(fixed[:, :width]) < width:
        width -= 1
    return width


def _season(told: Series, case: Case) -> np.ndarray | None:
    if case.season is not None:
        return serial.waves(np.arange(len(told.y), dtype=float), float(case.season))
    if told.step == STEP:
        return None
    days = (told.starts - told.starts[0]).astype("timedelta64[D]").astype(float)
    if told.season is not None and told.cut >= told.season:
        return serial.waves(days, 365.25)
    return serial.waves(days, _WEEK) if told.step == DAY and told.cut >= 2 * _WEEK and case.controls is None else None


def shapes(n: int, cut: int) -> tuple[np.ndarray, np.ndarray]:
    """(courses with mean one after the change, their prior weights): a step, and ramps over half and all of the time after."""
    at, late = np.arange(n), n - cut
    courses = [(at >= cut).astype(float)]
    for length in sorted({max(2, late // 2), late}):
        ramp = np.clip((at - cut + 1) / length, 0, 1)
        courses.append(ramp / ramp[cut:].mean())
    prior = np.array([1 - RAMPS, *[RAMPS / (len(courses) - 1)] * (len(courses) - 1)])
    return np.array(courses), prior


def _points(told: Series, fit: serial.Fit | None) -> pd.DataFrame:
    after = np.arange(len(told.y)) >= told.cut
    expected = np.full(len(told.y), np.nan) if fit is None else np.where(after, fit.expected, np.nan)
    half = np.full(len(told.y), np.nan) if fit is None else 1.96 * fit.error
    return pd.DataFrame({"time": label(told.starts), "value": told.y, "expected": expected, "low": expected - half, "high": expected + half, "after": after})
