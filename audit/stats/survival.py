"""Survival and cumulative incidence from counts by time: Kaplan–Meier and Aalen–Johansen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.intervals import LEVEL, _z


class Curve(NamedTuple):
    """A curve over `time` (ascending): `value` with `low`, `high`, and `at_risk` just before each time."""

    time: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray


def _counted(time: ArrayLike, *counts: ArrayLike) -> tuple[np.ndarray, list[np.ndarray]]:
    """Distinct times in order and the counts added up at each."""
    raw = np.asarray(time, dtype=float)
    times, where = np.unique(raw, return_inverse=True)
    return times, [np.bincount(where, weights=np.asarray(c, dtype=float), minlength=len(times)) for c in counts]


def kaplan_meier(time: ArrayLike, events: ArrayLike, censored: ArrayLike, level: float = LEVEL) -> Curve:
    """Share still 'alive' after each time, from numbers of events and of censored units at each time.

    A unit censored at a time is still at risk at it. Greenwood variance, log-log interval (0…1).
    Kaplan & Meier (1958), JASA 53:457–481; Kalbfleisch & Prentice (2002), 1.4.

    >>> curve = kaplan_meier([1, 2, 3], [1, 0, 1], [0, 1, 0])
    >>> curve.value.round(4).tolist()
    [0.6667, 0.6667, 0.0]
    """
    times, (died, lost) = _counted(time, events, censored)
    risk = np.cumsum((died + lost)[::-1])[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.cumprod(1 - died / risk)
        variance = np.cumsum(np.where(died > 0, died / (risk * (risk - died)), 0))
        low, high = _log_log(alive, np.sqrt(variance) / np.abs(np.log(alive)), level)
    return Curve(times, alive, low, high, risk)


def _log_log(share: np.ndarray, error: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a share on the log(−log) scale; NaN where the share is 0 or 1."""
    inside = (share > 0) & (share < 1)
    half = np.where(inside, np.minimum(_z(level) * error, 50), np.nan)  # beyond, the interval is 0…1 anyway
    return share ** np.exp(half), share ** np.exp(-half)


def km_quantile(curve: Curve, q: float) -> tuple[float, float, float]:
    """(time, low, high) by which a share q has had the event; NaN where the curve does not get there.

    Brookmeyer & Crowley (1982), Biometrics 38:29–41.
    """
    return (_first(curve, curve.value <= 1 - q + 1e-12), _first(curve, curve.low <= 1 - q), _first(curve, curve.high <= 1 - q))


def settled(time: ArrayLike, over: ArrayLike, until: float) -> bool:
    """Whether everybody was watched up to `until` or is over: what is seen later changes nothing before it. NaN asks for all to be over.

    >>> settled([3, 9, 5], [True, True, False], 4.0), settled([3, 9, 5], [True, True, False], 6.0)
    (True, False)
    """
    short = np.asarray(time, dtype=float) < until if until == until else np.ones(len(np.asarray(time)), dtype=bool)
    return not bool((short & ~np.asarray(over, dtype=bool)).any())


def _first(curve: Curve, reached: np.ndarray) -> float:
    return float(curve.time[np.argmax(reached)]) if reached.any() else float("nan")


def aalen_johansen(
    time: ArrayLike, events: ArrayLike, competing: ArrayLike, censored: ArrayLike, level: float = LEVEL
) -> Curve:
    """Cumulative incidence of `events` when `competing` events end the wait too.

    Aalen & Johansen (1978), Scand. J. Statist. 5:141–150; variance of Marubini & Valsecchi (1995), 10.3.

    >>> curve = aalen_johansen([1, 2, 3, 4], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1])
    >>> curve.value.tolist()
    [0.25, 0.25, 0.5, 0.5]
    """
    times, (won, lost, open_) = _counted(time, events, competing, censored)
    risk = np.cumsum((won + lost + open_)[::-1])[::-1]
    ended = won + lost
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.cumprod(1 - ended / risk)
        before = np.concatenate([[1.0], alive[:-1]])
        value = np.minimum(np.cumsum(before * won / risk), 1.0)  # a sum of roundings may exceed it
        a = np.where((ended > 0) & (risk > ended), ended / (risk * (risk - ended)), 0)
        b = before**2 * (risk - won) / risk**3 * won
        c = before * won / risk**2
        variance = (
            value**2 * np.cumsum(a) - 2 * value * np.cumsum(a * value) + np.cumsum(a * value**2)
            + np.cumsum(b) - 2 * (value * np.cumsum(c) - np.cumsum(c * value))
        )
        error = np.sqrt(np.maximum(variance, 0)) / (value * np.abs(np.log(value)))
        low, high = _log_log(value, error, level)
    return Curve(times, value, low, high, risk)


def half_time(curve: Curve, part: float = 0.5) -> float:
    """Time by which `part` of those who ever have the event, by the end of the curve, have had it."""
    last = curve.value[-1] if len(curve.value) else 0.0
    return _first(curve, curve.value >= part * last - 1e-12) if last > 0 else float("nan")


def half_times(time: np.ndarray, events: np.ndarray, competing: np.ndarray, censored: np.ndarray) -> np.ndarray:
    """`half_time` of many samples at once: counts are (sample, time), `time` ascending and distinct; NaN where none."""
    total = events + competing + censored
    risk = np.maximum(np.cumsum(total[:, ::-1], axis=1)[:, ::-1], 1)
    alive = np.cumprod(1 - (events + competing) / risk, axis=1)
    before = np.concatenate([np.ones((len(alive), 1)), alive[:, :-1]], axis=1)
    value = np.cumsum(before * events / risk, axis=1)
    reached = value >= value[:, -1:] / 2 - 1e-12
    return np.where(value[:, -1] > 0, time[np.argmax(reached, axis=1)], np.nan)


def restricted_mean(curve: Curve, events: np.ndarray, horizon: float) -> tuple[float, float]:
    """(mean time up to `horizon`, its variance): the area under the curve; `events` at each of its times.

    Corrected for few units by m / (m − 1), m events. Royston & Parmar (2013), BMC Med. Res. Methodol. 13:152; Klein & Moeschberger (2003), 4.5.

    >>> curve = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 0, 0])
    >>> restricted_mean(curve, np.ones(4), 4)
    (2.5, 0.46875)
    """
    inside = curve.time < horizon
    time, value, risk, died = curve.time[inside], curve.value[inside], curve.at_risk[inside], np.asarray(events, dtype=float)[inside]
    widths = np.diff(np.concatenate([[0.0], time, [horizon]]))
    areas = widths * np.concatenate([[1.0], value])
    ahead = np.cumsum(areas[::-1])[::-1][1:]  # area from each event on
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(risk > died, ahead**2 * died / (risk * (risk - died)), 0.0).sum()
    total = died.sum()
    return float(areas.sum()), float(variance * (total / (total - 1) if total > 1 else 1.0))
