"""New clients and their money: M28, M30; priority groups: M12."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.common import DEAL_SLICES, MIN_N, deals, is_closed, one
from audit.metrics.metric import Ask, Metric
from audit.metrics.purchases import purchases
from audit.metrics.shape import yes
from audit.stats import intervals

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at")
_CLIENT = (*_CLOSED, "deals.client_id")


def burnt_in(bases: Bases) -> dt.date:
    """From this day a first purchase in the data is the client's first: history began long enough before."""
    first = bases.rows(bases.deals.agg(day=bases.deals.won_at.min()))["day"].iloc[0]
    if pd.isna(first):
        return bases.as_of
    month = first.year * 12 + first.month - 1 + bases.client.rules.new_client_burn_in_months
    return dt.date(month // 12, month % 12 + 1, 1 if first.day == 1 else min(first.day, 28))


def _per_purchase(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """First purchases, or shares of new clients; what lies before the burn-in is provisional."""
    t = bases.rows_of(purchases)
    ready = bases.rows_of(burnt_in)
    after = t.filter(t.won_at >= ibis.literal(dt.datetime.combine(ready, dt.time())))
    enough = bases.as_of >= ready
    frames = []
    for rows, wanted in ((after if enough else t, ()), (t, ask.periods)):
        assert metric.numerator is not None
        num = metric.numerator(rows, bases).cast("float64").fill_null(0.0)
        part_of = rows._one if metric.denominator is one else metric.denominator(rows, bases) if metric.denominator else num
        den = part_of.cast("float64").fill_null(0.0)
        sums = {"_rows": rows.count(), "num": cells.exact(num), "den": cells.exact(den), "num2": cells.exact(num * num),
                "numden": cells.exact(num * den), "den2": cells.exact(den * den)}
        for part in cells.collect(bases, rows, "won_at", ask.slices, wanted, sums):
            if (part.period == "all") == (not wanted):
                if metric.kind == "count":
                    part = finish.zero_filled(part, periods.number(bases.as_of, part.period)) if wanted else part
                frames.append(_framed(metric, bases, part, ready, enough))
        if not ask.periods:
            break
    return pd.concat(frames, ignore_index=True)


def _framed(metric: Metric, bases: Bases, part: cells.Rolled, ready: dt.date, enough: bool) -> pd.DataFrame:
    if part.period == "all":
        young = np.full(len(part.by), not enough)
    else:
        young = np.array([periods.start(number, part.period) < ready for number in part.number], dtype=bool)
    sums = {name: array for name, array in part.sums.items() if name != "_rows"}
    if metric.kind == "count":
        sums = {"num": sums["num"]}
    sums["n"] = part.sums["_rows"]
    return finish.rows(metric, bases, part, sums, young)


def _standardised(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Win rate of each segment if it had the usual mix of source and product: observed ÷ expected × the whole's rate.

    Expected wins come from the win rate of each source × product among all segments (indirect standardisation).
    """
    mix = [name for name in ("source", "product") if name in bases.slices("deals")]
    d = bases.deals.filter(is_closed(bases.deals, bases))
    columns = {name: cells.label(d[name]) for name in ["segment", *mix]}
    frame = bases.rows(d.group_by(**columns).agg(n=d.count(), won=(d.semantic == "won").sum()))
    frame = frame.sort_values(["segment", *mix]).reset_index(drop=True)
    pool = frame.groupby(mix)[["n", "won"]].transform("sum") if mix else frame[["n", "won"]].agg("sum").to_frame().T
    rate = pool["won"] / pool["n"] if mix else float(pool["won"].iloc[0] / pool["n"].iloc[0])
    frame["expected"] = frame["n"] * rate
    crude = frame["won"].sum() / frame["n"].sum()
    records = []
    for segment, row in frame.groupby("segment")[["n", "won", "expected"]].sum().iterrows():
        scale = row["n"] * crude / row["expected"] if row["expected"] else np.nan
        low, high = intervals.wilson(row["won"], row["n"])
        records.append({"by": "segment", "group": segment, "value": min(row["won"] / row["n"] * scale, 1.0),
                        "low": min(float(low) * scale, 1.0), "high": min(float(high) * scale, 1.0), "n": int(row["n"]),
                        "sum_num": row["won"], "sum_den": row["expected"]})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _first(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t._first)


def _new(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t._new)


def _new_money(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t._new, t.amount_base, 0.0)


def _money(t: ir.Table, _: Bases) -> ir.Value:
    return t.amount_base


METRICS = (
    Metric(
        id="segment_win_rate_standardised", card="M12", kind="share", unit="share", better="higher", basis="closing",
        table="deals", rows=deals, at="closed_at",
        needs=(*_CLOSED, "deals.segment|clients.segment", "deals.semantic=lost", "deals.segment of lost deals"),
        where=is_closed, numerator=one, denominator=one, compute=_standardised, matures_days=0, min_n=MIN_N,
        slices=("segment",), counter="win_rate",
        source="wins ÷ wins expected from source and product × the win rate of all (indirect standardisation)",
    ),
    Metric(
        id="new_clients", card="M28", kind="count", unit="count", better="higher", basis="closing", table="deals",
        rows=deals, at="won_at", needs=_CLIENT, where=None, numerator=_first, denominator=None, compute=_per_purchase,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="new_client_revenue_share",
        source="clients whose first won deal ever falls into the period; before the burn-in provisional",
    ),
    Metric(
        id="new_client_share", card="M30", kind="share", unit="share", better="band", basis="closing", table="deals",
        rows=deals, at="won_at", needs=_CLIENT, where=None, numerator=_new, denominator=one, compute=_per_purchase,
        matures_days=0, min_n=MIN_N, slices=DEAL_SLICES, counter="revenue",
        source="deals won from clients within 12 months of their first ÷ deals won from known clients",
    ),
    Metric(
        id="new_client_revenue_share", card="M30", kind="ratio", unit="share", better="band", basis="closing",
        table="deals", rows=deals, at="won_at", needs=(*_CLIENT, "deals.amount_base|deals.amount"), where=None,
        numerator=_new_money, denominator=_money, compute=_per_purchase, matures_days=0, min_n=MIN_N, slices=DEAL_SLICES,
        counter="revenue", source="Σ amount won from clients within 12 months of their first deal ÷ Σ amount won",
    ),
)
