"""Additive effects of several factors on a score, and people told apart as tiers."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from audit.stats.intervals import wilson

LEVEL = 0.95


class Effects(NamedTuple):
    """Levels of one factor as if each had the same mix of the others: `mean` of each level, `covariance`, `df` of the noise."""

    mean: np.ndarray
    covariance: np.ndarray
    df: int

    @property
    def error(self) -> np.ndarray:
        """Standard error of each mean."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))


def adjusted(values: ArrayLike, codes: list[np.ndarray], weights: ArrayLike | None = None) -> list[Effects] | None:
    """Adjusted means of the levels of every factor by least squares; None where the data cannot tell the factors apart.

    `codes`: for each factor the level 0…k−1 of every value. The others are held at the mix of the whole. Factors cannot be told
    apart where, say, each seller has a reviewer of his own. Searle (1971), Linear Models, ch. 4 and 7.
    `weights` say how much a value counts, not how sure it is: the noise of all is the same.

    >>> one = adjusted([80., 40., 60., 50.], [np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])], weights=[3., 1., 3., 1.])
    >>> one[0].mean.round(6).tolist()
    [70.0, 57.5]
    """
    y = np.asarray(values, dtype=float)
    count = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    parts = [np.eye(int(code.max(initial=-1)) + 1)[code] for code in codes]
    mixes = [(part * count[:, None]).sum(0) / count.sum() for part in parts]
    centred = [part - mix for part, mix in zip(parts, mixes, strict=True)]
    design = np.hstack([np.ones((len(y), 1)), *[part[:, 1:] for part in centred]])
    rank = int(np.linalg.matrix_rank(design)) if len(y) else 0
    df = len(y) - rank
    if rank < design.shape[1] or df < 1:
        return None
    pull = design * count[:, None]
    inverse = np.linalg.inv(design.T @ pull)
    beta = inverse @ (pull.T @ y)
    noise = float(((y - design @ beta) ** 2).sum()) / df
    spread = inverse if weights is None else inverse @ (pull.T @ pull) @ inverse
    found, at = [], 1
    for part, mix in zip(parts, mixes, strict=True):
        size = part.shape[1]
        pick = np.zeros((size, design.shape[1]))
        pick[:, 0] = 1
        pick[:, at:at + size - 1] = np.eye(size)[:, 1:] - mix[1:]
        found.append(Effects(pick @ beta, noise * pick @ spread @ pick.T, df))
        at += size - 1
    return found


def tiers(found: Effects, level: float = LEVEL) -> np.ndarray:
    """Tier of each unit, 1 the best: a tier ends at the first unit that provably differs from its best one.

    Two units differ at the studentized range of all of them (Tukey–Kramer), so that among equals all are one tier in at least
    `level` of cases. Tukey (1953); Kramer (1956), Biometrics 12:307–310.

    >>> same = Effects(np.array([3.0, 2.9, 3.1]), np.eye(3) * 0.04, 30)
    >>> tiers(same).tolist(), tiers(same._replace(mean=np.array([3.0, 1.0, 3.1]))).tolist()
    ([1, 1, 1], [1, 2, 1])
    """
    size = len(found.mean)
    place = np.ones(size, dtype=int)
    if size < 2:
        return place
    limit = _range(level, size, found.df) / np.sqrt(2)
    order = np.argsort(-found.mean, kind="stable")
    head, tier = order[0], 1
    for unit in order[1:]:
        spread = found.covariance[head, head] + found.covariance[unit, unit] - 2 * found.covariance[head, unit]
        if found.mean[head] - found.mean[unit] > limit * np.sqrt(max(spread, 0)) + 1e-12:
            head, tier = unit, tier + 1
        place[unit] = tier
    return place


@lru_cache(maxsize=1_000)
def _range(level: float, size: int, df: float) -> float:
    """Quantile of the studentized range; it is found by integrating many times over."""
    from scipy.stats import studentized_range

    return float(studentized_range.ppf(level, size, df))


def shrunk(mean: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(means drawn towards that of all, their standard errors) by how much units differ in reality.

    Normal–normal model with the variance between units of Paule & Mandel (1982). Morris (1983), JASA 78:47–55.
    """
    from audit.stats.shrink import between

    variance = np.maximum(error, 1e-9) ** 2
    tau2, weights = between(mean, variance, np.ones(len(mean), dtype=bool))
    centre, spread = float((weights @ mean)[0]), float(tau2[0])
    keep = spread / (spread + variance)
    of_centre = 1 / (1 / (variance + spread)).sum()
    return centre + keep * (mean - centre), np.sqrt(keep * variance + (1 - keep) ** 2 * of_centre)


def hedges(one: ArrayLike, other: ArrayLike, level: float = LEVEL) -> tuple[float, float, float]:
    """(g, low, high): difference of two means in standard deviations, corrected for few units; NaN where nothing varies.

    Hedges (1981), J. Educ. Stat. 6:107–128; interval of Hedges & Olkin (1985), ch. 5, with Student's t.

    >>> [round(x, 2) for x in hedges([2, 4, 6, 8], [1, 3, 5, 7])]
    [0.34, -1.41, 2.08]
    """
    from scipy.special import stdtrit

    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    n, m = len(a), len(b)
    if n < 2 or m < 2:
        return (float("nan"),) * 3
    df = n + m - 2
    pooled = np.sqrt((((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()) / df)
    if pooled <= 1e-12:
        return (float("nan"),) * 3
    g = (a.mean() - b.mean()) / pooled * (1 - 3 / (4 * df - 1))
    half = stdtrit(df, 0.5 + level / 2) * np.sqrt((n + m) / (n * m) + g**2 / (2 * (n + m)))
    return float(g), float(g - half), float(g + half)


def arcsine(one: ArrayLike, other: ArrayLike, level: float = LEVEL) -> tuple[float, float, float]:
    """(h, low, high): difference of two shares of 0/1 as 2·arcsin √p, on the scale of `hedges`; NaN of fewer than two on a side or where all are alike.

    Cohen (1988), ch. 6; interval from those of both shares (Wilson), as Newcombe (1998), Stat. Med. 17:873–890, and Zou & Donner (2008),
    Stat. Med. 27:1693–1702, put them together.

    >>> [round(x, 2) for x in arcsine([1, 1, 1, 0], [0, 0, 0, 1])]
    [1.05, -0.27, 1.92]
    """
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if len(a) < 2 or len(b) < 2 or np.ptp(np.concatenate([a, b])) == 0:
        return (float("nan"),) * 3
    (here, least, most), (there, low, high) = (
        (_angle(x.mean()), *(_angle(float(end)) for end in wilson(x.sum(), len(x), level))) for x in (a, b))
    h = here - there
    return h, h - float(np.hypot(here - least, high - there)), h + float(np.hypot(most - here, there - low))


def _angle(share: float) -> float:
    return 2 * float(np.arcsin(np.sqrt(share)))
