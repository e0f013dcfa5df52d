"""How much of the base was in contact at the ends of past months: M14."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.activities.base import assigned, clients, two_way
from audit.stats import intervals

_MONTHS = 13  # the running one and twelve before it


def ends(bases: Bases) -> list[dt.datetime]:
    """The ends of the months looked at, oldest first: the running one ends with the as-of day, of the others those before which the log
    of contacts is long enough."""
    first = bases.rows(two_way(bases).agg(day=ibis._.done_at.min()))["day"].iloc[0]
    month, found = dt.datetime.combine(bases.as_of.replace(day=1), dt.time()), [bases.end]
    while len(found) < _MONTHS and not pd.isna(first) and month - dt.timedelta(days=bases.client.rules.base_contact_days) >= first.to_pydatetime():
        found.append(month)
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return found[::-1]


def contacted(bases: Bases) -> ir.Table:
    """One row a client that a seller has: `_known0`, `_known1` … 0/1 for each of `ends` whether the client was known by then, and
    `_held0` … whether there was a two-way contact in the rules.base_contact_days before it."""
    a, days, moments = two_way(bases), dt.timedelta(days=bases.client.rules.base_contact_days), bases.rows_of(ends)
    a = a.filter(a.done_at >= ibis.literal(moments[0] - days))  # earlier contacts count for none of the ends
    inside = {f"_in{i}": yes((a.done_at >= ibis.literal(end - days)) & (a.done_at < ibis.literal(end))).max() for i, end in enumerate(moments)}
    side = a.group_by(_of="_client").agg(**inside)
    t = bases.rows_of(assigned)
    t = t.left_join(side, t.client_id == side._of)
    known = {f"_known{i}": yes((t.created_at < ibis.literal(end)).fill_null(True)) for i, end in enumerate(moments)}
    t = t.mutate(**known)
    return t.mutate(**{f"_held{i}": t[f"_in{i}"].fill_null(0) * t[f"_known{i}"] for i in range(len(known))})


def _over_time(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Coverage at the end of every month; the whole is that of now."""
    t, moments = bases.rows_of(contacted), bases.rows_of(ends)
    sums = {"_rows": t.count()} | {f"{name}{i}": t[f"_{name}{i}"].sum() for i in range(len(moments)) for name in ("held", "known")}
    part = cells.collect(bases, t, "", ask.slices, (), sums)[0]
    held, known = (np.array([part.sums[f"{name}{i}"] for i in range(len(moments))], dtype=float) for name in ("held", "known"))
    low, high = intervals.wilson(held, known)
    records = []
    for i, end in enumerate(moments):
        for at in np.flatnonzero(known[i]):
            n, hits = known[i, at], held[i, at]
            record = {"by": part.by[at], "group": part.group[at], "value": hits / n, "low": low[i, at], "high": high[i, at], "n": int(n), "sum_num": hits,
                      "sum_den": n, "sum_num2": hits, "sum_numden": hits, "sum_den2": n}
            records += [record] if end == bases.end else []
            for period in ask.periods:
                records += [record | dated for dated in _dated(end, period, bases)]
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _dated(end: dt.datetime, period: str, bases: Bases) -> list[dict]:
    """The period whose state the moment tells: it ends then, or runs still."""
    if period not in periods.MONTHS:
        return []
    number = periods.number((end - dt.timedelta(days=1)).date(), period)
    last = periods.end(number, period)
    if end != bases.end and dt.datetime.combine(last, dt.time()) != end:
        return []
    return [{"period": period, "period_start": periods.start(number, period), "period_end": last}]


METRICS = (
    Metric(
        id="base_coverage_past", card="M14", kind="share", unit="share", better="higher", basis="snapshot", table="clients", rows=clients, at="",
        needs=("clients.client_id", "clients.owner_id", "activities.done_at|activities.started_at", "activities.kind",
               "activities.client_id|activities.entity_id"),
        where=None, numerator=None, denominator=None, compute=_over_time, matures_days=0, min_n=MIN_N, slices=("owner", "team", "segment"),
        counter="base_talks_a_day",
        source="clients with a two-way contact in the rules.base_contact_days before the end of the month ÷ clients known by then that a seller has "
               "now; months of a year that the log of contacts covers",
    ),
)
