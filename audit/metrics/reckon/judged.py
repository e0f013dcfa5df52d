"""How good forecasts were: bias, absolute error, hits, skill against a naive forecast, calibration of chances.

Bias, error and skill of a table of forecasts are those of its rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

HIT = 0.10  # of the actual


def bias(forecast: ArrayLike, actual: ArrayLike) -> Any:
    """Σ(F − A) ÷ ΣA: above 0 promises too much.

    >>> bias([110, 90], [100, 100])
    0.0
    """
    f, a = _both(forecast, actual)
    return _divided((f - a).sum(axis=-1), a.sum(axis=-1))


def wape(forecast: ArrayLike, actual: ArrayLike) -> Any:
    """Σ|F − A| ÷ ΣA.

    >>> wape([110, 90], [100, 100])
    0.1
    """
    f, a = _both(forecast, actual)
    return _divided(np.abs(f - a).sum(axis=-1), a.sum(axis=-1))


def hits(forecast: ArrayLike, actual: ArrayLike) -> int:
    """Forecasts within a tenth of the actual."""
    f, a = _both(forecast, actual)
    return int((np.abs(f - a) <= HIT * a + 1e-9).sum())


def skill(forecast: ArrayLike, naive: ArrayLike, actual: ArrayLike) -> Any:
    """1 − WAPE ÷ WAPE of the naive forecast: 1 is perfect, 0 no better than naive, below 0 worse; NaN where naive never errs."""
    return 1 - _divided(wape(forecast, actual), wape(naive, actual))


def brier(n: ArrayLike, won: ArrayLike, chance: ArrayLike) -> float:
    """Mean squared error of chances over deals in cells: `won` of `n` came true.

    >>> brier([2], [1], [0.5])
    0.25
    """
    size, yes, p = (np.asarray(x, dtype=float) for x in (n, won, chance))
    return float((yes * (1 - p) ** 2 + (size - yes) * p**2).sum() / size.sum()) if size.sum() else float("nan")


def resampled(measure, *arrays: ArrayLike, seed: int = 41, draws: int = 2_000) -> tuple[float, float]:
    """95 % interval of `measure` by resampling periods; NaN with fewer than three."""
    columns = [np.asarray(array, dtype=float) for array in arrays]
    size = len(columns[0])
    if size < 3:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    pick = rng.integers(0, size, (draws, size))
    found = measure(*(column[pick] for column in columns))
    found = found[~np.isnan(found)]
    if not len(found):
        return float("nan"), float("nan")
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _divided(part: Any, whole: Any) -> Any:
    """part ÷ whole, NaN where the whole is not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(np.greater(whole, 0), np.divide(part, whole), np.nan)
    return found if found.ndim else float(found)


def _both(forecast: ArrayLike, actual: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(forecast, dtype=float), np.asarray(actual, dtype=float)
