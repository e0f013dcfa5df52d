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
    return bases.survey["back"] > _SLIPS * bases.survey["won"]


def sound(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Closed deals whose wait means something: not created and won within five minutes by the clock, see `_backwards`."""
    usual = t.on_day | (t.semantic == "lost") | (t.cycle_days >= SUDDEN)
    usual = usual if _backwards(b) else usual | (t.cycle_days < 0)
    return (t.cycle_days.notnull() & usual).fill_null(False) & ((t.cycle_days >= 0) if _backwards(b) else True)


def won_soundly(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Won deals with a sound wait."""
    return (t.semantic == "won") & sound(t, b)


def waited(t: ir.Table, _: Bases) -> ir.Value:
    """Days of the wait, none where a slip made it negative."""
    return ibis.greatest(t.cycle_days, 0.0)


def p90(bases: Bases) -> float:
    """Cycle that nine of ten won deals did not exceed, days; NaN when none was won."""
    won = bases.deals.filter(won_soundly(bases.deals, bases))
    rolled = cells.collect(bases, won, "", [], (), {"_rows": won.count(), "_x": cells.exact_days(waited(won, bases))},
                           {"_bin": cells.duration_bin(waited(won, bases))}, 200)
    part = rolled[0]
    counted = part.sums["_rows"]
    if not counted.sum():
        return float("nan")
    inside = part.sums["_x"] / counted
    return float(intervals.quantile(np.zeros(len(counted)), inside, counted, 0.9)[0][0])
