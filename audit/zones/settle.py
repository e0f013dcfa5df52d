"""The zones of one search once all are taken: those that later ones explain are dropped, the others are read with all others in the model."""

from __future__ import annotations

import numpy as np

from audit.stats.tests import lower_quantile, lower_tail
from audit.zones.accepted import Zone
from audit.zones.beside import spread_beside
from audit.zones.search import Search

SETTLED = 1e-3  # a zone that later ones explain away ends above this


def settle(search: Search, bounds: dict[bool, float]) -> None:
    """Drop zones that later ones explain away, and read effect, natural spread and threshold of those that stay.

    `bounds`: of worse and of better slices, the p over weight at which the last of all was taken. The threshold is that of the
    final model: while other zones hid in it the spread was wider and the bar higher than what decided in the end.
    """
    while search.zones:
        freedom = _read(search)
        z = np.array([abs(zone.effect) / np.hypot(zone.error, zone.spread) for zone in search.zones])
        turned = np.array([(zone.effect * search.measure.sign < 0) != zone.worse for zone in search.zones])
        z = np.where(turned, -z, z)
        weakest = int(np.argmin(z))
        if lower_tail(np.array([-z[weakest]]))[0] <= SETTLED:
            break
        del search.zones[weakest]
        search.refit()
    for zone, df in zip(search.zones, freedom if search.zones else (), strict=True):
        zone.cut = -lower_quantile(bounds[zone.worse] * zone.weight, df) * float(np.hypot(zone.error, zone.spread)) / zone.error


def _read(search: Search) -> list[float]:
    """Effect, error and natural spread of each zone beside all others; returns the degrees of freedom of the tests."""
    model = search.model
    assert model is not None
    use, effects = model.live(), model.solve()
    covariance = np.linalg.inv(model.gram[np.ix_(use, use)] + np.diag(model.penalty()[use]))
    first = len(use) - len(search.zones)
    freedom = []
    for i, zone in enumerate(search.zones):
        zone.effect = float(effects[model.starts[-1] + i])
        zone.error = float(np.sqrt(covariance[first + i, first + i]))
        zone.spread, df = spread_beside(model, _combination(search, zone), search.measure.scale, zone.error)
        freedom.append(df)
    return freedom


def _combination(search: Search, zone: Zone):
    return next(combo for combo in search.combos if combo.at == zone.at)
