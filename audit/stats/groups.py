"""Two groups of rows compared: shares, means, skewed money, rows that come in clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audit.stats.estimate import Ends, Estimate, Student, student
from audit.stats.intervals import _skewed, wilson

DRAWS = 1999
LARGE = 3_000  # rows in the smaller group beyond which sums and their skewness say the same as drawing lots
FEW, ALPHA = 10, 0.05  # rows of an outcome expected in the smaller group, below which the exact test decides
BOTH_SIDES, THIN = 0.9, 2.0  # part of the rows in clusters seen on both sides; how much noisier their means may be than that of all
_RATIO = 3.0  # the widest ratio looked at is exp(3) beyond the one that was seen, or beyond 1


def shares(one: np.ndarray, other: np.ndarray) -> Ends:
    """Difference of two shares of 0/1 rows: Newcombe's hybrid score interval, pooled score test, or Fisher's where few rows are expected.

    Newcombe (1998), Statistics in Medicine 17:873–890, method 10.

    >>> found = shares(np.repeat([1, 0], [56, 14]), np.repeat([1, 0], [48, 32]))
    >>> [round(x, 4) for x in (found.value, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    from scipy.special import ndtr

    (n, k), (m, j) = ((len(rows), float(rows.sum())) for rows in (one, other))
    p, q = k / n, j / m
    (low_p, high_p), (low_q, high_q) = wilson(k, n), wilson(j, m)
    pooled = (k + j) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    low, high = p - q - np.hypot(p - low_p, high_q - q), p - q + np.hypot(high_p - p, q - low_q)
    if min(n, m) * min(pooled, 1 - pooled) < FEW:
        from scipy.stats import fisher_exact

        chance = float(fisher_exact([[k, n - k], [j, m - j]]).pvalue)
    else:
        chance = float(2 * ndtr(-abs(p - q) / error)) if error > 0 else 1.0
    return _agreed(Ends(p - q, float(low), float(high), chance))


def _agreed(found: Ends) -> Ends:
    """The interval holds zero where the test does not rule it out: of two answers the more careful one."""
    return replace(found, low=min(found.low, 0.0), high=max(found.high, 0.0)) if found.p_value > ALPHA else found


def means(one: np.ndarray, other: np.ndarray) -> Student | None:
    """Difference of two means by Welch's t; None where fewer than two rows or no spread allow it."""
    n, m = len(one), len(other)
    if n < 2 or m < 2:
        return None
    a, b = one.var(ddof=1) / n, other.var(ddof=1) / m
    if a + b <= 0:
        return None
    return student(float(one.mean() - other.mean()), float(np.sqrt(a + b)), float((a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))))


def money(one: np.ndarray, other: np.ndarray, seed: int = 0) -> Estimate | None:
    """Difference of two means of skewed amounts (≥ 0), right also where 60 rows meet 1,000.

    The studentised logarithm of the ratio of means is set against what drawing lots gives; the interval holds every ratio that the lots do not
    rule out. Exact where a change multiplies amounts, right for large groups in any case. Large groups: sums corrected for skewness.
    Janssen (1997), Stat. Probab. Lett. 36:9–21; Hall (1992), JRSS B 54:221–228.
    """
    n, m = len(one), len(other)
    if n < 2 or m < 2:
        return None
    if min(n, m) > LARGE or one.mean() <= 0 or other.mean() <= 0 or min(one.min(), other.min()) < 0:
        return _summed(one, other)
    lots = _Lots(np.sort(one), np.sort(other), seed)  # whatever the order of rows
    low, high = lots.ratio(0.025), lots.ratio(0.975)
    return _agreed(Ends(float(one.mean() - other.mean()), lots.difference(low), lots.difference(high), lots.p_value()))


class _Lots:
    """Draws of the smaller group out of all rows: sums and squares of the rows that belong to `one` and to `other`, so that any ratio is tried at no cost."""

    def __init__(self, one: np.ndarray, other: np.ndarray, seed: int):
        self.sums = one.sum(), other.sum()
        self.squares = (one**2).sum(), (other**2).sum()
        self.sizes = len(one), len(other)
        self.few = min(self.sizes)
        self.first = len(one) <= len(other)
        rows, total = np.concatenate([one, other]), len(one) + len(other)
        picked = _draws(np.random.default_rng(seed), total, self.few)
        ours, drawn = picked < len(one), rows[picked]
        self.drawn = [(drawn**power * mask).sum(1) for power in (1, 2) for mask in (ours, ~ours)]

    def _statistic(self, s: np.ndarray, ss: np.ndarray, ratio: float) -> np.ndarray:
        """Studentised log ratio of means of the smaller group (sums `s`, squares `ss`) against the rest, amounts of `one` divided by `ratio`."""
        rest = sum(self.sizes) - self.few
        all_s, all_ss = self.sums[0] / ratio + self.sums[1], self.squares[0] / ratio**2 + self.squares[1]
        small, big = s / self.few, (all_s - s) / rest
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.maximum(ss / self.few - small**2, 0) / small**2 / (self.few - 1) + np.maximum((all_ss - ss) / rest - big**2, 0) / big**2 / (rest - 1)
            return (1 if self.first else -1) * np.log(small / big) / np.sqrt(spread)

    def above(self, ratio: float) -> float:
        """Part of the draws that favour `one` no more than what was seen, were the true ratio of means `ratio`: falls as the ratio grows."""
        a, b, aa, bb = self.drawn
        drawn = self._statistic(a / ratio + b, aa / ratio**2 + bb, ratio)
        seen = (self.sums[0] / ratio, self.squares[0] / ratio**2) if self.first else (self.sums[1], self.squares[1])
        found = float(self._statistic(np.asarray(seen[0]), np.asarray(seen[1]), ratio))
        drawn = drawn[np.isfinite(drawn)]
        less, same = (drawn < found - 1e-12).sum(), (np.abs(drawn - found) <= 1e-12).sum()
        return float((less + same / 2 + 0.5) / (len(drawn) + 1))

    def ratio(self, part: float) -> float:
        """The ratio at which `above` is 1 − part: the lower end for 0.025, the upper for 0.975."""
        middle = float(np.log(self.sums[0] / self.sizes[0] / (self.sums[1] / self.sizes[1])))
        low, high = min(middle, 0.0) - _RATIO, max(middle, 0.0) + _RATIO
        for _ in range(40):
            half = (low + high) / 2
            low, high = (half, high) if self.above(float(np.exp(half))) > 1 - part else (low, half)
        return float(np.exp((low + high) / 2))

    def difference(self, ratio: float) -> float:
        """A ratio of means as a difference, the level taken from all rows."""
        level = (self.sums[0] / ratio + self.sums[1]) / sum(self.sizes)
        return float(level * (ratio - 1))

    def p_value(self) -> float:
        """Two-sided."""
        below = self.above(1.0)
        return float(min(1.0, 2 * min(below, 1 - below)))


def _draws(rng: np.random.Generator, total: int, few: int) -> np.ndarray:
    """DRAWS samples of `few` of `total` rows; from many rows with replacement, which makes no difference there."""
    if few * 50 < total:
        return rng.integers(0, total, (DRAWS, few))
    return np.stack([rng.permutation(total)[:few] for _ in range(DRAWS)])


def _summed(one: np.ndarray, other: np.ndarray) -> Ends | None:
    """Difference of means from sums, with Hall's correction for skewness."""
    from scipy.optimize import brentq
    from scipy.special import ndtri

    parts = []
    for rows in (one, other):
        n, mean = len(rows), rows.mean()
        away = rows - mean
        square = away * away
        parts.append((mean, square.sum() / (n - 1) / n, (square * away).sum() / n / n**2))
    (a, va, ta), (b, vb, tb) = parts
    value, error = float(a - b), float(np.sqrt(va + vb))
    if error <= 0:
        return None
    skew = np.asarray((ta - tb) / error**3)

    def ends(level: float) -> tuple[float, float]:
        low, high = _skewed(np.asarray(value), np.asarray(error), skew, np.asarray(ndtri(0.5 + level / 2)))
        return float(low), float(high)

    least, most = 1e-9, 1 - 1e-12
    side = next((side for side, sign in ((0, 1), (1, -1)) if ends(least)[side] * sign > 0), None)  # the end that meets zero last
    if side is None:
        return Ends(value, *ends(0.95), 1.0)
    level = most if ends(most)[side] * ends(least)[side] > 0 else float(brentq(lambda part: ends(part)[side], least, most))
    return Ends(value, *ends(0.95), 1 - level)


def clustered(y: np.ndarray, group: np.ndarray, units: np.ndarray) -> Student | None:
    """Difference of means (group 1 less group 0) of rows that come in clusters `units` 0…G−1: leave-one-cluster-out errors, Student's t.

    Degrees of freedom by how evenly clusters carry the rows, at most G − 1. None with fewer than three clusters.
    """
    g = int(units.max()) + 1
    counts = np.array([np.bincount(units[group == side], minlength=g) for side in (1, 0)], float)
    sums = np.array([np.bincount(units[group == side], y[group == side], g) for side in (1, 0)])
    n, s = counts.sum(1, keepdims=True), sums.sum(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (s - sums) / (n - counts)
    values = left[0] - left[1]
    value = float(s[0, 0] / n[0, 0] - s[1, 0] / n[1, 0])
    return jackknifed(value, values[np.isfinite(values)], (counts / n**2).sum(0))


def within_clusters(y: np.ndarray, group: np.ndarray, units: np.ndarray) -> Student | None:
    """Mean of group 1 less what its own clusters showed in group 0, each as often as in group 1: clusters that have more rows after are no effect.

    Errors and degrees of freedom as in `clustered`. None where it cannot stand for all rows: a tenth of either group in clusters seen on one side
    only, or clusters so thin in group 0 that their means, so weighted, are more than twice as noisy as that of the whole group.
    """
    g = int(units.max()) + 1
    counts = np.array([np.bincount(units[group == side], minlength=g) for side in (1, 0)], float)
    both = (counts > 0).all(0)
    n, all_rows = counts[:, both], counts.sum(1)
    if (n.sum(1) < BOTH_SIDES * all_rows).any() or (n[0] ** 2 / n[1]).sum() / n[0].sum() ** 2 > THIN / all_rows[1]:
        return None
    sums = np.array([np.bincount(units[group == side], y[group == side], g)[both] for side in (1, 0)])
    change = n[0] * (sums[0] / n[0] - sums[1] / n[1])
    if len(change) < 3:
        return None
    values = (change.sum() - change) / (n[0].sum() - n[0])
    return jackknifed(float(change.sum() / n[0].sum()), values, n[0] ** 2 * (1 / n[0] + 1 / n[1]))


def unit_means(y: np.ndarray, group: np.ndarray, units: np.ndarray) -> Student | None:
    """Difference of the means of units 0…G−1, each wholly in one group, by `few_means`."""
    means_ = np.bincount(units, y) / np.bincount(units)
    side = np.bincount(units, group) / np.bincount(units) > 0.5
    return few_means(means_[side], means_[~side])


def few_means(one: np.ndarray, other: np.ndarray) -> Student | None:
    """Difference of two means of few units by Student's t: the spread pooled while either side has fewer than five, else Welch; None with fewer than four."""
    n, m = len(one), len(other)
    if min(n, m) < 1 or n + m < 4:
        return None
    if min(n, m) >= 5:
        return means(one, other)
    pooled = (((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum()) / (n + m - 2)
    return student(float(one.mean() - other.mean()), float(np.sqrt(pooled * (1 / n + 1 / m))), n + m - 2) if pooled > 0 else None


def noisy_means(one: np.ndarray, other: np.ndarray, of_one: np.ndarray, of_other: np.ndarray) -> Student | None:
    """`few_means` of units that are means of rows themselves, `of_one` and `of_other` the variance that rows alone give each unit.

    Where a spread is pooled, units of few rows are noisier than those it is told by: what units differ by beyond their rows is pooled, what rows give
    is each side's own, and the error is never below that of the plain spread. Degrees of freedom by Satterthwaite, what rows give taken as known.
    Lewis & Linzer (2005), Political Analysis 13:345–364; Ferman & Pinto (2019), Rev. Econ. Stat. 101:452–467.
    """
    found, n, m = few_means(one, other), len(one), len(other)
    if found is None or min(n, m) >= 5:
        return found
    both = 1 / n + 1 / m
    pooled = float(found.errors[0]) ** 2 / both
    expected = (of_one.sum() * (1 - 1 / n) + of_other.sum() * (1 - 1 / m)) / (n + m - 2)
    variance = max(max(pooled - expected, 0.0) * both + of_one.sum() / n**2 + of_other.sum() / m**2, pooled * both)
    return student(found.value, float(np.sqrt(variance)), (n + m - 2) * (variance / (both * max(pooled, expected))) ** 2)


def jackknifed(value: float, values: np.ndarray, carried: np.ndarray) -> Student | None:
    """A value from what it is without each cluster (`values`), degrees of freedom by what each has `carried`; None with fewer than three."""
    g = len(values)
    if g < 3:
        return None
    error = float(np.sqrt((g - 1) / g * ((values - values.mean()) ** 2).sum()))
    share = carried / carried.sum()
    return student(value, error, float(max(1.0, min(g - 1, 1 / (share**2).sum() - 1)))) if error > 0 else None
