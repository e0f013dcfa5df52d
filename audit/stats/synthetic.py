"""One changed unit against a weighted mean of unchanged ones (synthetic control), judged by giving the change to each of the others in turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, student

FEWEST = 6  # donors
CLOSER = 0.8  # of the gap to the plain mean of the donors, within which a twin runs closer than they do


class Synthetic(NamedTuple):
    """The effect, the course expected without the change, its error a period, the donors' weights, and the share of donors whose own gap is as wide."""

    effect: Student
    expected: np.ndarray
    error: np.ndarray
    weights: np.ndarray
    wider: float


def synthetic(y: np.ndarray, donors: np.ndarray, after: np.ndarray) -> Synthetic | None:
    """The mean gap after the change between `y` (t,) and its synthetic twin out of `donors` (j, t); None with fewer than six donors.

    Weights ≥ 0 that add up to one fit the course before the change, levels apart. Each donor is then treated as if it had been changed; gaps over
    the root mean squared gap before are taken as draws of one law, whose spread gives Student's t with as many degrees of freedom as donors.
    Abadie, Diamond & Hainmueller (2010), JASA 105:493–505; Doudchenko & Imbens (2016), NBER 22791, for the free level.
    """
    if len(donors) < FEWEST or (~after).sum() < 4:
        return None
    gap, weights, wide = _gap(y, donors, after)
    placebo = [_gap(one, np.delete(donors, at, axis=0), after) for at, one in enumerate(donors)]
    ratios = np.array([found[after].mean() / size for found, _, size in placebo if size > 0])
    if wide <= 0 or len(ratios) < FEWEST:
        return None
    spread = float(np.sqrt((ratios**2).mean()))
    value = float(gap[after].mean())
    if spread <= 0:
        return None
    single = np.sqrt(np.mean([((found[after] / size) ** 2).mean() for found, _, size in placebo if size > 0]))
    wider = float((np.abs(ratios) >= abs(value / wide)).mean())
    return Synthetic(student(value, wide * spread, len(ratios)), y - gap, np.where(after, wide * single, wide), weights, wider)


def closer(y: np.ndarray, donors: np.ndarray, after: np.ndarray) -> bool:
    """Whether the twin ran clearly closer before the change than the plain mean of the donors: their courses differ by more than noise."""
    gap = (y - donors.mean(0))[~after]
    return _gap(y, donors, after)[2] < CLOSER * float(gap.std(ddof=1))


def come_back(y: np.ndarray, donors: np.ndarray, after: np.ndarray, twin: Synthetic) -> float:
    """What the unit would come back by after the change were its level before, less its twin's, partly chance: as far as donors' levels vary by chance too.

    The error of the mean gap before the change (its memory of one period counted) over the variance of the donors' levels is the part that chance made,
    taken at the lower 5 % end of that variance. Efron & Morris (1973), JASA 68:117–130.
    """
    from scipy.special import chdtri

    gap = (y - twin.expected)[~after]
    n, df = len(gap), len(donors) - 1
    spread = float(donors[:, ~after].mean(1).var(ddof=1) * chdtri(df, 0.95)) / df
    memory = float(np.clip((gap[1:] @ gap[:-1]) / (gap @ gap), 0, 0.9))
    noise = float(twin.error[~after][0]) ** 2 / n * (1 + memory) / (1 - memory)
    part = min(1.0, noise / spread) if spread > 0 else 1.0
    return part * float((twin.weights @ donors - y)[~after].mean())


def _gap(y: np.ndarray, donors: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(y less its twin at every period, weights, root mean squared gap before)."""
    from scipy.optimize import nnls

    mean_y, means = y[~after].mean(), donors[:, ~after].mean(1, keepdims=True)
    x, aim = (donors - means)[:, ~after].T, (y - mean_y)[~after]
    heavy = 1e3 * (float(np.abs(x).max(initial=0)) or 1.0)
    weights = nnls(np.vstack([x, np.full((1, x.shape[1]), heavy)]), np.append(aim, heavy))[0]
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(donors), 1 / len(donors))
    gap = (y - mean_y) - weights @ (donors - means)
    used = (weights > 1e-6).sum()
    freedom = max(len(aim) - used, 1)  # the fit before is too good by what the weights were fitted to
    return gap, weights, float(np.sqrt((gap[~after] ** 2).sum() / freedom))
