"""How long a deal takes: M17, with open deals censored and lost ones competing."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import wait, yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import DEAL_SLICES, MIN_N, deals, is_closed, is_open, one
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.flow.bands import banded
from audit.metrics.rows.flow.waits import SUDDEN, half, p90, sound, waited, won_soundly
from audit.stats import survival

_NEEDS = ("deals.semantic", "deals.created_at", "deals.closed_at|deals.won_at")
_LONGEST = 3_650  # days; an older open deal is censored here, so that one slip of the pen makes no long curve


def _suspect(t: ir.Table, _: Bases) -> ir.Value:
    sudden = (t.semantic == "won") & ~t.on_day & (t.cycle_days < SUDDEN)
    return yes((t.cycle_days < 0) | sudden)


def _older(t: ir.Table, b: Bases) -> ir.Value:
    limit = b.rows_of(p90)
    return yes(t.age_days > limit) if limit == limit else yes(t.age_days.isnull() & t.age_days.notnull())


def _counts(bases: Bases, slices: tuple[tuple[str, ...], ...]) -> cells.Rolled:
    """Won, lost and still open deals by whole days of their wait."""
    t = bases.rows_of(banded)
    closed = t.semantic != "open"
    t = t.filter(t.created_at.notnull() & (sound(t, bases) | ~closed))
    wait = ibis.ifelse(t.semantic == "open", t.age_days, t.cycle_days).clip(0, _LONGEST).floor()
    sums = {"_rows": t.count(), "won": (t.semantic == "won").sum().cast("float64"),
            "lost": (t.semantic == "lost").sum().cast("float64"), "open": (t.semantic == "open").sum().cast("float64")}
    return cells.collect(bases, t, "", slices, (), sums, {"_day": wait}, 400)[0]


def _incidence(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Share of deals won within each number of days, to the last day on which one was won."""
    part = _counts(bases, ())
    sums = part.sums
    curve = survival.aalen_johansen(sums["_day"], sums["won"], sums["lost"], sums["open"])
    won_days = sums["_day"][sums["won"] > 0]
    days = np.arange(int(won_days.max()) + 1) if len(won_days) else np.arange(0)
    days = days[(days <= 366) | (days % 7 == 0)]
    at = np.searchsorted(curve.time, days, side="right") - 1
    total = int(sums["_rows"].sum())
    return finish.made(metric, bases, [
        {"by": "day", "group": str(day), "value": curve.value[i], "low": curve.low[i], "high": curve.high[i], "n": total}
        if i >= 0 else {"by": "day", "group": str(day), "value": 0.0, "n": total}
        for day, i in zip(days, at, strict=True)
    ])


def _half(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Days by which half of the eventual winners have won, by the incidence curve."""
    part = _counts(bases, ask.slices)
    frame = pd.DataFrame({"by": part.by, "group": part.group, **part.sums})
    records = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        won, lost, open_ = (rows[name].to_numpy() for name in ("won", "lost", "open"))
        if won.sum():
            day = rows["_day"].to_numpy()
            value, low, high = half(day, won, lost, open_)
            records.append({"by": by, "group": group, "value": value, "low": low, "high": high, "n": int(won.sum())})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _days_from_lead(t: ir.Table, _: Bases) -> ir.Value:
    days = wait(t.lead_created_at, t.closed_at)
    return ibis.ifelse(days >= 0, days, None)


METRICS = (
    Metric(
        id="cycle_days", card="M17", kind="median", unit="days", better="lower", basis="closing", table="deals",
        rows=banded, at="closed_at", needs=_NEEDS, where=won_soundly, numerator=waited, denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=(*DEAL_SLICES, "band"), counter="open_older_than_p90",
        source="median days from deal creation to winning, by closing date; won deals only",
    ),
    Metric(
        id="cycle_days_lead", card="M17", kind="median", unit="days", better="lower", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=(*_NEEDS, "deals.lead_id", "leads.created_at"), where=won_soundly,
        numerator=_days_from_lead, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="open_older_than_p90", source="median days from the lead's arrival to winning, by closing date",
    ),
    Metric(
        id="cycle_days_mean", card="M17", kind="mean", unit="days", better="lower", basis="closing", table="deals",
        rows=banded, at="closed_at", needs=_NEEDS, where=won_soundly, numerator=waited, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=(*DEAL_SLICES, "band"), counter="open_older_than_p90",
        whose="client_id", source="mean days from deal creation to winning, by closing date; won deals only",
    ),
    Metric(
        id="cycle_incidence", card="M17", kind="share", unit="share", better="higher", basis="cohort", table="deals",
        rows=deals, at="created_at", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_incidence,
        matures_days=0, min_n=MIN_N, slices=("day",), counter="open_older_than_p90",
        source="Aalen–Johansen cumulative incidence of winning; lost deals compete, open ones are censored",
    ),
    Metric(
        id="cycle_days_half", card="M17", kind="median", unit="days", better="lower", basis="cohort", table="deals",
        rows=deals, at="created_at", needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_half,
        matures_days=0, min_n=MIN_N, slices=(*DEAL_SLICES, "band"), counter="open_older_than_p90",
        source="days at which half of the eventual winners have won by cycle_incidence",
    ),
    Metric(
        id="cycle_suspect", card="M17", kind="count", unit="count", better="lower", basis="closing", table="deals",
        rows=deals, at="closed_at", needs=_NEEDS, where=is_closed, numerator=_suspect, denominator=None, compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner",), counter="",
        source="deals closed before they were created, or created and won within five minutes",
    ),
    Metric(
        id="open_older_than_p90", card="M17", kind="share", unit="share", better="lower", basis="snapshot", table="deals",
        rows=deals, at="", needs=_NEEDS, where=is_open, numerator=_older, denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=(*DEAL_SLICES, "stage"), counter="win_rate",
        source="open deals older than the cycle that nine of ten won deals did not exceed ÷ open deals",
    ),
)
