"""A change that units take up at different times: how much the units of a panel vary, and how small an effect a schedule can show.

Model of Hussey & Hughes (2007), Contemporary Clinical Trials 28:182–191, doi:10.1016/j.cct.2006.05.007, with errors that are alike in neighbouring
months: the mean of unit i in month t is  m_t + θ·x_it + u_i + e_it + s_it;  u ~ N(0, between), e ~ AR(1) with variance `within` and
correlation `rho`, s the chance of the n_it rows behind the mean, with variance rows / n_it. x is 1 from the unit's start on.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from audit.stats.power import ALPHA, POWER

_HIGHEST = 0.95  # correlation of neighbouring months; above it a unit's level and its drift cannot be told apart
_LEAST = 1e-6  # part of the whole variance below which a component is none
_MISSING = 1e8  # variance, in parts of the whole, of a month that tells nothing


class Components(NamedTuple):
    """Variances on the scale of the outcome: `between` units, `within` a unit from month to month (correlation `rho` of neighbours), of single `rows`
    in a unit's month, of `months` common to all (correlation `drift` of neighbours)."""

    between: float
    within: float
    rho: float
    rows: float
    months: float
    drift: float

    @property
    def whole(self) -> float:
        """A size to measure the others by."""
        return self.between + self.within + self.rows + self.months or 1.0


def components(means: np.ndarray, n: np.ndarray, rows: float) -> Components:
    """Components of a panel before any change, by restricted maximum likelihood with months as they come.

    `means`, `n`: units × months, the mean of each and how many rows are behind it (0: none); `rows`: variance of single rows within a unit's month,
    0 where only means are known (their chance is then part of `within`). At least 3 units and 3 months. Patterson & Thompson (1971), Biometrika
    58:545–554.
    """
    here = n > 0
    y = np.where(here, means, 0.0)
    whole = float(np.var(means[here])) or 1.0

    def told(at: np.ndarray) -> Components:
        return Components(math.exp(at[0]) * whole, math.exp(at[1]) * whole, float(at[2]), rows, 0.0, 0.0)

    def loss(at: np.ndarray) -> float:
        precision, determinant = _inverses(covariance(told(at), n))
        return _restricted(y, precision, determinant)

    bound = math.log(_LEAST)
    best = _least(loss, [(bound, 3.0), (bound, 3.0), (-0.3, _HIGHEST)], [(-1.0, -1.0, 0.2), (-3.0, -0.5, 0.6), (-0.5, -3.0, 0.0)])
    found = told(best)
    found = found._replace(**{name: 0.0 for name in ("between", "within") if getattr(found, name) < 10 * _LEAST * whole})
    return _with_months(found._replace(rho=found.rho if found.within else 0.0), y, n, whole)


def _with_months(found: Components, y: np.ndarray, n: np.ndarray, whole: float) -> Components:
    """The same with the variance of what is common to a month, from the means of months and their own error."""
    precision, _ = _inverses(covariance(found, n))
    error = np.linalg.inv(precision.sum(0))
    level = error @ np.einsum("ist,it->s", precision, y)
    step = np.abs(np.subtract.outer(np.arange(len(level)), np.arange(len(level))))

    def loss(at: np.ndarray) -> float:
        spread = error + math.exp(at[0]) * whole * float(at[1]) ** step
        inverse, determinant = _inverses(spread[None])
        return _restricted_mean(level, inverse[0], determinant)

    variance, drift = _least(loss, [(math.log(_LEAST), 3.0), (0.0, _HIGHEST)], [(-2.0, 0.3), (-5.0, 0.0)])
    common = math.exp(variance) * whole
    return found._replace(months=common, drift=float(drift)) if common >= 10 * _LEAST * whole else found


def covariance(c: Components, n: np.ndarray) -> np.ndarray:
    """Covariance of each unit's months (units × months × months), months given; a month of no rows has so large a variance that it tells nothing."""
    months = n.shape[1]
    step = np.abs(np.subtract.outer(np.arange(months), np.arange(months)))
    shared = c.between + c.within * c.rho ** step if c.within else np.full((months, months), c.between)
    own = np.where(n > 0, c.rows / np.maximum(n, 1e-12), _MISSING * c.whole) + 1e-9 * c.whole
    return shared + own[:, :, None] * np.eye(months)


def variance(c: Components, x: np.ndarray, n: np.ndarray, *, months_fixed: bool = True) -> float:
    """Variance of the effect by generalised least squares: `x` 0/1 and `n` rows, both units × months; infinite where it cannot be told.

    `months_fixed`: what is common to a month is taken as it comes, so that only units in the same month are set against each other. Without it months
    differ by chance alone, with the variance and drift of `c`: all that can be said where every unit starts at once.
    """
    precision, _ = _inverses(covariance(c, n))
    return variance_of(precision, x, None if months_fixed else c)


def variance_of(precision: np.ndarray, x: np.ndarray, c: Components | None = None) -> float:
    """The same from the inverse covariances of units (see `covariance`); months are random with those of `c` where it is given."""
    own = float(np.einsum("is,ist,it->", x, precision, x))
    common, each = np.einsum("ist,it->s", precision, x), precision.sum(0)
    if c is None:
        left = own - float(common @ np.linalg.solve(each, common))
        return 1 / left if left > 1e-9 * max(own, 1e-300) else math.inf
    step = np.abs(np.subtract.outer(np.arange(len(each)), np.arange(len(each))))
    penalty = np.linalg.inv(max(c.months, _LEAST * c.whole) * c.drift ** step + 1e-9 * c.whole * np.eye(len(each)))
    level = each.sum(1)
    whole = np.block([
        [np.array([[own, common.sum()], [common.sum(), level.sum()]]), np.stack([common, level])],
        [np.stack([common, level]).T, each + penalty],
    ])
    return float(np.linalg.inv(whole)[0, 0])


def detectable_effect(variance_: float, df: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """The least effect that a two-sided t test at `alpha` with `df` finds with `power`; None where the effect cannot be told or `df` < 1."""
    if df < 1 or not math.isfinite(variance_):
        return None
    from scipy.special import stdtrit

    return float(stdtrit(df, 1 - alpha / 2) + stdtrit(df, power)) * math.sqrt(variance_)


def _inverses(spread: np.ndarray) -> tuple[np.ndarray, float]:
    """Inverses of covariances and the sum of the logarithms of their determinants."""
    return np.linalg.inv(spread), float(np.linalg.slogdet(spread)[1].sum())


def _restricted(y: np.ndarray, precision: np.ndarray, determinant: float) -> float:
    """Minus twice the restricted likelihood of a panel with months as they come, up to a constant."""
    each, right = precision.sum(0), np.einsum("ist,it->s", precision, y)
    left = float(np.einsum("is,ist,it->", y, precision, y)) - float(right @ np.linalg.solve(each, right))
    return determinant + float(np.linalg.slogdet(each)[1]) + left


def _restricted_mean(y: np.ndarray, precision: np.ndarray, determinant: float) -> float:
    """The same for one series around one mean."""
    weight = precision.sum(0)
    left = float(y @ precision @ y) - float(weight @ y) ** 2 / float(weight.sum())
    return determinant + math.log(float(weight.sum())) + left


def _least(loss, bounds: list[tuple[float, float]], starts: list[tuple[float, ...]]) -> np.ndarray:
    """Where `loss` is least, from several starts."""
    from scipy.optimize import minimize

    found = [minimize(loss, np.array(start), method="L-BFGS-B", bounds=bounds) for start in starts]
    return min(found, key=lambda one: float(one.fun)).x
