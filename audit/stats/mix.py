"""Why a rate or a mean of the whole changed: groups of another share, or other values within the groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.intervals import LEVEL, _z


class Part(NamedTuple):
    """A difference with its interval; NaN ends where nothing varies."""

    value: float
    low: float
    high: float


class Change(NamedTuple):
    """The change of the whole and its two parts, which add up to it."""

    whole: Part
    mix: Part
    within: Part


def change(then: tuple[ArrayLike, ArrayLike, ArrayLike], now: tuple[ArrayLike, ArrayLike, ArrayLike], level: float = LEVEL) -> Change:
    """The change of Σx / Σn from (n, Σx, Σx²) a group, of two periods, the same groups in the same order.

    mix = Σ (w' − w) (m + m') / 2, within = Σ (m' − m) (w + w') / 2, with w the share of a group in the units and m its
    mean. A group that one period lacks has the mean of the other: all that it does is mix. Intervals by the delta method,
    units independent. ValueError where a period has no units.
    Source: Kitagawa, JASA 50 (1955) 1168–1194.

    >>> found = change(([10, 10], [5, 1], [5, 1]), ([30, 10], [15, 1], [15, 1]))
    >>> round(found.whole.value, 3), round(found.mix.value, 3), round(found.within.value, 3)
    (0.1, 0.1, 0.0)
    """
    a, b = (tuple(np.asarray(one, dtype=float) for one in sums) for sums in (then, now))
    if not a[0].sum() or not b[0].sum():
        raise ValueError("a period without units")
    shares, means, spreads = zip(_told(*a), _told(*b), strict=True)
    known = [np.isfinite(one) for one in means]
    filled = [np.nan_to_num(np.where(known[k], means[k], means[1 - k])) for k in (0, 1)]
    weight = [np.where(known[1 - k], 0.5, 1.0) for k in (0, 1)]
    middle, usual = (filled[0] + filled[1]) / 2, (shares[0] + shares[1]) / 2
    moved, grown = shares[1] - shares[0], filled[1] - filled[0]
    mix, within = float((moved * middle).sum()), float((grown * usual).sum())
    spread = np.zeros(3)
    for k, sums in enumerate((a, b)):
        w, inner = shares[k], np.where(known[k], spreads[k], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            lean = np.where(w > 0, weight[k] * moved / w, 0.0)
            pull = np.where((w > 0) & known[1 - k], usual / w, 0.0)
        each = (_variance(w, filled[k], np.ones(len(w)), inner), _variance(w, middle, lean, inner), _variance(w, grown / 2, pull, inner))
        spread += np.array(each) / sums[0].sum()
    half = _z(level) * np.sqrt(spread)
    ends = np.where(half > 0, half, np.nan)
    return Change(*(Part(value, value - end, value + end) for value, end in zip((mix + within, mix, within), ends.tolist(), strict=True)))


def _told(n: np.ndarray, x: np.ndarray, xx: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(share, mean, variance) of every group."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = x / n
        return n / n.sum(), mean, np.maximum(xx / n - mean**2, 0.0)


def _variance(w: np.ndarray, between: np.ndarray, within: np.ndarray, spread: np.ndarray) -> float:
    """Variance of what one unit adds: by which group it is of, and by its value inside the group."""
    return float((w * (between - (w * between).sum()) ** 2).sum() + (w * within**2 * spread).sum())
