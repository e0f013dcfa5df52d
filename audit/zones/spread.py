"""How far single units of a slice lie apart: what decides how soon a change of its metric can be seen."""

from __future__ import annotations

import numpy as np

from audit.zones.measures import Units


def unit_sd(units: Units, rows: np.ndarray) -> float:
    """Standard deviation of one unit among `rows` (positions inside the units), ≥ 0; NaN with fewer than two.

    Of a share: of its 0 and 1. Of cheques: of their logarithm; of days: of log(1 + days). Of revenue a lead: relative to its mean.
    """
    y = units.y[rows]
    if len(y) < 2:
        return float("nan")
    spread = float(np.std(y, ddof=1))
    if units.measure.id != "revenue_per_lead":
        return spread
    mean = float(np.mean(y))
    return spread / mean if mean > 0 else float("nan")
