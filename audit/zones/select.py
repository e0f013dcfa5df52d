"""Forward selection over all searches: the clearest gap first, then what it leaves unexplained."""

from __future__ import annotations

import numpy as np

from audit.stats.multiplicity import allowance, q_values
from audit.zones.accepted import Zone
from audit.zones.nested import simpler, told
from audit.zones.search import Search
from audit.zones.settle import settle
from audit.zones.weights import weigh

MOST = 40  # zones a metric, a guard against data where everything differs


def select(searches: list[Search], q: float) -> int:
    """Run the forward selection over all searches together; returns the number of slices tested.

    Weighted Benjamini–Hochberg: slices of one dimension and slices of two share q equally, whatever their
    number, because a single cause is the likelier one; so do metrics with a way to money and those without, because
    the many ways to look at work must not hide where money is lost. The k-th zone is taken when its one-sided p is within
    weight·q·k/tested. Strengths are counted by themselves.
    Source: Genovese, Roeder & Wasserman (2006), Biometrika 93.
    """
    for search in searches:
        search.start()
    searches = [search for search in searches if search.tested]
    for search in searches:
        search.look()
    tested = sum(search.tested for search in searches)
    weigh(searches, tested)
    count = {True: 0, False: 0}
    taken: list[tuple[Search, Zone]] = []
    while options := _options(searches, count, q, tested):
        _, _, number, best = min(options, key=lambda option: option[:3])
        search = searches[number]
        search.take(best)
        taken.append((search, search.zones[-1]))
        count[best.worse] += 1
        search.look()
    bounds = {worse: allowance(q, number, tested) for worse, number in count.items()}
    for search in searches:
        settle(search, bounds)
    for worse in (True, False):
        kept = [zone for search, zone in taken if zone.worse is worse]
        levels = np.maximum.accumulate([zone.level for zone in kept]) if kept else np.empty(0)
        for zone, value in zip(kept, q_values(levels, max(tested, len(kept))), strict=True):
            zone.q = float(value)
    return tested


def _options(searches: list[Search], count: dict[bool, int], q: float, tested: int) -> list:
    """What may be taken next: (level, −|z|, number of the search, candidate)."""
    options = []
    for number, search in enumerate(searches):
        for worse in (True, False) if len(search.zones) < MOST else ():
            limit = allowance(q, count[worse] + 1, tested)
            while (best := search.best(worse)) is not None and best.level <= limit and told(search, best.row):
                search.open[best.row] = False
            if best is not None and best.level <= limit:
                best = simpler(search, best, limit)
                options.append((best.level, -abs(best.z), number, best))
    return options
