"""Waits: which of deals mean something, how long half of them last, what is not over yet censored."""

from __future__ import annotations

from functools import cache

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish
from audit.metrics.declare.metric import Ask, Metric
from audit.stats import intervals, survival

SUDDEN = 5 / 1440  # days: a deal won this soon was written down after the fact
_SLIPS = 0.01
_DRAWS = 200
_MANY = 50  # counts from which a normal number is as good as a Poisson one
_POINTS = 1 << 16


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


def cycle(bases: Bases) -> float:
    """Mean days from the creation of a deal to winning it; NaN when none was won or nobody knows when deals were made."""
    if not bases.tables.has("deals.created_at", "deals.closed_at|deals.won_at"):
        return float("nan")
    won = bases.deals.filter(won_soundly(bases.deals, bases))
    row = bases.rows(won.agg(n=won.count(), days=cells.exact_days(waited(won, bases)))).iloc[0]
    return float(row["days"]) / float(row["n"]) if row["n"] else float("nan")


def median(metric: Metric, bases: Bases, ask: Ask, table: ir.Table, days: str, went: str) -> pd.DataFrame:
    """Kaplan–Meier median of column `days` by slice, from bins; where `went` (0/1) is 0 the wait is censored."""
    sums = {"_rows": table.count(), "went": table[went].sum(), "_x": cells.exact_days(table[days])}
    part = cells.collect(bases, table, "", list(ask.slices), (), sums, {"_bin": cells.duration_bin(table[days]), "_left": table[went]}, 400)[0]
    frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
    records = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        over = rows["went"].to_numpy()
        curve = survival.kaplan_meier((rows["_x"] / rows["_rows"]).to_numpy(), over, rows["_rows"].to_numpy() - over)
        value, low, high = survival.km_quantile(curve, 0.5)
        records.append({"by": by, "group": group, "value": value, "low": low, "high": high, "n": int(rows["_rows"].sum()),
                        "sum_num": float(rows["_x"].sum()), "sum_den": float(rows["_rows"].sum())})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def half(day: np.ndarray, won: np.ndarray, lost: np.ndarray, open_: np.ndarray) -> tuple[float, float, float]:
    """(days by which half of the eventual winners have won, low, high) from counts by day; NaN where none has won.

    The interval is of percentiles under Poisson resampling of deals, fixed seed.
    """
    value = survival.half_time(survival.aalen_johansen(day, won, lost, open_))
    rng = np.random.default_rng(17)
    order = np.argsort(day)
    draws = (_resampled(counts[order], rng) for counts in (won, lost, open_))
    found = survival.half_times(day[order], *draws)
    found = found[~np.isnan(found)]
    if len(found) < _DRAWS // 2:
        return value, float("nan"), float("nan")
    low, high = np.quantile(found, (0.025, 0.975))
    return value, min(float(low), value), max(float(high), value)


def _resampled(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Poisson numbers around the counts, (draw, count)."""
    drawn = np.zeros((_DRAWS, len(counts)))
    few, many = (np.flatnonzero(some) for some in ((counts > 0) & (counts < _MANY), counts >= _MANY))
    drawn[:, few] = _poisson()[counts[few].astype(np.intp), rng.integers(0, _POINTS, (_DRAWS, len(few)), dtype=np.uint16)]
    normal = rng.standard_normal((_DRAWS, len(many)), dtype=np.float32)
    drawn[:, many] = np.maximum(counts[many] + np.sqrt(counts[many]) * normal, 0.0)
    return drawn


@cache
def _poisson() -> np.ndarray:
    """Poisson numbers of the means 0…_MANY − 1 (rows) at as many equal steps of probability as 16 random bits tell apart: looked up, not drawn."""
    from scipy.special import pdtr

    numbers = np.arange(4 * _MANY)
    ends = np.round(pdtr(numbers, np.arange(_MANY)[:, None]) * _POINTS).astype(np.intp)
    return np.stack([np.repeat(numbers, np.diff(row, prepend=0)) for row in ends]).astype(np.uint8)
