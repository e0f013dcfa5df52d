"""How far single units of a slice lie apart: what decides how soon a change of its metric can be seen."""

from __future__ import annotations

import numpy as np

from audit.zones.measures import Units


def unit_sd(units: Units, rows: np.ndarray) -> float:
    """Standard deviation of one unit among `rows` (positions inside the units), ≥ 0; NaN with fewer than two.

    On the scale of the measure's `link`: of a share, of its 0 and 1; of money, of its logarithm; of days, of log(1 + days); of a `mean`,
    relative to the mean of these rows; of an `sd`, in the metric's own unit.
    """
    y = units.y[rows]
    if len(y) < 2:
        return float("nan")
    spread, link = float(np.std(y, ddof=1)), units.measure.link
    if link == "sd":
        return spread * units.size
    if link != "mean":
        return spread
    mean = float(np.mean(y))
    return spread / mean if mean > 0 else float("nan")
