"""Effects of cohorts where there are too many units for cells of their own."""

from __future__ import annotations

import numpy as np

from audit.zones.cells import Cells, on_grid
from audit.zones.model import Model


def follow(model: Model, cells: Cells, y: np.ndarray, period: np.ndarray, size: int) -> np.ndarray:
    """Effect of each of `size` cohorts; `y` and `period` (number of the cohort) by unit. `model` is fitted anew with them.

    A Newton step on each cohort, the main effects, again. A cell's part is the mean effect of its rows' cohorts: exact
    for levels, and for shares as good as cohorts differ little inside the reach of the logistic curve.
    """
    cohort = np.zeros(size)
    observed = np.bincount(period, on_grid(y), size)
    count = np.bincount(period, minlength=size)
    for _ in range(2):
        own = model.eta - model.offset
        eta = own[cells.of_row] + cohort[period]
        if model.family == "share":
            mean = on_grid(1 / (1 + np.exp(-eta)))
            inform = np.bincount(period, on_grid(mean * (1 - mean)), size)
        else:
            mean, inform = on_grid(eta), count
        step = (observed - np.bincount(period, mean, size)) / np.maximum(inform, 1)
        cohort = on_grid(cohort + step)
        model.offset = np.bincount(cells.of_row, cohort[period], len(cells)) / cells.n
        model.eta = own + model.offset
        model.fit()
    return cohort
