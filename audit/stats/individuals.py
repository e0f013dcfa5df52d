"""Chart of individual values (XmR): the limits within which a process in a steady state stays, whatever its unit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

FEWEST = 8  # with fewer points the limits themselves are noise
WIDTH = 2.66  # 3 ÷ d₂ of pairs (1.128)


class Limits(NamedTuple):
    """Centre and natural process limits, in the unit of the values."""

    low: float
    centre: float
    high: float


def limits(values: ArrayLike, floor: float | None = None, ceiling: float | None = None) -> Limits | None:
    """Limits of individual values in time order by their mean moving range (Shewhart's XmR chart), or None with fewer than eight.

    The moving range, unlike the standard deviation, is not blown up by a shift of level, so that the shift shows.
    `floor` and `ceiling` are bounds that the values cannot pass (0 and 1 of a share).

    >>> limits([10, 12, 10, 12, 10, 12, 10, 12])
    Limits(low=5.68, centre=11.0, high=16.32)
    """
    x = np.asarray(values, dtype=float)
    x = x[np.isfinite(x)]
    if len(x) < FEWEST:
        return None
    centre, reach = float(x.mean()), WIDTH * float(np.abs(np.diff(x)).mean())
    low = centre - reach if floor is None else max(floor, centre - reach)
    high = centre + reach if ceiling is None else min(ceiling, centre + reach)
    return Limits(round(low, 12), round(centre, 12), round(high, 12))
