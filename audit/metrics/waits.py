"""Which waits of deals mean something: slips of the pen and deals written down after the fact."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np

from audit.metrics import cells
from audit.metrics.bases import Bases
from audit.stats import intervals

SUDDEN = 5 / 1440  # days: a deal won this soon was written down after the fact
_SLIPS = 0.01


def _backwards(bases: Bases) -> bool:
    """Whether closing before creation is a habit (over 1 % of won deals), not a slip.

    A slip counts as no wait at all, as for speed to lead (M03); where it is a habit creation dates of such deals
    say nothing and they are left out. Both are counted in `cycle_suspect`.
    """
    d = bases.deals
    won = d.semantic == "won"
    row = bases.rows(d.agg(won=won.sum(), back=(won & (d.cycle_days < 0)).sum())).iloc[0]
    return bool(row["back"] > _SLIPS * row["won"])


def sound(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Closed deals whose wait means something: not created and won within five minutes by the clock, see `_backwards`."""
    sudden = (t.semantic == "won") & ~t.on_day & (t.cycle_days >= 0) & (t.cycle_days < SUDDEN)
    known = t.cycle_days >= 0 if b.rows_of(_backwards) else t.cycle_days.notnull()
    return known.fill_null(False) & ~sudden.fill_null(False)


def won_soundly(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Won deals with a sound wait."""
    return (t.semantic == "won") & sound(t, b)


def waited(t: ir.Table, _: Bases) -> ir.Value:
    """Days of the wait, none where a slip made it negative."""
    return ibis.greatest(t.cycle_days, 0.0)


def p90(bases: Bases) -> float:
    """Cycle that nine of ten won deals did not exceed, days; NaN when none was won."""
    won = bases.deals.filter(won_soundly(bases.deals, bases))
    rolled = cells.collect(bases, won, "", [], (), {"_rows": won.count(), "_x": cells.exact(waited(won, bases))},
                           {"_bin": cells.duration_bin(waited(won, bases))}, 200)
    part = rolled[0]
    counted = part.sums["_rows"]
    if not counted.sum():
        return float("nan")
    inside = part.sums["_x"] / counted
    return float(intervals.quantile(np.zeros(len(counted)), inside, counted, 0.9)[0][0])
