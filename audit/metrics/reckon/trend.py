"""How fast sellers change: a slope for each, drawn to the common one by how much slopes really differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats import shrink
from audit.stats.tests import lower_quantile

_FEWEST = 4  # months, below which a seller has no slope of their own
_TWO_YEARS = 24


class Slopes(NamedTuple):
    """Change a month with 95 % ends: of all (first element of each array) and of every seller in order; NaN where unknown."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def slopes(y: np.ndarray, season: np.ndarray) -> Slopes:
    """Slopes of `y` (sellers × months, NaN where absent): y = αᵢ + βᵢ·t + season + ε with βᵢ ~ N(β, τ²), in two stages.

    Every seller's least squares slope, then a random-effects mean of them and each drawn to it. `season` numbers the
    months of the year; it is taken out only from two years on. Laird & Ware (1982), Biometrics 38; two-stage: DerSimonian
    & Laird (1986).
    """
    y = np.asarray(y, dtype=float)
    if y.shape[1] >= _TWO_YEARS:
        y = _unseasoned(y, season)
    each = [_slope(row) for row in y]
    b, v = np.array([one[0] for one in each]), np.array([one[1] for one in each])
    known = ~np.isnan(b) & (v > 0)
    blank = np.full(len(b) + 1, np.nan)
    if not known.any():
        return Slopes(blank, blank.copy(), blank.copy())
    tau2 = float(shrink.between(b[known], v[known], np.ones(int(known.sum()), dtype=bool))[0][0]) if known.sum() > 1 else 0.0
    weight = 1 / (v[known] + tau2)
    common, error = float((weight * b[known]).sum() / weight.sum()), float(1 / weight.sum())
    keep = tau2 / (tau2 + v[known]) if known.sum() > 1 else np.ones(1)
    value, spread = blank.copy(), blank.copy()
    value[0], spread[0] = common, error
    at = np.flatnonzero(known) + 1
    value[at] = keep * b[known] + (1 - keep) * common
    spread[at] = keep * v[known] + (1 - keep) ** 2 * error
    # how much slopes differ is known from few sellers, so the ends are Student's
    half = -lower_quantile(0.025, max(int(known.sum()) - 1, 4)) * np.sqrt(spread)
    return Slopes(value, value - half, value + half)


def _slope(row: np.ndarray) -> tuple[float, float]:
    """(slope, its variance) by least squares over the months that are there."""
    t = np.flatnonzero(~np.isnan(row)).astype(float)
    if len(t) < _FEWEST:
        return np.nan, np.nan
    x, y = t - t.mean(), row[t.astype(int)]
    b = float((x * y).sum() / (x**2).sum())
    rest = y - y.mean() - b * x
    return b, float((rest**2).sum() / (len(t) - 2) / (x**2).sum())


def _unseasoned(y: np.ndarray, season: np.ndarray) -> np.ndarray:
    """`y` without what each month of the year adds to every seller's own line."""
    t = np.arange(y.shape[1], dtype=float)
    rest = np.full_like(y, np.nan)
    for at, row in enumerate(y):
        some = ~np.isnan(row)
        if some.sum() >= _FEWEST:
            line = np.polyfit(t[some], row[some], 1)
            rest[at, some] = row[some] - np.polyval(line, t[some])
    found = y.copy()
    for month in np.unique(season):
        part = rest[:, season == month]
        if (~np.isnan(part)).any():
            found[:, season == month] -= np.nanmean(part)
    return found
