"""Two kinds of rows compared within sets of levels (sellers, stages, …): a risk difference with errors by cluster and by seller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from audit.stats.estimate import Student, student

ROUNDS, CLOSE = 2_000, 1e-9
DIFFER = 0.02  # sellers are taken to differ in the effect when chance makes them differ so much less often; smaller hides differences, larger costs power


class Within(NamedTuple):
    """A difference of means, rows with less rows without.

    `estimate` holds the interval; `p_value` is two-sided from the score test, whose spread does not vanish where all rows with it were hits
    (of clusters from the estimate, so that it and the interval say the same);
    `information` is n₁·n₀/(n₁ + n₀) of one stratum with the same precision; `tau` how much the effect differs between sellers (standard deviation,
    0 where chance explains it); `left_out` the difference without each seller in turn.
    """

    value: float
    estimate: Student
    p_value: float
    information: float
    tau: float
    left_out: np.ndarray


def demeaned(values: np.ndarray, factors: Sequence[np.ndarray]) -> np.ndarray:
    """`values` less the additive effects of all `factors` (codes 0…k−1 of each row) by least squares.

    Projections by turns; of one factor it is the deviation from its level's mean. Halperin (1962), Acta Sci. Math. 23.

    >>> demeaned(np.array([1.0, 3.0, 5.0]), [np.array([0, 0, 1])]).tolist()
    [-1.0, 1.0, 0.0]
    """
    left = np.asarray(values, dtype=float) - (0.0 if factors else np.mean(values))
    sizes = [np.maximum(np.bincount(codes), 1) for codes in factors]
    for _ in range(ROUNDS):
        moved = 0.0
        for codes, size in zip(factors, sizes, strict=True):
            means = np.bincount(codes, left, len(size)) / size
            left = left - means[codes]
            moved = max(moved, float(np.abs(means).max(initial=0)))
        if len(factors) < 2 or moved < CLOSE:
            break
    return left


def information(used: np.ndarray, factors: Sequence[np.ndarray]) -> float:
    """Σ of squared deviations of the 0/1 `used` within `factors`: for one factor Σ n₁·n₀/(n₁ + n₀), the weights of Mantel and Haenszel."""
    return float((demeaned(used, factors) ** 2).sum())


def difference(y: np.ndarray, used: np.ndarray, factors: Sequence[np.ndarray], clusters: np.ndarray | None = None, sellers: np.ndarray | None = None) -> Within | None:
    """Mean of `y` of the rows with `used` = 1 less that of the others, within the levels of `factors`; None where no level holds both kinds.

    Of counts in the place of 0/1 it is the slope: the difference a further use.
    With one factor it is the Mantel–Haenszel risk difference; several act additively. Errors by rows, or by `clusters` (codes), each cluster's part
    in the comparison taken back; degrees of freedom by how evenly clusters carry it. Where effects differ between `sellers` (codes) beyond chance their
    spread is a further part of the error. Greenland & Robins (1985), Biometrics 41; MacKinnon & White (1985), J. Econometrics 29; DerSimonian & Laird (1986).

    >>> used = np.repeat([1, 0, 1, 0], [100, 100, 20, 20])
    >>> won = np.concatenate([np.repeat([1, 0], part) for part in ((60, 40), (40, 60), (10, 10), (4, 16))])
    >>> found = difference(won, used, [np.repeat([0, 1], [200, 40])])
    >>> round(found.value, 4), [round(x, 2) for x in found.estimate.interval()]
    (0.2167, [0.09, 0.34])
    """
    u, v = demeaned(used, factors), demeaned(y, factors)
    total = float((u**2).sum())
    if total < 1e-6:
        return None
    value = float(u @ v) / total
    groups = np.arange(len(u)) if clusters is None else clusters
    share = np.bincount(groups, u**2) / total
    spare = _spare(u, factors)
    if spare <= 0 or share.max() > 1 - 1e-6:
        return None
    scores = np.bincount(groups, u * (v - value * u)) / (1 - share)
    wald, score = (float((part**2).sum()) / total**2 * spare for part in (scores, np.bincount(groups, u * v)))
    df = max(1.0, min(1 / float((share**2).sum()), float((share > 0).sum())) - 1)
    tau, extra, few, left_out = _sellers(u, v, value, sellers)
    if wald + extra <= 0 or score + extra <= 0:
        return None
    estimate = student(value, float(np.sqrt(wald + extra)), _mixed(wald, df, extra, few))
    tested = estimate if clusters is not None else student(value, float(np.sqrt(score + extra)), _mixed(score, df, extra, few))
    return Within(value, estimate, tested.p_value, total, tau, left_out)


def _spare(u: np.ndarray, factors: Sequence[np.ndarray]) -> float:
    """Rows that tell over those less the levels fitted to them; 0 where nothing is left."""
    telling = np.abs(u) > 1e-9
    n = int(telling.sum())
    levels = sum(len(np.unique(codes[telling])) for codes in factors) - max(len(factors) - 1, 0)
    left = n - max(levels, 1)
    return n / left if left > 0 else 0.0


def _sellers(u: np.ndarray, v: np.ndarray, value: float, sellers: np.ndarray | None) -> tuple[float, float, float, np.ndarray]:
    """(standard deviation of the effect between sellers, its part of the variance, its degrees of freedom, difference without each seller)."""
    from scipy.special import chdtrc

    if sellers is None:
        return 0.0, 0.0, 1.0, np.zeros(0)
    weights, sums = np.bincount(sellers, u**2), np.bincount(sellers, u * v)
    total, kept = weights.sum(), weights > 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out = (sums.sum() - sums) / np.where(total - weights > 1e-9 * total, total - weights, np.nan)
    g = int(kept.sum())
    if g < 2:
        return 0.0, 0.0, 1.0, left_out[kept]
    w = weights[kept]
    effects = sums[kept] / w
    own = np.zeros(len(kept))
    own[kept] = effects
    noise = float((u**2 * (v - own[sellers] * u) ** 2).sum() / total) * len(u) / max(len(u) - 2 * g, 1)
    spread = float((w * (effects - value) ** 2).sum()) / noise if noise > 0 else 0.0
    if chdtrc(g - 1, spread) >= DIFFER:
        return 0.0, 0.0, 1.0, left_out[kept]
    tau2 = max(0.0, (spread - (g - 1)) * noise / (w.sum() - (w**2).sum() / w.sum()))
    return float(np.sqrt(tau2)), tau2 * float((w**2).sum()) / float(w.sum()) ** 2, float(g - 1), left_out[kept]


def _mixed(one: float, df: float, other: float, few: float) -> float:
    """Degrees of freedom of a sum of two variances. Satterthwaite (1946), Biometrics 2."""
    return df if other <= 0 else (one + other) ** 2 / (one**2 / df + other**2 / few)
