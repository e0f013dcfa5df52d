"""A change of any course: the series is foretold from the time before it alone, and what was seen after is set against that.

The noise is that of `serial`: a fading part and a drift of unknown sizes, integrated over the same grid, but weighted by the time before only. Wider
than assuming a step, and right whatever the effect does. Brodersen, Gallusser, Koehler, Remy & Scott (2015), Ann. Appl. Stat. 9:247–274.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import mixture
from audit.stats.serial import SEASON, SLIGHT, Fit, credit, grid, update


class _Told(NamedTuple):
    """Of one size of the season, by grid point: mean gap, its error, log weight, gap and error at every point after the change."""

    gap: np.ndarray
    error: np.ndarray
    weight: np.ndarray
    gaps: np.ndarray
    errors: np.ndarray


def foretold(
    y: np.ndarray, cut: int, fixed: np.ndarray, season: np.ndarray | None = None, rows: np.ndarray | None = None, slight: float = SLIGHT,
) -> Fit:
    """The mean gap after point `cut` between `y` (n,) and what its past foretells; arguments as for `serial.changed`."""
    noisy = np.ones(len(y)) if rows is None else np.sqrt(rows.mean() / rows)
    walk = _walked(np.hstack([y[:, None], fixed, *([season] if season is not None else [])]), noisy, cut)
    p = fixed.shape[1]
    found = [_solved(walk, p, credit(size, slight), size, cut - p) for size in (SEASON if season is not None else (0.0,))]
    gap, error, weight, gaps, errors = (np.concatenate([one[place] for one in found]) for place in range(5))
    share = np.exp(weight - weight.max())
    share /= share.sum()
    lift = share @ gaps
    spread = share @ (errors**2 + (gaps - lift) ** 2)
    expected, wide = y.astype(float).copy(), np.zeros(len(y))
    expected[cut:] -= lift
    wide[cut:] = np.sqrt(np.maximum(spread, 0))
    return Fit(mixture(gap, error, cut - p, weight), expected, wide, float(cut - p))


class _Walk(NamedTuple):
    """The filter over the time before, then without looking: products of white columns, log determinants, forecast errors of every column, their spreads."""

    gram: np.ndarray
    log_det: np.ndarray
    wrong: np.ndarray
    single: np.ndarray
    mean: np.ndarray


def _walked(columns: np.ndarray, noisy: np.ndarray, cut: int) -> _Walk:
    fading, drift = grid()
    g, n, m = len(fading), len(columns), columns.shape[1]
    first, second = np.zeros((g, m)), np.zeros((g, m))
    p11, p12, p22, log_det = np.ones(g), np.zeros(g), np.zeros(g), np.zeros(g)
    white, wrong, single = np.empty((g, cut, m)), np.empty((g, n - cut, m)), np.empty((g, n - cut))
    with_first, with_second, total = np.zeros(g), np.zeros(g), np.zeros(g)
    for at, h in enumerate(noisy):
        miss = columns[at] - h * first - second
        c1, c2 = h * p11 + p12, h * p12 + p22
        f = h * c1 + c2
        if at < cut:
            white[:, at], log_det = miss / np.sqrt(f)[:, None], log_det + np.log(f)
            first, second = first + (c1 / f)[:, None] * miss, second + (c2 / f)[:, None] * miss
            p11, p12, p22 = update(p11, p12, p22, c1, c2, f)
        else:
            wrong[:, at - cut], single[:, at - cut] = miss, f
            total += 2 * (h * with_first + with_second) + f
            with_first, with_second = with_first + c1, with_second + c2
        first, with_first = fading[:, None] * first, fading * with_first
        p11, p12, p22 = fading**2 * p11 + 1 - fading**2, fading * p12, p22 + drift
    return _Walk(np.einsum("gni,gnj->gij", white, white, optimize=True), log_det, wrong, single, total / (n - cut) ** 2)


def _solved(walk: _Walk, p: int, prior: np.ndarray, size: float, df: int) -> _Told:
    """Levels, controls and a season of variance `size` estimated before the change; forecast errors after it made free of them."""
    last = 1 + p if not size else walk.gram.shape[1]
    x = walk.gram[:, 1:last, 1:last].copy()
    more = np.zeros(len(x))
    if size:
        waves = last - 1 - p
        x[:, range(p, p + waves), range(p, p + waves)] += 1 / size
        more = np.linalg.slogdet(x)[1] - np.linalg.slogdet(x[:, :p, :p])[1] + waves * np.log(size)
    inverse, aim = np.linalg.inv(x), walk.gram[:, 1:last, 0]
    beta = np.einsum("gij,gj->gi", inverse, aim)
    rss = np.maximum(walk.gram[:, 0, 0] - (beta * aim).sum(1), 1e-12 * np.maximum(walk.gram[:, 0, 0], 1e-300))
    lines, scale = walk.wrong[:, :, 1:last], rss / df
    gaps = walk.wrong[:, :, 0] - np.einsum("gti,gi->gt", lines, beta)
    of_lines = np.einsum("gti,gij,gtj->gt", lines, inverse, lines, optimize=True)
    middle = lines.mean(1)
    error = np.sqrt(scale * (walk.mean + np.einsum("gi,gij,gj->g", middle, inverse, middle)))
    weight = prior - 0.5 * (walk.log_det + more + np.linalg.slogdet(walk.gram[:, 1:1 + p, 1:1 + p])[1]) - 0.5 * df * np.log(rss)
    return _Told(gaps.mean(1), error, weight, gaps, np.sqrt(scale[:, None] * (walk.single + of_lines)))


def misfit(y: np.ndarray, cut: int, shapes: np.ndarray, fixed: np.ndarray, season: np.ndarray | None = None, rows: np.ndarray | None = None) -> float:
    """p-value of the best of `shapes`: how often noise like that of the time before strays as far from it after the change.

    The forecast errors after the change, less the best course, over the spread that the time before foretells for single points, as F. Small
    where an effect comes and goes.
    """
    from scipy.special import fdtrc

    fit = foretold(y, cut, fixed, season, rows)
    gap, error = (y - fit.expected)[cut:], fit.error[cut:]
    free = len(gap) - 1
    best = min((((gap - (gap / error**2 @ shape[cut:]) / (shape[cut:] ** 2 / error**2).sum() * shape[cut:]) / error) ** 2).sum() for shape in shapes)
    return float(fdtrc(free, fit.df, best / free)) if free >= 1 else 1.0
