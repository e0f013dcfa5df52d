"""Agreement of reviewers who judged the same things: ICC(2,1), Krippendorff's alpha and Cohen's kappa."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.intervals import LEVEL


def icc(scores: ArrayLike, level: float = LEVEL) -> tuple[float, float, float]:
    """(ICC(2,1), low, high) of a full table of scores, a row a thing, a column a reviewer; NaN where nothing varies.

    Two-way random effects, absolute agreement of one reviewer. Shrout & Fleiss (1979), Psychol. Bull. 86:420–428; interval of
    McGraw & Wong (1996), Psychol. Methods 1:30–46, table 7. The example is that of Shrout & Fleiss.

    >>> judged = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(x, 2) for x in icc(judged)]
    [0.29, 0.02, 0.76]
    """
    from scipy.special import fdtri

    x = np.asarray(scores, dtype=float)
    n, k = x.shape
    nothing = (float("nan"),) * 3
    if n < 2 or k < 2:
        return nothing
    things, judges, whole = x.mean(1, keepdims=True), x.mean(0, keepdims=True), x.mean()
    rows = k * ((things - whole) ** 2).sum() / (n - 1)
    columns = n * ((judges - whole) ** 2).sum() / (k - 1)
    rest = ((x - things - judges + whole) ** 2).sum() / ((n - 1) * (k - 1))
    spread = rows + (k - 1) * rest + k * (columns - rest) / n
    if spread <= 1e-12:
        return nothing
    value = (rows - rest) / spread
    if rest <= 1e-12 * spread or value >= 1:
        return float(value), float("nan"), float("nan")
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    df = (a * columns + b * rest) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * rest) ** 2 / ((n - 1) * (k - 1)))
    tail = 0.5 + level / 2
    upper, lower = fdtri(n - 1, df, tail), fdtri(df, n - 1, tail)
    mixed = k * columns + (k * n - k - n) * rest
    low = n * (rows - upper * rest) / (upper * mixed + n * rows)
    high = n * (lower * rows - rest) / (mixed + n * lower * rows)
    return float(value), float(min(low, value)), float(max(high, value))


def alpha(units: ArrayLike, values: ArrayLike, scale: Literal["nominal", "ordinal", "interval"] = "interval") -> float:
    """Krippendorff's alpha of values given to units, one entry a unit and reviewer; units of one value alone do not count.

    NaN where no unit has two values or all values are one. Krippendorff (2011), Computing Krippendorff's alpha-reliability.

    >>> alpha([1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 3, 3], "nominal")
    1.0
    """
    names, unit = np.unique(np.asarray(units), return_inverse=True)
    levels, code = np.unique(np.asarray(values, dtype=float), return_inverse=True)
    table = np.zeros((len(names), len(levels)))
    np.add.at(table, (unit, code), 1)
    table = table[table.sum(1) >= 2]
    total = table.sum()
    if not total:
        return float("nan")
    sizes = table.sum(1, keepdims=True)
    seen = (table.T @ (table / (sizes - 1))) - np.diag((table / (sizes - 1)).sum(0))
    margin = table.sum(0)
    apart = _distance(levels, margin, scale)
    expected = (np.outer(margin, margin) * apart).sum() / (total - 1)
    return float(1 - (seen * apart).sum() / expected) if expected > 0 else float("nan")


def _distance(levels: np.ndarray, margin: np.ndarray, scale: str) -> np.ndarray:
    """Squared difference of every two levels."""
    if scale == "nominal":
        return 1.0 - np.eye(len(levels))
    if scale == "ordinal":
        place = np.cumsum(margin) - margin / 2
        return (place[:, None] - place[None, :]) ** 2
    return (levels[:, None] - levels[None, :]) ** 2


def kappa(first: ArrayLike, second: ArrayLike, level: float = LEVEL) -> tuple[float, float, float]:
    """(Cohen's kappa, low, high) of two markers' answers to the same things; NaN where all answers are one.

    Cohen (1960), Educ. Psychol. Meas. 20:37–46; interval of the large-sample error of Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72:323–327.
    Its ends are NaN where the formula gives no error (markers who never differ, or one of them always answers the same).

    >>> yes, no = [1] * 20 + [1] * 5 + [0] * 10 + [0] * 15, [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    >>> [round(x, 2) for x in kappa(yes, no)]
    [0.4, 0.15, 0.65]
    """
    from scipy.special import ndtri

    a, b = np.asarray(first), np.asarray(second)
    nothing = (float("nan"),) * 3
    if not len(a):
        return nothing
    levels, code = np.unique(np.concatenate([a, b]), return_inverse=True)
    table = np.zeros((len(levels), len(levels)))
    np.add.at(table, (code[: len(a)], code[len(a):]), 1 / len(a))
    rows, columns = table.sum(1), table.sum(0)
    seen, chance = np.trace(table), float(rows @ columns)
    if chance >= 1 - 1e-12:
        return nothing
    value = (seen - chance) / (1 - chance)
    both = rows[None, :] + columns[:, None]  # column i's share of the second marker with row j's of the first
    own = (np.diag(table) * ((1 - chance) - np.diag(both) * (1 - seen)) ** 2).sum()
    apart = (1 - seen) ** 2 * ((table * both**2).sum() - (np.diag(table) * np.diag(both) ** 2).sum())
    error = np.sqrt(max(own + apart - (seen * chance - 2 * chance + seen) ** 2, 0) / len(a)) / (1 - chance) ** 2
    if error < 1e-9:
        return float(value), float("nan"), float("nan")
    half = float(ndtri(0.5 + level / 2)) * error
    return float(value), float(max(value - half, -1)), float(min(value + half, 1))
