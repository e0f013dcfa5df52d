"""A difference between rows marked and not marked, where the marker errs: how much it is thinned, and the difference put right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student

POINTS = 41  # of the law of the thinning
LEAST = 0.05  # a marker that separates less tells nothing


class Thinned(NamedTuple):
    """The share of a true difference that is seen (`factor`, 1 = all) and its standard error."""

    factor: float
    error: float


def by_precision(share: float, precision: float, recall: float, n: float) -> Thinned:
    """Thinning when `share` of the rows is marked and of the marks `precision` are right, of the true ones `recall` are marked (both from `n` true labels).

    The difference seen is the true one × (PPV + NPV − 1), errors being the same for hits and misses.
    Rogan & Gladen (1978), Am. J. Epidemiology 107; Greenland (1988), Statistics in Medicine 7.

    >>> round(by_precision(0.5, 0.8, 0.8, 100).factor, 3)
    0.6
    """
    def factor(right: float, found: float) -> float:
        true = min(share * right / max(found, 1e-9), 1.0)
        return right - min(true * (1 - found) / max(1 - share, 1e-9), 1.0)

    return _with_error(factor, (precision, recall), (n, n))


def by_rates(share: float, sensitivity: float, specificity: float, n: float) -> Thinned:
    """The same from sensitivity and specificity, each from `n` labels.

    >>> round(by_rates(0.5, 0.9, 0.9, 100).factor, 3)
    0.8
    """
    def factor(found: float, rest: float) -> float:
        true = min(max((share + rest - 1) / max(found + rest - 1, 1e-9), 0.0), 1.0)
        return found * true / max(share, 1e-9) - (1 - found) * true / max(1 - share, 1e-9)

    return _with_error(factor, (sensitivity, specificity), (n, n))


def _with_error(factor, rates: tuple[float, float], sizes: tuple[float, float]) -> Thinned:
    """The factor and its error by the delta method; each rate as of n + 2 labels with one more hit and miss, so that a rate of one is not certain."""
    variance, step = 0.0, 1e-4
    for place, (rate, n) in enumerate(zip(rates, sizes, strict=True)):
        ends = [tuple(min(max(one + sign * step * (i == place), 0.0), 1.0) for i, one in enumerate(rates)) for sign in (1, -1)]
        slope = (factor(*ends[0]) - factor(*ends[1])) / max(ends[0][place] - ends[1][place], 1e-12)
        soft = (rate * n + 1) / (n + 2)
        variance += slope**2 * soft * (1 - soft) / (n + 3)
    return Thinned(float(min(max(factor(*rates), 0.0), 1.0)), float(np.sqrt(variance)))


def righted(seen: Student, thinned: Thinned) -> Student | None:
    """The true difference: what was seen over the thinning, whose own uncertainty widens the interval and never changes its side of zero.

    None where the marker may separate nothing (factor within two errors of 0.05).
    """
    from scipy.special import ndtri

    if thinned.factor - 2 * thinned.error < LEAST:
        return None
    quantiles = (np.arange(POINTS) + 0.5) / POINTS
    factors = np.clip(thinned.factor + thinned.error * ndtri(quantiles), LEAST, 1.0)
    values, errors = (np.outer(1 / factors, part).ravel() for part in (seen.values, seen.errors))
    dfs, weights = np.tile(seen.dfs, POINTS), np.tile(seen.weights / POINTS, POINTS)
    return Student(values, errors, dfs, weights)
