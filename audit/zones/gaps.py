"""What a zone amounts to in the metric's own unit: expected value, shrunk gap with interval, attainable level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from audit.stats.shrink import after_selection, between
from audit.zones.accepted import Zone
from audit.zones.search import Search

MANY = 8  # from so many levels on the best quarter of peers is a benchmark


@dataclass
class Gap:
    """A zone read in the metric's unit; `low`/`high` are the 95 % interval of `gap`."""

    search: Search
    zone: Zone
    rows: np.ndarray  # positions inside the measure's units
    n: int
    value: float
    benchmark: float
    gap: float
    low: float
    high: float
    raw: float  # unshrunk gap
    attainable: float
    effect: tuple[float, float, float]  # point, low, high on the linear scale, shrunk
    grid: tuple[np.ndarray, np.ndarray]  # effect → gap

    @property
    def matters(self) -> bool:
        """Whether what is left after shrinking reaches the minimum important difference."""
        return abs(self.gap) >= self.search.least

    def gaps(self, effects: np.ndarray) -> np.ndarray:
        """Gap in the metric's unit for effects on the linear scale."""
        return np.interp(effects, *self.grid)


def read(search: Search, zone: Zone) -> Gap:
    """The gap of one accepted zone."""
    model, units = search.model, search.units
    assert model is not None
    inside = zone.mask[search.cells.of_row]
    rows = np.flatnonzero(inside)
    n, own = search.cells.n[zone.mask], search.own(zone)[zone.mask]
    start, more = model.eta[zone.mask] - own, own - zone.effect
    benchmark, lift = benchmark_of(search, zone, start, n)
    side = -1.0 if zone.effect < 0 else 1.0
    cut = min(zone.cut, abs(zone.effect) / zone.error)
    shrunk = [side * -part for part in after_selection(-abs(zone.effect), zone.error, cut * zone.error)]
    point, (first, last) = shrunk[0], sorted(shrunk[1:])

    def gap(effect: float) -> float:
        return units.back(start + effect + more, n, search.smear) - units.back(start, n, search.smear)

    reach = max(abs(end) for end in (first, last, zone.effect)) * 1.5 + 1e-6
    grid = np.linspace(-reach, reach, 61)
    # the true effect lies on the side that was selected
    low, high = (min(gap(end), 0.0) if side < 0 else max(gap(end), 0.0) for end in (first, last))
    return Gap(
        search, zone, rows, len(rows), units.value(rows), benchmark, gap(point), low, high, gap(zone.effect),
        benchmark + lift, (point, first, last), (grid, np.array([gap(effect) for effect in grid])),
    )


def benchmark_of(search: Search, zone: Zone, start: np.ndarray, n: np.ndarray) -> tuple[float, float]:
    """(what the same units would give with the peers, how much more the best quarter of peers would give)."""
    units = search.units
    expected = units.back(start, n, search.smear)
    uplift = best_quarter(search, zone)
    return expected, units.back(start + uplift, n, search.smear) - expected


def best_quarter(search: Search, zone: Zone) -> float:
    """Shrunk advantage of the best quarter of peers over their mean, linear scale; 0 under eight peers."""
    if len(zone.at) != 1:
        return 0.0
    model = search.model
    assert model is not None
    own, effects, info = model.levels(zone.at[0])
    usable = model.factors[zone.at[0]].usable[own - model.starts[zone.at[0]]]
    effects, variance = effects[usable], 1 / np.diag(info)[usable]
    if len(effects) < MANY - 1:
        return 0.0
    tau2, weights = between(effects, variance, np.ones((1, len(effects)), dtype=bool))
    apart = effects - float(weights[0] @ effects)
    shrunk = apart * tau2[0] / (tau2[0] + variance)
    side = search.measure.sign
    return side * max(float(np.quantile(side * shrunk, 0.75)), 0.0)
