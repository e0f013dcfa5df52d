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
    centre: float | None = None, cap: float | None = None, part: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Paule–Mandel variance between peers for every row of the mask `keep` (rows × peers).

    Returns (tau², weights of the mean). With `cap` squared residuals are cut at cap² (and rescaled), so
    that one bad peer does not pass for a spread of all. `centre` fixes the mean instead of estimating it. `part`: the
    rows hold this part of the squares that all have, being the central ones.
    Source: Paule & Mandel (1982); Spiegelhalter (2005), Stat. Med. 24, for winsorising.
    """
    keep = np.atleast_2d(keep).astype(float)
    whole = keep
    count = keep.sum(1)
    dof = np.maximum(count - (centre is None), 0.0) * part
    scale = _clipped_square(cap) if cap else 1.0

    def weights(tau2: np.ndarray) -> np.ndarray:
        w = keep / (variances[None, :] + tau2[:, None])
        return w / np.maximum(w.sum(1, keepdims=True), 1e-300)

    def excess(tau2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(what squared residuals have above their expectation, how fast that falls with tau²)."""
        inform = 1 / (variances[None, :] + tau2[:, None])
        if centre is None:
            w = keep * inform
            middle = ((w @ values) / np.maximum(w.sum(1), 1e-300))[:, None]
        else:
            middle = centre
        square = (values[None, :] - middle) ** 2 * inform
        fall = square * inform
        if cap:
            fall = np.where(square < cap * cap, fall, 0.0) / scale
            square = np.minimum(square, cap * cap) / scale
        return (square * keep).sum(1) - dof, (fall * keep).sum(1)

    tau2 = np.zeros(len(keep))
    over, fall = excess(tau2)
    positive = (over > 0) & (dof > 0)
    if positive.any():
        keep, dof, over, fall = keep[positive], dof[positive], over[positive], fall[positive]
        now = low = np.zeros(len(keep))
        high = np.full(len(keep), float(np.ptp(values)) ** 2 + float(np.max(variances)) + 1e-12)
        for _ in range(60):  # Newton's steps, halvings where they lead out of the bracket
            step = now + over / np.maximum(fall, 1e-300)
            now = np.where((step > low) & (step < high), step, (low + high) / 2)
            over, fall = excess(now)
            low, high = np.where(over > 0, now, low), np.where(over > 0, high, now)
            if np.all((np.abs(over) <= 1e-10 * dof) | (high - low <= 1e-12 * high)):
                break
        tau2[positive] = now
    keep = whole
    return tau2, weights(tau2) if centre is None else np.zeros_like(keep)


CENTRAL = 0.25  # of the peers, those furthest out, are left out of the spread by which it is judged whether they belong
HIDING = 12  # of more levels than these two bad ones cannot hide each other from a spread whose outliers are cut
APART = 0.07  # over the number of peers: chance by which one has to be this far out, on one side, to be none of the others' kind


@cache
def central_part(kept: float) -> float:
    """Variance of the central share `kept` of a normal law, in units of the whole's.

    >>> round(float(central_part(0.75)), 2)
    0.37
    """
    from scipy.special import ndtri

    cut = float(ndtri((1 + kept) / 2))
    return 1 - 2 * cut * float(np.exp(-cut * cut / 2)) / np.sqrt(2 * np.pi) / kept


def apart(values: np.ndarray, variances: np.ndarray, usable: np.ndarray, *, prior: float, prior_df: float = 2.0, centre: float | None = None) -> np.ndarray:
    """Mask of the levels that lie so far from the central ones that they are none of their kind: several bad peers must not hide each other.

    The spread is that of the three quarters of levels nearest to the middle, made consistent for a normal law and mixed with the
    prior. Source: the forward search of Atkinson & Riani (2000), in one step.
    """
    from scipy.special import stdtrit

    found, index = np.zeros(len(values), dtype=bool), np.flatnonzero(usable)
    out = int(len(index) * CENTRAL)
    if not out or len(index) > HIDING:
        return found
    middle = float(np.median(values[index])) if centre is None else centre
    order = index[np.argsort(np.abs(values[index] - middle), kind="stable")]
    core = np.zeros(len(values), dtype=bool)
    core[order[:-out]] = True
    tau2, weights = between(values, variances, core[None, :], centre=centre, part=central_part(1 - out / len(index)))
    df = prior_df + core.sum() - (centre is None)
    spread2 = (prior_df * prior**2 + (df - prior_df) * tau2[0]) / df
    around = float(weights[0] @ values) if centre is None else centre
    far = np.abs(values - around) > -stdtrit(df, APART / len(index)) * np.sqrt(variances + spread2)
    return far & usable & ~core


def peers_spread(
    values: np.ndarray, variances: np.ndarray, usable: np.ndarray, *,
    prior: float, prior_df: float = 2.0, floor: float = 0.0, centre: float | None = None, cap: float | None = 2.5, leave_out: bool = True,
    one_kind: bool = False,
) -> Spread:
    """For each level: the real variance among the *other* usable levels, mixed with a declared prior.

    With `one_kind` levels that are none of the others' kind (`apart`) count for nobody. Without `leave_out` one entry for all.

    `prior` and `floor` are standard deviations; the prior weighs like `prior_df` levels.
    """
    size = len(values)
    if one_kind:
        usable = usable & ~apart(values, variances, usable, prior=prior, prior_df=prior_df, centre=centre)
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
