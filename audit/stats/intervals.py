"""95 % intervals of shares, counts, means, sums, ratios and quantiles from sufficient statistics."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

LARGEST = 1.5  # largest amount over the size-weighted mean amount
LEVEL = 0.95
# sample skewness of a heavy tail is too small on average; the far end is computed with it raised by this factor
_TAIL = 1.25

Ends = tuple[np.ndarray, np.ndarray]


def _floats(*arrays: ArrayLike) -> list[np.ndarray]:
    return [np.asarray(array, dtype=float) for array in arrays]


def _z(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))


def wilson(successes: ArrayLike, n: ArrayLike, level: float = LEVEL) -> Ends:
    """Wilson score interval of a share, within 0…1; NaN where n = 0.

    Wilson, E. B. (1927), JASA 22:209–212.

    >>> low, high = wilson(8, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.49, 0.943)
    """
    k, size = _floats(successes, n)
    z = _z(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, square = k / size, z * z / size
        middle = (share + square / 2) / (1 + square)
        half = z * np.sqrt(share * (1 - share) / size + square / (4 * size)) / (1 + square)
        return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def poisson(count: ArrayLike, level: float = LEVEL) -> Ends:
    """Exact (Garwood) interval of a Poisson mean from one count.

    Garwood, F. (1936), Biometrika 28:437–442.

    >>> low, high = poisson(10)
    >>> round(float(low), 2), round(float(high), 2)
    (4.8, 18.39)
    """
    from scipy.special import gammaincinv

    (k,) = _floats(count)
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(k > 0, gammaincinv(np.maximum(k, 1e-12), tail), 0.0)
        return low, gammaincinv(k + 1, 1 - tail)


def _skewed(middle: np.ndarray, error: np.ndarray, skew: np.ndarray, quantile: np.ndarray) -> Ends:
    """Interval of an estimate with standard `error` whose own skewness is `skew` (Hall's transform).

    Hall, P. (1992), JRSS B 54:221–228; the transform is monotone, so the interval never turns over.
    """

    def back(x: np.ndarray, by: np.ndarray) -> np.ndarray:
        a = by / 3
        small = np.abs(a) < 1e-9
        safe = np.where(small, 1.0, a)
        return np.where(small, x, (np.cbrt(1 + 3 * safe * (x - by / 6)) - 1) / safe)

    low = middle - error * back(quantile, np.where(skew < 0, _TAIL * skew, skew))
    high = middle - error * back(-quantile, np.where(skew > 0, _TAIL * skew, skew))
    return low, high


def mean(n: ArrayLike, s1: ArrayLike, s2: ArrayLike, s3: ArrayLike, level: float = LEVEL) -> Ends:
    """Interval of a mean from n, Σx, Σx², Σx³, corrected for skewness; NaN where n < 2 or nothing varies.

    Measured coverage at 95 %: at least 0.92 for log-normal σ ≤ 1.3 and for mixtures of a few prices, n ≥ 30.
    """
    from scipy.special import stdtrit

    size, a, b, c = _floats(n, s1, s2, s3)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = a / size
        second = np.maximum(b / size - middle**2, 0)
        second = np.where(second <= 1e-12 * np.maximum(middle**2, 1e-300), np.nan, second)
        third = c / size - 3 * middle * b / size + 2 * middle**3
        skew = np.clip(third / second**1.5, -np.sqrt(size), np.sqrt(size))
        error = np.sqrt(second / (size - 1))
        quantile = stdtrit(np.maximum(size - 1, 1), 0.5 + level / 2)
        return _skewed(middle, error, skew / np.sqrt(size), quantile)


def total(s1: ArrayLike, s2: ArrayLike, s3: ArrayLike, level: float = LEVEL) -> Ends:
    """Interval of a sum over a random number of independent amounts (compound Poisson) from Σx, Σx², Σx³.

    Gamma ends as for a weighted sum of Poisson counts; the largest amount, which sums do not keep, is stood for by
    one and a half times the size-weighted mean amount Σx³ / Σx². Covers 0.92–0.97 from 15 lognormal amounts on
    (σ ≤ 1.3) and stays near the sum where there are few. Where losses and gains cancel, so that (Σx)² < Σx², no gamma
    fits: normal ends of the same variance Σx². NaN without a positive sum.
    Fay & Feuer (1997), Statistics in Medicine 16, 791–801.

    >>> low, high = total(1.0, 1.0, 1.0)  # one unit; the exact Poisson interval is 0.025 to 5.57
    >>> round(float(low), 3), round(float(high), 2)
    (0.025, 7.07)
    """
    from scipy.special import gammaincinv

    a, b, c = _floats(s1, s2, s3)
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        sum_, variance = np.where((a > 0) & (b > 0), a, np.nan), np.where(b > 0, b, np.nan)
        largest = LARGEST * np.maximum(c, 0) / variance
        upper, spread = sum_ + largest, variance + largest**2
        low = variance / sum_ * gammaincinv(sum_**2 / variance, tail)
        high = spread / upper * gammaincinv(upper**2 / spread, 1 - tail)
        half, cancels = _z(level) * np.sqrt(variance), sum_**2 < variance * (1 - 1e-9)
    return np.where(cancels, sum_ - half, low), np.where(cancels, sum_ + half, high)


def ratio(
    n: ArrayLike, num: ArrayLike, den: ArrayLike, num2: ArrayLike, numden: ArrayLike, den2: ArrayLike,
    level: float = LEVEL,
) -> Ends:
    """Interval of Σnum / Σden over n units by the delta method with Student's t.

    Cochran, W. G. (1977), Sampling Techniques, ch. 6.
    """
    from scipy.special import stdtrit

    size, a, b, aa, ab, bb = _floats(n, num, den, num2, numden, den2)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = a / b
        spread = np.maximum(aa - 2 * value * ab + value**2 * bb, 0) * size / (size - 1)
        half = stdtrit(np.maximum(size - 1, 1), 0.5 + level / 2) * np.sqrt(spread) / np.abs(b)
        half = np.where(half > 0, half, np.nan)
        return value - half, value + half


def of_units(
    value: ArrayLike, den: ArrayLike, units: ArrayLike, even: ArrayLike, e2: ArrayLike, e3: ArrayLike, level: float = LEVEL,
) -> Ends:
    """Interval of `value` = Σx / Σy whose rows come in independent `units`, from Σe² and Σe³ of the units' residuals
    e = (x − value·y) / (1 − y / Σy), each what it is with the unit left out; NaN with fewer than two units or where nothing varies.

    `even` is Kish's number of equal units, (Σy)² / Σy² over units: Student's degrees of freedom are one less of it, for a few large
    units know less than as many equal ones. With Σe³ the ends lean as the residuals do, with zeros they are symmetric.
    Measured coverage at 95 %: 0.92–0.97 from 20 clients on with log-normal checks σ = 0.8. Bell & McCaffrey (2002), Survey Methodology 28:169–181.

    >>> low, high = of_units(0.5, 100, 4, 4, 400.0, 0.0)  # errors √(400 × ¾) ÷ 100, Student's t of 3 degrees of freedom 3.18
    >>> round(float(low), 3), round(float(high), 3)
    (-0.051, 1.051)
    """
    from scipy.special import stdtrit

    middle, whole, size, alike, second, third = _floats(value, den, units, even, e2, e3)
    size = np.where(size >= 2, size, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        second = np.where(second * size <= 1e-12 * (middle * whole) ** 2 / size, np.nan, second)
        skew = np.clip(third / size / (second / size) ** 1.5, -np.sqrt(size), np.sqrt(size))
        error = np.sqrt(second * (size - 1) / size) / np.abs(whole)
        return _skewed(middle, error, skew / np.sqrt(size), stdtrit(np.maximum(alike - 1, 1), 0.5 + level / 2))


def quantile(
    groups: ArrayLike, values: ArrayLike, counts: ArrayLike, q: float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(value, low, high, n) of the q-quantile of every group from counted values.

    `groups` are 0…k−1; a row stands for `counts` units of (about) the same value. The value is linear between
    order statistics (Hyndman–Fan type 7); the ends are order statistics with exact binomial coverage, NaN where
    n is too small to have them. Arnold, Balakrishnan & Nagaraja (2008), A First Course in Order Statistics, 7.2.

    >>> value, low, high, n = quantile([0, 0, 0], [1.0, 2.0, 9.0], [1, 1, 1], 0.5)
    >>> float(value[0]), int(n[0])
    (2.0, 3)
    """
    label = np.asarray(groups, dtype=np.int64)
    x, weight = np.asarray(values, dtype=float), np.asarray(counts, dtype=np.int64)
    keep = weight > 0
    label, x, weight = label[keep], x[keep], weight[keep]
    order = np.lexsort((x, label))
    label, x, weight = label[order], x[order], weight[order]
    sizes = np.bincount(label, weights=weight, minlength=int(np.max(groups, initial=-1)) + 1).astype(np.int64)
    offset = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else np.zeros(0, dtype=np.int64)
    reached = np.cumsum(weight)

    def ranked(rank: np.ndarray) -> np.ndarray:  # rank from 1
        good = (rank >= 1) & (rank <= sizes)
        at = np.searchsorted(reached, offset + np.clip(rank, 1, np.maximum(sizes, 1)), side="left")
        return np.where(good, x[np.minimum(at, len(x) - 1)] if len(x) else np.nan, np.nan)

    position = (sizes - 1) * q
    below = np.floor(position).astype(np.int64)
    floor, ceil = ranked(below + 1), ranked(np.minimum(below + 2, np.maximum(sizes, 1)))
    value = floor + (position - below) * (ceil - floor)
    tail = (1 - level) / 2
    safe = np.maximum(sizes, 1)
    low = ranked(_binomial(tail, safe, q))
    high = ranked(_binomial(1 - tail, safe, q) + 1)
    return value, low, high, sizes


def _binomial(p: float, n: np.ndarray, q: float) -> np.ndarray:
    """Smallest k with P(Binomial(n, q) ≤ k) ≥ p."""
    from scipy.special import bdtr, bdtrik

    k = np.ceil(np.nan_to_num(bdtrik(p, n, q)))
    return np.where((k > 0) & (bdtr(k - 1, n, q) >= p * (1 - 1e-12)), k - 1, k).astype(np.int64)
