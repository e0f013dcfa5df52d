"""Two groups compared within strata: Mantel–Haenszel risk difference and odds ratio."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.intervals import LEVEL, _z


class Compared(NamedTuple):
    """An estimate with its interval, and the `units` of strata that hold both groups (the only ones that tell)."""

    value: float
    low: float
    high: float
    units: int


NOTHING = Compared(np.nan, np.nan, np.nan, 0)


def _both(hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike) -> tuple[np.ndarray, ...]:
    """The four counts of the strata in which both groups are present."""
    a, n1, c, n0 = (np.asarray(one, dtype=float) for one in (hits, n, other_hits, other_n))
    keep = (n1 > 0) & (n0 > 0)
    return a[keep], n1[keep], c[keep], n0[keep]


def risk_difference(hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike, level: float = LEVEL) -> Compared:
    """Share of hits in the first group less that in the other, common to all strata; one row of counts a stratum.

    Weights n·n'/(n+n'); the variance holds for few large and for many sparse strata.
    Source: Greenland & Robins (1985); Sato, Greenland & Robins, Biometrics 45 (1989).

    >>> found = risk_difference([60, 10], [100, 20], [40, 4], [100, 20])
    >>> round(found.value, 4), round(found.low, 3), round(found.high, 4), found.units
    (0.2167, 0.094, 0.3393, 240)
    """
    a, n1, c, n0 = _both(hits, n, other_hits, other_n)
    total = n1 + n0
    if not len(total):
        return NOTHING
    weight = float((n1 * n0 / total).sum())
    value = float(((a * n0 - c * n1) / total).sum()) / weight
    p = ((n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2).sum()
    q = ((a * (n0 - c) + c * (n1 - a)) / (2 * total)).sum()
    variance = max(float(value * p + q), 0.0) / weight**2
    if variance < 1e-12:  # all hits here and none there, in every stratum: few, not certain
        (one, spread), (other, more) = _added(float(a.sum()), float(n1.sum())), _added(float(c.sum()), float(n0.sum()))
        half = _z(level) * float(np.sqrt(spread + more))
        low, high = min(one - other - half, value), max(one - other + half, value)
    else:
        half = _z(level) * float(np.sqrt(variance))
        low, high = value - half, value + half
    return Compared(value, max(low, -1.0), min(high, 1.0), int(total.sum()))


def _added(hits: float, n: float) -> tuple[float, float]:
    """A share with one hit and one miss more, and its variance (Agresti & Caffo, 2000)."""
    share = (hits + 1) / (n + 2)
    return share, share * (1 - share) / (n + 2)


def odds_ratio(hits: ArrayLike, n: ArrayLike, other_hits: ArrayLike, other_n: ArrayLike, level: float = LEVEL) -> Compared:
    """Odds of a hit in the first group ÷ odds in the other, common to all strata; NaN where a group has all or no hits.

    Source: Mantel & Haenszel (1959); variance of Robins, Breslow & Greenland (1986).

    >>> found = odds_ratio([60, 10], [100, 20], [40, 4], [100, 20])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (2.444, 1.449, 4.124)
    """
    a, n1, c, n0 = _both(hits, n, other_hits, other_n)
    total, b, d = n1 + n0, n1 - a, n0 - c
    r, s = a * d / total, b * c / total
    top, low = float(r.sum()), float(s.sum())
    if not top or not low:
        return NOTHING
    p, q = (a + d) / total, (b + c) / total
    variance = (p * r).sum() / (2 * top**2) + (p * s + q * r).sum() / (2 * top * low) + (q * s).sum() / (2 * low**2)
    half = _z(level) * float(np.sqrt(variance))
    return Compared(top / low, float(top / low * np.exp(-half)), float(top / low * np.exp(half)), int(total.sum()))
