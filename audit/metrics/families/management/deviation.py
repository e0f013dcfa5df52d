"""What has left its level, norm or plan today: M45."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.management import breaches

_WATCHED = ("activities.done_at|activities.started_at|deals.closed_at|deals.won_at",)


def _rows(bases: Bases) -> pd.DataFrame:
    """Breaches for the worse, confirmed ones first, the dearest loss first among them."""
    frame = bases.rows_of(breaches.table)
    return frame[frame["status"] != "quiet"]


def _counted(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Looks in the states asked for, in all, by metric and by seller, with the looks taken as n."""
    frame, states = bases.rows_of(breaches.table), _OF[metric.id]
    groups: list[tuple[dict, pd.DataFrame]] = [({}, frame)]
    groups += [({"by": "indicator", "group": str(name)}, rows) for name, rows in frame.groupby("metric")]
    if ("owner",) in ask.slices:
        groups += [({"by": "owner", "group": str(name)}, rows) for name, rows in frame[frame["by"] == "owner"].groupby("group")]
    records = []
    for key, rows in groups:
        found = float(rows["status"].isin(states).sum())
        value = found if metric.unit == "count" else found / len(rows) if len(rows) else np.nan
        records.append(key | {"value": value, "n": len(rows), "sum_num": found, "sum_den": len(rows)})
    return finish.made(metric, bases, records)


_OF = {
    "deviations_alarms": ("alarm",),
    "deviations_confirmed": ("alarm", "confirmed"),
    "deviations_signals": ("alarm", "confirmed", "signal"),
    "deviations_share": ("alarm", "confirmed"),
}


def _metric(metric_id: str, unit: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M45", kind="figure", unit=unit, better="neutral", basis="snapshot", table="users", rows=deals, at="",
        needs=_WATCHED, where=None, numerator=None, denominator=None, compute=_counted, matures_days=0, min_n=MIN_N,
        slices=("indicator", "owner"), counter="detect_days", source=source,
    )


METRICS = (
    _metric("deviations_confirmed", "count", "metric × seller (or department) for the worse with q ≤ rules.false_discovery_rate "
            "(Benjamini–Hochberg over all looks), by more than rules.important_share and outside the band, below norm or behind plan"),
    _metric("deviations_alarms", "count", "the dearest rules.alarms_a_day of the confirmed deviations"),
    _metric("deviations_signals", "count", "one point beyond three sigmas or eight in a row below the level, or below norm or plan by more than "
            "rules.important_share, confirmed or not"),
    _metric("deviations_share", "share", "confirmed deviations ÷ looks taken"),
)

LISTINGS = (
    Listing(
        id="deviations", card="M45", needs=_WATCHED, columns=breaches.COLUMNS, rows=_rows,
        source="breaches for the worse of the latest eight working days or weeks: against the own level before, the norm, the linear plan",
    ),
)
