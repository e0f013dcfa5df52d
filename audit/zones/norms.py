"""The whole department against the client's own norms."""

from __future__ import annotations

import numpy as np

from audit.client import Client
from audit.stats.multiplicity import allowance
from audit.stats.tests import lower_quantile, lower_tail
from audit.zones.accepted import Zone
from audit.zones.gaps import Gap
from audit.zones.search import Search


def against_norms(client: Client | None, searches: list[Search], q: float, tested: int) -> list[Gap]:
    """A gap of the whole for every searched metric that falls short of the norm of the same name in client.yml.

    Its slice is empty and its benchmark is the norm; slices are then judged against peers, inside the whole.
    """
    if client is None or isinstance(client.norms, str):
        return []
    norms = {norm.metric: norm.value for norm in client.norms if not norm.role}
    made = (_against(search, norms[search.measure.id], q, tested) for search in searches if search.measure.id in norms)
    return [gap for gap in made if gap is not None]


def _against(search: Search, norm: float, q: float, tested: int) -> Gap | None:
    measure, units = search.measure, search.units
    if measure.family == "share" and norm > 1:
        norm /= 100
    value, count = units.value(), len(units.raw)
    if measure.family == "share" and not 0 < norm < 1:
        return None
    spread = np.sqrt(norm * (1 - norm) / count) if measure.family == "share" else _error(search, value)
    p = float(lower_tail(np.array([measure.sign * (value - norm) / spread]))[0])
    limit = allowance(q, 1, tested)
    gap = value - norm
    if p > limit or abs(gap) < search.least:
        return None
    zone = Zone((), (), np.ones(len(search.cells), dtype=bool), True, p, cut=-lower_quantile(limit), effect=gap, error=float(spread))
    zone.q = min(1.0, p * (tested + 1))
    grid = np.linspace(-3 * abs(gap) - 1e-9, 3 * abs(gap) + 1e-9, 3)
    low, high = gap - 1.96 * spread, gap + 1.96 * spread
    return Gap(search, zone, np.arange(count), count, value, norm, gap, low, high, gap, norm, (gap, low, high), (grid, grid))


def _error(search: Search, value: float) -> float:
    """Standard error of the plain value of money or days, largest one per cent pulled in."""
    raw = np.minimum(search.units.raw, np.quantile(search.units.raw, 0.99))
    factor = 1.2533 if search.measure.link == "log1p" else 1.0  # of a median against a mean
    return max(float(factor * np.std(raw) / np.sqrt(len(raw))), 1e-9 * abs(value) + 1e-12)
