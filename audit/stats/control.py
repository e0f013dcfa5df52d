"""Control charts of counts and shares: how far the latest points lie from the steady level before them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.tests import lower_tail

RUN = 8  # points in a row on one side of the centre
LIMIT = 0.0027  # two-sided tail of three sigmas
_LIKELY = 4 * 0.5**RUN  # the run rule is not for points of which many more lie on one side
_MR = 1.128  # mean moving range of two normal values over their sigma
_MR_DF = 0.62  # degrees of freedom of that sigma a moving range


class Level(NamedTuple):
    """A steady level: units a size (a share, or a count a unit of exposure) and how sure it is."""

    rate: float
    spread: float  # variance over that of Poisson or binomial counts, at least 1
    size: float  # Σ of the sizes it rests on
    df: float = float("inf")  # degrees of freedom of the spread; infinite where it is the model's own


class Signal(NamedTuple):
    """What a chart says at its last point."""

    z: float  # of the last point, positive above the level
    p_point: float  # two-sided tail of the last point
    p_run: float  # two-sided tail of the last RUN points together
    run: int  # points in a row on one side of the level up to the last
    breach: bool  # the last point beyond three sigmas, or RUN points on one side

    @property
    def p(self) -> float:
        """Two-sided tail of either rule, for the two looks taken."""
        return min(1.0, 2 * min(self.p_point, self.p_run))


def level(events: ArrayLike, sizes: ArrayLike, *, share: bool) -> Level:
    """The level of a baseline: Σ events ÷ Σ sizes, with the spread from moving ranges of standardised points.

    Moving ranges see the spread from point to point and not a slow drift. Laney (2002), Quality Engineering 14:531–537.

    >>> level([4, 6, 5, 5], [1, 1, 1, 1], share=False)
    Level(rate=5.0, spread=1.0, size=4.0, df=inf)
    """
    x, n = np.asarray(events, dtype=float), np.asarray(sizes, dtype=float)
    total = float(n.sum())
    rate = float(x.sum()) / total if total else float("nan")
    unit = rate * (1 - rate) if share else rate
    known = n > 0
    if known.sum() < 3 or not unit > 0:
        return Level(rate, 1.0, total)
    e = (x[known] - rate * n[known]) / np.sqrt(unit * n[known])
    sigma = float(np.abs(np.diff(e)).mean()) / _MR
    if sigma <= 1:
        return Level(rate, 1.0, total)
    return Level(rate, sigma**2, total, _MR_DF * (int(known.sum()) - 1))


def tails(events: float, size: float, base: Level, *, share: bool) -> tuple[float, float]:
    """(P(≤ events), P(≥ events)) of a new point of `size` at the level, whose own error counts too.

    Counts follow the negative binomial, shares the beta-binomial law, with the variance of the level's spread and error;
    for counts with a spread of 1 that is the exact predictive law of gamma and Poisson.
    """
    if not size > 0 or not base.rate > 0:
        return 1.0, 1.0
    wide = base.spread * (1 + size / base.size)
    return _beta_binomial(events, size, base.rate, wide) if share else _negative_binomial(events, base.rate * size, wide)


def _negative_binomial(k: float, mean: float, wide: float) -> tuple[float, float]:
    from scipy.special import betainc

    shape = mean / (wide - 1)
    chance = 1 / wide

    def reach(most: float) -> float:
        return float(betainc(shape, np.floor(most) + 1, chance)) if most >= 0 else 0.0

    return reach(k), 1 - reach(k - 1)


def _beta_binomial(k: float, size: float, rate: float, wide: float) -> tuple[float, float]:
    from scipy.stats import betabinom, binom

    n = round(size)
    if not 0 < rate < 1:
        return 1.0, 1.0
    apart = min((min(wide, 0.5 * (n + 1)) - 1) / max(n - 1, 1), 0.95)  # correlation of two trials
    if apart < 1e-6:  # the binomial law itself, where the other is reckoned badly
        return float(binom.cdf(k, n, rate)), float(binom.sf(k - 1, n, rate))
    a, b = rate * (1 / apart - 1), (1 - rate) * (1 / apart - 1)
    low, high = betabinom.cdf(k, n, a, b), betabinom.sf(k - 1, n, a, b)
    return float(low), float(high)


def two_sided(low: float, high: float, df: float = float("inf")) -> float:
    """Two-sided tail from both one-sided ones, as Student's t where the spread itself was estimated with `df`."""
    from scipy.special import ndtri

    tail = min(low, high)
    if df < 1e6 and 0 < tail < 0.5:
        tail = float(lower_tail(np.array([ndtri(tail)]), df)[0])
    return min(1.0, 2 * tail)


def signal(events: ArrayLike, sizes: ArrayLike, base: Level, *, share: bool) -> Signal:
    """What the points after the baseline, oldest first, say at the last of them; points of no size are passed over."""
    x, n = np.asarray(events, dtype=float), np.asarray(sizes, dtype=float)
    x, n = x[n > 0], n[n > 0]
    if not len(x) or not base.rate > 0:
        return Signal(float("nan"), 1.0, 1.0, 0, False)
    low, high = tails(x[-1], n[-1], base, share=share)
    point, run = two_sided(low, high, base.df), run_length(x, n, base)
    together = two_sided(*tails(x[-RUN:].sum(), n[-RUN:].sum(), base, share=share), base.df) if len(x) >= RUN else 1.0
    return Signal(score(low, high), point, together, run, point < LIMIT or (run >= RUN and _says(x, n, base, share)))


def _says(x: np.ndarray, n: np.ndarray, base: Level, share: bool) -> bool:
    """Whether RUN points on this side are as unlikely as the rule takes them to be: not where most points are nought."""
    below, chance = x[-1] < base.rate * n[-1], 1.0
    for size in n[-RUN:]:
        middle = base.rate * size
        chance *= tails(np.ceil(middle) - 1, size, base, share=share)[0] if below else tails(np.floor(middle) + 1, size, base, share=share)[1]
    return bool(chance <= _LIKELY)


def run_length(events: np.ndarray, sizes: np.ndarray, base: Level) -> int:
    """Points in a row on one side of the level up to the last one; a point on the level ends a run."""
    side = np.sign(events - base.rate * sizes)
    if not len(side) or side[-1] == 0:
        return 0
    other = np.flatnonzero(side != side[-1])
    return len(side) if not len(other) else len(side) - 1 - int(other[-1])


def score(low: float, high: float) -> float:
    """Normal score of a point by the nearer tail."""
    from scipy.special import ndtri

    tail = max(min(low, high), 1e-15)
    if tail >= 0.5:
        return 0.0
    return float(ndtri(tail) if low < high else -ndtri(tail))
