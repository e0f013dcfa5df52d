"""From one activity to the next, by linked clients and by volume: M10."""

from __future__ import annotations

import dataclasses
import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import additive, clusters
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.metric import Ask, Metric, Row
from audit.metrics.rows.activities import steps

_SLICES = ("pair", "owner×pair", "team×pair", "source×pair", "product×pair")


def lags(bases: Bases) -> dict[str, int]:
    """Median days from the earlier to the later kind of each pair, of the approaches that got there within rules.step_days."""
    t = bases.rows_of(steps.approaches)
    t = t.filter(t.days <= bases.client.rules.step_days)
    counted = bases.rows(t.group_by("pair", "days").agg(n=t.count()))
    found = {}
    for pair, rows in counted.sort_values("days").groupby("pair"):
        half = np.searchsorted(np.cumsum(rows["n"].to_numpy()), rows["n"].sum() / 2)
        found[str(pair)] = int(rows["days"].to_numpy()[half])
    return found


def volumes(bases: Bases) -> ir.Table:
    """Counts of both kinds of every pair, a row a client, day and seller: `now` of the earlier, `later` of the later kind.

    The later kind is dated back by the pair's median time between, so that events of like origin meet; only the span
    that the log holds of both is counted.
    """
    e, lag = bases.rows_of(steps.events), bases.rows_of(lags)
    rows = bases.rows(e.group_by("kind").agg(first=e.day.min()))
    first = {kind: pd.Timestamp(day).to_pydatetime() for kind, day in zip(rows["kind"], rows["first"], strict=True)}
    found = []
    for before, then in steps.known_pairs(bases):
        pair = f"{before}→{then}"
        back = dt.timedelta(days=lag.get(pair, 0))
        start, end = max(first[before], first[then] - back), bases.end - back
        now = e.filter((e.kind == before) & (e.day >= ibis.literal(start)) & (e.day < ibis.literal(end)))
        now = now.mutate(at=now.day, now=ibis.literal(1, type="int64"), later=ibis.literal(0, type="int64"))
        later = e.filter(e.kind == then)
        later = later.mutate(at=later.day - ibis.interval(days=back.days), now=ibis.literal(0, type="int64"), later=ibis.literal(1, type="int64"))
        later = later.filter(later["at"] >= ibis.literal(start))
        found += [t.select("at", "unit", "owner", "team", "source", "product", "now", "later", pair=ibis.literal(pair)) for t in (now, later)]
    return ibis.union(*found)


def _by_pair(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Rows of each pair; a sum over different pairs means nothing and is left out."""
    slices = tuple(dict.fromkeys([("pair",), *((*one, "pair") if "pair" not in one else one for one in ask.slices if one)]))
    if metric.kind == "median":
        frame = additive.values([(dataclasses.replace(metric, compute=None), Ask(ask.periods, slices))], bases)[0]
        return frame[frame["by"] != ""]
    return clusters.values(metric, bases, Ask(ask.periods, slices), "unit")


def _reached(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.days <= b.client.rules.step_days)


def _in_time(t: ir.Table, b: Bases) -> ir.BooleanValue:
    return (t.days <= b.client.rules.step_days).fill_null(False)


def _metric(metric_id: str, kind, unit: str, better, rows, numerator: Row, denominator: Row | None, source: str, *,
            where: Row | None = None, matures: int | str = 0, basis="period", counter: str = "chain_linked") -> Metric:
    return Metric(
        id=metric_id, card="M10", kind=kind, unit=unit, better=better, basis=basis, table="activities", rows=rows, at="at",
        needs=("pairs of activities",), where=where, numerator=numerator, denominator=denominator, compute=_by_pair,
        matures_days=matures, min_n=MIN_N, slices=_SLICES, counter=counter, source=source,
    )


METRICS = (
    _metric("chain_linked", "share", "share", "higher", steps.approaches, _reached, one,
            "clients who came to the next step within rules.step_days ÷ clients with the first, by pair of rules.activity_pairs",
            matures="step_days", basis="cohort", counter="activity_count"),
    _metric("chain_volume", "ratio", "share", "higher", volumes, "later", "now",
            "Σ events of the next step, dated back by the median time between ÷ Σ events of the step; can exceed 1"),
    _metric("chain_per_one", "ratio", "ratio", "lower", volumes, "now", "later",
            "Σ events of the step ÷ Σ events of the next one, dated back by the median time between: so many for one"),
    _metric("chain_days", "median", "days", "lower", steps.approaches, "days", None,
            "median days between the steps, of clients who came to the next one within rules.step_days", where=_in_time, matures="step_days", basis="cohort"),
)
