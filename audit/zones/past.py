"""Own past: slices whose last three months fall behind what they themselves gave before, with the department's own change taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from audit.zones.base import Base
from audit.zones.dimensions import Factor
from audit.zones.measures import Measure
from audit.zones.search import RECENT, Search

SPAN = 91.3125  # days that are compared with all before them
LEAST = 274.0  # days of history before, so that one season is not taken for the level


def of_past(measure: Measure, base: Base) -> Search | None:
    """A search for slices that fell behind their own past; None where there is too little past.

    Whether a unit ended lately is one more dimension of the expectation: what all slices gained or lost lately (season,
    market) is its own level, and only slices of the others × lately are tested.
    """
    window = window_of(base)
    if window is None:
        return None
    since, _, times = window
    with np.errstate(invalid="ignore"):
        late = (times >= since).astype(np.int64)
    return Search(measure, replace(base, factors=(*base.factors, Factor(RECENT, "past", ("before", "recent"), late))), depth=2, since=since)


def window_of(base: Base) -> tuple[float, float, np.ndarray] | None:
    """(first day number of the last three months, their end, when each unit ended or arrived); None where there is too little before them."""
    times = base.created if base.table == "leads" else base.closed
    known = times[np.isfinite(times)]
    if not len(known):
        return None
    end = min(base.end, float(np.quantile(known, 0.995)) + 1)
    if end - SPAN - float(np.quantile(known, 0.005)) < LEAST:
        return None
    return float(np.ceil(end - SPAN)), end, times
