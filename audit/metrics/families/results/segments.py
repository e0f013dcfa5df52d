"""New client groups and the money from them: M13."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Kind, Metric
from audit.metrics.rows.results.purchases import burnt_in, purchases
from audit.metrics.rows.results.receipts import NEEDS, ready, receipts

_NEEDS = ("deals.semantic", "deals.closed_at|deals.won_at", "deals.client_id", "deals.segment|clients.segment")
_PAID = (*NEEDS, "deals.segment|clients.segment")
_QUIET = 12  # months without a deal after which a segment is new again
_WHOLE = 12  # months of the whole


def sold(bases: Bases) -> pd.DataFrame:
    """One row a segment, client and month with a won deal: segment, who (its number), month, money."""
    t = bases.rows_of(purchases)
    return _by_month(bases, t, t.won_at, t.amount_base)


def paid(bases: Bases) -> pd.DataFrame:
    """One row a segment, client and month with a payment: segment, who (its number), month, money."""
    t = bases.rows_of(receipts)
    return _by_month(bases, t, t["at"], t.amount)


def _by_month(bases: Bases, t: ir.Table, at: ir.Value, money: ir.Value) -> pd.DataFrame:
    t = t.mutate(_month=periods.key(at, "month"), _money=money.fill_null(0.0)).filter(t.segment.notnull())
    frame = bases.rows(t.group_by("segment", "who", month=t._month).agg(money=cells.exact(t._money)))
    frame = frame.sort_values(["segment", "month", "who"]).reset_index(drop=True)
    return frame.assign(segment=pd.Categorical(frame["segment"]), who=pd.factorize(frame["who"])[0])


# what a segment is judged by: its rows, and from which day on new can be told from old
_BY = {"won": (sold, burnt_in), "paid": (paid, ready)}


def entered(frame: pd.DataFrame, start: int, end: int, least: int) -> pd.DataFrame:
    """Segments with at least `least` clients in the months [start, end) and none in the twelve months before: segment, clients, money."""
    before = set(frame.loc[(frame["month"] >= start - _QUIET) & (frame["month"] < start), "segment"])
    now = frame[(frame["month"] >= start) & (frame["month"] < end) & ~frame["segment"].isin(before)]
    found = now.groupby("segment", observed=True).agg(clients=("who", "nunique"), money=("money", "sum")).reset_index()
    return found[found["clients"] >= least]


def _share(frame: pd.DataFrame, start: int, end: int, found: pd.DataFrame) -> dict:
    """What part of the money of these months the segments found brought."""
    money = float(frame.loc[(frame["month"] >= start) & (frame["month"] < end), "money"].sum())
    new = float(found["money"].sum())
    return {"value": new / money if money > 0 else np.nan, "n": len(found), "sum_num": new, "sum_den": money}


def _named(basis: str) -> Callable[[Bases], pd.DataFrame]:
    def rows(bases: Bases) -> pd.DataFrame:
        """The segments entered in the last twelve months, those with the most money first, with the month of the first buyer."""
        told, _ = _BY[basis]
        frame, last = bases.rows_of(told), periods.number(bases.as_of, "month")
        found = entered(frame, last - _WHOLE + 1, last + 1, bases.client.rules.segment_clients)
        begun = frame[frame["month"] > last - _WHOLE].groupby("segment", observed=True)["month"].min()
        since = [periods.start(int(begun[name]), "month") for name in found["segment"]]
        found = found.assign(since=since, segment=found["segment"].astype(object))
        return found.sort_values(["money", "segment"], ascending=[False, True])

    return rows


def _counted(column: str, basis: str):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        """Every month, quarter and year since the first deal (payment), and the last twelve months; provisional before the burn-in."""
        rows, known_from = _BY[basis]
        frame, last, least = bases.rows_of(rows), periods.number(bases.as_of, "month"), bases.client.rules.segment_clients
        if not len(frame):
            return finish.made(metric, bases, [{"value": 0.0, "n": 0}])
        begins, first = bases.rows_of(known_from), int(frame["month"].min())
        start = last - _WHOLE + 1
        records = [_record(frame, start, last + 1, least, column, periods.start(start, "month") < begins) | {"period_start": periods.start(start, "month")}]
        for period in ask.periods:
            size = periods.MONTHS.get(period, 0)
            for start in range(first // size * size, last + 1, size) if size else ():
                day = periods.start(start, period)
                records.append(_record(frame, start, start + size, least, column, day < begins)
                               | {"period": period, "period_start": day, "period_end": periods.end(start, period)})
        return finish.made(metric, bases, records)

    return compute


def _record(frame: pd.DataFrame, start: int, end: int, least: int, column: str, young: bool) -> dict:
    found = entered(frame, start, end, least)
    if column == "share":
        return _share(frame, start, end, found) | {"young": young}
    value = float(len(found)) if column == "segments" else float(found["money"].sum())
    return {"value": value, "n": len(found), "sum_num": value, "young": young, "low": np.nan, "high": np.nan}


_COLUMNS: dict[str, str] = {"count": "segments", "sum": "money", "figure": "share"}


def _declared(name: str, kind: Kind, unit: str, basis: str, needs: tuple[str, ...], source: str) -> Metric:
    table = "deals" if basis == "won" else "payments"
    return Metric(
        id=name, card="M13", kind=kind, unit=unit, better="higher", basis="closing", table=table, rows=deals if basis == "won" else receipts, at="",
        needs=needs, where=None, numerator=None, denominator=None, compute=_counted(_COLUMNS[kind], basis), matures_days=0, min_n=MIN_N, slices=(),
        counter="new_money_share" if basis == "won" else "new_money_paid_share", source=source)


METRICS = (
    _declared("new_segments", "count", "count", "won", _NEEDS,
              "segments sold to in the period to at least rules.segment_clients clients and not in the twelve months before; the whole is "
              "the last twelve months"),
    _declared("new_segment_revenue", "sum", "money", "won", (*_NEEDS, "deals.amount_base|deals.amount"),
              "Σ amount won from these segments in the period"),
    _declared("new_segment_share", "figure", "share", "won", (*_NEEDS, "deals.amount_base|deals.amount"),
              "Σ amount won from these segments ÷ Σ amount won from clients of known segments in the period"),
    _declared("new_segments_paid", "count", "count", "paid", _PAID,
              "segments of which at least rules.segment_clients clients paid in the period and none in the twelve months before; the whole is "
              "the last twelve months"),
    _declared("new_segment_receipts", "sum", "money", "paid", _PAID, "Σ payments of these segments in the period"),
    _declared("new_segment_receipts_share", "figure", "share", "paid", _PAID, "Σ payments of these segments ÷ Σ payments of known segments in the period"),
)
_LISTED = ("segment", "clients", "money", "since")
LISTINGS = (
    Listing(id="new_segments", card="M13", needs=(*_NEEDS, "deals.amount_base|deals.amount"), columns=_LISTED, rows=_named("won"),
            source="segments entered in the last twelve months, as in the metric new_segments, and the month of their first deal in them"),
    Listing(id="new_segments_paid", card="M13", needs=_PAID, columns=_LISTED, rows=_named("paid"),
            source="segments entered in the last twelve months, as in the metric new_segments_paid, and the month of their first payment in them"),
)
