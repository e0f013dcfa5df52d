"""The effect of a change on one series: every plausible memory of the noise is tried, each weighted by how well it fits.

y = trend + season + controls + effect · shape + noise, where the noise has a part that fades (AR 1) and a part that drifts (a random
walk). Neither the memory nor the size of the drift is known, and plugging in one estimate of them understates the uncertainty (a variance
estimated as zero most of all). So the effect is integrated over a grid of both, each point weighted by its restricted likelihood:
Harville (1974), Biometrika 61:383–385; Berger, De Oliveira & Sansó (2001), JASA 96:1361–1374 for the integrated likelihood.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, mixture

FADING = (0.0, 0.2, 0.4, 0.6, 0.8)  # autocorrelation of the part that fades, from one point to the next
DRIFT = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0)  # variance of a step of the drift over that of the fading part
SEASON = (0.0, 0.1, 1.0, 10.0)  # variance of the season over that of the fading part
NO_SEASON, SLIGHT, MARKED = 4.0, 0.1, 0.1  # prior weight of no season against one size of it; of a drift below MARKED against none or a larger one
MOST = 1_000  # points beyond which neighbours are averaged


class Fit(NamedTuple):
    """The effect (mean over the points after the change), and for every point the level expected without it, with the spread of points around that."""

    effect: Student
    expected: np.ndarray
    error: np.ndarray
    df: float
    free: bool = False  # of any course, not a step or a ramp


def changed(
    y: np.ndarray, shapes: np.ndarray, prior: np.ndarray, fixed: np.ndarray, season: np.ndarray | None = None, rows: np.ndarray | None = None,
    slight: float = SLIGHT,
) -> Fit:
    """The effect on `y` (n,), evenly spaced in time.

    `shapes` (k, n): courses an effect may take, zero before the change and with mean one after it, with `prior` weights; `fixed` (n, p): intercept,
    trend, controls; `season` (n, h): waves that a season is made of, see `waves`; `rows` (n,): how many rows each point is the mean of, when the
    noise differs by that; `slight`: see `credit`.
    """
    n, p, k = len(y), fixed.shape[1], len(shapes)
    noisy = np.ones(n) if rows is None else np.sqrt(rows.mean() / rows)
    parts = [y[:, None], fixed, shapes.T, *([season] if season is not None else [])]
    white, log_det = _white(np.hstack(parts), noisy)
    gram = np.einsum("gni,gnj->gij", white, white, optimize=True)
    df, found = n - p - 1, []
    for size in SEASON if season is not None else (0.0,):
        reduced, more = _without_season(gram, 1 + p + k, size)
        value, error, log_x = _fitted(reduced, p, k, df)
        weight = (credit(size, slight) - 0.5 * (log_det + more + log_x))[:, None] - 0.5 * np.log(error.squares) - 0.5 * df * np.log(error.rss) + np.log(prior)
        found.append((value, np.sqrt(error.rss / df / error.squares), weight))
    values, errors, weights = (np.concatenate([one[place].ravel() for one in found]) for place in range(3))
    return Fit(mixture(values, errors, df, weights), *_course(y, shapes, fixed, season, noisy, found, df), float(df))


class _Squares(NamedTuple):
    """Sums of squares of each shape beside the fixed columns, and of what is left of y, by (grid point, shape)."""

    squares: np.ndarray
    rss: np.ndarray


def _white(columns: np.ndarray, noisy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(columns (grid, n, columns) as independent noise of variance one would show them, log determinant (grid,) of each covariance).

    Kalman's filter over a fading part (spread `noisy` at each point) and a drift that starts at zero, for the whole grid at once.
    Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, 3.2 and 3.4.
    """
    fading, drift = grid()
    n, g = len(noisy), len(fading)
    told, log_det = np.empty((g, n, columns.shape[1])), np.zeros(g)
    first, second = np.zeros((g, columns.shape[1])), np.zeros((g, columns.shape[1]))
    p11, p12, p22 = np.ones(g), np.zeros(g), np.zeros(g)
    for at, h in enumerate(noisy):
        c1, c2 = h * p11 + p12, h * p12 + p22
        f = h * c1 + c2
        wrong = columns[at] - h * first - second
        told[:, at] = wrong / np.sqrt(f)[:, None]
        log_det += np.log(f)
        first = fading[:, None] * (first + (c1 / f)[:, None] * wrong)
        second = second + (c2 / f)[:, None] * wrong
        p11, p12, p22 = update(p11, p12, p22, c1, c2, f)
        p11, p12, p22 = fading**2 * p11 + 1 - fading**2, fading * p12, p22 + drift
    return told, log_det


def grid() -> tuple[np.ndarray, np.ndarray]:
    """(fading, drift) of every grid point."""
    fading, drift = np.meshgrid(FADING, DRIFT, indexing="ij")
    return fading.ravel(), drift.ravel()


def credit(season: float, slight: float) -> np.ndarray:
    """Log prior weight of every grid point with a season of variance `season`; `slight` is the weight of a drift below MARKED.

    Beside a trend there is either no drift or one that shows: the slight ones between are told from neither by any series that can be had, and widen
    every interval. SLIGHT is chosen so that false alarms stay under 6 % both where levels drift and where they do not. Controls stand in the place of a
    trend, and what they leave over is often a slight drift: there it counts as much as any.
    """
    drift = grid()[1]
    return np.log(np.where((drift > 0) & (drift < MARKED), slight, 1.0)) + (0.0 if season else np.log(NO_SEASON))


def update(p11: np.ndarray, p12: np.ndarray, p22: np.ndarray, c1: np.ndarray, c2: np.ndarray, f: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariance of the two parts once a point is seen; `c1`, `c2` their covariance with it, `f` its variance."""
    return p11 - c1**2 / f, p12 - c1 * c2 / f, p22 - c2**2 / f


def _without_season(gram: np.ndarray, kept: int, size: float) -> tuple[np.ndarray, np.ndarray]:
    """(products of the first `kept` columns once the season of variance `size` is part of the noise, what it adds to the log determinant)."""
    if not size:
        return gram[:, :kept, :kept], np.zeros(len(gram))
    waves_ = gram[:, kept:, kept:]
    inner = np.eye(waves_.shape[1]) / size + waves_
    cross = gram[:, kept:, :kept]
    return gram[:, :kept, :kept] - np.swapaxes(cross, 1, 2) @ np.linalg.solve(inner, cross), np.linalg.slogdet(inner * size)[1]


def _fitted(gram: np.ndarray, p: int, k: int, df: int) -> tuple[np.ndarray, _Squares, np.ndarray]:
    """(effect by (grid, shape), its sums of squares, log determinant of the fixed columns) from products of y, fixed columns and shapes."""
    x = gram[:, 1:1 + p, 1:1 + p]
    rest = [0, *range(1 + p, 1 + p + k)]
    cross = gram[:, 1:1 + p][:, :, rest]
    left = gram[:, rest][:, :, rest] - np.swapaxes(cross, 1, 2) @ np.linalg.solve(x, cross)
    squares = np.maximum(left[:, range(1, k + 1), range(1, k + 1)], 1e-12)
    value = left[:, 0, 1:] / squares
    rss = np.maximum(left[:, :1, 0] - value**2 * squares, 1e-12 * np.maximum(gram[:, :1, 0], 1e-300))
    return value, _Squares(squares, rss), np.linalg.slogdet(x)[1]


def _course(
    y: np.ndarray, shapes: np.ndarray, fixed: np.ndarray, season: np.ndarray | None, noisy: np.ndarray, found: list, df: int
) -> tuple[np.ndarray, np.ndarray]:
    """(level expected without the change at every point, its error with the noise of a point) at the grid point of most weight.

    The level is trend or controls, season and drift as smoothed over the whole series less the effect; what fades from point to point is noise.
    """
    place = int(np.argmax([one[2].max() for one in found]))
    at, shape = divmod(int(np.argmax(found[place][2])), found[place][2].shape[1])
    fading, drift = (one[at] for one in grid())
    n, steps = len(y), np.arange(len(y), dtype=float)
    noise = np.outer(noisy, noisy) * fading ** np.abs(np.subtract.outer(steps, steps)) if fading else np.diag(noisy**2)
    lasting = drift * np.minimum.outer(steps, steps)
    if season is not None and SEASON[place]:
        lasting = lasting + SEASON[place] * season @ season.T
    effect, error = found[place][0][at, shape], found[place][1][at, shape]
    left = y - effect * shapes[shape]
    inverse = np.linalg.inv(noise + lasting)
    beta = np.linalg.solve(fixed.T @ inverse @ fixed, fixed.T @ inverse @ left)
    wrong = left - fixed @ beta
    variance = float(wrong @ inverse @ wrong) / df
    return fixed @ beta + lasting @ inverse @ wrong, np.sqrt((shapes[shape] * error) ** 2 + variance * noisy**2) + np.zeros(n)


def waves(phase: np.ndarray, period: float, harmonics: int = 6) -> np.ndarray:
    """Cosines and sines (n, 2h) of a smooth season of variance one: harmonics whose variance falls with the square of their order."""
    most = max(1, min(harmonics, int(period // 2)))
    shares = 1 / np.arange(1, most + 1) ** 2
    angle = 2 * np.pi * np.outer(phase, np.arange(1, most + 1)) / period
    return np.hstack([np.cos(angle), np.sin(angle)]) * np.sqrt(np.tile(shares / shares.sum(), 2))
