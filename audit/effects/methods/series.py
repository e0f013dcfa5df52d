"""One series before and after, alone (interrupted series) or beside series that the change does not touch (structural series)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.effects.case import DAY, STEP, Case, Found, Series
from audit.effects.methods.rows import both_sides
from audit.effects.periods import label, series
from audit.errors import Phrase
from audit.stats import serial
from audit.stats.ahead import foretold, misfit

ALONE, BESIDE = "interrupted_series", "structural_series"
NAMES = (BESIDE, ALONE)
BEFORE, AFTER = 8, 3  # points needed on each side
VALUES = 3  # different ones before the change, fewer are no noise to judge by
RUN_WITH = 0.25  # p below which controls may be said to run with the outcome
RAMPS = 0.1  # prior weight of effects that grow, against a step
NO_COURSE = 0.01  # p below which the effect is no step and no ramp
_WEEK = 7.0


def fits(case: Case) -> bool:
    """Whether rows have a time and a point of change, and no units of their own."""
    return case.kind != "duration" and case.time is not None and case.at is not None and case.group is None and case.treated is None


def choose(case: Case) -> str:
    """By whether there are series that the change does not touch."""
    return BESIDE if case.controls is not None else ALONE


def takes(case: Case) -> frozenset[str]:
    """Parameters of `compare` that play a part."""
    return frozenset(("time", "at", "controls", "season"))


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
        short = {"before": BEFORE - told.cut, "after": AFTER - len(told.y) + told.cut}
        return both_sides("effects.needs.points", short, step=Phrase(f"effects.step.{told.step}"))
    if len(np.unique(told.y[: told.cut])) < VALUES:
        return Phrase("effects.needs.spread_before")
    if told.controls.shape[1] > told.cut // 4:
        return Phrase("effects.needs.fewer_controls", {"n": told.cut // 4})
    year = told.season
    if not _controls_tell(told) and year is not None and told.cut < year:
        return Phrase("effects.needs.year", {"n": int(np.ceil(year - told.cut)), "step": Phrase(f"effects.step.{told.step}")})
    return None


def _controls_tell(told: Series) -> bool:
    """Whether the controls ran with the outcome before the change, so that they can carry a season that was not seen whole."""
    lines = _controls(told)
    if not lines:
        return False
    from scipy.special import fdtrc

    y, x = told.y[: told.cut], np.column_stack([np.ones(len(told.y)), *lines])[: told.cut]
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    free, used = len(y) - x.shape[1], x.shape[1] - 1
    explained = ((y - y.mean()) ** 2).sum() - (left**2).sum()
    return free > 0 and (left @ left <= 0 or float(fdtrc(used, free, max(explained / used / (left @ left / free), 0.0))) < RUN_WITH)


def fitted(told: Series, case: Case) -> serial.Fit:
    """The effect as a step or a ramp; where what was seen after is neither, as the gap to what the time before foretells."""
    scale = float(told.y.std()) or 1.0
    y, parts = (told.y - told.y.mean()) / scale, (_lines(told), _season(told, case), told.behind if np.ptp(told.behind) > 0 else None)
    courses, prior = shapes(len(y), told.cut)
    free = told.cut > parts[0].shape[1] + 2 and misfit(y, told.cut, courses, *parts) < NO_COURSE
    slight = 1.0 if _controls(told) else serial.SLIGHT
    fit = foretold(y, told.cut, *parts, slight=slight) if free else serial.changed(y, courses, prior, *parts, slight=slight)
    return serial.Fit(fit.effect.times(scale), fit.expected * scale + told.y.mean(), fit.error * scale, fit.df, free)


def _lines(told: Series) -> np.ndarray:
    """A level with the controls, or with a trend where there are none."""
    n, at = len(told.y), np.arange(len(told.y), dtype=float)
    fixed = np.column_stack([np.ones(n), *(_controls(told) or [(at - at.mean()) / n])])
    return fixed[:, _independent(fixed)]


def _controls(told: Series) -> list[np.ndarray]:
    """The controls that vary before the change and were seen there, in standard deviations."""
    lines = []
    for one in told.controls.T:
        seen = np.isfinite(one)
        before = one[: told.cut][seen[: told.cut]]
        if len(before) >= told.cut / 2 and np.ptp(before) > 0:
            lines.append(np.where(seen, (one - one[seen].mean()) / one[seen].std(), 0.0))
    return lines


def _independent(fixed: np.ndarray) -> list[int]:
    """Places of the columns that say something new."""
    kept: list[int] = []
    for place in range(fixed.shape[1]):
        if np.linalg.matrix_rank(fixed[:, [*kept, place]]) > len(kept):
            kept.append(place)
    return kept


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
