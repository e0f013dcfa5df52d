"""Shrinkage: how much peers differ in reality, and what is left of an estimate chosen for being extreme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Spread:
    """Real variance between peers (`tau2`) and how well it is known (`df`), one entry a left-out peer."""

    tau2: np.ndarray
    df: np.ndarray
    weights: np.ndarray  # row j: weights of the peers of j in their mean; sums to 1 (0 when centre is fixed)


@cache
def _clipped_square(cap: float) -> float:
    """E min(Z², cap²) for a standard normal Z."""
    from scipy.special import ndtr

    density = np.exp(-cap * cap / 2) / np.sqrt(2 * np.pi)
    inside = 2 * ndtr(cap) - 1
    return float(inside - 2 * cap * density + cap * cap * (1 - inside))


def between(
    values: np.ndarray, variances: np.ndarray, keep: np.ndarray, *,
    centre: float | None = None, cap: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Paule–Mandel variance between peers for every row of the mask `keep` (rows × peers).

    Returns (tau², weights of the mean). With `cap` squared residuals are cut at cap² (and rescaled), so
    that one bad peer does not pass for a spread of all. `centre` fixes the mean instead of estimating it.
    Source: Paule & Mandel (1982); Spiegelhalter (2005), Stat. Med. 24, for winsorising.
    """
    keep = np.atleast_2d(keep).astype(float)
    whole = keep
    count = keep.sum(1)
    dof = np.maximum(count - (centre is None), 0.0)
    scale = _clipped_square(cap) if cap else 1.0

    def weights(tau2: np.ndarray) -> np.ndarray:
        w = keep / (variances[None, :] + tau2[:, None])
        return w / np.maximum(w.sum(1, keepdims=True), 1e-300)

    def excess(tau2: np.ndarray) -> np.ndarray:
        total = variances[None, :] + tau2[:, None]
        middle = (weights(tau2) @ values)[:, None] if centre is None else centre
        square = (values[None, :] - middle) ** 2 / total
        if cap:
            square = np.minimum(square, cap * cap) / scale
        return (square * keep).sum(1) - dof

    tau2 = np.zeros(len(keep))
    positive = (excess(tau2) > 0) & (dof > 0)
    if positive.any():
        keep, dof = keep[positive], dof[positive]
        low = np.zeros(len(keep))
        high = np.full(len(keep), float(np.ptp(values)) ** 2 + float(np.max(variances)) + 1e-12)
        for _ in range(36):
            middle = (low + high) / 2
            above = excess(middle) > 0
            low, high = np.where(above, middle, low), np.where(above, high, middle)
        tau2[positive] = (low + high) / 2
    keep = whole
    return tau2, weights(tau2) if centre is None else np.zeros_like(keep)


def peers_spread(
    values: np.ndarray, variances: np.ndarray, usable: np.ndarray, *,
    prior: float, prior_df: float = 2.0, floor: float = 0.0, centre: float | None = None, cap: float = 2.5, leave_out: bool = True,
) -> Spread:
    """For each level: the real variance among the *other* usable levels, mixed with a declared prior.

    Without `leave_out` one entry for all.

    `prior` and `floor` are standard deviations; the prior weighs like `prior_df` levels.
    """
    size = len(values)
    mask = usable[None, :] if not leave_out else usable[None, :] & ~np.eye(size, dtype=bool)
    tau2, weights = between(values, variances, mask, centre=centre, cap=cap)
    dof = np.maximum(mask.sum(1) - (centre is None), 0)
    mixed = (prior_df * prior**2 + dof * tau2) / (prior_df + dof)
    return Spread(np.maximum(mixed, floor**2), prior_df + dof, weights)


def after_selection(estimate: float, error: float, cut: float, level: float = 0.95) -> tuple[float, float, float]:
    """(point, low, high) of an effect that is shown only because `estimate` ≤ −`cut`.

    `estimate` ~ Normal(effect, `error`) seen given that it fell below −cut: the median-unbiased point and
    the equal-tailed interval of that truncated law. Far beyond the cut nothing changes; near it the
    estimate shrinks towards nothing (the winner's curse). Never crosses zero at the point.
    Source: Zhong & Prentice (2008), Biostatistics 9; Fithian, Sun & Taylor (2014).

    >>> tuple(round(v, 2) for v in after_selection(-10.0, 1.0, 3.7))
    (-10.0, -11.96, -8.04)
    >>> point, low, high = after_selection(-4.0, 1.0, 3.7)
    >>> -4 < point < -1
    True
    """
    from scipy.special import log_ndtr

    seen, edge = estimate / error, -abs(cut) / error
    seen = min(seen, edge - 1e-9)

    def solve(target: float) -> float:
        low, high = seen - 12.0, seen + 40.0
        for _ in range(80):
            middle = (low + high) / 2
            share = np.exp(log_ndtr(seen - middle) - log_ndtr(edge - middle))
            low, high = (middle, high) if share > target else (low, middle)
        return (low + high) / 2

    tail = (1 - level) / 2
    point, low, high = (min(solve(t), 0.0) if t == 0.5 else solve(t) for t in (0.5, 1 - tail, tail))
    return point * error, low * error, high * error
