"""Looking at the same change every month: intervals that keep their promise however often they are looked at."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ALPHA = 0.05
_GRID = 401


def boundary(look: int, planned: int, alpha: float = ALPHA) -> float:
    """The |z| that look `look` (from 1) of `planned` evenly spaced ones has to exceed, two-sided `alpha` over all of them.

    The spending function of Lan & DeMets (1983), Biometrika 70:659–663, of O'Brien–Fleming type on each side; the boundary by numerical integration of
    Armitage, McPherson & Rowe (1969), JRSS A 132:235–244. Looks beyond the plan use the last boundary.

    >>> round(boundary(1, 1), 3), round(boundary(4, 4), 3), round(boundary(2, 4), 2)
    (1.96, 2.014, 2.96)
    """
    return _boundaries(planned, alpha)[min(look, planned) - 1]


@lru_cache(maxsize=64)
def _boundaries(planned: int, alpha: float) -> tuple[float, ...]:
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    spent = [4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(look / planned)) for look in range(1, planned + 1)]
    found = [float(-ndtri(max(spent[0], 1e-300) / 2))]
    scores = np.linspace(-found[0], found[0], _GRID)  # of the sum so far, in units of one look
    density = _normal(scores)
    for look in range(2, planned + 1):
        step = scores[1] - scores[0]
        weight = density * step
        weight[[0, -1]] /= 2
        left = spent[look - 1] - spent[look - 2]

        def over(z: float, scores=scores, weight=weight, look=look, left=left) -> float:
            reach = z * np.sqrt(look)
            return float(weight @ (ndtr(scores - reach) + ndtr(-reach - scores))) - left

        z = float(brentq(over, 0.5, 40)) if over(40) < 0 < over(0.5) else found[-1]
        found.append(z)
        reach = z * np.sqrt(look)
        later = np.linspace(-reach, reach, _GRID)
        density = _normal(np.subtract.outer(later, scores)) @ weight
        scores = later
    return tuple(found)


def _normal(x: np.ndarray) -> np.ndarray:
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def nominal(z: float) -> float:
    """The level of an interval whose half width is `z` standard errors.

    >>> round(nominal(1.959964), 4)
    0.95
    """
    from scipy.special import erf

    return float(erf(z / np.sqrt(2)))


def sequence(look: int, expected: int = 12, alpha: float = ALPHA) -> float:
    """Half width, in standard errors, of an interval that holds at every look for ever, narrowest near look `expected`.

    Normal mixture of Robbins (1970), Ann. Math. Stat. 41:1397–1409, in the asymptotic form of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
    (2024), Ann. Stat. 52:2613–2640; information is taken to grow in proportion to the looks.

    >>> round(sequence(1), 2), round(sequence(12), 2)
    (3.93, 3.04)
    """
    best = np.sqrt(-2 * np.log(alpha) + np.log(-2 * np.log(alpha)) + 1)
    mixed = look / expected * best**2
    return float(np.sqrt(2 * (mixed + 1) / mixed * np.log(np.sqrt(mixed + 1) / alpha)))
